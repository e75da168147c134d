"""Buttons and dialogs on Discord: of messages of any age, pressed once or twice, before and after a restart."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import discord
import pytest

from bot.chat.conversation import Outcome, Reply
from bot.chat.discord.answers import DEFER_AFTER
from bot.domain.form import Form, FormField
from bot.domain.message import Button, Message, say
from tests.chat.discord.listening import Listening
from tests.chat.discord.living import Living, Parts, bot_over, living
from tests.fakes.clock import MovedClock
from tests.fakes.discord.faults import DiscordError
from tests.fakes.discord.interactions import Interaction, Response
from tests.fakes.discord.posts import Message as Post
from tests.fakes.discord.server import DiscordServer
from tests.scenarios.world import World

PAUSE = Button("Pause", "/rollout pause --rollout 1 --version 3")
FORM = Form(
    "Go back",
    say("25% becomes 10%."),
    (FormField("because", "Why", required=True), FormField("note", "Anything else", multiline=True)),
    "Go back",
    "/rollout back --rollout 1 --version 3",
)


async def press(bot: Living, post: Post, label: str) -> Interaction:
    return await bot.server.press(bot.engineer, post, label)


async def test_a_press_is_the_buttons_line_and_its_answer_is_for_the_person(listener: Living, heard: Listening) -> None:
    heard.reply = Reply(say("Paused."), Outcome.DONE, private=True)
    seen = await press(listener, await listener.posted(PAUSE), "Pause")
    (it,) = heard.heard
    assert (it.line, it.origin.pressed, it.origin.request_id) == (PAUSE.command, True, f"discord:{seen.id}")
    assert heard.asked == [PAUSE.command]
    assert (seen.ephemeral, seen.text) == (True, "Paused.")


async def test_two_buttons_with_the_same_command_are_pressed_alike(listener: Living, heard: Listening) -> None:
    post = await listener.posted(PAUSE, Button("Stop", PAUSE.command))
    await press(listener, post, "Stop")
    assert heard.heard[0].line == PAUSE.command


async def test_where_there_is_nothing_to_say_nothing_is_said(listener: Living, heard: Listening) -> None:
    heard.reply = Reply(Message("", ()), Outcome.DONE)
    seen = await press(listener, await listener.posted(PAUSE), "Pause")
    assert seen.response is Response.DEFERRED_UPDATE


async def test_a_press_whose_silent_answer_is_lost_is_logged(listener: Living, heard: Listening) -> None:
    heard.reply = Reply(Message("", ()), Outcome.DONE)
    post = await listener.posted(PAUSE)
    listener.server.faults.next("POST /interactions/{id}/{token}/callback", DiscordError(40060, 400))
    pressing = asyncio.create_task(press(listener, post, "Pause"))
    await listener.journal.until("discord.answer_lost")
    pressing.cancel()


async def test_a_refusal_of_a_press_is_for_the_person(listener: Living, heard: Listening) -> None:
    heard.form = Reply(say("You may not."), Outcome.REFUSED)
    seen = await press(listener, await listener.posted(PAUSE), "Pause")
    assert (seen.ephemeral, seen.text, heard.heard) == (True, "You may not.", [])


async def test_a_second_press_changes_nothing_and_says_so(bot: Living, world: World) -> None:
    await bot.rollout("start checkout")
    version = (await world.rollout()).version
    post = await bot.posted(Button("Pause", f"/rollout pause --rollout 1 --version {version}"))
    first, second = await asyncio.gather(press(bot, post, "Pause"), press(bot, post, "Pause"))
    assert first.ephemeral
    assert second.ephemeral
    assert sorted("changed" in it.text for it in (first, second)) == [False, True]
    assert [it.outcome for it in await world.audit() if it.action == "rollout:pause"] == ["accepted", "refused"]


async def test_old_buttons_work_after_a_restart_in_the_middle(
    discord_shop: DiscordServer, clock: MovedClock, tmp_path: Path
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}"
    parts = Parts()
    async with (
        bot_over(discord_shop, url, clock) as world,
        living(discord_shop, world.bot.dispatcher, clock, parts) as bot,
    ):
        await bot.rollout("start checkout")
        version = (await world.rollout()).version
        post = await bot.posted(
            Button("Pause", f"/rollout pause --rollout 1 --version {version}"),
            Button("Abort", f"/rollout abort --rollout 1 --version {version}"),
        )
        dialog = (await press(bot, post, "Abort")).modal
        assert dialog is not None
    clock.advance(timedelta(days=1))
    async with (
        bot_over(discord_shop, url, clock) as world,
        living(discord_shop, world.bot.dispatcher, clock, parts) as bot,
    ):
        aborted = await discord_shop.submit(bot.engineer, dialog, {"because": "we start over"})
        assert aborted.ephemeral
        assert not (await world.rollout()).active
        stale = await press(bot, post, "Pause")
        assert stale.ephemeral
        assert not [it for it in await world.audit() if (it.action, it.outcome) == ("rollout:pause", "accepted")]


# Dialogs.


async def test_a_press_that_asks_first_opens_a_dialog_and_does_nothing(listener: Living, heard: Listening) -> None:
    heard.form = FORM
    seen = await press(listener, await listener.posted(PAUSE), "Pause")
    assert seen.modal is not None
    assert seen.modal.fields == {"because": "Why", "note": "Anything else"}
    assert heard.heard == []


async def test_a_dialog_that_is_sent_does_its_line_with_what_was_written(listener: Living, heard: Listening) -> None:
    heard.form = FORM
    opened = await press(listener, await listener.posted(PAUSE), "Pause")
    assert opened.modal is not None
    words = "errors rise\n--rollout 7"
    seen = await listener.server.submit(listener.engineer, opened.modal, {"because": words, "note": ""})
    (it,) = heard.heard
    assert (it.line, it.given) == (FORM.command, {"because": words})
    assert it.origin.pressed
    assert it.origin.request_id == f"discord:{seen.id}"
    assert seen.ephemeral


async def test_a_dialog_that_cannot_be_opened_is_replaced_by_what_to_type(listener: Living, heard: Listening) -> None:
    heard.form = FORM
    post = await listener.posted(PAUSE)
    listener.server.faults.next("POST /interactions/{id}/{token}/callback", DiscordError(50035, 400))
    seen = await press(listener, post, "Pause")
    assert seen.ephemeral
    assert "`/rollout back --rollout 1 --version 3 because …`" in seen.text
    assert listener.journal.events("error") == ["discord.dialog_refused"]


async def test_a_dialog_with_more_fields_than_discord_takes_is_replaced_by_what_to_type(
    listener: Living, heard: Listening
) -> None:
    heard.form = Form("Go", say("It goes."), tuple(FormField(f"f{n}", "It") for n in range(6)), "Go", "/rollout it")
    seen = await press(listener, await listener.posted(PAUSE), "Pause")
    assert "`/rollout it …`" in seen.text
    assert heard.heard == []


async def test_a_dialog_that_is_ready_too_late_is_replaced_by_what_to_type(
    listener: Living, heard: Listening, clock: MovedClock
) -> None:
    heard.form = FORM
    post = await listener.posted(PAUSE)
    heard.open.clear()
    pressing = asyncio.create_task(press(listener, post, "Pause"))
    await listener.server.until(lambda: heard.asked, "question")
    clock.advance(DEFER_AFTER)
    await listener.server.until(
        lambda: any(it.response for it in listener.server.world.interactions.values()), "deferral"
    )
    heard.open.set()
    seen = await pressing
    assert seen.response is Response.DEFERRED_MESSAGE
    assert "Type this instead" in seen.text


async def test_a_dialog_whose_press_has_expired_is_logged(
    listener: Living, heard: Listening, clock: MovedClock
) -> None:
    heard.form = FORM
    post = await listener.posted(PAUSE)
    heard.open.clear()
    pressing = asyncio.create_task(press(listener, post, "Pause"))
    await listener.server.until(lambda: heard.asked, "question")
    clock.advance(timedelta(seconds=4))
    assert (await pressing).failed
    heard.open.set()
    assert (await listener.journal.until("discord.answer_lost", 2)).facts["outcome"] == "a dialog"
    assert heard.heard == []


async def test_a_dialog_that_is_lost_on_its_way_is_logged(listener: Living, heard: Listening) -> None:
    heard.form = FORM
    post = await listener.posted(PAUSE)
    listener.server.faults.next("POST /interactions/{id}/{token}/callback", DiscordError(10062, 404))
    pressing = asyncio.create_task(press(listener, post, "Pause"))
    await listener.journal.until("discord.answer_lost")
    pressing.cancel()


async def test_a_dialog_of_somebody_else_is_told_to_be_one(listener: Living, heard: Listening) -> None:
    heard.form = FORM
    opened = await press(listener, await listener.posted(PAUSE), "Pause")
    assert opened.modal is not None
    opened.modal.custom_id = "other:dialog"
    seen = await listener.server.submit(listener.engineer, opened.modal, {"because": "errors rise"})
    assert "does not belong to anything" in seen.text
    assert heard.heard == []


# What is none of ours.


@pytest.mark.parametrize("custom_id", ["other:thing", "rc:", "rollcall"])
async def test_a_button_that_is_none_of_ours_is_told_to_be_one(
    listener: Living, heard: Listening, custom_id: str
) -> None:
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="Old", custom_id=custom_id))
    await listener.gateway.client.get_partial_messageable(listener.channel.id).send("Old", view=view)
    seen = await press(listener, listener.channel.posts[-1], "Old")
    assert seen.ephemeral
    assert "does not belong to anything" in seen.text
    assert heard.heard == []


async def test_a_press_that_breaks_is_answered_and_logged(listener: Living, heard: Listening) -> None:
    heard.failing = RuntimeError("broken")
    seen = await press(listener, await listener.posted(PAUSE), "Pause")
    assert seen.ephemeral
    assert f"in the log as request `discord:{seen.id}`" in seen.text
    assert listener.journal.events("error") == ["discord.interaction_failed"]
