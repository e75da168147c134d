"""What the core asks of the database about pages and about who stands in for whoever is on call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.oncall import Override
    from bot.domain.page import Page


class PageRepository(Protocol):
    """Pages; resolved ones are kept."""

    def next_id(self) -> int:
        """Return the number that the next page will have; stable within the transaction."""
        ...

    def get(self, page_id: int) -> Page | None:
        """Return a page."""
        ...

    def with_key(self, key: str) -> Page | None:
        """Return the unresolved page about the same trouble, if there is one."""
        ...

    def add(self, page: Page) -> None:
        """Store a new page, whose key no unresolved one has."""
        ...

    def save(self, page: Page, expected_version: int) -> None:
        """Store a changed page. Raises Stale where somebody else changed it since it was read."""
        ...

    def due(self, now: datetime, limit: int) -> Sequence[Page]:
        """Return pages whose time has come, the longest overdue first, found by index."""
        ...

    def next_due(self) -> datetime | None:
        """Return the earliest due time of all pages."""
        ...

    def unresolved(self) -> Sequence[Page]:
        """Return every page that still wants something, oldest first."""
        ...

    def critical(self) -> Sequence[Page]:
        """Return the critical ones among those, found by index."""
        ...

    def recent(self, limit: int) -> Sequence[Page]:
        """Return the newest pages, whatever their state, newest first."""
        ...


class OverrideRepository(Protocol):
    """Who stands in for whoever is on call."""

    def add(self, override: Override) -> Override:
        """Store an override and return it with its number."""
        ...

    def since(self, moment: datetime) -> Sequence[Override]:
        """Return the overrides that end after a moment, in the order in which they were made."""
        ...

    def cancel(self, override_id: int, now: datetime) -> bool:
        """Take an override back; False where there is none."""
        ...
