"""How a message leaves: paced, in its card's thread, looked for before it is sent again, and told elsewhere if it cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.errors import Refused, Unavailable, Uncertain
from bot.domain.message import Message
from bot.domain.outbox import IN_CHANNEL, Attachment, DeliveryKind, DeliveryState, Place, Placing
from bot.operations.notices import share_report
from bot.ports import Transaction
from tests.fakes.chat_platform import FakePlatform, Said
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import CHECKOUT, HOUR, SECOND, World, world_over

PLANS = WrittenPlans(checkout=CHECKOUT)
BOTH = WrittenPlans(checkout=CHECKOUT.replace("{local: releases}", "{local: releases, slack: general}", 1))
LOST = Uncertain("The answer was lost on the way.")
BUSY = Unavailable("The chat answers that it is busy.", after=timedelta(seconds=30))


@dataclass(slots=True)
class PacedPlatform(FakePlatform):
    """A platform that wants a second between posts and three between edits of a card."""

    between_posts: timedelta = SECOND
    between_edits: timedelta = 3 * SECOND


@dataclass(slots=True)
class FilePlatform(FakePlatform):
    """A platform that carries files."""

    shared: list[tuple[str, tuple[str, ...], Placing]] = field(default_factory=list)

    async def share(
        self, channel: str, key: str, message: Message, files: Sequence[Attachment], placing: Placing = IN_CHANNEL
    ) -> str:
        self._fail()
        self.said.append(Said(channel, key, message))
        self.shared.append((channel, tuple(file.name for file in files), placing))
        return str(len(self.said) - 1)


async def at_ten(world: World) -> None:
    await world.done("/rollout start checkout")
    await world.done('/checklist tick all --evidence "seen"')
    await world.done("/rollout 10%")


async def test_a_message_that_may_have_arrived_is_looked_for_before_it_is_sent_again(url: str) -> None:
    platform = FakePlatform()
    async with world_over(url, plans=PLANS, platforms={"local": platform}) as world:
        platform.failures.append(LOST)
        await world.done("/rollout start checkout")
        (row,) = await world.outbox()
        assert row.state is DeliveryState.SENDING
        await world.passes(SECOND)
        (said,) = platform.said
        assert said.placing == Placing(again=True, since=row.created_at)


async def test_a_detail_that_may_have_arrived_is_looked_for_in_its_thread_from_when_it_was_written(url: str) -> None:
    platform = FakePlatform()
    async with world_over(url, plans=PLANS, platforms={"local": platform}) as world:
        await at_ten(world)
        platform.refusing["releases"] = LOST
        await world.done("/rollout problem it is slow")
        row = next(it for it in await world.outbox() if it.state is DeliveryState.SENDING)
        await world.passes(SECOND)
        said = next(it for it in platform.said if it.key == row.key)
        assert said.placing == Placing("0", again=True, since=row.created_at)


async def test_a_message_that_was_refused_for_now_is_new_when_it_is_sent_again(url: str) -> None:
    platform = FakePlatform()
    async with world_over(url, plans=PLANS, platforms={"local": platform}) as world:
        platform.failures.append(BUSY)
        await world.done("/rollout start checkout")
        await world.passes(SECOND)
        assert platform.said == []
        await world.passes(29 * SECOND)
        (said,) = platform.said
        assert not said.placing.again


async def test_what_may_have_arrived_stays_uncertain_when_the_chat_is_down_next_time(url: str) -> None:
    platform = FakePlatform()
    async with world_over(url, plans=PLANS, platforms={"local": platform}) as world:
        platform.failures.extend([LOST, Unavailable("Down.")])
        await world.done("/rollout start checkout")
        await world.passes(SECOND)
        await world.passes(2 * SECOND)
        (said,) = platform.said
        assert said.placing.again


async def test_posts_in_one_channel_keep_their_distance_and_their_order(url: str) -> None:
    platform = PacedPlatform()
    async with world_over(url, plans=PLANS, platforms={"local": platform}) as world:
        await at_ten(world)
        await world.passes(HOUR)
        await world.done("/rollout 25%")
        wanted = [row.key for row in await world.outbox() if row.kind is DeliveryKind.POST]
        assert len(platform.said) - 1 < len(wanted)
        for count in range(len(wanted)):
            assert len(platform.said) - 1 <= count + 2
            await world.passes(SECOND)
        assert [post.key for post in platform.said[1:]] == wanted


async def test_edits_of_a_card_that_come_close_together_are_one(url: str) -> None:
    platform = PacedPlatform()
    async with world_over(url, plans=PLANS, platforms={"local": platform}) as world:
        await world.done("/rollout start checkout")
        await world.passes(SECOND)
        for item in ("1.1", "1.2"):
            await world.done(f'/checklist tick {item} --evidence "seen"')
        await world.done("/rollout pause because of the outage")
        card = platform.said[0]
        assert (card.edits, "paused" in card.message.summary) == (1, False)
        await world.passes(3 * SECOND)
        assert (card.edits, "paused" in card.message.summary) == (2, True)


async def test_what_happens_is_told_in_the_thread_of_the_card_and_shown_in_the_channel(url: str) -> None:
    platform = FakePlatform()
    async with world_over(url, plans=PLANS, platforms={"local": platform}) as world:
        await at_ten(world)
        assert platform.said[0].placing == Placing()
        assert platform.said[1].placing == Placing("0", broadcast=True)


async def test_a_problem_is_told_in_the_thread_alone(url: str) -> None:
    platform = FakePlatform()
    async with world_over(url, plans=PLANS, platforms={"local": platform}) as world:
        await world.done("/rollout start checkout")
        await world.done("/rollout problem the button is gone")
        assert "the button is gone" in platform.said[-1].message.summary
        assert platform.said[-1].placing == Placing("0")


async def test_those_who_did_not_see_the_answer_are_told_who_did_what(url: str) -> None:
    here, there = FakePlatform(), FakePlatform()
    async with world_over(url, plans=BOTH, platforms={"local": here, "slack": there}) as world:
        await world.done("/rollout start checkout")
        await world.done("/rollout pause because of the outage")
        assert there.said[-1].message.summary.endswith("(by ana: of the outage)")
        assert there.said[-1].placing == Placing("0")
        assert not any("(by ana" in it.message.summary for it in here.said)


async def test_a_channel_that_cannot_be_reached_is_named_in_the_others_once(url: str) -> None:
    here, there = FakePlatform(), FakePlatform()
    async with world_over(url, plans=BOTH, platforms={"local": here, "slack": there}) as world:
        there.failures.append(Refused("The bot is not in that channel.", "/invite @rollcall"))
        await world.done("/rollout start checkout")
        told = [it.message.summary for it in here.said if "did not arrive" in it.message.summary]
        assert told == [
            "A message for Slack #general did not arrive: The bot is not in that channel. What helps: /invite @rollcall."
        ]
        failed = [row for row in await world.outbox() if row.state is DeliveryState.FAILED]
        assert [(row.kind, row.platform) for row in failed] == [(DeliveryKind.CARD, "slack")]


async def test_a_report_is_shared_with_its_files_in_the_thread(url: str) -> None:
    platform = FilePlatform()
    async with world_over(url, plans=PLANS, platforms={"local": platform}, files={"local": platform}) as world:
        await world.done("/rollout start checkout")
        await share(world)
        assert platform.shared == [("releases", ("rollout-1-report.md", "rollout-1-report.json"), Placing("0"))]


async def test_a_report_is_dropped_where_no_files_are_carried(url: str) -> None:
    platform = FakePlatform()
    async with world_over(url, plans=PLANS, platforms={"local": platform}) as world:
        await world.done("/rollout start checkout")
        await share(world)
        assert (await world.outbox())[-1].state is DeliveryState.DROPPED


async def test_what_another_process_sends_is_left_to_it(url: str) -> None:
    async with world_over(url, plans=BOTH, elsewhere=("slack",)) as world:
        await world.done("/rollout start checkout")
        states = {row.platform: row.state for row in await world.outbox()}
        assert states == {"local": DeliveryState.SENT, "slack": DeliveryState.PENDING}
        there = FakePlatform()
    async with world_over(url, plans=BOTH, platforms={"slack": there}, clock=world.clock) as other:
        await other.passes(SECOND)
        assert [post.channel for post in there.said] == ["general"]


async def test_a_post_before_the_threads_were_known_goes_into_the_channel(url: str) -> None:
    async with world_over(url, plans=PLANS) as world:
        await world.done("/rollout start checkout")
        assert (await world.outbox())[0].place is Place.CHANNEL


async def share(world: World) -> None:
    rollout, now = await world.rollout(), world.clock.now()

    def work(tx: Transaction) -> None:
        share_report(tx, rollout, now, rollout.channels, "asked")

    await world.store.write(work)
    await world.bot.loop.settle()
