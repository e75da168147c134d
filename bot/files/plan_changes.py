"""What the `set` of a step or a rollback level does to each flag, with presets, groups and short forms written out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.flag import FlagChange
from bot.domain.plan import SetFlag
from bot.files.findings import did_you_mean
from bot.files.plan_stages import CHANGE_KEYS
from bot.files.short_forms import ONLY_FLAG

if TYPE_CHECKING:
    from bot.files.findings import Findings
    from bot.files.plan_document import PlanDocument
    from bot.files.plan_stages import ChangeDoc, StageDoc
    from bot.files.source import Path

ALL_TIERS = "all"
NO_CHANGE = FlagChange()


class ChangeReader:
    """Reads changes with the flags, presets and groups of one plan at hand."""

    def __init__(self, document: PlanDocument, findings: Findings) -> None:
        self.flags = tuple(document.flags)
        self.findings = findings
        self.groups = {name: tuple(users) for name, users in document.groups.items()}
        self.presets: dict[str, FlagChange] = {}
        # One after the other, so that a preset can build on those above it and no circle can come about.
        for name, preset in document.presets.items():
            self.presets[name] = self.change(preset, ("presets", name))

    def sets_of(self, stage: StageDoc, path: Path) -> tuple[SetFlag, ...]:
        """Read a step's `set`, with the `tiers` and `users` that stand beside it."""
        sets = self.sets(stage.set, (*path, "set"))
        for key, words in (("tiers", stage.tiers), ("users", stage.users)):
            if words is None:
                continue
            if len(sets) != 1 or getattr(sets[0].change, key) is not None:
                self.findings.add(
                    (*path, key), f"`{key}` here", f"`{key}` inside `set`, beside the flag it is for", key=True
                )
                continue
            own = sets[0].change
            changed = (
                replace(own, tiers=self._tiers(words)) if key == "tiers" else replace(own, users=self._users(words))
            )
            sets = (SetFlag(sets[0].flag, changed),)
        return sets

    def sets(self, changes: dict[str, ChangeDoc] | None, path: Path) -> tuple[SetFlag, ...]:
        """Read a `set`; a change without a flag's name means the plan's only flag."""
        read = []
        for name, change in (changes or {}).items():
            where = path if name == ONLY_FLAG else (*path, name)
            flag = self._flag(name, where)
            made = self.change(change, where)
            if flag is not None:
                read.append(SetFlag(flag, made))
        return tuple(read)

    def change(self, change: ChangeDoc, path: Path) -> FlagChange:
        """Read one change, on top of its preset if it names one."""
        if all(getattr(change, key) is None for key in CHANGE_KEYS):
            self.findings.add(path, "an empty mapping", "what changes: on, percent, tiers or users")
        base = NO_CHANGE
        if change.preset is not None:
            base = self._preset(change.preset, path)
        return FlagChange(
            on=base.on if change.on is None else change.on,
            percent=base.percent if change.percent is None else change.percent,
            tiers=base.tiers if change.tiers is None else self._tiers(change.tiers),
            users=base.users if change.users is None else self._users(change.users),
        )

    def _preset(self, name: str, path: Path) -> FlagChange:
        if name not in self.presets:
            hint = did_you_mean(name, (*self.presets, "on", "off"))
            self.findings.add((*path, "preset"), f'"{name}"', "a percentage, on, off or a preset of this plan", hint)
        return self.presets.get(name, NO_CHANGE)

    def _tiers(self, words: list[str]) -> tuple[str, ...]:
        return () if ALL_TIERS in words else tuple(dict.fromkeys(words))

    def _users(self, words: list[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(user for word in words for user in self.groups.get(word, (word,))))

    def _flag(self, name: str, path: Path) -> str | None:
        if name in self.flags:
            return name
        if name != ONLY_FLAG:
            known = self.flags if len(self.flags) > 1 else (*self.flags, *CHANGE_KEYS)
            self.findings.add(
                path, f"`{name}`", "a flag that stands under `flags`", did_you_mean(name, known), key=True
            )
            return None
        if len(self.flags) == 1:
            return self.flags[0]
        hint = f"Write `set: {{{self.flags[0]}: …}}`." if self.flags else "Name the flag under `flags`."
        many = f"there are {len(self.flags)}" if self.flags else "there is none"
        self.findings.add(path, "a change without the name of a flag", f"the flag that is meant: {many}", hint)
        return None
