"""Shows announcements: how they will look on each platform, what is planned, and what became of each delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.announcement import BY_HAND, Announcement, AnnouncementState
from bot.domain.message import (
    Block,
    Bold,
    Bullets,
    Button,
    Buttons,
    ButtonStyle,
    Heading,
    Line,
    Mark,
    Marked,
    Message,
    Moment,
    Note,
    Paragraph,
    Tone,
    Verbatim,
    line,
    plain_text,
)
from bot.domain.outbox import DeliveryState
from bot.domain.status_page import STATUS_PAGE
from bot.domain.team import listed, platform_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.domain.announce_view import Previewed, Tracked
    from bot.domain.announcement import Destination, Subscription
    from bot.domain.outbox import Delivery
    from bot.domain.plan import Plan

SUBSCRIBERS = "subscribers"
"""Whoever asked to hear, whose direct messages have names that say nothing to people."""

MARKS = {
    AnnouncementState.SENT: Mark.DONE,
    AnnouncementState.SCHEDULED: Mark.OPEN,
    AnnouncementState.HELD: Mark.CURRENT,
    AnnouncementState.WAITING: Mark.OPEN,
    AnnouncementState.DROPPED: Mark.SKIPPED,
    AnnouncementState.CANCELLED: Mark.SKIPPED,
}


def render_preview(plan: Plan, shown: Sequence[Previewed]) -> Message:
    """Show every message of a plan with its time, its places and its words."""
    if not shown:
        text = line(f"{plan.title} announces nothing.")
        return Message(plain_text(text), (Paragraph(text),))
    blocks: list[Block] = [Heading(f"What {plan.title} announces")]
    for number, it in enumerate(shown, 1):
        blocks.append(Paragraph((*line(f"{number}. "), *_when(it))))
        blocks.append(_words_of(it))
        blocks.append(Note(line(_to(it))))
    if any(it.looks for it in shown):
        blocks.append(Buttons((Button("Look at each", _look(plan, 1)),)))
    blocks.append(Note(line("What is not known yet is shown with an example.")))
    return Message(f"{plan.title}: {_count(len(shown))}", tuple(blocks))


def render_looks(plan: Plan, shown: Sequence[Previewed], number: int) -> Message:
    """Show one message of a plan, counted from 1, as each of its platforms does."""
    it = shown[number - 1]
    title = f"Announcement {number} of {len(shown)} of {plan.title}"
    blocks: list[Block] = [Heading(title), Paragraph(_when(it))]
    if it.message is None:
        blocks.append(_words_of(it))
    for platform, look in it.looks:
        blocks += [Paragraph(line(Bold(_upper(platform_name(platform))))), Verbatim(look)]
    blocks.append(Note(line(_to(it))))
    near = [at for at in (number - 1, number + 1) if 0 < at <= len(shown)]
    if near:
        blocks.append(Buttons(tuple(Button(f"Look at {at}", _look(plan, at)) for at in near)))
    return Message(title, tuple(blocks))


def _look(plan: Plan, number: int) -> str:
    return f"/announce preview {plan.key} --message {number}"


def _words_of(it: Previewed) -> Block:
    return Verbatim(_text(it.message)) if it.message is not None else Note(line(f"It cannot be said: {it.problem}."))


def _count(number: int) -> str:
    return "1 announcement" if number == 1 else f"{number} announcements"


def _upper(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _when(it: Previewed) -> Line:
    held = ", after a person's yes" if it.said.hold else ""
    if it.due is None:
        return line(Bold(it.said.when), held)
    return line(Bold(it.said.when), ", at the earliest ", Moment(it.due), held)


def _to(it: Previewed) -> str:
    """Return who hears it and where, and who does not."""
    places: dict[str, dict[str, None]] = {}
    for to in it.places:
        places.setdefault(to.platform, {})[_place_name(to)] = None
    known = [f"{platform_name(name)} ({', '.join(found)})" for name, found in places.items()]
    rows = [f"To {', '.join(it.said.to) or 'subscribers'}{': ' if known else ''}{'; '.join(known)}."]
    absent = list(dict.fromkeys(platform_name(name) for _, name in it.lacking))
    if absent:
        rows.append(f"Not on {listed(absent, 'or')}: not connected.")
    if it.unknown:
        rows.append(f"The team file has no audience {listed(it.unknown, 'and')}: nobody is told.")
    if not (known or absent or it.unknown):
        rows.append("They hear it from the rollout's own channels, in more detail.")
    return " ".join(rows)


def _place_name(to: Destination) -> str:
    if to.audience == SUBSCRIBERS:
        return SUBSCRIBERS
    return to.channel.removeprefix("#") or "the page"


def _text(message: Message) -> str:
    """Return a message's words below its title, which is the plan's, as a platform without any markup shows them."""
    rows: list[str] = []
    for block in message.blocks:
        match block:
            case Paragraph():
                rows.append(plain_text(block.line))
            case Bullets():
                rows += [f"- {plain_text(it)}" for it in block.items]
            case _:
                continue
    return "\n".join(rows)


def render_list(found: Sequence[Tracked]) -> Message:
    """List announcements, the newest first, each with the state of its deliveries; failures stand out."""
    if not found:
        return Message(
            "Nothing was announced, and nothing is planned.",
            (Paragraph(line("Nothing was announced, and nothing is planned.")),),
        )
    failed = sum(1 for it in found for _, row in it.deliveries if row is not None and row.state is DeliveryState.FAILED)
    items = tuple((_mark(it), _line(it)) for it in found)
    blocks: list[Block] = [Heading("Announcements"), Marked(items)]
    troubles = [
        line(f"{it.said.id}: ", _place(place), f": {row.error}")
        for it in found
        for place, row in it.deliveries
        if row is not None and row.state is DeliveryState.FAILED
    ]
    if troubles:
        blocks += [Paragraph(line(Bold("What did not arrive:"))), Bullets(tuple(troubles))]
    held = [it.said for it in found if it.said.state is AnnouncementState.HELD]
    if held:
        buttons = (Button(f"Send {it.id}", f"/announce release {it.id}", ButtonStyle.PRIMARY) for it in held[:4])
        blocks.append(Buttons(tuple(buttons)))
    lost = f", {failed} {'delivery' if failed == 1 else 'deliveries'} failed" if failed else ""
    summary = f"{_count(len(found))}{lost}"
    return Message(summary, tuple(blocks), Tone.WARNING if failed else Tone.INFO)


def _mark(it: Tracked) -> Mark:
    if any(row is not None and row.state is DeliveryState.FAILED for _, row in it.deliveries):
        return Mark.FAILED
    return MARKS[it.said.state]


def _line(it: Tracked) -> Line:
    said = it.said
    what = dict(said.facts).get("text", said.say) if said.say == "said" else said.say
    head = f"{said.id} {said.subject.replace('rollout:', '#').replace('plan:', '')}, {said.when}: {_short(what)} → {', '.join(said.to) or 'subscribers'}, "
    state = line(f"{said.state}, due ", Moment(said.due_at)) if said.due_at is not None else line(str(said.state))
    note = f" ({said.note})" if said.note else ""
    return (*line(head), *state, *line(f"{note}{_deliveries(it)}"))


def _deliveries(it: Tracked) -> str:
    states: dict[str, int] = {}
    for place, row in it.deliveries:
        state = "published" if place.platform == STATUS_PAGE else _state(row)
        states[state] = states.get(state, 0) + 1
    return "; " + ", ".join(f"{count} {state}" for state, count in states.items()) if states else ""


def _state(row: Delivery | None) -> str:
    return str(row.state) if row is not None else "unknown"


def _place(place: Destination) -> str:
    return f"{platform_name(place.platform)} {place.channel}"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"  # noqa: PLR2004  # What fits beside the rest of a line.


def render_said(said: Announcement, at: str = "") -> Message:
    """Say what will become of an announcement that somebody asked for or changed; `at` is when it is due, in words."""
    to, what = ", ".join(said.to) or "subscribers", f"Announcement {said.id}"
    match said.state:
        case AnnouncementState.CANCELLED:
            text = line(f"{what} is cancelled: nobody is told by it.")
        case _ if said.hold:
            due = f" is due {at} and" if at else ""
            text = line(f"{what} for {to}{due} waits for a yes: /announce release {said.id}.")
        case _ if at:
            text = line(f"{what} goes to {to}, due {at}.")
        case _ if said.due_at is not None and said.when == BY_HAND and said.due_at > said.created_at:
            text = line(f"{what} goes to {to}, due ", Moment(said.due_at), ".")
        case _:
            text = line(f"{what} goes to {to}.")
    return Message(plain_text(text), (Paragraph(text),), Tone.SUCCESS)


def render_start(plan: str, rows: Sequence[Announcement], at: str) -> Message:
    """Say what is announced ahead of a start that is planned for a moment, `at`, in words."""
    text = line(f"The start of {plan} is planned for {at}. Nothing starts by itself; this is announced ahead of it:")
    if not rows:
        text = line(f"The start of {plan} is planned for {at}; the plan announces nothing ahead of it.")
    items = tuple(line(Bold(it.when), " to ", ", ".join(it.to), ", ", *_goes_out(it), *_with_yes(it)) for it in rows)
    blocks: list[Block] = [Paragraph(text), *([Bullets(items)] if items else [])]
    return Message(plain_text(text), tuple(blocks), Tone.SUCCESS)


def _goes_out(it: Announcement) -> tuple[Moment | str, ...]:
    """Return when it is said; what is announced for a time that was over already is said now, as long as it is true."""
    return ("at once, because that time has passed",) if it.happened_at < it.created_at else (Moment(it.happened_at),)


def _with_yes(it: Announcement) -> tuple[str, ...]:
    return (", after a person's yes",) if it.hold else ()


def render_subscribed(subscription: Subscription, about: str) -> Message:
    """Say what is heard where from now on."""
    direct = subscription.channel.startswith("@")
    text = line(
        f"You hear of {about} in direct messages from now on."
        if direct
        else f"This channel hears of {about} from now on."
    )
    end = "/announce unsubscribe --me" if direct else "/announce unsubscribe"
    return Message(plain_text(text), (Paragraph(text), Note(line(f"{end} ends it."))), Tone.SUCCESS)


def render_unsubscribed(count: int) -> Message:
    """Say that it is heard no longer."""
    text = line(f"{count} {'subscription has' if count == 1 else 'subscriptions have'} ended.")
    return Message(plain_text(text), (Paragraph(text),), Tone.SUCCESS)


def render_subscriptions(found: Sequence[Subscription], about: Callable[[Subscription], str]) -> Message:
    """List what is heard here."""
    if not found:
        text = line("Nothing is heard here beside what plans announce. /announce subscribe changes that.")
        return Message(plain_text(text), (Paragraph(text),))
    items = tuple(
        line(
            Bold(f"{it.id}"),
            f" {about(it)}{' (direct messages)' if it.channel.startswith('@') else ''}, since ",
            Moment(it.since),
            f", by {it.by}",
        )
        for it in found
    )
    return Message(f"{len(found)} subscriptions", (Heading("Heard here"), Bullets(items)))
