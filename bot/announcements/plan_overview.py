"""Shows what a plan will do, with dates, before it does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.duration import describe_duration, format_duration
from bot.domain.message import (
    Block,
    Bullets,
    Button,
    Buttons,
    ButtonStyle,
    Fields,
    Heading,
    Line,
    Message,
    Moment,
    Note,
    Paragraph,
    Table,
    Tone,
    line,
)

if TYPE_CHECKING:
    from bot.domain.plan import Communication, Plan, RollbackLevel, Step
    from bot.domain.plan_fit import Fit
    from bot.domain.timeline import Dated, Expected, Listed

NOT_ACTIVE = "parsed and kept, not active yet"
"""What is said of escalation policies."""


def render(dated: Dated) -> Message:
    """Show a whole plan as tables."""
    plan = dated.plan
    blocks: list[Block] = [Heading(f"{plan.title} ({plan.key})")]
    if plan.summary:
        blocks.append(Paragraph(line(plan.summary)))
    blocks += [Fields(_facts(dated)), Heading("Steps, if it started now"), _steps(dated.expected)]
    blocks += _conditions(plan)
    blocks += _ways_back(plan)
    blocks += _messages(plan)
    blocks += _afterwards(plan)
    blocks += _risks(plan)
    blocks.append(Buttons((Button(f"Start {plan.key}", f"/rollout start {plan.key}", ButtonStyle.PRIMARY),)))
    steps, end = len(plan.steps), dated.expected[-1].ends
    summary = f"{plan.title}: {steps} steps, complete on {end:%Y-%m-%d %H:%M} UTC at the earliest"
    return Message(summary, tuple(blocks))


def _facts(dated: Dated) -> tuple[tuple[str, Line], ...]:
    plan = dated.plan
    flags = ", ".join(f"{flag.key} (counts {flag.unit}s)" for flag in plan.flags) or "none"
    channels = ", ".join(f"{it.platform} {it.channel}" for it in plan.channels) or "where it is started"
    begins, ends = dated.expected[0].begins, dated.expected[-1].ends
    took = describe_duration(ends - begins, 2) if ends > begins else "no waiting"
    return (
        ("Environment", line(plan.environment)),
        ("Flags", line(flags)),
        ("Channels", line(channels)),
        ("At the earliest", line("complete ", Moment(ends, relative=False), f" ({took})")),
        ("Digest", line(plan.digest[:12])),
    )


def _steps(expected: tuple[Expected, ...]) -> Table:
    rows = tuple(
        (
            str(it.index + 1),
            it.step.name,
            _sets(it.step),
            f"{it.begins:%a %d %b %H:%M}",
            _lasts(it.step),
            it.step.risk or "–",
            _leaving(it.step),
        )
        for it in expected
    )
    return Table(("#", "Step", "Sets", "Earliest (UTC)", "Lasts", "Risk", "To leave it"), rows)


def _lasts(step: Step) -> str:
    if step.soak:
        return f"holds {format_duration(step.soak)}"
    return f"takes {format_duration(step.takes)}" if step.takes else "–"


def _sets(step: Step) -> str:
    parts = []
    for item in step.sets:
        change = item.change
        words = ["off" if change.on is False else ""]
        words += [str(change.percent)] if change.percent is not None and change.on is not False else []
        words += [f"tiers {', '.join(change.tiers) or 'all'}"] if change.tiers is not None else []
        words += [f"{len(change.users)} named"] if change.users else []
        parts.append(f"{item.flag}: {' '.join(word for word in words if word) or 'on'}")
    parts += [f"run {call}" for call in step.calls]
    return "; ".join(parts) or "–"


def _leaving(step: Step) -> str:
    parts = []
    if step.checklist:
        parts.append(f"{len(step.checklist)} {'item' if len(step.checklist) == 1 else 'items'}")
    parts += ["go/no-go"] if step.question else []
    parts += [f"{it.role}{f' ×{it.count}' if it.count > 1 else ''} approves" for it in step.approvals]
    parts += [f"{len(step.gates)} {'gate' if len(step.gates) == 1 else 'gates'}"] if step.gates else []
    parts += ["cannot be undone"] if step.irreversible is not None else []
    parts.append(str(step.advance))
    return ", ".join(parts)


def _conditions(plan: Plan) -> list[Block]:
    gates = dict.fromkeys(gate.condition for step in plan.steps for gate in step.gates)
    rails = dict.fromkeys(f"{it.condition} → {it.then}" for step in plan.steps for it in step.guardrails)
    blocks: list[Block] = []
    if gates:
        blocks += [Heading("Gates"), Bullets(tuple(line(it) for it in gates))]
    if rails:
        blocks += [Heading("Guardrails"), Bullets(tuple(line(it) for it in rails))]
    return blocks


def _ways_back(plan: Plan) -> list[Block]:
    if not plan.rollback:
        return []
    rows = tuple((str(it.number), it.name, _takes(it), it.destroys or "nothing") for it in plan.rollback)
    return [Heading("Ways back"), Table(("Level", "What", "Takes", "Destroys"), rows)]


def _takes(level: RollbackLevel) -> str:
    return format_duration(level.takes) if level.takes else "an instant"


def _messages(plan: Plan) -> list[Block]:
    if not plan.communication and not plan.escalation:
        return []
    rows = tuple((it.when, ", ".join(it.to), _says(it)) for it in plan.communication)
    blocks: list[Block] = [Heading("Announcements"), Table(("When", "To", "Says"), rows)] if rows else []
    if plan.escalation:
        blocks.append(Paragraph(line(f"Escalation policy “{plan.escalation}”.")))
    return blocks


def _says(item: Communication) -> str:
    words = item.say if any(it.isspace() for it in item.say) else item.say.replace("_", " ")
    return f"{words} (after a person's yes)" if item.hold else words


def _afterwards(plan: Plan) -> list[Block]:
    if not plan.after:
        return []
    rows = tuple(
        (
            f"+{format_duration(task.at)}" + (f", every {format_duration(task.every)}" if task.every else ""),
            "; ".join(item.text for item in task.checklist),
        )
        for task in plan.after
    )
    return [Heading("Afterwards"), Table(("When", "To do"), rows)]


def _risks(plan: Plan) -> list[Block]:
    blocks: list[Block] = []
    if plan.risks:
        rows = tuple((it.severity, it.risk, it.mitigation) for it in plan.risks)
        blocks += [Heading("Risks"), Table(("Severity", "Risk", "Mitigation"), rows)]
    if plan.targets:
        targets = tuple((it.when, it.condition or it.text) for it in plan.targets)
        blocks += [Heading("Targets"), Table(("When", "Target"), targets)]
    if plan.runbooks:
        problems = ", ".join(it.problem for it in plan.runbooks)
        blocks.append(Note(line(f"Runbooks: {problems} — /plan runbook {plan.key}")))
    return blocks


def render_list(listed: tuple[Listed, ...]) -> Message:
    """List the plans of the folder, broken ones with their problem."""
    if not listed:
        return Message(
            "There are no plans yet.",
            (
                Paragraph(
                    line("There are no plans yet. Put a YAML file into the folder of plans; docs/plans.md says how.")
                ),
            ),
        )
    rows = tuple(
        (it.name, it.plan.title, it.plan.environment, str(len(it.plan.steps)))
        if it.plan is not None
        else (it.name, f"cannot be used: {it.problem}", "", "")
        for it in listed
    )
    names = ", ".join(it.name for it in listed)
    return Message(f"Plans: {names}", (Table(("Plan", "Title", "Environment", "Steps"), rows),))


def render_runbooks(plan: Plan, words: str) -> Message:
    """Show the runbooks whose problem holds the words, or all of them."""
    found = [it for it in plan.runbooks if words.casefold() in it.problem.casefold()]
    blocks: list[Block] = []
    for book in found or plan.runbooks:
        blocks.append(Heading(book.problem))
        if book.check:
            blocks += [Paragraph(line("Check:")), Bullets(tuple(line(it) for it in book.check))]
        if book.do:
            blocks += [Paragraph(line("Do:")), Bullets(tuple(line(it) for it in book.do))]
    if not blocks:
        blocks.append(Paragraph(line(f"{plan.title} has no runbooks.")))
    return Message(f"Runbooks of {plan.title}", tuple(blocks))


def render_check(plan: Plan, found: Fit) -> Message:
    """Say whether a plan can be used with this team, and what is good to know."""
    good = not found.problems
    count = len(found.problems)
    how = "a good plan" if good else f"not fit for this team: {count} {'problem' if count == 1 else 'problems'}"
    summary = f"{plan.key} is {how}, {len(plan.steps)} steps, digest {plan.digest[:12]}."
    blocks: list[Block] = [Paragraph(line(summary))]
    if found.problems:
        blocks.append(Bullets(tuple(line(it) for it in found.problems)))
    if found.notes:
        blocks += [Note(line("Good to know:")), Bullets(tuple(line(it) for it in found.notes))]
    return Message(summary, tuple(blocks), Tone.SUCCESS if good else Tone.WARNING)
