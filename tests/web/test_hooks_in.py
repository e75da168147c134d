"""What any program says at /hooks/in: alarms that are raised and ended, rollouts that are stopped, figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.domain.audit import Action
from bot.domain.escalation import Severity
from bot.domain.page import PageState
from bot.domain.rollout import Status
from bot.domain.token import Scope
from tests.scenarios.paging import PLAN
from tests.web.hooked import UNGUARDED, hooked

WATCHED = PLAN.replace("gates: [error_rate < 0.5%]", "gates: [satisfaction > 90%]")


async def test_an_alarm_is_one_page_until_it_is_over(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        for times in (1, 2):
            answer = await it.hook(severity="high", text="payments fail", key="payments")
            assert answer.json() == {"ok": True, "page": 1, "state": "open", "times": times, "stopped": [], "notes": []}
        page = await it.world.page()
        assert (page.text, page.severity, page.opened_by) == ("payments fail", Severity.HIGH, "alertr")
        assert (await it.hook(key="payments", status="resolved")).json()["state"] == "resolved"
        assert (await it.hook(text="payments fail", key="payments")).json()["page"] == 2


async def test_without_a_key_the_same_text_is_the_same_trouble(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        numbers = [(await it.hook(text=text)).json()["page"] for text in ("one", "two", "one")]
        assert numbers == [1, 2, 1]
        assert (await it.world.page()).severity is Severity.MEDIUM
        await it.hook(text="one", status="resolved")
        assert [(await it.world.page(number)).state for number in (1, 2)] == [PageState.RESOLVED, PageState.OPEN]


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"rollout": 1}, Status.PAUSED),
        ({"flag": "checkout", "environment": "production"}, Status.PAUSED),
        ({"plan": "checkout"}, Status.PAUSED),
        ({"rollout": 1, "action": "rollback"}, Status.ROLLED_BACK),
        ({"rollout": 1, "action": "page"}, Status.RUNNING),
    ],
    ids=str,
)
async def test_an_alarm_stops_what_it_names(tmp_path: Path, more: dict[str, Any], status: Status) -> None:
    async with hooked(tmp_path, UNGUARDED) as it:
        await it.at_ten()
        await it.hook(text="payments fail", **more)
        rollout = await it.world.rollout()
        assert rollout.status is status
        assert rollout.reason in {"", "alertr says “payments fail”"}


async def test_a_figure_counts_as_if_a_person_had_reported_it(tmp_path: Path) -> None:
    async with hooked(tmp_path, WATCHED) as it:
        await it.at_ten()
        answer = await it.hook("report", rollout=1, metric={"satisfaction": "93%"}, samples=40)
        assert answer.json() == {"ok": True, "rollout": 1, "metric": "satisfaction", "value": "93%"}
        rollout = await it.world.rollout()
        found = await it.world.store.read(lambda tx: tx.measurements.since(1, ("satisfaction",), rollout.started_at))
        assert [(it.value, it.samples) for it in found] == [(93.0, 40)]
        entry = (await it.world.audit())[-1]
        assert (entry.person, entry.action, entry.platform) == ("reportr", Action.ROLLOUT_REPORT, "api")


async def test_a_figure_with_a_key_counts_once(tmp_path: Path) -> None:
    async with hooked(tmp_path, WATCHED) as it:
        await it.at_ten()
        figure: dict[str, Any] = {"rollout": 1, "metric": {"satisfaction": "93%"}, "key": "survey of monday"}
        assert (await it.hook("report", **figure)).json()["value"] == "93%"
        assert (await it.hook("report", **figure)).json() == {"ok": True, "repeated": True}
        assert (await it.hook("admin", **figure)).json()["value"] == "93%", "another program has keys of its own"


@pytest.mark.parametrize(
    ("figure", "status"),
    [
        ({"satisfaction": "many"}, 422),
        ({"satisfaction": 0.93}, 422),
        ({"satisfaction": "93ms"}, 422),
        ({"error_rate": "0.3%"}, 409),
    ],
    ids=str,
)
async def test_a_figure_that_says_nothing_to_the_plan_is_refused(
    tmp_path: Path, figure: dict[str, Any], status: int
) -> None:
    async with hooked(tmp_path, WATCHED) as it:
        await it.at_ten()
        assert (await it.hook("report", rollout=1, metric=figure)).status_code == status


async def test_alarms_and_figures_have_a_scope_each(tmp_path: Path) -> None:
    async with hooked(tmp_path, WATCHED) as it:
        await it.at_ten()
        figure: dict[str, Any] = {"rollout": 1, "metric": {"satisfaction": "93%"}}
        assert (await it.hook("alert", **figure)).status_code == 403
        assert (await it.hook("report", text="payments fail")).status_code == 403
        for scope in ("read", "evaluate", "write"):
            assert (await it.hook(scope, text="payments fail")).status_code == 403
            assert (await it.hook(scope, **figure)).status_code == 403
        both = await it.web.token("both", Scope.ALERT, Scope.REPORT)
        assert (await it.hook(secret=both, text="payments fail")).status_code == 200
        assert (await it.hook(secret=both, **figure)).status_code == 200


async def test_a_token_of_one_environment_reports_nothing_about_another(tmp_path: Path) -> None:
    async with hooked(tmp_path, WATCHED) as it:
        await it.at_ten()
        staging = await it.web.token("staging", Scope.ALERT, Scope.REPORT, environment="staging")
        assert (await it.hook(secret=staging, rollout=1, metric={"satisfaction": "93%"})).status_code == 403
        assert (await it.hook(secret=staging, rollout=1, text="payments fail")).status_code == 403
        assert (await it.hook(secret=staging, text="it has nothing to do with a rollout")).status_code == 200
        assert (await it.world.rollout()).status is Status.RUNNING


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"text": "x", "serverity": "high"}, "serverity: Extra inputs are not permitted."),
        ({}, "the body: an alert needs a text; one that is over may have its key instead."),
        ({"status": "resolved"}, "the body: an alert needs a text; one that is over may have its key instead."),
        ({"text": ""}, "text: String should have at least 1 character."),
        ({"text": 5}, "text: Input should be a valid string."),
        ({"text": "x", "rollout": "3"}, "rollout: Input should be a valid integer."),
        ({"text": "x", "rollout": 0}, "rollout: Input should be greater than or equal to 1."),
        ({"text": "x", "rollout": 2**40}, f"rollout: Input should be less than or equal to {2**31 - 1}."),
        ({"text": "x", "status": "gone"}, "status: Input should be 'firing' or 'resolved'."),
        ({"text": "x", "samples": 3}, "the body: samples goes with metric only."),
        ({"metric": {"a": 1}}, "the body: metric needs the rollout that it is about."),
        ({"metric": {"a": 1}, "rollout": 1, "text": "x"}, "the body: text does not go with metric."),
        ({"metric": {}, "rollout": 1}, "metric: Dictionary should have at least 1 item after validation, not 0."),
        ({"metric": {"a": 1, "b": 2}, "rollout": 1}, "metric: Dictionary should have at most 1 item after validation, not more."),
    ],
    ids=str,
)  # fmt: skip
async def test_what_is_wrong_is_named_by_its_field(tmp_path: Path, body: dict[str, Any], said: str) -> None:
    async with hooked(tmp_path) as it:
        answer = await it.hook("admin", **body)
        assert (answer.status_code, answer.json()["code"], answer.json()["error"]) == (422, "INVALID", said)
        assert it.world.paged() == []


async def test_a_figure_for_a_rollout_that_is_not_there_is_refused(tmp_path: Path) -> None:
    async with hooked(tmp_path) as it:
        assert (await it.hook("report", rollout=9, metric={"satisfaction": "93%"})).status_code == 404
