"""Pictures of what happened, for the reports that are shared as files."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.ports import Charts, Journal


def open_charts(journal: Journal) -> Charts | None:
    """Return what draws rollouts, or None where the extra `charts` is not installed: reports go without pictures then."""
    if find_spec("vl_convert") is None:
        return None
    from bot.charts.rollout_chart import RolloutCharts

    return RolloutCharts(journal)
