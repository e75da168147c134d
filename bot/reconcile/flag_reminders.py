"""Keeps people reminded, once a week, of flags that have done their work and were not retired."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.announcements import flag_overview
from bot.domain.flag_age import is_to_be_reminded_of
from bot.domain.team import PRODUCTION
from bot.operations.flag_care import stale_in
from bot.operations.posts import post

if TYPE_CHECKING:
    from bot.domain.flag_age import Stale
    from bot.domain.plan import ChannelName
    from bot.operations.circumstances import Circumstances
    from bot.ports import Clock, Store, Transaction

MEMORY = "flags.reminded"
SUBJECT = "flags:stale"

EVERY = timedelta(days=1)

AFTER_THE_START = timedelta(minutes=10)
"""A process that ends after one command reminds nobody."""


@dataclass(slots=True)
class FlagReminderKeeper:
    """Looks once a day, and speaks where it is not the channel's quiet time.

    When each channel was reminded of each flag last is stored with what is to be said, so that it is said once, whichever
    process looks and however often one is started.
    """

    store: Store
    clock: Clock
    circumstances: Circumstances
    next_at: datetime | None = None
    name: str = "flag reminders"

    async def step(self) -> int:
        """Look, where it is time; return how many messages were put on their way."""
        now = self.clock.now()
        if self.next_at is None:
            self.next_at = now + AFTER_THE_START
        if now < self.next_at:
            return 0
        if not await self.store.read(lambda tx: self._due(tx, now)):
            self.next_at = now + EVERY
            return 0
        said, later = await self.store.write(lambda tx: self._remind(tx, now))
        self.next_at = min((now + EVERY, *later))
        return said

    async def next_due(self) -> datetime | None:
        """Return when it is time to look again."""
        return self.next_at

    def _remind(self, tx: Transaction, now: datetime) -> tuple[int, list[datetime]]:
        """Say what is due; return in how many channels, and when the quiet times end that others wait for."""
        told, due, later = self._told(tx), self._due(tx, now), []
        said = 0
        for place, found in due.items():
            team = self.circumstances.team()
            free_at = team.manner_of(place).heard_from(now, team.zone)
            if free_at > now:
                later.append(free_at)
                continue
            message = flag_overview.render_reminder(tuple(found))
            post(tx, place, SUBJECT, f"stale:{now:%Y%m%dT%H%M%S}", now, message=message)
            told |= {_mark(it, place): now.isoformat() for it in found}
            said += 1
        current = {it.flag.key for it in stale_in(tx, now)}
        kept = {mark: at for mark, at in told.items() if mark.partition(" ")[0] in current}
        tx.memory.remember(MEMORY, json.dumps(kept))
        return said, later

    def _due(self, tx: Transaction, now: datetime) -> dict[ChannelName, list[Stale]]:
        """Return of which flags each channel is to be reminded."""
        told = self._told(tx)
        due: dict[ChannelName, list[Stale]] = {}
        for found in stale_in(tx, now):
            for place in self._places(found):
                last = told.get(_mark(found, place))
                if is_to_be_reminded_of(found, datetime.fromisoformat(last) if last else None, now):
                    due.setdefault(place, []).append(found)
        return due

    def _told(self, tx: Transaction) -> dict[str, str]:
        return dict(json.loads(tx.memory.recall(MEMORY) or "{}"))

    def _places(self, found: Stale) -> tuple[ChannelName, ...]:
        """Return where the flag's last rollout was shown; without one, where its environments are changed."""
        if found.rollout is not None:
            return self.circumstances.reachable(found.rollout.channels)
        named = found.environments or (PRODUCTION,)
        return self.circumstances.reachable(it for name in named for it in self.circumstances.policy(name).channels)


def _mark(found: Stale, place: ChannelName) -> str:
    return f"{found.flag.key} {place.platform} {place.channel}"
