"""Who is on call, asked and changed in chat, and told when it is handed over."""

from __future__ import annotations

from pathlib import Path

from bot.chat.conversation import Origin
from tests.fakes.clock import START
from tests.scenarios.paging import ALASKA, paged_world
from tests.scenarios.world import DAY, HOUR, MINUTE

ENGINEER = {"by": "U0ENGINEER", "platform": "slack"}
LEAD = {"by": "U0LEAD", "platform": "slack"}
CEO = {"by": "U0CEO", "platform": "slack"}
HANDED = "On call for payments now — primary: second-engineer; secondary: engineer"


async def test_who_is_on_call_until_when_and_who_is_next(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        answer = await world.done("/oncall", **CEO)
        assert "primary: engineer until Tue 3 Mar 09:00 UTC (in 1 d), then second-engineer" in answer
        assert "infrastructure: nobody" in answer
        assert "The team file has no schedule “search”" in await world.refused("/oncall search", **CEO)


async def test_a_hand_off_is_told_once_in_the_schedules_channel_and_mentions_who_comes(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await world.bot.loop.settle()
        assert world.told("releases") == []
        await world.passes(DAY - MINUTE)
        assert world.told("releases") == []
        await world.passes(MINUTE)
        assert world.told("releases") == [HANDED]
        await world.passes(HOUR)
        assert world.told("releases") == [HANDED]


async def test_the_loop_wakes_up_for_a_hand_off(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        keeper = next(it for it in world.bot.loop.concerns if it.name == "handoffs")
        await keeper.step()
        assert await keeper.next_due() == START + DAY


async def test_after_an_outage_one_message_says_how_things_stand_now(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await world.bot.loop.settle()
    async with paged_world(tmp_path, start=START + 7 * DAY) as world:
        await world.bot.loop.settle()
        assert world.told("releases") == [HANDED]


async def test_somebody_stands_in_is_told_and_is_paged_instead(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await world.bot.loop.settle()
        answer = await world.done("/oncall override @team-lead 8h because the engineer is ill", **LEAD)
        assert "team-lead is on call for payments/primary from" in answer
        assert world.told("releases") == ["On call for payments now — primary: team-lead"]
        await world.done("/escalate low a typo", **ENGINEER)
        assert world.paged() == ["lead"]
        await world.passes(8 * HOUR)
        assert "On call for payments now — primary: engineer" in world.told("releases")


async def test_an_override_across_a_hand_off_ends_with_the_next_one_on_call(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await world.done("/oncall override @team-lead 12h --from 20:00", **LEAD)
        await world.done("/oncall override @team-lead 2h --from 2026-03-03T08:30", **LEAD)
        shown = await world.done("/oncall schedule payments --for 2d", **CEO)
        assert "team-lead: 20:00 UTC to Tue 3 Mar 08:00 UTC" in shown
        assert "team-lead: Tue 3 Mar 08:30 UTC to Tue 3 Mar 10:30 UTC" in shown
        assert "second-engineer: Tue 3 Mar 10:30 UTC to Wed 4 Mar 09:00 UTC" in shown


async def test_a_shift_is_given_away_until_its_end(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await world.passes(2 * HOUR)
        await world.done("/oncall handoff @second-engineer because my train leaves", **ENGINEER)
        answer = await world.done("/oncall", **CEO)
        assert "primary: second-engineer" in answer
        overrides = await world.store.read(lambda tx: tx.overrides.since(world.clock.now()))
        assert [(it.start, it.end) for it in overrides] == [(START + 2 * HOUR, START + DAY)]


async def test_an_override_is_taken_back(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await world.done("/oncall override @team-lead 8h", **LEAD)
        await world.done("/oncall cancel 1", **LEAD)
        assert "primary: engineer until" in await world.done("/oncall", **CEO)
        assert "There is no override 1" in await world.refused("/oncall cancel 1", **LEAD)


async def test_people_change_their_own_duty_and_that_of_others_takes_the_right_to_change(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await world.done("/oncall override @ceo 1h", **CEO)
        for line in ("/oncall override @cto 1h", "/oncall handoff @cto --layer database"):
            assert "Everybody may change their own duty" in await world.refused(line, **CEO)
        assert "Everybody may change" in await world.refused(
            "/oncall override @cto 1h", by="U0NOBODY", platform="slack"
        )
        await world.done("/oncall override @cto 1h", **LEAD)


async def test_what_makes_no_sense_is_refused_with_the_way_on(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        assert "is over already" in await world.refused(
            "/oncall override @team-lead 1h --from 2026-01-01T09:00", **LEAD
        )
        assert "has no layer “tertiary”" in await world.refused("/oncall override @ceo 1h --layer tertiary", **LEAD)
        assert "100 days at most" in await world.refused("/oncall override @ceo 101d", **LEAD)
        refusal = await world.refused("/oncall handoff @cto --layer database", **LEAD)
        assert "/oncall override cto 8h --schedule payments --layer database" in refusal.replace("@", "")
        reply = await world.typed("/oncall override @ceo 1h --from noon", **LEAD)
        assert "is no moment such as 18:00" in reply.message.summary


async def test_somebody_answers_beside_whoever_is_on_call_and_both_are_paged(tmp_path: Path) -> None:
    async with paged_world(tmp_path, ALASKA) as world:
        await world.done("/oncall override @team-lead 8h --beside", **LEAD)
        await world.done("/escalate low a typo", **ENGINEER)
        assert sorted(world.paged()) == ["engineer", "lead"]


async def test_what_is_typed_is_completed_with_what_there_is(tmp_path: Path) -> None:
    async with paged_world(tmp_path) as world:
        await world.done("/escalate high payments fail", **ENGINEER)
        origin = Origin("slack", "releases", "U0ANA", "completion")
        for line, expected in (
            ("/escalate ack ", "1"),
            ("/escalate reassign 1 ", "ana"),
            ("/escalate raise --policy ", "payments"),
            ("/oncall schedule ", "payments"),
            ("/oncall override @cto 8h --layer ", "primary"),
        ):
            found = [it.text.strip() for it in await world.bot.dispatcher.complete(line, origin)]
            assert expected in found, line
