"""Says who somebody is and what they may do, who may do something, and that identities were tied or untied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.access import EVERYBODY
from bot.domain.message import (
    Block,
    Bold,
    Bullets,
    Code,
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
from bot.domain.team import PLATFORM_NAMES, listed, platform_name

if TYPE_CHECKING:
    from bot.domain.access_view import Able, Mine, Offered, Place
    from bot.domain.link import Link
    from bot.domain.team import Identity

NOBODY_LISTED = "There is no team file: whoever is at the terminal is an owner, and nobody else has a role."


def render_me(mine: Mine) -> Message:
    """Tell somebody who they are here and what they may do, where."""
    roles = listed(mine.roles, "and") if mine.roles else "none"
    summary = (
        f"You are {mine.person}; your role is {roles}." if mine.roles else f"You are {mine.person}, without a role."
    )
    fields: tuple[tuple[str, Line], ...] = (
        ("Name", line(Bold(mine.person))),
        ("Roles", line(roles)),
        ("May", line(listed([str(it) for it in mine.may], "and"))),
    )
    blocks: list[Block] = [
        Heading(summary),
        Fields(fields),
        Paragraph(line("Known as:")),
        Bullets(tuple(_identity(it, tied=it in mine.tied) for it in mine.identities)),
        Paragraph(line("Environments:")),
        Marked(tuple(_place(it) for it in mine.places)),
    ]
    if mine.listed:
        blocks.append(Note(line("/access link ties your identity on another platform to your name.")))
    elif mine.has_team_file:
        blocks.append(Note(line("The team file does not know you on this platform.")))
    else:
        blocks.append(Note(line(NOBODY_LISTED)))
    return Message(summary, tuple(blocks), private=True)


def _identity(identity: Identity, *, tied: bool) -> Line:
    how = ", tied in chat" if tied else ""
    return line(f"{PLATFORM_NAMES.get(identity.platform, 'e-mail')} ", Code(identity.name), how)


def _place(place: Place) -> tuple[Mark, Line]:
    if not place.may:
        return Mark.OPEN, line(Bold(place.environment), ": you may look, and report problems")
    may = listed([str(it) for it in place.may], "and")
    here = "here too" if place.here else "not here"
    back = "; going back works from here" if place.going_down and not place.here else ""
    return (Mark.DONE if place.here else Mark.OPEN), line(
        Bold(place.environment), f": {may}, from {place.where} ({here}{back})"
    )


def render_who(able: Able) -> Message:
    """Say who may do something, or who has a role."""
    title = _title(able)
    blocks: list[Block] = [Heading(title)]
    if able.permission in EVERYBODY:
        blocks.append(Paragraph(line("Everybody may, in every channel the bot is in.")))
    elif able.people:
        rows = tuple((name, ", ".join(roles)) for name, roles in able.people)
        blocks.append(Table(("Who", "By role"), rows))
    else:
        blocks.append(Paragraph(line("Nobody in the team file." if able.has_team_file else NOBODY_LISTED)))
    if able.permission is not None and able.permission not in EVERYBODY and able.roles:
        blocks.append(Note(line(f"Roles: {', '.join(able.roles)}.")))
    if able.where:
        blocks.append(Note(line(f"{able.environment} is changed from {able.where}.")))
    return Message(title, tuple(blocks), private=True)


def _title(able: Able) -> str:
    if able.permission is None:
        return f"Who has the role {able.role}"
    return f"Who may {able.permission}" + (f" in {able.environment}" if able.environment else "")


def render_offered(offered: Offered) -> Message:
    """Tell a code to the person who asked for it, and to nobody else."""
    text = line(
        "Type ",
        Code(f"/access link {offered.code}"),
        f" on the other platform, to be {offered.person} there as well. It works once, until ",
        Moment(offered.expires_at),
        ".",
    )
    warning = Note(line("Whoever says this code becomes you, with your roles: show it to nobody."))
    summary = f"A code for {offered.person} was made; it is in this answer alone."
    return Message(summary, (Paragraph(text), warning), Tone.QUESTION, private=True)


def render_linked(link: Link) -> Message:
    """Say whose identity this is now."""
    text = line("You are ", Bold(link.person), f" in {platform_name(link.identity.platform)} from now on.")
    more = Note(line("/access me shows what you may do; /access unlink takes it back."))
    return Message(plain_text(text), (Paragraph(text), more), Tone.SUCCESS, private=True)


def render_unlinked(gone: tuple[Identity, ...]) -> Message:
    """Say which identities are nobody's any more."""
    names = listed([f"{it.name} ({platform_name(it.platform)})" for it in gone], "and")
    verb = "is" if len(gone) == 1 else "are"
    text = line(f"{names} {verb} not tied to you any more.")
    return Message(plain_text(text), (Paragraph(text),), Tone.SUCCESS, private=True)
