"""The check-up names what does not work and says what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from bot.doctor import examine, half_set, has_failed
from bot.domain.checkup import Finding, Grade, failed, good
from bot.domain.errors import Refused, Unavailable
from bot.domain.escalation import Level, Policy, Target, TargetKind
from bot.domain.measure import Measure
from bot.domain.metric import Answer, HttpQuery, Metric
from bot.domain.plan import ChannelName
from bot.domain.team import Environment, Identity, Person, Team
from bot.metric_sources.catalogue import Catalogue
from bot.settings import Settings
from tests.fakes.chat_platform import FakePlatform
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import CHECKOUT, world_over

PLANS = WrittenPlans(checkout=CHECKOUT.replace("{local: releases}", "{slack: releases}"))
TEAM = Team("rollcall.yaml", people=(Person("release-manager"),), channels={"ops": (ChannelName("slack", "C2"),)})


@dataclass
class Platform:
    """An edge that finds what it is told to find, and notes which channels it was asked about."""

    found: tuple[Finding, ...] = ()
    name: str = "slack"
    asked: list[str] = field(default_factory=list)
    platform: FakePlatform = field(default_factory=FakePlatform)

    async def check(self, channels: Sequence[ChannelName]) -> Sequence[Finding]:
        self.asked += [it.channel for it in channels]
        return self.found


@dataclass
class Source:
    """A metric source with one answer."""

    answer: Answer | Exception

    async def ask(self, metric: Metric) -> Answer:
        del metric
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'rollcall.db'}"


def graded(findings: Sequence[Finding]) -> dict[str, Grade]:
    return {it.what: it.grade for it in findings}


async def test_without_anything_set_up_it_says_what_could_be(tmp_path: Path) -> None:
    async with world_over(url(tmp_path), plans=PLANS) as world:
        findings = await examine(world.bot)
    assert graded(findings) == {
        "database": Grade.GOOD,
        "team file": Grade.DOUBTFUL,
        "plans": Grade.GOOD,
        "platforms": Grade.DOUBTFUL,
    }
    assert not has_failed(findings)


async def test_a_platform_is_asked_about_every_channel_that_a_plan_or_the_team_names(tmp_path: Path) -> None:
    edge = Platform((good("slack", "connected"), failed("#releases", "the bot is not in it", "/invite @rollcall")))
    async with world_over(url(tmp_path), plans=PLANS, team=lambda: TEAM) as world:
        findings = await examine(replace(world.bot, edges=(edge,)))  # type: ignore[arg-type]  # What the check-up needs of it.
    assert edge.asked == ["releases", "C2"]
    assert has_failed(findings)
    assert findings[-1].hint == "/invite @rollcall"


async def test_people_whom_no_platform_knows_are_named(tmp_path: Path) -> None:
    async with world_over(url(tmp_path), plans=PLANS, team=lambda: TEAM) as world:
        (finding,) = [it for it in await examine(world.bot) if it.what == "team file"]
    assert (finding.grade, "release-manager" in finding.sentence) == (Grade.DOUBTFUL, True)


async def test_a_plan_that_cannot_be_used_has_failed(tmp_path: Path) -> None:
    async with world_over(url(tmp_path), plans=WrittenPlans(broken="plan: [")) as world:
        findings = await examine(world.bot)
    assert graded(findings)["plan broken"] is Grade.FAILED


async def test_a_plan_that_asks_for_what_the_team_does_not_have_is_named(tmp_path: Path) -> None:
    plans = WrittenPlans(checkout=f"{CHECKOUT}\nescalation: nights\n")
    team = replace(TEAM, environments={"production": Environment("production")})
    async with world_over(url(tmp_path), plans=plans, team=lambda: team) as world:
        (finding,) = [it for it in await examine(world.bot) if it.what == "plan checkout"]
    assert (finding.grade, finding.hint) == (Grade.DOUBTFUL, "rollcall plan check checkout")
    assert "no escalation policy “nights”" in finding.sentence


async def test_every_metric_is_asked_once(tmp_path: Path) -> None:
    answers: dict[str, Answer | Exception] = {
        "error_rate": Answer(0.4),
        "idle": Answer(None, note="no series"),
        "away": Unavailable("It does not answer."),
        "odd": Refused("The query writes."),
    }
    metrics = {name: Metric(name, HttpQuery(f"https://{name}.example.org", "x"), Measure.PLAIN) for name in answers}

    class Known(Catalogue):
        def source(self, metric: Metric) -> Source:
            return Source(answers[metric.name])

    known = Known(lambda: metrics, {})
    async with world_over(url(tmp_path), plans=PLANS, team=lambda: Team("t", metrics=metrics), metrics=known) as world:
        found = graded(await examine(world.bot))
    assert [found[f"metric {name}"] for name in answers] == [Grade.GOOD, Grade.DOUBTFUL, Grade.FAILED, Grade.FAILED]


async def test_every_level_of_every_policy_must_reach_a_human(tmp_path: Path) -> None:
    def level(*targets: Target) -> Level:
        return Level(timedelta(0), targets)

    ana, bob = Target(TargetKind.PERSON, "ana"), Target(TargetKind.PERSON, "bob")
    releases = Target(TargetKind.CHANNEL, "releases", channels=(ChannelName("slack", "C1"),))
    team = Team(
        "rollcall.yaml",
        people=(Person("ana", identities=(Identity("slack", "U1"),)), Person("bob")),
        escalation={
            "whole": Policy("whole", (level(ana), Level(timedelta(minutes=15), (ana, bob)))),
            "half": Policy("half", (level(ana), level(bob), level(releases))),
            "nobody": Policy("nobody", (level(bob),)),
        },
    )
    async with world_over(url(tmp_path), plans=PLANS, team=lambda: team) as world:
        findings = await examine(replace(world.bot, edges=(Platform(),)))  # type: ignore[arg-type]  # As above.
    assert [(it.what, it.grade, it.sentence) for it in findings if it.what.startswith("escalation")] == snapshot(
        [
            ("escalation whole, level 1 (at once)", Grade.GOOD, "reaches ana (Slack)"),
            (
                "escalation whole, level 2 (after 15 minutes)",
                Grade.DOUBTFUL,
                "reaches ana (Slack); not everybody: bob is not known on Slack",
            ),
            ("escalation half, level 1 (at once)", Grade.GOOD, "reaches ana (Slack)"),
            ("escalation half, level 2 (at once)", Grade.DOUBTFUL, "reaches no human (bob is not known on Slack)"),
            (
                "escalation half, level 3 (at once)",
                Grade.DOUBTFUL,
                "reaches no human (it reaches channels or programs alone)",
            ),
            ("escalation nobody, level 1 (at once)", Grade.FAILED, "reaches no human (bob is not known on Slack)"),
        ]
    )


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, []),
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}, []),
        ({"SLACK_APP_TOKEN": "xapp-1"}, ["SLACK_APP_TOKEN without SLACK_BOT_TOKEN: Slack is not connected"]),
        (
            {"SLACK_APP_TOKEN": "xapp-1", "SLACK_SIGNING_SECRET": "signs"},
            ["SLACK_APP_TOKEN and SLACK_SIGNING_SECRET without SLACK_BOT_TOKEN: Slack is not connected"],
        ),
    ],
)
def test_what_is_set_for_slack_in_vain_is_named(given: dict[str, str], found: list[str]) -> None:
    assert [it.sentence for it in half_set(Settings.model_validate(given))] == found
