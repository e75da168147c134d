"""Shows the checklist of a rollout's current step, and what was just said of some of its items."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.announcements.wording import next_button
from bot.domain.blockers import blockers, items_now, open_items
from bot.domain.message import Block, Buttons, Heading, Line, Mark, Marked, Message, Note, Tone, line
from bot.domain.rollout import TickState
from bot.domain.surroundings import NOTHING, Surroundings

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.plan import ChecklistItem
    from bot.domain.rollout import Rollout, Tick

MARKS = {TickState.DONE: Mark.DONE, TickState.SKIPPED: Mark.SKIPPED}


def render(rollout: Rollout, now: datetime, around: Surroundings = NOTHING, *, changed: bool = False) -> Message:
    """Show every item with its mark; once the list is done, the way on."""
    items = items_now(rollout, around)
    left = len(open_items(rollout, around))
    where = f"{rollout.name} {rollout.plan.title}, “{rollout.current.name}”"
    title = f"{where}: {len(items) - left} of {len(items)} confirmed" if items else f"{where} has no checklist"
    blocks: list[Block] = [Heading(title)]
    if items:
        blocks.append(Marked(tuple(_marked(item, rollout.tick_of(item)) for item in items)))
    if left:
        blocks.append(Note(line("/checklist tick NUMBER confirms one, /checklist tick all confirms the rest.")))
    elif rollout.active and not blockers(rollout, now, around):
        blocks.append(Buttons((next_button(rollout),)))
    return Message(title, tuple(blocks), Tone.SUCCESS if changed else Tone.INFO)


def _marked(item: ChecklistItem, tick: Tick | None) -> tuple[Mark, Line]:
    owner = f" ({item.owner})" if item.owner else ""
    if tick is None:
        wants = " — asks for evidence" if item.evidence else ""
        return Mark.OPEN, line(f"{item.key} {item.text}{owner}{wants}")
    said = f" — {tick.state} by {tick.by}" + (f": {tick.note}" if tick.note else "")
    return MARKS[tick.state], line(f"{item.key} {item.text}{owner}{said}")
