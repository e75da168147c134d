"""Messages on their way out, and where their cards stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    String,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    update,
)

from bot.domain.outbox import Delivery, DeliveryKind, DeliveryState, Place, Posted
from bot.storage.documents import message_from_text, message_to_text
from bot.storage.prepared import Prepared
from bot.storage.statements import insert_unless
from bot.storage.tables import IS_ACTIVE, IS_FAILED, IS_OVER, IS_PENDING_CARD, cards, outbox, rollouts

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row

    from bot.domain.outbox import NewDelivery

_COLUMNS = tuple(column for column in outbox.c if column.name != "wake_at")
_SAME_KEY = outbox.c.key == bindparam("key")


def _same_card(subject: str, platform: str, channel: str) -> ColumnElement[bool]:
    """Say that a row is a pending card for the place that three parameters name."""
    return and_(
        IS_PENDING_CARD,
        outbox.c.subject == bindparam(subject),
        outbox.c.platform == bindparam(platform),
        outbox.c.channel == bindparam(channel),
    )


_NEW = tuple(column.name for column in outbox.c if column.name not in {"id", "deadline"})
_ADD_POST = Prepared(insert_unless(outbox, _SAME_KEY, columns=_NEW))
_ADD_CARD = Prepared(insert_unless(outbox, _SAME_KEY, _same_card("subject", "platform", "channel"), columns=_NEW))
# A card that waits for its first sending leaves at the earliest of the times asked for; a retry keeps its pause.
_HASTEN_CARD = Prepared(
    update(outbox)
    .where(_same_card("of", "on", "there"), outbox.c.attempts == 0, outbox.c.wake_at > bindparam("wanted"))
    .values(due_at=bindparam("wanted"), wake_at=bindparam("wanted"))
)

_older = outbox.alias("older")
# The condition of the partial index `ix_outbox_unsent`, for the alias.
_OLDER_UNSENT = and_(
    _older.c.platform == outbox.c.platform,
    _older.c.channel == outbox.c.channel,
    _older.c.id < outbox.c.id,
    or_(
        _older.c.state == literal_column("'pending'"),
        _older.c.state == literal_column("'sending'"),
    ),
)


def _behind(*blocking: ColumnElement[bool]) -> ColumnElement[bool]:
    """Say that an older row of the same destination must leave first: one that was tried, or is `blocking`."""
    return exists(select(literal(1)).select_from(_older).where(_OLDER_UNSENT, or_(_older.c.attempts > 0, *blocking)))


# A row whose time has not come and that was never tried (a message for tomorrow) holds nobody up.
_ANY_DUE = (
    select(*_COLUMNS)
    .where(outbox.c.wake_at <= bindparam("now"), ~_behind(_older.c.wake_at <= bindparam("now")))
    .order_by(outbox.c.wake_at, outbox.c.id)
    .limit(bindparam("most"))
)
_OURS = outbox.c.platform.not_in(bindparam("elsewhere", expanding=True))
# Rows that wait behind another are left out: the other one's time is what there is to wait for.
_ANY_NEXT_DUE = (
    select(outbox.c.wake_at).where(outbox.c.wake_at.is_not(None), ~_behind()).order_by(outbox.c.wake_at).limit(1)
)
_DUE_HERE, _NEXT_DUE_HERE = _ANY_DUE.where(_OURS), _ANY_NEXT_DUE.where(_OURS)
_DUE, _NEXT_DUE = Prepared(_ANY_DUE), Prepared(_ANY_NEXT_DUE)
_SAVE = Prepared(
    update(outbox)
    .where(outbox.c.id == bindparam("of"), outbox.c.attempts == bindparam("expected"))
    .values(
        {name: bindparam(name) for name in ("due_at", "state", "attempts", "deadline", "reference", "error", "wake_at")}
    )
)
_FAILURES = Prepared(select(func.count()).select_from(outbox).where(IS_FAILED))
_WITH_KEY = Prepared(select(*_COLUMNS).where(outbox.c.key == bindparam("of")))
_RECENT = Prepared(select(*_COLUMNS).order_by(outbox.c.id.desc()).limit(bindparam("most")))

_SAME_PLACE = and_(
    cards.c.subject == bindparam("of"), cards.c.platform == bindparam("on"), cards.c.channel == bindparam("there")
)
_POSTED = Prepared(select(cards).where(_SAME_PLACE))
_MOVE_CARD = Prepared(update(cards).where(_SAME_PLACE).values(reference=bindparam("reference")))
_FIRST_CARD = Prepared(insert(cards))


class SqlOutboxRepository:
    """The outbox in the database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, delivery: NewDelivery) -> None:
        card = delivery.kind is DeliveryKind.CARD
        added = (_ADD_CARD if card else _ADD_POST).run(self._connection, _new(delivery)).rowcount
        if card and not added:
            place = {"of": delivery.subject, "on": delivery.platform, "there": delivery.channel}
            _HASTEN_CARD.run(self._connection, {**place, "wanted": delivery.due_at})

    def due(self, now: datetime, limit: int, elsewhere: Collection[str] = ()) -> Sequence[Delivery]:
        if elsewhere:
            here = {"now": now, "most": limit, "elsewhere": list(elsewhere)}
            return [_delivery(row) for row in self._connection.execute(_DUE_HERE, here)]
        return self._deliveries(_DUE, {"now": now, "most": limit})

    def next_due(self, elsewhere: Collection[str] = ()) -> datetime | None:
        if elsewhere:
            return self._connection.execute(_NEXT_DUE_HERE, {"elsewhere": list(elsewhere)}).scalar()
        earliest: datetime | None = _NEXT_DUE.run(self._connection).scalar()
        return earliest

    def save(self, delivery: Delivery, expected_attempts: int) -> bool:
        values = {
            "of": delivery.id,
            "expected": expected_attempts,
            "due_at": delivery.due_at,
            "state": delivery.state.value,
            "attempts": delivery.attempts,
            "deadline": delivery.deadline,
            "reference": delivery.reference,
            "error": delivery.error,
            "wake_at": _wake_at(delivery),
        }
        return _SAVE.run(self._connection, values).rowcount == 1

    def posted(self, subject: str, platform: str, channel: str) -> Posted | None:
        row = _POSTED.run(self._connection, {"of": subject, "on": platform, "there": channel}).first()
        return None if row is None else Posted(*row)

    def remember(self, posted: Posted) -> None:
        place = {"of": posted.subject, "on": posted.platform, "there": posted.channel}
        if _MOVE_CARD.run(self._connection, {**place, "reference": posted.reference}).rowcount == 0:
            _FIRST_CARD.run(self._connection, {**_place(posted), "reference": posted.reference})

    def recent(self, limit: int) -> Sequence[Delivery]:
        return self._deliveries(_RECENT, {"most": limit})

    def get(self, key: str) -> Delivery | None:
        return next(iter(self._deliveries(_WITH_KEY, {"of": key})), None)

    def failures(self) -> int:
        return int(_FAILURES.run(self._connection).scalar_one())

    def _deliveries(self, statement: Prepared, values: dict[str, object]) -> list[Delivery]:
        return [_delivery(row) for row in statement.run(self._connection, values)]

    def prune(self, before: datetime, limit: int) -> int:
        return _PRUNE.run(self._connection, {"before": before, "most": limit}).rowcount


