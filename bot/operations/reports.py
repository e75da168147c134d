"""Gathers the deployment report of a rollout from its state, its measurements and the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.actor import SYSTEM_NAME
from bot.domain.audit import Action, Outcome
from bot.domain.blockers import items_of
from bot.domain.measuring import Measurement
from bot.domain.ramp import setting_in
from bot.domain.report import (
    FlagOutcome,
    Held,
    ItemTold,
    Met,
    ProblemTold,
    Report,
    Said,
    Taken,
    TargetResult,
    result_of,
)
from bot.domain.report_targets import Measured, last_values, series_reported, target_results
from bot.domain.rollout import Status, TickState
from bot.operations.channels import named_rollout
from bot.operations.judgements import CRITICAL, PROBLEMS
from bot.operations.notices import card_subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.domain.audit import Entry
    from bot.domain.rollout import Rollout
    from bot.ports import Clock, Store, Transaction

MOST_ENTRIES = 10_000
"""More than any rollout has; the newest are told of."""

MOVES = frozenset(
    {
        Action.ROLLOUT_START,
        Action.ROLLOUT_ADVANCE,
        Action.ROLLOUT_RAISE,
        Action.ROLLOUT_LOWER,
        Action.ROLLOUT_PAUSE,
        Action.ROLLOUT_RESUME,
        Action.ROLLOUT_BACK,
        Action.ROLLOUT_ROLLBACK,
        Action.ROLLOUT_ABORT,
        Action.ROLLOUT_COMPLETE,
        Action.ROLLOUT_OVERRIDE,
        Action.ROLLOUT_REJECT,
        Action.ROLLOUT_DRIFT,
        Action.FLAG_ADOPT,
        Action.FLAG_RESTORE,
    }
)


@dataclass(frozen=True, slots=True)
class Reports:
    """Everything that is told of a rollout in one piece."""

    store: Store
    clock: Clock

    async def of(self, number: int) -> Report:
        """Return the report of a rollout as things stand. Raises NotFound."""
        now = self.clock.now()
        return await self.store.read(lambda tx: _gather(tx, number, now))


def _gather(tx: Transaction, number: int, now: datetime) -> Report:
    rollout = named_rollout(tx, number)
    found = tx.audit.search(subject=card_subject(number), limit=MOST_ENTRIES)
    entries = [it for it in reversed(found) if it.outcome == Outcome.ACCEPTED]
    measured = Measured(rollout, _measurements(tx, rollout, entries), {PROBLEMS, CRITICAL}, now)
    taken = tuple(_taken(it) for it in entries if it.action in MOVES)
    targets = target_results(measured)
    tripped = tuple(it for it in taken if it.by == SYSTEM_NAME and it.action in {"pause", "back", "rollback"})
    overrides = tuple(it for it in taken if it.action == "override")
    items = _items(rollout, entries)
    problems = _problems(tx, number, entries)
    short = _shortcomings(overrides, tripped, targets, problems, items)
    return Report(
        number=number,
        title=rollout.plan.title,
        plan=rollout.plan.key,
        version=rollout.plan.version,
        digest=rollout.plan.digest,
        environment=rollout.plan.environment,
        status=rollout.status,
        result=result_of(rollout.status, short),
        why="; ".join(short) if rollout.status is Status.COMPLETED else rollout.reason,
        started_by=rollout.started_by,
        started_at=rollout.started_at,
        ended_at=rollout.finished_at,
        made_at=now,
        step=rollout.step + 1,
        of_steps=len(rollout.plan.steps),
        taken=taken,
        flags=_flags(rollout),
        metrics=last_values(measured),
        targets=targets,
        tripped=tripped,
        rollbacks=tuple(it for it in taken if it.action in {"rollback", "back", "abort"}),
        problems=problems,
        overrides=overrides,
        approvals=tuple(_said(it) for it in entries if it.action in {Action.ROLLOUT_APPROVE, Action.ROLLOUT_REJECT}),
        items=items,
    )


def _measurements(tx: Transaction, rollout: Rollout, entries: Sequence[Entry]) -> tuple[Measurement, ...]:
    """Return what was measured; reported problems come from the log, which keeps all of them."""
    counted = [
        Measurement(series, entry.at, 1.0)
        for entry in entries
        if entry.action == Action.ROLLOUT_PROBLEM
        for series in ((PROBLEMS, CRITICAL) if _fact(entry, "critical") else (PROBLEMS,))
    ]
    names = [it for it in series_reported(rollout.plan) if it not in {PROBLEMS, CRITICAL}]
    return (*tx.measurements.since(rollout.id, names, rollout.started_at), *counted)


def _shortcomings(
    overrides: Sequence[Taken],
    tripped: Sequence[Taken],
    targets: Sequence[TargetResult],
    problems: Sequence[ProblemTold],
    items: Sequence[ItemTold],
) -> tuple[str, ...]:
    """Return in words what keeps a complete deployment from being a plain success."""
    counts = (
        (len(tripped), "gate or guardrail tripped", "gates or guardrails tripped"),
        (len(overrides), "override", "overrides"),
        (sum(it.skipped for it in items), "checklist item skipped", "checklist items skipped"),
        (sum(it.result is Met.MISSED for it in targets), "target missed", "targets missed"),
        (sum(it.critical for it in problems), "critical problem", "critical problems"),
    )
    return tuple(f"{count} {one if count == 1 else many}" for count, one, many in counts if count)


def _taken(entry: Entry) -> Taken:
    flags, step = _fact(entry, "flags"), _fact(entry, "step")
    # A step past the last one is recorded as a step, by whoever took it.
    completed = _fact(entry, "status") == Status.COMPLETED and entry.action != Action.ROLLOUT_OVERRIDE
    return Taken(
        entry.at,
        entry.person,
        "complete" if completed else entry.action.partition(":")[2],
        step if isinstance(step, int) else 0,
        str(_fact(entry, "name") or ""),
        tuple(Held(str(name), str(held)) for name, held in flags.items()) if isinstance(flags, dict) else (),
        entry.reason,
    )


def _flags(rollout: Rollout) -> tuple[FlagOutcome, ...]:
    return tuple(
        FlagOutcome(it.flag, it.environment, str(setting_in(rollout.before, it.flag, it.environment)), str(it.setting))
        for it in rollout.wanted
    )


def _problems(tx: Transaction, rollout: int, entries: Sequence[Entry]) -> tuple[ProblemTold, ...]:
    """Return what was reported, from the log, with who said by what that it is no more."""
    ends = {_fact(it, "problem"): it for it in entries if it.action == Action.ROLLOUT_RESOLVE}
    ended = {(it.at, it.text): ends[it.id] for it in tx.problems.of_rollout(rollout) if it.id in ends}
    return tuple(_problem(it, ended) for it in entries if it.action == Action.ROLLOUT_PROBLEM)


def _problem(entry: Entry, ended: Mapping[tuple[datetime, str], Entry]) -> ProblemTold:
    text = str(_fact(entry, "problem") or entry.reason)
    end = ended.get((entry.at, text))
    why = f": {end.reason}" if end is not None and end.reason else ""
    resolution = f"resolved by {end.person}{why}" if end is not None else ""
    return ProblemTold(entry.at, entry.person, text, bool(_fact(entry, "critical")), resolution)


def _said(entry: Entry) -> Said:
    roles, step = _fact(entry, "approved"), _fact(entry, "step")
    return Said(
        entry.at,
        entry.person,
        tuple(map(str, roles)) if isinstance(roles, list) else (),
        step if isinstance(step, int) else 0,
        entry.action == Action.ROLLOUT_APPROVE,
        entry.reason,
    )


def _items(rollout: Rollout, entries: Sequence[Entry]) -> tuple[ItemTold, ...]:
    """Return what was confirmed and skipped, in the order in which it was; what was opened again is left out."""
    plan = rollout.plan
    levels = (None, *(level.number for level in plan.rollback))
    known = [item for index in range(len(plan.steps)) for level in levels for item in items_of(plan, index, level)]
    texts = {item.key: item.text for item in known}
    for entry in entries:
        # The environment's own prerequisites stand in no plan; the log has their words.
        words = _fact(entry, "items")
        texts |= {str(key): str(text) for key, text in words.items()} if isinstance(words, dict) else {}
    return tuple(
        ItemTold(it.item, texts.get(it.item, ""), it.state is TickState.SKIPPED, it.by, it.at, it.note)
        for it in sorted(rollout.ticks, key=lambda tick: tick.at)
    )


def _fact(entry: Entry, name: str) -> object:
    return (entry.after or {}).get(name)
