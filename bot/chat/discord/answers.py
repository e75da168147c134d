"""Answers an interaction within Discord's three seconds: with the result, or with a promise of it that is kept later."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import discord

from bot.chat.conversation import Outcome, Reply
from bot.chat.discord.modal import form_modal
from bot.chat.discord.pages import render_pages
from bot.chat.discord.render import render
from bot.chat.discord.waiting import done_by
from bot.domain.form import Form
from bot.domain.message import Code, say
from commands.command import REASON_WORD

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from bot.chat.discord.drawn import DiscordMessage
    from bot.ports import Clock, Journal

    Interaction = discord.Interaction[Any]

DEFER_AFTER = timedelta(seconds=2)
"""Three seconds after it was sent an interaction is void: docs.discord.com/developers/interactions/receiving-and-responding."""

LOST = (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError)
"""How an answer fails to arrive. What was asked for is done and on record all the same, and is never done again."""

ALREADY_ANSWERED = 40060


def request_id(interaction: Interaction) -> str:
    """Return our name for an interaction: the same one where Discord delivers it again."""
    return f"discord:{interaction.id}"


@dataclass(frozen=True, slots=True)
class Answers:
    """Says to people what came of what they did."""

    clock: Clock
    journal: Journal

    async def give(self, interaction: Interaction, work: Coroutine[object, object, Form | Reply]) -> None:
        """Answer with the result of some work; what takes longer than two seconds is promised and follows."""
        doing = asyncio.ensure_future(work)
        try:
            in_time = await done_by(doing, self.clock, self.clock.now() + DEFER_AFTER)
            heard = in_time or await self._promise(interaction)
            result = await doing
        finally:
            doing.cancel()
        if not heard:
            self._note_loss(interaction, result)
        elif not isinstance(result, Reply):
            await self._ask(interaction, result)
        elif in_time and _is_silent(result) and interaction.type is discord.InteractionType.component:
            await self._take_note(interaction)
        else:
            await self._say(interaction, result)

    async def _promise(self, interaction: Interaction) -> bool:
        """Defer the answer, and say whether Discord took it. Only the person sees it: what it will be is not known yet."""
        try:
            await interaction.response.defer(ephemeral=True, thinking=True)
        except LOST as problem:
            self._note(interaction, problem)
            return False
        return True

    async def _say(self, interaction: Interaction, reply: Reply) -> None:
        try:
            await self._send(interaction, render_pages(reply.message), private=reply.private)
        except LOST as problem:
            if not _is_malformed(problem):
                self._note_loss(interaction, reply, problem)
                return
            # What we drew is not what Discord takes. The person is told at least what happened.
            self.journal.error("discord.answer_refused", request=request_id(interaction), problem=str(problem))
            await self._say_plainly(interaction, reply)

    async def _say_plainly(self, interaction: Interaction, reply: Reply) -> None:
        try:
            await self._send(interaction, [render(say(reply.message.summary))], private=reply.private)
        except LOST as problem:
            self._note_loss(interaction, reply, problem)

    async def _send(self, interaction: Interaction, pages: Sequence[DiscordMessage], *, private: bool) -> None:
        first, *more = pages
        if not interaction.response.is_done():
            await interaction.response.send_message(
                view=first.view(), ephemeral=private, allowed_mentions=first.allowed()
            )
        elif private:
            await interaction.edit_original_response(view=first.view(), allowed_mentions=first.allowed())
        else:
            # The promise was for the person alone, and stays so; this is for everybody.
            await interaction.delete_original_response()
            more = [first, *more]
        for page in more:
            await interaction.followup.send(
                view=page.view(), ephemeral=private, allowed_mentions=page.allowed(), wait=True
            )

    async def _ask(self, interaction: Interaction, form: Form) -> None:
        """Open a dialog; where it cannot be opened, say what to type instead."""
        if not interaction.response.is_done():
            try:
                await interaction.response.send_modal(form_modal(form))
                return
            except (*LOST, ValueError) as problem:
                if not isinstance(problem, ValueError) and not _is_malformed(problem):
                    self._note(interaction, problem)
                    return
                self.journal.error("discord.dialog_refused", request=request_id(interaction), problem=str(problem))
        await self._say(interaction, to_be_typed(form))

    async def _take_note(self, interaction: Interaction) -> None:
        """Answer a press without a word."""
        try:
            await interaction.response.defer()
        except LOST as problem:
            self._note(interaction, problem)

    async def offer(self, interaction: Interaction, choices: Sequence[tuple[str, str]]) -> None:
        """Answer an autocomplete with labels and values."""
        try:
            await interaction.response.autocomplete(
                [discord.app_commands.Choice(name=label, value=value) for label, value in choices]
            )
        except LOST as problem:
            self._note(interaction, problem)

    def _note(self, interaction: Interaction, problem: Exception) -> None:
        self.journal.warning("discord.answer_lost", request=request_id(interaction), problem=_named(problem))

    def _note_loss(self, interaction: Interaction, result: Form | Reply, problem: Exception | None = None) -> None:
        """Say in the log that what was asked for is done, although the person was not told."""
        outcome = result.outcome.name.lower() if isinstance(result, Reply) else "a dialog"
        self.journal.warning(
            "discord.answer_lost", request=request_id(interaction), outcome=outcome, problem=_named(problem)
        )


def to_be_typed(form: Form) -> Reply:
    """Return what to type where a dialog cannot be opened."""
    because = any(field.name == REASON_WORD for field in form.fields)
    line = f"{form.command} {REASON_WORD} …" if because else f"{form.command} …"
    return Reply(
        say("The dialog could not be opened. Type this instead, with your own words at the end: ", Code(line)),
        Outcome.REFUSED,
    )


def _is_silent(reply: Reply) -> bool:
    return not reply.message.blocks and not reply.message.summary


def _is_malformed(problem: Exception) -> bool:
    """Say whether Discord did not take an answer for what is in it."""
    bad_request = 400
    return (
        isinstance(problem, discord.HTTPException)
        and problem.status == bad_request
        and problem.code != ALREADY_ANSWERED
    )


def _named(problem: Exception | None) -> str | None:
    """Return what went wrong without addresses, which hold the interaction's token."""
    if isinstance(problem, discord.HTTPException):
        return f"{problem.status} {problem.code} {problem.text}"
    return None if problem is None else type(problem).__name__
