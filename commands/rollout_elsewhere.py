"""The verbs of `/rollout` for flags that another system holds and that somebody changed there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.announcements import drift
from bot.domain.access import Permission
from bot.operations.rollouts import Aim
from commands.command import REASON, ROLLOUT, VERSION, Request, Verb

if TYPE_CHECKING:
    from bot.domain.message import Message
    from bot.operations import Operations


async def adopt(request: Request, bot: Operations) -> Message:
    """Take over what was set elsewhere."""
    done = await bot.drifts.adopt(request.actor, _aim(request), request.reason)
    return drift.render_answer(done.before, done.after, done.found)


async def restore(request: Request, bot: Operations) -> Message:
    """Write again what the rollout wants."""
    done = await bot.drifts.restore(request.actor, _aim(request), request.reason)
    return drift.render_answer(done.before, done.after, done.found)


def _aim(request: Request) -> Aim:
    return Aim(request.get("rollout", int), request.version)


VERBS = (
    Verb(
        "adopt",
        "take over what somebody set in the other system, where it is no more than the plan's",
        adopt,
        ("/rollout adopt", "/rollout adopt because support lowered it on purpose"),
        (ROLLOUT, VERSION, REASON),
        Permission.CHANGE,
    ),
    Verb(
        "restore",
        "write ours again over what somebody set in the other system",
        restore,
        ("/rollout restore", "/rollout restore because it was a mistake"),
        (ROLLOUT, VERSION, REASON),
        Permission.CHANGE,
    ),
)
