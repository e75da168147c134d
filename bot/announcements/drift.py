"""Says what another system holds beside what Rollcall wants of it, and that one does not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.announcements.wording import change_line
from bot.domain.holding import alike
from bot.domain.message import (
    Bold,
    Bullets,
    Button,
    Buttons,
    ButtonStyle,
    Message,
    Moment,
    Note,
    Paragraph,
    Tone,
    line,
    plain_text,
)
from bot.domain.ramp import setting_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.actor import Actor
    from bot.domain.drift_view import DriftEnded
    from bot.domain.flag import FlagSetting
    from bot.domain.message import Line
    from bot.domain.rollout import Rollout
    from bot.domain.sighting import Sighting


def render_found(rollout: Rollout, found: Sequence[Sighting]) -> Message:
    """Say what somebody changed elsewhere, before → after, and offer both ways on."""
    where = ", ".join(dict.fromkeys(it.provider for it in found))
    text = line(Bold(f"{rollout.name} {rollout.plan.title}"), f" is held: somebody changed its flags in {where}.")
    wanted = [setting_in(rollout.wanted, it.flag, it.environment) for it in found]
    changed = tuple(change_line(it.flag, it.environment, it.held, it.strange or it.held) for it in found)
    wish = "; ".join(f"{it.flag} {setting}" for it, setting in zip(found, wanted, strict=True))
    return Message(
        plain_text(text),
        (
            Paragraph(text),
            Bullets(changed),
            Note(line(f"Rollcall wants {wish}. Nothing is written there meanwhile; going down always works.")),
            Buttons(
                (
                    *ways_on(rollout),
                    Button("Roll back", f"/rollout rollback 1 --rollout {rollout.id}", ButtonStyle.DANGER),
                )
            ),
        ),
        Tone.WARNING,
    )


def ways_on(rollout: Rollout) -> tuple[Button, Button]:
    """Return the buttons that end a drift."""
    aim = f"--rollout {rollout.id} --version {rollout.version}"
    return (
        Button("Restore ours", f"/flag restore {aim}", ButtonStyle.PRIMARY),
        Button("Adopt theirs", f"/flag adopt {aim}"),
    )


def render_answer(done: DriftEnded) -> Message:
    """Answer whoever restored ours or adopted theirs: which value leaves, which one stays, and what comes next."""
    after = done.after
    onwards = "other flags of it are still not ours." if done.left else "go on with Resume."
    text = line(Bold(f"{after.name} {after.plan.title}"), f" waits at “{after.current.name}”; {onwards}")
    resume = Button("Resume", f"/rollout resume --rollout {after.id} --version {after.version}", ButtonStyle.PRIMARY)
    buttons = ways_on(after) if done.left else (resume,)
    return Message(plain_text(text), (Paragraph(text), Bullets(_ended(done)), Buttons(buttons)), Tone.SUCCESS)


def render_done(done: DriftEnded, actor: Actor, reason: str) -> Message:
    """Tell those who have not seen the answer what a person decided."""
    where = ", ".join(dict.fromkeys(it.provider for it in done.found))
    kept = all(alike(_wanted(done, it), it.strange or it.held) for it in done.found)
    what = f"what was set in {where} is kept" if kept else f"ours is written again in {where}"
    text = line(Bold(f"{done.after.name} {done.after.plan.title}"), f": {what}.")
    why = f": {reason}" if reason else ""
    by = Note(line(f"by {actor.person}{why}"))
    return Message(f"{plain_text(text)} (by {actor.person}{why})", (Paragraph(text), Bullets(_ended(done)), by))


def _wanted(done: DriftEnded, found: Sighting) -> FlagSetting:
    return setting_in(done.after.wanted, found.flag, found.environment)


def _ended(done: DriftEnded) -> tuple[Line, ...]:
    changed: list[Line] = []
    for it in done.found:
        wanted = _wanted(done, it)
        where = f" in {it.environment}: "
        if it.strange is not None and alike(wanted, it.strange):
            was = setting_in(done.before.wanted, it.flag, it.environment)
            changed.append(line(Bold(it.flag), f"{where}{was} → {wanted} is wanted now, as in {it.provider}"))
        else:
            changed.append(line(Bold(it.flag), f"{where}{it.strange} → {wanted} is written in {it.provider}"))
    return tuple(changed)


def render_gone(rollout: Rollout, sighting: Sighting) -> Message:
    """Say that a flag is again as it should be."""
    text = line(
        Bold(f"{rollout.name} {rollout.plan.title}"),
        f": {sighting.flag} in {sighting.environment} is again as it should be in {sighting.provider}, at {sighting.held}.",
    )
    return Message(plain_text(text), (Paragraph(text),), Tone.SUCCESS)


def render_silent(rollout: Rollout, sighting: Sighting) -> Message:
    """Say once that a system cannot be asked or written; the wish is kept."""
    text = line(
        Bold(f"{rollout.name} {rollout.plan.title}"),
        f": {sighting.provider} does not do what is wanted of {sighting.flag} in {sighting.environment}: "
        f"{sighting.problem.removesuffix('.')}. The wish is kept and tried again.",
    )
    return Message(plain_text(text), (Paragraph(text),), Tone.WARNING)


def render_answers(rollout: Rollout, sighting: Sighting, since: datetime) -> Message:
    """Say once that it works again."""
    text = line(
        Bold(f"{rollout.name} {rollout.plan.title}"),
        f": {sighting.provider} does what is wanted of {sighting.flag} again. It did not since ",
        Moment(since),
        ".",
    )
    return Message(plain_text(text), (Paragraph(text),), Tone.SUCCESS)


def seen_lines(rollout: Rollout, sightings: Sequence[Sighting]) -> tuple[tuple[str, Line], ...]:
    """Return, for the card, what each other system was last seen to hold, and when."""
    return tuple((f"Seen in {it.provider}", _seen(rollout, it)) for it in sightings)


def _seen(rollout: Rollout, sighting: Sighting) -> Line:
    where = f" in {sighting.environment}"
    if sighting.since is not None:
        return line(
            Bold(sighting.flag), f"{where}: {sighting.problem.removesuffix('.')}, since ", Moment(sighting.since)
        )
    wanted = setting_in(rollout.wanted, sighting.flag, sighting.environment)
    if sighting.strange is not None:
        return line(Bold(sighting.flag), f"{where}: {sighting.strange}, and {wanted} is wanted")
    return line(Bold(sighting.flag), f"{where}: {sighting.held}")
