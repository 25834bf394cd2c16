"""What a script of a property does to a floor: its steps as commands against the floor as it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from contactcenter.routing import actions as do
from contactcenter.routing.floor import Floor
from contactcenter.routing.rows import rows_of
from tests.routing.floors import CUSTOMER, agent_id, call_id
from tests.routing.worlds import World, tried

Step = tuple[Any, ...]
Configs = Mapping[str, Mapping[str, Any]]


def begin(queues: Configs, agents: list[dict[str, Any]]) -> World:
    """A floor with these queues, and these agents at work."""
    world = World(configs=queues)
    for name, config in queues.items():
        world.do(do.ChangeQueue(name, 1, config))
        assert isinstance(world.done[-1][2], list), f"{config} is refused"
    for n, config in enumerate(agents):
        world.do(do.ChangeAgent(agent_id(n), 1, f"agent {n}", config))
        assert isinstance(world.done[-1][2], list), f"{config} is refused"
        world.do(do.SetState(agent_id(n), "available"))
        world.wait(1)
    return world


def follow(world: World, step: Step) -> None:
    """Do one step, if there is anything to do it to."""
    if step[0] == "wait":
        world.wait(step[1])
    elif step[0] == "crash":
        world.crash()
    elif step[0] == "serve":
        _serve(world, step[1])
    elif (command := _command(world, step)) is not None:
        world.do(command)


def end(world: World, settle_s: int = 400) -> None:
    """A last crash, a replay of everything, and time for all offers and callbacks to run out."""
    world.crash()
    again = Floor()
    for command, now, outcome in world.done:
        assert tried(again, command, now) == outcome, "a replay decided otherwise"
    assert rows_of(again) == rows_of(world.floor)
    world.wait(settle_s)
    assert not [one for one in world.floor.reservations.values() if one.state == "pending"]
    assert not [one for one in world.floor.waiting.values() if one.state == "calling"]


def _command(world: World, op: Step) -> do.Command | None:
    match op:
        case ("enqueue", n, queue, channel, requires, priority, steps, agents, age_s, *facts):
            return do.Enqueue(
                call_id(n),
                queue,
                channel,
                CUSTOMER,
                requires,
                priority,
                facts[0] if facts else {},
                direction="outbound" if "blending" in world.configs[queue] else "inbound",
                steps=steps,
                preferred=tuple(agent_id(one) for one in sorted(agents)),
                hold_s=7,
                age_s=age_s,
            )
        case ("leave", n):
            return do.Leave(call_id(n), close=n % 2 == 0)
        case ("ended", n):
            return do.Ended(call_id(n))
        case ("answered", n):
            return do.CallbackAnswered(call_id(n))
        case ("failed", n):
            return do.CallbackFailed(call_id(n))
        case ("callback", n):
            return do.AskCallback(call_id(n), "+8613900000000", "agent" if n % 3 else None)
        case ("callback_at", n):
            return do.AskCallback(call_id(n), "+1", at=world.now + timedelta(seconds=30))
    return _on_agents(world, op)


def _on_agents(world: World, op: Step) -> do.Command | None:
    match op:
        case ("in", n):
            return do.SignIn(agent_id(n))
        case ("out", n):
            return do.SignOut(agent_id(n))
        case ("lost", n):
            return do.LoseConnection(agent_id(n))
        case ("available", n):
            return do.SetState(agent_id(n), "available")
        case ("away", n):
            return do.SetState(agent_id(n), "away", "lunch")
        case ("pull", n, agent):
            world.was_given = True
            return do.Pull(call_id(n), agent_id(agent))
        case ("extend", n, agent):
            return do.ExtendWrapUp(call_id(n), agent_id(agent), 9)
        case ("close" | "open", queue):
            return do.CloseQueue(queue, op[0] == "close", "drill")
        case ("configure", queue):
            world.version += 1
            config = {**world.configs[queue], "priority": world.version % 3}
            return do.ChangeQueue(queue, 1 + world.version, config)
    return _on_reservation(world, op)


def _on_reservation(world: World, op: Step) -> do.Command | None:
    live = sorted(world.floor.reservations.values(), key=lambda one: one.id)
    if not live:
        return None
    one = live[op[1] % len(live)]
    match op[0]:
        case "accept":
            return do.Accept(one.id, one.agent)
        case "reject":
            return do.Reject(one.id, one.agent, "no")
        case "fail":
            return do.MediaFailed(one.interaction)
        case "media":
            return do.MediaUp(one.interaction)
    return do.Complete(one.interaction, one.agent, "solved")


def _serve(world: World, n: int) -> None:
    """An offer taken to its end, all at once."""
    pending = [one for one in world.floor.reservations.values() if one.state == "pending"]
    if pending:
        one = sorted(pending, key=lambda offer: offer.id)[n % len(pending)]
        world.do(do.Accept(one.id, one.agent))
        world.do(do.CallbackAnswered(one.interaction))
        world.do(do.MediaUp(one.interaction))
        world.wait(n)
        world.do(do.Ended(one.interaction))
        world.do(do.Complete(one.interaction, one.agent, "solved"))
