"""Checking the shape of a file: keys, types and forms, with the place and plain words for each problem."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.files.findings import Findings, did_you_mean
from bot.files.source import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails

    from bot.files.source import Path, Plain, Source

_EXPECTED_TYPES = {
    "string_type": "text",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "string_pattern_mismatch": "rollout, end, or a time such as day 1, week 1, month 1",
}
_EXPECTED_BOUNDS = {
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "too_short": "at least {min_length} of them",
    "too_long": "at most {max_length} of them",
    "literal_error": "{expected}",
}
_MOST_ROUNDS = 4
_COMMA_HINT = "Inside { } a comma begins a new key: put text that has one in quotes."
_HINTS = {"list_type": "Start each line with `- `."}


class Doc(BaseModel):
    """A mapping of a file: nothing beside the keys named here."""

    model_config = ConfigDict(extra="forbid", strict=True)


Document = TypeVar("Document", bound=Doc)


def check_document(
    source: Source, kind: type[Document], dispensable: frozenset[str]
) -> tuple[Document | None, Findings]:
    """Return the document and what is wrong with it.

    A document with problems is returned without the parts that could not be read, where the rest still makes sense, so
    that the rest can be checked as well: everything else makes sense without its `dispensable` keys.
    """
    findings = Findings(source)
    document: Document | None = None
    try:
        document = kind.model_validate(source.value)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        for detail in errors:
            _report(findings, detail, kind)
        document, findings.doubtful = _document_without(source, errors, kind, dispensable)
    # Afterwards, so that a missing duration is called one instead of a missing value.
    _report_nothings(findings)
    return document, findings


def _report(findings: Findings, detail: ErrorDetails, document: type[Doc]) -> None:
    source, loc, kind = findings.source, detail["loc"], detail["type"]
    path = path_of(source.value, loc)
    context = detail.get("ctx", {})
    if kind == "extra_forbidden":
        key = str(loc[-1])
        known = _keys_at(loc[:-1], document)
        hint = _COMMA_HINT if detail["input"] is None else did_you_mean(key, known)
        findings.add(path, f"the key `{key}`", "a key that is known here", hint, key=True)
    elif kind == "missing":
        findings.add(path, f"no `{loc[-1]}`", f"`{loc[-1]}` in this mapping")
    elif kind == "expected" and context.get("offset"):
        value = str(detail["input"])
        place = source.place_within(path, value, context["offset"])
        findings.keep(source.problem(place, describe(value), context["expected"], context["hint"]))
    else:
        hint = context.get("hint", "") or _HINTS.get(kind, "")
        findings.add(path, describe(detail["input"]), _expectation(detail), hint, key=loc[-1:] == ("[key]",))


def _expectation(detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "expected":
        return str(context["expected"])
    if kind in _EXPECTED_TYPES:
        return _EXPECTED_TYPES[kind]
    if kind in _EXPECTED_BOUNDS:
        return _EXPECTED_BOUNDS[kind].format_map(context).replace("'", "`")
    return detail["msg"]


def path_of(value: Plain, loc: tuple[int | str, ...]) -> Path:
    """Return the part of pydantic's `loc` that is in the file; what short forms and key checks add is left out."""
    path: Path = ()
    for part in loc:
        if (isinstance(value, dict) and isinstance(part, str) and part in value) or (
            isinstance(value, list) and isinstance(part, int) and part < len(value)
        ):
            path = (*path, part)
            value = value[part]  # type: ignore[index]  # Which of the two it is, was asked just above.
    return path


def _keys_at(loc: tuple[int | str, ...], model: type[Doc]) -> tuple[str, ...]:
    """Return the keys that the mapping at `loc` of a document of that kind may have."""
    for part in loc:
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        if isinstance(part, str) and part in fields:
            model = next(_models_in(fields[part].annotation), model)
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _models_in(annotation: Any) -> Iterator[type[Doc]]:
    if isinstance(annotation, type) and issubclass(annotation, Doc):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _report_nothings(findings: Findings) -> None:
    """Report every key without a value: it is a line that somebody meant to finish."""
    waiting: list[tuple[Path, Plain]] = [((), findings.source.value)]
    while waiting:
        path, value = waiting.pop()
        if value is None and path:
            findings.add(path, "nothing", "a value", "Finish the line, or remove it.")
        elif isinstance(value, dict):
            waiting += [((*path, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, index), inner) for index, inner in enumerate(value)]


def _document_without(
    source: Source, errors: list[ErrorDetails], kind: type[Document], dispensable: frozenset[str]
) -> tuple[Document | None, frozenset[Path]]:
    """Return the document without what cannot be read, and the paths of that; None where too much would be missing.

    Taking something out may leave a mapping without a key it must have; then that goes as well, a few times over.
    """
    value = deepcopy(source.value)
    doubtful: set[Path] = set()
    for _ in range(_MOST_ROUNDS):
        paths = {_removable(path_of(value, detail["loc"])) for detail in errors}
        if any(len(path) < 1 or (len(path) == 1 and path[0] not in dispensable) for path in paths):
            return None, frozenset(doubtful)
        doubtful |= paths
        for path in paths:
            _remove(value, path)
        try:
            return kind.model_validate(value), frozenset(doubtful)
        except ValidationError as error:
            errors = error.errors(include_url=False)
    return None, frozenset(doubtful)


def _removable(path: Path) -> Path:
    """Return the nearest key: taking one item out of a list would move the places of those after it."""
    while path and isinstance(path[-1], int):
        path = path[:-1]
    return path


def _remove(value: Any, path: Path) -> None:
    for part in path[:-1]:
        if isinstance(value, dict) and part not in value:
            return
        value = value[part]
    value.pop(path[-1], None)
