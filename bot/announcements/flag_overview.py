"""Shows flags: what they hold, what a change did, and why somebody sees one or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.announcements.wording import change_line
from bot.domain.flag import Why
from bot.domain.message import (
    Block,
    Bold,
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
    Table,
    Tone,
    line,
    plain_text,
)
from bot.domain.percent import Percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.flag import Flag
    from bot.domain.flag_age import Stale
    from bot.domain.flag_view import Changed, Checked, FlagView

WHAT_TO_DO = "Remove the other path from the code, bring that to everybody, and then: /flag retire KEY"
EACH_WEEK = "This comes once a week until they are retired, or of use again."
REMINDED_BY_NAME = 3


def render(view: FlagView) -> Message:
    """Show one flag in all its environments."""
    flag = view.flag
    facts: list[tuple[str, Line]] = [("Counts", line(f"{flag.unit}s")), ("Salt", line(flag.salt))]
    facts += [("Owner", line(flag.owner))] if flag.owner else []
    facts += [("Created", line(Moment(flag.created_at)))] if flag.created_at else []
    facts += [("Retired", line(Moment(flag.retired_at)))] if flag.retired_at else []
    blocks: list[Block] = [Heading(flag.key)]
    blocks += [Paragraph(line(flag.description))] if flag.description else []
    blocks.append(Fields(tuple(facts)))
    rows = tuple((it.environment, view.holds(it.environment), ", ".join(it.setting.users) or "–") for it in view.states)
    blocks.append(
        Table(("Environment", "Holds", "Named users"), rows) if rows else Paragraph(line("It is off everywhere."))
    )
    for rollout in view.rollouts:
        blocks.append(Paragraph(line(f"Driven by {rollout.name} {rollout.plan.title}.")))
    held = "; ".join(f"{it.environment} {view.holds(it.environment)}" for it in view.states) or "off everywhere"
    return Message(f"{flag.key}: {'retired' if flag.retired_at else held}", tuple(blocks))


def render_list(views: tuple[FlagView, ...]) -> Message:
    """List flags with what they hold where."""
    if not views:
        text = "There are no flags yet. /flag create KEY makes one; a plan makes its own when it starts."
        return Message("There are no flags yet.", (Paragraph(line(text)),))
    rows = tuple(
        (
            view.flag.key,
            "retired"
            if view.flag.retired_at
            else "; ".join(f"{it.environment}: {view.holds(it.environment)}" for it in view.states) or "off",
            view.flag.unit,
            view.flag.owner or "–",
        )
        for view in views
    )
    return Message(f"{len(views)} flags", (Table(("Flag", "Holds", "Counts", "Owner"), rows),))


def render_created(flag: Flag) -> Message:
    """Say that a flag was made, and how to go on."""
    text = line(Bold(flag.key), f" is there, off everywhere, counting {flag.unit}s.")
    button = Button("Switch it on for everybody", f"/flag on {flag.key}"[:95])
    return Message(plain_text(text), (Paragraph(text), Buttons((button,))), Tone.SUCCESS)


def render_changed(done: Changed) -> Message:
    """Say before → after, with the way back as a button."""
    text = change_line(done.flag.key, done.environment, done.before, done.after)
    blocks: list[Block] = [Paragraph(text)]
    if done.rollout is not None:
        name = f"{done.rollout.name} {done.rollout.plan.title}"
        blocks.append(Paragraph(line(f"{name} drives it and waits now; /rollout resume goes back up.")))
    elif done.after.on:
        off = Button("Switch it off", f"/flag off {done.flag.key} --env {done.environment}"[:95], ButtonStyle.DANGER)
        blocks.append(Buttons((off,)))
    return Message(plain_text(text), tuple(blocks), Tone.SUCCESS)


def render_retired(flag: Flag, elsewhere: Sequence[str] = ()) -> Message:
    """Say that a flag has ended; in the systems that hold it `elsewhere` nobody has removed it yet."""
    if elsewhere:
        systems = " and ".join(elsewhere)
        text = line(
            Bold(flag.key),
            f" is retired, and its key is not used again. It still stands in {systems}: remove it there.",
        )
        return Message(plain_text(text), (Paragraph(text),), Tone.WARNING)
    text = line(Bold(flag.key), " is retired: off for everybody, and its key is not used again.")
    return Message(f"{flag.key} is retired: off for everybody.", (Paragraph(text),), Tone.SUCCESS)


def render_check(checked: Checked) -> Message:
    """Explain an evaluation rule by rule, in the order in which the rules are asked."""
    sees = "sees" if checked.evaluation.on else "does not see"
    text = line(Bold(checked.key), f" {sees} ", Bold(checked.flag.key), f" in {checked.environment}.")
    return Message(plain_text(text), (Paragraph(text), Marked(_rules(checked)), _setting(checked)))


def render_stale(found: tuple[Stale, ...]) -> Message:
    """List flags to be cleaned up, with what to do about them."""
    if not found:
        text = "Every flag is of use: none is the same for everybody for long, and no plan's clean-up is overdue."
        return Message("No flag is stale.", (Paragraph(line(text)),))
    count = f"{len(found)} {'flag is' if len(found) == 1 else 'flags are'} stale"
    return Message(count, (_stale_table(found), Paragraph(line(WHAT_TO_DO))))


def render_reminder(found: tuple[Stale, ...]) -> Message:
    """Remind a channel of flags to be cleaned up."""
    names = ", ".join(it.flag.key for it in found[:REMINDED_BY_NAME])
    more = f" and {len(found) - REMINDED_BY_NAME} more" if len(found) > REMINDED_BY_NAME else ""
    have = "has" if len(found) == 1 else "have"
    text = line(Bold(f"{names}{more}"), f" {have} done {'its' if len(found) == 1 else 'their'} work.")
    again = "This comes once a week until it is retired, or of use again." if len(found) == 1 else EACH_WEEK
    return Message(
        f"Reminder: {plain_text(text)}",
        (Paragraph(text), _stale_table(found), Paragraph(line(WHAT_TO_DO)), Note(line(again))),
    )


def _stale_table(found: tuple[Stale, ...]) -> Table:
    rows = tuple(
        (it.flag.key, it.why, "the new one" if it.all_on else "the old one", it.flag.owner or "–") for it in found
    )
    return Table(("Flag", "Why", "The path that stays", "Owner"), rows)


def _setting(checked: Checked) -> Bullets:
    held = f"{checked.flag.key} in {checked.environment}: {checked.setting}; it counts {checked.flag.unit}s"
    return Bullets((line(held),))


def _rules(checked: Checked) -> tuple[tuple[Mark, Line], ...]:
    """List the rules up to the one that decided; that one is marked as the current one."""
    setting = checked.setting
    tiers = " and ".join(setting.tiers)
    told = checked.tier or "none given"
    named = len(setting.users)
    plural = "" if named == 1 else "s"
    unnamed = f"{checked.key} is not among {named} named user{plural}" if named else "nobody is named"
    rules = (
        (Why.RETIRED, "the flag is retired", "the flag is in use"),
        (Why.OFF, "the flag is off here", "the flag is on here"),
        (Why.NAMED, f"{checked.key} is named: in", unnamed),
        (Why.TIER, f"the tier is {told}, and only {tiers} are let in", f"the tier ({told}) is allowed"),
        (Why.BUCKET_IN, "", ""),
    )
    decided = checked.evaluation.why
    lines: list[tuple[Mark, Line]] = []
    for why, when_decisive, otherwise in rules:
        if why is Why.BUCKET_IN:
            return (*lines, (Mark.CURRENT, line(_bucket(checked))))
        if why is decided:
            return (*lines, (Mark.CURRENT, line(when_decisive)))
        lines.append((Mark.DONE, line(otherwise)))
    return tuple(lines)


def _bucket(checked: Checked) -> str:
    """Say which bucket it is and what it is made of, so that anybody can work it out again, and from where on it is in."""
    below, bucket = checked.setting.percent.milli, checked.evaluation.bucket
    is_in = "in" if checked.evaluation.on else "out"
    hashed = f"{checked.flag.salt}:{checked.key}"
    said = f"bucket {bucket} of 100000 (of “{hashed}”), in while below {below} ({checked.setting.percent}): {is_in}"
    return said if checked.evaluation.on or bucket is None else f"{said}; it is in from {Percent(bucket + 1)} on"
