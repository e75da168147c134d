"""What everything the bot says looks like in Slack. `python -m tests.chat.slack.preview` draws the goldens."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from inline_snapshot import external_file

import bot.announcements
from bot.chat.slack.modal import draw_form, draw_home
from bot.chat.slack.render import render
from bot.domain.form import Form
from bot.domain.message import Mention, Message, Table
from tests.chat.local.sample import CARD
from tests.chat.slack.announced import ALL, FORMS
from tests.chat.slack.judging import assert_sound, assert_sound_view
from tests.chat.slack.preview import page

# Written anew by: pytest tests/chat/slack/test_render_goldens.py --inline-snapshot=create,fix
GOLDEN = "../../golden/slack"
WIDTH = 160
WITH_TABLES = sorted(name for name, message in ALL.items() if any(isinstance(it, Table) for it in message.blocks))


def drawn(message: Message, *, native_tables: bool = True) -> dict[str, Any]:
    found = render(message, native_tables=native_tables)
    assert_sound(found, called_in(message))
    return {"text": found.text, "blocks": found.blocks}


def laid_out(value: object, margin: str = "") -> str:
    """Return a value as JSON, in one line where there is room for it, so that a reader sees more than braces."""
    inline = json.dumps(value, ensure_ascii=False)
    if len(margin) + len(inline) <= WIDTH or not isinstance(value, dict | list):
        return inline
    deeper = margin + " "
    if isinstance(value, dict):
        rows = [f"{json.dumps(key)}: {laid_out(it, deeper)}" for key, it in value.items()]
    else:
        rows = [laid_out(it, deeper) for it in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    between = f",\n{deeper}"
    return f"{opening}\n{deeper}{between.join(rows)}\n{margin}{closing}"


def called_in(part: object) -> frozenset[str]:
    """Return the ids of the people whom a message names to be notified."""
    if isinstance(part, Mention):
        return frozenset(filter(None, [part.on("slack")]))
    inner = (
        part
        if isinstance(part, tuple)
        else [getattr(part, it.name) for it in fields(part)]
        if is_dataclass(part)
        else []
    )
    return frozenset().union(*map(called_in, inner))


def golden(name: str) -> Any:
    return external_file(f"{GOLDEN}/{name}.json", format=".txt")


def announcements() -> list[str]:
    """Return everything that can be announced, as `module.function`."""
    found = []
    for module in pkgutil.iter_modules(bot.announcements.__path__):
        for name, function in inspect.getmembers(
            importlib.import_module(f"bot.announcements.{module.name}"), inspect.isfunction
        ):
            ours = function.__module__ == f"bot.announcements.{module.name}"
            if ours and name.startswith("render") and function.__annotations__["return"] in {"Message", "Form"}:
                found.append(f"{module.name}.{name}")
    return found


def test_everything_that_can_be_announced_has_an_example() -> None:
    shown = {name.partition("-")[0] for name in (*ALL, *FORMS)}
    assert shown == set(announcements())


@pytest.mark.parametrize("name", ALL)
def test_an_announcement_looks_as_it_did(name: str) -> None:
    assert laid_out(drawn(ALL[name])) + "\n" == golden(name)


@pytest.mark.parametrize("name", WITH_TABLES)
def test_a_table_made_of_words_looks_as_it_did(name: str) -> None:
    assert laid_out(drawn(ALL[name], native_tables=False)) + "\n" == golden(f"{name}+words")


def test_a_card_with_everything_in_it_looks_as_it_did() -> None:
    assert laid_out(drawn(CARD)) + "\n" == golden("sample")


@pytest.mark.parametrize("name", FORMS)
def test_a_form_looks_as_it_did(name: str) -> None:
    form: Form = FORMS[name]
    view = draw_form(form, '{"channel": "C0RELEASES"}')
    assert_sound_view(view)
    assert laid_out(view) + "\n" == golden(name)


def test_a_home_tab_looks_as_it_did() -> None:
    view = draw_home(ALL["home.render"])
    assert_sound_view(view)
    assert laid_out(view) + "\n" == golden("home_tab")


def test_every_golden_can_be_looked_at() -> None:
    messages = [(name, drawn(message)) for name, message in ALL.items()]
    views = [
        *((name, draw_form(form, "")) for name, form in FORMS.items()),
        ("home_tab", draw_home(ALL["home.render"])),
    ]
    seen = page([*messages, ("sample", drawn(CARD)), *views])
    assert all(name in seen for name in (*ALL, *FORMS, "home_tab"))
