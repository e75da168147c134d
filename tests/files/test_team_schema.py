"""The schema and the guide of the team file: up to date, valid, and true of the example."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.files.team_file import read_team
from bot.files.team_schema import TEAM_SCHEMA_FILE, team_schema, team_schema_text
from bot.files.yaml_source import read_yaml

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "team.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
AROUND: dict[str, Any] = {
    "channels": {"releases": {"local": "releases"}},
    "environments": {"production": {"channels": "releases"}},
}


def set_to_something(_: str) -> str | None:
    """Answer for an environment in which everything is set."""
    return "something"


@pytest.fixture(scope="module")
def validator() -> Any:
    return jsonschema.Draft202012Validator(team_schema())


def test_the_published_schema_is_the_one_that_the_file_is_read_by() -> None:
    assert (ROOT / "plans" / TEAM_SCHEMA_FILE).read_text("utf-8") == team_schema_text()


def test_the_schema_is_valid_itself() -> None:
    jsonschema.Draft202012Validator.check_schema(team_schema())


def test_the_example_fits_the_schema(validator: Any) -> None:
    value = read_yaml((ROOT / "rollcall.example.yaml").read_bytes(), "rollcall.example.yaml").value
    assert [error.message for error in validator.iter_errors(value)] == []


@pytest.mark.parametrize(
    "change",
    [
        {"peple": {}},
        {"people": {"a": {"slack": "@a"}}},
        {"people": {"a": {"email": "a"}}},
        {"roles": {"qa": ["fly"]}},
        {"metrics": {"m": {"measure": "furlong"}}},
        {"prometheus": {"adress": "x"}},
    ],
    ids=str,
)
def test_the_schema_refuses_what_the_reader_refuses(change: dict[str, Any], validator: Any) -> None:
    assert validator.is_valid(AROUND)
    assert not validator.is_valid(AROUND | change)


def test_every_key_of_the_schema_is_described() -> None:
    definitions = [team_schema(), *team_schema()["$defs"].values()]
    fields = [(key, field) for definition in definitions for key, field in definition["properties"].items()]
    assert [key for key, field in fields if "description" not in field] == []


@pytest.mark.parametrize("example", EXAMPLES, ids=[f"example {number}" for number in range(len(EXAMPLES))])
def test_every_example_of_the_guide_is_a_team_or_a_part_of_one(example: str, validator: Any) -> None:
    part = read_yaml(example, "docs/team.md").value
    assert isinstance(part, dict)
    whole = yaml.safe_dump(AROUND | part, sort_keys=False)
    assert read_team(whole, "docs/team.md", set_to_something, lambda name: (name, b"")).environments
    assert [error.message for error in validator.iter_errors(AROUND | part)] == []


def test_the_guide_names_every_key() -> None:
    schema = team_schema()
    keys = {key for definition in (schema, *schema["$defs"].values()) for key in definition["properties"]}
    assert sorted(key for key in keys if not re.search(rf"\b{key}\b", GUIDE)) == []
