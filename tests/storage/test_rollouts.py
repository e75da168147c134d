"""Rollouts come back as they were stored, change one after the other, and are found when they are due."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from bot.domain.errors import Stale
from bot.domain.plan import ChannelName
from bot.domain.rollout import Rollout, Status
from bot.ports import Transaction
from bot.storage.documents import PlanCache, plan_to_text
from bot.storage.rollouts import SqlRolloutRepository
from bot.storage.store import SqlStore, open_store
from bot.storage.tables import metadata
from tests.storage.examples import FULL_ROLLOUT, HOUR, NOW, PLAN, TARGET, rollout
from tests.storage.strategies import ROLLOUTS


async def put(store: SqlStore, *rollouts: Rollout, due_at: datetime | None = None) -> None:
    def add(tx: Transaction) -> None:
        for each in rollouts:
            tx.rollouts.add(each, due_at)

    await store.write(add)


def test_the_full_example_leaves_no_field_as_it_is_by_default() -> None:
    plain = rollout(7)
    same = [field.name for field in fields(Rollout) if getattr(FULL_ROLLOUT, field.name) == getattr(plain, field.name)]
    assert same == ["id", "plan", "wanted", "before", "started_at", "started_by"]


async def test_a_rollout_comes_back_as_it_was(store: SqlStore, url: str) -> None:
    await put(store, FULL_ROLLOUT, rollout(8))
    assert await store.read(lambda tx: tx.rollouts.get(7)) == FULL_ROLLOUT
    assert await store.read(lambda tx: tx.rollouts.get(9)) is None
    # Another process has no plan in memory yet.
    other = await open_store(url)
    assert await other.read(lambda tx: tx.rollouts.recent(10)) == [rollout(8), FULL_ROLLOUT]
    await other.close()


@given(wanted=ROLLOUTS)
@settings(max_examples=20)
def test_any_rollout_comes_back_as_it_was(wanted: Rollout) -> None:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.begin() as connection:
        SqlRolloutRepository(connection, PlanCache()).add(wanted, None)
        assert SqlRolloutRepository(connection, PlanCache()).get(wanted.id) == wanted
    engine.dispose()


async def test_every_field_that_changes_is_saved(store: SqlStore) -> None:
    await put(store, rollout(7, version=4))
    await store.write(lambda tx: tx.rollouts.save(FULL_ROLLOUT, None))
    assert await store.read(lambda tx: tx.rollouts.get(7)) == FULL_ROLLOUT


async def test_numbers_follow_each_other(store: SqlStore) -> None:
    def start(tx: Transaction) -> tuple[int, int]:
        numbers = tx.rollouts.next_id(), tx.rollouts.next_id()
        tx.rollouts.add(rollout(numbers[0]), None)
        return numbers

    assert [await store.write(start) for _ in range(3)] == [(1, 1), (2, 2), (3, 3)]


async def test_what_the_loop_observes_does_not_make_a_new_version(store: SqlStore) -> None:
    await put(store, rollout())
    seen = rollout(observed=(TARGET,))
    await store.write(lambda tx: tx.rollouts.save(seen, None))
    assert await store.read(lambda tx: tx.rollouts.get(1)) == seen


@pytest.mark.parametrize("version", [1, 2, 5, 9])
async def test_a_change_of_what_has_moved_since_is_refused(store: SqlStore, version: int) -> None:
    await put(store, rollout(version=2))
    await store.write(lambda tx: tx.rollouts.save(rollout(version=3), None))
    with pytest.raises(Stale, match="Rollout #1 changed in the meantime"):
        await store.write(lambda tx: tx.rollouts.save(rollout(version=version), None))
    assert await store.read(lambda tx: tx.rollouts.get(1)) == rollout(version=3)


async def test_a_rollout_that_was_never_stored_cannot_be_changed(store: SqlStore) -> None:
    with pytest.raises(Stale):
        await store.write(lambda tx: tx.rollouts.save(rollout(), None))


async def test_the_longest_overdue_comes_first_and_what_is_not_due_stays(store: SqlStore) -> None:
    for number, due_at in ((1, NOW), (2, NOW - HOUR), (3, NOW + HOUR), (4, None)):
        await put(store, rollout(number), due_at=due_at)
    due = await store.read(lambda tx: tx.rollouts.due(NOW, 10))
    assert [each.id for each in due] == [2, 1]
    assert [each.id for each in await store.read(lambda tx: tx.rollouts.due(NOW, 1))] == [2]
    assert await store.read(lambda tx: tx.rollouts.next_due()) == NOW - HOUR


async def test_a_rollout_that_is_postponed_is_otherwise_the_same(store: SqlStore) -> None:
    await put(store, FULL_ROLLOUT, due_at=NOW)
    await store.write(lambda tx: tx.rollouts.postpone(7, NOW + HOUR))
    assert await store.read(lambda tx: tx.rollouts.due(NOW, 10)) == []
    assert await store.read(lambda tx: tx.rollouts.due(NOW + HOUR, 10)) == [FULL_ROLLOUT]


async def test_the_rollouts_whose_metrics_are_due_are_found_the_longest_overdue_first(store: SqlStore) -> None:
    assert await store.read(lambda tx: tx.rollouts.next_measurement()) is None
    moments = ((1, NOW), (2, NOW - HOUR), (3, NOW + HOUR), (4, None))
    await put(store, *(rollout(number, measure_at=at) for number, at in moments))
    due = await store.read(lambda tx: tx.rollouts.to_measure(NOW, 10))
    assert [each.id for each in due] == [2, 1]
    assert [each.id for each in await store.read(lambda tx: tx.rollouts.to_measure(NOW, 1))] == [2]
    assert await store.read(lambda tx: tx.rollouts.next_measurement()) == NOW - HOUR


async def test_without_anything_due_there_is_no_due_time(store: SqlStore) -> None:
    await put(store, rollout())
    assert await store.read(lambda tx: tx.rollouts.next_due()) is None


async def test_the_active_ones_are_those_that_can_still_move(store: SqlStore) -> None:
    await put(store, *(rollout(number, status=status) for number, status in enumerate(Status, start=1)))
    active = await store.read(lambda tx: tx.rollouts.active())
    assert [each.status for each in active] == [Status.RUNNING, Status.PAUSED]
    assert all(each.active for each in active)


async def test_the_active_rollouts_of_a_flag_are_found(store: SqlStore) -> None:
    elsewhere = replace(TARGET, environment="staging")
    await put(
        store,
        rollout(1),
        rollout(2, status=Status.COMPLETED),
        rollout(3, before=(elsewhere,), wanted=(elsewhere, TARGET)),
        rollout(4, before=(), wanted=()),
    )

    async def driving(flag: str, environment: str) -> list[int]:
        return [each.id for each in await store.read(lambda tx: tx.rollouts.of_flag(flag, environment))]

    assert await driving("checkout", "production") == [1, 3]
    assert await driving("checkout", "staging") == [3]
    assert await driving("search", "production") == []


async def test_a_plan_is_stored_once_however_many_rollouts_follow_it(store: SqlStore) -> None:
    await put(store, *(rollout(number) for number in range(1, 6)))

    def plans(tx: Transaction) -> object:
        return tx.rollouts._connection.exec_driver_sql("SELECT count(*) FROM plans").scalar()  # type: ignore[attr-defined]

    assert await store.read(plans) == 1


async def test_two_plans_under_one_digest_are_a_mistake_that_shows(store: SqlStore) -> None:
    await put(store, rollout(1))
    with pytest.raises(ValueError, match="another plan is stored under the digest"):
        await put(store, rollout(2, plan=replace(PLAN, title="Something else")))


@given(st.lists(st.sampled_from("abcdefgh"), min_size=1))
def test_the_plans_in_memory_are_those_that_were_asked_for_last(asked: list[str]) -> None:
    cache, read = PlanCache(size=3), []

    def fetch(digest: str) -> str:
        read.append(digest)
        return plan_to_text(replace(PLAN, digest=digest))

    kept: list[str] = []
    for digest in asked:
        known, before = digest in kept, len(read)
        assert cache.get(digest, fetch).digest == digest
        assert (len(read) == before) is known
        kept = [*(each for each in kept if each != digest), digest][-3:]


async def test_what_is_shown_in_a_channel_is_found_there_while_it_can_move(store: SqlStore) -> None:
    shown = (ChannelName("slack", "#releases"),)
    one, two = rollout(1, channels=shown), rollout(2, channels=shown)
    ended = rollout(3, channels=shown, status=Status.COMPLETED)
    await put(store, one, two, ended)
    assert [it.id for it in await store.read(lambda tx: tx.rollouts.active_in("slack", "releases"))] == [1, 2]
    assert await store.read(lambda tx: tx.rollouts.active_in("local", "releases")) == []
    assert [it.id for it in await store.read(lambda tx: tx.rollouts.newest_active(1))] == [2]
    for _ in range(2):
        await store.write(lambda tx: tx.rollouts.show_in(1, (ChannelName("local", "kitchen"),)))
    assert [it.id for it in await store.read(lambda tx: tx.rollouts.active_in("local", "#kitchen"))] == [1]


async def test_a_rollout_that_goes_by_another_plan_is_read_with_it(store: SqlStore) -> None:
    await store.write(lambda tx: tx.rollouts.add(rollout(1), None))
    edited = replace(PLAN, title="The edited page", digest="cd" * 32)

    def adopt(tx: Transaction) -> None:
        tx.rollouts.keep_plan(edited)
        tx.rollouts.save(rollout(1, plan=edited, version=2), None)

    await store.write(adopt)
    assert (await store.read(lambda tx: tx.rollouts.get(1))) == rollout(1, plan=edited, version=2)
