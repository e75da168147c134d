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


def _reached(*more: Act) -> tuple[Act, ...]:
    """Do what a step asks for once it is reached, and let its day pass."""
    return (Say("/rollout metric failure_rate 1.5%", person="ben"), *_confirmed(*more), Pass(DAY))


def _confirmed(*more: Act) -> tuple[Act, ...]:
    return (Say('/checklist tick all --evidence "seen"'), *more)


UP: tuple[Act, ...] = (
    Say("/rollout start verification because it was decided"),
    # Refused, and so on record.
    Say("/rollout 10% because we are in a hurry", person="ben"),
    Say("/rollout metric failure_rate 2% --baseline"),
    *_confirmed(Pass(DAY)),
    # Who started it does not approve it.
    Say("/rollout approve"),
    Say("/rollout approve", person="ben"),
    Say("/rollout next"),
    *_confirmed(Pass(DAY), Say("/rollout 10%")),
    *_reached(Say("/rollout problem a member waits for ever", person="cleo")),
    Say("/rollout 25% because support is quiet", person="ben"),
    Pass(HOUR),
    Say("/rollout 15% because errors rise", person="ben"),
    Pass(HOUR),
    Say("/rollout resume"),
    *_reached(),
    Say("/rollout 50%"),
    # A figure that is too high holds the rollout by itself.
    Say("/rollout metric failure_rate 3%", person="ben"),
    Pass(MINUTE),
    Say("/rollout back because nobody believes that", person="ben"),
    Say("/rollout resume"),
    *_reached(),
    Say("/rollout 50%"),
    *_reached(),
    Say("/rollout 100%"),
    *_reached(),
    # The code goes for good, which is confirmed twice.
    Pass(DAY),
    *_confirmed(Say("/rollout metric failure_rate 1.5%"), Say("/rollout next"), Press(), Press()),
    Pass(7 * DAY),
    *_confirmed(Say("/rollout next")),
    *_confirmed(Say("/rollout next")),
    Pass(MINUTE),
)
"""The whole of a plan, with refusals, a lowering, a gate that fails and a step that cannot be undone on its way."""

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
    # The second one takes it back by itself.
    Say("/rollout problem nobody can pay", person="ben"),
    Say("/rollout problem --critical nobody can pay", person="cleo"),
    Say("/rollout rollback 2 --rollout 2"),
    Press(),
    Press(person="ben"),
    Pass(MINUTE),
)
"""Two rollouts of a small plan, seen in two channels: one is aborted, one goes back by itself and then as far as it can."""

VERIFICATION = """
plan: verification
title: New verification flow
environment: production
flags: {verification: {unit: server, population: 1200}}
channel: {local: releases}
phases:
  - name: Prepare
    checklist: [The backup is made, {text: The way back was tried, evidence: true}]
    approvals: [qa]
  - name: Deploy with the flag off
    day: 1
    checklist: [The bot answers]
    question: Does the old flow work as it did?
  - name: Gradual rollout
    day: 2
    soak: 1d
    gates: [failure_rate <= baseline, problems < 3]
    guardrails: [failure_rate > baseline * 2]
    steps:
      - {set: 10%, checklist: [Support is quiet]}
      - {set: 25%, checklist: [Support is quiet]}
      - {set: 50%, checklist: [Support is quiet]}
      - {set: 100%, checklist: [Support is quiet]}
  - name: Clean up
    day: 8
    irreversible: {what: The old flow is deleted, instead: Deploy the version before}
    checklist: [The old code is gone]
  - name: Review
    day: 14
    checklist: [What was learned is written down]
rollback:
  - {name: Switch it off, set: off, takes: instant}
"""

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
    guardrails: [problems >= 2 within 1h]
rollback:
  - {name: Switch it off, set: off, takes: instant}
  - {name: Restore the orders, checklist: [Restore the backup], takes: 15m, destroys: orders since the start}
