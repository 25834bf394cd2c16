"""The voice contract on the simulated carrier, called directly and over the loopback socket."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from contactcenter.channels.conformance.voice_rooms import VoiceContract
from tests.channels.voice.world_rig import Rig, direct_rig, loopback_rig


@pytest.fixture(params=["direct", "loopback"])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    async with direct_rig() if request.param == "direct" else loopback_rig() as made:
        yield made


class TestSimulatedVoice(VoiceContract):
    pass
