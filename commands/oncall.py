"""`/oncall`: who answers now and next, and standing in for somebody."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.announcements import oncall_overview
from bot.domain.access import Permission
from bot.domain.oncall import OverrideKind
from bot.operations.oncall import StandIn
from commands.command import REASON, Command, Option, OptionType, Request, Source, Verb

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.message import Message
    from bot.operations import Operations

USUALLY_SHOWN = timedelta(weeks=2)
HERE = Option("schedule", OptionType.TEXT, "which schedule", positional=True, completes=Source.SCHEDULES)
SCHEDULE = Option("schedule", OptionType.TEXT, "which schedule, when there are several", completes=Source.SCHEDULES)
LAYER = Option("layer", OptionType.TEXT, "in which layer; the first otherwise", completes=Source.LAYERS)
PERSON = Option("person", OptionType.PERSON, "who answers", required=True, positional=True, completes=Source.PEOPLE)


async def who(request: Request, bot: Operations) -> Message:
    """Say who is on call."""
    found = await bot.oncall.who(request.get("schedule", str) or "")
    read = {it.schedule.name: it.schedule.read_at for it in found if it.schedule.elsewhere}
    return oncall_overview.render_who([(it.schedule.name, it.duties) for it in found], read)


async def schedule(request: Request, bot: Operations) -> Message:
    """Show the coming shifts."""
    lasts = request.get("for", timedelta) or USUALLY_SHOWN
    found = await bot.oncall.plan(request.get("schedule", str) or "", lasts)
    known = found.schedule
    read = {known.name: known.read_at} if known.elsewhere else {}
    return oncall_overview.render_schedule(known.name, found.shifts, found.overrides, zone=known.zone, read=read)


async def override(request: Request, bot: Operations) -> Message:
    """Put somebody on call for a while."""
    named = request.get("schedule", str) or ""
    beside = bool(request.get("beside", bool))
    stand_in = StandIn(
        request.need("person", str),
        request.need("for", timedelta),
        request.get("layer", str) or "",
        _starts(request, bot, named),
        OverrideKind.ADD if beside else OverrideKind.REPLACE,
        request.get("instead", str) or "",
        request.reason,
    )
    return oncall_overview.render_override(await bot.oncall.override(request.actor, named, stand_in), bot.oncall.team())


async def handoff(request: Request, bot: Operations) -> Message:
    """Give the rest of a shift to somebody."""
    named, layer = request.get("schedule", str) or "", request.get("layer", str) or ""
    made = await bot.oncall.hand_off(request.actor, named, request.need("person", str), layer, request.reason)
    return oncall_overview.render_override(made, bot.oncall.team())


async def cancel(request: Request, bot: Operations) -> Message:
    """Take an override back."""
    return oncall_overview.render_cancelled(await bot.oncall.cancel(request.actor, request.need("override", int)))


def _starts(request: Request, bot: Operations, named: str) -> datetime | None:
    text = request.get("from", str)
    return bot.oncall.moment(named, text) if text else None


COMMAND = Command(
    "oncall",
    "who answers now and next, and standing in for somebody",
    bare="who",
    empty="who",
    verbs=(
        Verb(
            "who",
            "say who is on call now, until when, and who is next",
            who,
            ("/oncall who", "/oncall payments"),
            (HERE,),
        ),
        Verb(
            "schedule",
            "show the coming shifts",
            schedule,
            ("/oncall schedule", "/oncall schedule payments --for 4w"),
            (HERE, Option("for", OptionType.DURATION, "how far ahead; two weeks otherwise")),
        ),
        Verb(
            "override",
            "put somebody on call for a while, whatever the rotation says",
            override,
            (
                "/oncall override @dana 8h because ben is ill",
                "/oncall override @dana 12h --schedule payments --layer primary --from 18:00",
            ),
            (
                PERSON,
                Option("for", OptionType.DURATION, "for how long", required=True, positional=True),
                SCHEDULE,
                LAYER,
                Option("from", OptionType.TEXT, "since when: 18:00, or a date with a time; now otherwise"),
                Option("instead", OptionType.PERSON, "only this person's shifts", completes=Source.PEOPLE),
                Option("beside", OptionType.SWITCH, "beside whoever is on call"),
                REASON,
            ),
            Permission.REPORT,
        ),
        Verb(
            "handoff",
            "give the rest of the running shift to somebody",
            handoff,
            ("/oncall handoff @dana", "/oncall handoff @dana --layer database because my train leaves"),
            (PERSON, SCHEDULE, LAYER, REASON),
            Permission.REPORT,
            aliases=("handover",),
        ),
        Verb(
            "cancel",
            "take an override back",
            cancel,
            ("/oncall cancel 3",),
            (Option("override", OptionType.INTEGER, "its number", required=True, positional=True),),
            Permission.REPORT,
        ),
    ),
)
