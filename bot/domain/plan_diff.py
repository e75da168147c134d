"""What differs between two versions of a plan, in words: what somebody says yes to who takes an edited one over."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.domain.duration import describe_duration
from bot.domain.plan import Approval, ChecklistItem, Communication, Gate, Guardrail, Plan, RollbackLevel, SetFlag, Step

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 120
"""So many characters of a value are shown."""

TOLD_APART = frozenset({"digest", "phases"})
PLACED = frozenset({"phase", "name"})
"""Where a step stands in its plan; it is found by its name."""


def differences(before: Plan, after: Plan) -> tuple[str, ...]:
    """Return one line for each thing that was added, left out or changed; steps are told apart by their names."""
    return (*_steps(before, after), *_fields("the plan's ", before, after, TOLD_APART))


def _steps(before: Plan, after: Plan) -> Iterator[str]:
    old, new = _named(before), _named(after)
    for name, step in new.items():
        if name not in old:
            yield f"new step “{name}”"
        else:
            yield from _fields(f"“{name}”: ", old[name], step, PLACED)
    yield from (f"step “{name}” is left out" for name in old if name not in new)
    if list(old) != list(new) and set(old) == set(new):
        yield f"the order of the steps: {', '.join(new)}"


def _named(plan: Plan) -> dict[str, Step]:
    """Return the steps by their names, told apart by their phases where several have one."""
    found: dict[str, Step] = {}
    for step in plan.steps:
        name, phase = step.name, plan.phases[step.phase].name
        name = f"{phase}: {name}" if name in found else name
        found[name if name not in found else f"{name} ({len(found) + 1})"] = step
    return found


def _fields(of: str, before: Any, after: Any, left_out: frozenset[str]) -> Iterator[str]:
    for field in fields(before):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if field.name not in left_out and old != new:
            yield f"{of}{field.name.replace('_', ' ')}: {_said(old)} → {_said(new)}"


def _said(value: Any) -> str:
    text = _written(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _written(value: Any) -> str:
    if value is None or value in ((), "", timedelta(0)):
        return "none"
    if isinstance(value, tuple):
        return ", ".join(_written(item) for item in value)
    if isinstance(value, timedelta):
        return describe_duration(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _part(value)


def _part(value: Any) -> str:
    match value:
        case Gate() | Guardrail():
            return _condition(value)
        case Approval():
            return f"{value.count} × {value.role}" if value.count > 1 else value.role
        case ChecklistItem():
            return value.text
        case RollbackLevel():
            return value.name
        case Communication():
            return f"{value.when}: {value.say}"
        case SetFlag():
            return f"{value.flag} {_change(value)}"
        case _:
            return str(value)


def _condition(value: Gate | Guardrail) -> str:
    more = [f"every {describe_duration(value.interval)}"]
    if isinstance(value, Guardrail):
        more.append(f"then {value.then}")
    else:
        more += [f"{value.min_samples} samples"] if value.min_samples else []
        more += [f"{value.max_failures} failures allowed"] if value.max_failures else []
    return f"{value.condition} ({', '.join(more)})"


def _change(item: SetFlag) -> str:
    change = item.change
    words = [{True: "on", False: "off", None: ""}[change.on], str(change.percent) if change.percent is not None else ""]
    words.append(f"of {' and '.join(change.tiers) or 'every tier'}" if change.tiers is not None else "")
    words.append(f"and {len(change.users)} named" if change.users is not None else "")
    return " ".join(word for word in words if word)
