"""Any plan, any rollout, any message, for properties that must hold for all of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from bot.domain.condition_verdict import Verdict
from bot.domain.flag import FlagSetting, FlagTarget
from bot.domain.gate import GateRecord
from bot.domain.message import Button, Message
from bot.domain.percent import Percent
from bot.domain.plan import ChannelName, Phase, Plan, Step
from bot.domain.rollout import Baseline, GivenApproval, Judging, Rollout, Status, Tick, TickState

TEXTS = st.text(max_size=20)
MOMENTS = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # The zone is drawn apart.
PERCENTS = st.builds(Percent, st.integers(0, 100_000))
DURATIONS = st.timedeltas(timedelta(0), timedelta(days=400))

st.register_type_strategy(datetime, MOMENTS)
st.register_type_strategy(timedelta, DURATIONS)
st.register_type_strategy(Percent, PERCENTS)
# Whole plans hold so many words that long ones leave no room for the rest.
st.register_type_strategy(str, st.text(max_size=6))
st.register_type_strategy(float, st.floats(0, 100))
st.register_type_strategy(Button, st.builds(Button, TEXTS, st.text(max_size=95)))

PLANS = st.from_type(Plan)
MESSAGES = st.from_type(Message)

_WORDS = st.lists(TEXTS, max_size=3).map(tuple)
_TARGETS = st.lists(
    st.builds(FlagTarget, TEXTS, TEXTS, st.builds(FlagSetting, st.booleans(), PERCENTS, _WORDS, _WORDS)), max_size=3
).map(tuple)
_SHORT = st.text(max_size=5)
# A rollout's plan is stored as one document, for which there is a property of its own.
_STEPS = st.lists(st.builds(Step, TEXTS, st.integers(0, 9), TEXTS), max_size=2).map(tuple)
_SMALL_PLANS = st.builds(
    Plan, TEXTS, TEXTS, TEXTS, TEXTS, st.lists(st.builds(Phase, TEXTS, _STEPS), max_size=2).map(tuple)
)
_COUNTS = st.integers(0, 99)
_RECORDS = st.builds(
    GateRecord, _SHORT, MOMENTS, st.sampled_from(Verdict), _SHORT, _SHORT, _COUNTS, _COUNTS, _COUNTS, _COUNTS, _COUNTS
)
ROLLOUTS = st.builds(
    Rollout,
    id=st.integers(1, 2**31),
    plan=_SMALL_PLANS,
    status=st.sampled_from(Status),
    step=st.integers(0, 99),
    wanted=_TARGETS,
    before=_TARGETS,
    started_at=MOMENTS,
    started_by=TEXTS,
    step_at=MOMENTS,
    version=st.integers(1, 999),
    observed=st.none() | _TARGETS,
    holding_since=st.none() | MOMENTS,
    paused_at=st.none() | MOMENTS,
    lowered=st.booleans(),
    ready=st.booleans(),
    level=st.none() | st.integers(1, 9),
    reason=TEXTS,
    ticks=st.lists(st.builds(Tick, TEXTS, st.sampled_from(TickState), TEXTS, MOMENTS, TEXTS), max_size=3).map(tuple),
    channels=st.lists(st.builds(ChannelName, TEXTS, TEXTS), max_size=3).map(tuple),
    approvals=st.lists(st.builds(GivenApproval, _SHORT, _SHORT, st.integers(0, 99), _SHORT, MOMENTS), max_size=1).map(
        tuple
    ),
    judging=st.builds(
        Judging,
        st.none() | MOMENTS,
        st.lists(_RECORDS, max_size=1).map(tuple),
        st.lists(st.builds(Baseline, _SHORT, st.floats(0, 1e9)), max_size=1, unique_by=lambda it: it.metric).map(tuple),
        st.lists(_SHORT, max_size=1).map(tuple),
    ),
    measure_at=st.none() | MOMENTS,
    finished_at=st.none() | MOMENTS,
)
