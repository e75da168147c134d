"""How the targets of a level are reached now: who is on call, on which platforms, and what is not connected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.escalation import Target, TargetKind
from bot.domain.oncall import on_call
from bot.domain.page import Way, WayKind
from bot.domain.paging import Contact
from bot.domain.team import EMAIL, LOCAL, listed, platform_name

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.oncall import Override
    from bot.domain.team import Person, Team

DIRECT = "@"
"""Begins the channel that stands for a direct message: `@` and the person's id on the platform."""

_PAGERS = {
    TargetKind.EMAIL: WayKind.EMAIL,
    TargetKind.PAGERDUTY: WayKind.PAGERDUTY,
    TargetKind.WEBHOOK: WayKind.WEBHOOK,
}
_NOT_CONNECTED = {
    TargetKind.EMAIL: "e-mail is not connected",
    TargetKind.PAGERDUTY: "PagerDuty is not connected",
    TargetKind.WEBHOOK: "webhooks are not connected",
}


@dataclass(frozen=True, slots=True)
class Reach:
    """What is known at one moment of how to reach people.

    `platforms` are the chat platforms that are connected, `pagers` the other kinds of target for which somebody carries
    messages; the rest count as unreachable and say so.
    """

    team: Team
    overrides: tuple[Override, ...]
    platforms: tuple[str, ...]
    now: datetime
    pagers: frozenset[TargetKind] = frozenset()

    def contact(self, target: Target) -> Contact:
        """Return the ways to reach a target now, or why there is none."""
        match target.kind:
            case TargetKind.PERSON:
                return self.person(target.name)
            case TargetKind.SCHEDULE:
                return self._on_call(target)
            case TargetKind.CHANNEL:
                return self._channel(target)
            case TargetKind.EMAIL | TargetKind.PAGERDUTY | TargetKind.WEBHOOK:
                return self._pager(target)

    def _pager(self, target: Target) -> Contact:
        """Return the way to an address, a service or a webhook; what a page's policy names may be gone by now."""
        missing = _NOT_CONNECTED[target.kind]
        if target.kind in self.pagers:
            declared = {TargetKind.PAGERDUTY: self.team.pagerduty, TargetKind.WEBHOOK: self.team.webhooks}
            if target.kind is TargetKind.EMAIL or target.name in declared[target.kind]:
                return Contact((Way(_PAGERS[target.kind], target.name),))
            missing = "the team file does not declare it"
        return Contact(missing=f"{target} cannot be reached: {missing}")

    def person(self, name: str) -> Contact:
        """Return the ways to reach a person: a direct message on each platform, and e-mail where it is connected."""
        known = next((it for it in self.team.people if it.name == name), None)
        if known is None:
            return Contact(missing=f"the team file does not list {name}")
        ways = [Way(WayKind.DIRECT, it, platform, name) for platform in self._chats(known) for it in known.on(platform)]
        if not ways and self.platforms == (LOCAL,):
            ways = [Way(WayKind.DIRECT, name, LOCAL, name)]
        if TargetKind.EMAIL in self.pagers:
            ways += [Way(WayKind.EMAIL, it, person=name) for it in known.on(EMAIL)[:1]]
        if ways:
            return Contact(tuple(ways))
        chats = listed([platform_name(it) for it in self.platforms if it != LOCAL], "or") or "the local chat"
        return Contact(missing=f"{name} is not known on {chats}")

    def _chats(self, person: Person) -> tuple[str, ...]:
        return tuple(it for it in self.platforms if person.on(it))

    def _on_call(self, target: Target) -> Contact:
        schedule = self.team.schedules.get(target.name)
        if schedule is None:
            return Contact(missing=f"the team file has no schedule {target.name}")
        if not schedule.known:
            return Contact(missing=f"PagerDuty has not said yet who is on call for {target.name}")
        people = on_call(schedule, self.overrides, self.now).get(target.layer or schedule.layers[0], ())
        if not people:
            return Contact(missing=f"nobody is on call for {target.name}/{target.layer}")
        found = [self.person(name) for name in people]
        ways = tuple(way for it in found for way in it.ways)
        return Contact(ways) if ways else Contact(missing="; ".join(it.missing for it in found))

    def _channel(self, target: Target) -> Contact:
        there = [it for it in target.channels if it.platform in self.platforms]
        if there:
            return Contact(tuple(Way(WayKind.CHANNEL, it.channel, it.platform) for it in there))
        return Contact(missing=f"#{target.name} is on no platform that is connected")
