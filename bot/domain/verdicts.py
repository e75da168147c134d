"""What the engine does about measurements: guardrails first, then gates; pure decisions on one rollout."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.condition import series_of
from bot.domain.condition_verdict import Verdict
from bot.domain.errors import Refused
from bot.domain.gate import GateRecord, Standing
from bot.domain.measuring import (
    ERROR_RETRY,
    ERRORS_TOLERATED,
    History,
    breached,
    condition_of,
    how_often,
    interval_of,
    judge,
    standing,
)
from bot.domain.moves import back, pause, roll_back
from bot.domain.plan import Breach
from bot.domain.rollout import BLIND, Judging, Rollout, Status

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.domain.plan import Guardrail


FURTHEST_FIRST = (Breach.ROLLBACK, Breach.BACK, Breach.HOLD, Breach.PAGE)


class Happened(StrEnum):
    """What a round of measurements led to, in the words of the announcements."""

    NOTHING = "nothing"
    ROLLED_BACK = "rolled back"
    WENT_BACK = "went back"
    HELD = "held"
    PAGE = "page"
    BLIND = "blind"
    SEES_AGAIN = "sees again"


@dataclass(frozen=True, slots=True)
class Consequence:
    """The rollout after a round of measurements, what happened to it, and the measurement that led to it."""

    rollout: Rollout
    happened: Happened = Happened.NOTHING
    because: str = ""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of asking brought so far.

    `errors` are the series that could not be asked, `waiting` those whose source has not answered yet, and `fresh` those
    that are new since the round was judged last; None means all.
    """

    errors: tuple[str, ...] = ()
    waiting: frozenset[str] = frozenset()
    fresh: frozenset[str] | None = None

    def concerns(self, text: str) -> bool:
        """Say whether a condition can be judged on this, and has not been judged on it already."""
        series = {str(ref) for ref in series_of(condition_of(text))}
        return not series & self.waiting and (self.fresh is None or bool(series & self.fresh))


def judged(rollout: Rollout, history: History, found: Round, now: datetime) -> Rollout:
    """Judge every gate and guardrail of the step whose interval has passed, and say when to measure next.

    What people report is judged as soon as they have reported it, and what is bad as soon as it is seen.
    """
    step = rollout.current
    texts = {gate.condition: gate.interval for gate in step.gates}
    least = {gate.condition: gate.min_samples for gate in step.gates}
    rails = {rail.condition: rail.interval for rail in step.guardrails}
    texts |= {text: min(interval, texts.get(text, interval)) for text, interval in rails.items()}
    records: list[GateRecord] = []
    for text, interval in texts.items():
        known = rollout.judging.record_of(text)
        if not found.concerns(text):
            records += [known] if known is not None else []
            continue
        due = known is None or known.errors > 0 or now - known.at >= interval or history.told_since(text, known.at)
        fresh = judge(text, known, history, found.errors, least.get(text, 0))
        records.append(fresh if due or known is None else out_of_turn(known, fresh, guards=text in rails))
    judging = replace(rollout.judging, records=tuple(records))
    return replace(rollout, judging=judging, measure_at=next_measurement(rollout, judging, now))


def out_of_turn(known: GateRecord, fresh: GateRecord, *, guards: bool) -> GateRecord:
    """Return what a judgement before its turn changes: a breach counts at once, and a gate that held holds no more.

    A measurement out of turn adds to no count but that of errors in a row, and nothing gets better by it.
    """
    if fresh.errors or (guards and fresh.verdict is Verdict.TRUE):
        return fresh
    if guards or fresh.verdict is Verdict.TRUE:
        return known
    return replace(known, verdict=fresh.verdict, says=fresh.says, reason=fresh.reason)


def next_measurement(rollout: Rollout, judging: Judging, now: datetime) -> datetime | None:
    """Return when the step's metrics are asked again: soon after an error, else after the shortest interval."""
    interval = interval_of(rollout.current)
    if interval is None or not rollout.active:
        return None
    errors = any(record.errors for record in judging.records)
    return now + (min(ERROR_RETRY, interval) if errors else interval)


