"""What Alertmanager says at /hooks/alertmanager: pages that are raised, counted and ended, and rollouts that are stopped."""

from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.audit import Action
from bot.domain.escalation import Severity
from bot.domain.page import PageState
from bot.domain.rollout import Status
from bot.domain.token import Scope
from tests.fakes.clock import START
from tests.scenarios.paging import PLAN, paged_world
from tests.scenarios.world import HOUR, MINUTE, SECOND
from tests.web.hooked import ANA, HOLDING, TEAM, UNGUARDED, group, hooked, one_alert

ENDED = START + 10 * MINUTE


async def test_a_group_that_fires_raises_one_page_which_ends_when_the_group_does(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        answer = await it.alert(group(one_alert(severity="error")))
        assert (answer.status_code, answer.json()["page"], answer.json()["state"]) == (200, 1, "open")
        page = await it.world.page()
        assert (page.severity, page.opened_by) == (Severity.HIGH, "Alertmanager (alertr)")
        assert page.text == "HighErrorRate: more than 1 % of the requests fail"
        assert it.world.paged() == ["engineer"]
        answer = await it.alert(group(one_alert(severity="error", ends=ENDED)))
        assert answer.json()["state"] == "resolved"
        assert it.world.told("releases")[-1] == "rollcall resolved page 1: every alert of it is over."
        await it.world.minutes(60)
        assert it.world.paged() == ["engineer"]


async def test_what_is_said_again_is_counted_and_what_gets_worse_goes_its_way(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        await it.alert(group(one_alert(severity="warning")))
        await it.alert(group(one_alert(severity="warning")))
        page = await it.world.page()
        assert (page.times, page.severity) == (2, Severity.MEDIUM)
        assert it.world.paged() == ["engineer"]
        await it.alert(group(one_alert(severity="warning"), one_alert(1, severity="critical")))
        page = await it.world.page()
        assert (page.times, page.severity, page.firing) == (3, Severity.CRITICAL, 2)
        assert {"engineer", "lead", "cto", "ceo"} <= set(it.world.paged())


async def test_a_storm_of_a_thousand_alerts_is_one_page(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        answer = await it.alert(group(*(one_alert(number) for number in range(1000))))
        assert (answer.status_code, answer.json()["page"]) == (200, 1)
        page = await it.world.page()
        assert page.text == "HighErrorRate (1000 alerts): more than 1 % of the requests fail"
        assert await it.world.store.read(lambda tx: len(tx.pages.recent(10))) == 1
        assert len(it.world.paged()) == len(set(it.world.paged()))
        entries = [entry for entry in await it.world.audit() if entry.action == Action.PAGE_RAISE]
        assert len(entries) == 1


async def test_part_of_a_group_that_is_over_is_told_and_ends_nothing(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        await it.alert(group(one_alert(0), one_alert(1), one_alert(2)))
        await it.alert(group(one_alert(0), one_alert(1, ends=ENDED), one_alert(2, ends=ENDED)))
        assert "Page 1: 2 alerts are over, 1 goes on." in it.world.told("releases")
        assert (await it.world.page()).state is PageState.OPEN


async def test_two_groups_are_two_pages(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        await it.alert(group(key='{}:{alertname="One"}'))
        await it.alert(group(key='{}:{alertname="Two"}'))
        await it.alert(group(one_alert(ends=ENDED), key='{}:{alertname="One"}'))
        assert [(await it.world.page(number)).state for number in (1, 2)] == [PageState.RESOLVED, PageState.OPEN]


async def test_whoever_took_a_page_on_keeps_it_and_is_told_that_it_is_over(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        await it.alert(group(one_alert(severity="high")))
        await it.world.done("/escalate ack", by="U0ENGINEER", platform="slack")
        answer = await it.alert(group(one_alert(severity="high", ends=ENDED)))
        assert answer.json()["state"] == "acknowledged"
        said = "Page 1: every alert of it is over. It is engineer's to resolve."
        assert it.world.told("releases")[-1] == said
        # Nobody is paged anew when the usual half hour of an acknowledgement has passed.
        await it.world.minutes(60)
        assert it.world.paged() == ["engineer"]
        await it.world.done("/escalate resolve", by="U0ENGINEER", platform="slack")


async def test_trouble_that_comes_back_has_the_usual_time_again(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        await it.alert(group(one_alert(severity="high")))
        await it.world.done("/escalate ack", by="U0ENGINEER", platform="slack")
        await it.alert(group(one_alert(severity="high", ends=ENDED)))
        await it.alert(group(one_alert(severity="high", began=ENDED)))
        assert (await it.world.page()).state is PageState.ACKNOWLEDGED
        await it.world.minutes(31)
        assert (await it.world.page()).state is PageState.OPEN
        assert it.world.paged() == ["engineer", "engineer"]


async def test_a_page_that_nobody_took_on_within_a_day_of_its_end_is_not_forgotten(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        await it.alert(group(one_alert(severity="high")))
        await it.world.done("/escalate ack", by="U0ENGINEER", platform="slack")
        await it.alert(group(one_alert(severity="high", ends=ENDED)))
        await it.world.passes(timedelta(days=1, minutes=1))
        assert (await it.world.page()).state is PageState.OPEN


async def test_a_page_that_rests_ends_with_its_alert(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        await it.alert(group(one_alert(severity="high")))
        await it.world.done("/escalate snooze 1 2h because we look at it later", **ANA)
        assert (await it.alert(group(one_alert(severity="high", ends=ENDED)))).json()["state"] == "resolved"


async def test_nothing_goes_up_while_a_critical_alert_goes_on(tmp_path: Path) -> None:
    async with hooked(tmp_path, PLAN.replace("gates: [error_rate < 0.5%]", "")) as it:
        await it.at_ten()
        await it.alert(group())
        await it.world.passes(HOUR)
        assert "page 1 is critical" in await it.world.refused("/rollout 25%", **ANA)
        await it.alert(group(one_alert(ends=ENDED)))
        await it.world.done("/rollout 25%", **ANA)


async def test_old_news_of_an_end_does_not_end_what_began_later(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        await it.alert(group())
        over = group(one_alert(ends=START + 5 * MINUTE))
        assert (await it.alert(over)).json()["state"] == "resolved"
        await it.world.minutes(20)
        await it.alert(group(one_alert(began=START + 15 * MINUTE)))
        answer = await it.alert(over)
        assert "old news" in answer.json()["notes"][0]
        assert (await it.world.page(2)).state is PageState.OPEN


async def test_an_end_that_leaves_alerts_out_ends_nothing(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        await it.alert(group(truncated=900))
        assert (await it.world.page()).firing == 901
        answer = await it.alert(group(one_alert(ends=ENDED), truncated=900))
        assert answer.json()["notes"] == ["900 alerts of it were left out, so that nobody knows whether they are over."]
        assert (await it.world.page()).state is PageState.OPEN


async def test_the_end_of_what_nobody_was_paged_about_is_heard_and_does_nothing(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        answer = await it.alert(group(one_alert(ends=ENDED)))
        assert (answer.status_code, answer.json()["page"]) == (200, None)
        assert [entry.action for entry in await it.world.audit()][-1] == Action.ALERT_HEAR


async def test_nobody_ends_the_page_of_another_sender(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        other = await it.web.token("other", Scope.ALERT)
        await it.alert(group())
        answer = await it.alert(group(one_alert(ends=ENDED)), secret=other)
        assert answer.json()["page"] is None
        assert (await it.world.page()).state is PageState.OPEN


async def test_alertmanager_may_give_its_token_as_a_password(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        login = base64.b64encode(f"alertmanager:{it.web.tokens['alert']}".encode()).decode()
        answer = await it.web.client.post(
            "/hooks/alertmanager", json=group(), headers={"Authorization": f"Basic {login}"}
        )
        assert (answer.status_code, answer.json()["page"]) == (200, 1)


NAMES = [
    {"rollcall_rollout": "1"},
    {"rollcall_rollout": "#1"},
    {"rollcall_flag": "checkout", "environment": "production"},
    {"rollcall_flag": "checkout"},
    {"rollcall_flag": "checkout", "environment": "eu-1", "rollcall_environment": "production"},
    {"rollcall_plan": "checkout"},
]


@pytest.mark.parametrize("labels", NAMES, ids=str)
async def test_an_alert_takes_back_the_rollout_that_its_labels_name_as_the_plans_guardrails_do(
    tmp_path: Path, labels: dict[str, str]
) -> None:
    async with hooked(tmp_path) as it:
        await it.at_ten()
        answer = await it.alert(group(one_alert(severity="high", labels=labels)))
        assert answer.json()["stopped"] == [{"rollout": 1, "happened": "rolled back"}]
        assert (await it.world.rollout()).status is Status.ROLLED_BACK
        assert not (await it.world.held("checkout")).on
        assert "goes back to level 1 by itself: Alertmanager says “HighErrorRate" in " ".join(it.world.told("releases"))
        page = await it.world.page()
        assert (page.subject, it.world.paged()) == ("rollout:1", ["engineer"])
        assert await it.world.store.read(lambda tx: len(tx.pages.recent(10))) == 1
        moved = next(entry for entry in await it.world.audit() if entry.action == Action.ROLLOUT_ROLLBACK)
        raised = next(entry for entry in await it.world.audit() if entry.action == Action.PAGE_RAISE)
        assert (moved.person, moved.request_id) == ("rollcall", raised.request_id)
        assert moved.reason == "Alertmanager says “HighErrorRate: more than 1 % of the requests fail”"
        assert (raised.person, raised.platform) == ("alertr", "api")


@pytest.mark.parametrize(
    ("plan", "action", "status"),
    [
        (UNGUARDED, "", Status.PAUSED),
        (UNGUARDED, "rollback", Status.ROLLED_BACK),
        (HOLDING, "", Status.PAUSED),
        (HOLDING, "back", Status.PAUSED),
        (PLAN, "hold", Status.PAUSED),
        (PLAN, "page", Status.RUNNING),
        (PLAN, "Rollback", Status.ROLLED_BACK),
        (PLAN, "explode", Status.ROLLED_BACK),
        (PLAN.replace("error_rate > 1%, ", ""), "", Status.RUNNING),
    ],
)
async def test_a_label_says_what_to_do_or_else_the_plan_and_at_last_a_hold(
    tmp_path: Path, plan: str, action: str, status: Status
) -> None:
    async with hooked(tmp_path, plan) as it:
        await it.at_ten()
        labels = {"rollcall_rollout": "1", **({"rollcall_action": action} if action else {})}
        answer = await it.alert(group(one_alert(severity="high", labels=labels)))
        assert (await it.world.rollout()).status is status
        assert (await it.world.page()).subject == "rollout:1"
        assert bool(answer.json()["notes"]) is (action == "explode")
        if action == "back":
            assert (await it.world.rollout()).step == 0
        if status is Status.PAUSED:
            assert "Alertmanager says “HighErrorRate" in (await it.world.rollout()).reason
            (card,) = [said for said in it.world.slack.said if said.key == "card:rollout:1"]
            assert "Alertmanager says" in str(card.message.blocks)


async def test_an_alert_never_leads_back_twice_and_never_up(tmp_path: Path) -> None:
    async with hooked(tmp_path, HOLDING) as it:
        await it.at_ten()
        for _ in range(3):
            await it.alert(group(one_alert(severity="high", rollcall_rollout="1", rollcall_action="back")))
        rollout = await it.world.rollout()
        assert (rollout.step, rollout.status) == (0, Status.PAUSED)
        await it.alert(group(one_alert(severity="high", rollcall_rollout="1", ends=ENDED)))
        assert (await it.world.rollout()) == rollout


async def test_of_several_alerts_the_one_that_leads_furthest_back_is_acted_on_once(tmp_path: Path) -> None:
    async with hooked(tmp_path, HOLDING) as it:
        await it.at_ten()
        alerts = [
            one_alert(0, rollcall_rollout="1"),
            one_alert(1, rollcall_plan="checkout", rollcall_action="rollback"),
        ]
        answer = await it.alert(group(*alerts))
        assert answer.json()["stopped"] == [{"rollout": 1, "happened": "rolled back"}]


@pytest.mark.parametrize(
    "labels", [{"rollcall_rollout": "77"}, {"rollcall_rollout": "one"}, {"rollcall_flag": "nothing"}]
)
async def test_an_alert_for_a_rollout_that_nobody_knows_only_pages_and_says_so(
    tmp_path: Path, labels: dict[str, str]
) -> None:
    async with hooked(tmp_path) as it:
        await it.at_ten()
        answer = await it.alert(group(one_alert(severity="high", labels=labels)))
        assert (answer.json()["page"], answer.json()["stopped"], len(answer.json()["notes"])) == (1, [], 1)
        assert (await it.world.rollout()).status is Status.RUNNING


async def test_an_alert_for_a_rollout_that_is_over_only_pages(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        await it.at_ten()
        await it.world.done("/rollout abort", **ANA)
        answer = await it.alert(group(one_alert(severity="high", rollcall_rollout="1")))
        assert (answer.json()["stopped"], answer.json()["notes"]) == ([], ["#1 is over."])
        assert (await it.world.rollout()).status is Status.ABORTED


@pytest.mark.parametrize("labels", NAMES[:3], ids=str)
async def test_a_token_of_one_environment_stops_nothing_in_another(tmp_path: Path, labels: dict[str, str]) -> None:
    async with hooked(tmp_path) as it:
        await it.at_ten()
        staging = await it.web.token("staging-alerts", Scope.ALERT, environment="staging")
        answer = await it.alert(group(one_alert(labels=labels)), secret=staging)
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
        assert (await it.world.rollout()).status is Status.RUNNING
        entry = (await it.world.audit())[-1]
        assert (entry.person, entry.action, entry.outcome) == ("staging-alerts", Action.PAGE_RAISE, "refused")
        assert it.world.paged() == []


async def test_a_label_the_plan_and_the_team_file_say_whom_an_alert_reaches(tmp_path: Path) -> None:
    more = "  other:\n    channels: releases\n    levels: [{reach: cto}]\n  third:\n    channels: releases\n    levels: [{reach: ceo}]\n"
    team = TEAM.replace("escalation:\n", f"hooks: {{policy: third, severities: {{ticket: low}}}}\nescalation:\n{more}")
    async with hooked(tmp_path, team=team) as it:
        await it.at_ten()
        reached = (
            (one_alert(rollcall_policy="other", severity="ticket"), "other"),
            (one_alert(rollcall_rollout="1", severity="ticket"), "payments"),
            (one_alert(severity="TICKET"), "third"),
        )
        for number, (alert, policy) in enumerate(reached, start=1):
            await it.alert(group(alert, key=str(number)))
            page = await it.world.page(number)
            assert (page.policy.name, page.severity) == (policy, Severity.LOW)
        answer = await it.alert(group(one_alert(rollcall_policy="nobody"), key="4"))
        assert answer.json()["notes"] == ["The team file has no escalation policy “nobody”."]
        assert (await it.world.page(4)).policy.name == "third"


async def test_where_nobody_can_be_paged_a_rollout_is_stopped_all_the_same(tmp_path: Path) -> None:
    team = TEAM.partition("escalation:\n")[0]
    plan = PLAN.replace("escalation: payments\n", "")
    async with hooked(tmp_path, plan, team) as it:
        refused = await it.alert(group())
        assert (refused.status_code, refused.json()["code"]) == (409, "CONFLICT")
        await it.at_ten()
        answer = await it.alert(group(one_alert(rollcall_rollout="1")))
        assert (answer.status_code, answer.json()["page"]) == (200, None)
        assert answer.json()["stopped"]
        assert (await it.world.rollout()).status is not Status.RUNNING


async def test_what_was_answered_is_carried_out_after_a_restart(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        await it.at_ten()
        body = group(one_alert(severity="high", rollcall_rollout="1"))
        # The bot is gone before its loop has looked at what was answered.
        answer = await it.web.ask("POST", "/hooks/alertmanager", "alert", json=body)
        assert answer.json()["stopped"]
        assert (await it.world.held("checkout")).on
        slack = it.world.slack
    async with paged_world(tmp_path, TEAM, slack=slack) as world:
        await world.passes(SECOND)
        assert not (await world.held("checkout")).on
        assert world.paged() == ["engineer"]
        assert (await world.page()).subject == "rollout:1"
