"""The chat where standard input is no terminal: line by line in, plain text out, and an end at the end of the input."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING

from bot.chat.characters import visible
from bot.chat.conversation import NOTHING_GIVEN
from bot.chat.local.asking import Asking, before_press, question, takes
from bot.chat.local.choices import Choices
from bot.chat.local.feed import Feed, is_card, until_poked
from bot.chat.local.plain import plain_message, signs_for
from bot.chat.local.render import write_line
from bot.chat.local.seat import Seat
from bot.chat.local.wording import Reader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from datetime import tzinfo
    from typing import BinaryIO, TextIO

    from bot.chat.conversation import Conversation
    from bot.domain.message import Button, Message
    from bot.domain.outbox import Post
    from bot.ports import Clock, Store

COMMENT = "#"

_READ_AHEAD = 100
"""So many lines are read before the first of them is done; more wait in the pipe."""


class LineChat:
    """A conversation by lines. `settled`, where given, is awaited after each line: the posts of a command follow it."""

    def __init__(
        self,
        conversation: Conversation,
        store: Store,
        clock: Clock,
        person: str,
        channel: str,
        *,
        posted: asyncio.Event | None = None,
        settled: Callable[[], Awaitable[None]] | None = None,
        zone: tzinfo | None = None,
    ) -> None:
        self._conversation = conversation
        self._clock = clock
        self._seat = Seat(person, channel)
        self._feed = Feed(store, channel)
        self._posted = posted or asyncio.Event()
        self._settled = settled
        self._zone = zone
        self._choices = Choices()
        self._asking: Asking | None = None
        # While a line is being done, what it makes the bot post waits until the answer is shown.
        self._turn = asyncio.Lock()

    async def run(self, source: BinaryIO, out: TextIO) -> int:
        """Do each line of `source` in turn and return the exit code at its end; refusals are answers, no failures."""
        # What was posted before is no news.
        await self._feed.news()
        watcher = asyncio.create_task(self._watch(out))
        try:
            async for line in lines_of(source):
                async with self._turn:
                    await self._line(line.strip(), out)
        finally:
            # Not while it has read what it has still to show: that would be shown by nobody.
            async with self._turn:
                watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watcher
        await self._show_news(out)
        return 0

    async def _line(self, line: str, out: TextIO) -> None:
        if not line or line.startswith(COMMENT):
            return
        button, asking, self._asking = self._choices.pressed(line), self._asking, None
        write_line(f"> {visible(line)}" + (f" ({visible(button.command)})" if button else ""), out)
        if button:
            asking = await before_press(self._conversation, button, self._seat.origin())
        elif asking is not None:
            asking = asking.answered(line) if takes(asking, line) else None
        if asking is not None and (field := asking.field) is not None:
            self._asking = asking
            self._show(question(asking, field), out, numbered=False)
        elif asking is not None:
            await self._say(asking.form.command, dict(asking.given), asking.button, out)
        else:
            await self._say(button.command if button else line, NOTHING_GIVEN, button, out)

    async def _say(self, line: str, given: Mapping[str, str], button: Button | None, out: TextIO) -> None:
        reply = await self._conversation.handle(line, self._seat.origin(), given)
        if button:
            self._choices = self._choices.after_press(button)
        self._choices = self._choices.after_reply(reply.message)
        self._show(reply.message, out, numbered=True)
        if self._settled is not None:
            await self._settled()
        await self._show_news(out)

    async def _watch(self, out: TextIO) -> None:
        while True:
            await until_poked(self._posted, self._clock)
            async with self._turn:
                await self._show_news(out)

    async def _show_news(self, out: TextIO) -> None:
        for post in await self._feed.news():
            self._show_post(post, out)

    def _show_post(self, post: Post, out: TextIO) -> None:
        """Show a post whole, and of a card, which changes often, the sentence that says it all."""
        if is_card(post):
            write_line(f"#{visible(post.channel)}: {visible(post.message.summary)}\n", out)
            out.flush()
        else:
            write_line(f"#{visible(post.channel)}:", out)
            self._show(post.message, out, numbered=False)

    def _show(self, message: Message, out: TextIO, *, numbered: bool) -> None:
        reader = Reader(self._clock.now(), self._zone)
        write_line(plain_message(message, reader, signs_for(out.encoding), numbered=numbered) + "\n", out)
        out.flush()


async def lines_of(source: BinaryIO) -> AsyncIterator[str]:
    """Yield the lines of a blocking stream without blocking anybody; bytes that are no UTF-8 become `\N{REPLACEMENT CHARACTER}`.

    A daemon thread reads, because a read that never returns must not keep the process from ending.
    """
    loop = asyncio.get_running_loop()
    arrived: asyncio.Queue[bytes] = asyncio.Queue()
    room = threading.Semaphore(_READ_AHEAD)

    def read() -> None:
        # The loop may be closed by the time a line arrives; then nobody wants it any more.
        with contextlib.suppress(RuntimeError):
            line = b"-"
            while line:
                room.acquire()
                line = source.readline()
                loop.call_soon_threadsafe(arrived.put_nowait, line)

    threading.Thread(target=read, name="standard input", daemon=True).start()
    while line := await arrived.get():
        room.release()
        yield line.decode("utf-8", "replace").removeprefix("\ufeff")
