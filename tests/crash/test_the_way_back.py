"""Rollouts that are lowered, aborted and rolled back are lived again and again, killed at another place each time."""

from __future__ import annotations

import pytest

from tests.crash.crashes import crashes

CHUNKS = 2


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_rollout_that_is_killed_on_its_way_back_ends_as_if_nothing_had_happened(chunk: int) -> None:
    found, killed = crashes("back", chunk, CHUNKS)
    assert found == []
    assert killed > 60
