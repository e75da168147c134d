"""The escalation paths of two real plans on a moved clock: who is reached, when, how, and what an answer changes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.domain.actor import Actor
from bot.domain.errors import Refused
from bot.domain.message import Mention, Note, Paragraph, plain_text
from bot.domain.outbox import DeliveryState
from bot.domain.page import PageState
from bot.operations.pages import Answering
from tests.fakes.chat_platform import FakePlatform
from tests.fakes.clock import START
from tests.scenarios.paging import ACTION_PLAN, ALASKA, PagedWorld, paged_world
from tests.scenarios.world import DAY, HOUR

RAISE = "/escalate high payments fail since noon"


async def raised(world: PagedWorld, line: str = RAISE) -> None:
    await world.done(line, by="U0ANA", platform="slack")


# On-call engineer (0-15 min), team lead (15-30 min), CTO (30-60 min), CEO (over 60 min, or critical)


async def test_each_level_of_the_first_path_is_reached_in_its_time(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await raised(world)
        path = ["engineer", "lead", "cto", "ceo"]
        for minute, reached in ((14, 1), (15, 2), (29, 2), (30, 3), (59, 3), (60, 4)):
            await world.until(minute)
            assert world.paged() == path[:reached], minute


async def test_the_engineer_is_whoever_is_on_call_and_is_reached_on_both_platforms(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await raised(world)
        assert world.direct("engineer") == ["engineer, you are paged: Page 1 (high): payments fail since noon."]
        assert world.told("@80351110224678902", "discord") == world.direct("engineer")
    (tmp_path / "tomorrow").mkdir()
    async with paged_world(tmp_path / "tomorrow", start=START + DAY) as world:
        await raised(world)
        assert world.paged() == ["second"]


async def test_a_direct_message_names_the_problem_the_level_and_what_can_be_done(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await raised(world)
        message = next(it.message for it in world.slack.said if it.channel == "@U0ENGINEER")
        first = message.blocks[0]
        assert isinstance(first, Paragraph)
        assert first.line[0] == Mention("engineer", (("slack", "U0ENGINEER"), ("discord", "80351110224678902")))
        assert [it.label for it in message.buttons] == ["Acknowledge", "Resolve", "Snooze"]


async def test_an_acknowledgement_at_minute_20_stops_the_path_before_the_cto(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await raised(world)
        await world.until(20)
        await world.done(world.button("Acknowledge", "@U0LEAD").command, by="U0LEAD", platform="slack", channel="D1")
        await world.until(49)
        assert world.paged() == ["engineer", "lead"]
        await world.done("/escalate resolve because the provider is back", by="U0LEAD", platform="slack")
        await world.passes(DAY)
        assert world.paged() == ["engineer", "lead"]
        page = await world.page()
        assert (page.took("acknowledged"), page.took("resolved")) == (timedelta(minutes=20), timedelta(minutes=49))


async def test_the_others_hear_of_an_answer_and_whoever_gave_it_does_not(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await raised(world)
        await world.until(20)
        await world.done("/escalate ack", by="U0LEAD", platform="slack", channel="elsewhere")
        said = "team-lead is on page 1. It is open again 2026-03-02 09:50 UTC unless it is resolved."
        assert world.direct("engineer")[1:] == [said]
        assert len(world.direct("lead")) == 1
        assert said in world.told("releases")


async def test_an_acknowledgement_that_nothing_follows_pages_the_team_lead_again(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await raised(world)
        await world.until(20)
        await world.done("/escalate ack", by="U0LEAD", platform="slack")
        await world.until(50)
        assert world.paged() == ["engineer", "lead", "lead"]
        await world.until(65)
        assert world.paged() == ["engineer", "lead", "lead", "cto"]


async def test_nobody_at_level_2_brings_the_cto_forward_and_says_so(tmp_path: Path) -> None:
    team = ALASKA.replace("  team-lead: {roles: lead, slack: U0LEAD}", "  team-lead: {roles: lead}")
    async with paged_world(tmp_path, team) as world:
        await raised(world)
        await world.until(15)
        assert world.paged() == ["engineer", "cto"]
        assert "Page 1: level 2 is skipped, team-lead is not known on Slack or Discord." in world.told("releases")
        await world.until(59)
        assert world.paged() == ["engineer", "cto"]
        await world.until(60)
        assert world.paged() == ["engineer", "cto", "ceo"]


async def test_nobody_on_call_brings_the_team_lead_forward(tmp_path: Path) -> None:
    async with paged_world(tmp_path, ALASKA.replace("layer: primary}", "layer: infrastructure}")) as world:
        await raised(world)
        assert world.paged() == ["lead"]
        assert "Page 1: level 1 is skipped, nobody is on call for payments/infrastructure." in world.told("releases")


async def test_a_critical_page_reaches_everybody_up_to_the_ceo_at_once_and_each_once(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await raised(world, "/escalate critical nothing works")
        assert sorted(world.paged()) == ["ceo", "cto", "engineer", "lead"]
        await world.until(14)
        assert sorted(world.paged()) == ["ceo", "cto", "engineer", "lead"]


async def test_a_direct_message_that_is_refused_brings_the_next_level_forward(tmp_path: Path) -> None:
    async with paged_world(tmp_path, ALASKA.replace(', discord: "80351110224678902"', "")) as world:
        world.slack.refusing["@U0ENGINEER"] = Refused("The account U0ENGINEER is deactivated.")
        await raised(world)
        assert world.paged() == ["lead"]
        page = await world.page()
        assert [(it.level, it.lost) for it in page.reached] == [(1, "The account U0ENGINEER is deactivated."), (2, "")]
        assert any("did not arrive" in it for it in world.told("releases"))


async def test_the_last_level_is_repeated_until_somebody_answers(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await raised(world)
        await world.until(105)
        assert world.paged() == ["engineer", "lead", "cto", "ceo", "ceo", "ceo", "ceo"]
        await world.done("/escalate ack", by="U0CEO", platform="slack")
        await world.until(130)
        assert len(world.paged()) == 7


# Outages


async def test_after_an_outage_of_26_hours_each_missed_level_is_reached_once_and_late(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await raised(world)
    async with paged_world(tmp_path, start=START + 26 * HOUR) as world:
        await world.bot.loop.settle()
        assert sorted(world.paged()) == ["ceo", "cto", "lead"]
        notes = [it.message.blocks[-2] for it in world.slack.said if it.key.startswith("paging:")]
        assert sorted(plain_text(note.line) for note in notes if isinstance(note, Note)) == [
            f"Level {level} of 4, late by 1 day 1 hour; open since 2026-03-02 09:00 UTC" for level in (2, 3, 4)
        ]
        await world.bot.loop.settle()
        assert len(world.paged()) == 3


async def test_what_was_answered_before_a_message_left_pages_nobody_any_more(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await raised(world)
        world.clock.advance(timedelta(minutes=15))
        keeper = next(it for it in world.bot.loop.concerns if it.name == "escalations")
        await keeper.step()
        engineer = Actor("engineer", "slack", "U0ENGINEER", "D1", "answers first")
        await world.bot.operations.pages.acknowledge(engineer, Answering(1))
        await world.bot.loop.settle()
        assert world.paged() == ["engineer"]
        dropped = [it for it in await world.outbox() if it.state is DeliveryState.DROPPED]
        assert [it.channel for it in dropped] == ["@U0LEAD"]


# Support (1 hour), engineering (30 minutes), CTO or lead engineer (15 minutes)


async def test_each_level_of_the_second_path_has_the_time_that_it_is_given(tmp_path: Path) -> None:
    async with paged_world(tmp_path, ACTION_PLAN) as world:
        await raised(world, "/escalate medium plans do not load")
        assert world.paged() == ["support"]
        await world.until(59)
        assert world.paged() == ["support"]
        await world.until(60)
        assert sorted(world.paged()) == ["engineer", "englead", "support"]
        await world.until(90)
        assert sorted(world.paged()[3:]) == ["cto", "englead"]
        await world.until(105)
        assert sorted(world.paged()[5:]) == ["cto", "englead"], "again every 15 minutes"


async def test_what_is_not_connected_counts_as_unreachable_and_says_so(tmp_path: Path) -> None:
    async with paged_world(tmp_path, ACTION_PLAN) as world:
        await raised(world, "/escalate medium plans do not load")
        (said,) = [it for it in world.told("releases") if "level 1" in it]
        assert "support@unbuilt.example cannot be reached: e-mail is not connected" in said
        assert "PagerDuty (support) cannot be reached: PagerDuty is not connected" in said
        assert any(it.startswith("Paged: Page 1 (medium)") for it in world.told("action-plan-support"))
        assert world.card(channel="action-plan-support").message.summary.endswith("nobody is on it")


async def test_a_level_of_things_that_are_not_connected_is_skipped(tmp_path: Path) -> None:
    only = "      - reach: [{email: support@unbuilt.example}, {pagerduty: support}, {webhook: status}]\n"
    first = ACTION_PLAN[ACTION_PLAN.index("      - reach: [") : ACTION_PLAN.index("      - {after: 1h,")]
    async with paged_world(tmp_path, ACTION_PLAN.replace(first, only)) as world:
        await raised(world, "/escalate medium plans do not load")
        assert sorted(world.paged()) == ["engineer", "englead"]
        assert (await world.page()).state is PageState.OPEN


async def test_support_is_reached_in_its_channel_and_by_e_mail_as_well(tmp_path: Path) -> None:
    mail = FakePlatform()
    async with paged_world(tmp_path, ACTION_PLAN, mail=mail) as world:
        await raised(world, "/escalate medium plans do not load")
        assert world.paged() == ["support"]
        assert any(it.startswith("Paged: Page 1 (medium)") for it in world.told("action-plan-support"))
        (sent,) = mail.said
        assert sent.channel == "support@unbuilt.example"
        assert sent.message.summary == "Paged: Page 1 (medium): plans do not load."
        await world.until(104)
        assert [it.channel for it in mail.said].count("support@unbuilt.example") == 1


async def test_an_acknowledgement_at_minute_20_keeps_the_second_path_with_support(tmp_path: Path) -> None:
    async with paged_world(tmp_path, ACTION_PLAN) as world:
        await raised(world, "/escalate medium plans do not load")
        await world.until(20)
        await world.done(
            world.button("Acknowledge", "@U0SUPPORT").command, by="U0SUPPORT", platform="slack", channel="D1"
        )
        await world.until(49)
        assert world.paged() == ["support"]
        # Nobody resolved it within half an hour of that: support hears of it again, and engineering an hour later.
        await world.until(50)
        assert world.paged() == ["support", "support"]
        await world.until(109)
        assert world.paged() == ["support", "support"]
        await world.until(110)
        assert sorted(world.paged()[2:]) == ["engineer", "englead"]


async def test_a_resolution_at_minute_20_ends_the_second_path(tmp_path: Path) -> None:
    async with paged_world(tmp_path, ACTION_PLAN) as world:
        await raised(world, "/escalate medium plans do not load")
        await world.until(20)
        await world.done("/escalate resolve because the cache was cleared", by="U0SUPPORT", platform="slack")
        await world.passes(DAY)
        assert world.paged() == ["support"]


async def test_nobody_in_engineering_brings_the_second_paths_cto_forward(tmp_path: Path) -> None:
    team = ACTION_PLAN.replace(", slack: U0ENGLEAD", "").replace(", slack: U0ENGINEER", "")
    async with paged_world(tmp_path, team) as world:
        await raised(world, "/escalate medium plans do not load")
        await world.until(60)
        assert world.paged() == ["support", "cto"]
        (said,) = [it for it in world.told("action-plan-support") if "level 2 is skipped" in it]
        assert "engineering-lead is not known on Slack or Discord" in said
        assert "engineer is not known on Slack or Discord" in said


async def test_a_critical_page_reaches_support_engineering_and_the_cto_at_once_and_each_once(tmp_path: Path) -> None:
    async with paged_world(tmp_path, ACTION_PLAN) as world:
        await raised(world, "/escalate critical data is lost")
        assert sorted(world.paged()) == ["cto", "engineer", "englead", "support"]
        await world.until(14)
        assert len(world.paged()) == 4


async def test_all_four_rotations_of_the_first_plan_say_who_answers_and_where_nobody_does(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        shown = await world.done("/oncall who", by="U0ANA", platform="slack")
        assert "primary: engineer" in shown
        assert "secondary: second-engineer" in shown
        assert "database: database-engineer" in shown
        assert "infrastructure: nobody" in shown
