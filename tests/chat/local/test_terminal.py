"""The chat in a terminal, driven by keys and read as the terminal would."""

from __future__ import annotations

import asyncio
import io
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output

from bot.chat.local.drawing import draw
from bot.chat.local.guidance import welcome
from bot.chat.local.outbound import LocalPlatform
from bot.chat.local.seat import Seat
from bot.chat.local.terminal import LocalChat
from bot.domain.form import Form, FormField
from bot.domain.message import Button, Buttons, Message, Moment, Paragraph, line, say
from bot.storage.store import SqlStore
from commands.completion import Candidate
from tests.chat.local.sample import ADVANCE, PAUSE, READER, SMALL_CARD, Partner, without_looks
from tests.fakes.clock import MovedClock

YES, NO = Button("Yes", "/confirm abc"), Button("No", "/no")
QUESTION = Message("Sure?", (Paragraph(line("Sure?")), Buttons((YES, NO))))
ENTER, CTRL_C, CTRL_D, CTRL_R, UP, TAB = "\r", "\x03", "\x04", "\x12", "\x1b[A", "\t"


class Paper(io.StringIO):
    """A terminal's output as one long text; `until` waits for words to appear on it."""

    encoding = "utf-8"

    def __init__(self) -> None:
        super().__init__()
        self._written = asyncio.Event()

    def write(self, text: str) -> int:
        self._written.set()
        return super().write(text)

    async def until(self, words: str, since: int = 0) -> int:
        """Return the length of what is written once the words stand somewhere after `since`."""
        async with asyncio.timeout(20):
            while words not in self.words()[since:]:
                self._written.clear()
                await self._written.wait()
        return len(self.words())

    def words(self) -> str:
        return without_looks(self.getvalue())


