"""Where in its file a part of a plan stands: for what is found wrong with a plan only beside the team file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.files.plan_changes import ChangeReader
from bot.files.plan_shape import check_shape
from bot.files.plan_steps import PhaseReader
from bot.files.yaml_source import BadYaml, read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path as FilePath

    from bot.domain.provider_fit import Where
    from bot.files.source import Path, Source


def places_in(file: FilePath) -> Callable[[Where], str]:
    """Return what tells a part's place (`plans/checkout.yaml:14`), read anew; nothing where the file is not a plan now."""
    try:
        source = read_yaml(file.read_bytes(), str(file))
    except (OSError, BadYaml):
        return lambda _: ""
    steps = _step_paths(source)

    def place(where: Where) -> str:
        path: Path = ("flags", where.flag, "provider")
        if where.level is not None:
            path = ("rollback", where.level - 1, "set")
        elif where.step is not None:
            path = steps[where.step] if where.step < len(steps) else ("phases",)
            path = (*path, "set")
        return f"{file}:{source.place_of(path).line}"

    return place


def _step_paths(source: Source) -> list[Path]:
    """Return where each step stands, in the order in which the plan counts them; what is added before has no place."""
    document, findings = check_shape(source)
    if document is None:
        return []
    reader = PhaseReader(document, ChangeReader(document, findings), findings)
    phases = reader.phases()
    return [
        reader.paths.get((phase, step), ("phases",))
        for phase, found in enumerate(phases)
        for step in range(len(found.steps))
    ]
