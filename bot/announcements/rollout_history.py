"""Shows rollouts beside each other, what happened in one, and its timeline from T+0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.announcements.audit_entries import change_of
from bot.announcements.rollout_card import LABELS
from bot.domain.duration import format_duration
from bot.domain.message import Heading, Message, Paragraph, Table, line
from bot.domain.timeline import timeline

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.audit import Entry
    from bot.domain.rollout import Rollout


def render_list(rollouts: Sequence[Rollout]) -> Message:
    """List rollouts, newest first."""
    if not rollouts:
        text = "There has been no rollout yet. /plan list shows what can be started."
        return Message("There has been no rollout yet.", (Paragraph(line(text)),))
    rows = tuple(
        (
            it.name,
            it.plan.title,
            LABELS[it.status],
            f"{it.step + 1} of {len(it.plan.steps)} {it.current.name}",
            it.started_by,
        )
        for it in rollouts
    )
    return Message(f"{len(rollouts)} rollouts", (Table(("Rollout", "Plan", "Status", "Step", "Started by"), rows),))


def render_history(rollout: Rollout, entries: Sequence[Entry]) -> Message:
    """Show what was done to a rollout, oldest first."""
    rows = tuple(
        (
            _offset(it.at, rollout.started_at),
            it.person,
            it.action.partition(":")[2] + ("" if it.outcome == "accepted" else " (refused)"),
            change_of(it),
            it.reason or "–",
        )
        for it in reversed(entries)
    )
    title = f"What happened in {rollout.name} {rollout.plan.title}"
    return Message(title, (Heading(title), Table(("When", "Who", "What", "Change", "Why"), rows)))


def render_timeline(rollout: Rollout, now: datetime) -> Message:
    """Show the steps from T+0: when each could begin at the earliest, and which are behind us."""
    rows: list[tuple[str, ...]] = []
    for it in timeline(rollout.plan, rollout.started_at):
        if it.index < rollout.step:
            state = "done"
        elif it.index == rollout.step:
            state = (
                LABELS[rollout.status]
                if not rollout.active
                else f"here since {_offset(rollout.step_at, rollout.started_at)}"
            )
        else:
            state = ""
        planned = _offset(it.begins, rollout.started_at)
        held = format_duration(it.ends - it.begins) if it.ends > it.begins else "–"
        rows.append((planned, it.step.name, held, it.step.risk or "–", state))
    title = f"Timeline of {rollout.name} {rollout.plan.title}, now at {_offset(now, rollout.started_at)}"
    return Message(title, (Heading(title), Table(("Planned", "Step", "Lasts", "Risk", "State"), tuple(rows))))


def _offset(moment: datetime, start: datetime) -> str:
    return f"T+{format_duration(moment - start)}" if moment > start else "T+0"
