"""Stopping the line: declared with a reason and an end, seen by every rollout, and on record."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.actor import Actor
from bot.domain.audit import Action, Outcome
from bot.domain.errors import NotAllowed, Refused
from tests.scenarios.judging import judged_world, plan_with, team_with, to_ten
from tests.scenarios.world import HOUR

PLAN = plan_with("")


def somebody(person: str, *roles: str, request: str = "1", channel: str = "releases") -> Actor:
    return Actor(person, "local", person, channel, f"{person} {request}", frozenset(roles))


EMIL = somebody("emil", "owner")


async def test_a_freeze_names_who_why_and_until_when(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAN) as world:
        now = world.clock.now()
        freeze = await world.bot.operations.freezes.declare(EMIL, "the sale", "production", HOUR)
        assert (freeze.by, freeze.reason, freeze.since, freeze.until) == ("emil", "the sale", now, now + HOUR)
        assert await world.bot.operations.freezes.standing() == [freeze]
        entry = (await world.audit())[-1]
        assert (entry.action, entry.outcome, entry.subject) == (
            Action.FREEZE_ON,
            Outcome.ACCEPTED,
            "environment:production",
        )
        world.clock.advance(HOUR)
        assert await world.bot.operations.freezes.standing() == []


async def test_a_freeze_needs_a_reason(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAN) as world:
        with pytest.raises(Refused, match="needs a reason"):
            await world.bot.operations.freezes.declare(EMIL, " ")
        assert await world.bot.operations.freezes.standing() == []


async def test_every_rollout_is_drawn_anew_and_looked_at_when_the_freeze_ends(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAN.replace("soak: 1h", "soak: 1s")) as world:
        await to_ten(world)
        sent = len(await world.outbox())
        await world.bot.operations.freezes.declare(EMIL, "the sale", None, HOUR)
        assert await world.store.read(lambda tx: tx.rollouts.next_due()) == world.clock.now() + HOUR
        await world.bot.loop.settle()
        assert len(await world.outbox()) == sent + 1
        assert "emil stopped the line: the sale" in await world.done("/rollout status")


async def test_lifting_what_does_not_stand_is_refused_and_on_record(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAN) as world:
        freezes = world.bot.operations.freezes
        with pytest.raises(Refused, match="No freeze for every environment is standing"):
            await freezes.lift(EMIL)
        await freezes.declare(somebody("emil", "owner", request="2"), "the sale", "production")
        with pytest.raises(Refused, match="for every environment"):
            await freezes.lift(somebody("emil", "owner", request="3"))
        assert await freezes.lift(somebody("emil", "owner", request="4"), "production") == 1
        assert [(it.action, it.outcome) for it in await world.audit()] == [
            (Action.FREEZE_OFF, Outcome.REFUSED),
            (Action.FREEZE_ON, Outcome.ACCEPTED),
            (Action.FREEZE_OFF, Outcome.REFUSED),
            (Action.FREEZE_OFF, Outcome.ACCEPTED),
        ]


async def test_one_environment_is_stopped_by_those_who_may_change_it(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAN, team=team_with("change: [owner]")) as world:
        with pytest.raises(NotAllowed, match="Only people with the role owner"):
            await world.bot.operations.freezes.declare(somebody("ana", "lead"), "the sale", "production")
        await world.bot.operations.freezes.declare(EMIL, "the sale", "production")


async def test_the_windows_of_the_policy_are_listed(tmp_path: Path) -> None:
    team = team_with("never: [fri 15:00-24:00, {when: 2026-12-20..2027-01-03, reason: Holidays}]")
    async with judged_world(tmp_path, PLAN, team=team) as world:
        windows = ("fri 15:00-24:00 UTC", "2026-12-20..2027-01-03: Holidays")
        assert world.bot.operations.freezes.windows("production") == windows
        assert world.bot.operations.freezes.windows("staging") == ()
        shown = await world.done("/freeze list")
        assert all(window in shown for window in windows)
