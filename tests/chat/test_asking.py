"""A button that does something dangerous asks first, and says exactly what will happen."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.chat.conversation import Origin, Outcome, Reply
from bot.domain.form import Form
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import CHECKOUT, World, world_over

PLANS = WrittenPlans(checkout=CHECKOUT)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}"


def origin(request: str = "press", *, pressed: bool = True, by: str = "ana") -> Origin:
    return Origin("local", "releases", by, request, pressed=pressed)


async def at_ten(world: World) -> None:
    await world.done("/rollout start checkout")
    await world.done('/checklist tick all --evidence "seen"')
    await world.done("/rollout 10%")


async def asked(world: World, line: str) -> Form:
    form = await world.bot.dispatcher.ask(line, origin())
    assert isinstance(form, Form), form
    return form


async def test_rolling_back_says_what_each_flag_will_hold(url: str) -> None:
    async with world_over(url, plans=PLANS) as world:
        await at_ten(world)
        form = await asked(world, "/rollout rollback 1 --rollout 1")
        text = world.text(Reply(form.explains, Outcome.DONE))
        assert "checkout in production: 10% → off" in text
        assert form.danger
        assert [(field.name, field.required) for field in form.fields] == [("because", False)]
        before = await world.rollout()
        assert before.active


async def test_the_answer_to_a_form_is_done_with_its_reason(url: str) -> None:
    async with world_over(url, plans=PLANS) as world:
        await at_ten(world)
        form = await asked(world, "/rollout rollback 1 --rollout 1")
        reply = await world.bot.dispatcher.handle(
            form.command, origin("submit"), {"because": "support\nreports errors"}
        )
        assert reply.outcome is Outcome.DONE
        assert (await world.rollout()).reason == "support reports errors"


async def test_a_rejection_insists_on_a_reason(url: str) -> None:
    async with world_over(url, plans=PLANS) as world:
        await at_ten(world)
        form = await asked(world, "/rollout reject --rollout 1")
        assert [(field.name, field.required) for field in form.fields] == [("because", True)]


async def test_a_problem_is_reported_in_a_form(url: str) -> None:
    async with world_over(url, plans=PLANS) as world:
        await at_ten(world)
        buttons = await world.card_buttons()
        form = await asked(world, buttons["Report a problem"].command)
        reply = await world.bot.dispatcher.handle(form.command, origin("submit"), {"text": "it spins"})
        assert reply.outcome is Outcome.DONE
        assert reply.private


async def test_what_is_harmless_is_not_asked(url: str) -> None:
    async with world_over(url, plans=PLANS) as world:
        await at_ten(world)
        assert await world.bot.dispatcher.ask("/rollout pause --rollout 1", origin()) is None
        assert await world.bot.dispatcher.ask("/help", origin()) is None


async def test_what_cannot_be_done_is_refused_before_anything_is_asked(url: str) -> None:
    async with world_over(url, plans=PLANS) as world:
        await at_ten(world)
        await world.done("/rollout abort")
        refusal = await world.bot.dispatcher.ask("/rollout abort --rollout 1", origin())
        assert isinstance(refusal, Reply)
        assert refusal.outcome is Outcome.REFUSED
        nonsense = await world.bot.dispatcher.ask("/rollout fly", origin())
        assert isinstance(nonsense, Reply)
        assert nonsense.outcome is Outcome.NOT_UNDERSTOOD


async def test_what_changed_something_is_shown_to_all_and_the_rest_to_whoever_asked(url: str) -> None:
    async with world_over(url, plans=PLANS) as world:
        started = await world.typed("/rollout start checkout")
        assert not started.private
        for line in ("/rollout status", "/rollout 100%", "/rolout", "/access me"):
            assert (await world.typed(line)).private, line


async def test_a_press_is_answered_in_private_and_told_in_the_thread(url: str) -> None:
    async with world_over(url, plans=PLANS) as world:
        await at_ten(world)
        reply = await world.bot.dispatcher.handle("/rollout pause --rollout 1", origin())
        assert reply.private
        await world.bot.loop.settle()
        assert (await world.said())[-1].endswith("(by ana)")
