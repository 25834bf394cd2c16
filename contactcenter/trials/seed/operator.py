"""Writing Nordwind into an empty database: accounts, queues, agents, customers."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from contactcenter.core.access import accounts
from contactcenter.core.access.accounts import Passwords
from contactcenter.core.db import Database, Tx
from contactcenter.core.ids import new_id
from contactcenter.crm.tables import customer, customer_address
from contactcenter.handling.lines import Line, Lines
from contactcenter.routing import history
from contactcenter.trials.seed import marketing
from contactcenter.trials.seed.people import Person, people

MENUS = Path(__file__).parent / "menus"
CUSTOMERS = 300
VOICE_LINE = "+442079460500"
SMS_LINE = "+447700900999"
MAIL_LINE = "care@nordwind.test"
_BATCH = 100


@dataclass(frozen=True, slots=True)
class DemoUser:
    """One account of the demo."""

    role: str
    name: str
    display_name: str
    language: str
    skills: Mapping[str, int]
    queues: Sequence[str]


QUEUES = ("billing", "faults", "sales", "retention", "mail")
_ALL = dict.fromkeys(("billing", "faults", "sales", "retention"), 3)
USERS = (
    DemoUser("agent", "anna", "Anna Berg", "en", {**_ALL, "billing": 5}, QUEUES),
    DemoUser("agent", "wei", "陈伟", "zh-CN", {**_ALL, "faults": 5}, QUEUES),
    DemoUser("agent", "omar", "Omar Reyes", "en", {**_ALL, "retention": 5}, QUEUES),
    DemoUser("supervisor", "sofia", "Sofia Lind", "en", {}, ()),
    DemoUser("marketer", "mia", "Mia Chen", "en", {}, ()),
    DemoUser("administrator", "ada", "Ada Novak", "en", {}, ()),
)


def lines() -> list[dict[str, Any]]:
    """Nordwind's lines, as settings."""
    both = ["en", "zh-CN"]
    return [
        {"address": VOICE_LINE, "channel": "voice", "provider": "simulated", "name": "Nordwind",
         "menu": "main", "languages": both, "region": "GB"},
        {"address": SMS_LINE, "channel": "sms", "provider": "simulated", "name": "Nordwind",
         "menu": "text", "queue": "billing", "languages": both, "region": "GB"},
        {"address": MAIL_LINE, "channel": "email", "provider": "smtp", "name": "Nordwind",
         "queue": "mail", "languages": both, "from_name": "Nordwind"},
    ]  # fmt: skip


def caller_plan() -> dict[str, Any]:
    """Who calls by themselves, and what they do: the form of ``--callers-from``."""
    addresses = [f"+447700900{number:03d}" for number in range(100, CUSTOMERS)]
    words = ["Good morning.", "My last bill looks wrong.", "Thank you, that helps. Goodbye."]
    calls: list[dict[str, Any]] = [
        {"line": VOICE_LINE, "keys": [["", "2"]], "says": words, "patience_s": 120},
        {"line": VOICE_LINE, "keys": [["", "3"]], "says": words, "patience_s": 60},
        {"line": VOICE_LINE, "keys": [["", "1"]], "patience_s": 30},
        {"line": VOICE_LINE, "keys": [["", "0"]], "says": words, "patience_s": 45},
    ]
    return {"addresses": addresses, "scripts": calls}


def routing() -> dict[str, Any]:
    """Nordwind's queues and agents: enough rules to see each kind at work."""
    waiting = {
        "announcements": {"first_s": 30, "every_s": 60},
        "overflow": [{"measure": "own_wait_s", "above": 90, "then": {"callback": True}}],
    }
    return {
        "skills": dict.fromkeys(_ALL, ""),
        "queues": {
            "billing": {
                "requires": "billing",
                "agent_order": ["highest_level", "longest_idle"],
                "rings": [{"after_s": 60, "drop": ["billing"]}],
            },
            "faults": {"requires": "faults", "priority": 1, **waiting},
            "sales": {"requires": "sales", "agent_order": ["round_robin"], **waiting},
            "retention": {
                "requires": {"skill": "retention", "level": 4},
                "priority": 2,
                "rings": [{"after_s": 20, "drop": ["retention"]}],
                "sticky": {"days": 30, "hold_s": 20},
            },
            "mail": {"agent_order": ["most_capacity"]},
        },
        "agents": {
            user.display_name: {"skills": dict(user.skills), "queues": list(user.queues)}
            for user in USERS
            if user.role == "agent"
        },
    }


def new_password() -> str:
    """Easy to type, hard to guess: 80 bits."""
    return "-".join(secrets.token_hex(2) for _ in range(5))


async def seed(db: Database, passwords: Mapping[str, str]) -> bool:
    """Write the operator unless it is there; True when it was written."""
    if await db.read(lambda tx: tx.scalar(select(func.count()).select_from(customer))):
        return False
    hasher = Passwords()
    hashes = {user.name: await hasher.hash(passwords[user.name]) for user in USERS}

    def floor(tx: Tx) -> None:
        for user in USERS:
            accounts.create(
                tx,
                name=user.name,
                display_name=user.display_name,
                role=user.role,
                language=user.language,
                password_hash=hashes[user.name],
            )
        history.apply(tx, routing(), actor="system", note="Nordwind's queues and agents")

    await db.write(floor)
    made = list(people(CUSTOMERS, db.clock.now().date()))
    for start in range(0, len(made), _BATCH):
        batch = made[start : start + _BATCH]
        await db.write(lambda tx, batch=batch: _customers(tx, batch))  # type: ignore[misc]  # bound now
    await db.write(_marketing)
    return True


def _marketing(tx: Tx) -> None:
    marketer = next(user.name for user in USERS if user.role == "marketer")
    own = Lines(Line(x["address"], x["channel"], x["provider"], x["name"]) for x in lines())
    marketing.write(tx, own, SMS_LINE, MAIL_LINE, accounts.named(tx, marketer).id)


def _customers(tx: Tx, batch: Sequence[Person]) -> None:
    rows, addresses = [], []
    for person in batch:
        key = new_id()
        rows.append(
            {"id": key, "external_id": person.external_id, "name": person.name,
             "language": person.language, "tags": list(person.tags),
             "attributes": dict(person.attributes), "created_at": tx.now, "updated_at": tx.now,
             "is_new": False}
        )  # fmt: skip
        for kind, value in (("phone", person.phone), ("email", person.email)):
            addresses.append(
                {"id": new_id(), "customer_id": key, "kind": kind, "value": value, "raw": value,
                 "created_at": tx.now}
            )  # fmt: skip
    tx.execute(insert(customer), rows)
    tx.execute(insert(customer_address), addresses)
