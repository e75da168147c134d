"""What is particular to each system that holds flags elsewhere, beside the contract that all of them keep."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from bot.domain.errors import Refused, Unavailable, Uncertain
from bot.domain.flag import OFF, FlagSetting, FlagTarget
from bot.domain.metric import Secret
from bot.domain.percent import Percent
from bot.domain.provider import (
    FlagsmithServer,
    LaunchDarklyProject,
    Provider,
    System,
    UnleashServer,
    VercelProject,
)
from bot.flag_providers.catalogue import ProviderCatalogue, made
from bot.flag_providers.web_call import Web
from bot.ports import FlagProvider
from tests.fakes.api_server import Api, ApiServer, serving
from tests.fakes.flag_provider import FakeProvider
from tests.fakes.flagsmith import FakeFlagsmith
from tests.fakes.hurried_clock import HurriedClock
from tests.fakes.launchdarkly import FakeLaunchDarkly
from tests.fakes.team_api import FakeTeamApi, described
from tests.fakes.unleash import TOKEN, FakeUnleash
from tests.fakes.vercel import HOOK, FakeVercel

SECRET = Secret("TOKEN", TOKEN)


def on(percent: str, *users: str) -> FlagTarget:
    return FlagTarget("checkout", "production", FlagSetting(True, Percent.parse(percent), (), users))


OFF_THERE = FlagTarget("checkout", "production", OFF)


@asynccontextmanager
async def over(api: Api, system: Any, **more: Any) -> AsyncIterator[tuple[FlagProvider, ApiServer]]:
    """A provider with one flag over its fake; `system` makes the declaration from the address."""
    async with serving(api) as server:
        web = Web(HurriedClock(), httpx.AsyncHTTPTransport(verify=False, trust_env=False))
        declared: System = system(server.address)
        provider = made(Provider("elsewhere", declared, **more), web)
        server.api.make("checkout")  # type: ignore[attr-defined]  # Every fake of a provider's API can.
        try:
            yield provider, server
        finally:
            await web.aclose()


def unleash(address: str) -> UnleashServer:
    return UnleashServer(address, SECRET)


def launchdarkly(address: str) -> LaunchDarklyProject:
    return LaunchDarklyProject(SECRET, "shop", address)


def vercel(address: str) -> VercelProject:
    return VercelProject(SECRET, "shop", Secret("HOOK", f"{address}/{HOOK}"), "team_1", address, "_PERCENT")


# Unleash


async def test_in_unleash_the_strategy_is_there_before_the_environment_is_switched_on() -> None:
    async with over(FakeUnleash(), unleash) as (provider, server):
        await provider.write(on("10%"), "")
        assert [asked.way[-1] for asked in server.writes] == ["strategies", "on"]


async def test_in_unleash_a_share_keeps_its_group_and_stickiness() -> None:
    api = FakeUnleash()
    async with over(api, unleash) as (provider, _):
        await provider.write(on("10%"), "")
        (strategy,) = api.features["checkout"]["production"].strategies
        strategy["parameters"] |= {"groupId": "cohort-7", "stickiness": "userId"}
        await provider.write(on("25%"), "")
        (strategy,) = api.features["checkout"]["production"].strategies
        assert strategy["parameters"] == {"rollout": "25", "groupId": "cohort-7", "stickiness": "userId"}


async def test_in_unleash_a_share_above_100_is_everybody() -> None:
    api = FakeUnleash()
    async with over(api, unleash) as (provider, _):
        await provider.write(on("10%"), "")
        api.features["checkout"]["production"].strategies[0]["parameters"]["rollout"] = "150"
        held = await provider.read("checkout", "production")
        assert held == FlagSetting(True, Percent.parse("100%"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"constraints": [{"contextName": "country", "operator": "IN", "values": ["se"]}]}, "constraints"),
        ({"name": "remoteAddress"}, "another strategy"),
        ({"disabled": True}, "switched off"),
    ],
)
async def test_in_unleash_what_is_no_plain_share_is_not_taken_for_one_and_can_still_be_switched_off(
    change: dict[str, Any], told: str
) -> None:
    api = FakeUnleash()
    async with over(api, unleash) as (provider, _):
        await provider.write(on("10%"), "")
        api.features["checkout"]["production"].strategies[0] |= change
        with pytest.raises(Refused, match=told):
            await provider.read("checkout", "production")
        await provider.write(OFF_THERE, "")
        assert not api.features["checkout"]["production"].enabled


async def test_in_unleash_a_second_strategy_is_not_taken_for_a_share() -> None:
    api = FakeUnleash()
    async with over(api, unleash) as (provider, _):
        await provider.write(on("10%"), "")
        standing = api.features["checkout"]["production"].strategies
        standing.append({**standing[0], "id": "another"})
        with pytest.raises(Refused, match="2 strategies"):
            await provider.write(on("25%"), "")


async def test_in_unleash_an_environment_that_was_switched_on_by_hand_lets_everybody_in() -> None:
    api = FakeUnleash()
    async with over(api, unleash) as (provider, _):
        api.features["checkout"]["production"].enabled = True
        assert await provider.read("checkout", "production") == FlagSetting(True, Percent.parse("100%"))


# LaunchDarkly


async def test_in_launchdarkly_a_write_of_somebody_else_is_read_before_ours_is_tried_again() -> None:
    api = FakeLaunchDarkly(meanwhile=2)
    async with over(api, launchdarkly) as (provider, server):
        await provider.write(on("0.001%", "u1"), "rollout:3:7")
        assert await provider.read("checkout", "production") == on("0.001%", "u1").setting
        assert [asked.method for asked in server.asked].count("PATCH") == 3
        assert server.writes[-1].body["comment"] == "rollout:3:7"
        assert server.writes[-1].body["patch"][0] == {"op": "test", "path": "/version", "value": 3}


async def test_in_launchdarkly_it_is_not_tried_for_ever() -> None:
    async with over(FakeLaunchDarkly(meanwhile=99), launchdarkly) as (provider, server):
        with pytest.raises(Unavailable, match="all the time"):
            await provider.write(on("10%"), "")
        assert len(server.writes) == 3


async def test_in_launchdarkly_the_seed_stays_and_the_other_environment_is_left_alone() -> None:
    api = FakeLaunchDarkly()
    async with over(api, launchdarkly) as (provider, _):
        await provider.write(on("10%"), "")
        environments = api.flags["checkout"]["environments"]
        environments["production"]["fallthrough"]["rollout"] |= {"seed": 61, "bucketBy": "account"}
        await provider.write(on("25%"), "")
        rollout = environments["production"]["fallthrough"]["rollout"]
        assert (rollout["seed"], rollout["bucketBy"], rollout["contextKind"]) == (61, "account", "user")
        assert (environments["test"]["on"], environments["test"]["fallthrough"]) == (False, {"variation": 0})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"on": True, "rules": [{"clauses": []}]}, "targeting rules"),
        ({"on": True, "prerequisites": [{"key": "x"}]}, "prerequisites"),
        ({"on": True, "targets": [{"values": ["u1"], "variation": 1}]}, "kept out"),
        ({"offVariation": 0}, "while it is off"),
    ],
)
async def test_in_launchdarkly_what_is_no_plain_share_is_not_taken_for_one(change: dict[str, Any], told: str) -> None:
    api = FakeLaunchDarkly()
    async with over(api, launchdarkly) as (provider, _):
        api.flags["checkout"]["environments"]["production"] |= change
        with pytest.raises(Refused, match=told):
            await provider.read("checkout", "production")


async def test_in_launchdarkly_going_down_does_not_ask_what_else_is_there() -> None:
    api = FakeLaunchDarkly()
    async with over(api, launchdarkly) as (provider, _):
        await provider.write(on("10%"), "")
        api.flags["checkout"]["environments"]["production"]["rules"] = [{"clauses": []}]
        await provider.write(OFF_THERE, "")
        assert api.flags["checkout"]["environments"]["production"]["on"] is False


async def test_in_launchdarkly_only_a_boolean_flag_is_a_switch() -> None:
    api = FakeLaunchDarkly()
    async with over(api, launchdarkly) as (provider, _):
        api.flags["checkout"]["variations"] = [{"value": "a"}, {"value": "b"}]
        with pytest.raises(Refused, match="no boolean flag"):
            await provider.read("checkout", "production")


# Flagsmith


async def test_in_flagsmith_a_segment_of_its_own_is_not_taken_for_everybody() -> None:
    api = FakeFlagsmith()
    async with over(api, lambda address: FlagsmithServer(SECRET, address)) as (provider, _):
        api.segments["checkout"] = {**api.states["checkout"], "id": 99, "feature_segment": 4}
        with pytest.raises(Refused, match="segments"):
            await provider.read("checkout", "production")


# Vercel


async def test_at_vercel_a_change_is_deployed_once_and_says_what_wanted_it() -> None:
    api = FakeVercel()
    async with over(api, vercel) as (provider, _):
        await provider.write(on("12.5%"), "rollout:3:7")
        assert api.deployed == {"CHECKOUT": "true", "CHECKOUT_PERCENT": "12.5"}
        assert api.deployments == 1
        assert api.variables[0]["comment"] == "Set by Rollcall for rollout:3:7"


async def test_at_vercel_a_redeploy_that_failed_is_asked_for_again() -> None:
    api = _HookFails()
    async with over(api, vercel) as (provider, _):
        with pytest.raises(Uncertain):
            await provider.write(on("25%"), "")
        assert api.variables[0]["value"] == "true"
        assert api.deployed["CHECKOUT"] == "false"
        # What is set is not in force yet, and that is what is said.
        assert await provider.read("checkout", "production") == FlagSetting(on=False)
        await provider.write(on("25%"), "")
        assert api.deployed["CHECKOUT"] == "true"
        assert await provider.read("checkout", "production") == on("25%").setting


class _HookFails(FakeVercel):
    """Fails the first deployment."""

    failed = False

    def answer(self, asked: Any) -> Any:
        if "/".join(asked.way) == HOOK and not self.failed:
            self.failed = True
            return 503, None
        return super().answer(asked)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"type": "sensitive"}, "sensitive"),
        ({"target": ["production", "preview"]}, "several environments"),
        ({"gitBranch": "main"}, "one branch"),
        ({"value": "maybe"}, "neither true nor false"),
    ],
)
async def test_at_vercel_what_cannot_be_told_apart_is_refused(change: dict[str, Any], told: str) -> None:
    api = FakeVercel()
    async with over(api, vercel) as (provider, _):
        api.variables[0] |= change
        with pytest.raises(Refused, match=told):
            await provider.read("checkout", "production")


# A team's own API


async def test_an_api_of_the_teams_own_is_written_as_the_file_describes() -> None:
    api = FakeTeamApi()
    async with over(api, described, names={"checkout": "checkout"}) as (provider, server):
        await provider.write(on("12.5%"), 'rollout:3:7 "quoted"')
        assert api.flags["production", "checkout"] == {"enabled": True, "share": 12.5}
        assert api.causes == ['rollout:3:7 "quoted"']
        assert [asked.method for asked in server.asked] == ["GET", "PUT"]


async def test_an_answer_of_another_form_is_refused() -> None:
    api = FakeTeamApi()
    async with over(api, described) as (provider, _):
        api.flags["production", "checkout"] = {"enabled": "perhaps", "share": 1}
        with pytest.raises(Refused, match="not of the form"):
            await provider.read("checkout", "production")
        api.flags["production", "checkout"] = {"enabled": True, "share": "much"}
        with pytest.raises(Refused, match="not of the form"):
            await provider.read("checkout", "production")


# All of them


async def test_being_asked_to_wait_is_passed_on() -> None:
    async with over(FakeUnleash(), unleash) as (provider, server):
        server.statuses = [429]
        with pytest.raises(Unavailable) as problem:
            await provider.read("checkout", "production")
        assert problem.value.after is not None
        assert len(server.asked) == 1


async def test_reading_is_tried_a_few_times_and_writing_once() -> None:
    async with over(FakeUnleash(), unleash) as (provider, server):
        server.statuses = [502, 503]
        assert await provider.read("checkout", "production") is not None
        server.statuses = [502, 502, 502]
        with pytest.raises(Unavailable, match="502"):
            await provider.read("checkout", "production")


async def test_an_environment_that_it_does_not_have_is_refused() -> None:
    async with over(FakeUnleash(), unleash, environments={"production": "production"}) as (provider, _):
        with pytest.raises(Refused, match="no environment “staging”"):
            await provider.write(FlagTarget("checkout", "staging", OFF), "")


async def test_the_catalogue_makes_what_is_declared_and_makes_it_anew_when_the_file_changes() -> None:
    builtin = FakeProvider()
    declared = {"there": Provider("there", unleash("http://127.0.0.1:1"))}
    catalogue = ProviderCatalogue(builtin, lambda: declared, HurriedClock())
    assert list(catalogue) == ["builtin", "there"]
    assert len(catalogue) == 2
    assert catalogue["builtin"] is builtin
    first = catalogue["there"]
    assert catalogue["there"] is first
    declared["there"] = Provider("there", unleash("http://127.0.0.1:2"))
    assert catalogue["there"] is not first
    assert catalogue.get("nowhere") is None
    await catalogue.aclose()
