"""A person's own page: what waits for them, the open pages, everything that is under way, and who is on call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.announcements.oncall_overview import duty_line
from bot.announcements.page_card import state_of
from bot.announcements.page_wording import buttons, title
from bot.announcements.rollout_card import LABELS
from bot.announcements.wording import blocker_line, percent_reached
from bot.domain.message import (
    Block,
    Bold,
    Bullets,
    Button,
    Buttons,
    ButtonStyle,
    Code,
    Heading,
    Line,
    Message,
    Moment,
    Note,
    Paragraph,
    Progress,
    line,
)
from bot.domain.overview import Waiting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bot.domain.overview import Overview, UnderWay
    from bot.domain.page import Page

MOST_SHOWN = 10
"""So many rollouts are drawn, and so many pages; of more the number is told."""


def render(overview: Overview, now: datetime) -> Message:
    """Draw the page."""
    waiting, others = overview.waiting, tuple(it for it in overview.rollouts if not it.waiting)
    blocks: list[Block] = [Heading("Waiting for you")]
    blocks += _waiting(waiting) if waiting else [Paragraph(line("Nothing waits for you."))]
    blocks += [Heading("Open pages"), *_pages(overview.pages), Heading("Under way")]
    if not overview.rollouts:
        blocks.append(Paragraph(line("No rollout is under way. ", Code("/plan list"), " shows what can be started.")))
    for it in (*waiting, *others)[:MOST_SHOWN]:
        blocks += _under_way(it)
    if len(overview.rollouts) > MOST_SHOWN:
        blocks.append(Note(line(f"and {len(overview.rollouts) - MOST_SHOWN} more: /rollout list")))
    blocks += _on_call(overview)
    blocks.append(Note(line("As of ", Moment(now, relative=False))))
    open_pages = f"{len(overview.pages)} {'page' if len(overview.pages) == 1 else 'pages'} open"
    summary = f"{len(waiting)} waiting for {overview.person}, {open_pages}, {len(overview.rollouts)} under way"
    return Message(summary, tuple(blocks), private=True)


def _waiting(waiting: tuple[UnderWay, ...]) -> list[Block]:
    blocks: list[Block] = []
    for it in waiting[:MOST_SHOWN]:
        rollout = it.rollout
        said = [_wanted(it, what) for what in it.waiting]
        blocks.append(Paragraph(line(Bold(f"{rollout.name} {rollout.plan.title}"))))
        blocks.append(Bullets(tuple(said)))
        if Waiting.APPROVE in it.waiting:
            command = f"/rollout approve --rollout {rollout.id} --version {rollout.version}"
            blocks.append(Buttons((Button("Approve", command, ButtonStyle.PRIMARY),)))
    return blocks


def _wanted(it: UnderWay, what: Waiting) -> Line:
    following = it.rollout.following
    onwards = f"to “{following.name}”" if following is not None else "to its end"
    number = f"--rollout {it.rollout.id}"
    match what:
        case Waiting.APPROVE:
            return line(f"your approval is asked for, to go on {onwards}")
        case Waiting.ADVANCE:
            return line(f"it is ready to go on {onwards}: ", Code(f"/rollout next {number}"))
        case Waiting.RESUME:
            why = f" ({it.rollout.reason})" if it.rollout.reason else ""
            return line(f"it is paused{why}: ", Code(f"/rollout resume {number}"))
        case Waiting.CONFIRM:
            return line(f"to confirm: {'; '.join(it.items[:MOST_SHOWN])}")


def _pages(pages: tuple[Page, ...]) -> Iterator[Block]:
    if not pages:
        yield Paragraph(line("No page is open."))
    for it in pages[:MOST_SHOWN]:
        yield Paragraph(line(Bold(title(it)), f" — {state_of(it)}, since ", Moment(it.opened_at)))
        yield Buttons(buttons(it, None))
    if len(pages) > MOST_SHOWN:
        yield Note(line(f"and {len(pages) - MOST_SHOWN} more: /escalate list"))


def _on_call(overview: Overview) -> Iterator[Block]:
    if overview.on_call:
        yield Heading("On call")
    for name, duties in overview.on_call:
        yield Paragraph(line(Bold(name)))
        yield Bullets(tuple(duty_line(it) for it in duties))


def _under_way(it: UnderWay) -> list[Block]:
    rollout = it.rollout
    title = line(
        Bold(f"{rollout.name} {rollout.plan.title}"), f" · {rollout.current.environment} · {LABELS[rollout.status]}"
    )
    label = f"step {rollout.step + 1} of {len(rollout.plan.steps)} · {rollout.current.name}"
    blocks: list[Block] = [Paragraph(title), Progress(percent_reached(rollout), label)]
    if it.blockers:
        first, *more = it.blockers
        tail = f" (and {len(more)} more)" if more else ""
        blocks.append(Note((*line("waits: "), *blocker_line(first), *line(tail))))
    return blocks
