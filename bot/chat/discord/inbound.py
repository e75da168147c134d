"""What people do on Discord, brought to the conversation: commands, completion, presses, dialogs."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import discord

from bot.chat.conversation import NOTHING_GIVEN, Origin, Outcome, Reply
from bot.chat.discord.answers import DEFER_AFTER, request_id
from bot.chat.discord.markdown import PLATFORM
from bot.chat.discord.modal import form_filled
from bot.chat.discord.offers import Offers
from bot.chat.discord.presses import command_pressed
from bot.chat.discord.said import Filled, Said
from bot.chat.discord.waiting import done_by
from bot.domain.message import Code, Message, Tone, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.chat.conversation import Conversation
    from bot.chat.discord.answers import Answers
    from bot.chat.discord.said import Known
    from bot.domain.form import Form
    from bot.ports import Clock, Journal

    Interaction = discord.Interaction[Any]

REMEMBERED = 1000
"""Interactions that are recognised without asking the database when a resumed session delivers them again."""

OLD_COMMAND = say(
    "That command is not known any more. Discord may still show an old list: reload it (Ctrl+R, or start the app again)."
)
OLD_BUTTON = say("That button does not belong to anything that is still there. /rollout status shows how things stand.")
NO_DIRECT_MESSAGES = say("Rollcall answers in the channels of a server, and not in direct messages.")


class Inbound:
    """Takes every interaction and sees that each is answered once, whatever happens.

    Only people in `guilds` are heard, and in direct messages only if those are allowed.
    """

    def __init__(
        self,
        conversation: Conversation,
        known: Known,
        answers: Answers,
        clock: Clock,
        journal: Journal,
        *,
        guilds: frozenset[int],
        direct_messages: bool = False,
    ) -> None:
        self._conversation = conversation
        self._known = known
        self._offers = Offers(conversation, known)
        self._answers = answers
        self._clock = clock
        self._journal = journal
        self._guilds = guilds
        self._direct_messages = direct_messages
        self._seen: OrderedDict[int, None] = OrderedDict()
        self._refused: set[int] = set()

    async def take(self, interaction: Interaction) -> None:
        """Do what somebody asked for and answer it; no exception leaves."""
        if self._is_repeated(interaction):
            self._journal.info("discord.repeated", request=request_id(interaction))
            return
        try:
            await self._take(interaction)
        except Exception as problem:  # noqa: BLE001  # The edge's one boundary: the person gets an answer, the log the trace.
            request = request_id(interaction)
            self._journal.error("discord.interaction_failed", request=request, problem=repr(problem), exc_info=problem)
            await self._give_up(interaction)

    def _is_repeated(self, interaction: Interaction) -> bool:
        """Say whether this very interaction is under way already: two answers to it would be in each other's way."""
        repeated = interaction.id in self._seen
        self._seen[interaction.id] = None
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return repeated

    async def _take(self, interaction: Interaction) -> None:
        refusal = self._refusal(interaction)
        if interaction.type is discord.InteractionType.autocomplete:
            await self._complete(interaction, heard=refusal is None)
        elif refusal is not None:
            await self._tell(interaction, refusal)
        elif interaction.type is discord.InteractionType.application_command:
            await self._command(interaction)
        elif interaction.type is discord.InteractionType.component:
            await self._press(interaction)
        elif interaction.type is discord.InteractionType.modal_submit:
            await self._submit(interaction)

    def _refusal(self, interaction: Interaction) -> Message | None:
        """Return why nobody is heard there, or None."""
        guild = interaction.guild_id
        if guild is None:
            return None if self._direct_messages or self._answers_a_call(interaction) else NO_DIRECT_MESSAGES
        if guild in self._guilds:
            return None
        if guild not in self._refused:
            self._refused.add(guild)
            self._journal.warning("discord.guild_refused", guild=guild)
        return say(f"Rollcall does not listen in this server. Whoever runs it can add {guild} to DISCORD_GUILDS.")

    def _answers_a_call(self, interaction: Interaction) -> bool:
        """Say whether somebody of the team presses what was sent to that person alone: a page, a reminder."""
        kinds = {discord.InteractionType.component, discord.InteractionType.modal_submit}
        return interaction.type in kinds and self._conversation.knows(origin_of(interaction))

    async def _tell(self, interaction: Interaction, message: Message) -> None:
        await self._answers.give(interaction, _at_once(Reply(message, Outcome.REFUSED)))

    async def _command(self, interaction: Interaction) -> None:
        filled = self._known.read(_data(interaction))
        if filled is None:
            await self._tell(interaction, OLD_COMMAND)
            return
        await self._answers.give(interaction, self._say(filled, origin_of(interaction)))

    async def _say(self, filled: Filled | Said, origin: Origin) -> Reply:
        said = filled
        if isinstance(said, Filled):
            said = self._known.spoken(await self._offers.plain(said, origin))
        return await self._conversation.handle(said.line, origin, said.given)

    async def _complete(self, interaction: Interaction, *, heard: bool) -> None:
        filled = self._known.read(_data(interaction)) if heard else None
        if not isinstance(filled, Filled):
            await self._answers.offer(interaction, ())
            return
        asking = asyncio.ensure_future(self._offers.of(filled, origin_of(interaction)))
        try:
            in_time = await done_by(asking, self._clock, self._clock.now() + DEFER_AFTER)
            offers = asking.result() if in_time else ()
        finally:
            asking.cancel()
        await self._answers.offer(interaction, [(offer.label, offer.value) for offer in offers])

    async def _press(self, interaction: Interaction) -> None:
        line = command_pressed(str(_data(interaction).get("custom_id", "")))
        if line is None:
            await self._tell(interaction, OLD_BUTTON)
            return
        await self._answers.give(interaction, self._pressed(line, origin_of(interaction, pressed=True)))

    async def _pressed(self, line: str, origin: Origin) -> Form | Reply:
        asked = await self._conversation.ask(line, origin)
        return await self._done(line, origin) if asked is None else asked

    async def _submit(self, interaction: Interaction) -> None:
        filled = form_filled(_data(interaction))
        if filled is None:
            await self._tell(interaction, OLD_BUTTON)
            return
        # A dialog comes from a button: the answer is for the person, and the others are told as for a press.
        origin = origin_of(interaction, pressed=True)
        line, given = filled
        await self._answers.give(interaction, self._done(line, origin, given))

    async def _done(self, line: str, origin: Origin, given: Mapping[str, str] = NOTHING_GIVEN) -> Reply:
        return await self._conversation.handle(line, origin, given)

    async def _give_up(self, interaction: Interaction) -> None:
        """Answer in whatever way still works."""
        try:
            if interaction.type is discord.InteractionType.autocomplete:
                await self._answers.offer(interaction, ())
            else:
                await self._tell(interaction, _failed(interaction))
        except Exception as problem:  # noqa: BLE001  # Nothing is left to be done for this one; the others go on.
            self._journal.error("discord.not_answered", request=request_id(interaction), problem=repr(problem))


async def _at_once(reply: Reply) -> Reply:
    return reply


def _data(interaction: Interaction) -> dict[str, Any]:
    return dict(interaction.data or {})


def origin_of(interaction: Interaction, *, pressed: bool = False) -> Origin:
    """Return where an interaction came from; a thread belongs to the channel it is in. Raises ValueError."""
    channel = interaction.channel
    if channel is None:
        raise ValueError("the interaction came from a kind of channel that is not known")
    place = channel.parent_id if isinstance(channel, discord.Thread) else channel.id
    return Origin(PLATFORM, str(place), str(interaction.user.id), request_id(interaction), pressed)


def _failed(interaction: Interaction) -> Message:
    return say(
        "Something went wrong inside Rollcall; it is in the log as request ",
        Code(request_id(interaction)),
        ". /rollout status shows how things stand; the same can be tried again.",
        tone=Tone.DANGER,
    )
