"""Keeping secrets out of sentences: what the other side says is shown only where it gives nothing away."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import quote_plus, unquote

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_SHOWN = 200
"""In characters."""

_LONGEST_READ = 2_000
"""What stands behind is not shown anyway."""

_TELLING = 5
"""So many characters of a secret in a row are enough to give it away, also where the other side repeats only a part."""


class Redaction:
    """Knows the secrets of one question and lets through only text that holds none of them, not even a part."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._pieces = frozenset(
            piece for secret in secrets if secret for form in _forms(secret) for piece in _pieces(form.casefold())
        )

    def tells(self, text: str) -> bool:
        """Say whether a text holds a telling part of a secret, in whatever way it is written there."""
        forms = (text.casefold(), unquote(text).casefold())
        return any(piece in form for piece in self._pieces for form in forms)

    def shown(self, text: str, limit: int = LONGEST_SHOWN) -> str:
        """Return a text as one printable line, cut to `limit`; nothing where it holds a secret."""
        text = text[:_LONGEST_READ]
        line = "".join(character if character.isprintable() else " " for character in text)
        line = " ".join(line.split())
        if self.tells(text) or self.tells(line):
            return ""
        return line if len(line) <= limit else line[: limit - 1] + "…"


def _forms(secret: str) -> tuple[str, ...]:
    """Return how a secret may be written: as it is, in an address, in Basic authentication."""
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return (secret, quote_plus(secret), encoded)


def _pieces(form: str) -> Iterable[str]:
    if len(form) <= _TELLING:
        return (form,)
    return (form[start : start + _TELLING] for start in range(len(form) - _TELLING + 1))
