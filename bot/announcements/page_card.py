"""The live message of a page: one per channel, edited in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.announcements.page_wording import TONES, buttons, heading, lateness, title, ways
from bot.announcements.rollout_card import LABELS
from bot.domain.duration import describe_duration
from bot.domain.message import (
    Block,
    Bullets,
    Buttons,
    Fields,
    Heading,
    Line,
    Mark,
    Marked,
    Message,
    Moment,
    Note,
    Paragraph,
    Tone,
    line,
)
from bot.domain.page import ACKNOWLEDGED, LAPSED, RESOLVED, Page, PageState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.escalation import Level
    from bot.domain.page import Reached
    from bot.domain.rollout import Rollout

ANSWERS_SHOWN = 5
STATES = {
    PageState.OPEN: "nobody is on it",
    PageState.ACKNOWLEDGED: "acknowledged",
    PageState.SNOOZED: "snoozed",
    PageState.RESOLVED: "resolved",
}


def render(page: Page, rollout: Rollout | None, *, policy_changed: bool = False) -> Message:
    """Draw the page as it is now; `policy_changed` says that the team file's policy is another one by now."""
    blocks: list[Block] = [Heading(heading(page))]
    if heading(page) != title(page):
        blocks.append(Paragraph(line(page.text)))
    blocks += [Fields(_fields(page, rollout)), Marked(_levels(page))]
    if page.answers:
        blocks.append(Bullets(tuple(_answer(page, at) for at in range(len(page.answers))[-ANSWERS_SHOWN:])))
    if found := buttons(page, rollout):
        blocks.append(Buttons(found))
    blocks.append(Note(_small_print(page, policy_changed=policy_changed)))
    return Message(f"{title(page)} — {state_of(page)}", tuple(blocks), _tone(page))


def render_list(pages: tuple[Page, ...]) -> Message:
    """List pages, one line each."""
    if not pages:
        return Message("No page is open.", (Paragraph(line("No page is open.")),), Tone.SUCCESS)
    items = tuple(line(f"{title(it)} — {state_of(it)}, since ", Moment(it.opened_at)) for it in pages)
    count = "1 page is open" if len(pages) == 1 else f"{len(pages)} pages are open"
    return Message(count, (Paragraph(line(f"{count}:")), Bullets(items), Note(line("/escalate show NUMBER"))))


def _tone(page: Page) -> Tone:
    if page.state is PageState.OPEN:
        return TONES[page.severity]
    return Tone.SUCCESS if page.state is PageState.RESOLVED else Tone.INFO


def state_of(page: Page) -> str:
    """Return whether somebody is on it, and who."""
    if page.state is PageState.OPEN:
        return STATES[PageState.OPEN]
    return f"{STATES[page.state]} by {page.answered_by}"


def _fields(page: Page, rollout: Rollout | None) -> tuple[tuple[str, Line], ...]:
    fields: list[tuple[str, Line]] = [("Status", line(state_of(page)))]
    if rollout is not None:
        about = f"{rollout.name} {rollout.plan.title}: {LABELS[rollout.status]} at “{rollout.current.name}”"
        fields.append(("Rollout", line(about)))
    if page.times > 1:
        fields.append(("Reported", line(f"{page.times} times")))
    if page.unresolved and page.due_at is not None:
        fields.append(("Next", _next(page)))
    for what in (ACKNOWLEDGED, RESOLVED):
        took = page.took(what)
        if took is not None:
            fields.append((f"{what.capitalize()} after", line(describe_duration(took, 2))))
    return tuple(fields)


def _next(page: Page) -> Line:
    if page.due_at is None:
        return line("nothing")
    if page.state is not PageState.OPEN:
        return line("open again ", Moment(page.until or page.due_at), " unless it is resolved")
    levels = page.policy.levels_for(page.severity)
    if page.level < len(levels):
        return line(f"level {page.level + 1}, ", Moment(page.due_at))
    slow = ", once a day from now on" if page.repeats >= page.policy.times else ""
    return line(f"level {len(levels)} again, ", Moment(page.due_at), slow)


def _levels(page: Page) -> tuple[tuple[Mark, Line], ...]:
    levels = page.policy.levels_for(page.severity)
    return tuple(_level(page, number, level) for number, level in enumerate(levels, start=1))


def _level(page: Page, number: int, level: Level) -> tuple[Mark, Line]:
    """Return who was reached at a level last and when; why it was skipped; or whom it would reach."""
    due = f"after {describe_duration(level.after)}" if level.after else "at once"
    name = f"Level {number} ({due}): "
    reached = [it for it in page.reached if it.level == number]
    skipped = [it for it in page.skipped if it.level == number]
    if reached and (not skipped or reached[-1].at >= skipped[-1].at):
        newest = [it for it in reached if it.round == reached[-1].round]
        who = ways(it.way for it in newest)
        lost = f"; not delivered: {ways(it.way for it in newest if it.lost)}" if any(it.lost for it in newest) else ""
        before = _before(reached, newest)
        text = line(f"{name}{who} ", Moment(newest[-1].at), f"{lateness(newest[-1].late)}{lost}", *before)
        return (Mark.FAILED if all(it.lost for it in newest) else Mark.DONE), text
    if skipped:
        return Mark.SKIPPED, line(f"{name}skipped, {skipped[-1].why}")
    return Mark.OPEN, line(f"{name}{', '.join(map(str, level.targets)) or 'nobody'}")


def _before(reached: Sequence[Reached], newest: Sequence[Reached]) -> Line:
    """Return who was reached at a level in an earlier round and is not now: a page was given to somebody else."""
    now = {it.way for it in newest}
    earlier = [it for it in reached if it.way not in now]
    if not earlier:
        return ()
    return line(f"; before that {ways(dict.fromkeys(it.way for it in earlier))} ", Moment(earlier[-1].at))


def _answer(page: Page, at: int) -> Line:
    answer = page.answers[at]
    if answer.what == LAPSED:
        return line(f"open again: {answer.reason}, ", Moment(answer.at))
    why = f": {answer.reason}" if answer.reason else ""
    return line(f"{answer.by} — {answer.what}{why}, ", Moment(answer.at))


def _small_print(page: Page, *, policy_changed: bool) -> Line:
    changed = " (the team file has changed it since)" if policy_changed else ""
    return line(f"policy {page.policy.name}{changed} · raised by {page.opened_by} ", Moment(page.opened_at))
