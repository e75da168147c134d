"""Makes the message of an announcement: a kind's words or somebody's own, with the facts, as neutral blocks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.announcements.facts import example_for, facts_of, facts_of_plan, when_text
from bot.announcements.kinds import KINDS
from bot.announcements.template import BadTemplate, Template
from bot.announcements.wording import affected_by
from bot.domain.message import (
    Block,
    Bullets,
    Button,
    Buttons,
    Heading,
    Message,
    Note,
    Paragraph,
    Tone,
    line,
)
from bot.domain.moments import Before, FromStart, Occasion, When, parse_moment
from bot.domain.plan import label_of, settings_at

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.domain.announcement import Announcement
    from bot.domain.moments import Moment
    from bot.domain.plan import Plan
    from bot.domain.rollout import Rollout

TONES = {Occasion.ROLLED_BACK: Tone.DANGER, Occasion.ABORTED: Tone.DANGER, Occasion.COMPLETED: Tone.SUCCESS}
OVER = {Occasion.ROLLED_BACK, Occasion.ABORTED, Occasion.COMPLETED}
BULLET = "- "


def is_name(say: str) -> bool:
    """Say whether what is to be said is the name of a kind, and not a text: it is one word."""
    return bool(say) and not any(it.isspace() for it in say) and "{" not in say


def words_of(say: str, own: Mapping[str, str]) -> str:
    """Return the template behind what a plan says; `own` are the team's texts by name. Raises BadTemplate."""
    if say in own:
        return own[say]
    if say in KINDS:
        return KINDS[say].text
    if is_name(say):
        raise BadTemplate(f"no kind of message is named “{say}”")
    return say


def problems_in(plan: Plan, own: Mapping[str, str]) -> tuple[str, ...]:
    """Return what cannot be said of a plan's communication with the team's own texts, one phrase each."""
    found = []
    for item in plan.communication:
        try:
            check(item.say, item.when, dict(item.facts), own)
        except BadTemplate as problem:
            found.append(f"the announcement at “{item.when}” cannot be said: {problem}")
    return tuple(found)


def check(say: str, when: str, given: Mapping[str, str], own: Mapping[str, str]) -> None:
    """Render a text with the example facts of its moment. Raises BadTemplate with what is wrong in it."""
    Template(words_of(say, own)).render({**example_for(parse_moment(when)), **given})


def render(rollout: Rollout, said: Announcement, now: datetime, own: Mapping[str, str]) -> Message:
    """Make the message of an announcement about a rollout, as things are now. Raises BadTemplate."""
    text = Template(words_of(said.say, own)).render(facts_of(rollout, said, now))
    blocks = _blocks(rollout.plan.title, text)
    if rollout.active:
        blocks += _under_way(rollout.name, f"step {rollout.step + 1} of {len(rollout.plan.steps)}", text)
    return Message(_summary(rollout.plan.title, text), tuple(blocks), _tone(said))


def render_ahead(plan: Plan, said: Announcement, own: Mapping[str, str]) -> Message:
    """Make the message of an announcement ahead of a rollout's start. Raises BadTemplate."""
    text = Template(words_of(said.say, own)).render(facts_of_plan(plan, said))
    return Message(_summary(plan.title, text), tuple(_blocks(plan.title, text)), _tone(said))


def render_example(plan: Plan, said: Announcement, own: Mapping[str, str]) -> Message:
    """Make the message as it would look, with the examples of what is not known yet. Raises BadTemplate."""
    known = {name: value for name, value in facts_of_plan(plan).items() if value or name == "summary"}
    facts = {**example_for(parse_moment(said.when)), **known, **dict(said.facts)}
    if "step" in facts:
        facts |= _at_step(plan, said.step)
    facts |= _ahead(plan, said)
    text = Template(words_of(said.say, own)).render(facts)
    blocks = _blocks(plan.title, text)
    if "step" in facts and _runs_at(parse_moment(said.when)):
        blocks += _under_way(facts["rollout"], f"step {facts['step']} of {len(plan.steps)}", text)
    return Message(_summary(plan.title, text), tuple(blocks), _tone(said))


def _under_way(rollout: str, where: str, text: str) -> tuple[Block, ...]:
    """Return what a message about something that is under way ends with; `rollout` is its name, such as #12.

    Where it stands is not said twice.
    """
    button = Button("Report a problem", f"/rollout problem --rollout {rollout.removeprefix('#')}")
    return Buttons((button,)), Note(line(f"Rollout {rollout}" if where in text else f"Rollout {rollout}, {where}"))


def _runs_at(moment: Moment) -> bool:
    """Say whether a rollout is under way at a moment of its communication."""
    match moment:
        case When(occasion):
            return occasion not in OVER
        case FromStart(offset):
            return offset >= timedelta(0)
        case _:
            return True


def _at_step(plan: Plan, number: int | None) -> dict[str, str]:
    """Return what is known of a step; without one, of the first that changes flags."""
    changing = [index for index, step in enumerate(plan.steps) if step.sets] or [0]
    index = changing[0] if number is None else number
    step, following = plan.steps[index], plan.steps[index + 1 : index + 2]
    return {
        "step": str(index + 1),
        "step_name": step.name,
        "label": label_of(plan, step),
        "phase": plan.phases[step.phase].name,
        "following": following[0].name if following else "",
        "environment": step.environment,
        **({} if step.soak else {"holds_until": ""}),
        "reaches": affected_by(plan, settings_at(plan, index, ()), lambda _: step.environment) if step.sets else "",
    }


def _ahead(plan: Plan, said: Announcement) -> dict[str, str]:
    """Return what is coming, where the time of an announcement ahead of it is known."""
    moment = parse_moment(said.when)
    match moment:
        case FromStart(offset) if said.due_at is not None and offset < timedelta(0):
            return {"starts_at": when_text(said.due_at - offset, plan)}
        case Before(phase, lead) if said.due_at is not None:
            first = next(step for step in plan.steps if plan.phases[step.phase].name == phase)
            starts = when_text(said.due_at + lead, plan)
            return {"starts_at": starts, "coming": f"“{phase}”", "environment": first.environment}
        case _:
            return {}


def _tone(said: Announcement) -> Tone:
    if said.say in KINDS:
        return KINDS[said.say].tone
    return TONES.get(said.occasion, Tone.INFO) if said.occasion is not None else Tone.INFO


def _summary(title: str, text: str) -> str:
    return f"{title}: {' '.join(text.split())}"


def _blocks(title: str, text: str) -> list[Block]:
    """Lay a text out: a line is a paragraph, and lines that begin with a dash are a list."""
    blocks: list[Block] = [Heading(title)]
    items: list[str] = []
    for row in (*(it.strip() for it in text.splitlines()), ""):
        if row.startswith(BULLET):
            items.append(row.removeprefix(BULLET))
            continue
        if items:
            blocks.append(Bullets(tuple(line(it) for it in items)))
            items = []
        if row:
            blocks.append(Paragraph(line(row)))
    return blocks