def _new(delivery: NewDelivery) -> dict[str, object]:
    return {
        "key": delivery.key,
        "kind": delivery.kind.value,
        "message": None if delivery.message is None else message_to_text(delivery.message),
        "created_at": delivery.created_at,
        "due_at": delivery.due_at,
        "state": DeliveryState.PENDING.value,
        "attempts": 0,
        "reference": "",
        "error": "",
        "place": delivery.place.value,
        "wake_at": delivery.due_at,
        **_place(delivery),
    }


def _place(what: NewDelivery | Posted) -> dict[str, object]:
    return {"subject": what.subject, "platform": what.platform, "channel": what.channel}


def _wake_at(delivery: Delivery) -> datetime | None:
    match delivery.state:
        case DeliveryState.PENDING:
            return delivery.due_at
        case DeliveryState.SENDING:
            return delivery.deadline or delivery.due_at
        case DeliveryState.SENT | DeliveryState.FAILED | DeliveryState.DROPPED:
            return None


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        key=row.key,
        kind=DeliveryKind(row.kind),
        platform=row.platform,
        channel=row.channel,
        subject=row.subject,
        message=None if row.message is None else message_from_text(row.message),
        created_at=row.created_at,
        due_at=row.due_at,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        deadline=row.deadline,
        reference=row.reference,
        error=row.error,
        place=Place(row.place),
    )


# What was said of a rollout that is still active is not to be said again, and its row is what tells. Where a card stands
# is kept apart from the rows that drew it, in `cards`, which nobody prunes.
_ACTIVE = select(literal("rollout:") + cast(rollouts.c.id, String)).where(IS_ACTIVE)
_OLDEST = (
    select(outbox.c.id)
    .where(
        IS_OVER,
        outbox.c.created_at < bindparam("before"),
        or_(outbox.c.kind == DeliveryKind.CARD.value, outbox.c.subject.not_in(_ACTIVE)),
    )
    .order_by(outbox.c.created_at)
    .limit(bindparam("most"))
)
_PRUNE = Prepared(delete(outbox).where(outbox.c.id.in_(_OLDEST)))
