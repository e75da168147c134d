"""Messages that hold one of everything, and somebody to talk to."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.chat.conversation import NOTHING_GIVEN, Outcome, Reply
from bot.chat.local.wording import Reader
from bot.domain.message import (
    Bold,
    Bullets,
    Button,
    Buttons,
    ButtonStyle,
    Code,
    Fields,
    Heading,
    Mark,
    Marked,
    Message,
    Moment,
    Note,
    Paragraph,
    Progress,
    Table,
    Tone,
    Verbatim,
    line,
    say,
)
from tests.fakes.clock import START

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.chat.conversation import Origin
    from bot.domain.form import Form
    from commands.completion import Candidate

READER = Reader(START, ZoneInfo("Europe/Berlin"))

ADVANCE = Button("Advance to 50%", "/rollout to 50% --rollout 3 --version 7", ButtonStyle.PRIMARY)
PAUSE = Button("Pause", "/rollout pause --rollout 3 --version 7")
BACK = Button("Roll back", "/rollout rollback --rollout 3 --version 7", ButtonStyle.DANGER)

CARD = Message(
    "Verification flow is at 25% of servers.",
    (
        Heading("Verification flow · rollout #3"),
        Progress(25, "of servers, step 3 of 5"),
        Fields(
            (
                ("Phase", line("Gradual rollout")),
                ("Environment", line("production")),
                ("Soak ends", line(Moment(START + timedelta(hours=3, minutes=20)))),
                ("Started by", line(Bold("ann"))),
                ("Reason", line("support is quiet, and the partners who asked for it are waiting since last week")),
            )
        ),
        Marked(
            (
                (Mark.DONE, line("Inside the company")),
                (Mark.CURRENT, line("25% for 24 hours")),
                (Mark.OPEN, line("100%, from ", Moment(START + timedelta(days=2), relative=False))),
                (Mark.SKIPPED, line("A second pair of eyes (skipped: nobody was there)")),
                (Mark.FAILED, line(Code("error_rate < 0.5%"), " is 0.9%")),
            )
        ),
        Paragraph(line("Two things are left to do:")),
        Bullets((line("read the error log"), line("tell support"))),
        Table(("Flag", "Before", "After"), (("verification_flow", "10%", "25%"), ("新しい流れ", "off", "on"))),
        Verbatim('{"seq": 1}\n\t{"seq": 2}\n'),
        Note(line("Type ", Code("/checklist show"), " to see all of it.")),
        Buttons((ADVANCE, PAUSE)),
        Buttons((BACK,)),
    ),
    Tone.WARNING,
)

SMALL_CARD = Message("The card at 25%.", (Heading("The card"), Progress(25, "of servers"), Buttons((ADVANCE, PAUSE))))

_LOOKS = re.compile(r"\x1b\[[0-9;]*m")
_END = re.compile(r" +$", re.MULTILINE)


def without_looks(drawn: str) -> str:
    """Return drawn text without its colours, and without spaces at the ends of lines, where nobody sees them."""
    return _END.sub("", _LOOKS.sub("", drawn))


@dataclass
class Partner:
    """A conversation that gives prepared answers and keeps what it was told.

    `heard` has every line as it comes, for whoever waits for it.
    """

    answers: dict[str, Message] = field(default_factory=dict)
    candidates: tuple[Candidate, ...] = ()
    forms: dict[str, Form] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    given: list[dict[str, str]] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
    completed_for: list[Origin] = field(default_factory=list)
    heard: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    async def handle(self, text: str, origin: Origin, given: Mapping[str, str] = NOTHING_GIVEN) -> Reply:
        self.lines.append(text)
        self.given.append(dict(given))
        self.origins.append(origin)
        self.heard.put_nowait(text)
        answer = self.answers.get(text)
        if answer is None:
            return Reply(say(f"No answer to {text}.", tone=Tone.WARNING), Outcome.NOT_UNDERSTOOD)
        return Reply(answer, Outcome.DONE)

    async def ask(self, text: str, origin: Origin) -> Form | Reply | None:
        assert origin.platform_id
        return self.forms.get(text)

    def knows(self, origin: Origin) -> bool:
        return bool(origin.platform_id)

    async def home(self, origin: Origin) -> Message:
        raise AssertionError(f"the terminal has no page of {origin.platform_id}")

    async def complete(self, text: str, origin: Origin) -> tuple[Candidate, ...]:
        self.completed_for.append(origin)
        return self.candidates
