"""Customers: finding, reading, editing, their history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from contactcenter.core.addresses import parse_address
from contactcenter.core.db import Tx
from contactcenter.core.errors import Conflict, Invalid
from contactcenter.crm import customers, timeline
from contactcenter.crm.customers import CustomerRow
from contactcenter.web.call import Call, cursor_of, read_cursor
from contactcenter.web.operation import AGENTS_AND_FLOOR, ANYONE, operation
from contactcenter.web.records import customer_cards, timeline_items
from contactcenter.web.shapes.desk import CustomerCard, CustomerPage, TimelinePage
from contactcenter.web.shapes.queries import CustomerChange, CustomerQuery, Page

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@operation("GET", "/customers", roles=ANYONE)
async def find_customers(call: Call, query: CustomerQuery) -> CustomerPage:
    """Customers by address or by the beginning of name, external id or address.

    Everybody who shares the address is given, the one an inbound contact belongs to first.
    """
    if query.address is not None:
        if query.q is not None:
            raise Invalid("query.q: not together with address", code="malformed_request")
        address = parse_address(query.address, query.region)

        def by_address(tx: Tx) -> list[CustomerCard]:
            return customer_cards(tx, customers.all_by_address(tx, address.kind, address.value))

        return CustomerPage(items=await call.services.db.read(by_address))
    return await call.services.db.read(lambda tx: _search(tx, query))


def _search(tx: Tx, query: CustomerQuery) -> CustomerPage:
    after = id_after(query.after)
    rows = customers.search(tx, query.q or "", after=after, limit=query.limit + 1)
    page = rows[: query.limit]
    more = len(rows) > query.limit
    return CustomerPage(
        items=customer_cards(tx, page), next=cursor_of(id=str(page[-1].id)) if more else None
    )


def id_after(cursor: str | None) -> UUID | None:
    """The id in a cursor of rows in id order."""
    parts = read_cursor(cursor)
    try:
        return UUID(parts["id"]) if parts else None
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise Invalid("query.after: not one of ours", code="bad_cursor") from error


@operation("GET", "/customers/{id}", roles=ANYONE, has_version=True)
async def get_customer(call: Call, id: UUID) -> CustomerCard:  # noqa: A002  # the path's word
    """One customer."""
    row, card = await call.services.db.read(lambda tx: _card(tx, customers.get(tx, id)))
    call.etag = row.version
    return card


def _card(tx: Tx, row: CustomerRow) -> tuple[CustomerRow, CustomerCard]:
    (card,) = customer_cards(tx, [row])
    return row, card


@operation("PATCH", "/customers/{id}", roles=ANYONE, has_version=True)
async def edit_customer(call: Call, id: UUID, body: CustomerChange) -> CustomerCard:  # noqa: A002
    """Change fields of a customer.

    With ``If-Match`` the change is made only on that version (412 otherwise).
    """
    changes = _changes(body)
    version = call.if_match

    def work(tx: Tx) -> tuple[CustomerRow, CustomerCard]:
        return _card(tx, customers.edit(tx, id, changes, version))

    try:
        row, card = await call.services.db.write(work)
    except Conflict as conflict:
        raise call.changed_meanwhile(conflict) from conflict
    call.etag = row.version
    return card


def _changes(body: CustomerChange) -> dict[str, Any]:
    changes = body.model_dump(exclude_unset=True)
    for name in changes.keys() - {"time_zone"}:
        if changes[name] is None:
            raise Invalid(f"body.{name}: may be left out, but not null", code="malformed_request")
    zone = changes.get("time_zone")
    if zone is not None and zone not in available_timezones():
        raise Invalid(
            "body.time_zone: not a name of the IANA list",
            code="malformed_request",
            hint="such as Europe/London or Asia/Shanghai",
        )
    return changes


@operation("GET", "/customers/{id}/timeline", roles=AGENTS_AND_FLOOR)
async def get_timeline(call: Call, id: UUID, query: Page) -> TimelinePage:  # noqa: A002
    """The customer's interactions over all channels, newest first.

    The words are given to supervisors and administrators, to the agent of an interaction, and to
    an agent who works with this customer now.
    """
    before = _before(query.after)

    def work(tx: Tx) -> TimelinePage:
        customers.get(tx, id)
        entries = timeline.timeline(tx, id, before, query.limit + 1)
        page = entries[: query.limit]
        end = timeline.place_of(page[-1]) if len(entries) > query.limit else None
        return TimelinePage(
            items=timeline_items(tx, call.who, page),
            next=cursor_of(at=(end.at - _EPOCH) // _MICROSECOND, id=str(end.id)) if end else None,
        )

    return await call.services.db.read(work)


def _before(cursor: str | None) -> timeline.Before | None:
    parts = read_cursor(cursor)
    if not parts:
        return None
    try:
        return timeline.Before(_EPOCH + int(parts["at"]) * _MICROSECOND, UUID(parts["id"]))
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise Invalid("query.after: not one of ours", code="bad_cursor") from error


OPERATIONS = [find_customers, get_customer, edit_customer, get_timeline]
