"""Checks that look at several parts of a plan file at once, each problem with its place."""

from __future__ import annotations

from datetime import timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING

from bot.announcements.announced import check, is_name
from bot.announcements.facts import example_for
from bot.announcements.kinds import KINDS
from bot.announcements.template import BadTemplate
from bot.domain.duration import format_duration
from bot.domain.moments import parse_moment
from bot.domain.percent import FULL, ZERO, Percent
from bot.domain.plan import Advance, Breach
from bot.files.findings import did_you_mean
from bot.files.plan_moments import place_in_plan
from bot.files.plan_stages import CHANGE_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.domain.plan import Phase, Step
    from bot.files.findings import Findings
    from bot.files.plan_document import PlanDocument
    from bot.files.plan_stages import GuardrailDoc, PhaseDoc, StageDoc
    from bot.files.source import Path

_CONTENT = ("set", "do", "soak", "checklist", "gates", "approvals", "question", "day", "at")


def check_plan(
    document: PlanDocument, phases: tuple[Phase, ...], paths: Mapping[tuple[int, int], Path], findings: Findings
) -> None:
    """Note everything that does not fit together; `paths` says where the steps of the phases stand."""
    _check_flags(document, findings)
    _check_names(document, phases, paths, findings)
    _check_content(document, findings)
    for position, phase in enumerate(phases):
        placed = [(step, paths[position, index]) for index, step in enumerate(phase.steps)]
        _check_percentages_grow(placed, findings)
        _check_soaks(placed, findings)
    _check_rollback(document, findings)
    _check_guardrails_have_a_way_back(document, findings)
    _check_communication(document, findings)
    _check_texts(document, findings)
    _check_after(document, findings)
    _check_help(document, findings)


def _check_flags(document: PlanDocument, findings: Findings) -> None:
    for key in document.flags:
        if key in CHANGE_KEYS:
            findings.add(
                ("flags", key), f"a flag named `{key}`", "another name", "`set` uses this word itself.", key=True
            )


def _check_names(
    document: PlanDocument, phases: tuple[Phase, ...], paths: Mapping[tuple[int, int], Path], findings: Findings
) -> None:
    _refuse_repeats([(phase.name, ("phases", index)) for index, phase in enumerate(document.phases)], "phase", findings)
    steps = [
        (step.name, paths[position, index])
        for position, phase in enumerate(phases)
        for index, step in enumerate(phase.steps)
    ]
    _refuse_repeats(steps, "step", findings)
    levels = [(level.name, ("rollback", index)) for index, level in enumerate(document.rollback)]
    _refuse_repeats(levels, "way back", findings)


def _refuse_repeats(named: Iterable[tuple[str, Path]], what: str, findings: Findings) -> None:
    seen: set[str] = set()
    for name, path in named:
        if name in seen:
            findings.add((*path, "name"), f'another {what} named "{name}"', "a name of its own")
        seen.add(name)


def _check_content(document: PlanDocument, findings: Findings) -> None:
    for index, phase in enumerate(document.phases):
        path: Path = ("phases", index)
        if phase.steps is None:
            if not _has_content(phase):
                findings.add(
                    path, f'the phase "{phase.name}" without content', "`steps`, `set`, `soak` or `checklist` in it"
                )
        else:
            for place, step in enumerate(phase.steps):
                if not _has_content(step):
                    findings.add(
                        (*path, "steps", place), "a step without content", "`set`, `do`, `soak` or `checklist` in it"
                    )
        _check_business_days(phase, path, findings)


def _check_business_days(phase: PhaseDoc, path: Path, findings: Findings) -> None:
    stages: tuple[tuple[StageDoc, Path], ...] = ((phase, path), *_placed_steps(phase.steps or [], path))
    if any(stage.day is not None for stage, _ in stages):
        return
    for stage, where in stages:
        if stage.business_days is not None:
            findings.add((*where, "business_days"), "`business_days` without `day`", "both or neither", key=True)


def _placed_steps(steps: Iterable[StageDoc], path: Path) -> tuple[tuple[StageDoc, Path], ...]:
    return tuple((step, (*path, "steps", index)) for index, step in enumerate(steps))


def _has_content(stage: StageDoc) -> bool:
    return any(getattr(stage, key) not in (None, [], "") for key in _CONTENT)


def _check_percentages_grow(placed: list[tuple[Step, Path]], findings: Findings) -> None:
    reached: dict[str, Percent] = {}
    for step, path in placed:
        for item in step.sets:
            percent = item.change.percent
            if percent is None:
                continue
            highest = reached.get(item.flag, percent)
            if percent < highest:
                findings.add((*path, "set"), f"{percent} after {highest}", "percentages that grow within a phase",
                             "The way down is a rollback level, not a step.")  # fmt: skip
            reached[item.flag] = percent


