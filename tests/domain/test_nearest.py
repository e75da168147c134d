"""What is said after a name that is none."""

from __future__ import annotations

import pytest

from bot.domain.nearest import meant


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("chekout", ["checkout", "search"], "Did you mean checkout?"),
        ("page", ["page1", "page2", "search"], "Did you mean page2 or page1?"),
        ("zebra", ["checkout", "search"], "There are: checkout, search."),
        (
            "zebra",
            [f"flag{number}" for number in range(10)],
            f"There are: {', '.join(f'flag{it}' for it in range(10))}.",
        ),
        ("zebra", [], "There are none yet."),
    ],
)
def test_near_names_are_offered_and_else_those_that_there_are(wrong: str, right: list[str], said: str) -> None:
    assert meant(wrong, right) == said


def test_of_very_many_names_the_number_is_told() -> None:
    assert meant("zebra", [f"flag{number}" for number in range(12)]).endswith("flag9 and 2 more.")
