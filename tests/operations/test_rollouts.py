"""Verbs about rollouts where two things happen at once, or twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import pytest
import pytest_asyncio

from bot.domain.actor import Actor
from bot.domain.audit import Action
from bot.domain.errors import AlreadyDone, Confirm, Refused, Stale
from bot.operations.rollouts import Rollouts
from bot.operations.transaction import Attempt, Done, Verbs
from bot.operations.wishes import to_advance, to_pause
from bot.ports import Store, Transaction
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import World, world_over

T = TypeVar("T")

FINAL = """
plan: final
title: A final change
environment: production
flags: {old_code: {unit: user}}
channel: {local: releases}
phases:
  - name: First
    steps: [{set: 50%}, {set: 100%}]
  - name: Last
    checklist: [Nobody needs the old code]
    irreversible: {what: The old code is gone, instead: Deploy the version before}
rollback:
  - {name: Switch it off, set: off, takes: instant}
"""
ANA = Actor("ana", "local", "ana", "releases", "request", frozenset({"owner"}))


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}"
    async with world_over(url, plans=WrittenPlans(final=FINAL)) as made:
        await made.done("/rollout start final")
        yield made


@dataclass
class InterruptedStore:
    """A store in which something else happens just before the next write."""

    store: Store
    meanwhile: list[Callable[[], object]] = field(default_factory=list)

    async def read(self, work: Callable[[Transaction], T]) -> T:
        return await self.store.read(work)

    async def write(self, work: Callable[[Transaction], T]) -> T:
        while self.meanwhile:
            await self.meanwhile.pop()()  # type: ignore[misc]  # What happens meanwhile is a coroutine.
        return await self.store.write(work)


def rollouts_over(world: World, store: Store) -> Rollouts:
    verbs = Verbs(store, world.clock, world.bot.loop.poke, ("local",))
    known = world.bot.operations.rollouts
    return Rollouts(verbs, known.plans, known.circumstances)


async def test_what_became_final_in_the_same_moment_is_not_done_without_a_yes(world: World) -> None:
    store = InterruptedStore(world.store, [lambda: world.done("/rollout next", by="ben")])
    with pytest.raises(Stale):
        await rollouts_over(world, store).carry_out(ANA, to_advance())
    assert (await world.rollout()).current.name == "First: 100%"
    with pytest.raises(Confirm):
        await rollouts_over(world, world.store).carry_out(ANA, to_advance())


async def test_a_verb_works_on_the_state_that_it_finds_and_not_on_the_one_it_read_before(world: World) -> None:
    store = InterruptedStore(world.store, [lambda: world.done("/rollout pause", by="ben")])
    with pytest.raises(Refused, match="paused already"):
        await rollouts_over(world, store).carry_out(ANA, to_pause())


async def test_a_work_that_fails_leaves_nothing_and_its_request_can_be_tried_again(world: World) -> None:
    verbs = Verbs(world.store, world.clock, world.bot.loop.poke)
    attempt = Attempt(Action.FLAG_BIND, "flag:any")

    def work(tx: Transaction, _: object) -> Done[str]:
        tx.bindings.bind("local", "releases", "flag", "any")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await verbs.do(ANA, attempt, work)
    assert await world.store.read(lambda tx: list(tx.bindings.subjects("local", "releases", "flag"))) == []
    assert await verbs.do(ANA, attempt, lambda _tx, _now: Done("done")) == "done"
    with pytest.raises(AlreadyDone, match="flag:bind flag:any, accepted"):
        await verbs.do(ANA, attempt, lambda _tx, _now: Done("done"))


async def test_an_accepted_verb_wakes_the_loop_and_a_refused_one_does_not(world: World) -> None:
    wake = world.bot.loop.wakes.setdefault("a concern", asyncio.Event())
    with pytest.raises(Refused):
        await world.bot.operations.rollouts.start(ANA, "final")
    assert not wake.is_set()
    await world.bot.operations.rollouts.carry_out(replace(ANA, request_id="another"), to_pause())
    assert wake.is_set()


async def test_nothing_is_overridden_that_is_paused_or_not_applied(world: World) -> None:
    await world.done("/rollout pause")
    assert "it is paused" in await world.refused("/rollout override it is urgent")


async def test_a_step_that_cannot_be_undone_is_not_gone_back_from(world: World) -> None:
    await world.done("/rollout next")
    asked = await world.typed("/rollout next")
    last = await world.typed(asked.message.buttons[0].command)
    await world.done(last.message.buttons[0].command)
    assert "cannot be undone" in await world.refused("/rollout back")
    await world.done("/rollout rollback")
    assert str(await world.held("old_code")) == "off"
