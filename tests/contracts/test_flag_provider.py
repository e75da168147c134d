"""The contract of the FlagProvider port, over the embedded store, the fake and every system that holds flags elsewhere.

Each of those is asked through a strict fake of its API; where the real one can be had, it is in the same list.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.domain.errors import Refused, Unavailable, Uncertain
from bot.domain.flag import OFF, FlagSetting, FlagTarget
from bot.domain.holding import alike
from bot.domain.percent import FULL, Percent
from tests.contracts.held_flags import (
    ELSEWHERE,
    ENVIRONMENT,
    FAILING,
    PROVIDERS,
    REAL,
    Held,
    over_unleash,
    secretless,
    setting,
)
from tests.unleash_peer import UnleashPeer, running_unleash

FLAG = "checkout_redesign"
CAUSE = "rollout:3:7"


# A real server may take its time to start.
pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def unleash_server() -> Iterator[UnleashPeer]:
    """A real Unleash server, where it is installed."""
    with running_unleash() as peer:
        yield peer


@pytest.fixture(params=[*PROVIDERS, *REAL])
async def held(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Held]:
    """A provider with one flag that is off."""
    real = request.param in REAL
    opener = over_unleash(request.getfixturevalue("unleash_server")) if real else PROVIDERS[request.param]
    async with opener(tmp_path) as opened:
        await opened.make(FLAG)
        yield opened


async def seen(held: Held, flag: str = FLAG) -> FlagSetting:
    found = await held.provider.read(flag, ENVIRONMENT)
    assert found is not None
    return found


async def written(held: Held, wanted: FlagSetting, flag: str = FLAG) -> FlagSetting:
    await held.provider.write(FlagTarget(flag, ENVIRONMENT, wanted), CAUSE)
    return await seen(held, flag)


def some_share(held: Held) -> FlagSetting:
    """Return a setting that lets in somebody and that the provider can hold."""
    return setting("100%") if held.holds.finest is None else setting("25%")


async def test_a_flag_that_was_just_made_is_off(held: Held) -> None:
    assert alike(await seen(held), OFF)


@pytest.mark.parametrize("percent", ["0%", "1%", "10%", "25%", "33%", "50%", "99%", "100%", "12.5%", "0.1%", "0.001%"])
async def test_a_share_is_held_exactly_or_refused(held: Held, percent: str) -> None:
    wanted = setting(percent)
    if list(held.holds.lacks(wanted)):
        with pytest.raises(Refused, match="holds"):
            await written(held, wanted)
        assert alike(await seen(held), OFF)
    else:
        assert alike(await written(held, wanted), wanted)


async def test_what_was_written_is_read_on_every_way_up_and_down(held: Held) -> None:
    steps = ["100%"] if held.holds.finest is None else ["5%", "25%", "50%", "100%", "25%", "1%"]
    for percent in steps:
        assert alike(await written(held, setting(percent)), setting(percent)), percent
    assert alike(await written(held, OFF), OFF)
    assert alike(await written(held, setting("100%")), setting("100%"))


async def test_off_is_off_whatever_the_percentage(held: Held) -> None:
    await written(held, some_share(held))
    off = FlagSetting(on=False, percent=Percent.parse("12.5%"), tiers=("pro",), users=("u1",))
    assert not (await written(held, off)).on or held.holds.finest is None
    assert alike(await seen(held), OFF)


async def test_writing_twice_changes_nothing(held: Held) -> None:
    first = await written(held, some_share(held))
    before = held.writes() if held.writes is not None else 0
    assert await written(held, some_share(held)) == first
    assert held.writes is None or held.writes() == before


async def test_flags_do_not_know_each_other(held: Held) -> None:
    await held.make("other")
    await written(held, some_share(held))
    assert alike(await seen(held, "other"), OFF)


async def test_a_flag_that_does_not_exist_reads_as_nothing(held: Held) -> None:
    assert await held.provider.read("nowhere", ENVIRONMENT) is None


async def test_a_flag_that_does_not_exist_is_made_or_refused(held: Held) -> None:
    if held.makes_flags:
        assert alike(await written(held, setting("100%"), "nowhere"), setting("100%"))
    else:
        with pytest.raises(Refused, match="nowhere"):
            await written(held, setting("100%"), "nowhere")
        assert await held.provider.read("nowhere", ENVIRONMENT) is None


@pytest.mark.parametrize(
    "wanted",
    [
        setting("25%", tiers=("pro",)),
        setting("100%", tiers=("pro", "enterprise")),
        setting("100%", users=("u1", "u2")),
        setting("0%", users=("u1",)),
    ],
    ids=str,
)
async def test_tiers_and_users_are_held_or_refused(held: Held, wanted: FlagSetting) -> None:
    if list(held.holds.lacks(wanted)):
        with pytest.raises(Refused, match="holds"):
            await written(held, wanted)
        assert alike(await seen(held), OFF)
    else:
        assert alike(await written(held, wanted), wanted)


@pytest.mark.parametrize("held", FAILING, indirect=True)
async def test_a_system_that_does_not_answer_is_unavailable_and_asked_again_later(held: Held) -> None:
    assert held.goes_down is not None
    await written(held, some_share(held))
    await held.goes_down()
    with pytest.raises(Unavailable) as problem:
        await held.provider.read(FLAG, ENVIRONMENT)
    secretless(problem.value)
    await held.goes_down()
    with pytest.raises(Unavailable) as problem:
        await held.provider.write(FlagTarget(FLAG, ENVIRONMENT, OFF), CAUSE)
    secretless(problem.value)
    await held.comes_back()
    assert alike(await seen(held), some_share(held))


@pytest.mark.parametrize("held", ELSEWHERE, indirect=True)
async def test_what_trying_again_does_not_help_is_refused_without_a_secret(held: Held) -> None:
    assert held.refuses is not None
    await held.refuses()
    with pytest.raises(Refused) as problem:
        await held.provider.read(FLAG, ENVIRONMENT)
    assert secretless(problem.value)
    assert problem.value.hints[0]


@pytest.mark.parametrize("held", ELSEWHERE, indirect=True)
async def test_after_a_lost_answer_the_next_read_finds_the_state(held: Held) -> None:
    assert held.loses_an_answer is not None
    wanted = some_share(held)
    await held.loses_an_answer()
    with pytest.raises(Uncertain) as problem:
        await held.provider.write(FlagTarget(FLAG, ENVIRONMENT, wanted), CAUSE)
    secretless(problem.value)
    # What was lost may have been one of several requests; writing again does the rest and doubles nothing.
    assert alike(await written(held, wanted), wanted)


async def test_the_provider_shows_no_secret_of_its_own(held: Held) -> None:
    secretless(RuntimeError(repr(held.provider)))


async def test_everybody_is_everybody(held: Held) -> None:
    assert (await written(held, setting("100%"))).percent == FULL
