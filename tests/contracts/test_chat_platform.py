"""What every chat platform does: it posts once under a key, edits in place, and says what a failure means."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from bot.domain.errors import Unavailable, Uncertain
from bot.domain.message import Bullets, Heading, Mention, Message, Paragraph, line, say
from bot.domain.outbox import Placing
from tests.contracts.chat_platforms.discord import discord_world
from tests.contracts.chat_platforms.memory import memory_world
from tests.contracts.chat_platforms.slack import slack_world
from tests.contracts.chat_platforms.world import PlatformWorld, Seen

WORLDS: tuple[Callable[[], AbstractAsyncContextManager[PlatformWorld]], ...] = (
    memory_world,
    slack_world,
    discord_world,
)
AGAIN = Placing(again=True)


@pytest.fixture(params=WORLDS, ids=lambda world: world.__name__)
async def world(request: pytest.FixtureRequest) -> AsyncIterator[PlatformWorld]:
    async with request.param() as made:
        yield made


async def test_a_post_is_shown_in_its_channel(world: PlatformWorld) -> None:
    reference = await world.platform.post(world.channel, "start:1", say("We begin."))
    assert reference
    assert world.shown() == [Seen("We begin.")]


async def test_an_edit_takes_the_place_of_what_was_there(world: PlatformWorld) -> None:
    reference = await world.platform.post(world.channel, "card", say("At 10%."))
    assert await world.platform.edit(world.channel, reference, say("At 25%.")) == reference
    assert world.shown() == [Seen("At 25%.")]


async def test_what_somebody_deleted_is_posted_anew_and_edited_from_then_on(world: PlatformWorld) -> None:
    reference = await world.platform.post(world.channel, "card", say("At 10%."))
    world.lose(reference)
    anew = await world.platform.edit(world.channel, reference, say("At 25%."))
    assert anew != reference
    assert await world.platform.edit(world.channel, anew, say("At 50%.")) == anew
    assert world.shown() == [Seen("At 50%.")]


async def test_a_post_in_a_thread_is_not_among_the_others(world: PlatformWorld) -> None:
    card = await world.platform.post(world.channel, "card", say("At 10%."))
    await world.platform.post(world.channel, "detail", say("A detail."), Placing(card))
    assert world.shown() == [Seen("At 10%."), Seen("A detail.", in_thread=True, in_channel=False)]


async def test_what_matters_is_in_the_thread_and_in_the_channel(world: PlatformWorld) -> None:
    card = await world.platform.post(world.channel, "card", say("At 10%."))
    await world.platform.post(world.channel, "held", say("Held."), Placing(card, broadcast=True))
    assert [it.text for it in world.shown() if it.in_channel] == ["At 10%.", "Held."]


async def test_a_refusal_for_now_says_when_to_come_again_and_nothing_was_posted(world: PlatformWorld) -> None:
    wait = world.busy()
    with pytest.raises(Unavailable) as caught:
        await world.platform.post(world.channel, "start:1", say("We begin."))
    assert not isinstance(caught.value, Uncertain)
    assert caught.value.after == wait
    assert world.shown() == []


async def test_an_answer_that_was_lost_is_uncertain_and_the_message_is_found_again(world: PlatformWorld) -> None:
    world.cut_after()
    with pytest.raises(Uncertain):
        await world.platform.post(world.channel, "start:1", say("We begin."))
    first = await (await world.fresh()).post(world.channel, "start:1", say("We begin."), AGAIN)
    assert world.shown() == [Seen("We begin.")]
    assert await world.platform.edit(world.channel, first, say("We began.")) == first


async def test_a_lost_answer_in_a_thread_is_found_again_there(world: PlatformWorld) -> None:
    card = await world.platform.post(world.channel, "card", say("At 10%."))
    world.cut_after()
    with pytest.raises(Uncertain):
        await world.platform.post(world.channel, "detail", say("A detail."), Placing(card))
    await (await world.fresh()).post(world.channel, "detail", say("A detail."), Placing(card, again=True))
    assert [it.text for it in world.shown()] == ["At 10%.", "A detail."]


async def test_what_never_arrived_is_posted_when_it_is_tried_again(world: PlatformWorld) -> None:
    await world.platform.post(world.channel, "other", say("Something else."))
    await world.platform.post(world.channel, "start:1", say("We begin."), AGAIN)
    assert [it.text for it in world.shown()] == ["Something else.", "We begin."]


async def test_a_platform_that_is_down_is_unavailable(world: PlatformWorld) -> None:
    world.down()
    with pytest.raises(Unavailable):
        await world.platform.post(world.channel, "start:1", say("We begin."))


async def test_nobody_is_notified_by_what_people_write(world: PlatformWorld) -> None:
    hostile = "<!channel> <@U1> @here @everyone <#C1> <!subteam^S1> <@&1> <@1> & <b>"
    blocks = (Heading(hostile), Paragraph(line(hostile)), Bullets((line(hostile),)))
    await world.platform.post(world.channel, "hostile", Message(hostile, blocks))
    reference = await world.platform.post(world.channel, "card", say("At 10%."))
    await world.platform.edit(world.channel, reference, Message(hostile, blocks))
    assert world.pings() == 0


async def test_somebody_without_an_identity_there_is_named_and_not_notified(world: PlatformWorld) -> None:
    await world.platform.post(world.channel, "page", say("Please look, ", Mention("release-manager"), "."))
    assert [it.text for it in world.shown()] == ["Please look, release-manager."]
    assert world.pings() == 0


async def test_a_text_of_any_length_is_shown_as_far_as_it_fits(world: PlatformWorld) -> None:
    long = "word " * 10_000
    reference = await world.platform.post(world.channel, "long", say(long))
    await world.platform.edit(world.channel, reference, say(f"once more {long}"))
    (seen,) = world.shown()
    assert seen.text.startswith("once more word word")


async def test_whoever_has_an_identity_there_is_notified_once(world: PlatformWorld) -> None:
    message = say("Please look, ", Mention("release-manager", world.somebody), ".")
    await world.platform.post(world.channel, "page", message)
    (seen,) = world.shown()
    assert "Please look" in seen.text
    assert world.pings() == (1 if world.somebody else 0)
