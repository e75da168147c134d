"""`/freeze`: stop the line; nothing goes up, going down always works."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.announcements import freeze_list
from bot.domain.access import Permission
from commands.command import ENVIRONMENT, REASON, Command, Option, OptionType, Request, Verb

if TYPE_CHECKING:
    from bot.domain.message import Message
    from bot.operations import Operations


async def switch_on(request: Request, bot: Operations) -> Message:
    """Stop the line."""
    reason = request.get("why", str) or request.reason
    lasts = request.get("for", timedelta)
    freeze = await bot.freezes.declare(request.actor, reason, request.get("env", str), lasts)
    return freeze_list.render_declared(freeze)


async def switch_off(request: Request, bot: Operations) -> Message:
    """Let the line go on."""
    environment = request.get("env", str)
    return freeze_list.render_lifted(await bot.freezes.lift(request.actor, environment, request.reason), environment)


async def show(request: Request, bot: Operations) -> Message:
    """List what is frozen."""
    environment = request.get("env", str) or "production"
    return freeze_list.render(await bot.freezes.standing(), environment, bot.freezes.windows(environment))


COMMAND = Command(
    "freeze",
    "stop the line: nothing goes up, going down always works",
    empty="list",
    verbs=(
        Verb(
            "on",
            "stop every rollout from going up",
            switch_on,
            ("/freeze on the payment provider is down", "/freeze on --env production --for 2h because of the outage"),
            (
                Option("env", OptionType.ENVIRONMENT, "only this environment", completes=ENVIRONMENT.completes),
                Option("for", OptionType.DURATION, "for so long; until it is lifted otherwise"),
                Option("why", OptionType.TEXT, "why; the others are told it", positional=True, rest=True),
                # Both ways of saying why are understood; a form shows one field for it.
                replace(REASON, hidden=True),
            ),
            Permission.CHANGE,
            aliases=("start",),
        ),
        Verb(
            "off",
            "let the line go on",
            switch_off,
            ("/freeze off", "/freeze off --env production because it is fixed"),
            (ENVIRONMENT, REASON),
            Permission.CHANGE,
            aliases=("end", "lift"),
        ),
        Verb("list", "list what is frozen, by whom and until when", show, ("/freeze list",), (ENVIRONMENT,)),
    ),
)
