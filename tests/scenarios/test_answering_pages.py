"""People answer pages: by pressing and by typing, too late, twice, from the wrong side, and on behalf of others."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.chat.conversation import Origin, Outcome
from bot.domain.errors import Unavailable
from bot.domain.form import Form
from bot.domain.page import PageState
from tests.scenarios.paging import ALASKA, PagedWorld, paged_world
from tests.scenarios.world import HOUR, MINUTE, world_over

ANA = {"by": "U0ANA", "platform": "slack"}
LEAD = {"by": "U0LEAD", "platform": "slack"}
ENGINEER = {"by": "U0ENGINEER", "platform": "slack"}
STRANGER = {"by": "U0STRANGER", "platform": "slack"}


async def raised(world: PagedWorld, line: str = "/escalate high payments fail") -> None:
    await world.done(line, **ANA)


async def test_the_live_message_is_one_and_is_edited(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await raised(world)
        await world.until(20)
        await world.done("/escalate ack", **LEAD)
        card = world.card()
        assert card.edits >= 2
        assert card.message.summary == "Page 1 (high): payments fail — acknowledged by team-lead"
        assert [it.label for it in card.message.buttons] == ["Resolve", "Snooze"]
        await world.done("/escalate resolve", **LEAD)
        assert card.message.buttons == ()


async def test_a_late_press_changes_nothing_and_says_what_happened_meanwhile(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await raised(world)
        late = world.button("Acknowledge", "@U0ENGINEER").command
        await world.until(15)
        await world.done("/escalate ack", **LEAD)
        before = await world.page()
        assert "team-lead acknowledged it. Nothing was done." in await world.refused(late, **ENGINEER)
        assert await world.page() == before


async def test_a_late_press_of_resolve_still_counts_where_somebody_only_acknowledged(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await raised(world)
        press = world.button("Resolve", "@U0ENGINEER").command
        await world.done("/escalate ack", **LEAD)
        await world.done(press, **ENGINEER)
        assert (await world.page()).state is PageState.RESOLVED


async def test_a_double_press_does_it_once(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await raised(world)
        press = world.button("Acknowledge", "@U0ENGINEER").command
        for _ in range(2):
            await world.typed(press, by="U0ENGINEER", platform="slack", request="the same press")
        assert len((await world.page()).answers) == 1


async def test_a_snooze_is_asked_for_its_length_and_reason_when_it_is_pressed(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await raised(world)
        press = world.button("Snooze", "@U0ENGINEER").command
        origin = Origin("slack", "@U0ENGINEER", "U0ENGINEER", "press", pressed=True)
        form = await world.bot.dispatcher.ask(press, origin)
        assert isinstance(form, Form)
        assert [field.name for field in form.fields] == ["for", "because"]
        given = {"for": "2h", "because": "the vendor works on it"}
        reply = await world.bot.dispatcher.handle(form.command, origin, given)
        await world.bot.loop.settle()
        assert reply.outcome is Outcome.DONE
        await world.passes(2 * HOUR)
        assert world.paged() == ["engineer", "engineer"]


async def test_a_page_is_given_to_somebody_who_is_paged_at_once(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await raised(world)
        await world.done("/escalate reassign @database-engineer because it is the database", **ENGINEER)
        assert world.paged() == ["engineer", "database"]
        assert any("gives page 1 to database-engineer: it is the database" in it for it in world.told("releases"))
        assert "lists nobody named ben" in await world.refused("/escalate reassign @ben", **ENGINEER)


async def test_anybody_who_is_listed_may_answer_and_nobody_else(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await raised(world)
        for line in ("/escalate ack", "/escalate resolve", "/escalate reassign @cto", "/escalate low nothing"):
            assert "Only people whom the team file lists" in await world.refused(line, **STRANGER)
        await world.done("/escalate ack", by="U0CEO", platform="slack")
        entries = [(it.action, it.person, it.outcome) for it in await world.audit() if it.action.startswith("page:ack")]
        assert entries == [
            ("page:acknowledge", "U0STRANGER", "refused"),
            ("page:acknowledge", "ceo", "accepted"),
        ]


async def test_everybody_may_look(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        assert "No page is open" in await world.done("/escalate", **STRANGER)
        await raised(world)
        assert "payments fail" in await world.done("/escalate list", **STRANGER)
        assert "Level 4 (after 1 hour): ceo" in await world.done("/escalate show 1", **STRANGER)
        await world.done("/escalate resolve", **ANA)
        assert "resolved by ana" in await world.done("/escalate list --all", **STRANGER)


async def test_with_several_pages_open_it_asks_which_one(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await raised(world)
        await raised(world, "/escalate low a typo on the start page")
        reply = await world.typed("/escalate ack", **LEAD)
        assert [it.command for it in reply.message.buttons] == ["/escalate ack --page 1", "/escalate ack --page 2"]
        await world.done(reply.message.buttons[1].command, **LEAD)
        assert (await world.page(2)).state is PageState.ACKNOWLEDGED


async def test_the_same_trouble_under_one_name_is_one_page(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await raised(world, "/escalate high --key provider the provider is down")
        answer = await world.done("/escalate high --key provider still down", **LEAD)
        assert "is open already; it was reported 2 times now" in answer
        assert world.paged() == ["engineer"]
        await world.done("/escalate resolve", **LEAD)
        await raised(world, "/escalate high --key provider again down")
        assert (await world.page(2)).times == 1


@pytest.mark.parametrize(
    ("policies", "answer"),
    [
        ("", "The team file has no escalation policy"),
        ("  other: {levels: [{reach: cto}]}\n", "Which escalation policy?"),
    ],
)
async def test_without_one_policy_to_go_by_nobody_is_guessed(tmp_path: Path, policies: str, answer: str) -> None:
    at = ALASKA.index("escalation:")
    rest = ALASKA[ALASKA.index("\nprometheus:") :]
    path = ALASKA[at : ALASKA.index("\nprometheus:")].rstrip("\n") + "\n" if policies else ""
    async with paged_world(tmp_path, ALASKA[:at] + path + policies + rest) as world:
        assert answer in await world.refused("/escalate high payments fail", **ANA)


async def test_without_a_team_file_there_is_nobody_to_page(tmp_path: Path) -> None:
    async with world_over(f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}") as world:
        for line in ("/escalate high payments fail", "/escalate high --policy bot payments fail"):
            assert "There is no team file, and so no escalation policy" in await world.refused(line)
        assert "There is no team file, and so no schedule “shop”" in await world.refused("/oncall shop")


async def test_a_page_keeps_the_policy_as_it_was_and_says_that_it_changed(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await raised(world)
        (tmp_path / "rollcall.yaml").write_text(
            ALASKA.replace("after: 15m, reach: team-lead", "after: 20m, reach: cto")
        )
        await world.until(15)
        assert world.paged() == ["engineer", "lead"]
        assert "the team file has changed it since" in str(world.card().message.blocks)


async def test_whoever_cannot_be_written_to_is_reminded_in_the_page_s_channels(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await raised(world)
        await world.done("/escalate ack", by="visitor")
        await world.minutes(23)
        assert not any("ends soon" in it for it in world.told("releases"))
        await world.minutes(2)
        assert [it for it in world.told("releases") if "ends soon" in it] == [
            "visitor, your acknowledgement ends soon: Page 1 (high): payments fail."
        ]
        (post,) = [it for it in world.slack.said if "ends soon" in it.message.summary]
        assert [it.label for it in post.message.buttons] == ["Resolve", "Snooze"]


async def test_a_reminder_that_has_not_left_is_not_sent_once_the_page_is_resolved(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await raised(world)
        await world.done("/escalate ack", **LEAD)
        await world.minutes(23)
        world.slack.failures.extend([Unavailable("Slack does not answer.", after=3 * MINUTE)] * 10)
        await world.minutes(2)
        world.slack.failures.clear()
        await world.done("/escalate resolve", **LEAD)
        await world.minutes(10)
        assert not any("ends soon" in it for it in world.direct("lead"))
