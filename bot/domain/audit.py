"""The audit log: what an entry says, how entries are chained, and how the chain is verified.

An entry's bytes are RFC 8785 canonical JSON, made once and stored as written. Each holds the hash of the one before it,
so verifying hashes what is there; a chain that was rewritten whole shows only against a head that was published
elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.canonical import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.domain.actor import Actor

GENESIS = "0" * 64
"""What the first entry names as the hash before it."""


class Action(StrEnum):
    """What was done or tried, as `noun:verb`."""

    FLAG_CREATE = "flag:create"
    FLAG_SET = "flag:set"
    FLAG_TARGET = "flag:target"
    FLAG_BIND = "flag:bind"
    FLAG_RETIRE = "flag:retire"
    FLAG_ADOPT = "flag:adopt"
    FLAG_RESTORE = "flag:restore"
    ROLLOUT_START = "rollout:start"
    ROLLOUT_ADVANCE = "rollout:advance"
    ROLLOUT_RAISE = "rollout:raise"
    ROLLOUT_LOWER = "rollout:lower"
    ROLLOUT_PAUSE = "rollout:pause"
    ROLLOUT_RESUME = "rollout:resume"
    ROLLOUT_BACK = "rollout:back"
    ROLLOUT_ROLLBACK = "rollout:rollback"
    ROLLOUT_ABORT = "rollout:abort"
    ROLLOUT_COMPLETE = "rollout:complete"
    ROLLOUT_OVERRIDE = "rollout:override"
    ROLLOUT_CONFIRM = "rollout:confirm"
    ROLLOUT_PAGE = "rollout:page"
    ROLLOUT_ADOPT = "rollout:adopt"
    ROLLOUT_BIND = "rollout:bind"
    ROLLOUT_REPORT = "rollout:report"
    ROLLOUT_SHARE = "rollout:share"
    ROLLOUT_PROBLEM = "rollout:problem"
    ROLLOUT_APPROVE = "rollout:approve"
    ROLLOUT_REJECT = "rollout:reject"
    ROLLOUT_DRIFT = "rollout:drift"
    FREEZE_ON = "freeze:on"
    FREEZE_OFF = "freeze:off"
    ACCESS_LINK = "access:link"
    ACCESS_UNLINK = "access:unlink"
    PAGE_RAISE = "page:raise"
    PAGE_REACH = "page:reach"
    PAGE_ACKNOWLEDGE = "page:acknowledge"
    PAGE_RESOLVE = "page:resolve"
    PAGE_SNOOZE = "page:snooze"
    PAGE_REASSIGN = "page:reassign"
    ALERT_HEAR = "alert:hear"
    ONCALL_OVERRIDE = "oncall:override"
    ONCALL_HANDOFF = "oncall:handoff"
    ONCALL_CANCEL = "oncall:cancel"
    TOKEN_CREATE = "token:create"  # noqa: S105  # The name of an act, and no secret.
    TOKEN_REVOKE = "token:revoke"  # noqa: S105  # As above.
    CHECKLIST_TICK = "checklist:tick"
    CHECKLIST_SKIP = "checklist:skip"
    CHECKLIST_UNTICK = "checklist:untick"
    CHECKLIST_SNOOZE = "checklist:snooze"
    ROLLOUT_RESOLVE = "rollout:resolve"
    ANNOUNCE_SAY = "announce:say"
    ANNOUNCE_SCHEDULE = "announce:schedule"
    ANNOUNCE_CANCEL = "announce:cancel"
    ANNOUNCE_HOLD = "announce:hold"
    ANNOUNCE_RELEASE = "announce:release"
    ANNOUNCE_SUBSCRIBE = "announce:subscribe"
    ANNOUNCE_UNSUBSCRIBE = "announce:unsubscribe"
    COMMAND_REFUSE = "command:refuse"


UP_ACTIONS = frozenset({Action.ROLLOUT_ADVANCE, Action.ROLLOUT_RAISE, Action.ROLLOUT_OVERRIDE, Action.ROLLOUT_RESUME})
"""What may take flags up, and is limited; setting a flag by hand is judged by what it does."""


class Outcome(StrEnum):
    """Whether what was asked was done."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


