"""A whole bot in a world that a history moves: it lives one step after the other, and the rules are asked after each."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from bot.chat.conversation import Origin, Outcome, Reply
from bot.domain.metric import PrometheusQuery
from bot.domain.outbox import DeliveryKind, DeliveryState
from bot.flag_providers.builtin import BuiltinFlags
from bot.metric_sources.catalogue import Catalogue
from bot.operations.notices import CARD_FOLLOWS
from bot.storage.store import SqlStore, open_store
from bot.wiring import Bot, assemble
from tests.fakes.clock import MovedClock
from tests.fakes.journal import KeptJournal
from tests.simulation.at_rest import broken_log, forgotten, problems_at_rest
from tests.simulation.figures import ShapedMetrics
from tests.simulation.outside import Death, ForgetfulChat, FragileFlags, Killed
from tests.simulation.plans import Plans, team_of
from tests.simulation.quick_store import QuickStore
from tests.simulation.rules import Rules
from tests.simulation.steps import Both, Chat, Edit, Figures, Flags, Health, Kill, Pass, Repeat, Restart, Say, Step
from tests.simulation.watching import WatchedStore
from tests.simulation.way_back import must_be_done

if TYPE_CHECKING:
    from bot.domain.team import Team

HOUR = timedelta(hours=1)
PLATFORMS = ("local", "slack")
ENOUGH = 100
"""So many passes are enough for whatever is due at one moment."""


@dataclass
class SimulatedWorld:
    """Everything around one history. The seed makes the team, its policies and the random plans.

    `database` is a file for the real store, or a store that keeps everything in memory and costs a third.
    """

    seed: int
    database: Path | QuickStore
    clock: MovedClock = field(default_factory=MovedClock)
    journal: KeptJournal = field(default_factory=KeptJournal)
    death: Death = field(default_factory=Death)
    questions: dict[str, str] = field(default_factory=dict)
    done: int = 0

    def __post_init__(self) -> None:
        random = Random(f"{self.seed} world")  # noqa: S311  # Nothing here is a secret.
        self.team: Team = team_of(random)
        self.plans = Plans(random)
        self.figures = ShapedMetrics()
        self.rules = Rules(self.team)
        self.chats = {name: ForgetfulChat(self.clock, self.death) for name in PLATFORMS}
        self.fragile: FragileFlags | None = None
        self.flags_health = Health.UP
        self.asking: tuple[Say, ...] = ()

    async def open(self) -> None:
        """Start the bot on the database as it is; everything that was committed must be there."""
        self.rules.touched.update(self.rules.rollouts)
        self.store: SqlStore | QuickStore = (
            await open_store(f"sqlite+aiosqlite:///{self.database}")
            if isinstance(self.database, Path)
            else self.database
        )
        store = WatchedStore(self.store, self.clock, self.death, self.rules.committed)
        failed_at = self.fragile.failed_at if self.fragile is not None else None
        self.fragile = FragileFlags(
            BuiltinFlags(store, self.clock), self.clock, self.death, self.flags_health, failed_at
        )
        self.bot: Bot = assemble(
            store,
            self.clock,
            self.journal,
            self.plans,
            team=lambda: self.team,
            metrics=Catalogue(lambda: self.team.metrics, {PrometheusQuery: lambda: self.figures}),
            platforms=self.chats,
            providers={"builtin": self.fragile},
            posted=asyncio.Event(),
        )

    async def close(self) -> None:
        """Stop the bot."""
        await self.store.close()

    async def live(self, step: Step) -> list[str]:
        """Live through one step and all that follows from it; return what is wrong then."""
        self.rules.passed.clear()
        self.asking = ()
        try:
            await self._do(step)
            await self._settle()
        except Killed:
            await self._rise()
        return await self._problems()

    async def end(self) -> list[str]:
        """Return what is wrong with what the history left."""
        return [*await self._problems(), *await broken_log(self.store), *await self.store.read(forgotten)]

    async def _do(self, step: Step) -> None:
        match step:
            case Say():
                await self._say(step)
            case Both(one, other):
                self.asking = (one, other)
                replies = await asyncio.gather(self._asked(one), self._asked(other), return_exceptions=True)
                for reply in replies:
                    if isinstance(reply, BaseException):
                        raise reply
            case Repeat(said):
                await self._asked(said)
            case Restart(away):
                await self.close()
                self.clock.advance(away)
                await self.open()
            case Edit(plan, number):
                self.plans.edit(plan, number)
            case _:
                self._change(step)

    def _change(self, step: Step) -> None:
        """Let time pass, or something outside of the bot change."""
        match step:
            case Pass(duration):
                self.clock.advance(duration)
            case Figures(shape, metric):
                self.figures.shape(shape, metric)
            case Flags(health):
                self.flags_health = health
                if self.fragile is not None:
                    self.fragile.health = health
            case Chat(health):
                for chat in self.chats.values():
                    chat.health = health
            case Kill(after):
                self.death.left = after
            case _:
                raise AssertionError(step)

    async def _say(self, said: Say) -> None:
        self.asking = (said,)
        why = must_be_done(said, self.rules)
        reply = await self._asked(said)
        if why and reply.outcome is not Outcome.DONE:
            self.rules.found.append(f"{said.line} by {said.person} was refused, and it {why}: {reply.message.summary}")

    async def _asked(self, said: Say) -> Reply:
        name = said.person if said.platform == "local" else f"U0{said.person.upper()}"
        reply = await self.bot.dispatcher.handle(said.line, Origin(said.platform, said.channel, name, said.request))
        if "Something went wrong inside" in reply.message.summary:
            self.rules.found.append(f"{said.line}: {reply.message.summary}")
        self.done += reply.outcome is Outcome.DONE
        self.rules.seen[f"{said.line.split()[0]} {reply.outcome.name.lower()}"] += 1
        for button in reply.message.buttons:
            if button.command.startswith("/rollout confirm"):
                self.questions[said.person] = button.command
        return reply

    async def _settle(self) -> None:
        for _ in range(ENOUGH):
            if not await self.bot.loop.tick():
                return
        self.rules.found.append(f"the loop still had something to do after {ENOUGH} passes")

    async def _rise(self) -> None:
        """Start again after the process died; whoever got no answer sends the same line once more."""
        self.rules.seen["killed"] += 1
        self.death.left = None
        for chat in self.chats.values():
            # What the dead process had claimed is tried again once its time is over.
            chat.failed_at = self.clock.now()
        await self.close()
        await self.open()
        for it in await self.store.read(lambda tx: tx.outbox.recent(100)):
            if it.state is DeliveryState.SENDING:
                # It may have been posted in the moment before the death, with nobody left to note that.
                key = f"{CARD_FOLLOWS}{it.subject}" if it.kind is DeliveryKind.CARD else it.key
                self.chats[it.platform].unsure[it.channel, key] += 1
        for said in self.asking:
            await self._asked(said)
        await self._settle()

    async def _problems(self) -> list[str]:
        crashes = [line for line in self.journal.lines if "crashed" in line.event]
        found = [*self.rules.found, *(f"{it.event}: {it.facts.get('problem')}" for it in crashes)]
        for chat in self.chats.values():
            found += [f"{key} was posted twice in {channel}" for channel, key in chat.doubles()]
        if not found:
            found += await problems_at_rest(self)
        self.journal.lines.clear()
        return found


def fresh_database(template: Path, folder: Path, name: str) -> Path:
    """Return a new database, copied from one that has every table."""
    path = folder / f"{name}.db"
    shutil.copyfile(template, path)
    return path
