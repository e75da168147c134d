"""Pages that rollouts raise by themselves, and what a critical page keeps from going up."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import pytest

from bot.domain.errors import Refused
from bot.domain.escalation import Severity
from bot.domain.page import PageState
from bot.domain.rollout import Status
from bot.files.team_watch import TeamFile
from tests.fakes.clock import MovedClock
from tests.fakes.journal import KeptJournal
from tests.scenarios.paging import ALASKA, PLAN, PagedWorld, paged_world
from tests.scenarios.world import HOUR, world_over

ANA = {"by": "U0ANA", "platform": "slack"}


async def at_ten(world: PagedWorld) -> None:
    for line in ("/rollout start checkout", "/checklist tick all", "/rollout 10%"):
        await world.done(line, **ANA)


async def test_a_rollback_by_a_guardrail_pages_whoever_is_on_call(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await at_ten(world)
        world.source.tell("error_rate", 1.7)
        await world.minutes(1)
        page = await world.page()
        assert (page.severity, page.subject, page.opened_by) == (Severity.HIGH, "rollout:1", "rollcall")
        assert (
            "#1 The new checkout was rolled back by itself at “Everyone: 10%”: guardrail error_rate > 1%" in page.text
        )
        assert world.paged() == ["engineer"]
        assert (await world.rollout()).status is Status.ROLLED_BACK


async def test_a_failed_gate_pages_with_a_button_that_takes_the_rollout_back(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await at_ten(world)
        world.source.tell("error_rate", 0.7)
        await world.minutes(1)
        page = await world.page()
        assert (page.severity, (await world.rollout()).status) == (Severity.MEDIUM, Status.PAUSED)
        press = world.button("Roll back", "@U0ENGINEER").command
        await world.done(press, by="U0ENGINEER", platform="slack", channel="@U0ENGINEER")
        assert not (await world.held("checkout")).on
        assert (await world.page()).state is PageState.OPEN, "the trouble is not over because the flag is off"


async def test_a_guardrail_that_only_pages_leaves_the_rollout_alone(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await at_ten(world)
        world.source.tell("p95", 900.0)
        await world.minutes(3)
        assert world.paged() == ["engineer"]
        assert (await world.rollout()).status is Status.RUNNING
        assert "needs a look" in (await world.page()).text


async def test_the_same_rollout_in_trouble_again_is_the_same_page(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await at_ten(world)
        world.source.tell("error_rate", 0.7)
        await world.minutes(1)
        world.source.tell("error_rate", 1.7)
        await world.minutes(1)
        page = await world.page()
        assert (page.times, page.severity) == (2, Severity.HIGH)
        assert await world.store.read(lambda tx: tx.pages.get(2)) is None
        assert world.paged() == ["engineer"]


async def test_a_plan_without_a_policy_pages_nobody(tmp_path: Path) -> None:
    async with paged_world(tmp_path, plan=PLAN.replace("escalation: payments\n", "")) as world:
        await at_ten(world)
        world.source.tell("error_rate", 1.7)
        await world.minutes(1)
        assert world.paged() == []


async def test_a_plan_whose_policy_the_team_does_not_have_is_not_started(tmp_path: Path) -> None:
    async with paged_world(tmp_path, plan=PLAN.replace("escalation: payments", "escalation: searching")) as world:
        refusal = await world.refused("/rollout start checkout", **ANA)
        assert "the team file has no escalation policy “searching”; it has payments" in refusal


async def test_a_message_that_cannot_be_delivered_pages(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await at_ten(world)
        world.slack.failures = deque([Refused("The bot is not in #releases.", "/invite @rollcall")])
        await world.done("/rollout pause", **ANA)
        page = await world.page()
        assert (page.severity, page.key) == (Severity.MEDIUM, "undelivered:slack:releases")
        assert "The bot is not in #releases" in page.text
        assert world.paged() == ["engineer"]


async def test_a_typed_page_is_about_the_rollout_of_its_channel(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await at_ten(world)
        await world.done("/escalate high checkout spins", **ANA)
        assert (await world.page()).subject == "rollout:1"
        assert "Roll back" in [it.label for it in world.card().message.buttons]


# A critical page


async def test_an_open_critical_page_keeps_everything_from_going_up_and_nothing_from_going_down(tmp_path: Path) -> None:
    async with paged_world(tmp_path, plan=PLAN.replace("gates: [error_rate < 0.5%]", "")) as world:
        await at_ten(world)
        await world.passes(HOUR)
        await world.done("/escalate critical nothing works", **ANA)
        refusal = await world.refused("/rollout 25%", **ANA)
        assert "page 1 is critical and not resolved: nothing works; /escalate resolve 1 ends that" in refusal
        await world.done("/flag create search", **ANA)
        assert "/escalate list" in await world.refused("/flag on search", **ANA)
        await world.done("/escalate ack", by="U0CTO", platform="slack")
        assert "page 1 is critical" in await world.refused("/rollout 25%", **ANA)
        await world.done("/rollout 5%", **ANA)
        await world.done("/escalate resolve", by="U0CTO", platform="slack")
        await world.done("/flag on search", **ANA)


async def test_a_page_that_is_not_critical_is_in_nobodys_way(tmp_path: Path) -> None:
    async with paged_world(tmp_path, plan=PLAN.replace("gates: [error_rate < 0.5%]", "")) as world:
        await at_ten(world)
        await world.passes(HOUR)
        await world.done("/escalate high one provider is down", **ANA)
        await world.done("/rollout 25%", **ANA)


async def test_resolving_a_page_resumes_nothing_and_says_how(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await at_ten(world)
        world.source.tell("error_rate", 0.7)
        await world.minutes(1)
        world.source.tell("error_rate", 0.1)
        answer = await world.done("/escalate resolve", by="U0ENGINEER", platform="slack")
        assert "/rollout resume --rollout 1" in answer
        await world.minutes(60)
        assert (await world.rollout()).status is Status.PAUSED


@pytest.mark.parametrize("state", ["ack", "snooze 1h because we look"])
async def test_the_card_of_a_rollout_names_the_critical_page_until_it_is_resolved(tmp_path: Path, state: str) -> None:
    async with paged_world(tmp_path) as world:
        await at_ten(world)
        card = next(it for it in world.slack.said if it.key == "card:rollout:1")
        await world.done("/escalate critical nothing works", **ANA)
        assert "page 1 is critical" in str(card.message.blocks)
        await world.done(f"/escalate {state}", **ANA)
        assert "page 1 is critical" in str(card.message.blocks)
        await world.done("/escalate resolve", **ANA)
        assert "page 1 is critical" not in str(card.message.blocks)


async def test_without_channels_of_the_policys_own_a_page_stands_beside_the_rollouts_card(tmp_path: Path) -> None:
    team = ALASKA.replace("  payments:\n    channels: releases\n    levels:", "  payments:\n    levels:")
    async with paged_world(tmp_path, team) as world:
        await at_ten(world)
        world.source.tell("error_rate", 1.7)
        await world.minutes(1)
        assert world.card().message.summary.startswith("Page 1 (high)")


async def test_a_channel_on_a_platform_that_is_not_connected_is_left_out(tmp_path: Path) -> None:
    team = ALASKA.replace("releases: {slack: releases}", "releases: {slack: releases, local: releases}")
    file = tmp_path / "rollcall.yaml"
    file.write_text(team)
    clock = MovedClock()
    people = TeamFile(file, lambda _: None, clock, KeptJournal())
    url = f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}"
    async with world_over(url, clock=clock, team=people.current) as world:
        await world.done("/escalate high payments fail")
        assert await world.cards() == ["Page 1 (high): payments fail — nobody is on it"]
        assert {it.platform for it in await world.outbox()} == {"local"}
        assert await world.said("@engineer") == ["engineer, you are paged: Page 1 (high): payments fail."]
