"""Words and lines that several announcements share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.flag import OFF, FlagSetting, FlagTarget
from bot.domain.message import Bold, Button, ButtonStyle, Code, Line, Moment, Plain, Span, line
from bot.domain.ramp import ramp_environment, reach, setting_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.domain.errors import Blocker
    from bot.domain.plan import Plan
    from bot.domain.rollout import Rollout


TYPED = ("/", "rollcall ", "cp ", "timedatectl")
"""How hints begin that are commands, of the chat or of a shell."""


def blocker_line(blocker: Blocker) -> Line:
    """Return what stands in the way, with the time at which it is expected to be gone."""
    if blocker.expected is None:
        return line(blocker.sentence)
    return line(blocker.sentence, ", until ", Moment(blocker.expected))


def changes(before: tuple[FlagTarget, ...], after: tuple[FlagTarget, ...]) -> tuple[Line, ...]:
    """Return before → after for every flag that differs."""
    return tuple(
        change_line(
            target.flag, target.environment, setting_in(before, target.flag, target.environment), target.setting
        )
        for target in after
        if setting_in(before, target.flag, target.environment) != target.setting
    )


def change_line(flag: str, environment: str, before: FlagSetting, after: FlagSetting) -> Line:
    """Return one flag's before → after."""
    return line(Bold(flag), f" in {environment}: {before} → ", Bold(str(after)))


def held_lines(targets: tuple[FlagTarget, ...]) -> tuple[Line, ...]:
    """Return what flags hold, one line each."""
    return tuple(line(Bold(it.flag), f" in {it.environment}: {it.setting}") for it in targets)


def kept_down(rollout: Rollout) -> tuple[FlagTarget, ...]:
    """Return what an aborted rollout leaves lower than it was before it, because people took it down."""
    return tuple(it for it in rollout.wanted if it.setting != setting_in(rollout.before, it.flag, it.environment))


def as_before(rollout: Rollout) -> str:
    """Return where an abort leaves the flags, as the end of a sentence."""
    kept = ", ".join(f"{it.flag} in {it.environment}" for it in kept_down(rollout))
    but = f", but for {kept}, which was taken down since and stays down" if kept else ""
    return f"its flags are as they were before it{but}"


def affected(rollout: Rollout) -> str:
    """Return how many units the rollout reaches now, where the plan says how many there are; else an empty text."""
    return affected_by(rollout.plan, rollout.wanted, lambda flag: ramp_environment(rollout, flag))


def affected_by(plan: Plan, wanted: tuple[FlagTarget, ...], environment_of: Callable[[str], str]) -> str:
    """Return how many units flags reach that hold something, each in its own environment."""
    parts: list[str] = []
    for flag in plan.flags:
        if flag.population is None:
            continue
        percent = reach(setting_in(wanted, flag.key, environment_of(flag.key)))
        about = flag.population * percent.milli // 100_000
        parts.append(f"about {about:,} of {flag.population:,} {flag.unit}s")
    return "; ".join(parts)


def percent_reached(rollout: Rollout) -> float:
    """Return how far along the rollout is, 0 to 100: its flag's share where one flag ramps, else its steps in whole ones."""
    shares = {
        reach(setting_in(rollout.wanted, flag.key, ramp_environment(rollout, flag.key))).milli / 1000
        for flag in rollout.plan.flags
    }
    ramps = {
        item.change.percent for step in rollout.plan.steps for item in step.sets if item.change.percent is not None
    }
    if len(rollout.plan.flags) == 1 and len(ramps) > 1:
        return shares.pop()
    return float(100 * rollout.step // max(1, len(rollout.plan.steps) - 1))


def hint_line(hint: str) -> Line:
    """Return a hint; a command is drawn as something to type, a sentence that begins with one is not."""
    command, because, rest = hint.partition("; ")
    typed = command.startswith(TYPED) and not command.endswith(".")
    span: Span = Code(command) if typed else Plain(command)
    return line(span, because, rest)


def next_button(rollout: Rollout, label: str = "") -> Button:
    """Return the button that takes the next step, drawn for the rollout's present state."""
    following = rollout.following
    text = label or (f"Go on to {following.name}" if following is not None else "Complete the rollout")
    command = f"/rollout next --rollout {rollout.id} --version {rollout.version}"
    return Button(text[:70], command, ButtonStyle.PRIMARY)


def off_everywhere(rollout: Rollout) -> bool:
    """Say whether the rollout wants every flag off."""
    return all(target.setting == OFF or not target.setting.on for target in rollout.wanted)
