"""Rollouts, the plans frozen in them, and which flags they drive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update

from bot.domain.errors import Stale
from bot.domain.rollout import Rollout, Status
from bot.storage.documents import plan_from_text, plan_to_text
from bot.storage.judging import approvals_from_text, approvals_to_text, judging_from_text, judging_to_text
from bot.storage.prepared import NOTHING, Prepared
from bot.storage.rows import (
    channels_from_text,
    channels_to_text,
    targets_from_text,
    targets_to_text,
    ticks_from_text,
    ticks_to_text,
)
from bot.storage.statements import following, insert_unless
from bot.storage.tables import IS_ACTIVE, plans, rollout_channels, rollout_flags, rollouts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from bot.domain.plan import ChannelName, Plan
    from bot.storage.documents import PlanCache

_ROLLOUT = select(*(column for column in rollouts.c if column.name != "due_at"))
_NEXT_ID = Prepared(select(following(rollouts.c.id)))
_GET = Prepared(_ROLLOUT.where(rollouts.c.id == bindparam("of")))
_DUE = Prepared(
    _ROLLOUT.where(rollouts.c.due_at <= bindparam("now"))
    .order_by(rollouts.c.due_at, rollouts.c.id)
    .limit(bindparam("most"))
)
_NEXT_DUE = Prepared(select(func.min(rollouts.c.due_at)).where(rollouts.c.due_at.is_not(None)))
_TO_MEASURE = Prepared(
    _ROLLOUT.where(rollouts.c.measure_at <= bindparam("now"))
    .order_by(rollouts.c.measure_at, rollouts.c.id)
    .limit(bindparam("most"))
)
_NEXT_MEASUREMENT = Prepared(select(func.min(rollouts.c.measure_at)).where(rollouts.c.measure_at.is_not(None)))
_ACTIVE = Prepared(_ROLLOUT.where(IS_ACTIVE).order_by(rollouts.c.id))
_RECENT = Prepared(_ROLLOUT.order_by(rollouts.c.id.desc()).limit(bindparam("most")))
_OF_FLAG = Prepared(
    _ROLLOUT.join(rollout_flags, rollout_flags.c.rollout == rollouts.c.id)
    .where(
        rollout_flags.c.flag == bindparam("flag"), rollout_flags.c.environment == bindparam("environment"), IS_ACTIVE
    )
    .order_by(rollouts.c.id)
)
_GOING_BACK = Prepared(
    _ROLLOUT.join(rollout_flags, rollout_flags.c.rollout == rollouts.c.id)
    .where(
        rollout_flags.c.flag == bindparam("flag"),
        rollout_flags.c.environment == bindparam("environment"),
        rollouts.c.status != "running",
        rollouts.c.status != "paused",
        rollouts.c.due_at.is_not(None),
    )
    .order_by(rollouts.c.id)
)
_ACTIVE_IN = Prepared(
    _ROLLOUT.join(rollout_channels, rollout_channels.c.rollout == rollouts.c.id)
    .where(
        rollout_channels.c.platform == bindparam("platform"),
        rollout_channels.c.channel == bindparam("channel"),
        IS_ACTIVE,
    )
    .order_by(rollout_channels.c.rollout)
)
_NEWEST_ACTIVE = Prepared(_ROLLOUT.where(IS_ACTIVE).order_by(rollouts.c.id.desc()).limit(bindparam("most")))
_SHOW_IN = Prepared(
    insert_unless(
        rollout_channels,
        (rollout_channels.c.platform == bindparam("platform"))
        & (rollout_channels.c.channel == bindparam("channel"))
        & (rollout_channels.c.rollout == bindparam("rollout")),
        columns=("platform", "channel", "rollout"),
    )
)
_ADD = Prepared(insert(rollouts))
_ADD_FLAG = insert(rollout_flags)
# What a rollout was started with stays as it is; the rest is written with every change.
_FIXED = {"id", "before", "started_at", "started_by"}
_SAVE = Prepared(
    update(rollouts)
    .where(rollouts.c.id == bindparam("of"), rollouts.c.version.between(bindparam("one_before"), bindparam("same")))
    .values({column.name: bindparam(column.name) for column in rollouts.c if column.name not in _FIXED})
)
_POSTPONE = Prepared(update(rollouts).where(rollouts.c.id == bindparam("of")).values(due_at=bindparam("due_at")))
_PLAN = Prepared(select(plans.c.document).where(plans.c.digest == bindparam("of")))
_ADD_PLAN = Prepared(insert_unless(plans, plans.c.digest == bindparam("digest"), columns=("digest", "key", "document")))


class SqlRolloutRepository:
    """Rollouts in the database."""

    def __init__(self, connection: Connection, known_plans: PlanCache) -> None:
        self._connection = connection
        self._plans = known_plans

    def next_id(self) -> int:
        return int(_NEXT_ID.run(self._connection).scalar_one())

    def get(self, rollout_id: int) -> Rollout | None:
        row = _GET.run(self._connection, {"of": rollout_id}).first()
        return None if row is None else self._rollout(row)

    def add(self, rollout: Rollout, due_at: datetime | None) -> None:
        self._freeze(rollout.plan)
        _ADD.run(self._connection, {**_fixed(rollout), **_changing(rollout, due_at)})
        driven = dict.fromkeys((target.flag, target.environment) for target in (*rollout.before, *rollout.wanted))
        if driven:
            self._connection.execute(
                _ADD_FLAG, [{"flag": flag, "environment": there, "rollout": rollout.id} for flag, there in driven]
            )
        self.show_in(rollout.id, rollout.channels)

    def save(self, rollout: Rollout, due_at: datetime | None) -> None:
        versions = {"same": rollout.version, "one_before": rollout.version - 1}
        values = {"of": rollout.id, **versions, **_changing(rollout, due_at)}
        if _SAVE.run(self._connection, values).rowcount == 0:
            raise Stale(
                f"Rollout {rollout.name} changed in the meantime, so nothing was done.",
                "Look at it again with `/rollout status` and repeat what is still wanted.",
            )

    def keep_plan(self, plan: Plan) -> None:
        self._freeze(plan)

    def postpone(self, rollout_id: int, due_at: datetime) -> None:
        _POSTPONE.run(self._connection, {"of": rollout_id, "due_at": due_at})

    def due(self, now: datetime, limit: int) -> Sequence[Rollout]:
        return self._rollouts(_DUE, {"now": now, "most": limit})

    def next_due(self) -> datetime | None:
        earliest: datetime | None = _NEXT_DUE.run(self._connection).scalar_one()
        return earliest

    def to_measure(self, now: datetime, limit: int) -> Sequence[Rollout]:
        return self._rollouts(_TO_MEASURE, {"now": now, "most": limit})

    def next_measurement(self) -> datetime | None:
        earliest: datetime | None = _NEXT_MEASUREMENT.run(self._connection).scalar_one()
        return earliest

    def active(self) -> Sequence[Rollout]:
        return self._rollouts(_ACTIVE)

    def show_in(self, rollout_id: int, channels: Iterable[ChannelName]) -> None:
        for it in channels:
            place = {"platform": it.platform, "channel": it.channel.removeprefix("#"), "rollout": rollout_id}
            _SHOW_IN.run(self._connection, place)

    def active_in(self, platform: str, channel: str) -> Sequence[Rollout]:
        return self._rollouts(_ACTIVE_IN, {"platform": platform, "channel": channel.removeprefix("#")})

    def newest_active(self, limit: int) -> Sequence[Rollout]:
        return self._rollouts(_NEWEST_ACTIVE, {"most": limit})

    def recent(self, limit: int) -> Sequence[Rollout]:
        return self._rollouts(_RECENT, {"most": limit})

    def of_flag(self, flag: str, environment: str) -> Sequence[Rollout]:
        return self._rollouts(_OF_FLAG, {"flag": flag, "environment": environment})

    def going_back(self, flag: str, environment: str) -> Sequence[Rollout]:
        return self._rollouts(_GOING_BACK, {"flag": flag, "environment": environment})

    def _rollouts(self, statement: Prepared, values: Mapping[str, object] = NOTHING) -> list[Rollout]:
        return [self._rollout(row) for row in statement.run(self._connection, values)]

    def _rollout(self, row: Row[Any]) -> Rollout:
        return Rollout(
            id=row.id,
            plan=self._plans.get(row.plan_digest, self._document),
            status=Status(row.status),
            step=row.step,
            wanted=targets_from_text(row.wanted),
            before=targets_from_text(row.before),
            started_at=row.started_at,
            started_by=row.started_by,
            step_at=row.step_at,
            version=row.version,
            observed=None if row.observed is None else targets_from_text(row.observed),
            holding_since=row.holding_since,
            paused_at=row.paused_at,
            lowered=row.lowered,
            cut=targets_from_text(row.cut),
            ready=row.ready,
            level=row.level,
            reason=row.reason,
            ticks=ticks_from_text(row.ticks),
            channels=channels_from_text(row.channels),
            finished_at=row.finished_at,
            approvals=approvals_from_text(row.approvals),
            judging=judging_from_text(row.judging),
            measure_at=row.measure_at,
            adopted_by=row.adopted_by,
        )

    def _document(self, digest: str) -> str:
        return str(_PLAN.run(self._connection, {"of": digest}).scalar_one())

    def _freeze(self, plan: Plan) -> None:
        """Store a plan unless its digest is there; that the digest stands for this very content is checked."""
        values = {"digest": plan.digest, "key": plan.key, "document": plan_to_text(plan)}
        if (
            _ADD_PLAN.run(self._connection, values).rowcount == 0
            and plan_from_text(self._document(plan.digest)) != plan
        ):
            msg = f"another plan is stored under the digest {plan.digest} of {plan.key}"
            raise ValueError(msg)


def _fixed(rollout: Rollout) -> dict[str, object]:
    return {
        "id": rollout.id,
        "before": targets_to_text(rollout.before),
        "started_at": rollout.started_at,
        "started_by": rollout.started_by,
    }


def _changing(rollout: Rollout, due_at: datetime | None) -> dict[str, object]:
    return {
        "plan_digest": rollout.plan.digest,
        "status": rollout.status.value,
        "step": rollout.step,
        "wanted": targets_to_text(rollout.wanted),
        "step_at": rollout.step_at,
        "version": rollout.version,
        "observed": None if rollout.observed is None else targets_to_text(rollout.observed),
        "holding_since": rollout.holding_since,
        "paused_at": rollout.paused_at,
        "lowered": rollout.lowered,
        "cut": targets_to_text(rollout.cut),
        "ready": rollout.ready,
        "level": rollout.level,
        "reason": rollout.reason,
        "ticks": ticks_to_text(rollout.ticks),
        "channels": channels_to_text(rollout.channels),
        "finished_at": rollout.finished_at,
        "approvals": approvals_to_text(rollout.approvals),
        "judging": judging_to_text(rollout.judging),
        "measure_at": rollout.measure_at,
        "adopted_by": rollout.adopted_by,
        "due_at": due_at,
    }
