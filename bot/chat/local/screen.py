"""The terminal as the chat uses it: one prompt that stays, cards above it that change in place, the rest scrolls up."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import has_focus
from prompt_toolkit.formatted_text import ANSI, to_formatted_text
from prompt_toolkit.history import FileHistory, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.shortcuts import CompleteStyle, print_formatted_text
from prompt_toolkit.styles import Style

from bot.chat.local.board import Board
from bot.chat.local.drawing import draw
from bot.chat.local.wording import Reader

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo
    from pathlib import Path

    from prompt_toolkit.buffer import Buffer
    from prompt_toolkit.completion import Completer
    from prompt_toolkit.formatted_text import StyleAndTextTuples
    from prompt_toolkit.history import History
    from prompt_toolkit.input import Input
    from prompt_toolkit.key_binding import KeyPressEvent
    from prompt_toolkit.output import Output

    from bot.domain.message import Message
    from bot.ports import Clock

_MENU_LINES = 6
_NARROW = 40
_STYLE = Style.from_dict(
    {
        "prompt": "bold",
        "bottom-toolbar": "noreverse fg:ansibrightblack",
        "auto-suggestion": "fg:ansibrightblack",
    }
)


class Screen:
    """What stands on the terminal. `board`, `first_number`, `prompt` and `hint` may be changed; `refresh` redraws.

    `typed` is called with each line, `touched` with the text whenever it changes.
    """

    def __init__(
        self,
        clock: Clock,
        completer: Completer,
        typed: Callable[[str], None],
        touched: Callable[[str], None],
        *,
        history: Path | None = None,
        zone: tzinfo | None = None,
        colour: bool | None = None,
        source: Input | None = None,
        out: Output | None = None,
    ) -> None:
        self.board = Board()
        self.first_number = 1
        self.prompt = ""
        self.hint = ""
        self._clock = clock
        self._zone = zone
        self._colour = colour
        self._drawn_for: tuple[object, ...] = ()
        self._drawn: StyleAndTextTuples = []
        self._session: PromptSession[str] = PromptSession(
            self._above_and_prompt,
            completer=completer,
            complete_style=CompleteStyle.COLUMN,
            auto_suggest=AutoSuggestFromHistory(),
            history=_history(history),
            key_bindings=_keys(),
            bottom_toolbar=lambda: self.hint,
            style=_STYLE,
            reserve_space_for_menu=_MENU_LINES,
            erase_when_done=True,
            enable_suspend=True,
            input=source,
            output=out,
        )

        def accept(buffer: Buffer) -> bool:
            # The prompt stays for the whole chat: a line is handed on and does not end it, as it would by default.
            typed(buffer.text)
            return False

        self._session.default_buffer.accept_handler = accept
        self._session.default_buffer.on_text_changed += lambda buffer: touched(buffer.text)

    @property
    def width(self) -> int:
        """Return how many columns the terminal has now."""
        return self._session.app.output.get_size().columns

    async def run(self) -> None:
        """Take lines until the person leaves."""
        # Ctrl-D on an empty line is how one leaves; it is no error.
        with contextlib.suppress(EOFError):
            await self._session.prompt_async()

    def leave(self) -> None:
        """End `run`."""
        if self._session.app.is_running:
            self._session.app.exit(result="")

    async def show(self, message: Message, *, first_number: int | None = None) -> None:
        """Print a message above the cards and the prompt."""
        reader = Reader(self._clock.now(), self._zone)
        await self.write(draw(message, reader, self.width, first_number=first_number, colour=self._colour) + "\n")

    async def write(self, text: str) -> None:
        """Print text with ANSI colours above the cards and the prompt."""
        output = self._session.app.output
        await run_in_terminal(lambda: print_formatted_text(ANSI(text), end="", output=output))

    def refresh(self) -> None:
        """Redraw if anything would look different: the cards, or how far off their moments are."""
        if self._drawn_for != self._looks():
            self._session.app.invalidate()

    def _looks(self) -> tuple[object, ...]:
        """Return all that the looks depend on, apart from the line being typed; countdowns change by the minute."""
        size = self._session.app.output.get_size()
        revisions = tuple(post.revision for post in self.board.cards)
        minute = int(self._clock.now().timestamp() // 60) if revisions else 0
        return (revisions, minute, self.first_number, size, self.prompt, self.hint)

    def _above_and_prompt(self) -> StyleAndTextTuples:
        looks = self._looks()
        if looks != self._drawn_for:
            self._drawn_for = looks
            self._drawn = self._above()
        prompt = self.prompt if self.width >= _NARROW else ""
        return [*self._drawn, ("class:prompt", f"{prompt}> ")]

    def _above(self) -> StyleAndTextTuples:
        size = self._session.app.output.get_size()
        # Half of the window is for the conversation and for what completion offers.
        height = size.rows // 2
        reader = Reader(self._clock.now(), self._zone)
        drawn = self.board.drawn(reader, size.columns, height, self.first_number, colour=self._colour)
        return to_formatted_text(ANSI(drawn))


def _keys() -> KeyBindings:
    bindings = KeyBindings()

    # While searching, Ctrl-C ends the search and is not ours.
    @bindings.add("c-c", filter=has_focus(DEFAULT_BUFFER))
    @bindings.add("<sigint>")
    def clear_the_line(event: KeyPressEvent) -> None:
        # Emptied first, because resetting alone tells nobody that the text has changed.
        event.current_buffer.text = ""
        event.current_buffer.reset()

    return bindings


def _history(path: Path | None) -> History:
    """Return the lines typed in earlier sessions, or none where the file cannot be kept."""
    if path is None:
        return InMemoryHistory()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Reasons and names stand in it: it is nobody else's to read.
        path.touch(mode=0o600)
        with path.open("ab"):
            return FileHistory(path)
    except OSError:
        return InMemoryHistory()
