"""Flags: what they hold in an environment, how a change is applied, and who is in."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.bucket import HASH_VERSION, bucket_of
from bot.domain.percent import FULL, ZERO, Percent

if TYPE_CHECKING:
    from datetime import datetime

KEY_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""OpenFeature's Python provider does not encode keys in URLs, so a key must need no encoding."""

DEFAULT_UNIT = "user"


@dataclass(frozen=True, slots=True)
class FlagSetting:
    """What a flag holds in one environment. No tiers means every tier; users are in whatever the percentage."""

    on: bool = False
    percent: Percent = ZERO
    tiers: tuple[str, ...] = ()
    users: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return it as people read it: `25% of pro and enterprise, and 3 named users`."""
        if not self.on:
            return "off"
        words = [str(self.percent)]
        if self.tiers:
            words.append(f"of {' and '.join(self.tiers)}")
        if self.users:
            words.append(f"and {len(self.users)} named {'user' if len(self.users) == 1 else 'users'}")
        return " ".join(words)


OFF = FlagSetting()


@dataclass(frozen=True, slots=True)
class FlagChange:
    """What a person or a plan's step changes; `None` leaves a part as it is."""

    on: bool | None = None
    percent: Percent | None = None
    tiers: tuple[str, ...] | None = None
    users: tuple[str, ...] | None = None

    def applied_to(self, setting: FlagSetting) -> FlagSetting:
        """Return the setting after this change; a percentage above zero switches the flag on unless told otherwise."""
        on = self.on
        if on is None:
            on = setting.on or (self.percent is not None and self.percent > ZERO)
        return FlagSetting(
            on=on,
            percent=setting.percent if self.percent is None else self.percent,
            tiers=setting.tiers if self.tiers is None else self.tiers,
            users=setting.users if self.users is None else self.users,
        )


SWITCH_ON = FlagChange(on=True, percent=FULL)
SWITCH_OFF = FlagChange(on=False)


@dataclass(frozen=True, slots=True)
class Flag:
    """A named switch, the same in every environment; what it holds there is a `FlagState`.

    `unit` names what a percentage counts. `salt` never changes with the percentage, so cohorts are nested.
    """

    key: str
    salt: str
    unit: str = DEFAULT_UNIT
    description: str = ""
    owner: str = ""
    created_at: datetime | None = None
    retired_at: datetime | None = None
    hash_version: int = HASH_VERSION


@dataclass(frozen=True, slots=True)
class FlagState:
    """A flag's setting in one environment; `version` grows by one with each change."""

    flag: str
    environment: str
    setting: FlagSetting
    version: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class FlagTarget:
    """A setting wanted for, or seen at, one flag in one environment."""

    flag: str
    environment: str
    setting: FlagSetting


class Why(StrEnum):
    """Why an evaluation came out as it did, in the order in which the rules are asked."""

    RETIRED = "retired"
    OFF = "off"
    NAMED = "named"
    TIER = "tier"
    BUCKET_IN = "bucket_in"
    BUCKET_OUT = "bucket_out"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Whether a unit sees the flag, and why; `bucket` is given where the percentage decided."""

    on: bool
    why: Why
    bucket: int | None = None


def evaluate(flag: Flag, setting: FlagSetting, key: str, tier: str | None = None) -> Evaluation:
    """Decide whether the unit `key` sees the flag: retired, off, named, tier, then the bucket."""
    if flag.retired_at is not None:
        return Evaluation(on=False, why=Why.RETIRED)
    if not setting.on:
        return Evaluation(on=False, why=Why.OFF)
    if key in setting.users:
        return Evaluation(on=True, why=Why.NAMED)
    if setting.tiers and tier not in setting.tiers:
        return Evaluation(on=False, why=Why.TIER)
    bucket = bucket_of(flag.salt, key)
    inside = bucket < setting.percent.milli
    return Evaluation(on=inside, why=Why.BUCKET_IN if inside else Why.BUCKET_OUT, bucket=bucket)


def goes_up(before: FlagSetting, after: FlagSetting) -> bool:
    """Say whether anybody could see the flag after a change who could not before it."""
    if not after.on:
        return False
    if not before.on:
        return True
    return (
        after.percent > before.percent
        or not set(after.users) <= set(before.users)
        or _reaches_more_tiers(before.tiers, after.tiers)
    )


def _reaches_more_tiers(before: tuple[str, ...], after: tuple[str, ...]) -> bool:
    if not before:
        return False
    return not after or not set(after) <= set(before)


def no_higher(asked: FlagSetting, held: FlagSetting) -> FlagSetting:
    """Return as much of the asked setting as lets in nobody whom the held one keeps out."""
    if not goes_up(held, asked):
        return asked
    if not held.on:
        return held
    tiers = tuple(tier for tier in asked.tiers if tier in held.tiers) if asked.tiers and held.tiers else ()
    apart = bool(asked.tiers and held.tiers and not tiers)
    return FlagSetting(
        on=True,
        percent=ZERO if apart else min(asked.percent, held.percent),
        tiers=held.tiers if apart else tiers or asked.tiers or held.tiers,
        users=tuple(user for user in asked.users if user in held.users),
    )


def with_percent(setting: FlagSetting, percent: Percent) -> FlagSetting:
    """Return the setting with another percentage and everything else kept."""
    return replace(setting, percent=percent)
