"""`/announce`: the communication of rollouts, before it goes out and after."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.announcements import announce_list
from bot.domain.access import Permission
from bot.domain.errors import NotFound, NotUnderstood, Refused
from bot.domain.moments import Occasion
from bot.domain.wall_clock import BadWallClock, in_words, read_moment
from bot.operations.announcements import Saying
from bot.operations.subscriptions import Wanted, described
from commands.command import REASON, ROLLOUT, Command, Option, OptionType, Request, Source, Verb

if TYPE_CHECKING:
    from bot.domain.message import Message
    from bot.operations import Operations

TIMES = ("--at 18:00", "--at tomorrow 09:00", "--at 2026-12-01T09:00", "--in 2h")

NUMBER = Option(
    "number",
    OptionType.INTEGER,
    "its number in /announce list",
    required=True,
    positional=True,
    completes=Source.ANNOUNCEMENTS,
)
PLAN = Option("plan", OptionType.PLAN, "which plan", completes=Source.PLANS)
TO = Option("to", OptionType.WORDS, "audiences of the team file", required=True, completes=Source.AUDIENCES)
DIRECT = Option("me", OptionType.SWITCH, "in direct messages instead of in this channel")
TEXT = Option("text", OptionType.TEXT, "a kind's name or the words", required=True, positional=True, rest=True)
HELD = Option("hold", OptionType.SWITCH, "let it wait for a person's yes")


async def preview(request: Request, bot: Operations) -> Message:
    """Show what a plan announces, or one of its messages as each platform will show it."""
    plan, shown = await bot.announcements.preview(
        request.actor, request.get("plan", str) or "", request.get("rollout", int)
    )
    number = request.get("message", int)
    if number is None:
        return announce_list.render_preview(plan, shown)
    if not 0 < number <= len(shown):
        raise NotFound(f"{plan.title} announces {len(shown)} messages.", f"/announce preview {plan.key}")
    return announce_list.render_looks(plan, shown, number)


async def say_now(request: Request, bot: Operations) -> Message:
    """Say something at once."""
    return announce_list.render_said(
        await bot.announcements.say(request.actor, _saying(request), request.get("rollout", int))
    )


async def schedule(request: Request, bot: Operations) -> Message:
    """Say something later, or plan a start."""
    at, plan = _moment(request, bot), request.get("plan", str)
    if plan is not None:
        planned = await bot.announcements.schedule_start(request.actor, plan, at)
        return announce_list.render_start(plan, planned, in_words(at, _zone(bot)))
    if not (request.get("text", str) and request.get("to", tuple)):
        raise NotUnderstood(
            "That says neither which plan starts then, nor what is said to whom.",
            "/announce schedule --plan PLAN --in 2d",
            "/announce schedule --to team --in 2h The window opens soon.",
        )
    said = await bot.announcements.say(request.actor, _saying(request), request.get("rollout", int), at)
    return announce_list.render_said(said, in_words(at, _zone(bot)))


async def show(request: Request, bot: Operations) -> Message:
    """List announcements with their deliveries."""
    plan, number = request.get("plan", str) or "", request.get("rollout", int)
    return announce_list.render_list(await bot.announcements.list(request.actor, plan, number))


async def cancel(request: Request, bot: Operations) -> Message:
    """Keep one from going out."""
    return announce_list.render_said(
        await bot.announcements.cancel(request.actor, request.need("number", int), request.reason)
    )


async def hold(request: Request, bot: Operations) -> Message:
    """Let one wait for a yes."""
    return announce_list.render_said(
        await bot.announcements.hold(request.actor, request.need("number", int), request.reason)
    )


async def release(request: Request, bot: Operations) -> Message:
    """Say yes to one."""
    return announce_list.render_said(await bot.announcements.release(request.actor, request.need("number", int)))


async def subscribe(request: Request, bot: Operations) -> Message:
    """Hear of rollouts here."""
    wanted = Wanted(
        request.get("flag", str) or "",
        request.get("plan", str) or "",
        request.get("env", str) or "",
        request.get("kind", str) or "",
        direct=bool(request.get("me", bool)),
    )
    made = await bot.announcements.subscriptions.begin(request.actor, wanted)
    return announce_list.render_subscribed(made, described(made))


async def unsubscribe(request: Request, bot: Operations) -> Message:
    """Hear of them no longer."""
    number, direct = request.get("number", int), bool(request.get("me", bool))
    return announce_list.render_unsubscribed(
        await bot.announcements.subscriptions.end(request.actor, number, direct=direct)
    )


async def subscriptions(request: Request, bot: Operations) -> Message:
    """List what is heard here."""
    return announce_list.render_subscriptions(await bot.announcements.subscriptions.here(request.actor), described)


def _saying(request: Request) -> Saying:
    return Saying(request.need("text", str), request.need("to", tuple), bool(request.get("hold", bool)))


def _moment(request: Request, bot: Operations) -> datetime:
    """Return the time that is meant: so long from now, or one on the wall clock of the team's zone unless it names its own."""
    after, written = request.get("in", timedelta), request.get("at", str)
    if after is not None:
        return bot.clock.now() + after
    if written is None:
        raise NotUnderstood("That does not say when.", *TIMES)
    try:
        at = read_moment(written, _zone(bot), bot.clock.now())
    except BadWallClock:
        raise NotUnderstood(f"“{written[:40]}” is no date and time.", *TIMES) from None
    if at <= bot.clock.now():
        raise Refused(f"{in_words(at, _zone(bot))} has passed already.", *TIMES)
    return at


