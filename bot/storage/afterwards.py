"""Reported problems, and what is left to do after a rollout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, func, insert, select, update

from bot.domain.after import Task, TaskState
from bot.domain.announcement import ReportedProblem
from bot.storage.announcement_tables import reported_problems, tasks
from bot.storage.prepared import Prepared
from bot.storage.rows import ticks_from_text, ticks_to_text
from bot.storage.statements import insert_unless

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

_ADD_PROBLEM = insert(reported_problems)
_PROBLEMS = Prepared(
    select(reported_problems)
    .where(reported_problems.c.rollout == bindparam("of"), reported_problems.c.id > bindparam("since"))
    .order_by(reported_problems.c.id)
)
_PROBLEM = Prepared(select(reported_problems).where(reported_problems.c.id == bindparam("of")))
_RESOLVE = Prepared(update(reported_problems).where(reported_problems.c.id == bindparam("of")).values(
    resolved_at=bindparam("at_that"), resolved_by=bindparam("by_whom")
))  # fmt: skip

_ADD_TASK = Prepared(
    insert_unless(
        tasks,
        and_(
            tasks.c.rollout == bindparam("rollout"),
            tasks.c.number == bindparam("number"),
            tasks.c.due_at == bindparam("due_at"),
        ),
        columns=("rollout", "number", "due_at", "wake_at", "reminded", "ticks", "state"),
    )
)
_DUE = Prepared(
    select(tasks)
    .where(tasks.c.wake_at <= bindparam("now"))
    .order_by(tasks.c.wake_at, tasks.c.id)
    .limit(bindparam("most"))
)
_NEXT_DUE = Prepared(select(func.min(tasks.c.wake_at)).where(tasks.c.wake_at.is_not(None)))
_OF_ROLLOUT = Prepared(select(tasks).where(tasks.c.rollout == bindparam("of")).order_by(tasks.c.number, tasks.c.due_at))
_SAVE_TASK = Prepared(update(tasks).where(tasks.c.id == bindparam("of")).values(
    {it: bindparam(f"{it}_now") for it in ("wake_at", "reminded", "ticks", "state")}
))  # fmt: skip


class SqlProblemRepository:
    """Reported problems in the database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, problem: ReportedProblem) -> int:
        names = (
            "rollout",
            "person",
            "platform",
            "platform_id",
            "channel",
            "text",
            "critical",
            "at",
            "resolved_at",
            "resolved_by",
        )
        added = self._connection.execute(_ADD_PROBLEM, {name: getattr(problem, name) for name in names})
        return int(added.inserted_primary_key[0]) if added.inserted_primary_key is not None else 0

    def get(self, number: int) -> ReportedProblem | None:
        row = _PROBLEM.run(self._connection, {"of": number}).first()
        return None if row is None else ReportedProblem(*row)

    def of_rollout(self, rollout_id: int, since: int = 0) -> Sequence[ReportedProblem]:
        return [ReportedProblem(*row) for row in _PROBLEMS.run(self._connection, {"of": rollout_id, "since": since})]

    def resolve(self, number: int, by: str, at: datetime) -> None:
        _RESOLVE.run(self._connection, {"of": number, "at_that": at, "by_whom": by})


class SqlTaskRepository:
    """After-tasks in the database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, task: Task) -> None:
        _ADD_TASK.run(
            self._connection, {"rollout": task.rollout, "number": task.number, "due_at": task.due_at, **_changing(task)}
        )

    def due(self, now: datetime, limit: int) -> Sequence[Task]:
        return self._found(_DUE, {"now": now, "most": limit})

    def next_due(self) -> datetime | None:
        earliest: datetime | None = _NEXT_DUE.run(self._connection).scalar_one()
        return earliest

    def of_rollout(self, rollout_id: int) -> Sequence[Task]:
        return self._found(_OF_ROLLOUT, {"of": rollout_id})

    def save(self, task: Task) -> None:
        _SAVE_TASK.run(
            self._connection, {"of": task.id, **{f"{name}_now": value for name, value in _changing(task).items()}}
        )

    def _found(self, statement: Prepared, values: dict[str, object]) -> list[Task]:
        return [_task(row) for row in statement.run(self._connection, values)]


def _changing(task: Task) -> dict[str, object]:
    return {
        "wake_at": task.wake_at,
        "reminded": task.reminded,
        "ticks": ticks_to_text(task.ticks),
        "state": task.state.value,
    }


def _task(row: Row[Any]) -> Task:
    return Task(
        row.id,
        row.rollout,
        row.number,
        row.due_at,
        row.wake_at,
        row.reminded,
        ticks_from_text(row.ticks),
        TaskState(row.state),
    )
