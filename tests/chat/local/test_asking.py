"""A button that needs words is done with the words that are typed after it, and not without them."""

from __future__ import annotations

import io

import pytest
from inline_snapshot import snapshot

from bot.chat.local.lines import LineChat
from bot.domain.form import Form, FormField
from bot.domain.message import Button, Buttons, Message, Paragraph, line, say
from bot.storage.store import SqlStore
from tests.chat.local.sample import Partner
from tests.fakes.clock import MovedClock

REPORT, SNOOZE, BACK = Button("Report a problem", "/problem"), Button("Snooze", "/snooze 1"), Button("Back", "/back")
CARD = Message("A card.", (Paragraph(line("A card.")), Buttons((REPORT, SNOOZE, BACK))))
WHAT = FormField("text", "What is wrong?", required=True, multiline=True, hint="What you did, what you saw.")
WHY = FormField("because", "Why?", required=True)
FORMS = {
    "/problem": Form("Report", say("Its operator sees it."), (WHAT,), "Report", "/problem --rollout 3"),
    "/snooze 1": Form("Snooze", say("It rests."), (FormField("for", "For how long?", required=True), WHY), "Go", "/snooze 1"),
    "/back": Form("Back", say("Everybody is out."), (FormField("because", "Why"),), "Back", "/back", danger=True),
}  # fmt: skip


class Pipe(io.StringIO):
    """A stream of a pipe: no terminal, UTF-8."""

    encoding = "utf-8"


@pytest.fixture
def partner() -> Partner:
    done = {command: say(f"Done: {command}") for command in ("/problem --rollout 3", "/snooze 1", "/back", "/list")}
    return Partner({"/card": CARD, **done}, forms=FORMS)


async def typed(partner: Partner, store: SqlStore, clock: MovedClock, *lines: str) -> str:
    """Have lines typed after the card was shown; return what is written from then on."""
    out = Pipe()
    chat = LineChat(partner, store, clock, "ann", "releases")
    await chat.run(io.BytesIO("\n".join(("/card", *lines)).encode()), out)
    return out.getvalue().partition("[3] Back: /back\n\n")[2]


async def test_the_next_line_is_the_text_that_was_asked_for(
    partner: Partner, store: SqlStore, clock: MovedClock
) -> None:
    assert await typed(partner, store, clock, "1", "it spins --critical for ever") == snapshot("""\
> 1 (/problem)
Its operator sees it.
What is wrong? Type it and press Enter. A command or a button's number leaves it undone.
What you did, what you saw.

> it spins --critical for ever
Done: /problem --rollout 3

""")
    # What is typed is a value and never an option.
    assert partner.lines[-1] == "/problem --rollout 3"
    assert partner.given[-1] == {"text": "it spins --critical for ever"}


async def test_what_takes_several_texts_asks_for_one_after_the_other(
    partner: Partner, store: SqlStore, clock: MovedClock
) -> None:
    assert await typed(partner, store, clock, "2", "30m", "we wait") == snapshot("""\
> 2 (/snooze 1)
It rests.
For how long? Type it and press Enter. A command or a button's number leaves it undone.

> 30m
Why? Type it and press Enter. A command or a button's number leaves it undone.

> we wait
Done: /snooze 1

""")
    assert (partner.lines[-1], partner.given[-1]) == ("/snooze 1", {"for": "30m", "because": "we wait"})


@pytest.mark.parametrize("instead", ["/list", "3"])
async def test_a_command_or_another_button_leaves_it_undone(
    partner: Partner, store: SqlStore, clock: MovedClock, instead: str
) -> None:
    await typed(partner, store, clock, "1", instead, "it spins")
    assert partner.lines[1:] == ["/list" if instead == "/list" else "/back", "it spins"]
    assert partner.given == [{}, {}, {}]


async def test_what_needs_no_text_is_done_at_once(partner: Partner, store: SqlStore, clock: MovedClock) -> None:
    await typed(partner, store, clock, "3")
    assert partner.lines == ["/card", "/back"]


async def test_a_number_that_presses_nothing_may_be_the_text(
    partner: Partner, store: SqlStore, clock: MovedClock
) -> None:
    await typed(partner, store, clock, "1", "500")
    assert partner.given[-1] == {"text": "500"}
