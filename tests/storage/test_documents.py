"""Plans and messages survive being written down."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from bot.domain.message import Message
from bot.domain.plan import Plan
from bot.storage.documents import message_from_text, message_to_text, plan_from_text, plan_to_text
from tests.storage.examples import PLAN
from tests.storage.strategies import MESSAGES, PLANS

# Tracing every line of it would take as long as living it, and what it reaches is covered by tests of its own.
pytestmark = pytest.mark.no_cover


def test_the_example_plan_comes_back_as_it_was() -> None:
    assert plan_from_text(plan_to_text(PLAN)) == PLAN


@given(PLANS)
@settings(max_examples=20)
def test_any_plan_comes_back_as_it_was(plan: Plan) -> None:
    assert plan_from_text(plan_to_text(plan)) == plan


@given(MESSAGES)
@settings(max_examples=40)
def test_any_message_comes_back_as_it_was(message: Message) -> None:
    assert message_from_text(message_to_text(message)) == message
