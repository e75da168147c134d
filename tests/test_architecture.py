"""What the architecture promises and no linter checks: sizes, registries, and documents that keep up with the code."""

from __future__ import annotations

import ast
import importlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = ("bot", "commands", "benchmarks", "tests")

# The tail is what makes code hard to read, so both the tail and the most are bounded.
MOST_LINES_OF_A_FILE, USUAL_LINES_OF_A_FILE = 400, 300
MOST_LINES_OF_A_FUNCTION, USUAL_LINES_OF_A_FUNCTION = 60, 40
USUAL_SHARE = 0.95

# Names that say nothing about what a module is for.
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "base", "common", "misc"}


def modules() -> list[Path]:
    """List every module of the project, as paths from its root."""
    return sorted(path.relative_to(ROOT) for folder in SOURCES for path in (ROOT / folder).rglob("*.py"))


def parsed(module: Path) -> ast.Module:
    return ast.parse((ROOT / module).read_text(encoding="utf-8"))


def lines_of(module: Path) -> int:
    return len((ROOT / module).read_text(encoding="utf-8").splitlines())


def functions_of(module: Path) -> Iterator[tuple[str, int]]:
    """Yield each function's place and its number of lines, decorators not counted.

    A migration's `upgrade` is a list of tables, one after the other: splitting it would hide the order.
    """
    if "versions" in module.parts:
        return
    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{module}:{node.lineno} {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1


def share_within(sizes: list[int], limit: int) -> float:
    """Return the share of the sizes, 0 to 1, that the limit allows."""
    return sum(size <= limit for size in sizes) / len(sizes)


def longest_first(sizes: dict[str, int], limit: int) -> list[str]:
    over = {place: size for place, size in sizes.items() if size > limit}
    return [f"{place}: {size} lines" for place, size in sorted(over.items(), key=lambda item: -item[1])]


def test_no_file_is_too_long_to_read_in_one_go() -> None:
    sizes = {str(module): lines_of(module) for module in modules()}
    assert longest_first(sizes, MOST_LINES_OF_A_FILE) == []
    usual = share_within(list(sizes.values()), USUAL_LINES_OF_A_FILE)
    assert usual >= USUAL_SHARE, longest_first(sizes, USUAL_LINES_OF_A_FILE)


def test_no_function_is_too_long_to_see_at_once() -> None:
    sizes = dict(function for module in modules() for function in functions_of(module))
    assert longest_first(sizes, MOST_LINES_OF_A_FUNCTION) == []
    usual = share_within(list(sizes.values()), USUAL_LINES_OF_A_FUNCTION)
    assert usual >= USUAL_SHARE, longest_first(sizes, USUAL_LINES_OF_A_FUNCTION)


def test_every_module_says_what_lives_there() -> None:
    # An empty `__init__.py` among the tests holds nothing that could be told.
    spoken = [module for module in modules() if module.parts[0] != "tests" or parsed(module).body]
    assert [str(module) for module in spoken if not ast.get_docstring(parsed(module))] == []


def test_every_module_is_named_after_what_lives_there() -> None:
    assert [str(module) for module in modules() if EMPTY_NAMES & set(module.with_suffix("").parts)] == []


def test_every_package_can_be_imported_by_its_path() -> None:
    folders = {module.parent for module in modules() if module.parts[0] in {"bot", "commands"}}
    assert [str(folder) for folder in sorted(folders) if not (ROOT / folder / "__init__.py").exists()] == []


def test_every_command_is_in_the_list() -> None:
    written = {
        path.stem
        for path in (ROOT / "commands").glob("*.py")
        if re.search(r"^COMMAND\b", path.read_text(), re.MULTILINE)
    }
    listed = importlib.import_module("commands").ALL
    assert {command.name for command in listed} == written
    assert len(listed) == len(written)


def test_every_command_says_what_it_does_and_shows_how_it_is_typed() -> None:
    for command in importlib.import_module("commands").ALL:
        assert command.help, command.name
        assert command.verbs, command.name
        for verb in command.verbs:
            where = f"/{command.name} {verb.name}"
            assert verb.help, where
            assert verb.examples, where
            assert [line for line in verb.examples if line.split()[0] != f"/{command.name}"] == [], where
            assert [option.name for option in verb.options if not option.help] == [], where


def test_every_decision_has_its_number_and_says_whether_it_stands() -> None:
    decisions = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [int(it.name[:4]) for it in decisions] == list(range(1, len(decisions) + 1))
    for number, decision in enumerate(decisions, 1):
        title, status = decision.read_text(encoding="utf-8").split("\n\n")[:2]
        assert title.startswith(f"# {number}. "), decision.name
        assert re.fullmatch(r"\*\*Status:\*\* (accepted|replaced by [0-9]+)", status), decision.name


def settings_in_the_example() -> list[str]:
    """Return the names in .env.example, also those that stand there as a comment: `# NAME=default`."""
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    return re.findall(r"^(?:# ?)?([A-Z][A-Z0-9_]*)=", text, flags=re.MULTILINE)


def test_the_example_environment_lists_exactly_the_settings() -> None:
    settings = importlib.import_module("bot.settings").Settings
    prefix = settings.model_config.get("env_prefix", "")
    names = [str(field.validation_alias or f"{prefix}{name}").upper() for name, field in settings.model_fields.items()]
    assert sorted(settings_in_the_example()) == sorted(names)


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", ".ci/run"])
def test_every_make_target_a_document_names_exists(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    # A target is named where code is: at the start of a line of a block or between backquotes.
    named = set(re.findall(r"(?:^ *(?:\$ )?|`)make ([a-z]+)", text, flags=re.MULTILINE))
    assert named, "the document says how to set up or to check, so it names at least one target"
    assert named <= make_targets()


def test_the_build_runs_the_checks_and_the_tests() -> None:
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert {"check", "test"} <= set(re.findall(r"^make ([a-z]+)", text, flags=re.MULTILINE))


def test_the_makefile_finds_the_pinned_installer() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pins = [entry for entry in project["dependency-groups"]["dev"] if entry.startswith("uv==")]
    assert len(pins) == 1
    locked = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    assert [f"uv=={package['version']}" for package in locked if package["name"] == "uv"] == pins
