"""What leaves next: in order for each destination, nothing twice, nobody held up by a message for tomorrow."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.message import Message, say
from bot.domain.outbox import Delivery, DeliveryState, NewDelivery, Posted
from bot.ports import Transaction
from bot.storage.store import SqlStore
from tests.storage.examples import HOUR, NOW, card, delivery


async def put(store: SqlStore, *deliveries: NewDelivery) -> None:
    def add(tx: Transaction) -> None:
        for each in deliveries:
            tx.outbox.add(each)

    await store.write(add)


async def due(store: SqlStore, now: datetime = NOW, limit: int = 100) -> list[str]:
    found = await store.read(lambda tx: tx.outbox.due(now, limit))
    return [each.key for each in found]


async def next_due(store: SqlStore) -> datetime | None:
    return await store.read(lambda tx: tx.outbox.next_due())


async def change(store: SqlStore, key: str, **fields: object) -> bool:
    """Save a row with a few fields changed, as whoever has just read it would."""

    def work(tx: Transaction) -> bool:
        (found,) = (each for each in tx.outbox.recent(100) if each.key == key)
        changed: Delivery = replace(found, **fields)  # type: ignore[arg-type]  # The fields are the test's to choose.
        return tx.outbox.save(changed, found.attempts)

    return await store.write(work)


async def sent(store: SqlStore, key: str) -> None:
    assert await change(store, key, state=DeliveryState.SENT, due_at=None, attempts=1, reference="r")


async def test_what_is_put_in_comes_out_as_it_was(store: SqlStore) -> None:
    message: Message = say("Rollout ", "#1", " is at 25 %.")
    await put(store, delivery("a", message=message, due_at=NOW - HOUR))
    (found,) = await store.read(lambda tx: tx.outbox.due(NOW, 10))
    expected = delivery("a", message=message, due_at=NOW - HOUR)
    assert found == Delivery(
        1, "a", expected.kind, "local", "releases", "1", message, expected.created_at, expected.due_at
    )


async def test_a_key_that_is_there_already_changes_nothing(store: SqlStore) -> None:
    await put(store, delivery("a", message=say("first")), delivery("a", message=say("second")))
    (found,) = await store.read(lambda tx: tx.outbox.recent(10))
    assert found.message == say("first")
    await sent(store, "a")
    await put(store, delivery("a"))
    assert await due(store) == []


async def test_each_destination_gets_its_oldest_message_first(store: SqlStore) -> None:
    await put(store, delivery("a1"), delivery("a2"), delivery("b1", channel="team"), delivery("b2", channel="team"))
    assert await due(store) == ["a1", "b1"]
    await sent(store, "a1")
    assert await due(store) == ["a2", "b1"]


async def test_channels_of_one_name_on_two_platforms_are_two_destinations(store: SqlStore) -> None:
    await put(store, delivery("a"), delivery("b", platform="slack"))
    assert await due(store) == ["a", "b"]


async def test_no_more_than_asked_for_come_out_the_longest_overdue_first(store: SqlStore) -> None:
    waiting = [delivery(f"{n}", channel=f"channel {n}", due_at=NOW - n * HOUR) for n in range(5)]
    await put(store, *waiting)
    assert await due(store, limit=2) == ["4", "3"]


async def test_a_message_for_tomorrow_holds_nobody_up(store: SqlStore) -> None:
    await put(store, delivery("tomorrow", due_at=NOW + 24 * HOUR), delivery("today"))
    assert await due(store) == ["today"]
    await sent(store, "today")
    assert await due(store) == []
    assert await next_due(store) == NOW + 24 * HOUR
    assert await due(store, NOW + 24 * HOUR) == ["tomorrow"]


async def test_a_message_that_is_tried_again_keeps_its_place(store: SqlStore) -> None:
    await put(store, delivery("first"), delivery("second"))
    assert await change(store, "first", attempts=1, due_at=NOW + HOUR, error="the platform was away")
    assert await due(store) == []
    assert await next_due(store) == NOW + HOUR
    assert await due(store, NOW + HOUR) == ["first"]


async def test_a_message_that_is_being_sent_holds_the_next_one_until_its_deadline(store: SqlStore) -> None:
    await put(store, delivery("first"), delivery("second"))
    assert await change(store, "first", state=DeliveryState.SENDING, attempts=1, deadline=NOW + HOUR)
    assert await due(store) == []
    assert await next_due(store) == NOW + HOUR
    (uncertain,) = await store.read(lambda tx: tx.outbox.due(NOW + HOUR, 10))
    assert (uncertain.key, uncertain.state) == ("first", DeliveryState.SENDING)


async def test_what_has_ended_holds_nobody_up(store: SqlStore) -> None:
    await put(store, delivery("a"), delivery("b"), delivery("c"))
    assert await change(store, "a", state=DeliveryState.FAILED, due_at=None, attempts=3, error="no such channel")
    assert await change(store, "b", state=DeliveryState.DROPPED, due_at=None)
    assert await due(store) == ["c"]
    await sent(store, "c")
    assert await due(store, NOW + 99 * HOUR) == []
    assert await next_due(store) is None


async def test_of_two_who_take_the_same_message_one_gets_it(store: SqlStore) -> None:
    await put(store, delivery("a"))
    (read,) = await store.read(lambda tx: tx.outbox.due(NOW, 10))
    taken = replace(read, state=DeliveryState.SENDING, attempts=1, deadline=NOW + HOUR)
    assert await store.write(lambda tx: tx.outbox.save(taken, 0))
    assert not await store.write(lambda tx: tx.outbox.save(taken, 0))


async def test_a_card_that_waits_already_is_not_put_in_twice(store: SqlStore) -> None:
    await put(store, card("a"), card("b"), card("c", subject="2"), card("d", channel="team"))
    recent = await store.read(lambda tx: tx.outbox.recent(10))
    assert [each.key for each in recent] == ["d", "c", "a"]


async def test_a_card_that_is_wanted_earlier_leaves_earlier(store: SqlStore) -> None:
    await put(store, card("a", due_at=NOW + HOUR), card("b", due_at=NOW), card("c", due_at=NOW + 2 * HOUR))
    assert await next_due(store) == NOW
    assert await due(store) == ["a"]


async def test_a_card_that_is_tried_again_is_not_hastened(store: SqlStore) -> None:
    await put(store, card("a"))
    assert await change(store, "a", attempts=1, due_at=NOW + HOUR)
    await put(store, card("b"))
    assert await next_due(store) == NOW + HOUR


async def test_a_card_that_is_being_sent_may_be_out_of_date_so_another_follows(store: SqlStore) -> None:
    await put(store, card("a"))
    assert await change(store, "a", state=DeliveryState.SENDING, attempts=1, deadline=NOW + HOUR)
    await put(store, card("b"))
    await sent(store, "a")
    assert await due(store) == ["b"]


async def test_where_a_card_stands_is_remembered_and_can_move(store: SqlStore) -> None:
    first, second = Posted("1", "local", "releases", "17"), Posted("1", "local", "releases", "18")
    other = Posted("1", "local", "team", "19")

    def work(tx: Transaction) -> list[Posted | None]:
        seen = [tx.outbox.posted("1", "local", "releases")]
        for posted in (first, other, second):
            tx.outbox.remember(posted)
            seen.append(tx.outbox.posted("1", "local", "releases"))
        return seen

    assert await store.write(work) == [None, first, first, second]
