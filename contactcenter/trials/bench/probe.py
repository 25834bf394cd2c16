"""An idle event loop in a process of its own: how late the machine wakes who has nothing to do.

``python -m contactcenter.trials.bench.probe SECONDS`` prints the lateness of its timers (ms, JSON).
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

STEP_S = 0.005


async def lateness(seconds: float) -> list[float]:
    """Milliseconds beyond each ``STEP_S``."""
    found = []
    until = time.perf_counter() + seconds
    while (before := time.perf_counter()) < until:
        await asyncio.sleep(STEP_S)
        found.append((time.perf_counter() - before - STEP_S) * 1000)
    return found


async def beside(seconds: float) -> asyncio.subprocess.Process:
    """Start it; ``result`` waits for its end."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, str(seconds), stdout=asyncio.subprocess.PIPE
    )


async def result(process: asyncio.subprocess.Process) -> list[float]:
    """The lateness it saw."""
    said, _ = await process.communicate()
    found: list[float] = json.loads(said)
    return found


if __name__ == "__main__":
    print(json.dumps(asyncio.run(lateness(float(sys.argv[1])))))
