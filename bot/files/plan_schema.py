"""The JSON Schema of plan files."""

from __future__ import annotations

from typing import Any

from bot.files.editor_schema import schema_of, schema_text
from bot.files.plan_document import PlanDocument

SCHEMA_FILE = "plan.schema.json"


def plan_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a plan file."""
    return schema_of(PlanDocument, "A Rollcall plan")


def plan_schema_text() -> str:
    """Return the schema as it stands in `plans/plan.schema.json`."""
    return schema_text(plan_schema())
