"""The shape of a plan file: which document it is checked against, and what the rest can be checked without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.files.plan_document import PlanDocument
from bot.files.shape import check_document

if TYPE_CHECKING:
    from bot.files.findings import Findings
    from bot.files.source import Source

_DISPENSABLE = frozenset(
    {"communication", "after", "risks", "targets", "runbooks", "limits", "never", "channel", "gates"}
)


def check_shape(source: Source) -> tuple[PlanDocument | None, Findings]:
    """Return the plan's document, without what could not be read where the rest makes sense, and what is wrong."""
    return check_document(source, PlanDocument, _DISPENSABLE)
