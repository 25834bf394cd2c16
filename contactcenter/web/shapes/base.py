"""What all shapes share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Channel = Literal["voice", "sms", "email"]
Role = Literal["agent", "supervisor", "marketer", "administrator"]


class Reply(BaseModel):
    """A reply's base: values are ours, so they are not checked a second time."""

    model_config = ConfigDict(from_attributes=True, use_attribute_docstrings=True)


class Request(BaseModel):
    """A request's base: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class Problem(Reply):
    """RFC 9457 problem details; ``code`` is the stable name of the fault."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    hint: str | None = None
    request_id: str
    errors: list[ProblemError] = []


class ProblemError(Reply):
    """One fault of the request: where, what, what is allowed."""

    where: str
    what: str


class Done(Reply):
    """The command was carried out."""

    done: bool = True


class Accepted(Reply):
    """202: the command is durable and will be carried out; ask again by its id."""

    command: str


Text = Annotated[str, Field(min_length=1, max_length=20_000)]
ShortText = Annotated[str, Field(min_length=1, max_length=500)]
