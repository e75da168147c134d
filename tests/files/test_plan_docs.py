"""The guide for writing plans: its examples are plans, and it names every key there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from bot.domain.moments import EVENTS
from bot.files.plan_file import read_plan
from bot.files.plan_schema import plan_schema
from bot.files.yaml_source import read_yaml

GUIDE = (Path(__file__).parents[2] / "docs" / "plans.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
AROUND = {
    "plan": "example",
    "title": "An example",
    "flags": {"checkout": {}},
    "phases": [{"name": "A", "set": "5%"}],
    "rollback": [{"name": "Off", "set": "off"}],
}


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.split("\n", 1)[0] for example in EXAMPLES])
def test_every_example_of_the_guide_is_a_plan_or_a_part_of_one(example: str) -> None:
    part = read_yaml(example, "docs/plans.md").value
    assert isinstance(part, dict)
    whole = example if "plan" in part else yaml.safe_dump(AROUND | part, sort_keys=False)
    assert read_plan(whole, "docs/plans.md").phases


def test_the_guide_names_every_key() -> None:
    schema = plan_schema()
    keys = {key for definition in (schema, *schema["$defs"].values()) for key in definition["properties"]}
    assert sorted(key for key in {*keys, *EVENTS} if not re.search(rf"\b{key}\b", GUIDE)) == []
