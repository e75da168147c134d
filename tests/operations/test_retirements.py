"""A flag that somebody still has on ends for good only after a yes; one that nobody has on ends at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot.chat.conversation import NOTHING_GIVEN, Origin, Outcome, Reply
from bot.domain.form import Form
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import CHECKOUT, MINUTE, World, world_over

LINE = "/flag retire banner because the old path is gone"


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}"
    async with world_over(url, plans=WrittenPlans(checkout=CHECKOUT)) as made:
        await made.done("/flag create banner")
        await made.done("/flag on banner")
        await made.done("/flag set banner 5% --env staging")
        yield made


def yes(reply: Reply) -> str:
    """Return the command behind the only button of a question."""
    (button,) = reply.message.buttons
    return button.command


async def asked(world: World) -> Reply:
    reply = await world.typed(LINE)
    assert reply.outcome is Outcome.REFUSED
    assert yes(reply).startswith("/flag confirm ")
    return reply


async def is_retired(world: World, key: str = "banner") -> bool:
    return (await world.bot.operations.flags.show(key)).flag.retired_at is not None


async def test_the_question_names_where_the_flag_is_on_and_changes_nothing(world: World) -> None:
    assert (await asked(world)).message.summary == (
        "“banner” is at 100% in production and 5% in staging. Retired it is off for everybody for good, and its key is "
        "not used again. Really?"
    )
    assert not await is_retired(world)
    assert str(await world.held("banner")) == "100%"


async def test_a_yes_ends_it_for_the_reason_given_at_first(world: World) -> None:
    assert "is retired: off for everybody" in await world.done(yes(await asked(world)))
    assert await is_retired(world)
    (entry,) = [it for it in await world.audit() if it.action == "flag:retire"]
    assert (entry.outcome, entry.reason, entry.after) == ("accepted", "the old path is gone", {"retired": True})
    assert entry.before == {"production": "100%", "staging": "5%"}


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["/flag on page", "/flag off page"],
        ["/flag set page 5%", "/flag set page 0%"],
    ],
    ids=["never switched on", "off again", "at 0 %"],
)
async def test_what_nobody_has_on_ends_without_a_question(world: World, lines: list[str]) -> None:
    await world.done("/flag create page")
    for line in lines:
        await world.done(line)
    await world.done("/flag retire page")
    assert await is_retired(world, "page")


async def test_named_users_alone_are_somebody(world: World) -> None:
    for line in ("/flag create page", "/flag set page 5%", "/flag target page u1", "/flag set page 0%"):
        await world.done(line)
    assert "and 1 named user in production" in await world.refused("/flag retire page")
    assert not await is_retired(world, "page")


async def test_what_was_changed_since_is_not_ended(world: World) -> None:
    answer = yes(await asked(world))
    await world.done("/flag set banner 6% --env staging", by="ben")
    assert "“banner” was changed since you were asked. Nothing was done." in await world.refused(answer)
    assert not await is_retired(world)


async def test_somebody_else_cannot_say_yes_and_does_not_use_the_question_up(world: World) -> None:
    answer = yes(await asked(world))
    assert "Only ana, who asked for it" in await world.refused(answer, by="ben")
    await world.done(answer)


async def test_a_late_yes_is_no_answer(world: World) -> None:
    answer = yes(await asked(world))
    await world.passes(10 * MINUTE)
    said = await world.refused(answer)
    assert "not open any more" in said
    assert "/flag list" in said
    assert not await is_retired(world)


async def test_a_yes_that_is_said_twice_ends_it_once(world: World) -> None:
    answer = yes(await asked(world))
    await world.typed(answer, request="yes")
    assert "handled before" in (await world.typed(answer, request="yes")).message.summary
    assert "not open any more" in await world.refused(answer)


async def test_questions_about_flags_and_about_rollouts_are_answered_where_they_were_asked(world: World) -> None:
    await world.done("/rollout start checkout")
    for line in ('/checklist tick all --evidence "seen"', "/rollout 10%"):
        await world.done(line)
    about_rollout = yes(await world.typed("/rollout rollback 2"))
    about_flag = yes(await asked(world))
    for other in (about_rollout.replace("/rollout", "/flag"), about_flag.replace("/flag", "/rollout")):
        assert "not open any more" in await world.refused(other)
    assert (await world.rollout()).active
    assert not await is_retired(world)
    await world.done(about_flag)
    assert (await world.typed(about_rollout)).message.summary.startswith("Last question.")


async def test_what_would_be_refused_is_refused_before_it_is_asked(world: World) -> None:
    await world.done("/rollout start checkout")
    for line in ('/checklist tick all --evidence "seen"', "/rollout 10%"):
        await world.done(line)
    answer = await world.typed("/flag retire checkout")
    assert "#1 drives “checkout”" in answer.message.summary
    assert not answer.message.buttons
    assert (await world.audit())[-1].outcome == "refused"


class TestDialog:
    """A button opens a dialog in place of the question: what ends, and room for the reason."""

    async def _press(self, world: World, line: str) -> Form | Reply | None:
        return await world.bot.dispatcher.ask(line, Origin("local", "releases", "ana", "press", pressed=True))

    async def test_it_says_what_is_switched_off_and_its_submission_is_the_yes(self, world: World) -> None:
        form = await self._press(world, "/flag retire banner")
        assert isinstance(form, Form)
        assert form.explains.summary == "Retire banner"
        assert [field.name for field in form.fields] == ["because"]
        given = {"because": "the code is clean"}
        origin = Origin("local", "releases", "ana", "submission", pressed=True)
        assert (await world.bot.dispatcher.handle(form.command, origin, given)).outcome is Outcome.DONE
        assert await is_retired(world)
        assert (await world.audit())[-1].reason == "the code is clean"

    async def test_it_does_not_come_up_for_what_nobody_has_on(self, world: World) -> None:
        await world.done("/flag create page")
        assert await self._press(world, "/flag retire page") is None

    async def test_a_dialog_that_stood_open_too_long_ends_nothing(self, world: World) -> None:
        form = await self._press(world, "/flag retire banner")
        assert isinstance(form, Form)
        world.clock.advance(timedelta(minutes=11))
        origin = Origin("local", "releases", "ana", "submission", pressed=True)
        reply = await world.bot.dispatcher.handle(form.command, origin, NOTHING_GIVEN)
        assert "not open any more" in world.text(reply)
        assert not await is_retired(world)
