"""The OpenAPI document: valid, complete, and true to what the server does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel

from contactcenter.web.call import Call
from contactcenter.web.openapi import document
from contactcenter.web.operation import ANYONE, Operation, operation
from contactcenter.web.operations import all_operations
from contactcenter.web.shapes.base import Accepted, Done
from tests.web.parts import Client

# What scripts and other programs rely on (method, path below /api/v1).
PROMISED = [
    ("post", "/session"),
    ("get", "/session"),
    ("delete", "/session"),
    ("get", "/customers"),
    ("get", "/customers/{id}"),
    ("patch", "/customers/{id}"),
    ("get", "/customers/{id}/timeline"),
    ("get", "/interactions/{id}"),
    ("get", "/interactions/{id}/events"),
    ("post", "/interactions"),
    ("post", "/interactions/{id}/messages"),
    ("post", "/interactions/{id}/hold"),
    ("post", "/interactions/{id}/resume"),
    ("post", "/interactions/{id}/mute"),
    ("post", "/interactions/{id}/unmute"),
    ("post", "/interactions/{id}/hang-up"),
    ("post", "/interactions/{id}/say"),
    ("post", "/interactions/{id}/wrap-up"),
    ("get", "/agents/me"),
    ("put", "/agents/me/state"),
    ("get", "/agents/me/reservations"),
    ("post", "/reservations/{id}/accept"),
    ("post", "/reservations/{id}/reject"),
    ("get", "/floor"),
    ("get", "/queues"),
    ("get", "/accounts"),
]


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(document(all_operations()))
    return found


def test_the_document_is_valid(spec: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(spec).validate()
    assert spec["openapi"].startswith("3.1")


@pytest.mark.parametrize(("method", "path"), PROMISED)
def test_the_promised_operations_are_there(spec: dict[str, Any], method: str, path: str) -> None:
    entry = spec["paths"][f"/api/v1{path}"][method]
    assert entry["summary"]
    assert "400" in entry["responses"]


def test_every_operation_is_named_once_and_says_who_may(spec: dict[str, Any]) -> None:
    entries = [entry for path in spec["paths"].values() for entry in path.values()]
    names = [entry["operationId"] for entry in entries]
    assert len(names) == len(set(names)) == len(all_operations())
    for entry in entries:
        if entry.get("security") != []:
            assert "Roles: " in entry["description"]
            assert {"401", "403"} <= entry["responses"].keys()


def test_faults_are_problem_details(spec: dict[str, Any]) -> None:
    for path in spec["paths"].values():
        for entry in path.values():
            for status, reply in entry["responses"].items():
                if int(status) >= 400:
                    assert list(reply["content"]) == ["application/problem+json"]


async def test_the_server_gives_it(client: Client, spec: dict[str, Any]) -> None:
    assert await (await client.get("/api/openapi.json")).json() == spec


def test_it_is_printed_without_a_database() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "contactcenter.web.openapi"],
        check=True,
        capture_output=True,
        env=os.environ | {"CC_DATABASE": "postgresql://nowhere.invalid/none"},
    )
    assert json.loads(run.stdout)["info"]["title"] == "contactcenter"


class Wish(BaseModel):
    name: str


class TestDecorator:
    def make(self, handler: Any, path: str = "/wishes/{id}", **how: Any) -> Operation:
        return operation("POST", path, roles=ANYONE, **how)(handler)

    def test_arguments_and_replies_come_from_the_annotations(self) -> None:
        async def grant(call: Call, id: int, body: Wish | None = None) -> Done | Accepted:  # noqa: A002
            """Grant a wish.

            Only good ones.
            """
            raise NotImplementedError

        made = self.make(grant, status=201)
        assert made.replies == {201: Done, 202: Accepted}
        assert made.body is Wish
        assert not made.needs_body
        assert made.parts["id"].validate_python("5") == 5
        assert (made.summary, made.description) == ("Grant a wish.", "Only good ones.")

    def test_no_reply_is_204(self) -> None:
        async def forget(call: Call, id: int) -> None:  # noqa: A002
            """Forget."""

        assert self.make(forget).replies == {204: None}

    def test_an_argument_from_nowhere_is_refused_at_import(self) -> None:
        async def grant(call: Call, id: int, colour: str) -> Done:  # noqa: A002
            """Grant."""
            raise NotImplementedError

        with pytest.raises(TypeError, match="colour"):
            self.make(grant)

    def test_a_path_part_without_argument_is_refused_at_import(self) -> None:
        async def grant(call: Call) -> Done:
            """Grant."""
            raise NotImplementedError

        with pytest.raises((TypeError, KeyError)):
            self.make(grant)
