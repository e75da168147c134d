"""What becomes of a form on Discord, and what comes back of it."""

from __future__ import annotations

from typing import Any

import pytest
from inline_snapshot import external_file

from bot.announcements import forms
from bot.chat.discord.modal import form_filled, form_modal
from bot.domain.flag import FlagSetting, FlagState
from bot.domain.form import Form, FormField
from bot.domain.message import Button, Buttons, Message, Paragraph, line, say
from bot.domain.moves import roll_back
from bot.domain.percent import FULL
from tests.chat.discord.announced import BACK, NOW, RUNNING
from tests.chat.discord.hostile import texts
from tests.fakes.discord.findings import Findings
from tests.fakes.discord.modal_limits import check_modal
from tests.fakes.discord.openapi import published_judge

# Written anew by: pytest tests/chat/discord/test_render_modal.py --inline-snapshot=create,fix
GOLDEN = "../../golden/discord"

HELD = FlagState("checkout", "production", FlagSetting(on=True, percent=FULL), 4, NOW)

FORMS = {
    "form_rollback": forms.render_level(RUNNING, BACK, 1, "/rollout rollback 1 --rollout 7"),
    "form_restore": forms.render_level(RUNNING, roll_back(RUNNING, 2, NOW), 2, "/rollout rollback 2 --rollout 7"),
    "form_reject": forms.render_reject(RUNNING, "/rollout reject --rollout 7 --version 9"),
    "form_retire": forms.render_retire("checkout", (HELD,), "/flag confirm a1b2c3"),
    "form_problem": forms.render_problem(RUNNING, "/rollout problem --rollout 7"),
}


def wrong(modal: dict[str, Any]) -> list[Any]:
    found = Findings()
    check_modal(found, modal)
    judge = published_judge()
    body = {"type": 9, "data": modal}
    refused = judge and judge.wrong("POST", "/interactions/{interaction_id}/{interaction_token}/callback", body)
    return [*found.problems, *([refused] if refused else [])]


def sent(custom_id: str, **values: str) -> dict[str, Any]:
    """Return the data of an interaction as Discord sends it: labels with their inputs, and the text above them."""
    labels = [
        {"type": 18, "id": number, "component": {"type": 4, "id": 9, "custom_id": name, "value": value}}
        for number, (name, value) in enumerate(values.items(), 1)
    ]
    return {"custom_id": custom_id, "components": [{"type": 10, "id": 20}, *labels]}


@pytest.mark.parametrize("name", FORMS)
async def test_a_form_is_as_it_was_looked_at(name: str) -> None:
    modal = form_modal(FORMS[name]).to_dict()
    assert modal == external_file(f"{GOLDEN}/{name}.json")
    assert wrong(modal) == []


async def test_a_form_is_recognised_by_its_id_alone() -> None:
    modal = form_modal(FORMS["form_reject"])
    # The library would keep every modal that was ever shown.
    assert modal.is_finished()
    assert form_filled(sent(modal.custom_id, because=" it is late\n")) == (
        "/rollout reject --rollout 7 --version 9",
        {"because": "it is late"},
    )


def test_what_was_left_empty_is_not_given() -> None:
    assert form_filled(sent("rcf:/rollout abort", because=" ", text="x")) == ("/rollout abort", {"text": "x"})


def test_fields_in_rows_are_read_as_well() -> None:
    row = {"type": 1, "components": [{"type": 4, "custom_id": "because", "value": "x"}]}
    assert form_filled({"custom_id": "rcf:/x", "components": [row]}) == ("/x", {"because": "x"})


def test_a_modal_of_somebody_else_is_none_of_ours() -> None:
    assert form_filled(sent("rc:/rollout abort", because="x")) is None
    assert form_filled({}) is None


async def test_where_the_fields_take_all_the_room_the_first_one_tells_what_it_is_for() -> None:
    fields = tuple(FormField(f"field{number}", f"Field {number}") for number in range(5))
    modal = form_modal(Form("Five", say("All of this is needed."), fields, "Send", "/x")).to_dict()
    assert modal["components"][0]["description"] == "All of this is needed."
    assert wrong(modal) == []


@pytest.mark.parametrize("text", texts()[::20])
async def test_no_text_breaks_a_modal(text: str) -> None:
    field = FormField("because", text, hint=text)
    form = Form(text, Message(text, (Paragraph(line(text)), Buttons((Button("x", "/x"),)))), (field,), text, "/x")
    modal = form_modal(form).to_dict()
    assert wrong(modal) == []
    str(modal).encode()


@pytest.mark.parametrize(
    "form", [Form("x", say("x"), (), "x", "x" * 97), Form("x", say("x"), (FormField("a", "a"),) * 6, "x", "/x")]
)
async def test_a_form_without_room_is_refused(form: Form) -> None:
    with pytest.raises(ValueError, match="no room"):
        form_modal(form)
