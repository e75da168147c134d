"""Every kind of announcement as people read it: on a terminal and in an e-mail, with an example of each fact."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from inline_snapshot import external_file

from bot.announcements import announced
from bot.announcements.facts import example_for
from bot.announcements.kinds import KINDS
from bot.announcements.template import BadTemplate
from bot.chat.local.plain import plain_message
from bot.chat.local.wording import Reader
from bot.domain.announcement import BY_HAND, Announcement
from bot.domain.message import Button, Buttons, Paragraph, plain_text
from bot.domain.moments import parse_moment
from bot.pagers.mail_text import html_body, plain_body
from tests.announcements.announcement_examples import MOMENTS
from tests.domain.plans_for_tests import FIVE_PLANS, MONDAY, ramp_plan, settle, started

GOLDEN = "../golden/announcements"


def said(say: str, when: str, **fields: object) -> Announcement:
    usual = {"id": 1, "key": "k", "subject": "rollout:7", "plan": "p", "to": ("team",), "created_at": MONDAY}
    return Announcement(say=say, when=when, happened_at=MONDAY, due_at=MONDAY, **{**usual, **fields})  # type: ignore[arg-type]  # The fields are the test's to choose.


def test_every_kind_has_a_moment_at_which_all_of_its_facts_are_known() -> None:
    for name in KINDS.keys() - {"said"}:
        announced.check(name, MOMENTS[name], {}, {})


@pytest.mark.parametrize("name", sorted(KINDS.keys() - {"said"}))
def test_a_kind_looks_like_its_picture(name: str) -> None:
    example = said(name, MOMENTS[name], facts=tuple(example_for(parse_moment(MOMENTS[name])).items()))
    plan = ramp_plan(10, 50)
    plan = replace(plan, flags=tuple(replace(it, population=20_000) for it in plan.flags))
    message = announced.render_example(plan, example, {})
    shown = f"{plain_message(message, Reader(MONDAY, None))}\n\n--- e-mail\n{plain_body(message)}\n--- e-mail, HTML\n{html_body(message)}\n"
    assert shown == external_file(f"{GOLDEN}/{name}.txt")


def test_an_announcement_carries_a_button_to_report_a_problem_while_it_runs() -> None:
    rollout = settle(started(ramp_plan(10, 50)), MONDAY)
    message = announced.render(rollout, said("step_reached", "each step"), MONDAY, {})
    assert message.buttons == (Button("Report a problem", "/rollout problem --rollout 7"),)
    assert Buttons not in [
        type(it) for it in announced.render_ahead(rollout.plan, said("hello you", "T-1h"), {}).blocks
    ]


def test_words_of_people_are_never_read_as_a_template() -> None:
    rollout = settle(started(ramp_plan(10)), MONDAY)
    words = "{{ title }} {% for %} <b>*loud*</b>"
    message = announced.render(rollout, said("said", BY_HAND, facts=(("text", words),)), MONDAY, {})
    assert [plain_text(it.line) for it in message.blocks if isinstance(it, Paragraph)] == [words]


def test_a_text_with_dashes_is_a_list_and_the_team_has_texts_of_its_own() -> None:
    rollout = settle(started(ramp_plan(10)), MONDAY)
    own = {"ours": "We go on:\n- {{ step_name }}\n- calmly\n\nThank you."}
    message = announced.render(rollout, said("ours", "each step"), MONDAY, own)
    assert [it.kind for it in message.blocks] == ["heading", "paragraph", "bullets", "paragraph", "buttons", "note"]
    plan = replace(rollout.plan, communication=())
    assert announced.problems_in(plan, own) == ()


@pytest.mark.parametrize(
    ("say", "when"),
    [
        ("nonesuch", "each step"),
        ("problem_reported", "each step"),
        ("deploying_soon", "completed"),
        ("{{ gate }}", "held"),
    ],
)
def test_what_lacks_a_fact_or_a_kind_is_found_before_it_is_due(say: str, when: str) -> None:
    with pytest.raises(BadTemplate):
        announced.check(say, when, {}, {})


def test_everything_that_the_five_plans_say_can_be_said() -> None:
    for plan in FIVE_PLANS:
        assert announced.problems_in(plan, {}) == ()
        assert plan.communication


def test_the_pictures_are_those_of_the_kinds_there_are() -> None:
    pictures = {path.stem for path in (Path(__file__).parent / GOLDEN).glob("*.txt")}
    assert pictures == KINDS.keys() - {"said"}