"""

TOLD: tuple[Act, ...] = (
    Say("/announce schedule --plan told --in 25h"),
    Pass(HOUR),
    Pass(DAY),
    Say("/announce subscribe --plan told --kind rolled_back", person="cleo", channel="support"),
    Say("/rollout start told because it was announced"),
    *_confirmed(Say("/rollout 10%")),
    Pass(4 * HOUR),
    Say("/announce now --to users Support answers until six."),
    Say("/rollout problem --rollout 1 it spins for ever", person="cleo", channel="support"),
    Say("/rollout pause because support asks", person="ben"),
    Pass(4 * HOUR),
    Say("/rollout resume"),
    Say("/rollout resolved 1 because it was the browser", person="ben"),
    Pass(4 * HOUR),
    Say("/rollout 100%"),
    Pass(HOUR),
    Say("/rollout next"),
    # A person's yes, which is asked for in the rollout's own channel.
    Say("/announce release 15", person="ben"),
    Pass(DAY),
    Say("/checklist tick a1.1 --rollout 1", person="ben"),
    Say("/checklist skip a1.2 --rollout 1 because nobody asked", person="ben"),
    Pass(DAY),
    Say("/rollout rollback --rollout 1 because it burns after all"),
    Pass(DAY),
)
"""A plan's communication from a day before its start to the tasks after its end, with everything that is told on the way."""

PAGED: tuple[Act, ...] = (
    Say("/escalate high payments fail"),
    Pass(15 * MINUTE),
    # What was on its way when the bot died is sent again before anybody answers.
    Pass(MINUTE),
    Say("/escalate ack because it is the provider", person="cleo", channel="@cleo"),
    # Nobody resolves it in time.
    Pass(30 * MINUTE),
    Pass(MINUTE),
    Pass(15 * MINUTE),
    Pass(MINUTE),
    Say("/escalate resolve because the provider is back", person="dora", channel="@dora"),
    # Everybody at once.
    Say("/escalate critical nothing works", person="ben"),
    Pass(MINUTE),
    Say("/escalate snooze 20m because we wait for the provider", person="ben"),
    Pass(20 * MINUTE),
    Pass(MINUTE),
    Say("/escalate reassign @cleo", person="ben"),
    Pass(MINUTE),
    Pass(15 * MINUTE),
    Pass(MINUTE),
    Say("/escalate resolve", person="cleo"),
    Pass(HOUR),
)
"""Two pages: one goes its way level by level, is answered and forgotten; one reaches everybody at once."""

TELLING = """
plan: told
title: The new page
summary: Paying takes one page.
environment: production
flags: {page: {unit: user, population: 2000}}
channel: {local: releases}
phases:
  - name: Prepare
    checklist: [The backup is made, {text: The way back was tried, evidence: true}]
  - name: Everyone
    soak: 1h
    steps: [{set: 10%}, {set: 100%}]
rollback: [{name: Switch it off, set: off}]
communication:
  - {when: T-24h, to: [team, users], say: deploying_soon}
  - {when: phase Everyone, to: [users], say: "The first of you see {{ title }} today."}
  - {when: each step, to: [team], say: step_reached}
  - {when: every 4h, to: [team], say: still_running}
  - {when: paused, to: [team], say: paused}
  - {when: resumed, to: [team], say: resumed}
  - {when: problem_reported, to: [team], say: problem_reported}
  - {when: rolled_back, to: [team, users], say: paused_while_we_fix}
  - {when: completed, to: [team], say: live}
  - {when: completed, to: [users], say: Everybody has it., hold: true}
  - {when: completed +1d, to: [users], say: How do you like it?}
after:
  - {name: First day, at: +1d, checklist: [{text: The log was read, owner: ana}, Support was asked]}
  - {name: Clean up, at: +2d, checklist: [The flag is retired]}
"""

TEAM = """
people:
  ana: {roles: owner, local: ana}
  ben: {roles: lead, local: ben}
  cleo: {roles: lead, local: cleo}
  dora: {roles: owner, local: dora}
channels:
  releases: {local: releases}
  team: {local: team}
  users: {local: users}
environments:
  production: {channels: releases}
audiences:
  team: {channels: team}
  users: {channels: [users, team]}
escalation:
  payments:
    channels: releases
    levels: [{reach: ben}, {after: 15m, reach: cleo}, {after: 30m, reach: [dora, ben]}]
    repeat: {every: 15m, times: 2}
"""
"""Whom the stories about announcements and pages are about; the others know nobody by name."""

STORIES: dict[str, tuple[Act, ...]] = {
    "up": UP,
    "back": BACK,
    "beginning": BACK[:4],
    "told": TOLD,
    "paged": PAGED,
    "announced": (*TOLD[:6], Pass(MINUTE)),
    "paged at first": (*PAGED[:4], Pass(MINUTE)),
}

WITH_A_TEAM = {"told", "paged", "announced", "paged at first"}
