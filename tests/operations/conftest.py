"""The folders of these tests are in memory."""

from __future__ import annotations

from tests.databases import folder_of_a_test

__all__ = ["folder_of_a_test"]
