"""The environments of a team file: roles, channels and windows that exist, and approvals that can be given."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.domain.access import EVERYBODY, GRANTS, Permission
from bot.domain.freeze import always_closed, parse_window
from bot.domain.plan import Approval, ChannelName, Limit
from bot.domain.quotation import quote
from bot.domain.team import OWNER, PRODUCTION, Environment
from bot.files.calendar_file import BadCalendar, read_calendar
from bot.files.findings import did_you_mean
from bot.files.plan_steps import ItemCounter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.domain.freeze import FreezeWindow
    from bot.domain.problem import Problem
    from bot.files.findings import Findings
    from bot.files.source import Path
    from bot.files.team_document import EnvironmentDoc, NeverDoc, TeamDocument

_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)
"""Weekly windows are looked at from here on; any day would do."""


def roles_of(document: TeamDocument) -> dict[str, frozenset[Permission]]:
    """Return the roles that the file declares; each grants what everybody has as well."""
    return {
        name: EVERYBODY | frozenset(Permission(word) for word in granted) for name, granted in document.roles.items()
    }


def channels_of(document: TeamDocument) -> dict[str, tuple[ChannelName, ...]]:
    """Return where each named channel is."""
    return {
        name: tuple(
            ChannelName(platform, channel)
            for platform in ("slack", "discord", "local")
            for channel in getattr(channels, platform)
        )
        for name, channels in document.channels.items()
    }


def channels_named(
    names: Iterable[str], known: dict[str, tuple[ChannelName, ...]], path: Path, findings: Findings
) -> tuple[ChannelName, ...]:
    """Return the channels of a list of names; a name that the file does not declare is reported."""
    found: dict[ChannelName, None] = {}
    for index, name in enumerate(names):
        if name in known:
            found |= dict.fromkeys(known[name])
        else:
            expected = "a name that stands under `channels`"
            findings.add((*path, index), quote(name), expected, did_you_mean(name, known))
    return tuple(found)


class PolicyReader:
    """Reads the environments of one file; `calendar` opens an iCal file, and `elsewhere` are problems found in those."""

    def __init__(
        self, document: TeamDocument, findings: Findings, calendar: Callable[[str], tuple[str, bytes]]
    ) -> None:
        self.document = document
        self.findings = findings
        self.calendar = calendar
        self.roles = {**GRANTS, **roles_of(document)}
        self.channels = channels_of(document)
        self.elsewhere: list[Problem] = []

    def environments(self) -> dict[str, Environment]:
        """Return every environment's policy; production is there and names its channels."""
        read = {
            name: self._environment(name, doc, ("environments", name))
            for name, doc in self.document.environments.items()
        }
        if not self.document.environments.get(PRODUCTION):
            hint = "Changes of production are refused outside the channels that are named for it."
            self.findings.add(("environments",), "no `production`", "`production` with its `channels`", hint, key=True)
        elif not self.document.environments[PRODUCTION].channels:
            self.findings.add(
                ("environments", PRODUCTION), "no `channels`", "the channels from which production is changed", key=True
            )
        return read

    def _environment(self, name: str, doc: EnvironmentDoc, path: Path) -> Environment:
        counter = ItemCounter("e")
        return Environment(
            name=name,
            change=self._roles(doc.change, (*path, "change"), Permission.CHANGE),
            override=self._roles(doc.override, (*path, "override"), Permission.OVERRIDE),
            exempt=self._roles(doc.exempt, (*path, "exempt")),
            channels=self._channels(doc.channels, (*path, "channels")),
            tokens=frozenset(doc.tokens),
            down_anywhere=doc.down_anywhere,
            approvals=self._approvals(doc, (*path, "approvals")),
            prerequisites=counter.items(doc.prerequisites),
            limits=tuple(Limit(item.scope, item.count, item.per, item.cooldown) for item in doc.limits),
            never=self._never(doc, (*path, "never")),
            alone=doc.alone,
            confirm=doc.confirm,
        )

    def _roles(self, names: Iterable[str], path: Path, permission: Permission | None = None) -> frozenset[str]:
        for index, name in enumerate(names):
            if self.known_role(name, (*path, index)) and permission and permission not in self.roles[name]:
                able = [role for role, granted in self.roles.items() if permission in granted]
                expected = f"a role that grants `{permission}`"
                self.findings.add((*path, index), f"`{name}`", expected, f"Those are {', '.join(able)}.")
        return frozenset(names)

    def known_role(self, name: str, path: Path) -> bool:
        """Say whether a role exists; report it where it does not."""
        if name not in self.roles:
            expected = "a role: a built-in one, or one that stands under `roles`"
            self.findings.add(path, quote(name), expected, did_you_mean(name, self.roles))
        return name in self.roles

    def _channels(self, names: list[str], path: Path) -> tuple[ChannelName, ...]:
        found = channels_named(names, self.channels, path, self.findings)
        if names and not found and self.channels.keys() >= set(names):
            self.findings.add(path, "channels that are on no platform", "at least one that is somewhere")
        return found

    def _approvals(self, doc: EnvironmentDoc, path: Path) -> tuple[Approval, ...]:
        for index, approval in enumerate(doc.approvals):
            place: Path = (*path, index)
            if not self.known_role(approval.role, place) or approval.role in OWNER:
                continue
            able = sum(approval.role in person.roles for person in self.document.people.values())
            if able < approval.count:
                expected = f"at least {approval.count} under `people`"
                people = "1 person" if able == 1 else f"{able} people"
                self.findings.add(place, f"{people} with the role `{approval.role}`", expected)
        return tuple(Approval(item.role, item.count) for item in doc.approvals)

    def _never(self, doc: EnvironmentDoc, path: Path) -> tuple[FreezeWindow, ...]:
        zone = doc.zone or self.document.zone
        windows = tuple(
            window for index, item in enumerate(doc.never) for window in self._windows(item, zone, (*path, index))
        )
        if always_closed(windows, _SOME_DAY):
            self.findings.add(path, "windows without a gap", "some time in which something may go up", key=True)
        return windows

    def _windows(self, item: NeverDoc, zone: str, path: Path) -> tuple[FreezeWindow, ...]:
        if item.when is not None and item.calendar is None:
            return (parse_window(item.when, zone, item.reason),)
        if item.calendar is None or item.when is not None:
            self.findings.add(path, "both" if item.when else "neither", "either `when` or `calendar`")
            return ()
        place: Path = (*path, "calendar")
        try:
            file, content = self.calendar(item.calendar)
            return read_calendar(content, file, zone)
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else "it cannot be opened"
            self.findings.add(place, f"{quote(item.calendar)} ({why})", "an iCal file beside this file")
        except BadCalendar as error:
            self.elsewhere += error.problems
        return ()
