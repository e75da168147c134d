"""Which unit a flag is asked for, and when a set of flags is another one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain.flag import Flag, FlagSetting, FlagState, Why
from bot.domain.flag_set import Kept, LacksUnit, flag_set, unit_of
from bot.domain.percent import FULL, Percent

NOW = datetime(2026, 3, 2, tzinfo=UTC)
USERS, SERVERS = Flag("banner", "banner"), Flag("calls", "calls", unit="server")
ALL = FlagSetting(on=True, percent=FULL)


@pytest.mark.parametrize(
    ("flag", "context", "key"),
    [
        (USERS, {"targetingKey": "u1", "server": "s1"}, "u1"),
        (SERVERS, {"targetingKey": "u1", "server": "s1"}, "s1"),
        (SERVERS, {"targetingKey": "u1", "server": 42}, "42"),
    ],
)
def test_a_flag_counts_the_unit_that_it_was_made_for(flag: Flag, context: dict[str, object], key: str) -> None:
    assert unit_of(flag, context) == key


@pytest.mark.parametrize("value", [None, "", True, 1.5, ["s1"], {"id": "s1"}, "x" * 501], ids=repr)
def test_a_context_without_the_unit_is_no_answer_and_never_another_unit(value: object) -> None:
    with pytest.raises(LacksUnit, match="server"):
        unit_of(SERVERS, {"targetingKey": "u1", "server": value})
    with pytest.raises(LacksUnit):
        Kept(SERVERS, ALL).ask({"targetingKey": "u1"})


def test_a_flag_that_is_off_for_everybody_needs_no_unit() -> None:
    assert Kept(SERVERS).ask({}).why is Why.OFF
    assert Kept(replace(SERVERS, retired_at=NOW), ALL).ask({}).why is Why.RETIRED


def test_a_tier_that_is_no_text_is_no_tier() -> None:
    kept = Kept(USERS, replace(ALL, tiers=("pro",)))
    assert kept.ask({"targetingKey": "u1", "tier": "pro"}).on
    assert not kept.ask({"targetingKey": "u1", "tier": ["pro"]}).on


def test_the_tag_changes_with_whatever_changes_an_answer() -> None:
    state = FlagState("banner", "production", FlagSetting(on=True, percent=Percent(5)), 1, NOW)

    def tag(flag: Flag = USERS, **more: object) -> str:
        setting = replace(state.setting, **more)  # type: ignore[arg-type]  # Fields of a setting.
        return flag_set("production", [flag], [replace(state, setting=setting)]).etag

    tags = [
        tag(),
        tag(on=False),
        tag(percent=Percent(6)),
        tag(tiers=("pro",)),
        tag(users=("u1",)),
        tag(replace(USERS, salt="other")),
        tag(replace(USERS, unit="server")),
        tag(replace(USERS, retired_at=NOW)),
    ]
    assert len(set(tags)) == len(tags)
    assert tag(replace(USERS, description="Words")) == tag()


def test_the_last_change_of_any_flag_is_told() -> None:
    assert flag_set("production", [USERS], []).changed_at is None
    assert flag_set("production", [replace(USERS, retired_at=NOW)], []).changed_at == NOW