def _check_soaks(placed: list[tuple[Step, Path]], findings: Findings) -> None:
    """Whoever lets the bot go on by itself says how long each percentage must hold first; 100 % leads nowhere."""
    for step, path in placed:
        partial = any(item.change.percent not in (None, ZERO, FULL) for item in step.sets)
        if partial and step.advance is Advance.AUTO and not step.soak:
            findings.add(path, "a percentage with `advance: auto` and no `soak`", "`soak`, the least time to hold it")


def _check_rollback(document: PlanDocument, findings: Findings) -> None:
    for index, level in enumerate(document.rollback):
        if index and level.set is None and not level.call and not level.checklist:
            findings.add(("rollback", index), f'"{level.name}" without content', "`set`, `call` or `checklist` in it")
    if not document.rollback:
        return
    first = document.rollback[0]
    people = [key for key in ("call", "checklist", "destroys") if getattr(first, key)]
    for key in people:
        findings.add(("rollback", 0, key), f"`{key}` in the first way back", "nothing but `set` there",
                     "Guardrails take the first way back by themselves; put this into the next one.", key=True)  # fmt: skip
    if first.set is None and not people:
        findings.add(("rollback", 0), f'"{first.name}" without `set`', "a first way back that switches flags")


def _check_guardrails_have_a_way_back(document: PlanDocument, findings: Findings) -> None:
    if document.rollback:
        return
    for guardrail, path in _guardrails(document):
        if Breach(guardrail.then) is Breach.ROLLBACK:
            findings.add(path, "a guardrail in a plan without `rollback`", "`rollback` with the way back it takes",
                         "Add `rollback: [{name: Switch off, set: off}]`, or give the guardrail another `then`.")  # fmt: skip


def _guardrails(document: PlanDocument) -> list[tuple[GuardrailDoc, Path]]:
    stages: list[tuple[list[GuardrailDoc], Path]] = [(document.guardrails, ())]
    for index, phase in enumerate(document.phases):
        stages.append((phase.guardrails, ("phases", index)))
        stages += [(step.guardrails, path) for step, path in _placed_steps(phase.steps or [], ("phases", index))]
    return [(item, (*path, "guardrails", place)) for items, path in stages for place, item in enumerate(items)]


def _check_communication(document: PlanDocument, findings: Findings) -> None:
    phases = {phase.name: phase for phase in document.phases}
    steps = {step.name for phase in document.phases for step in phase.steps or [] if step.name} | set(phases)
    for index, message in enumerate(document.communication):
        place = place_in_plan(message.when)
        path: Path = ("communication", index, "when")
        if place is None:
            continue
        known = phases if place.kind == "phase" else steps
        if place.name not in known:
            findings.add(
                path,
                f'the {place.kind} "{place.name}"',
                f"a {place.kind} of this plan",
                did_you_mean(place.name, known),
            )
        elif place.before and (place.kind == "step" or not _has_date(phases[place.name])):
            findings.add(
                path, f'a time before "{place.name}"', "a phase with `day` or `at`", "Only then is it known ahead."
            )


def _check_texts(document: PlanDocument, findings: Findings) -> None:
    """Render each message with the example facts of its moment; what names a text of the team file is judged with that."""
    for index, message in enumerate(document.communication):
        path: Path = ("communication", index, "say")
        if is_name(message.say) and message.say not in KINDS:
            near = get_close_matches(message.say, KINDS, 1, 0.8)
            if near:
                findings.add(path, f"`{message.say}`", "a kind of message", f"Did you mean `{near[0]}`?")
            continue
        try:
            check(message.say, message.when, message.facts, {})
        except BadTemplate as problem:
            where = f"line {problem.line} of the text: " if problem.line > 1 else ""
            facts = ", ".join(sorted(example_for(parse_moment(message.when))))
            findings.add(path, f"a text that cannot be said at `{message.when}`", f"facts that are known then ({where}{problem})",
                         f"Known then: {facts}; more can be given by `facts`.")  # fmt: skip


def _has_date(stage: StageDoc) -> bool:
    return stage.day is not None or stage.at is not None


def _check_after(document: PlanDocument, findings: Findings) -> None:
    for index, task in enumerate(document.after):
        path: Path = ("after", index)
        if task.until is not None and task.every is None:
            findings.add((*path, "until"), "`until` without `every`", "both, or `at` alone", key=True)
        elif task.until is not None and task.until <= task.at:
            written = format_duration(task.until)
            findings.add((*path, "until"), written, f"a time after {format_duration(max(task.at, timedelta(0)))}")


def _check_help(document: PlanDocument, findings: Findings) -> None:
    for index, target in enumerate(document.targets):
        if target.condition is None and target.text is None:
            findings.add(("targets", index), "a target without content", "`condition` or `text` in it")
    for index, runbook in enumerate(document.runbooks):
        if not runbook.check and not runbook.do:
            findings.add(("runbooks", index), "a runbook without content", "`check` or `do` in it")
