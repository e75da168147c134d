"""The check-up of Slack names what is wrong with tokens, scopes, the clock and channels, and what to do about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.chat.directory import Directory
from bot.chat.slack.edge import SlackConfig, SlackEdge, open_slack
from bot.chat.slack.manifest import SCOPES
from bot.clock import SystemClock
from bot.domain.checkup import Finding, Grade
from bot.domain.plan import ChannelName
from bot.ports import Clock
from tests.fakes.clock import MovedClock
from tests.fakes.journal import KeptJournal
from tests.fakes.slack import CutBefore, Fault, RateLimited, SlackError, SlackServer


def edge(slack: SlackServer, clock: Clock | None = None, **more: object) -> SlackEdge:
    tokens = {"bot_token": slack.bot_token, "app_token": slack.app_token}
    config = SlackConfig(api_url=slack.api_url, **{**tokens, **more})  # type: ignore[arg-type]  # As a test fills it in.
    return open_slack(config, clock or SystemClock(), KeptJournal(), Directory())


async def found(slack: SlackServer, *channels: str, **more: object) -> dict[str, Finding]:
    findings = await edge(slack, **more).check([ChannelName("slack", it) for it in channels])  # type: ignore[arg-type]  # As above.
    return {it.what: it for it in findings}


async def test_everything_is_well() -> None:
    async with SlackServer(MovedClock(), scopes=set(SCOPES)) as slack:
        slack.channel("releases")
        findings = await found(slack, "releases")
    assert {it.grade for it in findings.values()} == {Grade.GOOD}
    assert findings["Slack way in"].sentence == "Socket Mode"
    assert "Slack #releases" in findings


async def test_a_token_that_slack_does_not_know_is_all_there_is_to_say() -> None:
    async with SlackServer(MovedClock()) as slack:
        (finding,) = await edge(slack, bot_token="xoxb-old").check([])
    assert (finding.grade, "SLACK_BOT_TOKEN" in finding.sentence) == (Grade.FAILED, True)
    assert "xoxb-old" not in f"{finding.sentence} {finding.hint}"


async def test_scopes_that_are_missing_are_named() -> None:
    async with SlackServer(MovedClock(), scopes=set(SCOPES) - {"files:write"}) as slack:
        finding = (await found(slack))["Slack scopes"]
    assert (finding.grade, "files:write" in finding.sentence) == (Grade.FAILED, True)


async def test_scopes_that_nothing_needs_are_doubtful() -> None:
    async with SlackServer(MovedClock(), scopes={*SCOPES, "users:read"}) as slack:
        finding = (await found(slack))["Slack scopes"]
    assert (finding.grade, "users:read" in finding.sentence) == (Grade.DOUBTFUL, True)


async def test_a_clock_that_is_off_is_told_by_how_much() -> None:
    async with SlackServer(MovedClock(), scopes=set(SCOPES)) as slack:
        late = MovedClock(datetime.now(UTC) - timedelta(minutes=10))  # noqa: TID251  # Slack says the machine's time.
        finding = (await found(slack, clock=late))["Slack clock"]
    assert finding.grade is Grade.FAILED


async def test_channels_that_the_bot_is_not_in_or_that_are_gone_are_named() -> None:
    async with SlackServer(MovedClock(), scopes=set(SCOPES)) as slack:
        slack.channel("releases", bot=False)
        slack.channel("old").archive()
        findings = await found(slack, "releases", "old", "nowhere")
    grades = {what: it.grade for what, it in findings.items() if "#" in what}
    assert set(grades.values()) == {Grade.FAILED}
    assert findings["Slack #releases"].hint == "type /invite @rollcall there"
    assert len(grades) == 3


async def test_without_a_way_in_it_says_so() -> None:
    async with SlackServer(MovedClock(), scopes=set(SCOPES)) as slack:
        nothing = (await found(slack, app_token=""))["Slack way in"]
        signed = (await found(slack, app_token="", signing_secret="secret"))["Slack way in"]
        wrong = (await found(slack, app_token="xapp-old"))["Slack way in"]
    assert [it.grade for it in (nothing, signed, wrong)] == [Grade.FAILED, Grade.GOOD, Grade.FAILED]


async def test_a_workspace_that_is_not_on_the_list_is_named() -> None:
    async with SlackServer(MovedClock(), scopes=set(SCOPES)) as slack:
        finding = (await found(slack, teams=("T_OTHER",)))["Slack workspace"]
    assert (finding.grade, slack.team_id in finding.hint) == (Grade.FAILED, True)


async def test_a_slack_that_is_away_is_told_and_nothing_raises() -> None:
    async with SlackServer(MovedClock(), scopes=set(SCOPES)) as slack:
        slack.faults.always("*", CutBefore())
        (finding,) = await edge(slack).check([])
    assert finding.grade is Grade.FAILED


@pytest.mark.parametrize("fault", [SlackError("enterprise_is_restricted"), RateLimited(30), CutBefore()])
async def test_channels_that_slack_does_not_list_are_told_and_nothing_raises(fault: Fault) -> None:
    async with SlackServer(MovedClock(), scopes=set(SCOPES)) as slack:
        slack.faults.always("conversations.list", fault)
        finding = (await found(slack, "releases"))["Slack channels"]
    assert (finding.grade, "Slack" in finding.sentence) == (Grade.FAILED, True)
