"""The published JSON Schema: up to date, valid, and true of the plans that are there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bot.files.plan_schema import SCHEMA_FILE, plan_schema, plan_schema_text
from bot.files.yaml_source import read_yaml

PLANS = Path(__file__).parents[2] / "plans"
FILES = sorted(PLANS.glob("*.yaml"))


@pytest.fixture(scope="module")
def validator() -> Any:
    return jsonschema.Draft202012Validator(plan_schema())


def test_the_published_schema_is_the_one_that_plans_are_read_by() -> None:
    assert (PLANS / SCHEMA_FILE).read_text("utf-8") == plan_schema_text()


def test_the_schema_is_valid_itself() -> None:
    jsonschema.Draft202012Validator.check_schema(plan_schema())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_plan_fits_the_schema(file: Path, validator: Any) -> None:
    value = read_yaml(file.read_bytes(), str(file)).value
    assert [error.message for error in validator.iter_errors(value)] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_plan_names_the_schema_for_editors_in_its_first_line(file: Path) -> None:
    assert file.read_text("utf-8").splitlines()[0] == f"# yaml-language-server: $schema={SCHEMA_FILE}"


@pytest.mark.parametrize(
    "change",
    [
        {"titel": "x"},
        {"phases": []},
        {"phases": [{"name": "A", "soak": "5 minutes"}]},
        {"advance": "soon"},
        {"plan": "No"},
    ],
    ids=str,
)
def test_the_schema_refuses_what_the_reader_refuses(change: dict[str, Any], validator: Any) -> None:
    plan = {"plan": "a", "title": "A", "phases": [{"name": "A", "soak": "5m"}]}
    assert validator.is_valid(plan)
    assert not validator.is_valid(plan | change)


def test_every_key_of_the_schema_is_described() -> None:
    definitions = [plan_schema(), *plan_schema()["$defs"].values()]
    bare = [
        key
        for definition in definitions
        for key, field in definition["properties"].items()
        if "description" not in field
    ]
    assert bare == []
    assert json.loads(plan_schema_text())["$schema"] == "https://json-schema.org/draft/2020-12/schema"
