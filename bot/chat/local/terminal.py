"""The chat in a terminal: a person types in a channel, and sees its cards, its posts and the answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from prompt_toolkit.application import create_app_session
from prompt_toolkit.patch_stdout import patch_stdout

from bot.chat.characters import visible
from bot.chat.conversation import NOTHING_GIVEN, Outcome
from bot.chat.local.asking import Asking, before_press, question, takes
from bot.chat.local.board import Board
from bot.chat.local.choices import Choices
from bot.chat.local.completer import ConversationCompleter
from bot.chat.local.feed import Feed, is_card, until_poked
from bot.chat.local.guidance import joined, keys, no_such_button, welcome, which_channel
from bot.chat.local.screen import Screen
from bot.chat.local.seat import Seat

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo
    from pathlib import Path

    from prompt_toolkit.input import Input
    from prompt_toolkit.output import Output

    from bot.chat.conversation import Conversation
    from bot.domain.message import Button
    from bot.domain.outbox import Post
    from bot.ports import Clock, Store

_EARLIER_POSTS = 3
_ROOMY = 70


class LocalChat:
    """A person in a channel, at a terminal, until they leave.

    `posted` is set by whatever posts in this process; posts of other processes are looked for every two seconds.
    """

    def __init__(
        self,
        conversation: Conversation,
        store: Store,
        clock: Clock,
        person: str,
        channel: str,
        *,
        posted: asyncio.Event | None = None,
        history: Path | None = None,
        zone: tzinfo | None = None,
        colour: bool | None = None,
    ) -> None:
        self._conversation = conversation
        self._store = store
        self._clock = clock
        self._posted = posted or asyncio.Event()
        self._history, self._zone, self._colour = history, zone, colour
        self._seat = Seat(person, channel)
        self._feed = Feed(store, channel)
        self._choices = Choices()
        self._aimed_at: Choices | None = None
        self._asking: Asking | None = None
        self._lines: asyncio.Queue[tuple[str, Choices | None]] = asyncio.Queue()
        self._lines_under_way = 0

    async def run(self, source: Input | None = None, out: Output | None = None) -> None:
        """Chat until the person leaves; without `source` and `out` that is on this process's own terminal."""
        with create_app_session(source, out), patch_stdout():
            screen = Screen(
                self._clock,
                ConversationCompleter(self._conversation, lambda: self._seat),
                self._typed,
                self._touched,
                history=self._history,
                zone=self._zone,
                colour=self._colour,
                source=source,
                out=out,
            )
            await screen.show(welcome(self._seat))
            await self._enter(screen)
            async with asyncio.TaskGroup() as tasks:
                beside = (tasks.create_task(self._talk(screen)), tasks.create_task(self._watch(screen)))
                await screen.run()
                # What was typed before leaving is still done.
                await self._lines.join()
                for task in beside:
                    task.cancel()

    def _typed(self, text: str) -> None:
        self._lines_under_way += 1
        self._lines.put_nowait((text, self._aimed_at))
        self._aimed_at = None

    def _touched(self, text: str) -> None:
        """Keep the buttons that were on show when typing began: a card that changes meanwhile moves no number.

        Whoever types ahead of an answer means the buttons of that answer.
        """
        if not text or self._lines_under_way:
            self._aimed_at = None
        elif self._aimed_at is None:
            self._aimed_at = self._choices

    async def _talk(self, screen: Screen) -> None:
        while True:
            text, aimed_at = await self._lines.get()
            try:
                for line in text.splitlines():
                    await self._line(line.strip(), aimed_at or self._choices, screen)
            finally:
                self._lines_under_way -= 1
                self._lines.task_done()

    async def _watch(self, screen: Screen) -> None:
        while True:
            await until_poked(self._posted, self._clock)
            await self._show_news(screen)

    async def _line(self, line: str, choices: Choices, screen: Screen) -> None:
        if not line:
            return
        button, asking, self._asking = choices.pressed(line), self._asking, None
        await self._echo(line, button, screen)
        if button:
            await self._press(button, screen)
        elif asking is not None and takes(asking, line):
            await self._go_on(asking.answered(line), screen)
        elif line.isdecimal():
            await screen.show(no_such_button(choices.count))
        else:
            await self._command(line, screen)

    async def _command(self, line: str, screen: Screen) -> None:
        word, _, rest = line.partition(" ")
        if word == "/join":
            await self._join(rest.strip().lstrip("#"), screen)
        elif line == "/quit":
            screen.leave()
        elif line == "/help":
            await self._help(screen)
        else:
            await self._say(line, screen)

    async def _echo(self, line: str, button: Button | None, screen: Screen) -> None:
        pressed = f"  \x1b[2m{visible(button.label)}: {visible(button.command)}\x1b[0m" if button else ""
        await screen.write(f"\x1b[1m{screen.prompt}>\x1b[0m {visible(line)}{pressed}\n")

    async def _press(self, button: Button, screen: Screen) -> None:
        asking = await before_press(self._conversation, button, self._seat.origin())
        if asking is None:
            self._choices = self._choices.after_press(button)
            await self._say(button.command, screen)
        else:
            await self._go_on(asking, screen)

    async def _go_on(self, asking: Asking, screen: Screen) -> None:
        """Ask for what is missing, or do what nothing is missing of."""
        field = asking.field
        if field is None:
            self._choices = self._choices.after_press(asking.button)
            await self._say(asking.form.command, screen, dict(asking.given))
        else:
            self._asking = asking
            await screen.show(question(asking, field))

    async def _say(self, line: str, screen: Screen, given: Mapping[str, str] = NOTHING_GIVEN) -> None:
        reply = await self._conversation.handle(line, self._seat.origin(), given)
        self._choices = self._choices.after_reply(reply.message)
        self._lay_out(screen)
        await screen.show(reply.message, first_number=1)
        await self._show_news(screen)

    async def _help(self, screen: Screen) -> None:
        reply = await self._conversation.handle("/help", self._seat.origin())
        if reply.outcome is Outcome.DONE:
            await screen.show(reply.message)
        await screen.show(keys())

    async def _join(self, channel: str, screen: Screen) -> None:
        if not channel:
            await screen.show(which_channel())
            return
        self._seat = Seat(self._seat.person, channel)
        self._feed = Feed(self._store, channel)
        self._choices = Choices()
        await screen.show(joined(self._seat))
        await self._enter(screen)

    async def _enter(self, screen: Screen) -> None:
        """Show what stands in the channel: its cards, and the last few of its posts."""
        earlier = [post for post in await self._feed.news() if not is_card(post)]
        for post in earlier[-_EARLIER_POSTS:]:
            await self._show_post(post, screen)
        self._lay_out(screen)

    async def _show_news(self, screen: Screen) -> None:
        feed = self._feed
        news = await feed.news()
        # Somebody who went to another channel meanwhile is not shown this one's posts.
        if feed is self._feed:
            for post in news:
                if not is_card(post):
                    await self._show_post(post, screen)
            self._lay_out(screen)

    async def _show_post(self, post: Post, screen: Screen) -> None:
        at = post.at.astimezone(self._zone)
        await screen.write(f"\x1b[2m#{visible(post.channel)} · {at:%H:%M}\x1b[0m\n")
        await screen.show(post.message)

    def _lay_out(self, screen: Screen) -> None:
        """Give the screen what stands around the line being typed."""
        screen.board = Board(self._feed.cards)
        self._choices = Choices(self._choices.reply, screen.board.buttons)
        screen.first_number = self._choices.first_card_number
        screen.prompt = f"{visible(self._seat.person)}@{visible(self._seat.channel)}"
        screen.hint = _hint(self._choices.count, screen.width)
        screen.refresh()


def _hint(buttons: int, width: int) -> str:
    press = f"1–{buttons} press a button · " if buttons > 1 else "1 presses the button · " if buttons else ""
    return f" {press if width >= _ROOMY else ''}Tab completes · /help · Ctrl-D leaves"
