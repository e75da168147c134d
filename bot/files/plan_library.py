"""The folder of plan files: which plans there are, and each of them read once for as long as its file stays the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.domain.errors import NotFound
from bot.domain.nearest import meant
from bot.domain.quotation import quoted

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.plan import Plan
    from bot.domain.provider_fit import PlaceOf, Where

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SUFFIX = ".yaml"


class PlanDirectory:
    """The plans of one folder by name: `checkout-redesign` is `checkout-redesign.yaml`.

    The reader of plan files is imported with the first plan: whoever needs none starts more quickly.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: dict[str, tuple[tuple[int, int], Plan]] = {}

    def names(self) -> tuple[str, ...]:
        """Return the names of all plans in order; none where there is no such folder."""
        files = self.path.glob(f"*{_SUFFIX}")
        return tuple(sorted(file.stem for file in files if _NAME.fullmatch(file.stem)))

    def load(self, name: str) -> Plan:
        """Return the plan of that name. Raises `NotFound`, and `BadPlan` where its file has problems."""
        if not _NAME.fullmatch(name):
            raise self._not_found(name)
        file = self.path / f"{name}{_SUFFIX}"
        try:
            status = file.stat()
            state = (status.st_mtime_ns, status.st_size)
            read = self._read.get(name)
            if read is None or read[0] != state:
                read = (state, _load(file))
                self._read[name] = read
        except OSError:
            self._read.pop(name, None)
            raise self._not_found(name) from None
        return read[1]

    def places(self, name: str) -> PlaceOf:
        """Return what tells where a part of a plan stands in its file, which is read when the first place is asked."""
        file = self.path / f"{name}{_SUFFIX}"
        read: list[PlaceOf] = []

        def place(where: Where) -> str:
            if not read:
                from bot.files.plan_places import places_in

                read.append(places_in(file))
            return read[0](where)

        return place

    def _not_found(self, name: str) -> NotFound:
        names = self.names()
        hint = meant(name, names) if names else f"There is no plan in {self.path}."
        return NotFound(f"There is no plan named {quoted(name)}.", hint)


def _load(file: Path) -> Plan:
    from bot.files.plan_file import load_plan

    return load_plan(file)
