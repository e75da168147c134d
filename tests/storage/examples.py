"""Values to be stored, with something in every field."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from bot.domain.actor import Actor
from bot.domain.audit import Action, Event, Outcome
from bot.domain.condition_verdict import Verdict
from bot.domain.flag import Flag, FlagChange, FlagSetting, FlagTarget
from bot.domain.gate import GateRecord
from bot.domain.outbox import DeliveryKind, NewDelivery
from bot.domain.percent import Percent
from bot.domain.plan import (
    ChannelName,
    ChecklistItem,
    Gate,
    Irreversible,
    Phase,
    Plan,
    PlanFlag,
    RollbackLevel,
    SetFlag,
    Start,
    Step,
)
from bot.domain.rollout import Baseline, GivenApproval, Judging, Rollout, Status, Tick, TickState

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ENGINEER = Actor("dana", "local", "U1", "releases", "request-1", frozenset({"developer"}))

CHECKOUT = Flag("checkout", "checkout", description="The new checkout page", owner="payments", created_at=NOW)
TEN = FlagSetting(on=True, percent=Percent(10_000), tiers=("pro", "enterprise"), users=("u1", "Ünal"))
TARGET = FlagTarget("checkout", "production", TEN)
BEFORE = FlagTarget("checkout", "production", FlagSetting())

STEP = Step(
    name="A tenth",
    phase=0,
    environment="production",
    sets=(SetFlag("checkout", FlagChange(percent=Percent(10_000), tiers=("pro",))),),
    soak=timedelta(days=1, seconds=1),
    start=Start(offset=HOUR, time_of_day=time(3, 30), zone="Europe/Berlin"),
    checklist=(ChecklistItem("1.1", "Database backed up", owner="ops", evidence=True),),
    gates=(Gate("error_rate < 0.5%"),),
    irreversible=Irreversible("the old rows go", "restore the backup"),
)
PLAN = Plan(
    key="checkout-redesign",
    title="The new checkout page",
    environment="production",
    digest="ab" * 32,
    phases=(Phase("Slowly", (STEP, STEP)),),
    flags=(PlanFlag("checkout", starts=TEN, population=12_000),),
    rollback=(RollbackLevel(1, "Switch it off", (SetFlag("checkout", FlagChange(on=False)),)),),
    channels=(ChannelName("slack", "#releases"),),
)


def rollout(number: int = 1, **fields: object) -> Rollout:
    """Return a rollout of which only what is named is unusual."""
    usual = {
        "plan": PLAN,
        "status": Status.RUNNING,
        "step": 0,
        "wanted": (TARGET,),
        "before": (BEFORE,),
        "started_at": NOW,
        "started_by": "dana",
        "step_at": NOW,
    }
    return Rollout(id=number, **{**usual, **fields})  # type: ignore[arg-type]  # The fields are the test's to choose.


FULL_ROLLOUT = rollout(
    7,
    status=Status.ROLLED_BACK,
    step=1,
    step_at=NOW + HOUR,
    version=5,
    observed=(BEFORE,),
    holding_since=NOW + 2 * HOUR,
    paused_at=NOW + 3 * HOUR,
    lowered=True,
    cut=(BEFORE,),
    ready=True,
    level=2,
    reason="checkout “hangs” for 1 %",
    ticks=(Tick("1.1", TickState.SKIPPED, "dana", NOW + HOUR, "done yesterday"),),
    channels=(ChannelName("local", "releases"), ChannelName("slack", "#releases")),
    approvals=(GivenApproval("qa", "Ünal", 1, "ab" * 32, NOW + HOUR),),
    judging=Judging(
        since=NOW + HOUR,
        records=(
            GateRecord(
                "error_rate < 0.5%",
                NOW + 2 * HOUR,
                Verdict.FALSE,
                says="error_rate 0.7% < 0.5%",
                reason="“nothing”",
                successes=1,
                failures=2,
                inconclusive=3,
                errors=4,
                blanks=5,
            ),
        ),
        baselines=(Baseline("error_rate", 0.1), Baseline("p95", 0.42)),
        told=("blind", "page:error_rate > 1%"),
        counted_from=NOW,
    ),
    measure_at=NOW + 2 * HOUR + timedelta(seconds=1),
    finished_at=NOW + 4 * HOUR,
    adopted_by="Ünal",
)


def event(subject: str = "checkout", **fields: object) -> Event:
    """Return an accepted change of a flag of which only what is named is unusual."""
    usual = {
        "action": Action.FLAG_SET,
        "outcome": Outcome.ACCEPTED,
        "environment": "production",
        "reason": "support is quiet",
        "before": {"percent": "10%"},
        "after": {"percent": "25%", "users": ["u1"]},
    }
    return Event(subject=subject, **{**usual, **fields})  # type: ignore[arg-type]  # The fields are the test's to choose.


def delivery(key: str, **fields: object) -> NewDelivery:
    """Return a message on its way of which only what is named is unusual."""
    usual = {
        "kind": DeliveryKind.POST,
        "platform": "local",
        "channel": "releases",
        "subject": "1",
        "message": None,
        "created_at": NOW,
        "due_at": NOW,
    }
    return NewDelivery(key=key, **{**usual, **fields})  # type: ignore[arg-type]  # The fields are the test's to choose.


def card(key: str, **fields: object) -> NewDelivery:
    """Return a card on its way of which only what is named is unusual."""
    return delivery(key, kind=DeliveryKind.CARD, **fields)
