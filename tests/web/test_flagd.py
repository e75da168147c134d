"""The file for flagd lets in the same people as we do, to the bucket, as flagd's own evaluation reads it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.flag import Flag, FlagSetting
from bot.domain.flag_set import FlagSet, Kept, LacksUnit
from bot.domain.percent import FULL, ZERO, Percent
from bot.domain.token import Scope
from bot.web.flagd import ADDRESS, definitions
from tests.web.javascript import program
from tests.web.served import Served

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def context(user: str, **more: object) -> dict[str, object]:
    return {"targetingKey": user, **more}


def flag(key: str, *, unit: str = "user", salt: str = "", retired: bool = False, **setting: Any) -> tuple[str, Kept]:
    made = Flag(key, salt or key, unit=unit, retired_at=NOW if retired else None)
    return key, Kept(made, FlagSetting(**{"on": True, "percent": FULL, **setting}))


FLAGS = FlagSet(
    "production",
    dict(
        [
            flag("off", on=False, users=("u1",)),
            flag("retired", retired=True),
            flag("all"),
            flag("nobody", percent=ZERO),
            flag("named", percent=ZERO, users=("u1", "7", "ü")),
            flag("tenth", percent=Percent.of(10)),
            flag("salted", percent=Percent.of(10), salt="another: salt"),
            flag("finest", percent=Percent(1)),
            flag("nearly", percent=Percent(99_999)),
            flag("tiers", percent=Percent.of(50), tiers=("pro", "enterprise")),
            flag("both", percent=Percent.of(33.333), tiers=("pro",), users=("u5",)),
            flag("tier-only", tiers=("pro",)),
            flag("servers", percent=Percent.of(50), unit="server"),
            flag("all-servers", unit="server"),
            flag("named-servers", percent=ZERO, unit="server", users=("42",)),
        ]
    ),
)
CONTEXTS: list[dict[str, object]] = [
    *(context(f"u{number}", tier=("pro", "free", "enterprise")[number % 3]) for number in range(1500)),
    *(context("u1", server=number) for number in range(100)),
    *(context("u1", server=str(number)) for number in range(100)),
    {"targetingKey": "7"},
    {"targetingKey": "ü"},
    {"targetingKey": "Straße 😀"},
    {"targetingKey": "u1", "tier": 5},
    {"targetingKey": "x" * 500},
]


def ours(kept: Kept, asked: dict[str, object]) -> bool:
    try:
        return kept.ask(asked).on
    except LacksUnit:
        return False


async def theirs(flags: FlagSet, contexts: list[dict[str, object]]) -> dict[str, list[bool]]:
    async with program("flagd.mjs") as running:
        return dict(await running.ask_to_the_end({"definitions": definitions(flags), "contexts": contexts}))


async def test_the_same_people_are_in() -> None:
    found = await theirs(FLAGS, CONTEXTS)
    assert set(found) == set(FLAGS.flags)
    for key, kept in FLAGS.flags.items():
        expected = [ours(kept, it) for it in CONTEXTS]
        assert found[key] == expected, key
    assert any(found["tenth"])
    assert found["tenth"] != found["salted"]


async def test_the_bucket_at_the_edge_is_the_same() -> None:
    """Ask at the very percentage of each user's bucket, and one thousandth above."""
    contexts: list[dict[str, object]] = [{"targetingKey": f"edge-{number}"} for number in range(40)]
    probe = Kept(Flag("edge", "edge"), FlagSetting(on=True, percent=Percent(50_000)))
    edges = [probe.ask(it).bucket or 0 for it in contexts]
    flags = {
        f"edge-{milli}": Kept(probe.flag, replace(probe.setting, percent=Percent(milli)))
        for edge in edges
        for milli in (edge, edge + 1)
    }
    found = await theirs(FlagSet("production", flags), contexts)
    for number, edge in enumerate(edges):
        assert (found[f"edge-{edge}"][number], found[f"edge-{edge + 1}"][number]) == (False, True)


async def test_the_file_has_a_tag_and_is_not_sent_twice(web: Served) -> None:
    first = await web.ask("GET", ADDRESS, "read")
    assert first.json()["flags"]["banner"]["targeting"]
    assert first.json()["metadata"]["flagSetId"] == "production"
    again = await web.ask("GET", ADDRESS, "read", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await web.world.done("/flag off banner")
    await web.serving.keeper.refresh()
    changed = await web.ask("GET", ADDRESS, "read", headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200
    assert "targeting" not in changed.json()["flags"]["banner"]


async def test_who_may_not_read_does_not_get_the_file(web: Served) -> None:
    assert (await web.client.get(ADDRESS)).status_code == 401
    assert (await web.ask("GET", ADDRESS, "evaluate")).status_code == 403
    secret = await web.token("fleet", Scope.READ, environment="staging")
    assert (await web.ask("GET", ADDRESS, secret=secret)).json()["metadata"]["flagSetId"] == "staging"
    assert (await web.ask("GET", f"{ADDRESS}?environment=production", secret=secret)).status_code == 403


@settings(max_examples=50)
@given(st.integers(0, 100_000))
def test_the_weights_sum_to_all_buckets(milli: int) -> None:
    kept = Kept(Flag("f", "f"), FlagSetting(on=True, percent=Percent(milli)))
    text = json.dumps(definitions(FlagSet("production", {"f": kept})))
    if 0 < milli < 100_000:
        assert f'["on", {milli}], ["off", {100_000 - milli}]' in text
    else:
        assert "fractional" not in text


@pytest.mark.parametrize("key", ["off", "retired"])
def test_what_is_off_is_false_and_not_disabled(key: str) -> None:
    made: Any = definitions(FLAGS)
    assert made["flags"][key] == {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off"}
