"""What is said once about a page: to whoever is paged, in the thread of its live message, and in answer to a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.announcements.page_wording import TONES, buttons, lateness, mention, people_and_ways, title
from bot.domain.form import Form, FormField
from bot.domain.message import (
    Bold,
    Buttons,
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
from bot.domain.page import LAPSED, REASSIGNED, RESOLVED, SNOOZED, Answer, Page
from bot.domain.paging import Notice, NoticeKind

if TYPE_CHECKING:
    from bot.domain.page import Way
    from bot.domain.rollout import Rollout
    from bot.domain.team import Team


def render_alert(page: Page, notice: Notice, way: Way, rollout: Rollout | None, team: Team) -> Message:
    """Page one person or place: what is wrong, the rollout behind it, and the buttons that answer it or stop it."""
    who: tuple[Span | str, ...] = (mention(team, way.person), ", you are paged: ") if way.person else ("Paged: ",)
    text = line(*who, Bold(title(page)), ".")
    total = len(page.policy.levels_for(page.severity))
    again = ", once more" if page.repeats or page.answers else ""
    level = line(f"Level {notice.level} of {total}{again}{lateness(notice.late)}; open since ", Moment(page.opened_at))
    blocks = [Paragraph(text)]
    if rollout is not None:
        blocks.append(Paragraph(line(f"It is about {rollout.name} {rollout.plan.title} at “{rollout.current.name}”.")))
    return Message(plain_text(text), (*blocks, Note(level), Buttons(buttons(page, rollout))), TONES[page.severity])


def render_notice(page: Page, notice: Notice, team: Team) -> Message:
    """Tell the channel what happened to a page by itself, and mention whoever is paged."""
    text = _said(page, notice, team)
    tone = Tone.DANGER if notice.kind is NoticeKind.NOBODY else Tone.WARNING
    return Message(plain_text(text), (Paragraph(text),), tone)


def render_reminder(page: Page, rollout: Rollout | None, team: Team) -> Message:
    """Remind whoever acknowledged a page that it is open again soon, with the buttons that end it or give more time."""
    who = mention(team, page.answered_by)
    text = line(who, ", your acknowledgement ends soon: ", Bold(title(page)), ".")
    ends: tuple[Span | str, ...] = (
        ("It is open again ", Moment(page.until)) if page.until else ("It is open again soon",)
    )
    after = line(*ends, " and pages people anew, unless it is resolved. Snooze it where you need longer.")
    blocks = (Paragraph(text), Paragraph(after), Buttons(buttons(page, rollout)))
    return Message(plain_text(text), blocks, Tone.WARNING)


def render_answered(page: Page) -> Message:
    """Tell the others how somebody answered a page."""
    text = _answered(page, page.answers[-1])
    return Message(plain_text(text), (Paragraph(text),), _tone(page.answers[-1]))


def render_partly_over(page: Page, ended: int) -> Message:
    """Tell that some of the alerts behind a page are over, and how many go on."""
    what = "1 alert is over" if ended == 1 else f"{ended} alerts are over"
    goes_on = "1 goes on" if page.firing == 1 else f"{page.firing} go on"
    text = line(Bold(f"Page {page.id}"), f": {what}, {goes_on}.")
    return Message(plain_text(text), (Paragraph(text),), TONES[page.severity])


def render_over(page: Page) -> Message:
    """Tell whoever is on a page that every alert behind it is over; to end it is theirs."""
    text = line(Bold(f"Page {page.id}"), f": every alert of it is over. It is {page.answered_by}'s to resolve.")
    return Message(plain_text(text), (Paragraph(text), Buttons(buttons(page, None))), Tone.SUCCESS)


def render_done(page: Page) -> Message:
    """Answer the person who answered a page."""
    last = page.answers[-1]
    if last.what == RESOLVED and page.rollout is not None:
        note = Note(line(f"Nothing is resumed by that: /rollout resume --rollout {page.rollout} does so."))
        return Message(render_answered(page).summary, (*render_answered(page).blocks, note), Tone.SUCCESS)
    return render_answered(page)


def render_raised(page: Page, *, known: bool) -> Message:
    """Answer the person who raised a page: whom it reaches first, and when it goes further."""
    levels = page.policy.levels_for(page.severity)
    if known:
        text = line(Bold(title(page)), f" is open already; it was reported {page.times} times now.")
        return Message(plain_text(text), (Paragraph(text),), Tone.WARNING)
    whom = ", ".join(str(it) for it in levels[0].targets)
    text = line(Bold(title(page)), f" is raised. It reaches {whom} now")
    rest: Line = line(", and every other level at once." if page.policy.rule(page.severity).at_once else ".")
    if len(levels) > 1 and levels[1].after:
        rest = line(", and goes further ", Moment(page.opened_at + levels[1].after), " unless somebody answers.")
    whole = (*text, *rest)
    return Message(plain_text(whole), (Paragraph(whole), Buttons(buttons(page, None))), TONES[page.severity])


def ask_snooze(page: Page, command: str) -> Form:
    """Ask for how long, and why."""
    fields = (
        FormField("for", "For how long?", required=True, hint="30m, 2h, 1d"),
        FormField("because", "Why?", required=True, multiline=True, hint="The others see it on the page."),
    )
    text = line("Nobody is paged about it until then; afterwards it goes on where it stood.")
    explains = Message(title(page), (Paragraph(text),), Tone.WARNING)
    return Form("Snooze", explains, fields, "Snooze", command)


def _said(page: Page, notice: Notice, team: Team) -> Line:
    name = Bold(f"Page {page.id}")
    match notice.kind:
        case NoticeKind.REACHED:
            found = people_and_ways(notice.ways, team) or line("those who were reached just now already")
            missing = line(f" ({notice.why})") if notice.why else ()
            return (*line(name, f", level {notice.level}{lateness(notice.late)}: "), *found, *missing)
        case NoticeKind.SKIPPED:
            return line(name, f": level {notice.level} is skipped, {notice.why}.")
        case NoticeKind.NOBODY:
            return line(name, ": nobody could be reached at any level. Somebody has to look: ", page.text)
        case NoticeKind.REARMED:
            return line(name, f" is open again: {notice.why}.")
        case NoticeKind.REMINDED:
            return line(name, ": its acknowledgement ends soon.")


def _answered(page: Page, answer: Answer) -> Line:
    name = Bold(page.name)
    why = f": {answer.reason}" if answer.reason else ""
    match answer.what:
        case "snoozed" if page.until is not None:
            return line(answer.by, " lets ", name, " rest until ", Moment(page.until), why)
        case "reassigned":
            return line(answer.by, " gives ", name, f" {answer.reason}.")
        case "acknowledged" if page.until is not None:
            left = " unless it is resolved."
            return line(answer.by, " is on ", name, f"{why}. It is open again ", Moment(page.until), left)
        case _:
            return line(answer.by, f" {answer.what} ", name, f"{why}.")


def _tone(answer: Answer) -> Tone:
    return {RESOLVED: Tone.SUCCESS, LAPSED: Tone.WARNING, SNOOZED: Tone.INFO, REASSIGNED: Tone.INFO}.get(
        answer.what, Tone.INFO
    )
