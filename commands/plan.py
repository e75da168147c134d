"""`/plan`: what the plans will do, with dates, before they do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.announcements import plan_overview, rehearsal
from commands.command import Command, Option, OptionType, Request, Source, Verb

if TYPE_CHECKING:
    from bot.domain.message import Message
    from bot.operations import Operations

PLAN = Option("plan", OptionType.PLAN, "the plan's name", required=True, positional=True, completes=Source.PLANS)


async def show_all(request: Request, bot: Operations) -> Message:
    """List the plans."""
    del request
    return plan_overview.render_list(bot.plans.list())


async def show(request: Request, bot: Operations) -> Message:
    """Show a plan with dates."""
    return plan_overview.render(bot.plans.show(request.need("plan", str)))


async def check(request: Request, bot: Operations) -> Message:
    """Say whether a plan can be used."""
    plan, found = bot.plans.check(request.need("plan", str))
    return plan_overview.render_check(plan, found)


async def rehearse(request: Request, bot: Operations) -> Message:
    """Run a plan on a virtual clock."""
    return rehearsal.render(await bot.plans.rehearse(request.need("plan", str)))


async def runbook(request: Request, bot: Operations) -> Message:
    """Show what to do about a known problem."""
    plan = bot.plans.show(request.need("plan", str)).plan
    return plan_overview.render_runbooks(plan, request.get("problem", str) or "")


COMMAND = Command(
    "plan",
    "what the plans will do, with dates, before they do it",
    empty="list",
    verbs=(
        Verb("list", "list the plans", show_all, ("/plan list",)),
        Verb(
            "show",
            "show a plan's steps, conditions and messages, with dates",
            show,
            ("/plan show alaska-pay",),
            (PLAN,),
        ),
        Verb("check", "read a plan and name every error in it", check, ("/plan check alaska-pay",), (PLAN,)),
        Verb(
            "rehearse",
            "run a plan on a virtual clock, with people and figures that are made up",
            rehearse,
            ("/plan rehearse alaska-pay",),
            (PLAN,),
        ),
        Verb(
            "runbook",
            "show what to check and do about a known problem",
            runbook,
            ("/plan runbook fan-privacy-calls", "/plan runbook fan-privacy-calls calls"),
            (PLAN, Option("problem", OptionType.TEXT, "words of the problem", positional=True, rest=True)),
        ),
    ),
)
