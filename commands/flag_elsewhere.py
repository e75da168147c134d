"""The verbs of `/flag` for flags that another system holds and that somebody changed there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.announcements import drift
from bot.domain.access import Permission
from bot.operations.rollouts import Aim
from commands.command import REASON, ROLLOUT, VERSION, Option, OptionType, Request, Source, Verb

if TYPE_CHECKING:
    from bot.domain.message import Message
    from bot.operations import Operations

KEY = Option(
    "key", OptionType.FLAG, "only this flag; all of the rollout's otherwise", positional=True, completes=Source.FLAGS
)


async def adopt(request: Request, bot: Operations) -> Message:
    """Take over what was set elsewhere."""
    return drift.render_answer(
        await bot.flags.drifts.adopt(request.actor, _aim(request), request.get("key", str) or "", request.reason)
    )


async def restore(request: Request, bot: Operations) -> Message:
    """Write again what the rollout wants."""
    return drift.render_answer(
        await bot.flags.drifts.restore(request.actor, _aim(request), request.get("key", str) or "", request.reason)
    )


def _aim(request: Request) -> Aim:
    return Aim(request.get("rollout", int), request.version)


VERBS = (
    Verb(
        "adopt",
        "keep what somebody set in the system that holds the flag, where it is no more than the plan's",
        adopt,
        ("/flag adopt", "/flag adopt checkout because support lowered it on purpose"),
        (KEY, ROLLOUT, VERSION, REASON),
        Permission.CHANGE,
    ),
    Verb(
        "restore",
        "write ours again over what somebody set in the system that holds the flag",
        restore,
        ("/flag restore", "/flag restore checkout because it was a mistake"),
        (KEY, ROLLOUT, VERSION, REASON),
        Permission.CHANGE,
    ),
)
