"""The same story through Twilio's stand-in in any weather, on either store: the same log."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from contactcenter.crm.verify import verify
from tests.stories.twilio_plots import PLOTS, a_whole_call
from tests.stories.twilio_rig import Rig, rig
from tests.stories.twilio_weather import WEATHERS, weather

KNOWN = "+447700900{:03d}"


def _asked(on: Rig) -> Counter[str]:
    """What was asked of Twilio that starts something: calls and texts by number."""
    return Counter(
        f"{path.rsplit('/', 1)[-1]} {form['To'][0]}"
        for method, path, form in on.twilio.face.requests
        if method == "POST" and path.endswith(("/Calls.json", "/Messages.json"))
    )


async def _sound(on: Rig) -> None:
    """No caller heard an error, repeated documents were the same, log and rows agree."""
    assert on.twilio.hooks.mismatches == []
    assert on.twilio.world.alerts == []
    assert not (await verify(on.log_db)).differences
    assert not [call for call in on.twilio.world.calls.values() if call.live]


async def test_the_log_of_a_call_is_the_same_in_every_weather(
    store_url: str, tmp_path: Path
) -> None:
    async with rig(store_url, tmp_path) as on:
        undisturbed = await a_whole_call(on, KNOWN.format(100))
        assert sum("held" in line for line in undisturbed) == 1
        assert sum("recording_ready" in line for line in undisturbed) == 1
        requests = len(on.twilio.hooks.log)
        for number, name in enumerate(WEATHERS, 101):
            with weather(on, name):
                assert await a_whole_call(on, KNOWN.format(number)) == undisturbed, name
        # the weather was there: far more requests than that many calls make
        assert len(on.twilio.hooks.log) > 1.5 * requests * (1 + len(WEATHERS))
        assert on.doorstep.refused > 5
        assert len(await on.interactions()) == 1 + len(WEATHERS)
        await _sound(on)


@pytest.mark.parametrize("plot", PLOTS)
async def test_every_story_gives_one_log_on_both_stores_and_in_ill_weather(
    plot: str, sqlite_url: str, postgres_url: str, tmp_path: Path
) -> None:
    story = PLOTS[plot]
    async with rig(sqlite_url, tmp_path / "a") as lite, rig(postgres_url, tmp_path / "b") as large:

        async def both(number: str) -> tuple[list[str], list[str]]:
            return await asyncio.gather(story(lite, number), story(large, number))

        undisturbed, other = await both(KNOWN.format(100))
        assert undisturbed == other
        asked = [sum(_asked(on).values()) for on in (lite, large)]
        for number, name in enumerate(("late", "shuffled", "refused"), 101):
            with weather(lite, name, seed=number), weather(large, name, seed=number + 50):
                one, two = await both(KNOWN.format(number))
            assert one == undisturbed, name
            assert two == undisturbed, name
        for on, once in zip((lite, large), asked, strict=True):
            assert sum(_asked(on).values()) == 4 * once  # no call and no text was begun twice
            await _sound(on)


@pytest.mark.parametrize("plot", ["a_call_out", "an_agent_out_of_reach"])
async def test_what_twilio_does_not_answer_to_us_is_not_done_twice(
    plot: str, sqlite_url: str, tmp_path: Path
) -> None:
    """Each request that changes something is carried out, and its answer lost; then, each is
    refused for the moment."""
    async with rig(sqlite_url, tmp_path) as on:
        undisturbed = await PLOTS[plot](on, KNOWN.format(100))
        calls = len(on.twilio.world.calls)
        on.twilio.faults.lost = 1000
        assert await PLOTS[plot](on, KNOWN.format(101)) == undisturbed
        assert on.twilio.faults.lost < 1000
        on.twilio.faults.lost, on.twilio.faults.busy = 0, 3
        assert await PLOTS[plot](on, KNOWN.format(102)) == undisturbed
        assert on.twilio.faults.busy == 0
        assert len(on.twilio.world.calls) == 3 * calls
        await _sound(on)


async def test_a_text_whose_hand_over_was_not_answered_stands_in_doubt_until_its_report(
    store_url: str, tmp_path: Path
) -> None:
    """The one thing that is logged besides: that for a moment it was not known."""
    story = PLOTS["a_text_and_its_answers"]
    async with rig(store_url, tmp_path) as on:
        undisturbed = await story(on, KNOWN.format(100))
        texts = _asked(on).total()
        on.twilio.faults.lost = 1000
        doubted = await story(on, KNOWN.format(101))
        in_doubt = [line for line in doubted if '"state": "in_doubt"' in line]
        assert [line for line in doubted if line not in in_doubt] == undisturbed
        assert all("no_answer" in line for line in in_doubt)
        assert len(in_doubt) <= texts
        assert _asked(on).total() == 2 * texts
        await _sound(on)


async def test_the_same_request_at_the_same_moment_is_taken_once(
    store_url: str, tmp_path: Path
) -> None:
    """Twilio's repetitions come one after the other; a proxy's or an attacker's need not."""
    async with rig(store_url, tmp_path) as on:
        caller = on.twilio.dial(KNOWN.format(100), on.settings.lines[0].address)
        await caller.hears("For English, press 1", 20)
        (first,) = [sent for sent in on.twilio.hooks.log if "/voice/" in urlsplit(sent.url).path]
        text = {"MessageSid": "SM" + "7" * 32, "From": KNOWN.format(101), "Body": "0"} | {
            "To": on.settings.lines[1].address, "NumMedia": "0",
        }  # fmt: skip
        to = on.twilio.numbers[text["To"]].sms_url
        replies = await asyncio.gather(
            *(on.twilio.hooks.document(first.url, first.params) for _ in range(6)),
            *(on.twilio.hooks.document(to, text) for _ in range(6)),
        )
        assert set(replies[:6]) == {first.reply}
        assert len(set(replies[6:])) == 1
        calls, texts = await on.interactions()
        assert [e.kind for e in await on.events(calls)].count("opened") == 1
        received = [e for e in await on.events(texts) if e.kind == "message_received"]
        assert len(received) == 1
        await caller.hang_up()
        await on.finished(calls)
        await _sound(on)
