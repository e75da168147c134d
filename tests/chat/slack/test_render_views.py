"""Forms and home tabs: within Slack's limits, and as harmless as messages."""

from __future__ import annotations

import random
from typing import Any

import pytest

from bot.chat.slack.modal import FORM, draw_form, draw_home
from bot.domain.form import Form, FormField
from bot.domain.message import Bullets, Button, Buttons, Message, Paragraph, Table, Tone, Verbatim, line, say
from tests.chat.slack.hostile import everywhere, hostile_text
from tests.chat.slack.judging import assert_sound_view
from tests.fakes.slack.views import checked_view

THE_ENGINEER = frozenset({"U0ENGINEER"})
WHY = FormField("because", "Why", required=True, multiline=True, hint="The others see it.")
BACK = Form(
    "Roll back",
    say("It goes back to “off”."),
    (WHY, FormField("to", "To")),
    "Roll back now",
    "/rollout rollback 1",
    danger=True,
)


def test_a_form_says_what_happens_and_asks_for_its_fields_by_name() -> None:
    view = draw_form(BACK, "kept")
    assert (view["callback_id"], view["private_metadata"]) == (FORM, "kept")
    explained, *inputs = blocks_in(view)
    assert [it.get("text", it.get("name")) for it in explained["elements"][0]["elements"]] == [
        "octagonal_sign",
        "  ",
        "It goes back to “off”.",
    ]
    assert [(it["block_id"], it["element"]["action_id"], it["optional"]) for it in inputs] == [
        ("because", "because", False),
        ("to", "to", True),
    ]
    assert [
        (it["element"]["multiline"], it["element"]["max_length"], it["element"]["focus_on_load"]) for it in inputs
    ] == [
        (True, 1_000, True),
        (False, 1_000, False),
    ]
    assert [it.get("hint", {}).get("text") for it in inputs] == ["The others see it.", None]


def test_a_form_that_is_not_dangerous_has_the_tone_of_its_words() -> None:
    tones = [Tone.INFO, Tone.WARNING]
    views = [draw_form(Form("t", say("x", tone=tone), (), "s", "/x"), "") for tone in tones]
    assert [len(blocks_in(view)[0]["elements"][0]["elements"]) for view in views] == [1, 3]


def test_a_form_has_no_buttons_but_its_own_and_no_table_of_slacks() -> None:
    table = Table(("a", "b"), (("1", "2"),))
    view = draw_form(Form("t", Message("s", (Buttons((Button("Go", "/x"),)), table)), (), "s", "/x"), "")
    assert [it["type"] for it in blocks_in(view)] == ["rich_text"]


def test_what_slack_would_not_carry_back_is_refused() -> None:
    assert_sound_view(draw_form(BACK, "x" * 3_000))
    with pytest.raises(ValueError, match="at most 3000 characters, not 3001"):
        draw_form(BACK, "x" * 3_001)


def test_a_long_form_keeps_its_fields() -> None:
    many = Message("s", tuple(Paragraph(line(f"{number}")) for number in range(200)))
    view = draw_form(Form("t", many, tuple(FormField(f"f{number}", "x") for number in range(5)), "s", "/x"), "")
    assert_sound_view(view)
    assert [it["type"] for it in blocks_in(view)].count("input") == 5
    assert len(blocks_in(view)) == 100


def test_a_home_tab_holds_twice_what_a_message_does() -> None:
    view = draw_home(Message("s", tuple(Paragraph(line(f"{number}")) for number in range(200))))
    assert_sound_view(view)
    assert (view["type"], len(blocks_in(view))) == ("home", 100)


@pytest.mark.parametrize("sign", ["ä", "👩", "&"])
def test_a_view_of_any_length_is_no_larger_than_slack_carries(sign: str) -> None:
    blocks = (Paragraph(line(sign * 3_000)), Bullets((line(sign * 3_000),) * 3), Verbatim(sign * 3_000))
    long = Message("s", blocks * 50)
    for view in (draw_home(long), draw_form(Form("t", long, (), "s", "/x"), "")):
        assert checked_view(view, str(view["type"]))


@pytest.mark.parametrize("seed", range(5))
def test_hostile_texts_are_harmless_in_views(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same texts every time, and no secret.
    for _ in range(20):
        text = hostile_text(chance)
        field = FormField("because", text, hint=text)
        assert_sound_view(draw_form(Form(text, everywhere(text), (field,), text, text, danger=True), ""), THE_ENGINEER)
        assert_sound_view(draw_home(everywhere(text)), THE_ENGINEER)


def blocks_in(view: dict[str, Any]) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = view["blocks"]
    return blocks
