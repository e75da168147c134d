"""The digest of a plan: the same for the same content, whatever the file's comments, order of keys and short forms."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import datetime, time, timedelta
from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from bot.domain.canonical import canonical
from bot.domain.percent import Percent
from bot.domain.plan import ChannelName, PlanFlag, SetFlag

if TYPE_CHECKING:
    from bot.domain.plan import Plan


def digest_of(plan: Plan) -> str:
    """Return SHA-256 (hex) over the canonical JSON (RFC 8785) of everything but the digest itself."""
    content = _plain(plan)
    del content["digest"]
    return sha256(canonical(content)).hexdigest()


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case Percent():
            return str(value)
        case timedelta():
            return int(value.total_seconds())
        case datetime() | time():
            return value.isoformat()
        case tuple():
            items = [_plain(item) for item in value]
            return sorted(items, key=canonical) if _comes_from_a_mapping(value) else items
        case _ if is_dataclass(value):
            return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        case _:
            return value


def _comes_from_a_mapping(items: tuple[Any, ...]) -> bool:
    """Say whether a file writes these items as a mapping, whose order means nothing."""
    return all(isinstance(item, PlanFlag | SetFlag | ChannelName | tuple) for item in items)
