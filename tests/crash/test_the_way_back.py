"""Rollouts that are lowered, aborted and rolled back are lived again and again, killed at another place each time."""

from __future__ import annotations

import re

import pytest

from tests.crash.crashes import FORGETFUL, crashes

# Every fault point takes longer than a test may, and an option asks for them.
pytestmark = pytest.mark.timeout(1200)


def test_a_rollout_that_is_killed_on_its_way_back_ends_as_if_nothing_had_happened(switches: list[str]) -> None:
    back = crashes("back", *switches)
    assert back.found == []
    assert back.killed > 80
    assert back.ends == ["aborted", "rolled_back"]


def test_a_platform_that_does_not_recognise_repeats_is_found_out() -> None:
    forgotten = crashes("beginning", FORGETFUL).found
    counted = re.findall(r"posts \((\d+) and (\d+) rows\)", str(forgotten))
    assert any(peace != killed for peace, killed in counted)