def act(rollout: Rollout, now: datetime) -> Consequence:
    """Decide what follows from the judgements: a broken guardrail before everything else, then a failed gate."""
    # Of several that broke at once the one that leads furthest back is acted on.
    for rail in sorted(rollout.current.guardrails, key=lambda rail: FURTHEST_FIRST.index(rail.then)):
        record = rollout.judging.record_of(rail.condition)
        if record is not None and breached(rail, record):
            consequence = _breach(rollout, rail, record, now)
            if consequence is not None:
                return consequence
    if rollout.status is Status.RUNNING:
        for gate in rollout.current.gates:
            record = rollout.judging.record_of(gate.condition)
            if record is not None and standing(gate, record, now) is Standing.FAILED:
                because = f"the gate failed {how_often(record.failures)}: {record.says}"
                return Consequence(pause(rollout, now, because), Happened.HELD, because)
    return _sight(rollout)


def trip(rollout: Rollout, wanted: Iterable[Breach | None], now: datetime, because: str) -> Consequence | None:
    """Do what alarms from outside lead to; of several things that are wanted, the one that leads furthest back.

    None among them stands for what the step's guardrails do, or for a hold where it has none. Returns None where that
    has been done already, where the rollout is over, and where only a page is wanted.
    """
    rails = {rail.then for rail in rollout.current.guardrails}
    usual = next((it for it in FURTHEST_FIRST if it in rails), Breach.HOLD)
    asked = {usual if it is None else it for it in wanted}
    chosen = next((it for it in FURTHEST_FIRST if it in asked), Breach.PAGE)
    if not rollout.active:
        return None
    # An alarm goes on for as long as the trouble does: what waits already is led back no second step by it.
    if chosen is Breach.PAGE or (chosen is not Breach.ROLLBACK and rollout.status is not Status.RUNNING):
        return None
    return _follow(rollout, chosen, now, because)


def _breach(rollout: Rollout, rail: Guardrail, record: GateRecord, now: datetime) -> Consequence | None:
    """Do what the guardrail says; None where that has been done already."""
    because = f"guardrail {rail.condition}: {record.says}"
    if rail.then is Breach.PAGE:
        mark = f"page:{rail.condition}"
        if mark in rollout.judging.told:
            return None
        return Consequence(_told(rollout, mark), Happened.PAGE, because)
    return _follow(rollout, rail.then, now, because)


def _follow(rollout: Rollout, then: Breach, now: datetime, because: str) -> Consequence | None:
    match then:
        case Breach.ROLLBACK:
            return Consequence(roll_back(rollout, 1, now, because), Happened.ROLLED_BACK, because)
        case Breach.BACK:
            try:
                # What led one step back leads no second one back.
                gone = back(rollout, now, because)
                gone = replace(gone, judging=replace(gone.judging, counted_from=now))
                return Consequence(gone, Happened.WENT_BACK, because)
            except Refused:
                return _hold(rollout, now, because)
        case Breach.HOLD | Breach.PAGE:
            return _hold(rollout, now, because)


def _hold(rollout: Rollout, now: datetime, because: str) -> Consequence | None:
    if rollout.status is not Status.RUNNING:
        return None
    return Consequence(pause(rollout, now, because), Happened.HELD, because)


def _sight(rollout: Rollout) -> Consequence:
    """Notice once that something cannot be measured any more, and once that it can again."""
    blind = [it for it in rollout.judging.records if it.blanks > ERRORS_TOLERATED]
    told = BLIND in rollout.judging.told
    if blind and not told:
        because = "; ".join(dict.fromkeys(it.reason for it in blind))
        return Consequence(_told(rollout, BLIND), Happened.BLIND, because)
    if told and not any(it.blanks for it in rollout.judging.records):
        kept = tuple(it for it in rollout.judging.told if it != BLIND)
        return Consequence(replace(rollout, judging=replace(rollout.judging, told=kept)), Happened.SEES_AGAIN)
    return Consequence(rollout)


def _told(rollout: Rollout, mark: str) -> Rollout:
    return replace(rollout, judging=replace(rollout.judging, told=(*rollout.judging.told, mark)))
