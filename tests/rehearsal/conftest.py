"""The world of the scenarios, for what is asked in chat."""

from __future__ import annotations

from tests.scenarios.conftest import url, world

__all__ = ["url", "world"]
