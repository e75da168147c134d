"""From one line of text to one answer: who says it, what it means, may they, do it; and the one error boundary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from bot.announcements import home, refusal
from bot.chat.conversation import NOTHING_GIVEN, Origin, Outcome, Reply
from bot.chat.suggestions import live
from bot.domain.access import Permission
from bot.domain.actor import Actor
from bot.domain.audit import Action
from bot.domain.errors import AlreadyDone, NotAllowed, NotUnderstood, Refused, RollcallError, Unavailable
from bot.domain.message import Code, Message, Tone, say
from bot.domain.team import person_of
from bot.domain.team_access import may
from bot.operations.transaction import Attempt
from commands.command import HelpWanted, Request
from commands.completion import Candidate, expect, merge
from commands.help import help_for
from commands.parser import parse

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence

    from bot.domain.form import Form
    from bot.operations import Operations
    from bot.operations.link_book import LinkBook
    from bot.operations.transaction import Verbs
    from bot.ports import Journal, People
    from commands.command import Command

T = TypeVar("T")

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

    async def handle(self, text: str, origin: Origin, given: Mapping[str, str] = NOTHING_GIVEN) -> Reply:
        """Understand and do one command line; every line gets an answer, and no exception leaves."""
        return await self._guarded(text, origin, self._do(text, origin, given))

    async def ask(self, text: str, origin: Origin) -> Form | Reply | None:
        """Return the form to fill in before a line is done, a refusal, or None where it can be done at once."""
        return await self._guarded(text, origin, self._form(text, origin))

    async def _guarded(self, text: str, origin: Origin, work: Coroutine[object, object, T]) -> T | Reply:
        """Turn every exception into an answer: the one error boundary."""
        try:
            return await work
        except AlreadyDone as repeat:
            return Reply(refusal.render(repeat), Outcome.DONE)
        except NotUnderstood as problem:
            return Reply(refusal.render(problem, text), Outcome.NOT_UNDERSTOOD)
        except RollcallError as problem:
            return Reply(refusal.render(problem, text), Outcome.REFUSED)
        except Exception as problem:  # noqa: BLE001  # The one boundary: people get an answer, the log the trace.
            self.journal.error("request.crashed", request=origin.request_id, problem=repr(problem), exc_info=problem)
            return Reply(_crashed(origin), Outcome.REFUSED)

    def knows(self, origin: Origin) -> bool:
        """Say whether the team file lists whoever this is."""
        return person_of(self.links.team(), origin.platform, origin.platform_id) is not None

    async def home(self, origin: Origin) -> Message:
        """Return a person's own page."""
        done = await self._guarded("", origin, self._home(origin))
        return done.message if isinstance(done, Reply) else done

    async def _home(self, origin: Origin) -> Message:
        await self.links.glance()
        overview = await self.operations.overviews.of(self._actor(origin))
        return home.render(overview, self.operations.clock.now())

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
        return Actor(
            person,
            origin.platform,
            origin.platform_id,
            origin.channel,
            origin.request_id,
            roles,
            seen_here=not origin.pressed,
        )

    async def _do(self, text: str, origin: Origin, given: Mapping[str, str]) -> Reply:
        await self.links.glance()
        parsed = parse(text, self.commands, self.prefix, given)
        if isinstance(parsed, HelpWanted):
            return Reply(help_for(parsed, self.commands, self.prefix), Outcome.DONE)
        message = await self._run(Request(self._actor(origin), text, parsed.command, parsed.verb, parsed.values))
        public = parsed.verb.permission in CHANGES and not message.private and not origin.pressed
        return Reply(message, Outcome.DONE, private=not public)

    async def _form(self, text: str, origin: Origin) -> Form | None:
        await self.links.glance()
        parsed = parse(text, self.commands, self.prefix, whole=False)
        if isinstance(parsed, HelpWanted) or parsed.verb.asks is None:
            return None
        request = Request(self._actor(origin), text, parsed.command, parsed.verb, parsed.values)
        may(self.links.team(), request.actor, parsed.verb.permission).require()
        try:
            return await parsed.verb.asks(request, self.operations)
        except Refused as problem:
            await self._draw_anew(request, problem)
            raise

    async def _run(self, request: Request) -> Message:
        try:
            may(self.links.team(), request.actor, request.verb.permission).require()
            return await request.verb.run(request, self.operations)
        except Refused as problem:
            if request.verb.permission in CHANGES:
                await self._put_on_record(request, problem)
            await self._draw_anew(request, problem)
            raise

    async def _draw_anew(self, request: Request, problem: Refused) -> None:
        """Draw the card anew on which somebody pressed what could not be done: it may show what is no more."""
        if request.actor.seen_here or isinstance(problem, NotAllowed):
            return
        if (rollout := request.get("rollout", int)) is not None:
            await self.operations.rollouts.draw_anew(rollout)
        if (page := request.get("page", int)) is not None:
            await self.operations.pages.draw_anew(page)

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
        Code(origin.request_id),
        ". /rollout status shows how things stand; the same line can be tried again.",
        tone=Tone.DANGER,
    )
