"""Messages before any platform has drawn them: their plain words and their buttons."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.domain.message import (
    BUTTON_COMMAND_LIMIT,
    Bold,
    Button,
    Buttons,
    Code,
    Heading,
    Message,
    Moment,
    Paragraph,
    Plain,
    Tone,
    line,
    plain_text,
    say,
)

PREFIX_AND_LIMIT_OF_DISCORD = (5, 100)


def test_a_button_carries_a_command_as_long_as_discord_allows() -> None:
    prefix, limit = PREFIX_AND_LIMIT_OF_DISCORD
    assert prefix + BUTTON_COMMAND_LIMIT == limit
    assert len(Button("Go on", "x" * BUTTON_COMMAND_LIMIT).command) == BUTTON_COMMAND_LIMIT


def test_a_longer_command_makes_no_button() -> None:
    with pytest.raises(ValueError, match="at most 95 characters: '/rollout"):
        Button("Go on", "/rollout next --reason ".ljust(BUTTON_COMMAND_LIMIT + 1, "x"))


def test_words_become_plain_spans_and_spans_stay() -> None:
    assert line("at ", Bold("25%")) == (Plain("at "), Bold("25%"))
    assert line() == ()


def test_plain_text_keeps_the_words_and_drops_the_markup() -> None:
    text = line("Type ", Code("/rollout 25%"), ", ", Bold("please"), ".")
    assert plain_text(text) == "Type /rollout 25%, please."


def test_plain_text_does_not_take_what_people_wrote_for_markup() -> None:
    assert plain_text(line("*not bold* <@U1> {name} %s")) == "*not bold* <@U1> {name} %s"


def test_moments_are_given_in_utc() -> None:
    assert plain_text(line("at ", Moment(datetime(2026, 3, 2, 9, 5, 59, tzinfo=UTC)))) == "at 2026-03-02 09:05 UTC"


def test_a_moment_of_another_zone_is_turned_into_utc() -> None:
    in_anchorage = datetime(2026, 3, 2, 20, 30, tzinfo=timezone(timedelta(hours=-9)))
    assert plain_text((Moment(in_anchorage),)) == "2026-03-03 05:30 UTC"


def test_a_message_of_one_paragraph_says_the_same_in_its_summary() -> None:
    message = say("Nothing is ", Bold("due"), ".", tone=Tone.SUCCESS, private=True)
    assert message == Message(
        "Nothing is due.", (Paragraph(line("Nothing is ", Bold("due"), ".")),), Tone.SUCCESS, private=True
    )


def test_the_buttons_of_a_message_are_in_the_order_in_which_they_are_drawn() -> None:
    one, two, three = (Button(name, f"/rollout {name}") for name in ("next", "pause", "abort"))
    message = Message("Choose.", (Buttons((one, two)), Heading("Or"), Buttons((three,)), Paragraph(line("."))))
    assert message.buttons == (one, two, three)
    assert say("No buttons.").buttons == ()
