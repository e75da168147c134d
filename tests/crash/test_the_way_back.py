"""Rollouts that are lowered, aborted and rolled back are lived again and again, killed at another place each time."""

from __future__ import annotations

import pytest

from tests.crash.crashes import crashes

CHUNKS = 3


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_rollout_that_is_killed_on_its_way_back_ends_as_if_nothing_had_happened(chunk: int) -> None:
    back = crashes("back", chunk, CHUNKS)
    assert back.found == []
    assert back.killed > 60
    assert back.ends == ["aborted", "rolled_back"]
