"""Slack's Home tab shows what is under way, what waits for whoever looks, the open pages and who is on call."""

from __future__ import annotations

import pytest

from bot.domain.team import Team
from bot.files.team_file import read_team
from tests.fakes.clock import MovedClock
from tests.fakes.plan_library import WrittenPlans
from tests.fakes.slack import SlackServer, View
from tests.scenarios.platforms.connected import Connected, connected
from tests.scenarios.platforms.slack_side import SlackSide
from tests.scenarios.world import CHECKOUT, HOUR

PLAN = CHECKOUT.replace("{local: releases}", '{slack: "#releases"}')
PLANS = WrittenPlans(checkout=PLAN)
APPROVED = WrittenPlans(checkout=PLAN.replace("{set: 10%}", "{set: 10%, approvals: [operator]}"))
TEAM = """
people:
  ana: {{roles: owner, slack: {ana}}}
  ben: {{roles: operator, slack: {ben}}}
channels:
  releases: {{slack: releases}}
environments:
  production: {{channels: releases}}
schedules:
  payments:
    channels: releases
    layers:
      - {{name: primary, people: [ben, ana], turns: weekly, starts: 2026-01-05 09:00}}
escalation:
  production:
    channels: releases
    levels:
      - reach: ben
"""


def team_of(side: SlackSide) -> Team:
    ids = {name: side.identity(name) for name in ("ana", "ben")}
    return read_team(TEAM.format(**ids), "rollcall.yaml", lambda _: None, lambda name: (name, b""))


async def opened(side: SlackSide, person: str) -> View:
    """Open somebody's Home tab and return it once it is drawn."""
    before = len(side.server.calls_of("views.publish"))
    assert side.way is not None
    await side.way.open_home(side.people[person])
    return await drawn_again(side, person, before)


async def drawn_again(side: SlackSide, person: str, before: int) -> View:
    await side.server.until(lambda: [it for it in side.server.calls_of("views.publish")[before:] if it.answer])
    home = side.server.home_of(side.people[person])
    assert home is not None
    return home


@pytest.mark.parametrize("over_http", [False, True], ids=["socket mode", "signed http"])
async def test_the_home_tab_holds_everything_that_concerns_whoever_opens_it(
    url: str, clock: MovedClock, slack: SlackServer, *, over_http: bool
) -> None:
    side = SlackSide(slack, over_http=over_http)
    async with connected(url, [side], clock, PLANS, team_of(side)) as world:
        await world.done("/rollout start checkout")
        await world.done('/checklist tick all --evidence "seen"')
        await world.done("/rollout 10%")
        await world.passes(HOUR)
        await world.done("/escalate high payments fail")
        waits, page, under_way, on_call = parts(await opened(side, "ana"))
        assert "it is ready to go on to “Everyone: 25%”" in waits
        assert "Page 1 (high): payments fail — nobody is on it" in page
        assert "step 2 of 5 · Everyone: 10%" in under_way
        assert "primary: ben until 2026-03-09 09:00 UTC, then ana" in on_call


def parts(home: View) -> tuple[str, str, str, str]:
    """Return what stands below each of the four headings."""
    seen = home.seen
    places = [seen.index(f"{heading}\n") for heading in ("Waiting for you", "Open pages", "Under way", "On call")]
    waits, pages, under_way, on_call = (seen[at:end] for at, end in zip(places, [*places[1:], None], strict=True))
    return waits, pages, under_way, on_call


async def test_a_page_is_answered_on_the_home_tab_after_a_restart_which_shows_it_then(
    url: str, clock: MovedClock, slack: SlackServer
) -> None:
    side = SlackSide(slack)
    async with connected(url, [side], clock, PLANS, team_of(side)) as world:
        await world.done("/escalate high payments fail")
        home = await opened(side, "ben")
    async with connected(url, [side], clock, PLANS, team_of(side)) as world:
        await pressed(side, world, home, "Acknowledge")
        assert "acknowledged by ben" in home.seen
        assert "Acknowledge" not in home.buttons
        await pressed(side, world, home, "Resolve")
        assert "No page is open." in home.seen


async def pressed(side: SlackSide, world: Connected, home: View, label: str) -> None:
    """Press a button of ben's Home tab, and wait until the tab is drawn anew."""
    before = len(side.server.calls_of("views.publish"))
    assert side.way is not None
    await side.way.press(side.people["ben"], home, label)
    await drawn_again(side, "ben", before)
    await world.rests()


async def test_an_approval_is_given_on_the_home_tab(url: str, clock: MovedClock, slack: SlackServer) -> None:
    side = SlackSide(slack)
    async with connected(url, [side], clock, APPROVED, team_of(side)) as world:
        await world.done("/rollout start checkout")
        await world.done('/checklist tick all --evidence "seen"')
        await world.done("/rollout 10%")
        await world.passes(HOUR)
        home = await opened(side, "ben")
        assert "your approval is asked for, to go on to “Everyone: 25%”" in home.seen
        await pressed(side, world, home, "Approve")
        assert [it.person for it in (await world.rollout()).approvals] == ["ben"]
        assert "Approve" not in home.buttons
