"""What Slack alone asks of the way out: an uncertain message is found wherever it stands, and lost threads lose nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.directory import Directory
from bot.chat.slack.outbound import SlackPlatform
from bot.domain.errors import Refused, Uncertain
from bot.domain.message import say
from bot.domain.outbox import Attachment, Placing
from tests.contracts.chat_platforms.slack import SlackWorld, slack_world
from tests.fakes.clock import MovedClock
from tests.fakes.journal import KeptJournal
from tests.fakes.slack import CutAfter, Hangs, Message

DETAIL = say("A detail.")
REPORT = Attachment("report.md", "text/markdown", b"# Report")


@pytest.fixture
async def world() -> AsyncIterator[SlackWorld]:
    async with slack_world() as world:
        yield world


def chatter(world: SlackWorld, number: int, card: str = "") -> None:
    """Let people say so many things in the channel, or below a card."""
    thread = world.there.posts[card.partition("/")[2]] if card else None
    for _ in range(number):
        world.there.say(world.server.person("somebody"), "and another thing", thread)


def clock_of(world: SlackWorld) -> MovedClock:
    clock = world.server.workspace.clock
    assert isinstance(clock, MovedClock)
    return clock


def details(world: SlackWorld) -> list[Message]:
    return [it for it in world.there.posts.values() if it.metadata and "A detail." in it.seen]


async def test_a_reply_at_the_end_of_a_very_long_thread_is_found_again(world: SlackWorld) -> None:
    card = await world.platform.post(world.channel, "card", say("At 10%."))
    chatter(world, 1_200, card)
    clock_of(world).advance(timedelta(hours=1))
    since = clock_of(world).now()
    world.cut_after()
    with pytest.raises(Uncertain):
        await world.platform.post(world.channel, "detail", DETAIL, Placing(card))
    chatter(world, 20, card)
    await world.platform.post(world.channel, "detail", DETAIL, Placing(card, again=True, since=since))
    assert len(details(world)) == 1


async def test_a_message_is_found_again_in_a_channel_in_which_much_was_said_meanwhile(world: SlackWorld) -> None:
    since = clock_of(world).now()
    world.cut_after()
    with pytest.raises(Uncertain):
        await world.platform.post(world.channel, "detail", DETAIL)
    chatter(world, 900)
    await world.platform.post(world.channel, "detail", DETAIL, Placing(again=True, since=since))
    assert len(details(world)) == 1


async def test_a_clock_that_is_five_minutes_ahead_hides_no_message(world: SlackWorld) -> None:
    since = clock_of(world).now() + timedelta(minutes=5)
    world.cut_after()
    with pytest.raises(Uncertain):
        await world.platform.post(world.channel, "detail", DETAIL)
    await world.platform.post(world.channel, "detail", DETAIL, Placing(again=True, since=since))
    assert len(details(world)) == 1


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_call_that_gets_no_answer_in_time_is_uncertain_and_its_message_comes_once(
    world: SlackWorld, *, arrived: bool
) -> None:
    slack = world.server
    # A fraction of a second is enough for what never answers; the library says that it wants whole ones.
    client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, timeout=0.2, retry_handlers=[])  # type: ignore[arg-type]
    impatient = SlackPlatform(client, Directory(), KeptJournal())
    slack.faults.next("chat.postMessage", Hangs(performed=arrived))
    with pytest.raises(Uncertain):
        await impatient.post(world.channel, "detail", DETAIL)
    await world.platform.post(world.channel, "detail", DETAIL, Placing(again=True, since=clock_of(world).now()))
    assert len(details(world)) == 1


async def test_an_uncertain_reply_whose_card_was_deleted_comes_once_into_the_channel(world: SlackWorld) -> None:
    card = await world.platform.post(world.channel, "card", say("At 10%."))
    world.lose(card)
    world.server.faults.next("chat.postMessage", None, CutAfter())
    with pytest.raises(Uncertain):
        await world.platform.post(world.channel, "detail", DETAIL, Placing(card))
    await world.platform.post(world.channel, "detail", DETAIL, Placing(card, again=True))
    (detail,) = details(world)
    assert detail.thread_ts is None


async def test_a_report_whose_card_was_deleted_has_its_files_below_itself(world: SlackWorld) -> None:
    card = await world.platform.post(world.channel, "card", say("At 10%."))
    world.lose(card)
    await world.platform.share(world.channel, "detail", DETAIL, [REPORT], Placing(card))
    (detail,) = details(world)
    (with_files,) = world.there.thread(detail)
    assert [it.name for it in with_files.files] == ["report.md"]


async def test_a_person_whom_slack_does_not_know_is_told_as_a_person(world: SlackWorld) -> None:
    with pytest.raises(Refused) as caught:
        await world.platform.post("@U0000000404", "page", say("Please look."))
    assert caught.value.sentence == "Slack does not know @U0000000404."
    assert caught.value.hints == ("check the person's Slack id in the team file",)


async def test_slack_is_never_asked_to_read_mentions_or_previews_into_what_people_wrote(world: SlackWorld) -> None:
    reference = await world.platform.post(world.channel, "card", say("See #general and @here."))
    await world.platform.edit(world.channel, reference, say("See #general and @here again."))
    (post,), (edit,) = (world.server.calls_of(f"chat.{it}") for it in ("postMessage", "update"))
    assert (post.arguments["parse"], edit.arguments["parse"]) == ("none", "none")
    assert not {"link_names", "as_user"} & {*post.arguments, *edit.arguments}
    assert str(post.arguments["unfurl_links"]).lower() == str(post.arguments["unfurl_media"]).lower() == "false"
