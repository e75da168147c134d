"""Phases and steps as the engine wants them: what a phase or the plan says is written into each step."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.duration import format_duration
from bot.domain.flag import OFF, FlagChange
from bot.domain.plan import (
    Advance,
    Approval,
    Breach,
    ChecklistItem,
    Gate,
    Guardrail,
    Irreversible,
    Phase,
    SetFlag,
    Start,
    Step,
)
from bot.files.plan_stages import EnterDoc, PhaseDoc, StageDoc
from bot.files.words import read_window

if TYPE_CHECKING:
    from bot.files.findings import Findings
    from bot.files.plan_changes import ChangeReader
    from bot.files.plan_document import PlanDocument
    from bot.files.plan_stages import GateDoc, GuardrailDoc, ItemDoc
    from bot.files.source import Path

BEFORE_THE_START = "Before the start"
"""Where a rollout waits for what must be true, or for the time that must come, before its first step."""

_IN_STEPS_ONLY = ("set", "tiers", "users", "do", "irreversible", "takes")


class ItemCounter:
    """Gives checklist items their keys: the number of what they belong to, a dot, and their own."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.count = 0

    def items(self, written: list[ItemDoc]) -> tuple[ChecklistItem, ...]:
        """Return the items with the next keys."""
        read = []
        for item in written:
            self.count += 1
            read.append(ChecklistItem(f"{self.owner}.{self.count}", item.text, item.owner, item.note, item.evidence))
        return tuple(read)


class PhaseReader:
    """Reads the phases of one plan in order; `paths` says where each step stands in the file."""

    def __init__(self, document: PlanDocument, changes: ChangeReader, findings: Findings) -> None:
        self.document = document
        self.changes = changes
        self.findings = findings
        self.paths: dict[tuple[int, int], Path] = {}
        self._phases: list[Phase] = []
        self._environments_with_flags_out: set[str] = set()

    def phases(self) -> tuple[Phase, ...]:
        """Return the phases, led by one for what must be true before the start if the plan asks for anything."""
        first = self.document.phases[0]
        if self.document.prerequisites or first.enter is not None or _has_its_time(first):
            self._phases.append(self._before_the_start())
        for index, phase in enumerate(self.document.phases):
            counter = ItemCounter(str(index + 1))
            if phase.enter is not None:
                self._ask_before(phase.enter, counter)
            self._phases.append(self._phase(phase, index, counter))
        return tuple(self._phases)

    def _before_the_start(self) -> Phase:
        step = Step(
            name=BEFORE_THE_START,
            phase=0,
            environment=self.document.environment,
            advance=Advance(self.document.advance),
            checklist=ItemCounter("0").items(self.document.prerequisites),
        )
        self.paths[0, 0] = ("prerequisites",)
        return Phase(BEFORE_THE_START, (step,), number=0)

    def _ask_before(self, enter: EnterDoc, counter: ItemCounter) -> None:
        """Make what a phase asks before it begins a condition for leaving the step before it."""
        phase = self._phases[-1]
        self._phases[-1] = replace(phase, steps=(*phase.steps[:-1], _asking(phase.steps[-1], enter, counter)))

    def _phase(self, phase: PhaseDoc, index: int, counter: ItemCounter) -> Phase:
        path: Path = ("phases", index)
        position = len(self._phases)
        if phase.steps is None:
            step = self._step(phase, phase, path, counter, first=True)
            self.paths[position, 0] = path
            return Phase(phase.name, (replace(step, name=phase.name),), phase.note, index + 1)
        self._refuse_in_phase(phase, path)
        steps: list[Step] = []
        for place, written in enumerate(phase.steps):
            where = (*path, "steps", place)
            self.paths[position, place] = where
            step = self._step(written, phase, where, counter, first=place == 0)
            name = written.name or _free_name(f"{phase.name}: {self._content_name(step)}", steps)
            steps.append(replace(step, name=name))
        steps[-1] = _asking(steps[-1], phase, counter)
        return Phase(phase.name, tuple(steps), phase.note, index + 1)

    def _refuse_in_phase(self, phase: PhaseDoc, path: Path) -> None:
        for key in _IN_STEPS_ONLY:
            if key in phase.model_fields_set:
                self.findings.add((*path, key), f"`{key}` beside `steps`", f"`{key}` in one of the steps", key=True)

    def _step(self, written: StageDoc, phase: PhaseDoc, path: Path, counter: ItemCounter, *, first: bool) -> Step:
        """Read one step; a phase without steps is its own only step, and then `written` is `phase`."""
        sets = self.changes.sets_of(written, path)
        environment = phase.environment or self.document.environment
        if sets:
            self._environments_with_flags_out.add(environment)
        gates, guardrails = self._conditions(written, phase, environment)
        return Step(
            name="",
            phase=len(self._phases),
            environment=environment,
            sets=sets,
            calls=tuple(written.do),
            soak=_first_given(written.soak, phase.soak),
            start=self._start(written, phase, first=first),
            advance=Advance(written.advance or phase.advance or self.document.advance),
            checklist=counter.items(written.checklist),
            gates=gates,
            guardrails=guardrails,
            approvals=_approvals(written),
            question=written.question,
            irreversible=_irreversible(written),
            risk=written.risk or phase.risk,
            note=written.note if written is not phase else "",
            takes=_first_given(written.takes),
        )

    def _conditions(
        self, written: StageDoc, phase: PhaseDoc, environment: str
    ) -> tuple[tuple[Gate, ...], tuple[Guardrail, ...]]:
        """Return the step's own, the phase's, and the plan's where its flags are out; each once."""
        gates = [*written.gates, *phase.gates]
        guardrails = [*written.guardrails, *phase.guardrails]
        if environment in self._environments_with_flags_out:
            gates += self.document.gates
            guardrails += self.document.guardrails
        return (
            tuple(dict.fromkeys(_gate(gate) for gate in gates)),
            tuple(dict.fromkeys(_guardrail(guardrail) for guardrail in guardrails)),
        )

    def _start(self, written: StageDoc, phase: PhaseDoc, *, first: bool) -> Start | None:
        day = phase.day if written.day is None and first else written.day
        at = phase.at if written.at is None and first else written.at
        between = written.between or phase.between
        if day is None and at is None and between is None:
            return None
        opens, closes = read_window(between) if between else (None, None)
        return Start(
            offset=None if day is None else timedelta(days=day),
            at=at,
            time_of_day=opens,
            until_time=closes,
            zone=written.zone or phase.zone or self.document.zone,
            business_days=bool(phase.business_days if written.business_days is None else written.business_days),
        )

    def _content_name(self, step: Step) -> str:
        if step.sets:
            return ", ".join(self._change_name(item) for item in step.sets)
        if step.calls:
            return ", ".join(step.calls)
        return f"hold for {format_duration(step.soak)}" if step.soak else "checks"

    def _change_name(self, item: SetFlag) -> str:
        words = change_words(item.change)
        return words if len(self.changes.flags) == 1 else f"{item.flag} {words}"