def _zone(bot: Operations) -> str:
    return bot.announcements.team().zone


WHEN = (
    Option("at", OptionType.MOMENT, "18:00, tomorrow 09:00 or a date; in the team's zone unless it names its own"),
    Option("in", OptionType.DURATION, "so long from now"),
)
KIND = Option("kind", OptionType.TEXT, "only of this", choices=tuple(map(str, Occasion)))

COMMAND = Command(
    "announce",
    "what people are told of rollouts, before it goes out and after",
    empty="list",
    verbs=(
        Verb(
            "preview",
            "show what a plan announces: when, to whom, in which words, and how each platform shows it",
            preview,
            (
                "/announce preview verification-flow",
                "/announce preview verification-flow --message 2",
                "/announce preview --rollout 3",
            ),
            (
                Option(
                    "plan",
                    OptionType.PLAN,
                    "which plan; this channel's rollout otherwise",
                    positional=True,
                    completes=Source.PLANS,
                ),
                Option("message", OptionType.INTEGER, "only this one, as each platform will show it"),
                ROLLOUT,
            ),
        ),
        Verb(
            "now",
            "say something of a rollout to audiences at once",
            say_now,
            (
                "/announce now --to team,stakeholders We wait for the database team.",
                "/announce now --to team still_running",
            ),
            (TO, TEXT, HELD, ROLLOUT),
            Permission.CHANGE,
            aliases=("say",),
        ),
        Verb(
            "schedule",
            "say something later, or plan a start so that it is announced ahead",
            schedule,
            (
                "/announce schedule --plan verification-flow --at 2026-12-01T09:00",
                "/announce schedule --to users --at 18:00 The window opens soon.",
                "/announce schedule --to team --in 2h still_running",
            ),
            (
                PLAN,
                *WHEN,
                replace(TO, required=False),
                HELD,
                ROLLOUT,
                Option("text", OptionType.TEXT, "a kind's name or the words", positional=True, rest=True),
            ),
            Permission.CHANGE,
        ),
        Verb(
            "list",
            "list what was announced and is planned, with the state of every delivery",
            show,
            ("/announce list", "/announce list --rollout 3"),
            (ROLLOUT, PLAN),
        ),
        Verb(
            "cancel",
            "keep an announcement from going out",
            cancel,
            ("/announce cancel 12 because the date moves",),
            (NUMBER, REASON),
            Permission.CHANGE,
        ),
        Verb(
            "hold",
            "let an announcement wait for a person's yes",
            hold,
            ("/announce hold 12",),
            (NUMBER, REASON),
            Permission.CHANGE,
        ),
        Verb(
            "release",
            "say yes to an announcement that is held",
            release,
            ("/announce release 12",),
            (NUMBER,),
            Permission.CHANGE,
            aliases=("send",),
        ),
        Verb(
            "subscribe",
            "hear of rollouts in this channel or in direct messages",
            subscribe,
            (
                "/announce subscribe --flag checkout_redesign",
                "/announce subscribe --kind rolled_back --env production --me",
            ),
            (
                Option("flag", OptionType.FLAG, "only of this flag", completes=Source.FLAGS),
                PLAN,
                Option("env", OptionType.ENVIRONMENT, "only of this environment", completes=Source.ENVIRONMENTS),
                KIND,
                DIRECT,
            ),
            Permission.REPORT,
        ),
        Verb(
            "unsubscribe",
            "end what this channel hears, or one by its number",
            unsubscribe,
            ("/announce unsubscribe", "/announce unsubscribe 4", "/announce unsubscribe --me"),
            (Option("number", OptionType.INTEGER, "its number in /announce subscriptions", positional=True), DIRECT),
            Permission.REPORT,
        ),
        Verb("subscriptions", "list what is heard here", subscriptions, ("/announce subscriptions",)),
    ),
)
