"""The live card of a rollout: one per channel, edited in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.announcements import drift
from bot.announcements.gates import short_lines
from bot.announcements.wording import (
    affected,
    blocker_line,
    held_lines,
    next_button,
    percent_reached,
)
from bot.domain.blockers import blockers, items_now
from bot.domain.duration import describe_duration
from bot.domain.message import (
    Block,
    Bullets,
    Button,
    Buttons,
    ButtonStyle,
    Fields,
    Heading,
    Line,
    Mark,
    Marked,
    Message,
    Moment,
    Note,
    Paragraph,
    Progress,
    Tone,
    line,
)
from bot.domain.rollout import Status, TickState
from bot.domain.surroundings import NOTHING, Surroundings

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.rollout import Rollout

ITEMS_SHOWN = 12
LABELS = {
    Status.RUNNING: "running",
    Status.PAUSED: "paused",
    Status.ROLLED_BACK: "rolled back",
    Status.ABORTED: "aborted",
    Status.COMPLETED: "completed",
}
TONES = {
    Status.RUNNING: Tone.INFO,
    Status.PAUSED: Tone.WARNING,
    Status.ROLLED_BACK: Tone.DANGER,
    Status.ABORTED: Tone.DANGER,
    Status.COMPLETED: Tone.SUCCESS,
}


def render(rollout: Rollout, now: datetime, around: Surroundings = NOTHING) -> Message:
    """Draw the card as the state is now."""
    steps = rollout.plan.steps
    summary = (
        f"{rollout.name} {rollout.plan.title}: {LABELS[rollout.status]}, "
        f"step {rollout.step + 1} of {len(steps)} “{rollout.current.name}”"
    )
    progress = Progress(percent_reached(rollout), f"step {rollout.step + 1} of {len(steps)} · {rollout.current.name}")
    blocks: list[Block] = [
        Heading(f"{rollout.name} {rollout.plan.title} · {rollout.current.environment}"),
        progress,
        Fields(_fields(rollout, around)),
    ]
    blocks += _items(rollout, around)
    if judged := short_lines(rollout, now) if rollout.active else ():
        blocks.append(Marked(judged))
    blocks += _in_the_way(rollout, now, around)
    if buttons := _buttons(rollout, now, around):
        blocks.append(Buttons(buttons))
    blocks.append(Note(_small_print(rollout)))
    return Message(summary, tuple(blocks), TONES[rollout.status])


def _label(rollout: Rollout, around: Surroundings) -> str:
    """Return what is true of the settings that are wanted."""
    if rollout.settled:
        return "Last in force" if any(it.since is not None for it in around.sightings) else "In force"
    return "Wanted" if any(it.strange is not None for it in around.sightings) else "Being applied"


def _fields(rollout: Rollout, around: Surroundings) -> tuple[tuple[str, Line], ...]:
    fields: list[tuple[str, Line]] = [("Status", _status(rollout))]
    held = held_lines(rollout.wanted)
    fields += [(_label(rollout, around), it) for it in held]
    fields += drift.seen_lines(rollout, around.sightings)
    if reached := affected(rollout):
        fields.append(("Reaches", line(reached)))
    if rollout.active:
        fields.append(("Next", _next(rollout)))
    return tuple(fields)


def _status(rollout: Rollout) -> Line:
    words = LABELS[rollout.status]
    if rollout.level is not None:
        words += f" to level {rollout.level}"
    if rollout.lowered:
        words += ", lowered"
    why = f" — {rollout.reason}" if rollout.reason else ""
    since = rollout.paused_at or rollout.finished_at or rollout.step_at
    return line(words, why, ", since ", Moment(since))


def _next(rollout: Rollout) -> Line:
    following = rollout.following
    if following is None:
        return line("complete the rollout")
    soak = f", then hold {describe_duration(following.soak)}" if following.soak else ""
    stuck = " (cannot be undone)" if following.irreversible is not None else ""
    return line(f"{following.name}{stuck}{soak}")


def _items(rollout: Rollout, around: Surroundings) -> list[Block]:
    items = () if rollout.status is Status.ABORTED else items_now(rollout, around)
    if not items:
        return []
    marked: list[tuple[Mark, Line]] = []
    for item in items[:ITEMS_SHOWN]:
        tick = rollout.tick_of(item)
        if tick is None:
            owner = f" ({item.owner})" if item.owner else ""
            marked.append((Mark.OPEN, line(f"{item.key} {item.text}{owner}")))
        else:
            mark = Mark.SKIPPED if tick.state is TickState.SKIPPED else Mark.DONE
            marked.append((mark, line(f"{item.key} {item.text} — {tick.by}")))
    blocks: list[Block] = [Marked(tuple(marked))]
    if len(items) > ITEMS_SHOWN:
        blocks.append(Note(line(f"and {len(items) - ITEMS_SHOWN} more: /checklist show")))
    return blocks


def _in_the_way(rollout: Rollout, now: datetime, around: Surroundings) -> list[Block]:
    if not rollout.active:
        return []
    found = blockers(rollout, now, around)
    if not found:
        return [Paragraph(line("Nothing stands in the way of the next step."))]
    # The gates stand above with their values; saying each again would push the rest out of sight.
    gates = sum(it.kind == "gate" for it in found)
    named = [blocker_line(it) for it in found if it.kind != "gate"]
    if gates:
        named.append(line(f"{gates} {'gate does' if gates == 1 else 'gates do'} not hold yet (/rollout gates)"))
    return [Paragraph(line("In the way of the next step:")), Bullets(tuple(named))]


def _buttons(rollout: Rollout, now: datetime, around: Surroundings) -> tuple[Button, ...]:
    """Return what fits the moment. Going down carries no version: it is right whatever happened meanwhile."""
    name = f"--rollout {rollout.id}"
    found: list[Button] = []
    if rollout.active and any(it.strange is not None for it in around.sightings):
        found += drift.ways_on(rollout)
    elif rollout.status is Status.PAUSED:
        found.append(Button("Resume", f"/rollout resume {name} --version {rollout.version}", ButtonStyle.PRIMARY))
    elif rollout.active:
        kinds = {it.kind for it in blockers(rollout, now, around)}
        if not kinds:
            found.append(next_button(rollout))
        elif kinds == {"approval"}:
            found.append(Button("Approve", f"/rollout approve {name} --version {rollout.version}", ButtonStyle.PRIMARY))
            found.append(Button("Reject", f"/rollout reject {name} --version {rollout.version}"))
        found.append(Button("Pause", f"/rollout pause {name}"))
    if rollout.active:
        found.append(Button("Roll back", f"/rollout rollback 1 {name}", ButtonStyle.DANGER))
        found.append(Button("Report a problem", f"/rollout problem {name}"))
    return tuple(found)


def _small_print(rollout: Rollout) -> Line:
    parts = [f"plan {rollout.plan.key} {rollout.plan.digest[:8]} · started by {rollout.started_by} "]
    return line(*parts, Moment(rollout.started_at))
