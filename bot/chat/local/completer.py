"""Completion in the terminal: what the bot offers for a partial line, and the chat's own few commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_toolkit.completion import Completer, Completion

from bot.chat.characters import visible

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable

    from prompt_toolkit.completion import CompleteEvent
    from prompt_toolkit.document import Document

    from bot.chat.conversation import Conversation
    from bot.chat.local.seat import Seat

OWN_COMMANDS = {
    "/help": "every command, and the keys of this chat",
    "/join": "another channel: /join NAME",
    "/quit": "leave the chat (Ctrl-D does too)",
}


class ConversationCompleter(Completer):
    """Asks the conversation, from the seat in which the line would be said."""

    def __init__(self, conversation: Conversation, seat: Callable[[], Seat]) -> None:
        self._conversation = conversation
        self._seat = seat

    def get_completions(self, _document: Document, _complete_event: CompleteEvent) -> Iterable[Completion]:
        """Return nothing: the answers need the database, and so are given by the asynchronous form alone."""
        return ()

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """Yield what may replace the end of the text before the cursor, best first."""
        line = document.text_before_cursor
        if not line.strip() and not complete_event.completion_requested:
            # Whoever has typed nothing yet is reading, and a menu would cover the card.
            return
        offered = await self._conversation.complete(line, self._seat().origin())
        for candidate in offered:
            yield _completion(candidate.text, candidate.help, candidate.replaces)
        known = {candidate.text.strip() for candidate in offered}
        if line.startswith("/"):
            for name, meaning in OWN_COMMANDS.items():
                if name.startswith(line) and name not in known and name != line:
                    yield _completion(name, meaning, len(line))


def _completion(text: str, meaning: str, replaces: int) -> Completion:
    shown = visible(text)
    return Completion(shown, start_position=-replaces, display=shown, display_meta=visible(meaning))
