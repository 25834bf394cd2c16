"""What a menu may know of the customer, the line and its queues; those of queues anew each turn."""

from __future__ import annotations

from contactcenter.core.db import Tx
from contactcenter.crm import customers
from contactcenter.crm.model import Interaction
from contactcenter.handling import opening
from contactcenter.handling.emergencies import Emergency
from contactcenter.handling.lines import Line
from contactcenter.handling.outlook import Outlook
from contactcenter.ivr import engine
from contactcenter.ivr.model import QUEUE_FACTS, Menu, MenuState
from contactcenter.routing.model import Channel


class MenuFacts:
    """The facts of ``ivr.model.FACTS``; wait estimates are kept for a moment."""

    def __init__(self) -> None:
        self._outlook = Outlook()

    def at_start(
        self, tx: Tx, state: Interaction, line: Line, menu: Menu, emergency: Emergency | None
    ) -> dict[str, object]:
        """All of them."""
        facts = _about_customer(tx, state)
        facts |= {"line": line.address, "emergency": emergency is not None}
        facts.update(self._of_queues(tx, state, line, menu))
        if emergency:
            facts["open"] = False
        return facts

    def now(
        self, tx: Tx, state: Interaction, line: Line, menu: Menu, menu_state: MenuState
    ) -> MenuState:
        """The state with queues as they are now, for a menu that asks."""
        if not any(fact.partition(".")[0] in QUEUE_FACTS for fact in menu.facts_used):
            return menu_state
        known = self._of_queues(tx, state, line, menu)
        known.pop("open", None)  # an emergency may say otherwise
        return engine.informed(menu, menu_state, known)

    def _of_queues(self, tx: Tx, state: Interaction, line: Line, menu: Menu) -> dict[str, object]:
        channel: Channel = "voice" if state.channel == "voice" else "sms"
        return opening.facts(tx, line, menu, channel, self._outlook)


def _about_customer(tx: Tx, state: Interaction) -> dict[str, object]:
    customer = customers.get(tx, state.customer_id)
    facts: dict[str, object] = {
        "channel": state.channel,
        "customer.known": not customer.is_new,
        "customer.name": customer.name,
        "customer.tags": list(customer.tags),
    }
    if not customer.is_new:  # else the menu asks: the stored language is only a default
        facts["customer.language"] = customer.language
    if customer.time_zone:
        facts["time_zone"] = customer.time_zone
    for name, value in customer.attributes.items():
        facts[f"customer.attributes.{name}"] = value
    return facts
