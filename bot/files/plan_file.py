"""A plan file in, a plan out: everything resolved, or every problem at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from bot.domain.errors import BadPlan
from bot.domain.flag import OFF
from bot.domain.plan import (
    AfterTask,
    ChannelName,
    Communication,
    Limit,
    Plan,
    PlanFlag,
    Risk,
    RollbackLevel,
    Runbook,
    Target,
)
from bot.files.plan_changes import ChangeReader
from bot.files.plan_checks import check_plan
from bot.files.plan_digest import digest_of
from bot.files.plan_shape import check_shape
from bot.files.plan_steps import ItemCounter, PhaseReader
from bot.files.yaml_source import BadYaml, read_yaml

if TYPE_CHECKING:
    from bot.domain.plan import Phase
    from bot.domain.problem import Problem
    from bot.files.plan_document import PlanDocument


def load_plan(path: FilePath) -> Plan:
    """Read a plan file, whose plan must be named like the file. Raises `BadPlan`; OSError if it cannot be read."""
    return read_plan(path.read_bytes(), str(path), name=path.stem)


def read_plan(content: str | bytes, file: str, *, name: str | None = None) -> Plan:
    """Read the content of a plan file; `file` is named in problems, `name` is what the plan must be called.

    Raises `BadPlan` with every problem that can be told.
    """
    try:
        source = read_yaml(content, file)
    except BadYaml as error:
        raise _bad(file, error.problems) from None
    document, findings = check_shape(source)
    if document is None:
        raise _bad(file, findings.problems)
    if name is not None and document.plan != name:
        findings.add(("plan",), f'"{document.plan}"', f"`{name}`, the name of the file")
    changes = ChangeReader(document, findings)
    phases = PhaseReader(document, changes, findings)
    plan = _plan(document, changes, phases.phases())
    check_plan(document, plan.phases, phases.paths, findings)
    if findings.problems:
        raise _bad(file, findings.problems)
    return replace(plan, digest=digest_of(plan))


def _bad(file: str, problems: tuple[Problem, ...]) -> BadPlan:
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return BadPlan(f"{file} has {count}.", problems, "Correct the lines named here and check the plan again.")


def _plan(document: PlanDocument, changes: ChangeReader, phases: tuple[Phase, ...]) -> Plan:
    return Plan(
        key=document.plan,
        title=document.title,
        environment=document.environment,
        digest="",
        phases=phases,
        flags=_flags(document, changes),
        summary=document.summary,
        version=document.version,
        channels=tuple(
            ChannelName(platform, channel) for platform, channels in document.channel.items() for channel in channels
        ),
        rollback=_rollback(document, changes),
        communication=tuple(
            Communication(item.when, tuple(item.to), item.say, tuple(item.facts.items()), item.hold)
            for item in document.communication
        ),
        escalation=document.escalation or "",
        after=_after(document),
        risks=tuple(Risk(item.risk, item.mitigation, item.severity) for item in document.risks),
        targets=tuple(Target(item.when, item.condition or "", item.text or "", item.kind) for item in document.targets),
        runbooks=tuple(Runbook(item.problem, tuple(item.check), tuple(item.do)) for item in document.runbooks),
        limits=tuple(Limit(item.scope, item.count, item.per, item.cooldown) for item in document.limits),
        never=tuple(document.never),
        alone=document.alone,
        zone=document.zone,
    )


def _flags(document: PlanDocument, changes: ChangeReader) -> tuple[PlanFlag, ...]:
    return tuple(
        PlanFlag(
            key=key,
            unit=flag.unit,
            description=flag.description,
            owner=flag.owner,
            starts=changes.change(flag.starts, ("flags", key, "starts")).applied_to(OFF) if flag.starts else None,
            provider=flag.provider,
            population=flag.population,
        )
        for key, flag in document.flags.items()
    )


def _rollback(document: PlanDocument, changes: ChangeReader) -> tuple[RollbackLevel, ...]:
    return tuple(
        RollbackLevel(
            number=number,
            name=level.name,
            sets=changes.sets(level.set, ("rollback", number - 1, "set")),
            calls=tuple(level.call),
            checklist=ItemCounter(f"r{number}").items(level.checklist),
            takes=level.takes,
            destroys=level.destroys,
        )
        for number, level in enumerate(document.rollback, start=1)
    )


def _after(document: PlanDocument) -> tuple[AfterTask, ...]:
    return tuple(
        AfterTask(task.at, ItemCounter(f"a{number}").items(task.checklist), task.every, task.until, task.name)
        for number, task in enumerate(document.after, start=1)
    )
