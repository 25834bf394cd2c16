"""The pool of rendering processes: order, limits, loss; hostile sources cost nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from contactcenter.core.templating import (
    Limits,
    TemplateBody,
    TemplateFault,
    TemplateInvalid,
    TemplateWorkers,
    Variable,
    render_trusted,
)

VARIABLES = {
    "customer.name": Variable(),
    "balance": Variable("money"),
    "due": Variable("date"),
    "at": Variable("time"),
    "n": Variable("number"),
    "vip": Variable("bool"),
    "items": Variable("list", fields=("name", "price")),
}
CONTEXT: dict[str, object] = {
    "customer": {"name": "Ada <b>"},
    "balance": {"amount": "1234.5", "currency": "eur"},
    "due": "2026-03-01",
    "at": "2026-03-01T17:30:00+00:00",
    "n": Decimal("12345.678"),
    "vip": True,
    "items": [{"name": "Phone"}],
}
HOSTILE = [
    "{{ 'a'*50000000 }}",
    "{{ 2**99999999 }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ n|center(1000000000) }}",
    "{{ range(10**9) }}",
    "{{ ''.__class__.__mro__ }}",
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
]


@pytest.fixture
async def workers() -> AsyncIterator[TemplateWorkers]:
    async with TemplateWorkers(2, Limits(cpu_s=0.1, wall_s=20, max_output=100_000)) as pool:
        yield pool


async def test_workers_render_as_this_process_does(workers: TemplateWorkers) -> None:
    body = TemplateBody("zh-CN", "{{ n }}", "{{ balance }} {{ due }} {{ at|time }}", "{{ vip }}")
    context = {**CONTEXT, "due": date(2026, 3, 1)}
    assert await workers.render(body, VARIABLES, context) == render_trusted(
        body, VARIABLES, context
    )


async def test_a_batch_keeps_its_order_and_one_bad_context_costs_only_itself(
    workers: TemplateWorkers,
) -> None:
    body = TemplateBody("en", text="{{ customer.name }}")
    contexts: list[dict[str, Any]] = [{"customer.name": f"c{i}"} for i in range(1000)]
    contexts[7] = {}
    contexts[500] = {"customer.name": object()}
    outs = await workers.render_many(body, VARIABLES, contexts)
    codes = {i: out.code for i, out in enumerate(outs) if isinstance(out, TemplateFault)}
    assert codes == {7: "missing_value", 500: "bad_value"}
    assert [out.text for out in outs if not isinstance(out, TemplateFault)] == [
        f"c{i}" for i in range(1000) if i not in codes
    ]
    assert await workers.render_many(body, VARIABLES, []) == []


SLOW = (
    "{% for a in items %}{% for b in items %}{% for c in items %}{% if a == b %}{% endif %}"
    "{% endfor %}{% endfor %}{% endfor %}"
)


async def test_slow_and_long_templates_cost_their_author_an_error(workers: TemplateWorkers) -> None:
    many = {"items": [{"name": "x" * 100}] * 500}
    outs = await workers.render_many(TemplateBody("en", text=SLOW), VARIABLES, [many] * 20)
    assert {out.code for out in outs if isinstance(out, TemplateFault)} == {"too_slow"}
    assert len(outs) == 20
    long = "{% for a in items %}{% for b in items %}{{ b.name }}{% endfor %}{% endfor %}"
    with pytest.raises(TemplateFault) as caught:
        await workers.render(TemplateBody("en", text=long), VARIABLES, many)
    assert caught.value.code in ("too_long", "too_slow")
    assert (await workers.render(TemplateBody("en", text="{{ n }}"), VARIABLES, CONTEXT)).text


async def test_memory_is_bounded() -> None:
    values = {f"v{i}": "x" * 20_000 for i in range(1000)}
    variables = {name: Variable() for name in values}
    text = "{{ " + " ~ ".join(f"{name} ~ {name}" for name in values) + " }}"
    async with TemplateWorkers(1, Limits(memory_bytes=24_000_000, max_output=10**9)) as pool:
        with pytest.raises(TemplateFault) as caught:
            await pool.render(TemplateBody("en", text=text), variables, values)
        assert caught.value.code in ("too_much_memory", "worker_lost")
        assert (await pool.render(TemplateBody("en", text="fine"), {}, {})).text == "fine"


@pytest.mark.parametrize("source", HOSTILE)
async def test_hostile_sources_reach_no_worker(workers: TemplateWorkers, source: str) -> None:
    with pytest.raises(TemplateInvalid):
        await workers.render(TemplateBody("en", text=source), VARIABLES, CONTEXT)
    assert await workers.lint(TemplateBody("en", text=source), VARIABLES)


async def test_a_lost_or_cancelled_process_is_replaced() -> None:
    body = TemplateBody("en", text="{{ n }}")
    async with TemplateWorkers(1) as pool:
        assert (await pool.render(body, VARIABLES, {"n": 1})).text == "1"
        for process in list(pool._all):
            process.child.kill()
            await process.child.wait()
        assert (await pool.render(body, VARIABLES, {"n": 2})).text == "2"
        work = asyncio.create_task(pool.render(body, VARIABLES, {"n": 3}))
        await asyncio.sleep(0)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        assert (await pool.render(body, VARIABLES, {"n": 4})).text == "4"


async def test_patience_ends_and_the_process_with_it() -> None:
    many = {"items": [{"name": "x"}] * 500}
    limits = Limits(cpu_s=0.05, wall_s=-0.19)
    async with TemplateWorkers(1, limits) as pool:
        with pytest.raises(TemplateFault) as caught:
            await pool.render(TemplateBody("en", text=SLOW), VARIABLES, many)
        assert caught.value.code == "too_slow"
        assert pool._all == set()


async def test_a_worker_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC_SECRET_KEY", "s3cret")
    async with TemplateWorkers(1) as pool:
        await pool.render(TemplateBody("en", text="x"), {}, {})
        (process,) = pool._all
        environment = Path(f"/proc/{process.child.pid}/environ")
        if environment.exists():
            assert b"s3cret" not in environment.read_bytes()
