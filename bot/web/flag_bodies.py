"""What the flag API reads and writes: bodies checked strictly, flags in the document's shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from bot.domain.flag import DEFAULT_UNIT, KEY_PATTERN, FlagSetting
from bot.domain.flag_set import LONGEST_KEY
from bot.domain.percent import BadPercent, Percent

if TYPE_CHECKING:
    from bot.domain.flag import Flag, FlagState

LARGEST_EXACT = 2**53 - 1
"""JavaScript keeps whole numbers exactly up to here; longer identities are texts."""

_WORD = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


def _percent(value: object) -> Percent:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("percentage", "expected a number from 0 to 100, with at most three decimals")
    try:
        return Percent.of(value)
    except BadPercent as problem:
        raise PydanticCustomError("percentage", "{problem}", {"problem": str(problem)}) from None


def user_key(value: object) -> str:
    """Return a user's identity as it is kept: numbers as their digits. Raises a validation error."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_EXACT:
        return str(value)
    if isinstance(value, str) and 0 < len(value) <= LONGEST_KEY and value.isprintable() and not value.isspace():
        return value
    raise PydanticCustomError("user", "expected a whole number or a text that is an identity")


Percentage = Annotated[
    Percent, PlainValidator(_percent), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 100})
]
UserKey = Annotated[
    str,
    PlainValidator(user_key),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": LARGEST_EXACT},
                {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
            ]
        }
    ),
]
Word = Annotated[str, Field(pattern=_WORD)]


class Body(BaseModel):
    """A JSON object without anything that is not expected."""

    model_config = ConfigDict(extra="forbid", strict=True)


class FlagBody(Body):
    """A flag to be made, or to be made like this. What is left out stays as it is."""

    name: str = Field(pattern=f"^{KEY_PATTERN.pattern}$", description="The flag's key.")
    description: str | None = Field(None, max_length=2000, description="What it switches.")
    enabled: bool | None = Field(None, description="Whether anybody sees it.")
    rolloutPercentage: Percentage | None = Field(None, description="The share that sees it, to a thousandth.")  # noqa: N815  # The document's name.
    allowedTiers: list[Word] | None = Field(None, max_length=100, description="Only these; none means every tier.")  # noqa: N815
    allowedUserIds: list[UserKey] | None = Field(None, description="Who sees it whatever the percentage.")  # noqa: N815
    unit: Word = Field(DEFAULT_UNIT, description="What the percentage counts; kept from when the flag is made.")


class FlagPatch(Body):
    """A change of a flag. What is left out stays as it is."""

    description: str | None = Field(None, max_length=2000, description="What it switches.")
    enabled: bool | None = Field(None, description="Whether anybody sees it.")
    rolloutPercentage: Percentage | None = Field(None, description="The share that sees it, to a thousandth.")  # noqa: N815
    allowedTiers: list[Word] | None = Field(None, max_length=100, description="Only these; none means every tier.")  # noqa: N815
    allowedUserIds: list[UserKey] | None = Field(None, description="Who sees it whatever the percentage.")  # noqa: N815


class RolloutBody(Body):
    """Another percentage."""

    percentage: Percentage = Field(description="The share that sees the flag, from 0 to 100.")


class UserBody(Body):
    """Somebody who shall see the flag whatever its percentage."""

    userId: UserKey = Field(description="The identity, as a number or a text.")  # noqa: N815


def changed(held: FlagSetting, body: FlagBody | FlagPatch) -> FlagSetting:
    """Return a setting with what a body says of it; a percentage alone does not switch a flag on."""
    return FlagSetting(
        on=held.on if body.enabled is None else body.enabled,
        percent=held.percent if body.rolloutPercentage is None else body.rolloutPercentage,
        tiers=held.tiers if body.allowedTiers is None else tuple(dict.fromkeys(body.allowedTiers)),
        users=held.users if body.allowedUserIds is None else tuple(dict.fromkeys(body.allowedUserIds)),
    )


def flag_json(flag: Flag, environment: str, state: FlagState | None) -> dict[str, Any]:
    """Return a flag in the document's shape."""
    setting = state.setting if state is not None else FlagSetting()
    changed_at = (state.updated_at if state is not None else None) or flag.created_at
    return {
        "name": flag.key,
        "description": flag.description,
        **setting_json(setting),
        "environment": environment,
        "unit": flag.unit,
        "retired": flag.retired_at is not None,
        "createdAt": flag.created_at.isoformat() if flag.created_at is not None else None,
        "updatedAt": changed_at.isoformat() if changed_at is not None else None,
    }


def setting_json(setting: FlagSetting) -> dict[str, Any]:
    """Return what a flag holds in the document's shape."""
    return {
        "enabled": setting.on,
        "rolloutPercentage": percent_json(setting.percent),
        "allowedTiers": list(setting.tiers),
        "allowedUserIds": [user_json(user) for user in setting.users],
    }


def percent_json(percent: Percent) -> float:
    """Return a percentage as a number: 25, 12.5."""
    whole, rest = divmod(percent.milli, 1000)
    return whole if not rest else percent.milli / 1000


def user_json(user: str) -> str | int:
    """Return an identity as it was given: what reads as a whole number that JavaScript keeps exactly is one."""
    if user.isascii() and user.isdigit() and str(int(user)) == user and int(user) <= LARGEST_EXACT:
        return int(user)
    return user
