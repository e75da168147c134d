"""Runs the bot in this process until it is told to stop: the loop beside the local chat, or beside what is connected."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import sys
from typing import TYPE_CHECKING

from bot.logs import open_journal
from bot.rehearsal.beside import Beside
from bot.settings import read_settings
from bot.supervision import Supervisor
from bot.wiring import open_bot

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

    from bot.wiring import Bot

HISTORY = ".rollcall_history"


async def run_bot(person: str, channel: str, *, log_file: Path) -> int:
    """Run until the person leaves, the input ends or a signal comes; return the exit code.

    With a chat platform in the settings it serves that, otherwise it opens the local chat. Where programs are answered
    beside a local chat whose input ends (a service has none), it goes on until a signal.
    """
    settings = read_settings()
    serving = bool(settings.platforms)
    interactive = not serving and sys.stdin.isatty() and sys.stdout.isatty()
    with contextlib.ExitStack() as stack:
        # In the terminal the log would be written across the conversation.
        stream = stack.enter_context(log_file.open("a", encoding="utf-8")) if interactive else sys.stderr
        journal = open_journal(settings.log, stream)
        async with open_bot(settings, journal, rehearser=Beside(), connected=serving, web=True) as bot:
            database = _without_password(settings.database_url)
            _keep_what_is_loaded()
            if serving:
                chat = _serve(bot, database=database, platforms=settings.platforms)
            else:
                chat = _chat(bot, person, channel, database=database, interactive=interactive)
                chat = _beside_services(bot, chat, until_signal=not interactive) if bot.services else chat
            code = await _beside_the_loop(bot, chat)
            journal.info("bot.stopped")
    return code


def _keep_what_is_loaded() -> None:
    """Spare the garbage collector what stays to the end: looking through all modules would stop everybody for long.

    What is done leaves few cycles behind, so that they are looked for more rarely than Python would by itself.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


async def _serve(bot: Bot, *, database: str, platforms: tuple[str, ...]) -> int:
    """Keep the platforms connected until a signal comes."""
    bot.journal.info("bot.started", database=database, platforms=list(platforms))
    return await _beside_services(bot, _nobody(), until_signal=True)


async def _nobody() -> int:
    """Stand for a chat where there is none."""
    return 0


async def _beside_services(bot: Bot, chat: Coroutine[object, object, int], *, until_signal: bool) -> int:
    """Keep the services up while a chat goes on, and after it where only a signal is to end them."""
    stop = asyncio.Event()
    supervisor = Supervisor(bot.services, bot.clock, bot.journal, bot.physician.down)
    serving = asyncio.create_task(supervisor.run(stop), name="services")
    try:
        code = await chat
        if until_signal:
            await asyncio.shield(serving)
        return code
    finally:
        stop.set()
        await serving


async def _beside_the_loop(bot: Bot, chat: Coroutine[object, object, int]) -> int:
    """Let the chat and the loop run together; the loop finishes its pass and what is due before we leave."""
    loop = asyncio.create_task(bot.loop.run(), name="loop")
    talk = asyncio.create_task(chat, name="chat")
    for name in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(name, talk.cancel)
    try:
        # A loop that ends by itself has failed, and a chat without a loop would promise what nobody does.
        await asyncio.wait({loop, talk}, return_when=asyncio.FIRST_COMPLETED)
        if loop.done():
            talk.cancel()
            loop.result()
        return await talk
    except asyncio.CancelledError:
        return 0
    finally:
        bot.loop.stop()
        await loop
        await bot.loop.settle()


async def _chat(bot: Bot, person: str, channel: str, *, database: str, interactive: bool) -> int:
    # Whoever reads this may send a signal: it is said once signals are heeded.
    bot.journal.info("bot.started", database=database, interactive=interactive)
    if interactive:
        from pathlib import Path

        from bot.chat.local.terminal import LocalChat

        chat = LocalChat(
            bot.dispatcher,
            bot.store,
            bot.clock,
            person,
            channel,
            posted=bot.posted,
            history=Path(HISTORY),
        )
        await chat.run()
        return 0
    from bot.chat.local.lines import LineChat

    lines = LineChat(bot.dispatcher, bot.store, bot.clock, person, channel, posted=bot.posted, settled=bot.loop.settle)
    # Python's own reader of standard input has a lock, and at exit waits for it in vain while a read of a pipe goes on.
    return await lines.run(os.fdopen(sys.stdin.fileno(), "rb", closefd=False), sys.stdout)


def _without_password(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"
