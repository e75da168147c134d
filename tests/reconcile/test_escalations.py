"""The concern that keeps pages going: one transaction for each, woken in time, and one broken page stops no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from bot.domain.page import Page, PageState
from bot.domain.team import Person, Team
from bot.reconcile.escalations import RETRY, EscalationKeeper
from tests.fakes.clock import START
from tests.scenarios.paging import ALASKA, PagedWorld, paged_world
from tests.scenarios.world import MINUTE, SECOND

ANA = {"by": "U0ANA", "platform": "slack"}


@dataclass
class BrokenOnce:
    """A team that breaks while the messages are written, which is after the page was saved."""

    team: Callable[[], Team]

    def __call__(self) -> Team:
        return replace(self.team(), people=Unreadable(self.team().people))


class Unreadable(tuple[Person, ...]):  # noqa: SLOT001  # It counts how often it was looked through.
    """People whom one may look through once; the next who does breaks."""

    looks = 0

    def __iter__(self) -> Iterator[Person]:
        self.looks += 1
        if self.looks > 1:
            raise RuntimeError("a mistake")
        return super().__iter__()


def keeper(world: PagedWorld) -> EscalationKeeper:
    (found,) = [it for it in world.bot.loop.concerns if isinstance(it, EscalationKeeper)]
    return found


async def test_it_is_woken_when_the_next_level_is_due(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        assert await keeper(world).next_due() is None
        await world.done("/escalate high payments fail", **ANA)
        assert await keeper(world).next_due() == START + 15 * MINUTE
        assert await keeper(world).step() == 0
        await world.done("/escalate resolve", **ANA)
        assert await keeper(world).next_due() is None


async def test_state_audit_and_messages_are_one_transaction(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await world.done("/escalate high payments fail", **ANA)
        before, entries = await world.page(), len(await world.audit())
        rows = len(await world.outbox())
        world.clock.advance(15 * MINUTE)
        assert await replace(keeper(world), team=BrokenOnce(keeper(world).team)).step() == 1
        after = await world.page()
        assert (after.level, after.state, len(await world.audit())) == (before.level, PageState.OPEN, entries)
        assert len(await world.outbox()) == rows
        assert after.due_at == world.clock.now() + RETRY


async def test_two_keepers_at_once_page_each_person_once(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await world.done("/escalate high payments fail", **ANA)
        world.clock.advance(15 * MINUTE)
        one = keeper(world)
        another = EscalationKeeper(one.store, one.clock, one.team, one.journal, one.platforms)
        page = await world.page()
        await one._keep(page)
        await another._keep(page)
        await world.bot.loop.settle()
        assert world.paged() == ["engineer", "lead"]


async def test_a_page_that_waits_for_more_than_a_minute_shows_in_the_health(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await world.done("/escalate high payments fail", **ANA)
        world.clock.advance(17 * MINUTE)
        assert [it.what for it in (await world.bot.physician.look()).overdue] == ["pages"]


async def test_nobody_reached_is_an_error_in_the_log(tmp_path: Path) -> None:
    at = ALASKA.index("  engineer: {")
    listed = "".join(
        f"  {it}: {{roles: operator, email: {it}@example.org}}\n"
        for it in ("engineer", "second-engineer", "database-engineer", "team-lead", "cto", "ceo")
    )
    nobody = ALASKA[:at] + listed + ALASKA[ALASKA.index("channels:\n") :]
    async with paged_world(tmp_path, nobody) as world:
        await world.done("/escalate high payments fail", **ANA)
        assert world.paged() == []
        assert [it.event for it in world.journal.lines if it.level == "error"] == ["page.nobody.reached"]
        assert any("nobody could be reached at any level" in it for it in world.told("releases"))
        assert (await world.page()).due_at == START + 15 * MINUTE


async def test_it_takes_a_second_and_not_a_minute(tmp_path: Path) -> None:
    """What is due is due: a level is not late because it is looked at between two minutes."""
    async with paged_world(tmp_path) as world:
        await world.done("/escalate high payments fail", **ANA)
        await world.passes(15 * MINUTE + SECOND)
        page: Page = await world.page()
        assert [it.late for it in page.reached] == [timedelta(0)] * 3
        assert page.due_at == datetime.fromisoformat("2026-03-02T09:30:00+00:00")
