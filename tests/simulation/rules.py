"""What must hold whatever happens: judged for every transaction, and whenever the bot has nothing left to do."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.domain.actor import SYSTEM_NAME
from bot.domain.audit import Action
from bot.domain.flag import OFF, Flag, evaluate, goes_up
from bot.domain.rollout import Status
from bot.operations.flag_records import setting_facts
from tests.simulation.leaving import Move, lacks_baseline, problems_of_leaving, raised
from tests.simulation.soaking import Soaks
from tests.simulation.stopping import Stopping
from tests.simulation.way_back import MAY_CHANGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain.audit import Entry
    from bot.domain.flag import FlagSetting
    from bot.domain.measuring import Measurement
    from bot.domain.rollout import Rollout
    from bot.domain.team import Team
    from tests.simulation.watching import FlagSet, Written

SAMPLE = tuple((f"u{number}", ("free", "pro", "enterprise")[number % 3]) for number in range(500))
"""Five hundred people with their tiers, of whom the first may be named."""

DOWN = frozenset(
    {
        Action.ROLLOUT_LOWER,
        Action.ROLLOUT_BACK,
        Action.ROLLOUT_ROLLBACK,
        Action.ROLLOUT_PAUSE,
        Action.ROLLOUT_REJECT,
        Action.FREEZE_ON,
    }
)
RESTORES = frozenset({Action.ROLLOUT_RESUME, Action.ROLLOUT_RAISE})


@dataclass(slots=True)
class Rules:
    """Keeps what is known of every rollout, and what was found to be wrong.

    `measured` is what was measured for each rollout since it was moved last, `passed` counts the soaks that each
    rollout left behind by itself since the clock last moved, `touched` are the rollouts that changed since all was at rest.
    """

    team: Team
    rollouts: dict[int, Rollout] = field(default_factory=dict)
    measured: dict[int, list[Measurement]] = field(default_factory=dict)
    soaks: Soaks = field(default_factory=Soaks)
    stopping: Stopping = field(default_factory=Stopping)
    passed: Counter[int] = field(default_factory=Counter)
    accepted: set[str] = field(default_factory=set)
    touched: set[int] = field(default_factory=set)
    found: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def committed(self, written: Written) -> None:
        """Judge a transaction."""
        self.seen.update(entry.action for entry in written.entries if entry.outcome == "accepted")
        for number, measurement in written.measurements:
            self.measured.setdefault(number, []).append(measurement)
        for before, after in written.rollouts.values():
            self.found += [f"{after.name} {after.plan.key}: {it}" for it in self._changed(written, before, after)]
            self._note(before, after, written)
        for change in written.flags:
            self.found += [f"{change.flag.key} in {change.environment}: {it}" for it in self._set(written, change)]
        if written.rollouts:
            self.found += self._writers()
        self.found += self._twice(written)

    def _note(self, before: Rollout | None, after: Rollout, written: Written) -> None:
        self.soaks.note(before, after, written.now)
        if before is None or before.version != after.version:
            self.measured[after.id] = []
            self.stopping.moved(before, after, written)
        self.rollouts[after.id] = after
        self.touched.add(after.id)

    def _changed(self, written: Written, before: Rollout | None, after: Rollout) -> Iterator[str]:
        if before is None:
            return
        mine = [it for it in written.entries if it.subject == f"rollout:{after.id}" and it.outcome == "accepted"]
        self.seen.update(entry.action for entry in mine)
        if (before.status, before.step) != (after.status, after.step):
            yield from _recorded(before, after, mine)
        if before.plan.digest != after.plan.digest:
            yield from _adopted(before, after, mine)
        move = Move(
            before,
            after,
            written.entries,
            written.freezes,
            self.team,
            written.now,
            self.soaks.of(before, written.now),
            self.measured.get(after.id, ()),
        )
        if move.leaves:
            yield from (f"it left “{before.current.name}” and {it}" for it in problems_of_leaving(move))
            yield from self._catching_up(move)
        elif higher := raised(before, after):
            yield from self._went_up(move, {entry.action for entry in mine}, higher)

    def _catching_up(self, move: Move) -> Iterator[str]:
        if move.by_itself and move.before.current.soak:
            self.passed[move.after.id] += 1
            if self.passed[move.after.id] > 1:
                yield "it passed a second judged step at once"

    def _went_up(self, move: Move, actions: set[str], higher: list[str]) -> Iterator[str]:
        names = ", ".join(higher)
        if actions & DOWN or not actions:
            yield f"{names} went up on the way down ({', '.join(actions) or 'nothing on record'})"
        if actions & RESTORES and move.frozen():
            yield f"{names} went up in a freeze"
        if Action.ROLLOUT_ABORT in actions:
            yield from self.stopping.problems_of_aborting(move.after)

    def _set(self, written: Written, change: FlagSet) -> Iterator[str]:
        self.seen["flag:set"] += 1
        before = change.before.setting if change.before is not None else OFF
        facts = (setting_facts(before), setting_facts(change.after))
        subject = f"flag:{change.flag.key}"
        entries = [it for it in written.entries if it.subject == subject and it.environment == change.environment]
        if not any((it.before, it.after) == facts for it in entries):
            yield f"{before} became {change.after} and that is not on record"
        driver = self._driver(entries)
        if driver is not None and driver.running and lacks_baseline(driver):
            yield f"it was set for {driver.name} before the time before was known"
        if driver is None:
            self.stopping.set_by_hand(change)
        elif goes_up(before, change.after):
            yield from self._went_up_in_force(written, change, driver)
        inside = _inside(change.flag.key, change.after)
        if before.on and change.after.on and (before.tiers, before.users) == (change.after.tiers, change.after.users):
            old = _inside(change.flag.key, before)
            if not (old <= inside or inside <= old):
                yield f"{before} and {change.after} are not nested"

    def _went_up_in_force(self, written: Written, change: FlagSet, driver: Rollout) -> Iterator[str]:
        """Judge a flag that was raised for a rollout: only for one that runs, and in no freeze that came since."""
        if driver.status not in {Status.RUNNING, Status.ABORTED, Status.COMPLETED}:
            yield f"it went up to {change.after} for {driver.name}, which is {driver.status}"
        if driver.running and self.stopping.frozen(self.team, driver, change.environment, written):
            yield f"it went up to {change.after} for {driver.name} in a freeze"

    def _driver(self, entries: list[Entry]) -> Rollout | None:
        """Return the rollout for which a flag was set; None where a person did it."""
        for entry in entries:
            if entry.person == SYSTEM_NAME and entry.reason.startswith("rollout:"):
                return self.rollouts[int(entry.reason.split(":")[1])]
        return None

    def _writers(self) -> Iterator[str]:
        driven: Counter[tuple[str, str]] = Counter()
        for rollout in self.rollouts.values():
            if rollout.active:
                driven.update({(it.flag, it.environment) for it in rollout.wanted})
        yield from (f"{flag} in {where} is driven by {count}" for (flag, where), count in driven.items() if count > 1)

    def _twice(self, written: Written) -> Iterator[str]:
        requests = {it.request_id for it in written.entries if it.outcome == "accepted" and it.person != SYSTEM_NAME}
        yield from (f"{request} was done twice" for request in requests & self.accepted)
        self.accepted |= requests


def _adopted(before: Rollout, after: Rollout, entries: list[Entry]) -> Iterator[str]:
    """Say what was wrong about taking an edited plan over."""
    if not any(it.action == Action.ROLLOUT_ADOPT and it.person in MAY_CHANGE for it in entries):
        yield "it goes by another plan, and nobody who may asked for that"
    if (before.status, before.step, before.wanted) != (after.status, after.step, after.wanted) or after.approvals:
        yield "an edited plan moved it, or left its approvals standing"
    if before.plan.steps[after.step].sets != after.current.sets:
        yield "an edited plan rewrote the step at which it stands"


def _recorded(before: Rollout, after: Rollout, entries: list[Entry]) -> Iterator[str]:
    """Say whether a move is not on record as it was."""
    was, now = (str(before.status), before.step + 1), (str(after.status), after.step + 1)
    for entry in entries:
        if entry.before is None or entry.after is None:
            continue
        if (entry.before.get("status"), entry.before.get("step")) != was:
            continue
        if (entry.after.get("status"), entry.after.get("step")) == now:
            return
    yield f"{was} became {now} and that is not on record"


@lru_cache(maxsize=10_000)
def _inside(key: str, setting: FlagSetting) -> frozenset[str]:
    """Return who of the sample is in; a flag's salt is its key unless somebody says otherwise, and nobody here does."""
    flag = Flag(key, salt=key)
    return frozenset(unit for unit, tier in SAMPLE if evaluate(flag, setting, unit, tier).on)
