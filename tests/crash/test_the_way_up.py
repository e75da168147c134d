"""A whole rollout to 100 % is lived again and again, killed at another place each time."""

from __future__ import annotations

import pytest

from tests.crash.crashes import crashes

# Every fault point takes longer than a test may, and an option asks for them.
pytestmark = pytest.mark.timeout(1200)


def test_a_rollout_that_is_killed_on_its_way_up_ends_as_if_nothing_had_happened(switches: list[str]) -> None:
    up = crashes("up", *switches)
    assert up.found == []
    assert up.killed > 120
    assert up.ends == ["completed"]
