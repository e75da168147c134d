"""A whole rollout to 100 % is lived again and again, killed at another place each time."""

from __future__ import annotations

import pytest

from tests.crash.crashes import crashes

CHUNKS = 4


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_rollout_that_is_killed_on_its_way_up_ends_as_if_nothing_had_happened(chunk: int) -> None:
    up = crashes("up", chunk, CHUNKS)
    assert up.found == []
    assert up.killed > 60
    assert up.ends == ["completed"]


def test_a_platform_that_does_not_recognise_repeats_is_found_out() -> None:
    forgotten = crashes("up", 0, 40, "forgetful").found
    assert any("posts" in str(it["differences"]) for it in forgotten)
