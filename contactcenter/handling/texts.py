"""Texts that come in: wishes first (STOP, START, HELP), then the menu or the agents."""

from __future__ import annotations

from uuid import UUID

from contactcenter.channels.sms.base import SmsEvent, SmsReceived, SmsReported
from contactcenter.channels.sms.text import TextWish, wish_of
from contactcenter.core.addresses import parse_address
from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import Invalid
from contactcenter.crm import customers, log, permission
from contactcenter.crm.model import Interaction, NewEvent
from contactcenter.handling import (
    conversations,
    emergencies,
    outbound,
    receipts,
    text_callbacks,
    waiting,
)
from contactcenter.handling.lines import Line, Lines
from contactcenter.handling.menus import Menus
from contactcenter.handling.words import (
    ASK_BACK,
    HELP,
    SMS_CALLBACK_CONFIRMED,
    START,
    STOP,
    Words,
)

_REPLIES = {"stop": STOP, "start": START, "help": HELP, "ask_back": ASK_BACK}


class Texts:
    """The sink of every SMS adapter."""

    def __init__(
        self, db: Database, lines: Lines, menus: Menus, words: Words | None = None
    ) -> None:
        self._db = db
        self._lines = lines
        self._menus = menus
        self._words = words or Words()

    async def receive(self, event: SmsEvent) -> None:
        """Take one event, durably and once."""
        await receipts.once(self._db, lambda tx: self._take(tx, event))

    def _take(self, tx: Tx, event: SmsEvent) -> None:
        seen, _ = receipts.found(tx, event.provider, event.line, event.event_id)
        if seen:
            return
        receipts.keep(tx, event.provider, event.line, event.event_id)
        if isinstance(event, SmsReported):
            _reported(tx, event)
        else:
            self._received(tx, event)

    def _received(self, tx: Tx, event: SmsReceived) -> None:
        line = self._lines.get("sms", event.line)
        try:
            address = parse_address(event.from_, line.region)
            kind, value = address.kind, address.value
        except Invalid:  # a sender name or short code: a customer who can not be answered
            kind, value = "phone", f"sender:{event.from_}"
        customer_id, address_id, _ = customers.create_or_find(
            tx, kind, value, event.from_, language=line.languages[0]
        )
        state = conversations.find_open(tx, customer_id, "sms", line.address)
        is_new = state is None
        if state is None:
            state = conversations.open_inbound(
                tx, customer_id=customer_id, address_id=address_id, line=line, at=event.at
            )
        conversations.received(
            tx, state, event.event_id, {"text": event.text, "from": event.from_}, event.at
        )
        wish = wish_of(event.text, menu_open=state.state == "in_menu")
        if wish is not None:
            self._grant(tx, state, line, value, wish, event, is_new=is_new)
        elif state.state == "open":  # new, or begun by us: nobody looks after it yet
            self._begin(tx, log.load(tx, state.id), line, event)
        elif state.state == "in_menu":
            self._menus.text(tx, state, line, value, event)
        elif state.state in ("waiting", "offered"):
            self._call_instead(tx, state, line, value, event)

    def _begin(self, tx: Tx, state: Interaction, line: Line, event: SmsReceived) -> None:
        if line.menu:
            self._menus.start_text(tx, state, line, conversations.address_of(tx, state), event)
        elif line.queue:
            self._warn(tx, state, line)
            waiting.enqueue(tx, state, line.queue, actor="system")
        else:  # logged for the timeline; a line that nobody looks after must not keep it open
            log.append(tx, state.id, NewEvent("closed", "system", {"reason": "unattended"}))

    def _warn(self, tx: Tx, state: Interaction, line: Line) -> None:
        """The words of an emergency on a line without a menu."""
        emergency = emergencies.of_line(tx, "sms", line.address)
        language = customers.get(tx, state.customer_id).language
        if emergency and (words := emergency.words(language)[1]):
            address = conversations.address_of(tx, state)
            conversations.answer(tx, state, address, words, key=emergency.key, actor="system")

    def _call_instead(
        self, tx: Tx, state: Interaction, line: Line, address: str, event: SmsReceived
    ) -> bool:
        """The word that asks for a call, where one was offered; whether it was that."""
        if not text_callbacks.is_wanted(tx, state, event.text):
            return False
        found = text_callbacks.begin(tx, state, self._lines, address, state.address_id)
        if found is None:
            return False
        language = customers.get(tx, state.customer_id).language
        text = self._words.text(SMS_CALLBACK_CONFIRMED, language, sender=line.name)
        conversations.answer(
            tx, state, address, text, key=event.event_id, purpose="transactional", actor="system"
        )
        return True

    def _grant(
        self,
        tx: Tx,
        state: Interaction,
        line: Line,
        address: str,
        wish: TextWish,
        event: SmsReceived,
        *,
        is_new: bool,
    ) -> None:
        """Act on a wish at once and say so in one text without marketing."""
        language = customers.get(tx, state.customer_id).language
        proof = str(state.id)
        reply = "ask_back" if wish.ask_back else wish.kind
        how = wish.found if wish.review else "word"
        if reply == "stop":
            permission.opt_out(tx, channel="sms", address=address, source="stop_word", proof=proof)
            data = {"channel": "sms", "scope": "all", "how": how}
            log.append(tx, state.id, NewEvent("opted_out", "customer", data))
        elif reply == "start":
            permission.opt_in(tx, channel="sms", address=address, source="word", proof=proof)
            data = {"channel": "sms", "scope": "all", "how": how}
            log.append(tx, state.id, NewEvent("opted_in", "customer", data))
        conversations.answer(
            tx,
            state,
            address,
            self._words.text(_REPLIES[reply], language, sender=line.name),
            key=event.event_id,
            purpose="transactional",
            actor="system",
        )
        if is_new and wish.review and line.queue:  # a sentence: a person reads it too
            waiting.enqueue(tx, log.load(tx, state.id), line.queue, actor="system")
        elif is_new:
            log.append(tx, state.id, NewEvent("closed", "system", {"reason": wish.kind}))


def _reported(tx: Tx, event: SmsReported) -> None:
    outbound.report(tx, _key(event.message_key), event.provider_ref, event.state, event.code)


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:  # not one of ours: found by the provider's own reference, or not at all
        return None
