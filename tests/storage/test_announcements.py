"""What is told, on a real file: once by its key, found by index, and read back as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Connection

from bot.domain.after import Task, TaskState
from bot.domain.announcement import Announcement, AnnouncementState, Destination, ReportedProblem, Subscription
from bot.domain.announcing import Seen
from bot.domain.message import say
from bot.domain.moments import Occasion
from bot.domain.rollout import Status, Tick, TickState
from bot.ports import Store
from tests.domain.plans_for_tests import DAY, HOUR
from tests.storage.examples import FULL_ROLLOUT, NOW
from tests.storage.test_indexes import Work, connection, plan_of

__all__ = ["connection"]

SAID = Announcement(
    id=0,
    key="rollout:1:announce:0:step",
    subject="rollout:1",
    plan="checkout",
    when="each step",
    to=("team", "users"),
    say="step_reached",
    created_at=NOW,
    happened_at=NOW,
    due_at=NOW + HOUR,
    facts=(("reason", "“quotes” & é"),),
    occasion=Occasion.STEP,
    step=2,
    by="ana",
    note="why",
    subscribers=True,
    destinations=(
        Destination("email", "a@example.org", "team", "k1"),
        Destination("status_page", "", "users", "k2", NOW),
    ),
    message=say("hello"),
    hold=True,
)


async def test_an_announcement_is_read_back_as_it_was_and_its_key_is_there_once(store: Store) -> None:
    assert await store.write(lambda tx: tx.announcements.add(SAID))
    assert not await store.write(lambda tx: tx.announcements.add(replace(SAID, say="other")))
    (kept,) = await store.read(lambda tx: tx.announcements.recent(5))
    assert kept == replace(SAID, id=kept.id)
    ended = replace(kept, state=AnnouncementState.SENT, due_at=None, hold=False, note="")
    await store.write(lambda tx: tx.announcements.save(ended))
    assert await store.read(lambda tx: tx.announcements.get(kept.id)) == ended
    assert await store.read(lambda tx: tx.announcements.due(NOW + DAY, 5)) == []
    assert await store.read(lambda tx: tx.announcements.of_subject("rollout:1")) == [ended]


async def test_what_is_on_the_status_page_is_found_newest_first_and_nothing_else_is(store: Store) -> None:
    by_mail = Destination("email", "status_page@example.org", "status_page", "k3")
    for key, places in {"a": SAID.destinations, "b": (by_mail,), "c": (), "d": SAID.destinations[1:]}.items():
        said = replace(SAID, key=key, destinations=places)
        await store.write(lambda tx, said=said: tx.announcements.add(said))  # type: ignore[misc]  # The one of this turn.
    assert [it.key for it in await store.read(lambda tx: tx.announcements.published(5))] == ["d", "a"]
    assert [it.key for it in await store.read(lambda tx: tx.announcements.published(1))] == ["d"]


async def test_a_rollout_is_looked_at_once_for_each_state_of_it(store: Store) -> None:
    number = FULL_ROLLOUT.id
    await store.write(lambda tx: tx.rollouts.add(FULL_ROLLOUT, None))
    await store.write(lambda tx: tx.announcements.heed(number, "one", NOW))
    assert await store.read(lambda tx: tx.announcements.to_look_at(NOW, 5)) == [number]
    assert await store.read(lambda tx: tx.announcements.next_due()) == NOW
    assert await store.read(lambda tx: tx.announcements.seen(number)) is None
    seen = Seen(Status.PAUSED, "2:x", 2, 1, ("p95 < 1s",), 4, 1)
    await store.write(lambda tx: tx.announcements.note(number, seen))
    await store.write(lambda tx: tx.announcements.heed(number, "one", NOW))
    assert await store.read(lambda tx: tx.announcements.to_look_at(NOW, 5)) == []
    assert await store.read(lambda tx: tx.announcements.seen(number)) == seen
    await store.write(lambda tx: tx.announcements.heed(number, "two", NOW))
    assert await store.read(lambda tx: tx.announcements.to_look_at(NOW, 5)) == [number]


async def test_subscriptions_problems_and_tasks_are_kept(store: Store) -> None:
    number = FULL_ROLLOUT.id
    await store.write(lambda tx: tx.rollouts.add(FULL_ROLLOUT, None))
    wanted = Subscription(0, "local", "@ana", "ana", NOW, flag="page", kind="held")
    await store.write(lambda tx: tx.subscriptions.add(wanted))
    (kept,) = await store.read(lambda tx: tx.subscriptions.all())
    assert kept == replace(wanted, id=kept.id)
    await store.write(lambda tx: tx.subscriptions.remove(kept.id))
    assert await store.read(lambda tx: tx.subscriptions.all()) == []

    problem = ReportedProblem(0, number, "ben", "local", "ben", "support", "it spins", critical=True, at=NOW)
    added = await store.write(lambda tx: tx.problems.add(problem))
    await store.write(lambda tx: tx.problems.resolve(added, "ana", NOW + HOUR))
    resolved = replace(problem, id=added, resolved_at=NOW + HOUR, resolved_by="ana")
    assert await store.read(lambda tx: tx.problems.get(added)) == resolved
    assert await store.read(lambda tx: tx.problems.of_rollout(number)) == [resolved]
    assert await store.read(lambda tx: tx.problems.of_rollout(number, added)) == []

    for order in (1, 2, 1):
        task = Task(0, number, order, NOW + DAY, NOW + DAY)
        await store.write(lambda tx, task=task: tx.tasks.add(task))  # type: ignore[misc]  # The task of this turn.
    first, second = await store.read(lambda tx: tx.tasks.of_rollout(number))
    assert (first.number, second.number) == (1, 2)
    ticked = replace(
        first, ticks=(Tick("a1.1", TickState.DONE, "ana", NOW),), state=TaskState.DONE, wake_at=None, reminded=2
    )
    await store.write(lambda tx: tx.tasks.save(ticked))
    assert await store.read(lambda tx: tx.tasks.due(NOW + DAY, 5)) == [second]
    assert await store.read(lambda tx: tx.tasks.next_due()) == NOW + DAY
    assert (await store.read(lambda tx: tx.tasks.of_rollout(number)))[0] == ticked


@pytest.mark.parametrize(
    ("work", "index"),
    [
        (lambda tx: tx.announcements.due(NOW, 10), "ix_announcements_due (due_at<?)"),
        (lambda tx: tx.announcements.to_look_at(NOW, 10), "ix_announcing_wake (wake_at<?)"),
        (lambda tx: tx.announcements.next_due(), "ix_announcing_wake (wake_at>?)"),
        (lambda tx: tx.announcements.of_subject("rollout:1"), "ix_announcements_subject (subject=?)"),
        (lambda tx: tx.tasks.due(NOW, 10), "ix_tasks_wake (wake_at<?)"),
        (lambda tx: tx.tasks.next_due(), "ix_tasks_wake (wake_at>?)"),
        (lambda tx: tx.problems.of_rollout(1), "ix_reported_problems_rollout (rollout=? AND id>?)"),
    ],
)
def test_it_is_found_by_index(connection: Connection, work: Work, index: str) -> None:  # It is the fixture.
    assert index in plan_of(connection, work)[0]
