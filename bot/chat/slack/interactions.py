"""What people do in Slack that leads to a command: slash commands, presses and dialogs, recorded before they are acknowledged.

Where recording takes longer than Slack waits, the acknowledgement says that the answer follows, and it does: what was
begun goes on in a task that is kept.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bot.chat.conversation import Outcome, Reply
from bot.chat.slack import wording
from bot.chat.slack.answers import TAKEN, answer_instead, shown
from bot.chat.slack.modal import draw_form
from bot.chat.slack.payloads import metadata, read_command, read_press, read_submission
from bot.domain.form import Form

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from slack_bolt.context.ack.async_ack import AsyncAck

    from bot.chat.conversation import Conversation, Origin
    from bot.chat.slack.answers import Answers
    from bot.chat.slack.payloads import Payload, Press, Submission, Typed
    from bot.chat.slack.under_way import UnderWay
    from bot.ports import Clock, Journal

_LONGEST_ERROR = 300


@dataclass(slots=True)
class _Result:
    """What came of a request: `ready` once it is recorded, `late` where Slack was answered before that."""

    ready: asyncio.Event = field(default_factory=asyncio.Event)
    reply: Reply | Form | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Interactions:
    """Hands what people type, press and fill in to the conversation, and its answers back.

    `show_home` draws somebody's Home tab anew after something was done from there. Every listener gets the moment by
    which Slack has to be answered as `deadline`.
    """

    conversation: Conversation
    answers: Answers
    under_way: UnderWay
    show_home: Callable[[Origin], Awaitable[None]]
    clock: Clock
    journal: Journal
    prefix: str

    # -----------------------------------------------------------------------------------------------------------------
    # Slash commands

    async def on_command(self, body: Payload, deadline: datetime) -> dict[str, Any]:
        """Do what was typed; return the answer to acknowledge with."""
        typed, result = read_command(body), _Result()
        self.under_way.start(self._do(typed, result), "command")
        reply = await self._in_time(result, deadline)
        return shown(reply.message, public=not reply.private)

    async def _do(self, typed: Typed, result: _Result) -> None:
        origin = typed.origin
        reply = await self._recorded(result, origin, self.conversation.handle(typed.line, origin))
        if result.late and isinstance(reply, Reply):
            await self.answers.tell(typed.place, reply.message, origin.request_id, public=not reply.private)

    # -----------------------------------------------------------------------------------------------------------------
    # Buttons

    async def on_press(self, body: Payload, ack: AsyncAck, deadline: datetime) -> None:
        """Do what a button says, or open the dialog that comes before it."""
        press, result = read_press(body), _Result()
        if press is not None:
            self.under_way.start(self._carry_out(press, result), "press")
            await self._in_time(result, deadline)
        await ack()

    async def _carry_out(self, press: Press, result: _Result) -> None:
        reply = await self._recorded(result, press.origin, self._asked_or_done(press))
        if isinstance(reply, Form):
            await self._open(press, reply)
            return
        await self.answers.tell(press.place, reply.message, press.origin.request_id)
        if press.place.is_personal:
            await self.show_home(press.origin)

    async def _asked_or_done(self, press: Press) -> Form | Reply:
        asked = await self.conversation.ask(press.line, press.origin)
        return await self.conversation.handle(press.line, press.origin) if asked is None else asked

    async def _open(self, press: Press, form: Form) -> None:
        """Open the dialog; where Slack does not, say what to type: nothing may hang on a dialog, least of all going down."""
        view = draw_form(form, metadata(press.place, form.command))
        trouble = await self.answers.open(press.place.trigger, view)
        if trouble and trouble not in TAKEN:
            self.journal.warning("slack.dialog_not_opened", request=press.origin.request_id, trouble=trouble)
            message = wording.typed_instead(form, self.prefix)
            await self.answers.tell(press.place, message, press.origin.request_id)

    # -----------------------------------------------------------------------------------------------------------------
    # Dialogs

    async def on_submission(self, body: Payload, ack: AsyncAck, deadline: datetime) -> None:
        """Do what a dialog leads to, with what was written in it."""
        submission, result = read_submission(body), _Result()
        self.under_way.start(self._submit(submission, result), "dialog")
        await ack(_closing(submission, await self._in_time(result, deadline)))

    async def _submit(self, submission: Submission, result: _Result) -> None:
        origin, place = submission.origin, submission.place
        work = self.conversation.handle(submission.line, origin, submission.given)
        reply = await self._recorded(result, origin, work)
        if isinstance(reply, Reply) and result.late:
            await self.answers.tell(place, reply.message, origin.request_id)
        elif isinstance(reply, Reply) and _closes(submission, reply):
            await self.answers.tell(replace(place, dialog=""), reply.message, origin.request_id)
        if place.is_personal:
            await self.show_home(origin)

    # -----------------------------------------------------------------------------------------------------------------
    # In time, and without an exception

    async def _recorded(self, result: _Result, origin: Origin, work: Awaitable[Reply | Form]) -> Reply | Form:
        """Do what was asked for, and let the acknowledgement go; an exception becomes an answer."""
        try:
            result.reply = await work
        except Exception as problem:  # noqa: BLE001  # People get an answer, the log the trace.
            self.journal.error(
                "slack.crashed", request=origin.request_id, problem=type(problem).__name__, exc_info=problem
            )
            result.reply = Reply(wording.crashed(origin.request_id), Outcome.REFUSED)
        result.ready.set()
        return result.reply

    async def _in_time(self, result: _Result, deadline: datetime) -> Reply:
        """Return the reply to acknowledge with, before Slack gives up."""
        await self.clock.wait(result.ready, deadline)
        result.late = not result.ready.is_set()
        return result.reply if isinstance(result.reply, Reply) else Reply(wording.STILL_AT_IT, Outcome.REFUSED)


def _closes(submission: Submission, reply: Reply) -> bool:
    """Say whether a dialog closes: what is done is told in its channel, which the Home tab has none of."""
    return reply.outcome is Outcome.DONE and not submission.place.is_personal


def _closing(submission: Submission, reply: Reply) -> dict[str, Any]:
    """Return what becomes of a dialog: closed, kept open where the words can be put right, or changed for the answer."""
    if _closes(submission, reply):
        return {"response_action": "clear"}
    if reply.outcome is Outcome.NOT_UNDERSTOOD and submission.given:
        first = next(iter(submission.given))
        return {"response_action": "errors", "errors": {first: reply.message.summary[:_LONGEST_ERROR]}}
    return answer_instead(reply.message, submission.place)
