"""What must leave the bot leaves in order, at least once, and what cannot leave is visible."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from bot.domain.errors import Refused, Unavailable
from bot.domain.message import Message
from bot.domain.outbox import IN_CHANNEL, DeliveryKind, DeliveryState, Placing
from tests.fakes.chat_platform import FakePlatform
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import CHECKOUT, HOUR, MINUTE, SECOND, World, world_over

PLANS = WrittenPlans(checkout=CHECKOUT)
BUSY = Unavailable("The chat answers that it is busy.", "wait")
GONE = Refused("The channel does not exist.", "invite the bot")


async def at_ten(world: World) -> None:
    await world.done("/rollout start checkout")
    await world.done('/checklist tick all --evidence "seen"')
    await world.done("/rollout 10%")


async def test_a_failing_platform_is_tried_again_after_one_two_four_seconds_and_never_after_more_than_five_minutes(
    url: str,
) -> None:
    platform = FakePlatform()
    async with world_over(url, plans=PLANS, platforms={"local": platform}) as world:
        platform.failures.extend([BUSY] * 12)
        await world.done("/rollout start checkout")
        waits = []
        while platform.failures:
            due = await world.store.read(lambda tx: tx.outbox.next_due())
            assert due is not None
            waits.append((due - world.clock.now()).total_seconds())
            await world.passes(due - world.clock.now())
        assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
        await world.passes(5 * MINUTE)
        assert len(platform.said) == 1


async def test_what_waits_behind_a_failing_message_keeps_its_order(url: str) -> None:
    platform = FakePlatform()
    async with world_over(url, plans=PLANS, platforms={"local": platform}) as world:
        await at_ten(world)
        platform.failures.extend([BUSY] * 4)
        await world.passes(HOUR)
        await world.done("/rollout 25%")
        await world.done("/rollout back")
        for _ in range(10):
            await world.passes(20 * SECOND)
        kinds = [
            "card" if post.key.startswith("card:") else post.message.summary.split("”")[-2].split("“")[-1]
            for post in platform.said
        ]
        assert kinds == ["card", "Everyone: 10%", "Everyone: 25%", "Everyone: 25%"]
        assert "paused" in platform.said[0].message.summary
        assert [row.state for row in await world.outbox() if row.state is not DeliveryState.SENT] == []


async def test_what_the_platform_refuses_has_failed_visibly_and_holds_nobody_up(url: str) -> None:
    platform = FakePlatform()
    async with world_over(url, plans=PLANS, platforms={"local": platform}) as world:
        await at_ten(world)
        platform.failures.append(GONE)
        await world.passes(HOUR)
        await world.done("/rollout 25%")
        failed = [row for row in await world.outbox() if row.state is DeliveryState.FAILED]
        assert [row.error for row in failed] == ["The channel does not exist. What helps: invite the bot."]
        assert world.journal.events("error") == ["outbox.delivery.failed"]
        assert any("25%" in line for line in platform.summaries("releases"))


async def test_a_platform_that_is_not_connected_fails_the_message_and_not_the_loop(url: str) -> None:
    async with world_over(url, plans=PLANS, platforms={"elsewhere": FakePlatform()}) as world:
        await world.done("/rollout start checkout")
        (row,) = await world.outbox()
        assert (row.state, row.error) == (DeliveryState.FAILED, "No local is connected. What helps: rollcall doctor.")


async def test_a_card_is_posted_once_in_each_channel_and_edited_from_then_on(url: str) -> None:
    platform = FakePlatform()
    async with world_over(url, plans=PLANS, platforms={"local": platform}) as world:
        await world.done("/rollout start checkout", channel="ops")
        await world.done('/checklist tick all --evidence "seen"', channel="ops")
        await world.done("/rollout 10%", channel="ops")
        cards = [post for post in platform.said if post.key.startswith("card:")]
        # Channels are served beside each other, in no order.
        assert sorted((post.channel, post.edits > 1) for post in cards) == [("ops", True), ("releases", True)]
        assert cards[0].message == cards[1].message


async def test_a_card_that_waits_is_drawn_as_the_state_is_when_it_leaves(url: str) -> None:
    platform = FakePlatform()
    async with world_over(url, plans=PLANS, platforms={"local": platform}) as world:
        platform.failures.append(BUSY)
        await world.done("/rollout start checkout")
        await world.done("/rollout pause because of the outage")
        await world.passes(SECOND)
        assert [post.edits for post in platform.said] == [0]
        assert "paused" in platform.said[0].message.summary
        assert [row.kind for row in await world.outbox()] == [DeliveryKind.CARD]


@dataclass
class HangingPlatform(FakePlatform):
    """A platform whose first post is made and never answered."""

    made: asyncio.Event = field(default_factory=asyncio.Event)

    async def post(self, channel: str, key: str, message: Message, placing: Placing = IN_CHANNEL) -> str:
        reference = await super().post(channel, key, message, placing)
        if not self.made.is_set():
            self.made.set()
            await asyncio.get_running_loop().create_future()
        return reference


async def test_a_send_without_an_answer_is_repeated_after_its_deadline_with_the_same_key(url: str) -> None:
    platform = HangingPlatform()
    async with world_over(url, plans=PLANS, platforms={"local": platform}) as dying:
        starting = asyncio.create_task(dying.typed("/rollout start checkout"))
        await platform.made.wait()
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
    async with world_over(url, plans=PLANS, platforms={"local": platform}, clock=dying.clock) as heir:
        await heir.passes(39 * SECOND)
        assert platform.calls == 1
        await heir.passes(SECOND)
        assert (platform.calls, len(platform.said)) == (2, 1)
        assert [row.state for row in await heir.outbox()] == [DeliveryState.SENT]


async def test_two_loops_send_each_message_once(url: str) -> None:
    platform = FakePlatform()
    async with (
        world_over(url, plans=PLANS, platforms={"local": platform}) as one,
        world_over(url, plans=PLANS, platforms={"local": platform}, clock=one.clock) as other,
    ):
        await at_ten(one)
        one.clock.advance(HOUR)
        calls = platform.calls
        await asyncio.gather(one.bot.loop.settle(), other.bot.loop.settle())
        due = [row for row in await one.outbox() if row.created_at == one.clock.now()]
        assert platform.calls - calls == len(due)
        assert all(row.attempts == 1 for row in due)
