"""The OpenAPI 3.1 document, made from the operations' own types.

``python -m contactcenter.web.openapi`` prints it without a database; the desks' types are
generated from that.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import msgspec
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from contactcenter import __version__
from contactcenter.web.operation import Operation
from contactcenter.web.shapes.base import Problem

_REF = "#/components/schemas/{model}"
_FAULTS = {400, 429}
_SIGNED_IN_FAULTS = {401, 403}
_Refs = dict[tuple[type[BaseModel], JsonSchemaMode], dict[str, Any]]


def document(operations: Iterable[Operation]) -> bytes:
    """The document as JSON."""
    operations = list(operations)
    refs, schemas = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        paths.setdefault(f"/api/v1{each.path}", {})[each.method.lower()] = _one(each, refs)
    body = {
        "openapi": "3.1.0",
        "info": {
            "title": "contactcenter",
            "version": __version__,
            "description": "Phone, SMS and e-mail in one interaction log tied to customer records.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}, {"cookie": [], "csrf": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "cc_session"},
                "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"},
            },
        },
    }
    return msgspec.json.encode(body)


def _schemas(operations: list[Operation]) -> tuple[_Refs, dict[str, Any]]:
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(Problem, "serialization"): None}
    for each in operations:
        if each.body is not None:
            wanted[each.body, "validation"] = None
        for kind in each.replies.values():
            if kind is not None:
                wanted[kind, "serialization"] = None
    refs, definitions = models_json_schema(list(wanted), ref_template=_REF)
    return refs, definitions["$defs"]  # type: ignore[return-value]  # pydantic widens the key's type


def _one(operation: Operation, refs: _Refs) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": _parameters(operation),
        "responses": _responses(operation, refs),
    }
    if operation.roles is None:
        entry["security"] = []
        entry["description"] = operation.description
    else:
        roles = f"Roles: {', '.join(sorted(operation.roles))}."
        entry["description"] = f"{operation.description}\n\n{roles}".strip()
    if operation.body is not None:
        schema = refs[operation.body, "validation"]
        entry["requestBody"] = {
            "required": operation.needs_body,
            "content": {"application/json": {"schema": schema}},
        }
    return entry


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": adapter.json_schema()}
        for name, adapter in operation.parts.items()
    ]
    if operation.query is not None:
        schema = operation.query.model_json_schema(ref_template=_REF)
        required = schema.get("required", [])
        found += [
            {
                "name": name,
                "in": "query",
                "required": name in required,
                "description": each.pop("description", ""),
                "schema": each,
            }
            for name, each in schema["properties"].items()
        ]
    if operation.is_idempotent:
        found.append(_header("Idempotency-Key", "A repetition gets the first reply.", 200))
    if operation.has_version and operation.is_unsafe:
        found.append(_header("If-Match", "The ETag of the version this edit is based on.", 32))
    return found


def _header(name: str, description: str, length: int) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1, "maxLength": length}
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": description,
        "schema": schema,
    }


def _responses(operation: Operation, refs: _Refs) -> dict[str, Any]:
    replies: dict[str, Any] = {}
    for status, kind in operation.replies.items():
        reply: dict[str, Any] = {"description": HTTPStatus(status).phrase}
        if kind is not None:
            schema = refs[kind, "serialization"]
            reply["content"] = {"application/json": {"schema": schema}}
        if operation.has_version:
            reply["headers"] = {"ETag": {"schema": {"type": "string"}}}
        replies[str(status)] = reply
    problem = {"schema": refs[Problem, "serialization"]}
    for status in sorted(_faults(operation)):
        replies[str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": {"application/problem+json": problem},
        }
    return replies


def _faults(operation: Operation) -> set[int]:
    faults = set(_FAULTS)
    if operation.roles is not None:
        faults |= _SIGNED_IN_FAULTS
    elif operation.is_unsafe:
        faults |= {401, 403}
    if operation.parts or "/me" in operation.path:
        faults.add(404)
    if operation.is_unsafe:
        faults |= {404, 409, 422}
        if operation.body is not None:
            faults.add(413)
    if operation.has_version and operation.is_unsafe:
        faults.add(412)
    return faults


def main() -> None:
    """Print the document."""
    from contactcenter.web.operations import all_operations

    sys.stdout.buffer.write(document(all_operations()) + b"\n")


if __name__ == "__main__":
    main()
