"""The chat where standard input is no terminal."""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import pytest
from inline_snapshot import snapshot

from bot.chat.local.lines import LineChat
from bot.chat.local.outbound import LocalPlatform
from bot.domain.message import Button, Buttons, Message, Paragraph, line, say
from bot.storage.store import SqlStore
from tests.chat.local.sample import SMALL_CARD, Partner
from tests.fakes.clock import MovedClock

QUESTION = Message("Sure?", (Paragraph(line("Sure?")), Buttons((Button("Yes", "/confirm abc"), Button("No", "/no")))))


class Pipe(io.StringIO):
    """A stream of a pipe: no terminal, UTF-8."""

    encoding = "utf-8"


@contextmanager
def silent_pipe() -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Give both ends of a pipe in which nobody writes."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb") as end:
        yield source, end


async def test_a_script_is_done_line_by_line(store: SqlStore, clock: MovedClock) -> None:
    partner, out = Partner({"/rollback": QUESTION, "/confirm abc": say("Done.")}), Pipe()
    source = io.BytesIO(b"\xef\xbb\xbf# a comment\n\n  /rollback  \r\n1\n\xff?")
    assert await LineChat(partner, store, clock, "ann", "releases").run(source, out) == 0
    assert out.getvalue() == snapshot("""\
> /rollback
Sure?

[1] Yes: /confirm abc
[2] No: /no

> 1 (/confirm abc)
Done.

> �?
No answer to �?.

""")
    assert partner.lines == ["/rollback", "/confirm abc", "�?"]


async def test_every_line_is_a_request_of_its_own_from_the_same_seat(store: SqlStore, clock: MovedClock) -> None:
    partner = Partner()
    await LineChat(partner, store, clock, "ann", "releases").run(io.BytesIO(b"a\nb\n"), Pipe())
    assert {(o.platform, o.channel, o.platform_id) for o in partner.origins} == {("local", "releases", "ann")}
    assert len({origin.request_id for origin in partner.origins}) == 2


async def test_no_input_is_a_quiet_end(store: SqlStore, clock: MovedClock) -> None:
    out = Pipe()
    assert await LineChat(Partner(), store, clock, "ann", "releases").run(io.BytesIO(), out) == 0
    assert out.getvalue() == ""


async def test_posts_follow_the_command_that_caused_them(
    store: SqlStore, clock: MovedClock, platform: LocalPlatform, posted: asyncio.Event
) -> None:
    await platform.post("releases", "old", say("Said before anybody listened."))

    async def settled() -> None:
        await platform.post("releases", "card:rollout:1", SMALL_CARD)
        await platform.post("releases", "start", say("We begin."))
        await platform.post("elsewhere", "other", say("Not for this channel."))

    out = Pipe()
    chat = LineChat(Partner({"/go": say("Started.")}), store, clock, "ann", "releases", posted=posted, settled=settled)
    await chat.run(io.BytesIO(b"/go\n"), out)
    assert out.getvalue() == snapshot("""\
> /go
Started.

#releases: The card at 25%.

#releases:
We begin.

""")


async def test_posts_are_shown_while_the_input_is_silent(
    store: SqlStore, clock: MovedClock, platform: LocalPlatform, posted: asyncio.Event
) -> None:
    shown = asyncio.Event()

    class Listener(Pipe):
        def flush(self) -> None:
            if "We begin." in self.getvalue():
                shown.set()

    with silent_pipe() as (source, end):
        chat = asyncio.create_task(
            LineChat(Partner(), store, clock, "ann", "releases", posted=posted).run(source, Listener())
        )
        await posted_after_start(clock, platform)
        await shown.wait()
        end.close()
        assert await chat == 0


async def posted_after_start(clock: MovedClock, platform: LocalPlatform) -> None:
    """Post once the chat waits for posts."""
    await until_awaited(clock)
    await platform.post("releases", "start", say("We begin."))


async def until_awaited(clock: MovedClock) -> None:
    while clock.awaited is None:
        await asyncio.get_running_loop().run_in_executor(None, int)


async def test_a_post_of_another_process_is_found_by_looking(
    store: SqlStore, clock: MovedClock, platform: LocalPlatform
) -> None:
    out = Pipe()
    with silent_pipe() as (source, end):
        chat = asyncio.create_task(LineChat(Partner(), store, clock, "ann", "releases").run(source, out))
        await posted_after_start(clock, platform)
        awaited = clock.awaited
        assert awaited is not None
        clock.move_to(awaited)
        end.close()
        assert await chat == 0
    assert "We begin." in out.getvalue()


async def test_a_cancelled_chat_does_not_wait_for_its_input(store: SqlStore, clock: MovedClock) -> None:
    with silent_pipe() as (source, end):
        chat = asyncio.create_task(LineChat(Partner(), store, clock, "ann", "releases").run(source, Pipe()))
        await until_awaited(clock)
        chat.cancel()
        with pytest.raises(asyncio.CancelledError):
            await chat
        end.close()


def test_a_pipe_needs_neither_drawing_nor_a_prompt() -> None:
    program = (
        "import sys, bot.chat.local.render, bot.chat.local.lines\n"
        "print([name for name in ('rich', 'prompt_toolkit', 'sqlalchemy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
