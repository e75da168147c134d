"""What `/rollout` shows: the card, the gates, what happened, the timeline, the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.announcements import gates, report, rollout_card, rollout_history
from bot.domain.errors import NotFound
from bot.operations.rollouts import Aim
from commands.command import ROLLOUT, Option, OptionType, Request, Verb

if TYPE_CHECKING:
    from bot.domain.message import Message
    from bot.operations import Operations


def aim_of(request: Request) -> Aim:
    """Return which rollout a line is about, and the state that its button was drawn for."""
    return Aim(request.get("rollout", int), request.version)


async def status(request: Request, bot: Operations) -> Message:
    """Show the card."""
    try:
        rollout = await bot.rollouts.latest(request.actor, aim_of(request))
    except NotFound:
        if request.get("rollout", int) is not None:
            raise
        return rollout_history.render_list(await bot.rollouts.recent())
    return rollout_card.render(rollout, bot.clock.now(), await bot.rollouts.around(rollout))


async def show_all(request: Request, bot: Operations) -> Message:
    """List rollouts."""
    del request
    return rollout_history.render_list(await bot.rollouts.recent(20))


async def history(request: Request, bot: Operations) -> Message:
    """Show what happened."""
    rollout = await bot.rollouts.latest(request.actor, aim_of(request))
    return rollout_history.render_history(rollout, await bot.rollouts.history(rollout))


async def timeline(request: Request, bot: Operations) -> Message:
    """Show the steps from T+0."""
    rollout = await bot.rollouts.latest(request.actor, aim_of(request))
    return rollout_history.render_timeline(rollout, bot.clock.now())


async def gates_(request: Request, bot: Operations) -> Message:
    """Show the gates and guardrails."""
    return gates.render(await bot.rollouts.latest(request.actor, aim_of(request)), bot.clock.now())


async def write_report(request: Request, bot: Operations) -> Message:
    """Show the deployment report, or have it posted with its files."""
    if request.get("share", bool):
        return report.render_sharing(await bot.rollouts.share(request.actor, aim_of(request)))
    return report.render(await bot.reports.of((await bot.rollouts.latest(request.actor, aim_of(request))).id))


STATUS = Verb(
    "status",
    "show the live card: where it stands, what stands in the way, what comes next",
    status,
    ("/rollout status", "/rollout status --rollout 3"),
    (ROLLOUT,),
)

VIEWS = (
    Verb("gates", "show the gates and guardrails with their last values", gates_, ("/rollout gates",), (ROLLOUT,)),
    Verb("list", "list the newest rollouts", show_all, ("/rollout list",)),
    Verb("history", "show what happened, by whom and why", history, ("/rollout history",), (ROLLOUT,)),
    Verb("timeline", "show the steps from T+0, planned and reached", timeline, ("/rollout timeline",), (ROLLOUT,)),
    Verb(
        "report",
        "show the deployment report: steps, metrics, problems, approvals, as Markdown",
        write_report,
        ("/rollout report", "/rollout report --rollout 3", "/rollout report --share"),
        (ROLLOUT, Option("share", OptionType.SWITCH, "post it here with its files: Markdown, JSON, a picture")),
    ),
)
