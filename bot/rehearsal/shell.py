"""What `rollcall plan rehearse` does: read the script and the team file, and rehearse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.errors import NotUnderstood
from bot.domain.rehearsal import Rehearsal, Wish
from bot.files.metric_script import load_metric_script
from bot.files.team_watch import TeamFile
from bot.rehearsal.recording import RecordedJournal
from bot.rehearsal.stage import rehearse

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from bot.domain.metric_script import MetricScript
    from bot.domain.plan import Plan
    from bot.ports import Clock
    from bot.settings import Settings

NO_SECRET = "not-needed-in-a-rehearsal"  # noqa: S105  # It stands for one: nothing outside is asked.


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for on the command line."""

    start: datetime
    script: Path | None = None
    break_at: int | None = None
    metric: str = ""


async def rehearse_plan(plan: Plan, settings: Settings, clock: Clock, asked: Asked) -> Rehearsal:
    """Rehearse a plan with the team file's policies. Raises NotUnderstood for what makes no sense together."""
    if asked.metric and asked.break_at is None:
        raise NotUnderstood(f"“{asked.metric}” was named, and nothing is to break.", f"--break-at 1 {asked.metric}")
    team = TeamFile(settings.team_file, lambda name: settings.secret(name) or NO_SECRET, clock, RecordedJournal())
    script = _script(asked.script) if asked.script is not None else None
    return await rehearse(plan, team.current(), asked.start, Wish(script, asked.break_at, asked.metric))


def _script(path: Path) -> MetricScript:
    try:
        return load_metric_script(path)
    except OSError as problem:
        why = problem.strerror or "it cannot be opened"
        raise NotUnderstood(f"The script {path} cannot be read: {why}.", "--metrics names a file") from None
