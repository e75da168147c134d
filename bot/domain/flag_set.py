"""Every flag of one environment at one moment, and what an application that asks is told."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.domain.errors import NotFound
from bot.domain.flag import DEFAULT_UNIT, OFF, Evaluation, Flag, FlagSetting, FlagState, evaluate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

TARGETING_KEY = "targetingKey"
"""What OpenFeature calls the attribute that says for whom a flag is asked."""

TIER = "tier"
NOWHERE: Mapping[str, str] = MappingProxyType({})
LONGEST_KEY = 500
"""Longer identities are a mistake, and would be hashed for each flag."""


class LacksUnit(ValueError):
    """The context does not say for which unit the flag is asked, or not in a form that can be hashed."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A flag with what it holds in one environment; `version` is 0 where it was never set there."""

    flag: Flag
    setting: FlagSetting = OFF
    version: int = 0
    updated_at: datetime | None = None

    def ask(self, context: Mapping[str, object]) -> Evaluation:
        """Decide for a context. Raises LacksUnit; never for a flag that is off for everybody anyway."""
        if self.flag.retired_at is not None or not self.setting.on:
            return evaluate(self.flag, self.setting, "")
        tier = context.get(TIER)
        return evaluate(self.flag, self.setting, unit_of(self.flag, context), tier if isinstance(tier, str) else None)


@dataclass(frozen=True)
class FlagSet:
    """The flags of one environment by their keys; `elsewhere` names the systems that hold the others."""

    environment: str
    flags: Mapping[str, Kept] = field(default_factory=dict)
    changed_at: datetime | None = None
    elsewhere: Mapping[str, str] = field(default_factory=dict)

    def get(self, key: str) -> Kept:
        """Return a flag. Raises NotFound, which says where one lives that is not here."""
        kept = self.flags.get(key)
        if kept is None:
            provider = self.elsewhere.get(key)
            where = (
                f"“{key[:100]}” is held in {provider}: ask there." if provider else f"There is no flag “{key[:100]}”."
            )
            raise NotFound(where)
        return kept

    @cached_property
    def etag(self) -> str:
        """Return a text that changes with whatever changes any answer, and with nothing else; made when first asked for."""
        return _etag(self.environment, self.flags)


def attribute_of(unit: str) -> str:
    """Return the attribute of a context that holds a flag's unit: a user is the targeting key, others have their name."""
    return TARGETING_KEY if unit == DEFAULT_UNIT else unit


def unit_of(flag: Flag, context: Mapping[str, object]) -> str:
    """Return the key of the unit that a flag counts. Raises LacksUnit.

    A flag that counts servers is not hashed by the user who happens to ask: half of a server would be in.
    """
    name = attribute_of(flag.unit)
    key = context.get(name)
    if isinstance(key, int) and not isinstance(key, bool):
        key = str(key)
    if not isinstance(key, str) or not key:
        raise LacksUnit(f"“{flag.key}” counts {flag.unit}s, and the context has no text or whole number “{name}”.")
    if len(key) > LONGEST_KEY:
        raise LacksUnit(f"The context's “{name}” is longer than {LONGEST_KEY} characters.")
    return key


def flag_set(
    environment: str, flags: Iterable[Flag], states: Iterable[FlagState], elsewhere: Mapping[str, str] = NOWHERE
) -> FlagSet:
    """Put together what every flag holds in an environment, but those that other systems hold there, by their names."""
    held = {state.flag: state for state in states if state.environment == environment}
    kept = {flag.key: _kept(flag, held.get(flag.key)) for flag in flags if flag.key not in elsewhere}
    moments = [it.updated_at for it in kept.values() if it.updated_at is not None]
    moments += [it.flag.retired_at for it in kept.values() if it.flag.retired_at is not None]
    return FlagSet(environment, kept, max(moments, default=None), elsewhere)


def renewed(known: FlagSet, states: Iterable[FlagState]) -> FlagSet:
    """Return a set in which some of its flags hold something newer."""
    newer = [it for it in states if it.environment == known.environment and it.flag in known.flags]
    if not newer:
        return known
    kept = {it.flag: _kept(known.flags[it.flag].flag, it) for it in newer}
    moments = [*filter(None, (known.changed_at,)), *(it.updated_at for it in newer)]
    return FlagSet(known.environment, {**known.flags, **kept}, max(moments), known.elsewhere)


def _kept(flag: Flag, state: FlagState | None) -> Kept:
    return Kept(flag) if state is None else Kept(flag, state.setting, state.version, state.updated_at)


def _etag(environment: str, kept: Mapping[str, Kept]) -> str:
    """Return the same text for the same flags, whichever process asks and however often it was started."""
    facts = [
        [
            key,
            it.flag.salt,
            it.flag.unit,
            it.flag.retired_at is None,
            it.setting.on,
            it.setting.percent.milli,
            it.setting.tiers,
            it.setting.users,
            it.version,
        ]
        for key, it in kept.items()
    ]
    return hashlib.sha256(json.dumps([environment, facts]).encode()).hexdigest()[:20]
