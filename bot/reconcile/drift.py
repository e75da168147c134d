"""Notes what was seen of flags elsewhere: holds a rollout whose flags somebody else changed, and tells of silence once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.announcements import drift
from bot.domain.actor import system_actor
from bot.domain.audit import Action, Event, Facts, Outcome
from bot.domain.holding import alike
from bot.domain.moves import pause
from bot.domain.rollout import Status
from bot.domain.verdicts import Happened
from bot.operations.alarms import alarm
from bot.operations.notices import card_subject, tell

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.message import Message
    from bot.domain.rollout import Rollout
    from bot.domain.sighting import Sighting
    from bot.operations.circumstances import Circumstances
    from bot.ports import Transaction


def note_sightings(
    tx: Transaction, circumstances: Circumstances, rollout: Rollout, sightings: Sequence[Sighting], now: datetime
) -> Rollout:
    """Store what was seen, tell what is new about it, and return the rollout, held where its flags are not ours."""
    before = {(it.flag, it.environment): tx.sightings.get(it.flag, it.environment) for it in sightings}
    strange = [it for it in sightings if it.strange is not None]
    after = rollout
    if any(_is_news(before[it.flag, it.environment], it, rollout) for it in strange):
        after = _hold(tx, circumstances, rollout, strange, now)
    for it in sightings:
        tx.sightings.save(it)
        old = before[it.flag, it.environment]
        for what, message in _told(after, old, it):
            tell(tx, after, f"{what}:{it.flag}:{it.environment}:{now.isoformat()}", message, now)
        if it.since is not None and (old is None or old.since is None) and not after.active:
            # Whoever rolled back believes it done; that it is not must reach a person.
            because = f"{it.provider} does not take {it.flag} back: {it.problem.removesuffix('.')}"
            alarm(tx, circumstances, after, Happened.PAGE, now, because=because)
    return after


def changed(tx: Transaction, sightings: Sequence[Sighting]) -> bool:
    """Say whether anything but the time of the look is another one than is stored."""
    return any(
        (old := tx.sightings.get(it.flag, it.environment)) is None or replace(old, seen_at=it.seen_at) != it
        for it in sightings
    )


def _is_news(old: Sighting | None, found: Sighting, rollout: Rollout) -> bool:
    """Say whether people must be told: it is another setting than before, or somebody let the rollout go on."""
    if not rollout.active or found.strange is None:
        return False
    told = old is not None and old.strange is not None and alike(old.strange, found.strange)
    return not told or rollout.status is Status.RUNNING


def _hold(
    tx: Transaction, circumstances: Circumstances, rollout: Rollout, strange: Sequence[Sighting], now: datetime
) -> Rollout:
    why = "; ".join(
        f"{it.flag} in {it.environment} was changed in {it.provider}: {it.held} → {it.strange}" for it in strange
    )
    if rollout.status is Status.RUNNING:
        held = pause(rollout, now, why)
    else:
        held = replace(rollout, version=rollout.version + 1, reason=why)
    was: Facts = {f"{it.flag}@{it.environment}": str(it.held) for it in strange}
    found: Facts = {f"{it.flag}@{it.environment}": str(it.strange) for it in strange}
    event = Event(
        Action.ROLLOUT_DRIFT,
        Outcome.ACCEPTED,
        card_subject(held.id),
        strange[0].environment,
        "somebody changed it in the other system",
        was,
        {**found, "provider": strange[0].provider},
    )
    tx.audit.append(event, system_actor(card_subject(held.id)), now)
    tell(tx, held, f"drift:{now.isoformat()}", drift.render_found(held, strange), now)
    alarm(tx, circumstances, held, Happened.HELD, now, because=why)
    return held


def _told(rollout: Rollout, old: Sighting | None, new: Sighting) -> list[tuple[str, Message]]:
    found: list[tuple[str, Message]] = []
    if new.since is not None and (old is None or old.since is None):
        found.append(("silent", drift.render_silent(rollout, new)))
    if old is not None and old.since is not None and new.since is None:
        found.append(("answers", drift.render_answers(rollout, new, old.since)))
    if old is not None and old.strange is not None and new.strange is None and new.since is None:
        found.append(("gone", drift.render_gone(rollout, new)))
    return found
