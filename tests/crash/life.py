"""One process's part of a story: it opens the database, goes on where the story stands, and may be killed on the way.

What the people around the process know (what they sent, what was answered) is kept outside of it, in a transcript.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.chat.conversation import Origin
from bot.chat.local.outbound import LocalPlatform
from bot.chat.local.seat import PLATFORM
from bot.domain.team import NO_TEAM
from bot.flag_providers.builtin import BuiltinFlags
from bot.operations.audit_log import AuditLog
from bot.storage.store import open_store
from bot.wiring import Bot, assemble
from tests.crash.faults import FaultPoint, FaultyPlatform, FaultyProvider, FaultyStore
from tests.crash.story import Act, Pass, Press, Say, time_at
from tests.fakes.clock import MovedClock
from tests.fakes.journal import KeptJournal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from bot.domain.team import Team
    from bot.ports import ChatPlatform, PlanLibrary


@dataclass(slots=True)
class Transcript:
    """What people know of their conversation with the bot, in a file that survives whoever writes it.

    `asked` is the last act that was begun, with the line that was sent; `answered` says whether its answer came.
    """

    path: Path
    asked: int = -1
    line: str = ""
    answered: bool = True
    button: str = ""
    died_at: str = ""

    def load(self) -> Transcript:
        """Return what the file says."""
        found = Transcript(self.path)
        for line in self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else ():
            for name, value in json.loads(line).items():
                setattr(found, name, value)
        return found

    def note(self, **facts: object) -> None:
        """Write facts down at once."""
        for name, value in facts.items():
            setattr(self, name, value)
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, json.dumps(facts).encode() + b"\n")
        os.close(file)


@dataclass(frozen=True, slots=True)
class Life:
    """A process's life: a database, the acts of a story, and where it may end.

    `redelivered_first` says whether a line without an answer is sent again before the loop has run, or after. `enough`
    is asked after each act whether to end there. `forgetful` breaks the platform.
    """

    database: Path
    acts: Sequence[Act]
    plans: PlanLibrary
    transcript: Transcript
    at: FaultPoint
    enough: Callable[[int], bool]
    redelivered_first: bool = True
    forgetful: bool = False
    team: Team = NO_TEAM
    journal: KeptJournal = field(default_factory=KeptJournal)

    def live(self) -> str:
        """Live the story from where the transcript stands; return what went wrong in the bot on the way, or nothing."""
        return asyncio.run(self._live())

    async def _live(self) -> str:
        begin = self.transcript.asked
        clock = MovedClock(time_at(self.acts, max(begin, 0)))
        async with self._bot(clock) as bot:
            if begin >= 0 and (not self.transcript.answered or self.transcript.died_at):
                await self._again(bot, begin)
                if self.enough(begin):
                    return await self._broken(bot)
            for number in range(begin + 1, len(self.acts)):
                act = self.acts[number]
                if isinstance(act, Pass):
                    self.transcript.note(asked=number, answered=True)
                    clock.move_to(time_at(self.acts, number))
                else:
                    await self._ask(bot, number, act)
                await bot.loop.settle()
                if self.enough(number):
                    break
            return await self._broken(bot)

    async def _broken(self, bot: Bot) -> str:
        """Say what is wrong with the audit log, and what crashed in the loop, which goes on all the same."""
        crashed = [f"{it.event}: {it.facts.get('problem')}" for it in self.journal.lines if it.level == "error"]
        return "; ".join(filter(None, [(await AuditLog(bot.store).verify()).problem, *crashed]))

    @asynccontextmanager
    async def _bot(self, clock: MovedClock) -> AsyncIterator[Bot]:
        store = await open_store(f"sqlite+aiosqlite:///{self.database}")
        faulty = FaultyStore(store, self.at)
        local: ChatPlatform = LocalPlatform(faulty, clock)
        if self.forgetful:
            local = ForgetfulPlatform(local)
        try:
            yield assemble(
                faulty,
                clock,
                self.journal,
                self.plans,
                team=lambda: self.team,
                platforms={PLATFORM: FaultyPlatform(local, self.at)},
                providers={"builtin": FaultyProvider(BuiltinFlags(faulty, clock), self.at)},
                posted=asyncio.Event(),
            )
        finally:
            await store.close()

    async def _again(self, bot: Bot, number: int) -> None:
        """Do what happens after a restart: the loop runs, and what had no answer is sent again."""
        act = self.acts[number]
        if not self.redelivered_first:
            await bot.loop.settle()
        if not self.transcript.answered and not isinstance(act, Pass):
            await self._send(bot, number, act, self.transcript.line)
        await bot.loop.settle()

    async def _ask(self, bot: Bot, number: int, act: Say | Press) -> None:
        line = act.line if isinstance(act, Say) else self.transcript.button
        self.transcript.note(asked=number, line=line, answered=False)
        await self._send(bot, number, act, line)

    async def _send(self, bot: Bot, number: int, act: Say | Press, line: str) -> None:
        reply = await bot.dispatcher.handle(line, Origin(PLATFORM, act.channel, act.person, f"request-{number}"))
        self.at("answered, and nobody heard it")
        buttons = reply.message.buttons
        self.transcript.note(answered=True, **({"button": buttons[0].command} if buttons else {}))


@dataclass(frozen=True, slots=True)
class ForgetfulPlatform:
    """A platform that does not recognise a repeat, to show that the test would see one."""

    platform: ChatPlatform

    async def post(self, channel: str, key: str, message: object, placing: object = None) -> str:
        """Post once more, whatever the key."""
        del placing
        return await self.platform.post(channel, f"{key}:{os.urandom(4).hex()}", message)  # type: ignore[arg-type]  # Handed on.

    async def edit(self, channel: str, reference: str, message: object) -> str:
        """Edit."""
        return await self.platform.edit(channel, reference, message)  # type: ignore[arg-type]  # Handed on.
