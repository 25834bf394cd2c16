"""Look-ups of menus: what a menu may fetch about the customer, from our own records."""

from __future__ import annotations

from collections.abc import Mapping

from contactcenter.core.db import Tx
from contactcenter.crm import customers
from contactcenter.crm.model import Interaction
from contactcenter.handling.menus import Fetch
from contactcenter.ivr.model import LookedUp


def from_attributes(name: str) -> Fetch:
    """The look-up ``name``: the customer's attribute of that name, when it is a group of values."""

    def fetch(tx: Tx, state: Interaction, args: Mapping[str, object]) -> LookedUp:
        found = customers.get(tx, state.customer_id).attributes.get(name)
        if not isinstance(found, Mapping):
            return LookedUp("missing")
        return LookedUp("found", dict(found))

    return fetch


STANDARD: Mapping[str, Fetch] = {
    name: from_attributes(name) for name in ("balance", "outage", "contract")
}
"""What every installation has; further ones are added by name."""
