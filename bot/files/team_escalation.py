"""The schedules and escalation policies of a team file: people, layers and channels that exist, and levels in order."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.domain.alert import HookRules
from bot.domain.escalation import (
    REPEAT_EVERY,
    REPEAT_TIMES,
    USUAL_RULES,
    Level,
    Policy,
    Severity,
    SeverityRule,
    Target,
    TargetKind,
)
from bot.domain.oncall import Schedule
from bot.domain.quotation import quote
from bot.domain.roster import LAYER as ROSTER_LAYER
from bot.domain.roster import Roster
from bot.domain.rotation import Rotation, Turn
from bot.files.findings import did_you_mean
from bot.files.team_paging import TARGETS
from bot.files.team_policies import channels_named

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta

    from bot.domain.plan import ChannelName
    from bot.files.findings import Findings
    from bot.files.source import Path
    from bot.files.team_document import TeamDocument
    from bot.files.team_paging import LayerDoc, LevelDoc, PolicyDoc, ScheduleDoc, TargetDoc

FIRST_SHIFT = datetime(2026, 1, 5, 9, 0)  # noqa: DTZ001  # A Monday morning on the wall clock; the zone is the schedule's.
"""When a rotation starts that does not say so."""

_KINDS = {name: TargetKind(name) for name in TARGETS if name != "on_call"} | {"on_call": TargetKind.SCHEDULE}


class EscalationReader:
    """Reads the schedules and policies of one file; `channels` are the file's own by name."""

    def __init__(
        self, document: TeamDocument, findings: Findings, channels: dict[str, tuple[ChannelName, ...]]
    ) -> None:
        self.document = document
        self.findings = findings
        self.channels = channels

    def schedules(self) -> dict[str, Schedule]:
        """Return every schedule with its layers."""
        return {name: self._schedule(name, doc) for name, doc in self.document.schedules.items()}

    def policies(self) -> dict[str, Policy]:
        """Return every policy; each carries what the severities change."""
        rules = self._rules()
        return {
            name: self._policy(name, doc, rules, ("escalation", name)) for name, doc in self.document.escalation.items()
        }

    def hooks(self) -> HookRules:
        """Return what alerts of other systems mean; a policy that they go by must be one of the file's."""
        doc = self.document.hooks
        if doc is None:
            return HookRules()
        if doc.policy is not None:
            self._known(doc.policy, self.document.escalation, "escalation", ("hooks", "policy"))
        return HookRules(doc.policy or "", {it.casefold(): Severity(means) for it, means in doc.severities.items()})

    def _schedule(self, name: str, doc: ScheduleDoc) -> Schedule:
        path: Path = ("schedules", name)
        zone = doc.zone or self.document.zone
        if bool(doc.layers) == bool(doc.pagerduty):
            found = "both `layers` and `pagerduty`" if doc.layers else "neither `layers` nor `pagerduty`"
            self.findings.add(path, found, "one of them: who takes turns here, or PagerDuty's schedule", key=True)
        names = [layer.name for layer in doc.layers]
        for index, layer in enumerate(names):
            if layer in names[:index]:
                found = f"a second layer `{layer}`"
                self.findings.add((*path, "layers", index, "name"), found, "a name that no other layer has")
        rotations = (self._rotation(layer, zone, (*path, "layers", index)) for index, layer in enumerate(doc.layers))
        return Schedule(
            name,
            zone,
            (Roster(doc.pagerduty),) if doc.pagerduty else tuple(rotations),
            channels_named(doc.channels, self.channels, (*path, "channels"), self.findings),
        )

    def _rotation(self, doc: LayerDoc, zone: str, path: Path) -> Rotation:
        for index, person in enumerate(doc.people):
            self._known(person, self.document.people, "people", (*path, "people", index))
        starts = (doc.starts or FIRST_SHIFT).replace(tzinfo=ZoneInfo(zone))
        return Rotation(doc.name, tuple(doc.people), starts, zone, Turn(doc.turns), doc.length)

    def _policy(
        self, name: str, doc: PolicyDoc, rules: tuple[tuple[Severity, SeverityRule], ...], path: Path
    ) -> Policy:
        self._check_order([level.after for level in doc.levels], path)
        return Policy(
            name=name,
            levels=tuple(self._level(level, (*path, "levels", index)) for index, level in enumerate(doc.levels)),
            channels=channels_named(doc.channels, self.channels, (*path, "channels"), self.findings),
            every=doc.repeat.every if doc.repeat else REPEAT_EVERY,
            times=doc.repeat.times if doc.repeat else REPEAT_TIMES,
            acknowledged_for=doc.acknowledged_for,
            rules=rules,
        )

    def _check_order(self, offsets: list[timedelta], path: Path) -> None:
        for index, (before, after) in enumerate(pairwise(offsets), start=1):
            if after <= before:
                found = "a level that is not due after the one before it"
                self.findings.add((*path, "levels", index), found, "a longer time in `after`")

    def _level(self, doc: LevelDoc, path: Path) -> Level:
        targets = (self._target(target, (*path, "reach", index)) for index, target in enumerate(doc.reach))
        return Level(doc.after, tuple(target for target in targets if target is not None))

    def _target(self, doc: TargetDoc, path: Path) -> Target | None:
        named = [key for key in TARGETS if getattr(doc, key) is not None]
        if len(named) != 1:
            found = f"{' and '.join(named)} together" if named else "nobody"
            self.findings.add(path, found, f"one of {', '.join(TARGETS)}")
            return None
        (key,) = named
        value: str = getattr(doc, key)
        if doc.layer is not None and key != "on_call":
            self.findings.add((*path, "layer"), "a layer without a schedule", "`on_call` beside it", key=True)
        if key == "on_call":
            return self._on_call(value, doc.layer, path)
        if key == "channel":
            where = channels_named([value], self.channels, (*path, key), self.findings)
            return Target(TargetKind.CHANNEL, value, channels=where)
        for known, where_declared in self._declared(key):
            self._known(value, known, where_declared, (*path, key))
        return Target(_KINDS[key], value)

    def _declared(self, key: str) -> Iterable[tuple[Iterable[str], str]]:
        """Yield the names that a kind of target must be one of, and where they stand; nothing for addresses."""
        if key == "person":
            yield self.document.people, "people"
        elif key == "pagerduty":
            yield self.document.pagerduty.services if self.document.pagerduty is not None else (), "pagerduty: services"
        elif key == "webhook":
            yield self.document.webhooks, "webhooks"

    def _on_call(self, name: str, layer: str | None, path: Path) -> Target | None:
        if not self._known(name, self.document.schedules, "schedules", (*path, "on_call")):
            return None
        layers = [it.name for it in self.document.schedules[name].layers] or [ROSTER_LAYER]
        if layer is not None and layer not in layers:
            expected = f"a layer of `{name}`"
            self.findings.add((*path, "layer"), quote(layer), expected, did_you_mean(layer, layers))
        return Target(TargetKind.SCHEDULE, name, layer or layers[0])

    def _known(self, name: str, known: Iterable[str], where: str, path: Path) -> bool:
        names = tuple(known)
        if name not in names:
            self.findings.add(path, quote(name), f"a name that stands under `{where}`", did_you_mean(name, names))
        return name in names

    def _rules(self) -> tuple[tuple[Severity, SeverityRule], ...]:
        rules = dict(USUAL_RULES)
        for word, doc in self.document.severities.items():
            if word == Severity.CRITICAL.value and (not doc.at_once or doc.levels is not None):
                expected = "`{at_once: true}`, or nothing"
                hint = "A critical page reaches every level at once."
                self.findings.add(("severities", word), "a slower way for critical pages", expected, hint)
            rules[Severity(word)] = SeverityRule(doc.at_once, doc.levels)
        return tuple(rules.items())