def change_words(change: FlagChange) -> str:
    """Return a change as people read it: `50% of pro and enterprise`, `3 named users`, `on`, `off`."""
    if change.on is False:
        return "off"
    words = []
    if change.percent is not None and (change.percent.milli or not change.users):
        words.append(str(change.percent))
        if change.tiers:
            words.append(f"of {' and '.join(change.tiers)}")
    if change.users:
        named = change.applied_to(OFF).users
        words.append(f"{'and ' if words else ''}{len(named)} named {'user' if len(named) == 1 else 'users'}")
    if words:
        return " ".join(words)
    if change.tiers is not None:
        return f"tiers {' and '.join(change.tiers)}" if change.tiers else "every tier"
    return "on"


def _asking(step: Step, asked: EnterDoc, counter: ItemCounter) -> Step:
    """Return the step with more to be true before it may be left."""
    gates = (_gate(gate) for gate in asked.gates)
    return replace(
        step,
        checklist=(*step.checklist, *counter.items(asked.checklist)),
        gates=tuple(dict.fromkeys((*step.gates, *gates))),
        approvals=tuple(dict.fromkeys((*step.approvals, *_approvals(asked)))),
        question=" ".join(question for question in (step.question, asked.question) if question),
    )


def _free_name(name: str, steps: list[Step]) -> str:
    taken = {step.name for step in steps}
    free = name
    number = 2
    while free in taken:
        free = f"{name} ({number})"
        number += 1
    return free


def _first_given(*durations: timedelta | None) -> timedelta:
    return next((duration for duration in durations if duration is not None), timedelta(0))


def _gate(gate: GateDoc) -> Gate:
    return Gate(gate.condition, gate.interval, gate.min_samples, gate.max_failures)


def _guardrail(guardrail: GuardrailDoc) -> Guardrail:
    return Guardrail(guardrail.condition, Breach(guardrail.then), guardrail.interval)


def _approvals(asked: EnterDoc) -> tuple[Approval, ...]:
    return tuple(Approval(approval.role, approval.count) for approval in asked.approvals)


def _irreversible(written: StageDoc) -> Irreversible | None:
    return Irreversible(written.irreversible.what, written.irreversible.instead) if written.irreversible else None


def _has_its_time(phase: PhaseDoc) -> bool:
    """Say whether a phase may not begin at once; a rollout takes its first step in the moment in which it starts."""
    stages = (phase, phase.steps[0]) if phase.steps else (phase,)
    return any(stage.day or stage.at is not None or stage.between is not None for stage in stages)
