"""A plan's communication and the way of pages are lived again and again, killed at another place each time."""

from __future__ import annotations

import pytest

from tests.crash.crashes import FORGETFUL, SELDOM, crashes

# Every fault point takes longer than a test may, and an option asks for them.
pytestmark = pytest.mark.timeout(3600)


def test_what_is_announced_is_said_once_wherever_the_bot_is_killed(switches: list[str]) -> None:
    told = crashes("told", SELDOM, *switches)
    assert told.found == []
    assert told.killed > 40
    assert told.ends == ["rolled_back"]


def test_everybody_is_paged_once_for_each_level_wherever_the_bot_is_killed(switches: list[str]) -> None:
    paged = crashes("paged", SELDOM, *switches)
    assert paged.found == []
    assert paged.killed > 30


@pytest.mark.parametrize("story", ["announced", "paged at first"])
def test_where_the_platform_forgets_nothing_is_lost_and_no_message_comes_more_than_twice(
    story: str, switches: list[str]
) -> None:
    forgotten = crashes(story, FORGETFUL, *switches).found
    assert forgotten, "a repeat is seen"
    assert [it for it in forgotten if it["lost"]] == []
    for it in forgotten:
        # What goes to several places is on its way to all of them at once; to one person or channel it is one after the other.
        assert 0 < len(it["doubled"]) == len({place.partition(" ")[0] for place in it["doubled"]}), it
