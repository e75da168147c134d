"""What is asked before a button of a rollout does something dangerous, or something that takes words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.announcements import forms
from bot.operations import wishes
from bot.operations.foresight import foresee
from commands.rollout_views import aim_of

if TYPE_CHECKING:
    from bot.domain.form import Form
    from bot.operations import Operations
    from bot.operations.wishes import Wish
    from commands.command import Request


async def before_rollback(request: Request, bot: Operations) -> Form:
    """Say what the level does."""
    number = request.get("level", int) or 1
    made = await foresee(bot.rollouts, request.actor, wishes.to_roll_back(number), aim_of(request))
    return forms.render_level(made.before, made.after, number, request.text)


async def before_back(request: Request, bot: Operations) -> Form:
    """Say what the step before holds."""
    return await _move(request, bot, wishes.to_go_back(), "Back one step", "Go back")


async def before_abort(request: Request, bot: Operations) -> Form:
    """Say what the flags were before."""
    return await _move(request, bot, wishes.to_abort(), "Abort", "End it now")


async def before_reject(request: Request, bot: Operations) -> Form:
    """Ask why."""
    return forms.render_reject(await bot.rollouts.find(request.actor, aim_of(request)), request.text)


async def before_problem(request: Request, bot: Operations) -> Form:
    """Ask what is wrong."""
    return forms.render_problem(await bot.rollouts.latest(request.actor, aim_of(request)), request.text)


async def _move(request: Request, bot: Operations, wish: Wish, title: str, submit: str) -> Form:
    made = await foresee(bot.rollouts, request.actor, wish, aim_of(request))
    return forms.render_move(title, submit, request.text, made.before, made.after)
