"""What nobody asks for any more is forgotten after a month, once a day; what is asked for is kept."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.outbox import DeliveryState
from bot.reconcile.retention import AFTER_THE_START, EVERY, KEPT, RetentionKeeper
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import CHECKOUT, DAY, HOUR, World, world_over
from tests.storage.examples import delivery


async def requests_of(world: World) -> set[str]:
    """Return which of the first two requests are remembered."""
    names = ("early", "late")
    return {it for it in names if await world.store.read(lambda tx, it=it: tx.requests.seen(it)) is not None}  # type: ignore[misc]  # The default binds the loop's variable.


async def test_requests_and_messages_of_more_than_a_month_ago_are_forgotten(url: str) -> None:
    async with world_over(url, plans=WrittenPlans(checkout=CHECKOUT)) as world:
        await world.typed("/rollout start checkout", request="early")
        await world.done("/rollout pause")
        await world.passes(KEPT - HOUR)
        await world.typed("/rollout resume", request="late")
        assert await requests_of(world) == {"early", "late"}
        before, posts = await world.outbox(), await world.cards()
        await world.passes(DAY)
        assert await requests_of(world) == {"late"}
        assert 0 < len(await world.outbox()) < len(before)
        assert (await world.bot.operations.audit.verify()).valid
        pruned = [line.facts for line in world.journal.lines if line.event == "retention.pruned"]
        assert len(pruned) == 1
        await world.done("/rollout pause")
        assert len(await world.cards()) == len(posts) == 1


async def test_what_was_said_of_a_rollout_is_kept_until_it_has_ended(url: str) -> None:
    said = delivery("ready:1:1:local:releases", subject="rollout:1")
    async with world_over(url, plans=WrittenPlans(checkout=CHECKOUT)) as world:
        await world.done("/rollout start checkout")
        await world.store.write(lambda tx: tx.outbox.add(said))
        await world.passes(KEPT + 2 * DAY)
        assert said.key in {row.key for row in await world.outbox()}, "the same is not to be said again"
        await world.done("/rollout abort")
        await world.passes(2 * DAY)
        assert said.key not in {row.key for row in await world.outbox()}


async def test_a_card_whose_rows_were_forgotten_is_still_edited_in_its_place(url: str) -> None:
    async with world_over(url, plans=WrittenPlans(checkout=CHECKOUT)) as world:
        await world.done("/rollout start checkout")
        await world.passes(KEPT + DAY)
        assert await world.outbox() == []
        await world.done("/rollout pause")
        (card,) = await world.cards()
        assert "paused" in card


async def test_what_could_not_be_sent_is_kept(url: str) -> None:
    async with world_over(url, plans=WrittenPlans(checkout=CHECKOUT)) as world:
        await world.store.write(lambda tx: tx.outbox.add(delivery("post:nowhere", platform="carrier-pigeon")))
        await world.passes(timedelta(0))
        await world.passes(KEPT + DAY)
        assert [it.state for it in await world.outbox()] == [DeliveryState.FAILED]


async def test_it_is_done_once_a_day_and_not_at_the_start(url: str) -> None:
    async with world_over(url, plans=WrittenPlans(checkout=CHECKOUT)) as world:
        keeper = RetentionKeeper(world.store, world.clock, world.journal)
        assert await keeper.next_due() is None
        assert await keeper.step() == 0
        assert await keeper.next_due() == world.clock.now() + AFTER_THE_START
        await world.done("/flag create banner")
        world.clock.advance(KEPT + HOUR)
        assert await keeper.step() == 1
        assert await keeper.next_due() == world.clock.now() + EVERY
        assert await keeper.step() == 0
