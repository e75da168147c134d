"""What bears on a rollout from outside: the policy of the environment that its next step is about, and freezes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot.domain.actor import Actor
from bot.domain.audit import Action, Event, Outcome
from bot.domain.errors import Blocked
from bot.domain.freeze import Freeze, parse_window
from bot.domain.plan import Approval, ChecklistItem, Limit
from bot.domain.rollout import Rollout
from bot.domain.surroundings import Surroundings
from bot.domain.team import Environment, Person, Team
from bot.operations.circumstances import Circumstances
from bot.ports import Transaction
from bot.storage.store import SqlStore, open_store
from tests.domain.plans_for_tests import HOUR, MONDAY, a_plan, a_step, settle, started, to

POLICY = Environment(
    "production",
    approvals=(Approval("qa"),),
    prerequisites=(ChecklistItem("e.1", "There is a backup"),),
    exempt=frozenset({"owner"}),
    never=(parse_window("mon 10:00-14:00", "UTC"),),
    limits=(Limit("person", 1, HOUR), Limit("channel", 2, 2 * HOUR)),
)
TEAM = Team(
    "rollcall.yaml",
    people=(Person("emil", frozenset({"owner"})),),
    environments={"production": POLICY, "staging": Environment("staging")},
)
CIRCUMSTANCES = Circumstances(lambda: TEAM)
STAGED = a_plan(
    a_step("Try it", to(100), environment="staging"),
    a_step("10%", to(10)),
    a_step("Look"),
    never=("2026-03-03",),
)
ANA = Actor("ana", "local", "ana", "releases", "r1", frozenset({"lead"}))


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    """Return an empty database."""
    opened = await open_store(f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}")
    yield opened
    await opened.close()


async def around(store: SqlStore, rollout: Rollout, now: datetime = MONDAY) -> Surroundings:
    return await store.read(lambda tx: CIRCUMSTANCES.of(tx, rollout, now))


def at(index: int, **fields: object) -> Rollout:
    return replace(settle(started(STAGED), MONDAY), step=index, **fields)  # type: ignore[arg-type]  # The fields are the test's to choose.


async def test_the_policy_is_that_of_the_next_steps_environment(store: SqlStore) -> None:
    found = await around(store, at(0))
    assert found.approvals == POLICY.approvals
    assert [item.text for item in found.prerequisites] == ["There is a backup"]


async def test_a_step_that_changes_no_flag_and_the_end_of_the_plan_ask_for_nothing(store: SqlStore) -> None:
    for index in (1, 2):
        found = await around(store, at(index))
        assert (found.approvals, found.prerequisites) == ((), ())


async def test_who_is_exempt_needs_no_approvals_of_the_policy(store: SqlStore) -> None:
    assert (await around(store, at(0, started_by="emil"))).approvals == ()
    assert (await around(store, at(0, started_by="somebody"))).approvals == POLICY.approvals


async def test_windows_of_the_policy_and_of_the_plan_and_stopped_lines_are_named_with_their_ends(
    store: SqlStore,
) -> None:
    stopped = Freeze("production", "the sale", "emil", MONDAY, MONDAY + HOUR)
    await store.write(lambda tx: tx.freezes.add(stopped))
    await store.write(lambda tx: tx.freezes.add(replace(stopped, environment="staging")))
    assert [it.sentence for it in (await around(store, at(0))).stops] == [
        "emil stopped the line in production: the sale"
    ]
    later = MONDAY + 2 * HOUR
    (window,) = (await around(store, at(0), later)).stops
    assert (window.sentence, window.expected) == (
        "production is closed now (mon 10:00-14:00 UTC)",
        datetime(2026, 3, 2, 14, tzinfo=UTC),
    )
    (own,) = (await around(store, at(0), MONDAY + timedelta(days=1))).stops
    assert "the plan checkout-redesign says so" in own.sentence


async def test_flags_without_a_rollout_go_up_only_while_nothing_is_frozen(store: SqlStore) -> None:
    await store.read(lambda tx: CIRCUMSTANCES.require_open(tx, "production", MONDAY))
    with pytest.raises(Blocked, match="Nothing goes up in production now") as refusal:
        await store.read(lambda tx: CIRCUMSTANCES.require_open(tx, "production", MONDAY + 2 * HOUR))
    assert "going down always works" in refusal.value.hints


async def went_up(store: SqlStore, *actors: Actor, outcome: Outcome = Outcome.ACCEPTED) -> None:
    event = Event(Action.ROLLOUT_ADVANCE, outcome, "rollout:1", "production")

    def append(tx: Transaction) -> None:
        for actor in actors:
            tx.audit.append(event, actor, MONDAY)

    await store.write(append)


async def pace(store: SqlStore, actor: Actor, now: datetime) -> datetime | None:
    """Return when somebody may go up, or None for at once."""
    try:
        await store.read(lambda tx: CIRCUMSTANCES.require_pace(tx, actor, "production", None, now))
    except Blocked as refusal:
        return refusal.blockers[0].expected
    return None


async def test_a_limit_of_a_person_counts_what_that_person_did_in_any_channel(store: SqlStore) -> None:
    await went_up(store, ANA)
    now = MONDAY + HOUR / 2
    assert await pace(store, replace(ANA, channel="elsewhere"), now) == MONDAY + HOUR
    assert await pace(store, replace(ANA, person="ben"), now) is None
    assert await pace(store, ANA, MONDAY + HOUR) is None


async def test_a_limit_of_a_channel_counts_what_everybody_did_there(store: SqlStore) -> None:
    await went_up(store, ANA, replace(ANA, person="ben"))
    now = MONDAY + HOUR
    assert await pace(store, replace(ANA, person="cleo"), now) == MONDAY + 2 * HOUR
    assert await pace(store, replace(ANA, person="cleo", channel="elsewhere"), now) is None
    assert await pace(store, replace(ANA, person="cleo", platform="slack"), now) is None


async def test_what_was_refused_counts_for_nothing(store: SqlStore) -> None:
    await went_up(store, ANA, outcome=Outcome.REFUSED)
    assert await pace(store, ANA, MONDAY) is None
