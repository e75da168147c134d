"""What people type on Discord reaches the bot as the line that would be typed anywhere else."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.chat.conversation import Outcome, Reply
from bot.domain.message import Mention, say
from commands.command import Command, Option, OptionType, Source, Verb
from tests.chat.discord.listening import Listening
from tests.chat.discord.living import Living, Parts, living
from tests.fakes.clock import MovedClock
from tests.fakes.discord.places import ChannelType
from tests.fakes.discord.server import DiscordServer
from tests.fakes.discord.typed import NotPossible
from tests.scenarios.world import World


async def nothing(request: object, bot: object) -> Any:
    raise AssertionError("no command is run here")


EVERYTHING = Command(
    "try",
    "try everything",
    (
        Verb(
            "it",
            "do it",
            nothing,
            ("/try it",),
            (
                *(Option(kind.value, kind, "it") for kind in OptionType),
                Option("state", OptionType.TEXT, "which", choices=("draft", "live")),
                Option("who", OptionType.PERSON, "who", completes=Source.PEOPLE),
            ),
        ),
    ),
)


# As typed.


async def test_a_percentage_and_enter_is_enough(bot: Living, world: World) -> None:
    started = await bot.rollout("start checkout")
    assert "has started in production" in started.text
    await bot.asked("/checklist tick", item="all", evidence="seen")
    await world.bot.loop.settle()
    await bot.rollout("10%")
    await world.bot.loop.settle()
    assert str((await world.held("checkout")).percent) == "10%"


async def test_a_line_that_was_pasted_whole_means_the_same(listener: Living, heard: Listening) -> None:
    await listener.rollout("/rollout pause because support is quiet")
    assert [it.line for it in heard.heard] == ["/rollout pause because support is quiet"]


async def test_options_beside_the_line_are_part_of_it(listener: Living, heard: Listening) -> None:
    await listener.rollout("25%", rollout="3", because="support is quiet")
    assert [(it.line, it.given) for it in heard.heard] == [("/rollout 25% --rollout 3 because support is quiet", {})]


async def test_a_reason_beside_a_line_that_has_one_is_not_added_to_it(listener: Living, heard: Listening) -> None:
    await listener.rollout("pause because of errors", because="support is quiet")
    assert [(it.line, it.given) for it in heard.heard] == [
        ("/rollout pause because of errors", {"because": "support is quiet"})
    ]


async def test_where_a_message_comes_from_is_told(listener: Living, heard: Listening) -> None:
    seen = await listener.rollout("status")
    (it,) = heard.heard
    assert it.origin.platform == "discord"
    assert it.origin.channel == str(listener.channel.id)
    assert it.origin.platform_id == str(listener.engineer.id)
    assert it.origin.request_id == f"discord:{seen.id}"
    assert not it.origin.pressed


async def test_a_thread_belongs_to_its_channel(listener: Living, heard: Listening) -> None:
    here = listener.gateway.client.get_channel(listener.channel.id)
    assert isinstance(here, discord.TextChannel)
    card = await here.send("The card")
    await card.create_thread(name="Details")
    await listener.rollout("status", channel=listener.channel.threads[0])
    assert heard.heard[0].origin.channel == str(listener.channel.id)


# Sub-commands with typed options.


async def test_typed_options_become_a_line(listener: Living, heard: Listening) -> None:
    await listener.asked(
        "/flag set", key="checkout", percent="5%", tiers="pro, enterprise", env="staging", because="go"
    )
    assert [it.line for it in heard.heard] == [
        '/flag set checkout 5% --tiers "pro, enterprise" --env staging because go'
    ]


async def test_switches_and_numbers_are_typed(listener: Living, heard: Listening) -> None:
    await listener.asked("/flag list", retired=True)
    await listener.asked("/flag list", retired=False)
    await listener.asked("/audit search", words="checkout refused", limit=50)
    assert [it.line for it in heard.heard] == [
        "/flag list --retired",
        "/flag list --retired=no",
        "/audit search --limit 50 checkout refused",
    ]


async def test_a_verbs_option_may_have_the_name_of_the_line(listener: Living, heard: Listening) -> None:
    await listener.asked("/access who", what="change", env="production")
    assert [it.line for it in heard.heard] == ["/access who change --env production"]


async def test_every_type_of_option_arrives(discord_shop: DiscordServer, heard: Listening, clock: MovedClock) -> None:
    async with living(discord_shop, heard, clock, Parts(commands=(EVERYTHING,))) as bot:
        await bot.asked(
            "/try it",
            text="some words",
            percent="25 %",
            duration="2h",
            integer=7,
            switch=True,
            flag="checkout",
            plan="alaska-pay",
            rollout="#12",
            environment="staging",
            person=bot.engineer,
            item="2.1",
            words="pro,free",
            state="live",
            who="@ana",
        )
        (it,) = heard.heard
        assert it.line == (
            '/try it --text "some words" --percent "25 %" --duration 2h --integer 7 --switch --flag checkout'
            f" --plan alaska-pay --rollout #12 --environment staging --person <@{bot.engineer.id}> --item 2.1"
            " --words pro,free --state live --who @ana"
        )
        assert it.given == {}
        with pytest.raises(NotPossible):
            await bot.asked("/try it", integer=-1)


HOSTILE = (
    ('The new "flow"', "ana"),
    ("x --owner evil", "ana"),
    ("x because of --env staging", "ana"),
    ("-–—", "--env"),
    ('"', "'"),
    ("back\\", "slash\\"),
    ("two  spaces", "a, b"),
)


async def test_nothing_in_a_value_is_read_as_anything_but_the_value(bot: Living, world: World) -> None:
    for number, (description, owner) in enumerate(HOSTILE):
        await bot.asked("/flag create", key=f"flag-{number}", description=description, owner=owner)
    flags = await world.store.read(lambda tx: [tx.flags.get(f"flag-{number}") for number in range(len(HOSTILE))])
    kept = [(flag.description, flag.owner) for flag in flags if flag is not None]
    assert kept == [(" ".join(description.split()), owner) for description, owner in HOSTILE]


async def test_a_value_that_is_none_is_refused_with_a_sentence(bot: Living) -> None:
    seen = await bot.asked("/flag set", key="check out --env staging", percent="150%")
    assert seen.ephemeral
    assert "is not a flag's key" in seen.text


async def test_help_is_there_for_everything_for_a_command_and_for_a_verb(listener: Living, heard: Listening) -> None:
    await listener.asked("/help")
    await listener.asked("/help", about="flag")
    await listener.asked("/flag help")
    await listener.asked("/flag help", about="set")
    assert [it.line for it in heard.heard] == ["/help", "/help flag", "/flag help", "/flag help set"]


async def test_a_prefix_stands_before_every_command(
    discord_shop: DiscordServer, heard: Listening, clock: MovedClock
) -> None:
    async with living(discord_shop, heard, clock, Parts(prefix="rc-")) as bot:
        await bot.asked("/rc-rollout", what="25%")
        await bot.asked("/rc-flag show", key="checkout")
        await bot.asked("/rc-help")
        assert [it.line for it in heard.heard] == ["/rc-rollout 25%", "/rc-flag show checkout", "/rc-help"]
        with pytest.raises(NotPossible):
            await bot.rollout("25%")


async def test_a_question_is_asked_with_buttons_that_keep_what_was_filled_in(bot: Living) -> None:
    for plan in ("checkout", "billing"):
        assert "has started" in (await bot.rollout(f"start {plan}")).text
    seen = await bot.asked("/checklist tick", item="1.1")
    assert "several rollouts" in seen.text
    assert seen.message is not None
    pressed = await bot.server.press(bot.engineer, seen.message, seen.message.buttons[0])
    assert "1 of 2 confirmed" in pressed.text


# Who sees the answer.


async def test_what_changed_something_is_seen_by_everybody(bot: Living) -> None:
    seen = await bot.rollout("start checkout")
    assert not seen.ephemeral
    assert seen.message in bot.channel.messages


async def test_an_answer_for_one_person_is_seen_by_that_person_alone(bot: Living) -> None:
    for what in ("status", "25%", "25% please", "gates"):
        assert (await bot.rollout(what)).ephemeral
    assert bot.channel.messages == []


async def test_an_answer_notifies_nobody(bot: Living) -> None:
    await bot.rollout(f"start checkout because @everyone and <@{bot.engineer.id}> asked")
    assert bot.server.pings == []


async def test_a_command_of_an_old_list_is_told_to_be_one(
    discord_shop: DiscordServer, heard: Listening, listener: Living
) -> None:
    client = listener.gateway.client
    old = {"type": 1, "name": "deploy", "description": "An old one", "options": []}
    sub = {"type": 1, "name": "away", "description": "An old one", "options": []}
    flag = {"type": 1, "name": "flag", "description": "An old one", "options": [sub]}
    assert client.application_id is not None
    await client.http.bulk_upsert_guild_commands(client.application_id, listener.guild.id, [old, flag])
    for line in ("/deploy", "/flag away"):
        seen = await listener.asked(line)
        assert "not known any more" in seen.text
        assert seen.ephemeral
    assert heard.heard == []


# A channel of any kind.


async def test_a_command_in_the_chat_of_a_voice_channel_is_heard(listener: Living, heard: Listening) -> None:
    voice = listener.guild.channel("standup", ChannelType.VOICE)
    await listener.rollout("status", channel=voice)
    assert heard.heard[0].origin.channel == str(voice.id)


async def test_an_answer_that_names_somebody_notifies_that_person_alone(listener: Living, heard: Listening) -> None:
    somebody = Mention("watcher", (("discord", str(listener.server.person("watcher").id)),))
    heard.reply = Reply(say("Ask ", somebody, " and @everyone."), Outcome.DONE, private=False)
    await listener.rollout("status")
    assert [pings.people for pings in listener.server.pings] == [{"watcher"}]