@dataclass
class Terminal:
    """A chat in a terminal, its keyboard and what it writes."""

    chat: LocalChat
    keyboard: PipeInput
    paper: Paper = field(default_factory=Paper)
    size: Size = field(default_factory=lambda: Size(rows=40, columns=80))

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Run the chat until the block ends, then leave it by Ctrl-D."""
        out = Vt100_Output(
            self.paper, lambda: self.size, term="xterm", default_color_depth=ColorDepth.DEPTH_1_BIT, enable_cpr=False
        )
        running = asyncio.create_task(self.chat.run(self.keyboard, out))
        try:
            await self.paper.until("ann@releases>")
            yield
            self.keyboard.send_text(CTRL_D)
            await running
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    def type(self, *keys: str) -> None:
        self.keyboard.send_text("".join(keys))


@pytest.fixture
def partner() -> Partner:
    return Partner({"/rollback": QUESTION, "/confirm abc": say("Everybody has the old flow again.")})


@pytest.fixture
async def terminal(
    partner: Partner, store: SqlStore, clock: MovedClock, posted: asyncio.Event, tmp_path: Path
) -> AsyncIterator[Terminal]:
    chat = LocalChat(
        partner, store, clock, "ann", "releases", posted=posted, history=tmp_path / "home" / "history", zone=READER.zone
    )
    with create_pipe_input() as keyboard:
        yield Terminal(chat, keyboard)


async def test_a_newcomer_is_told_what_to_type_in_six_lines(terminal: Terminal) -> None:
    assert len(draw(welcome(Seat("ann", "releases")), READER, 80).splitlines()) <= 6
    async with terminal.open():
        pass
    assert "/plan list shows the plans there are" in terminal.paper.words()
    assert "ann@releases>" in terminal.paper.words()


async def test_a_line_is_answered_above_the_prompt(terminal: Terminal, partner: Partner) -> None:
    async with terminal.open():
        terminal.type("/rollback", ENTER)
        await terminal.paper.until("[2] No")
    assert partner.lines == ["/rollback"]
    assert "ann@releases> /rollback\n" in terminal.paper.words().replace("\r", "")
    assert partner.origins[0].platform_id == "ann"


async def test_a_number_presses_the_button_of_the_latest_answer(terminal: Terminal, partner: Partner) -> None:
    async with terminal.open():
        terminal.type("/rollback", ENTER)
        await terminal.paper.until("[1] Yes")
        terminal.type("1", ENTER)
        await terminal.paper.until("Everybody has the old flow again.")
        assert "Yes: /confirm abc" in terminal.paper.words()
        terminal.type("1", ENTER)
        await terminal.paper.until("No button is on show")
        terminal.type("/rollback", ENTER, "9", ENTER)
        await terminal.paper.until("On show: 1 to 2.")
    assert partner.lines == ["/rollback", "/confirm abc", "/rollback"]


async def test_a_button_that_needs_words_asks_for_them(terminal: Terminal, partner: Partner) -> None:
    field = FormField("text", "What is wrong?", required=True)
    partner.forms["/confirm abc"] = Form("Report", say("Its operator sees it."), (field,), "Report", "/confirm abc")
    async with terminal.open():
        terminal.type("/rollback", ENTER)
        await terminal.paper.until("[1] Yes")
        terminal.type("1", ENTER)
        await terminal.paper.until("What is wrong? Type it and press Enter.")
        assert partner.lines == ["/rollback"]
        terminal.type("it spins for ever", ENTER)
        await terminal.paper.until("Everybody has the old flow again.")
        terminal.type("it spins again", ENTER)
        await terminal.paper.until("No answer to it spins again.")
    assert partner.lines == ["/rollback", "/confirm abc", "it spins again"]
    assert partner.given == [{}, {"text": "it spins for ever"}, {}]


async def test_who_types_ahead_means_the_buttons_of_the_answer_to_come(terminal: Terminal, partner: Partner) -> None:
    async with terminal.open():
        terminal.type("/rollback", ENTER, "1", ENTER)
        await terminal.paper.until("Everybody has the old flow again.")
    assert partner.lines == ["/rollback", "/confirm abc"]


async def test_a_card_stands_above_the_prompt_and_changes_in_place(
    terminal: Terminal, partner: Partner, platform: LocalPlatform
) -> None:
    reference = await platform.post("releases", "card:rollout:1", SMALL_CARD)
    async with terminal.open():
        await terminal.paper.until("[1] Advance to 50%   [2] Pause")
        await platform.edit("releases", reference, Message("x", (*SMALL_CARD.blocks[:1], Buttons((PAUSE,)))))
        await terminal.paper.until("[1] Pause")
        terminal.type("1", ENTER)
        assert await partner.heard.get() == PAUSE.command


async def test_a_card_that_changes_while_a_number_is_typed_does_not_move_it(
    terminal: Terminal, partner: Partner, platform: LocalPlatform
) -> None:
    reference = await platform.post("releases", "card:rollout:1", SMALL_CARD)
    async with terminal.open():
        seen = await terminal.paper.until("[1] Advance to 50%")
        terminal.type("1")
        await terminal.paper.until("1", seen)
        await platform.edit("releases", reference, Message("x", (Buttons((PAUSE,)),)))
        await terminal.paper.until("[1] Pause")
        terminal.type(ENTER)
        assert await partner.heard.get() == ADVANCE.command


async def test_the_cards_numbers_follow_those_of_an_open_question(
    terminal: Terminal, partner: Partner, platform: LocalPlatform
) -> None:
    await platform.post("releases", "card:rollout:1", SMALL_CARD)
    async with terminal.open():
        terminal.type("/rollback", ENTER)
        await terminal.paper.until("[3] Advance to 50%   [4] Pause")
        await partner.heard.get()
        terminal.type("4", ENTER)
        assert await partner.heard.get() == PAUSE.command


async def test_posts_are_shown_once_and_those_of_other_channels_not(
    terminal: Terminal, platform: LocalPlatform
) -> None:
    for number in range(5):
        await platform.post("releases", f"old:{number}", say(f"Earlier {number}."))
    async with terminal.open():
        await platform.post("elsewhere", "new", say("Not for this channel."))
        await platform.post("releases", "new", say("We begin."))
        await terminal.paper.until("We begin.")
        terminal.type("/x", ENTER)
        await terminal.paper.until("No answer to /x.")
    words = terminal.paper.words()
    assert words.count("We begin.") == 1
    assert "#releases · 10:00" in words
    assert "Not for this channel." not in words
    assert [number for number in range(5) if f"Earlier {number}." in words] == [2, 3, 4]


async def test_posts_of_another_process_are_found_within_two_seconds(
    terminal: Terminal, store: SqlStore, clock: MovedClock
) -> None:
    async with terminal.open():
        await LocalPlatform(store, clock).post("releases", "new", say("From elsewhere."))
        # The poke comes from the clock: nobody sets the event.
        terminal.type("/x", ENTER)
        await terminal.paper.until("No answer to /x.")
        await LocalPlatform(store, clock).post("releases", "newer", say("From elsewhere, later."))
        clock.advance(timedelta(seconds=2))
        await terminal.paper.until("From elsewhere, later.")


async def test_joining_another_channel_shows_its_cards_and_speaks_there(
    terminal: Terminal, partner: Partner, platform: LocalPlatform
) -> None:
    await platform.post("team", "card:rollout:2", SMALL_CARD)
    async with terminal.open():
        terminal.type("/join #team", ENTER)
        await terminal.paper.until("You are now in #team.")
        await terminal.paper.until("[1] Advance to 50%")
        terminal.type("/x", ENTER)
        await terminal.paper.until("ann@team> /x")
        await partner.heard.get()
        terminal.type("/join", ENTER)
        await terminal.paper.until("Name the channel to go to")
    assert partner.origins[0].channel == "team"


async def test_help_gives_the_bots_answer_and_the_keys(terminal: Terminal, partner: Partner) -> None:
    partner.answers["/help"] = say("Every command there is.")
    async with terminal.open():
        terminal.type("/help", ENTER)
        await terminal.paper.until("Every command there is.")
        await terminal.paper.until("Keys of this chat")


async def test_ctrl_c_clears_the_line_and_stays(terminal: Terminal, partner: Partner) -> None:
    async with terminal.open():
        terminal.type("/never", CTRL_C, "/x", ENTER)
        await terminal.paper.until("No answer to /x.")
    assert partner.lines == ["/x"]


async def test_ctrl_c_ends_a_search_of_the_history(terminal: Terminal, partner: Partner) -> None:
    async with terminal.open():
        terminal.type("/first", ENTER)
        await terminal.paper.until("No answer to /first.")
        terminal.type(CTRL_R, "fir", CTRL_C, "/x", ENTER)
        await terminal.paper.until("No answer to /x.")
    assert partner.lines == ["/first", "/x"]


async def test_quit_leaves_and_what_was_typed_before_is_done(terminal: Terminal, partner: Partner) -> None:
    async with terminal.open():
        terminal.type("/x", ENTER, "/quit", ENTER)
        await terminal.paper.until("No answer to /x.")
    assert partner.lines == ["/x"]


async def test_empty_lines_are_no_commands_and_pasted_lines_are_several(terminal: Terminal, partner: Partner) -> None:
    async with terminal.open():
        terminal.type(ENTER, "  ", ENTER, "\x1b[200~/a\n\n/b\x1b[201~", ENTER)
        await terminal.paper.until("No answer to /b.")
    assert partner.lines == ["/a", "/b"]


async def test_earlier_lines_come_back_from_a_history_nobody_else_can_read(
    terminal: Terminal, partner: Partner, tmp_path: Path
) -> None:
    async with terminal.open():
        terminal.type("/first", ENTER)
        await terminal.paper.until("No answer to /first.")
        terminal.type(UP, ENTER)
        assert [await partner.heard.get(), await partner.heard.get()] == ["/first", "/first"]
    history = tmp_path / "home" / "history"
    assert "/first" in history.read_text(encoding="utf-8")
    assert stat.S_IMODE(history.stat().st_mode) == 0o600


async def test_a_history_that_cannot_be_kept_is_done_without(
    partner: Partner, store: SqlStore, clock: MovedClock, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    chat = LocalChat(partner, store, clock, "ann", "releases", history=tmp_path / "file" / "history")
    with create_pipe_input() as keyboard:
        terminal = Terminal(chat, keyboard)
        async with terminal.open():
            terminal.type("/x", ENTER)
            await terminal.paper.until("No answer to /x.")


async def test_completion_shows_what_a_word_may_become(terminal: Terminal, partner: Partner) -> None:
    partner.candidates = (Candidate("/rollout", "move a rollout", 2), Candidate("/rollback", "undo", 2))
    async with terminal.open():
        terminal.type("/r")
        await terminal.paper.until("move a rollout")
        terminal.type(TAB, ENTER)
        assert await partner.heard.get() == "/rollout"


@pytest.mark.parametrize("size", [Size(rows=24, columns=39), Size(rows=10, columns=20), Size(rows=3, columns=5)])
async def test_no_terminal_is_too_small(
    partner: Partner, store: SqlStore, clock: MovedClock, platform: LocalPlatform, size: Size
) -> None:
    await platform.post("releases", "card:rollout:1", SMALL_CARD)
    with create_pipe_input() as keyboard:
        chat = LocalChat(partner, store, clock, "ann", "releases")
        terminal = Terminal(chat, keyboard, size=size)
        running = asyncio.create_task(
            chat.run(keyboard, Vt100_Output(terminal.paper, lambda: size, term="xterm", enable_cpr=False))
        )
        terminal.type("/x", ENTER)
        assert await partner.heard.get() == "/x"
        terminal.type(CTRL_D)
        await running


async def test_nothing_a_person_writes_reaches_the_terminal_as_a_command(
    terminal: Terminal, partner: Partner, platform: LocalPlatform
) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J\u202e"
    partner.answers["/x"] = say(evil)
    await platform.post("releases", "card:rollout:1", say(evil))
    async with terminal.open():
        await platform.post("releases", "new", say(evil))
        await terminal.paper.until("\\x1b]0;owned")
        terminal.type("\x1b[200~/x \x1b[2J\x1b[201~", ENTER, "/x", ENTER)
        await partner.heard.get()
        await partner.heard.get()
    written = terminal.paper.getvalue()
    assert "owned\x07" not in written
    assert "\x1b[2J" not in written
    assert "\u202e" not in written


async def test_a_cancelled_chat_gives_the_terminal_back(terminal: Terminal) -> None:
    running = asyncio.create_task(
        terminal.chat.run(
            terminal.keyboard,
            Vt100_Output(terminal.paper, lambda: terminal.size, term="xterm", enable_cpr=False),
        )
    )
    await terminal.paper.until("ann@releases>")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_an_idle_chat_redraws_by_the_minute_and_not_by_the_poll(
    terminal: Terminal, store: SqlStore, clock: MovedClock, platform: LocalPlatform
) -> None:
    await platform.post("releases", "card:rollout:1", say("Due ", Moment(clock.now() + timedelta(minutes=3))))
    async with terminal.open():
        await terminal.paper.until("in 3 min")
        clock.advance(timedelta(seconds=62))
        await terminal.paper.until("2")
        terminal.type("/x", ENTER)
        await terminal.paper.until("No answer to /x.")
    assert "in 2 min" in terminal.paper.words()
