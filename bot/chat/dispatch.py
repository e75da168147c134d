"""From one line of text to one answer: who says it, what it means, may they, do it; and the one error boundary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.announcements import refusal
from bot.chat.conversation import Origin, Outcome, Reply
from bot.chat.suggestions import live
from bot.domain.access import Permission
from bot.domain.actor import Actor
from bot.domain.audit import Action
from bot.domain.errors import AlreadyDone, NotUnderstood, Refused, RollcallError, Unavailable
from bot.domain.message import Message, Tone, say
from bot.domain.team_access import may
from bot.operations.transaction import Attempt
from commands.command import HelpWanted, Request
from commands.completion import Candidate, expect, merge
from commands.help import help_for
from commands.parser import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.operations import Operations
    from bot.operations.link_book import LinkBook
    from bot.operations.transaction import Verbs
    from bot.ports import Journal, People
    from commands.command import Command

CHANGES = frozenset({Permission.CONFIRM, Permission.CHANGE, Permission.OVERRIDE, Permission.ADMINISTER})
"""What asks for one of these is on record, refused or not."""


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """The conversation that every platform's edge hands its lines to."""

    commands: Sequence[Command]
    operations: Operations
    verbs: Verbs
    people: People
    links: LinkBook
    journal: Journal
    prefix: str = ""

    async def handle(self, text: str, origin: Origin) -> Reply:
        """Understand and do one command line; every line gets an answer, and no exception leaves."""
        try:
            await self.links.glance()
            message = await self._answer(text, self._actor(origin))
        except AlreadyDone as repeat:
            return Reply(refusal.render(repeat), Outcome.DONE)
        except NotUnderstood as problem:
            return Reply(refusal.render(problem, text), Outcome.NOT_UNDERSTOOD)
        except RollcallError as problem:
            return Reply(refusal.render(problem, text), Outcome.REFUSED)
        except Exception as problem:  # noqa: BLE001  # The one boundary: people get an answer, the log the trace.
            self.journal.error("request.crashed", request=origin.request_id, problem=repr(problem), exc_info=problem)
            return Reply(_crashed(origin), Outcome.REFUSED)
        return Reply(message, Outcome.DONE)

    async def complete(self, text: str, origin: Origin) -> tuple[Candidate, ...]:
        """Return what the last word of a partial line may become; nothing while the database does not answer."""
        expectation = expect(text, self.commands, self.prefix)
        try:
            await self.links.glance()
            found = await live(expectation.sources, self.operations, self._actor(origin))
        except Unavailable:
            found = {}
        return merge(expectation, found)

    def _actor(self, origin: Origin) -> Actor:
        person, roles = self.people.find(origin.platform, origin.platform_id)
        return Actor(person, origin.platform, origin.platform_id, origin.channel, origin.request_id, roles)

    async def _answer(self, text: str, actor: Actor) -> Message:
        parsed = parse(text, self.commands, self.prefix)
        if isinstance(parsed, HelpWanted):
            return help_for(parsed, self.commands, self.prefix)
        request = Request(actor, text, parsed.command, parsed.verb, parsed.values)
        try:
            may(self.links.team(), actor, parsed.verb.permission).require()
            return await parsed.verb.run(request, self.operations)
        except Refused as problem:
            if parsed.verb.permission in CHANGES:
                await self._put_on_record(request, problem)
            raise

    async def _put_on_record(self, request: Request, problem: Refused) -> None:
        """Record a refusal that came before any operation could: a missing permission, a name that does not exist."""
        attempt = Attempt(
            Action.COMMAND_REFUSE,
            f"command:{request.command.name}",
            reason=f"{request.verb.name} {request.reason}".strip(),
        )
        await self.verbs.refuse(request.actor, attempt, problem)


def _crashed(origin: Origin) -> Message:
    return say(
        "Something went wrong inside Rollcall; it is in the log as request ",
        origin.request_id,
        ". /rollout status shows how things stand; the same line can be tried again.",
        tone=Tone.DANGER,
    )
