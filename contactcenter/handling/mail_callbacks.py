"""A mailer who would rather be called: offered in the one automatic answer, taken by a reply.

The reply stands in the thread, is the customer's own and no machine's, and its first line says yes
and nothing else but perhaps a number; whatever else is written goes to the agents as it is.
"""

from __future__ import annotations

import re
from uuid import UUID

from contactcenter.channels.email.mime import InboundMail
from contactcenter.core.addresses import parse_address
from contactcenter.core.db import Tx
from contactcenter.core.errors import Invalid
from contactcenter.crm import customers, permission
from contactcenter.crm.model import Interaction
from contactcenter.handling import automatic_mail, conversations, text_callbacks
from contactcenter.handling.lines import Lines
from contactcenter.handling.preferred import queue_of
from contactcenter.handling.spoken import language_of
from contactcenter.handling.words import MAIL_CALLBACK_CONFIRMED, MAIL_WAITING, Words
from contactcenter.routing.model import Queue

WAITING, CONFIRMED = "waiting", "callback"
"""Kinds of automatic mail."""
_YES = frozenset(
    [
        "yes", "yes please", "y", "ok", "call", "call me", "please call", "please call me",
        "是", "是的", "好", "好的", "可以", "请回电", "請回電", "回电", "回電", "请致电",
    ]
)  # fmt: skip
_ENDS = ' \t.,;:!。，；：！"“”*>'
_NUMBER = re.compile(r"\+?[0-9０-９(][0-9０-９ ()./-]{3,30}$")
_MOST_TRIED = 200
"""Characters of a first line; a longer one is no yes."""


def offers_calls(queue: Queue | None) -> bool:
    """Whether the rules of a queue offer callbacks."""
    if queue is None:
        return False
    limits = queue.limits
    limit = (limits.full_then, limits.nobody_then, limits.closed_then, limits.wait_then)
    return any(rule.then.callback for rule in queue.overflow) or any(
        one is not None and one.callback for one in limit
    )


def acknowledge(
    tx: Tx, state: Interaction, words: Words, sender: str, band: dict[str, int], lines: Lines | None
) -> UUID | None:
    """The one automatic answer to a mail that waits: the wait as a band, never the place (it would
    be old when it is read), and the offer of a call if the queue makes any."""
    if automatic_mail.sent(tx, state, WAITING):
        return None
    offer = offers_calls(queue_of(tx, str(state.queue))) and bool(lines and lines.first("voice"))
    number = _on_record(tx, state)[0] if offer else ""
    text = words.text(
        MAIL_WAITING,
        language_of(tx, state),
        sender=sender,
        callback=offer,
        ending=number[-4:],
        **band,
    )
    return automatic_mail.answer(tx, state, text, kind=WAITING, key="waiting", offers_call=offer)


def _on_record(tx: Tx, state: Interaction) -> tuple[str, UUID | None]:
    """The customer's number that may be called; ("", None) for none."""
    for row in customers.get(tx, state.customer_id).addresses:
        if row.kind != "phone" or not conversations.is_writable(row.value):
            continue
        if not permission.may_contact(tx, channel="voice", address=row.value, purpose="service"):
            return row.value, row.id
    return "", None


def taken(
    tx: Tx, state: Interaction, mail: InboundMail, lines: Lines, words: Words, key: str
) -> bool:
    """Whether this mail takes the offer that was made in its interaction; then it is done."""
    if state.state not in ("waiting", "offered"):
        return False
    voice = lines.first("voice")
    asked = wish_of(mail.new_text, voice.region if voice else None)
    offered = [one for one in automatic_mail.sent(tx, state, WAITING) if one.get("offers_call")]
    if asked is None or not offered:
        return False
    number, address_id = (asked, _own(tx, state, asked)) if asked else _on_record(tx, state)
    if not number or text_callbacks.begin(tx, state, lines, number, address_id) is None:
        return False
    line = lines.find("email", state.line)
    text = words.text(
        MAIL_CALLBACK_CONFIRMED,
        language_of(tx, state),
        sender=(line.from_name or line.name) if line else "",
        ending=number[-4:],
    )
    automatic_mail.answer(tx, state, text, kind=CONFIRMED, key=key, once_a_day=False)
    return True


def wish_of(text: str, region: str | None) -> str | None:
    """What the first line of a reply asks for: a number (E.164), "" for the one we have, None for
    no call at all."""
    first = next((line.strip() for line in text.splitlines() if line.strip(_ENDS)), "")
    if len(first) > _MOST_TRIED:
        return None
    found = _NUMBER.search(first)
    said = (first[: found.start()] if found else first).strip(_ENDS).casefold()
    said = re.sub(r"\s+(?:on|at|under)$", "", said)
    if said and said not in _YES:
        return None
    if found is None:
        return "" if said else None
    try:
        address = parse_address(found[0].strip(), region)
    except Invalid:
        return None
    return address.value if address.kind == "phone" else None


def _own(tx: Tx, state: Interaction, number: str) -> UUID | None:
    rows = customers.get(tx, state.customer_id).addresses
    return next((row.id for row in rows if row.value == number), None)
