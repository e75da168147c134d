"""A database for each test of the loop."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Return the address of the test's database."""
    return f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}"
