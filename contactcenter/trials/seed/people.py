"""Nordwind's customers: made up by a fixed seed, in two languages, with contracts and usage."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

_GIVEN = (
    "Ada",
    "Ben",
    "Clara",
    "Dan",
    "Ella",
    "Finn",
    "Grace",
    "Hugo",
    "Iris",
    "Jack",
    "Kira",
    "Mara",
)
_FAMILY = ("Holm", "Archer", "Bright", "Cole", "Dale", "Ellis", "Frost", "Grant", "Hale", "Irwin")
_ZH_FAMILY = "王李张刘陈杨赵黄周吴"
_ZH_GIVEN = (
    "伟",
    "芳",
    "秀英",
    "敏",
    "静",
    "磊",
    "洋",
    "艳",
    "勇",
    "娜",
    "杰",
    "婷",
    "浩然",
    "梓涵",
)
_PLANS = (("Fibre 100", 2990), ("Fibre 500", 4490), ("Mobile S", 990), ("Mobile L", 2490))
_REGIONS = ("north", "south", "harbour", "old town")


@dataclass(frozen=True, slots=True)
class Person:
    """One customer to be."""

    external_id: str
    name: str
    language: str
    phone: str
    email: str
    tags: tuple[str, ...]
    attributes: Mapping[str, Any]


def people(count: int, today: date, seed: int = 7) -> Iterator[Person]:
    """``count`` customers (at most 900); every third speaks Chinese. Numbers are from the range
    that Ofcom reserves for drama: +44 7700 900000-900999."""
    chance = random.Random(seed)
    for number in range(count):
        chinese = number % 3 == 1
        if chinese:
            name = chance.choice(_ZH_FAMILY) + chance.choice(_ZH_GIVEN)
        else:
            name = f"{chance.choice(_GIVEN)} {chance.choice(_FAMILY)}"
        yield Person(
            external_id=f"NW{number + 1:05d}",
            name=name,
            language="zh-CN" if chinese else "en",
            phone=f"+447700900{number:03d}",
            email=f"customer{number + 1}@mail.test",
            tags=("key_account",) if number % 20 == 0 else (),
            attributes=_attributes(chance, today),
        )


def _attributes(chance: random.Random, today: date) -> dict[str, Any]:
    plan, monthly = chance.choice(_PLANS)
    months = chance.randint(1, 60)
    ends = today + timedelta(days=chance.randint(5, 400))
    usage = [chance.randint(20, 300) for _ in range(6)]
    declining = chance.random() < 0.2
    if declining:
        usage = sorted(usage, reverse=True)
    due = monthly * chance.randint(0, 2)
    return {
        "plan": plan,
        "monthly_eur": f"{monthly / 100:.2f}",
        "months": months,
        "contract_ends": ends.isoformat(),
        "region": chance.choice(_REGIONS),
        "usage_gb_last_month": usage[-1],
        "usage_declining": declining,
        "purchases": chance.randint(0, 9),
        "balance": {
            "balance": {"amount": f"{due / 100:.2f}", "currency": "EUR"},
            "due": (today + timedelta(days=14)).isoformat() if due else None,
        },
        "contract": {"name": plan, "ends": ends.isoformat()},
    }
