"""Says who is on call, who will be, and that it was changed or handed over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.announcements.page_wording import mention
from bot.domain.message import (
    Block,
    Bold,
    Bullets,
    Button,
    Buttons,
    ButtonStyle,
    Heading,
    Line,
    Message,
    Moment,
    Note,
    Paragraph,
    Span,
    Tone,
    line,
    plain_text,
)
from bot.domain.oncall import OnDuty, Override, OverrideKind
from bot.domain.team import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.oncall import Shift
    from bot.domain.team import Team

SHIFTS_SHOWN = 10
NOBODY = "nobody"
NOT_READ: Mapping[str, datetime | None] = MappingProxyType({})


def render_who(
    found: Sequence[tuple[str, tuple[OnDuty, ...]]], read: Mapping[str, datetime | None] = NOT_READ
) -> Message:
    """Say who is on call in each layer of each schedule (by its name), until when, and who is next.

    `read` are the schedules that PagerDuty keeps, with when it answered last; None where it never has.
    """
    if not found:
        text = "There is no schedule; docs/team.md tells how the team file declares one."
        return Message("There is no schedule.", (Paragraph(line(text)),), Tone.WARNING)
    blocks: list[Block] = []
    for name, duties in found:
        blocks += [Heading(name), Bullets(tuple(duty_line(it) for it in duties))]
        if name in read:
            blocks.append(Note(_read(read[name])))
    said = [f"{name}/{it.layer}: {_people(it.people)}" for name, duties in found for it in duties]
    empty = any(not it.people for _, duties in found for it in duties)
    return Message("; ".join(said), tuple(blocks), Tone.WARNING if empty else Tone.INFO)


def render_schedule(
    name: str,
    shifts: dict[str, tuple[Shift, ...]],
    overrides: Sequence[Override],
    *,
    zone: str,
    read: Mapping[str, datetime | None] = NOT_READ,
) -> Message:
    """List the coming shifts of a schedule, layer by layer, and the overrides among them; `read` is as above."""
    blocks: list[Block] = [Heading(name)]
    for layer, found in shifts.items():
        blocks += [Paragraph(line(Bold(layer))), Bullets(tuple(_shift(it) for it in found[:SHIFTS_SHOWN]))]
        if len(found) > SHIFTS_SHOWN:
            blocks.append(Note(line(f"and {len(found) - SHIFTS_SHOWN} more: rollcall oncall ical {name}")))
    if overrides:
        blocks += [Paragraph(line(Bold("overrides"))), Bullets(tuple(_override(it) for it in overrides))]
    clock = line(f"Hand-offs follow the wall clock of {zone}.")
    blocks.append(Note(_read(read[name]) if name in read else clock))
    return Message(f"The shifts of {name}", tuple(blocks))


def render_override(override: Override, team: Team) -> Message:
    """Say who is on call for a while, with the way back as a button."""
    text = line(
        mention(team, override.person),
        f" is on call for {override.schedule}/{override.layer}{_instead(override)} from ",
        Moment(override.start),
        " until ",
        Moment(override.end),
        f": {override.reason}" if override.reason else ".",
    )
    button = Button("Take it back", f"/oncall cancel {override.id}", ButtonStyle.DEFAULT)
    return Message(plain_text(text), (Paragraph(text), Buttons((button,))), Tone.SUCCESS)


def render_cancelled(override: Override) -> Message:
    """Say that an override is taken back."""
    text = line(f"Override {override.id} is taken back: {override.person} for {override.schedule}/{override.layer}.")
    return Message(plain_text(text), (Paragraph(text),), Tone.SUCCESS)


def render_handed_over(name: str, changes: Sequence[tuple[tuple[str, ...], OnDuty]], team: Team) -> Message:
    """Tell a schedule's channel who is on call from now on, beside whoever was before; mention the new ones."""
    items = []
    for before, duty in changes:
        new = tuple(mention(team, it) for it in duty.people if it not in before)
        kept = tuple(line(it)[0] for it in duty.people if it in before)
        until: tuple[str | Span, ...] = (", until ", Moment(duty.until)) if duty.until is not None else ()
        items.append(line(Bold(duty.layer), ": ", *_joined(*new, *kept), f" after {_people(before)}", *until))
    text = line(f"On call for {name} now:")
    said = "; ".join(f"{it.layer}: {_people(it.people)}" for _, it in changes)
    tone = Tone.INFO if all(it.people for _, it in changes) else Tone.WARNING
    return Message(f"On call for {name} now — {said}", (Paragraph(text), Bullets(tuple(items))), tone)


def _read(at: datetime | None) -> Line:
    if at is None:
        return line("PagerDuty keeps this schedule, and has not answered yet.")
    return line("PagerDuty keeps this schedule; it was asked last ", Moment(at), ". Overrides made here come first.")


def _joined(*spans: Span) -> tuple[Span, ...]:
    if not spans:
        return line(NOBODY)
    joined: list[Span] = [spans[0]]
    for span in spans[1:]:
        joined += [*line(" and "), span]
    return tuple(joined)


def duty_line(duty: OnDuty) -> Line:
    """Return who is on call in a layer, until when, and who is next."""
    now = line(Bold(duty.layer), ": ", Bold(_people(duty.people)))
    if duty.until is None:
        return now
    return (*now, *line(" until ", Moment(duty.until), f", then {_people(duty.following)}"))


def _shift(shift: Shift) -> Line:
    return line(
        f"{_people(shift.people)}: ", Moment(shift.start, relative=False), " to ", Moment(shift.end, relative=False)
    )


def _override(override: Override) -> Line:
    why = f", {override.reason}" if override.reason else ""
    who = f"{override.id}. {override.person} in {override.layer}{_instead(override)}: "
    return line(who, Moment(override.start, relative=False), " to ", Moment(override.end, relative=False), f"{why}")


def _instead(override: Override) -> str:
    if override.kind is OverrideKind.ADD:
        return " beside the others"
    return f" instead of {override.instead_of}" if override.instead_of else ""


def _people(people: tuple[str, ...]) -> str:
    return listed(people, "and") if people else NOBODY
