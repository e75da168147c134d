"""Whatever the policy, the schedule, the answers and the outages: what holds for every page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.errors import Refused
from bot.domain.escalation import Level, Policy, Severity, SeverityRule, Target, TargetKind
from bot.domain.oncall import Schedule
from bot.domain.page import (
    Act,
    Page,
    PageState,
    Trouble,
    Way,
    acknowledge,
    again,
    raise_page,
    reassign,
    resolve,
    snooze,
)
from bot.domain.paging import NoticeKind, decide, lost
from bot.domain.plan import ChannelName
from bot.domain.reach import Reach
from bot.domain.rotation import Rotation, Turn
from bot.domain.team import Identity, Person, Team
from tests.domain.pages_for_tests import HOUR, MINUTE, START

NAMES = ("ana", "bob", "cleo", "dora")
STRANGERS = (*NAMES, "nobody-knows")
PEOPLE = tuple(
    Person(name, identities=tuple(Identity(platform, f"{platform}-{name}") for platform in platforms))
    for name, platforms in zip(NAMES, [("slack", "discord"), ("slack",), ("discord",), ("email",)], strict=True)
)
TARGETS = st.one_of(
    st.sampled_from([Target(TargetKind.PERSON, name) for name in STRANGERS]),
    st.sampled_from([Target(TargetKind.SCHEDULE, "payments", layer) for layer in ("primary", "secondary")]),
    st.sampled_from(
        [
            Target(TargetKind.CHANNEL, "releases", channels=(ChannelName("slack", "C1"),)),
            Target(TargetKind.EMAIL, "a@example.org"),
            Target(TargetKind.PAGERDUTY, "payments"),
            Target(TargetKind.WEBHOOK, "status"),
        ]
    ),
)
OPERATIONS = ("acknowledge", "resolve", "snooze", "reassign", "again", "lose")


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    offsets = sorted(draw(st.lists(st.integers(0, 120), min_size=1, max_size=5, unique=True)))
    levels = tuple(Level(it * MINUTE, tuple(draw(st.lists(TARGETS, max_size=3)))) for it in offsets)
    rules = ((Severity.CRITICAL, SeverityRule(at_once=True)), (Severity.LOW, SeverityRule(levels=1)))
    return Policy(
        "p",
        levels,
        every=draw(st.integers(1, 60)) * MINUTE,
        times=draw(st.integers(0, 3)),
        acknowledged_for=draw(st.integers(1, 90)) * MINUTE,
        rules=rules,
    )


@st.composite
def teams(draw: st.DrawFn) -> Team:
    people = st.lists(st.sampled_from(STRANGERS), max_size=3).map(tuple)
    layers = tuple(
        Rotation(layer, draw(people), START, "Europe/Berlin", Turn.HOURLY) for layer in ("primary", "secondary")
    )
    return Team(file="rollcall.yaml", people=PEOPLE, schedules={"payments": Schedule("payments", rotations=layers)})


@dataclass
class Watched:
    """A page with everything that was ever told of it."""

    page: Page
    team: Team
    platforms: tuple[str, ...]
    reached: set[tuple[int, int, Way]] = field(default_factory=set)

    def look(self, now: datetime) -> None:
        reach = Reach(self.team, (), self.platforms, now)
        before = self.page
        self.page, notices = decide(before, now, reach.contact)
        assert before.state is not PageState.RESOLVED or not notices, "nobody is paged after it was resolved"
        for notice in notices:
            if notice.kind is NoticeKind.REACHED:
                for way in notice.ways:
                    key = (notice.round, notice.level, way)
                    assert key not in self.reached, "nobody is reached twice for one level and way"
                    self.reached.add(key)
        self.require_next(now)

    def require_next(self, now: datetime) -> None:
        if self.page.state is PageState.RESOLVED:
            assert self.page.due_at is None
        else:
            assert self.page.due_at is not None, "an open page is always due again"
            assert self.page.due_at > now

    def does(self, operation: str, by: str, now: datetime) -> None:
        act = Act(by, now, "because")
        try:
            match operation:
                case "acknowledge":
                    self.page = acknowledge(self.page, act)
                case "resolve":
                    self.page = resolve(self.page, act)
                case "snooze":
                    self.page = snooze(self.page, act, HOUR)
                case "reassign":
                    self.page = reassign(self.page, act, by)
                case "again" if self.page.unresolved:
                    self.page = again(self.page, Trouble(Severity.CRITICAL, "worse"), now)
                case "lose" if self.page.reached:
                    last = self.page.reached[-1]
                    self.page = lost(self.page, last.way, last.round, "not delivered", now)
                case _:
                    pass
        except Refused:
            pass


@settings(max_examples=300)
@given(
    policies(),
    teams(),
    st.sampled_from([("slack",), ("slack", "discord"), ("local",), ()]),
    st.sampled_from(Severity),
    st.lists(
        st.tuples(st.integers(0, 300), st.sampled_from(["look", *OPERATIONS]), st.sampled_from(STRANGERS)), max_size=25
    ),
)
def test_every_open_page_is_due_again_and_nobody_is_reached_twice_or_after_the_end(
    policy: Policy,
    team: Team,
    platforms: tuple[str, ...],
    severity: Severity,
    happenings: list[tuple[int, str, str]],
) -> None:
    now = START
    watched = Watched(raise_page(1, Trouble(severity, "it fails"), policy, "ana", now), team, platforms)
    watched.look(now)
    for minutes, operation, by in happenings:
        # Between two happenings the bot may look on time, or be away and look late.
        due, now = watched.page.due_at, now + timedelta(minutes=minutes)
        if operation == "look" and due is not None and due <= now:
            watched.look(due)
        watched.does(operation, by, now)
        watched.look(now)
