"""`/escalate`: page whoever has to know, and answer pages."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.announcements import page_card, page_told
from bot.domain.access import Permission
from bot.domain.escalation import Severity
from bot.operations.pages import Answering
from commands.command import EPOCH, REASON, ROLLOUT, Command, Option, OptionType, Request, Source, Verb

if TYPE_CHECKING:
    from bot.domain.form import Form
    from bot.domain.message import Message
    from bot.operations import Operations

PAGE = Option("page", OptionType.INTEGER, "which page, when several are open", positional=True, completes=Source.PAGES)
SEVERITIES = tuple(str(it) for it in Severity)


async def raise_(request: Request, bot: Operations) -> Message:
    """Page somebody."""
    raised = await bot.pages.open(
        request.actor,
        Severity(request.need("severity", str)),
        request.need("text", str),
        policy=request.get("policy", str) or "",
        key=request.get("key", str) or "",
        rollout=request.get("rollout", int),
    )
    return page_told.render_raised(raised.page, known=raised.known)


async def acknowledge(request: Request, bot: Operations) -> Message:
    """Take a page on."""
    return page_told.render_done(await bot.pages.acknowledge(request.actor, _which(request)))


async def resolve(request: Request, bot: Operations) -> Message:
    """End a page."""
    return page_told.render_done(await bot.pages.resolve(request.actor, _which(request)))


async def snooze(request: Request, bot: Operations) -> Message:
    """Let a page rest."""
    lasts = request.need("for", timedelta)
    return page_told.render_done(await bot.pages.snooze(request.actor, _which(request), lasts))


async def reassign(request: Request, bot: Operations) -> Message:
    """Give a page to somebody."""
    person = request.need("person", str)
    return page_told.render_done(await bot.pages.reassign(request.actor, _which(request), person))


async def show_all(request: Request, bot: Operations) -> Message:
    """List pages."""
    found = await (bot.pages.recent() if request.get("all", bool) else bot.pages.unresolved())
    return page_card.render_list(tuple(found))


async def show(request: Request, bot: Operations) -> Message:
    """Show one page."""
    shown = await bot.pages.show(request.get("page", int))
    return page_card.render(shown.page, shown.rollout, policy_changed=shown.policy_changed)


async def before_snooze(request: Request, bot: Operations) -> Form:
    """Ask for how long and why."""
    return page_told.ask_snooze((await bot.pages.show(request.get("page", int))).page, request.text)


def _which(request: Request) -> Answering:
    return Answering(request.get("page", int), request.get("epoch", int), request.reason)


COMMAND = Command(
    "escalate",
    "page whoever has to know, and answer pages",
    bare="raise",
    empty="list",
    verbs=(
        Verb(
            "raise",
            "page whoever is on call, then those after them until somebody answers; for listed people",
            raise_,
            ("/escalate high payments fail since noon", "/escalate critical --policy payments nothing works"),
            (
                Option(
                    "severity", OptionType.TEXT, "how bad it is", required=True, positional=True, choices=SEVERITIES
                ),
                Option("policy", OptionType.TEXT, "which escalation policy", completes=Source.POLICIES),
                Option("key", OptionType.TEXT, "the same trouble under one name is one page"),
                ROLLOUT,
                Option("text", OptionType.TEXT, "what is wrong", required=True, positional=True, rest=True),
            ),
            Permission.REPORT,
        ),
        Verb(
            "ack",
            "say that you are on it: nobody else is paged unless it takes too long",
            acknowledge,
            ("/escalate ack", "/escalate ack 12"),
            (PAGE, EPOCH, REASON),
            Permission.REPORT,
            aliases=("acknowledge",),
        ),
        Verb(
            "resolve",
            "end a page; nothing that was paused is resumed by that",
            resolve,
            ("/escalate resolve", "/escalate resolve 12 because the provider is back"),
            (PAGE, EPOCH, REASON),
            Permission.REPORT,
            aliases=("close",),
        ),
        Verb(
            "snooze",
            "let a page rest for a while",
            snooze,
            ("/escalate snooze 2h because the vendor works on it", "/escalate snooze 12 30m because we wait"),
            (
                PAGE,
                Option("for", OptionType.DURATION, "for how long", required=True, positional=True),
                EPOCH,
                REASON,
            ),
            Permission.REPORT,
            asks=before_snooze,
        ),
        Verb(
            "reassign",
            "give a page to somebody, who is paged at once",
            reassign,
            ("/escalate reassign @dana", "/escalate reassign 12 @dana because she knows the database"),
            (
                PAGE,
                Option("person", OptionType.PERSON, "to whom", required=True, positional=True, completes=Source.PEOPLE),
                EPOCH,
                REASON,
            ),
            Permission.REPORT,
        ),
        Verb(
            "list",
            "list the pages that nobody has resolved",
            show_all,
            ("/escalate list", "/escalate list --all"),
            (Option("all", OptionType.SWITCH, "resolved ones too"),),
        ),
        Verb("show", "show a page: who was reached when, and what comes next", show, ("/escalate show 12",), (PAGE,)),
    ),
)
