"""The JSON Schema of the team file."""

from __future__ import annotations

from typing import Any

from bot.files.editor_schema import schema_of, schema_text
from bot.files.team_document import TeamDocument

TEAM_SCHEMA_FILE = "team.schema.json"


def team_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a team file."""
    return schema_of(TeamDocument, "A Rollcall team")


def team_schema_text() -> str:
    """Return the schema as it stands in `plans/team.schema.json`."""
    return schema_text(team_schema())
