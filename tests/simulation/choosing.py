"""Chooses the next step of a random history, with an eye on how things stand, so that histories get somewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, TypeVar

from bot.domain.blockers import blockers, items_at
from bot.reconcile.retention import KEPT
from tests.simulation.figures import DECLARED
from tests.simulation.plans import FLAGS
from tests.simulation.steps import (
    Both,
    Chat,
    Edit,
    Figures,
    Flags,
    Health,
    Kill,
    Pass,
    Repeat,
    Restart,
    Say,
    Shape,
    Step,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from bot.domain.rollout import Rollout
    from tests.simulation.world import SimulatedWorld

T = TypeVar("T")

OPERATORS = ("ana", "ana", "ana", "bob", "bob", "emil")
EVERYBODY = ("ana", "bob", "cleo", "dora", "emil", "fred", "gita", "zoe")
APPROVERS = ("bob", "cleo", "dora", "gita", "emil", "ana")
MOMENTS = (30, 60, 120, 300, 660, 3600, 3660, 6 * 3600, 86400, 90000, 3 * 86400, 7 * 86400, 15 * 86400)
MOST_ACTIVE = 3


@dataclass
class Chooser:
    """Makes one step at a time. `last` is what was said last, which may be delivered again."""

    random: Random
    world: SimulatedWorld
    requests: count[int] = field(default_factory=count)
    last: Say | None = None
    said_at: datetime | None = None

    def step(self) -> Step:
        """Return what happens next."""
        kinds: dict[Callable[[], Step], int] = {
            self._said: 55,
            self._pass: 24,
            self._figures: 5,
            self._outage: 5,
            self._both: 5,
            self._end: 4,
            self._repeat: 2,
            self._edit: 4,
        }
        return self._one(kinds)()

    def _one(self, weighted: dict[T, int]) -> T:
        return self.random.choices(list(weighted), list(weighted.values()))[0]

    def _pass(self) -> Step:
        now = self.world.clock.now()
        waits = [it.expected for rollout in self._active() for it in blockers(rollout, now) if it.expected]
        if waits and self.random.random() < 0.6:
            return Pass(max(min(waits) - now, timedelta(0)) + timedelta(seconds=self.random.choice((0, 1, 90))))
        return Pass(timedelta(seconds=self.random.choice(MOMENTS)))

    def _active(self) -> list[Rollout]:
        return [it for it in self.world.rules.rollouts.values() if it.active]

    def _figures(self) -> Step:
        if any(shape is not Shape.GOOD for shape in self.world.figures.shapes.values()) and self.random.random() < 0.6:
            return Figures(Shape.GOOD)
        shape = self.random.choice((Shape.BAD, Shape.MISSING, Shape.ERROR))
        known = ("error_rate", "p95", "uptime", "", self.random.choice(sorted(DECLARED)))
        return Figures(shape, self.random.choice(known))

    def _outage(self) -> Step:
        broken = (Health.DOWN, Health.UNHEARD)
        if self.random.random() < 0.5:
            up = self.world.flags_health is Health.UP
            return Flags(self.random.choice(broken) if up else Health.UP)
        up = self.world.chats["local"].health is Health.UP
        return Chat(self.random.choice(broken) if up else Health.UP)

    def _end(self) -> Step:
        if self.random.random() < 0.5:
            return Restart(timedelta(seconds=self.random.choice((0, 0, *MOMENTS))))
        return Kill(self.random.randrange(12))

    def _edit(self) -> Step:
        made = self.world.plans.names()[:3]
        under_way = [it.plan.key for it in self._active() if it.plan.key in made]
        return Edit(self.random.choice(under_way or made), self.random.randrange(1000))

    def _both(self) -> Step:
        return Both(self._said(), self._said())

    def _repeat(self) -> Step:
        # What is delivered again later than platforms do is another request.
        young = self.said_at is not None and self.world.clock.now() - self.said_at < KEPT
        return Repeat(self.last) if young and self.last is not None else self._pass()

    def _said(self) -> Say:
        active = self._active()
        ended = [it for it in self.world.rules.rollouts.values() if not it.active]
        start = 0 if len(active) >= MOST_ACTIVE else 12 if active else 90
        kinds: dict[Callable[[], tuple[str, str]], int] = {
            self._start: start,
            self._freeze: 4,
            self._flag: 6,
            self._look: 2,
            self._about(active): 80 if active else 0,
            self._late(ended): 4 if ended else 0,
        }
        if self.world.questions and self.random.random() < 0.3:
            kinds = {self._confirm: 1}
        line, person = self._one(kinds)()
        platform = "slack" if person in {"ana", "bob", "cleo", "dora"} and self.random.random() < 0.15 else "local"
        channel = "random" if self.random.random() < 0.03 else "releases"
        self.said_at = self.world.clock.now()
        self.last = Say(line, person, f"r{next(self.requests)}", platform, channel)
        return self.last

    def _confirm(self) -> tuple[str, str]:
        person = self.random.choice(sorted(self.world.questions))
        line = self.world.questions[person]
        if self.random.random() < 0.6:
            del self.world.questions[person]
        return line, person if self.random.random() < 0.9 else "bob"

    def _start(self) -> tuple[str, str]:
        names = self.world.plans.names()
        name = self.random.choice(names if self.random.random() < 0.35 else names[:3])
        return f"/rollout start {name}", self.random.choice(OPERATORS)

    def _freeze(self) -> tuple[str, str]:
        line = self.random.choice(
            (
                "/freeze on --for 2h because of the outage",
                "/freeze on --env production because it rains",
                "/freeze on because nobody knows",
                "/freeze off",
                "/freeze off",
                "/freeze off --env production",
                "/freeze off --env production",
                "/freeze list",
            )
        )
        return line, self.random.choice(OPERATORS)

    def _flag(self) -> tuple[str, str]:
        key = self.random.choice((*FLAGS, "alaska_pay", "new_verification_flow"))
        line = self.random.choice(
            (
                f"/flag off {key} because it burns",
                f"/flag set {key} {self.random.choice((0, 1, 5, 20, 60))}%",
                f"/flag set {key} 30% --tiers pro",
                f"/flag on {key}",
                f"/flag off {key} --env staging",
                f"/flag target {key} u1,u3",
                f"/flag target {key} u1 --remove",
                f"/flag create {key}",
            )
        )
        return line, self.random.choice((*OPERATORS, "fred"))

    def _look(self) -> tuple[str, str]:
        lines = (
            "/rollout status",
            "/rollout history",
            "/rollout list",
            "/rollout gates",
            "/flag list",
            "/audit verify",
        )
        return self.random.choice(lines), self.random.choice(EVERYBODY)

    def _late(self, ended: list[Rollout]) -> Callable[[], tuple[str, str]]:
        def line() -> tuple[str, str]:
            rollout = self.random.choice(ended)
            verb = self.random.choice(("rollback 1", "rollback 2", "rollback 1", "status", "report", "abort", "resume"))
            return f"/rollout {verb} --rollout {rollout.id}", self.random.choice(OPERATORS)

        return line

    def _about(self, active: list[Rollout]) -> Callable[[], tuple[str, str]]:
        def line() -> tuple[str, str]:
            rollout = self.random.choice(active)
            lacking = {it.kind for it in blockers(rollout, self.world.clock.now())}
            kinds = {
                self._onwards: 40 if rollout.running and lacking <= {"applying"} else 12,
                self._listed: 40 if "checklist" in lacking else 10,
                self._approved: 40 if lacking == {"approval"} else 6 if self._asks(rollout) else 1,
                self._paused: 4 if rollout.running else 40,
                self._lowered: 5,
                self._adopted: 6,
                self._reported: 12 if lacking & {"gate", "baseline"} else 4,
            }
            text, person = self._one(kinds)(rollout)
            named = "" if self.random.random() < 0.03 else f" --rollout {rollout.id}"
            stale = f" --version {rollout.version - 1}" if self.random.random() < 0.02 else ""
            verb, _, rest = text.partition(" because ")
            if verb.startswith("/rollout problem"):
                return f"{verb}{named} {rest}", person
            return (
                f"{verb}{named}{stale if verb.startswith('/rollout') else ''}{f' because {rest}' if rest else ''}",
                person,
            )

        return line

    def _asks(self, rollout: Rollout) -> bool:
        """Say whether somebody may have to approve."""
        return bool(rollout.current.approvals or self.world.team.environment("production").approvals)

    def _onwards(self, rollout: Rollout) -> tuple[str, str]:
        following = rollout.following
        percents = [it.change.percent for it in following.sets if it.change.percent] if following is not None else []
        if percents and self.random.random() < 0.3:
            flag = following.sets[0].flag if following is not None else ""
            return f"/rollout {percents[0]} --flag {flag}", self.random.choice(OPERATORS)
        if self.random.random() < 0.05:
            return "/rollout override because it is known to be fine", self.random.choice(EVERYBODY)
        return "/rollout next", self.random.choice(OPERATORS if self.random.random() < 0.9 else EVERYBODY)

    def _listed(self, rollout: Rollout) -> tuple[str, str]:
        keys = [item.key for item in items_at(rollout.plan, rollout.step)] or ["1.1"]
        key = self.random.choice(keys)
        every = '/checklist tick all --evidence "seen"'
        lines = (every, every, every, every, every, f'/checklist tick {key} --evidence "x"', f"/checklist untick {key}")
        skipped = f"/checklist skip {key} because it does not matter"
        return self.random.choice((*lines, skipped)), self.random.choice(
            ("ana", "ana", "bob", "bob", "cleo", "emil", "fred")
        )

    def _approved(self, rollout: Rollout) -> tuple[str, str]:
        del rollout
        if self.random.random() < 0.1:
            return "/rollout reject because it is not right", self.random.choice(EVERYBODY)
        return "/rollout approve", self.random.choice(APPROVERS if self.random.random() < 0.8 else EVERYBODY)

    def _adopted(self, rollout: Rollout) -> tuple[str, str]:
        del rollout
        return "/rollout adopt because the file is right", self.random.choice((*OPERATORS, "gita"))

    def _paused(self, rollout: Rollout) -> tuple[str, str]:
        line = "/rollout pause because of lunch" if rollout.running else "/rollout resume"
        return line, self.random.choice(OPERATORS)

    def _lowered(self, rollout: Rollout) -> tuple[str, str]:
        flag = self.random.choice([it.key for it in rollout.plan.flags])
        percent = self.random.choice((0, 0, 1, 5, 10, 20, 25, 40))
        down = f"/rollout {percent}% --flag {flag}"
        lines = {down: 4, "/rollout back": 3, "/rollout rollback 1": 2, "/rollout rollback 2": 1, "/rollout abort": 1}
        return self._one(lines), self.random.choice(OPERATORS)

    def _reported(self, rollout: Rollout) -> tuple[str, str]:
        del rollout
        lines = (
            "/rollout metric satisfaction 80%",
            "/rollout metric satisfaction 20%",
            "/rollout metric support_tickets 3",
            "/rollout metric support_tickets 3 --baseline",
            "/rollout gates",
            "/rollout report",
        )
        if self.random.random() < 0.3:
            critical = " --critical" if self.random.random() < 0.2 else ""
            return f"/rollout problem{critical} because it spins", self.random.choice(EVERYBODY)
        return self.random.choice(lines), self.random.choice(EVERYBODY)