Facts = dict[str, object]
"""JSON values only; what `before` and `after` hold."""


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, before it has a place in the chain."""

    action: Action
    outcome: Outcome
    subject: str
    environment: str = ""
    reason: str = ""
    before: Facts | None = None
    after: Facts | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One link: the columns people search by, and the bytes that were hashed. `seq` starts at 1 without a gap."""

    seq: int
    at: datetime
    person: str
    platform: str
    platform_id: str
    channel: str
    action: str
    outcome: str
    subject: str
    environment: str
    reason: str
    request_id: str
    before: Facts | None
    after: Facts | None
    body: bytes
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry's number and hash; publish it elsewhere to make a rewrite of the whole chain show."""

    seq: int = 0
    hash: str = GENESIS

    def __str__(self) -> str:
        """Return it in the form in which it is published: `42:9f86d0…` with the whole hash."""
        return f"{self.seq}:{self.hash}"


def chain(head: Head, event: Event, actor: Actor, now: datetime) -> Entry:
    """Make the next entry of the chain."""
    fields: dict[str, object] = {
        "seq": head.seq + 1,
        "at": now.astimezone(UTC).isoformat(timespec="microseconds"),
        "person": actor.person,
        "platform": actor.platform,
        "platform_id": actor.platform_id,
        "channel": actor.channel,
        "action": str(event.action),
        "outcome": str(event.outcome),
        "subject": event.subject,
        "environment": event.environment,
        "reason": event.reason,
        "request_id": actor.request_id,
        "before": event.before,
        "after": event.after,
    }
    body = canonical({**fields, "previous": head.hash})
    return Entry(
        **{**fields, "at": now.astimezone(UTC)},  # type: ignore[arg-type]  # The keys are the fields above.
        body=body,
        hash=hashlib.sha256(body).hexdigest(),
    )


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of verifying: `broken` names the first entry that is not as it was written, and how it differs."""

    head: Head
    checked: int
    broken: int | None = None
    problem: str = ""

    @property
    def valid(self) -> bool:
        """Say whether every entry is as it was written."""
        return self.broken is None


def verify(entries: Iterable[Entry], published: Head | None = None) -> Verification:
    """Check a whole chain from its first entry on, and that it still holds the head published elsewhere.

    Hashes what is stored and then compares it with the columns, so that neither can be changed alone.
    """
    head = Head()
    checked = 0
    for entry in entries:
        checked += 1
        if problem := _problem(entry, head):
            return Verification(head, checked, entry.seq, problem)
        head = Head(entry.seq, entry.hash)
        if published is not None and published.seq == head.seq and published.hash != head.hash:
            return Verification(head, checked, entry.seq, "it is not the entry whose hash was published")
    if published is not None and published.seq > head.seq:
        return Verification(head, checked, head.seq + 1, f"entries up to {published.seq} were published and are gone")
    return Verification(head, checked)


def _problem(entry: Entry, head: Head) -> str:
    if entry.seq != head.seq + 1:
        return f"entry {head.seq + 1} is missing or was moved; {entry.seq} stands in its place"
    if hashlib.sha256(entry.body).hexdigest() != entry.hash:
        return "its text is not the one that was hashed"
    written = _read(entry.body)
    if written is None:
        return "its text is not a JSON object"
    if written.get("previous") != head.hash:
        return "it does not follow the entry before it"
    return _difference(entry, written)


def _read(body: bytes) -> dict[str, object] | None:
    try:
        written = json.loads(body)
    except ValueError:
        return None
    return written if isinstance(written, dict) else None


def _difference(entry: Entry, written: dict[str, object]) -> str:
    columns: dict[str, object] = {
        "seq": entry.seq,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "person": entry.person,
        "platform": entry.platform,
        "platform_id": entry.platform_id,
        "channel": entry.channel,
        "action": entry.action,
        "outcome": entry.outcome,
        "subject": entry.subject,
        "environment": entry.environment,
        "reason": entry.reason,
        "request_id": entry.request_id,
        "before": entry.before,
        "after": entry.after,
    }
    changed = [name for name, value in columns.items() if not _same(written.get(name), value)]
    return f"its columns differ from its text: {', '.join(changed)}" if changed else ""


def _same(written: object, column: object) -> bool:
    """Compare facts by their canonical form, because Python takes True for 1."""
    if not (isinstance(written, dict) and isinstance(column, dict)):
        return written == column
    # Facts that agree, as nearly all do, mostly agree to the letter, and that is told many times sooner.
    if json.dumps(written, sort_keys=True) == json.dumps(column, sort_keys=True):
        return True
    try:
        return canonical(written) == canonical(column)
    except ValueError:
        return written == column
