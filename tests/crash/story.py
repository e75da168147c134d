"""What people do and when, as a list: the same list can be lived through whole, or gone on with after a crash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tests.fakes.clock import START

if TYPE_CHECKING:
    from collections.abc import Sequence

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Say:
    """Somebody types a line in a channel."""

    line: str
    person: str = "ana"
    channel: str = "releases"


@dataclass(frozen=True, slots=True)
class Press:
    """Somebody presses the first button of the latest answer that had any."""

    person: str = "ana"
    channel: str = "releases"


@dataclass(frozen=True, slots=True)
class Pass:
    """Time passes."""

    duration: timedelta


Act = Say | Press | Pass


def time_at(acts: Sequence[Act], number: int) -> datetime:
    """Return the time at which an act takes place: after all that passed before it, and in it."""
    passed = (act.duration for act in acts[: number + 1] if isinstance(act, Pass))
    return START + sum(passed, timedelta())


def _confirmed(*more: Act) -> tuple[Act, ...]:
    return (Say('/checklist tick all --evidence "seen"'), *more)


_PREPARED: tuple[Act, ...] = (
    Say("/rollout start verification-flow because it was decided"),
    # Refused, and so on record.
    Say("/rollout 10% because we are in a hurry", person="ben"),
    *_confirmed(Say("/rollout next")),
    *_confirmed(Pass(DAY), Say("/rollout next")),
    *_confirmed(Say("/rollout next")),
    *_confirmed(Pass(DAY), Say("/rollout next")),
    *_confirmed(Say("/rollout next")),
    *_confirmed(Pass(DAY), Say("/rollout 10%")),
)

UP: tuple[Act, ...] = (
    *_PREPARED,
    Say("/rollout 25%"),
    Pass(DAY),
    *_confirmed(Say("/rollout 25% because support is quiet", person="ben")),
    Pass(HOUR),
    Say("/rollout 15% because errors rise", person="ben"),
    Pass(HOUR),
    Say("/rollout resume"),
    Pass(DAY),
    *_confirmed(Say("/rollout 50%")),
    Pass(DAY),
    *_confirmed(Say("/rollout 75%")),
    Pass(DAY),
    *_confirmed(Say("/rollout 100%")),
    # The code goes for good, which is confirmed twice.
    Pass(DAY),
    Pass(DAY),
    *_confirmed(Say("/rollout next"), Press(), Press()),
    Pass(7 * DAY),
    *_confirmed(Say("/rollout next")),
    Pass(MINUTE),
)
"""The whole of the plan, with a refusal, a lowering and a step that cannot be undone on its way."""

BACK: tuple[Act, ...] = (
    Say("/rollout start checkout", channel="ops"),
    Say("/rollout 20%", channel="ops"),
    Pass(HOUR),
    Say("/rollout pause because somebody asks", person="ben", channel="ops"),
    Say("/rollout resume", channel="ops"),
    Say("/flag off checkout because it burns", person="ben"),
    Pass(HOUR),
    Say("/rollout back --rollout 1"),
    Say("/rollout abort --rollout 1 because we start again"),
    Say("/rollout start checkout because it is mended"),
    Pass(HOUR),
    Say("/rollout 20%"),
    Pass(HOUR),
    # The plan goes on by itself from here.
    Pass(HOUR),
    Say("/rollout rollback because it fails again", person="ben"),
    Say("/rollout rollback 2 --rollout 2"),
    Press(),
    Press(person="ben"),
    Pass(MINUTE),
)
"""Two rollouts of a small plan, seen in two channels: one is aborted, one rolled back as far as it goes."""

CHECKOUT = """
plan: checkout
title: The new checkout
environment: production
flags: {checkout: {unit: user, population: 2000}}
channel: {local: releases}
phases:
  - name: Slowly
    soak: 1h
    steps:
      - {set: 5%}
      - {set: 20%, advance: auto}
      - {set: 100%}
rollback:
  - {name: Switch it off, set: off, takes: instant}
  - {name: Restore the orders, checklist: [Restore the backup], takes: 15m, destroys: orders since the start}
"""

STORIES: dict[str, tuple[Act, ...]] = {"up": UP, "back": BACK}
