"""`/checklist`: what people confirm before the next step."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.announcements import checklist_items, task_list
from bot.domain.access import Permission
from bot.domain.rollout import TickState
from bot.operations.afterwards import is_after
from bot.operations.rollouts import Aim
from commands.command import REASON, ROLLOUT, Command, Option, OptionType, Request, Source, Verb

if TYPE_CHECKING:
    from bot.domain.message import Message
    from bot.operations import Operations

ITEM = Option(
    "item",
    OptionType.ITEM,
    "its number (2.1) or how its text begins",
    required=True,
    positional=True,
    completes=Source.ITEMS,
)


async def show(request: Request, bot: Operations) -> Message:
    """Show the current step's list."""
    rollout = await bot.checklists.show(request.actor, _aim(request))
    return checklist_items.render(rollout, bot.clock.now(), await bot.rollouts.around(rollout))


async def tick(request: Request, bot: Operations) -> Message:
    """Confirm an item."""
    evidence = request.get("evidence", str) or request.reason
    if is_after(request.need("item", str)):
        return await _say_after(request, bot, TickState.DONE, evidence)
    done = await bot.checklists.tick(request.actor, request.need("item", str), evidence, _aim(request))
    around = await bot.rollouts.around(done.rollout)
    return checklist_items.render(done.rollout, bot.clock.now(), around, changed=True)


async def skip(request: Request, bot: Operations) -> Message:
    """Pass an item by."""
    if is_after(request.need("item", str)):
        return await _say_after(request, bot, TickState.SKIPPED, request.reason)
    done = await bot.checklists.skip(request.actor, request.need("item", str), request.reason, _aim(request))
    around = await bot.rollouts.around(done.rollout)
    return checklist_items.render(done.rollout, bot.clock.now(), around, changed=True)


async def untick(request: Request, bot: Operations) -> Message:
    """Open an item again."""
    done = await bot.checklists.untick(request.actor, request.need("item", str), request.reason, _aim(request))
    around = await bot.rollouts.around(done.rollout)
    return checklist_items.render(done.rollout, bot.clock.now(), around, changed=True)


async def show_tasks(request: Request, bot: Operations) -> Message:
    """List what is left to do after a rollout."""
    rollout, tasks = await bot.afterwards.tasks(request.actor, _aim(request))
    return task_list.render_list(rollout, tasks)


async def snooze(request: Request, bot: Operations) -> Message:
    """Remind nobody of a task for a while."""
    lasts = request.get("for", timedelta) or timedelta(days=1)
    number = request.need("task", int)
    return task_list.render_snoozed(
        *await bot.afterwards.snooze(request.actor, number, lasts, _aim(request), request.reason)
    )


async def _say_after(request: Request, bot: Operations, state: TickState, note: str) -> Message:
    item = request.need("item", str)
    return task_list.render_ticked(*await bot.afterwards.say(request.actor, item, state, note, _aim(request)))


def _aim(request: Request) -> Aim:
    return Aim(request.get("rollout", int))


COMMAND = Command(
    "checklist",
    "what people confirm before the next step",
    empty="show",
    verbs=(
        Verb("show", "show the current step's list", show, ("/checklist show",), (ROLLOUT,)),
        Verb(
            "tick",
            "confirm an item, or all that are open",
            tick,
            ("/checklist tick 1.2", "/checklist tick all", '/checklist tick 1.2 --evidence "backup-2026-11-20.dump"'),
            (ITEM, Option("evidence", OptionType.TEXT, "a link, a figure, a file's name"), ROLLOUT, REASON),
            Permission.CONFIRM,
        ),
        Verb(
            "skip",
            "pass an item by, with a reason that stays on record",
            skip,
            ("/checklist skip 1.3 because there is no app store here",),
            (ITEM, ROLLOUT, REASON),
            Permission.CHANGE,
        ),
        Verb(
            "untick",
            "open an item again",
            untick,
            ("/checklist untick 1.2 because the backup was of the wrong day",),
            (ITEM, ROLLOUT, REASON),
            Permission.CONFIRM,
        ),
        Verb(
            "tasks",
            "list what is left to do after the rollout, and what of it is done",
            show_tasks,
            ("/checklist tasks", "/checklist tasks --rollout 3"),
            (ROLLOUT,),
        ),
        Verb(
            "snooze",
            "remind nobody of a task for a while, a day unless another time is named",
            snooze,
            ("/checklist snooze 2", "/checklist snooze 2 --for 3d because the log server is down"),
            (
                Option("task", OptionType.INTEGER, "its number in /checklist tasks", required=True, positional=True),
                Option("for", OptionType.DURATION, "for so long"),
                ROLLOUT,
                REASON,
            ),
            Permission.CONFIRM,
        ),
    ),
)
