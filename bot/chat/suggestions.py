"""Live data that completes what somebody is typing: steps, plans, flags, open items."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.blockers import blockers, open_items
from bot.domain.errors import RollcallError
from bot.domain.ramp import setting_in
from commands.command import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.domain.actor import Actor
    from bot.domain.rollout import Rollout
    from bot.operations import Operations

Pairs = list[tuple[str, str]]
"""A value with a short help each, best first."""

MOST = 25
"""Discord shows so many."""


async def live(sources: Iterable[Source], bot: Operations, actor: Actor) -> Mapping[Source, Sequence[tuple[str, str]]]:
    """Return the values of each source, as this person in this channel would want them."""
    return {source: (await _values(source, bot, actor))[:MOST] for source in sources}


async def _values(source: Source, bot: Operations, actor: Actor) -> Pairs:
    match source:
        case Source.FLAGS:
            return [(view.flag.key, view.flag.description or view.flag.unit) for view in await bot.flags.list()]
        case Source.PLANS:
            return [(it.name, it.plan.title if it.plan else "cannot be used") for it in bot.plans.list()]
        case Source.ROLLOUTS:
            return [(str(it.id), it.plan.title) for it in await bot.rollouts.active()]
        case Source.ENVIRONMENTS:
            states = [state.environment for view in await bot.flags.list() for state in view.states]
            return [(name, "environment") for name in dict.fromkeys(["production", "staging", *states])]
        case Source.PEOPLE | Source.PAGES | Source.POLICIES | Source.SCHEDULES | Source.LAYERS:
            return await _of_on_call(source, bot)
        case Source.AUDIENCES | Source.ANNOUNCEMENTS:
            return await _of_announcements(source, bot, actor)
        case Source.STEPS | Source.LEVELS | Source.ITEMS:
            return await _of_rollout_here(source, bot, actor)


async def _of_on_call(source: Source, bot: Operations) -> Pairs:
    if source is Source.PAGES:
        return [(str(it.id), f"{it.severity}: {it.text}") for it in await bot.pages.unresolved()]
    if source is Source.POLICIES:
        return [(it.name, f"{len(it.levels)} levels") for it in bot.pages.policies()]
    if source is Source.SCHEDULES:
        return [(it.name, ", ".join(it.layers)) for it in bot.oncall.schedules()]
    if source is Source.LAYERS:
        return [(layer, it.name) for it in bot.oncall.schedules() for layer in it.layers]
    return [(it.name, ", ".join(sorted(it.roles)) or "no role") for it in bot.oncall.team().people]


async def _of_announcements(source: Source, bot: Operations, actor: Actor) -> Pairs:
    if source is Source.ANNOUNCEMENTS:
        return [(str(it.id), f"{it.when}: {it.say}, {it.state}") for it in await bot.announcements.pending()]
    found = await bot.announcements.audiences(actor)
    return [(name, f"{places} place{'' if places == 1 else 's'}" if places else "audience") for name, places in found]


async def _of_rollout_here(source: Source, bot: Operations, actor: Actor) -> Pairs:
    rollout = await _here(bot, actor)
    if rollout is None:
        return []
    return _steps(rollout, await _waits(bot, rollout)) if source is Source.STEPS else _of_rollout(source, rollout)


async def _here(bot: Operations, actor: Actor) -> Rollout | None:
    try:
        return await bot.rollouts.latest(actor)
    except RollcallError:
        return None


def _of_rollout(source: Source, rollout: Rollout) -> Pairs:
    if source is Source.LEVELS:
        return [(str(level.number), level.name) for level in rollout.plan.rollback]
    return [(item.key, item.text) for item in open_items(rollout)] + [("all", "every open item")]


async def _waits(bot: Operations, rollout: Rollout) -> str:
    """Return what the next step waits for, in a few words; empty where it waits for nobody."""
    found = blockers(rollout, bot.clock.now(), await bot.rollouts.around(rollout)) if rollout.active else ()
    if not found:
        return ""
    return f", waits for: {', '.join(dict.fromkeys(it.kind for it in found))}"


def _steps(rollout: Rollout, waits: str) -> Pairs:
    """Return the percentages of the plan: the next ones first, with what they wait for, then those to go back to."""
    found: dict[str, str] = {}
    steps = list(enumerate(rollout.plan.steps))
    for index, step in [*steps[rollout.step + 1 :], *reversed(steps[: rollout.step])]:
        for item in step.sets:
            percent = item.change.percent
            if percent is not None and percent != setting_in(rollout.wanted, item.flag, step.environment).percent:
                direction = "next" if index == rollout.step + 1 else "later" if index > rollout.step else "back"
                found.setdefault(str(percent), f"{direction}: {step.name}{waits if direction == 'next' else ''}")
    return list(found.items())
