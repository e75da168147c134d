"""Canonical JSON (RFC 8785): one sequence of bytes for one value, so that it can be hashed."""

from __future__ import annotations

import json

import rfc8785

LARGEST_INTEGER = 2**53 - 1
"""RFC 8785 knows JSON's numbers only as JavaScript does."""

_WRITE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False).encode


def canonical(value: object) -> bytes:
    """Return a JSON value as RFC 8785 writes it. Raises ValueError for what JSON cannot hold.

    Python's own encoder writes the same bytes, five times as fast, where there is nothing that the two write differently:
    no floats, no integers that are too large, and no names of which the order is in doubt.
    """
    if _is_plain(value):
        try:
            return _WRITE(value).encode()
        except UnicodeEncodeError:
            # Half a character: the library says so in its own words.
            pass
    return rfc8785.dumps(value)  # type: ignore[arg-type]  # What it does not take it refuses.


def _is_plain(value: object) -> bool:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return -LARGEST_INTEGER <= value <= LARGEST_INTEGER  # type: ignore[operator]  # It is an integer.
    if kind is dict:
        return all(type(name) is str and name.isascii() and _is_plain(it) for name, it in value.items())  # type: ignore[attr-defined]  # It is a dict.
    return kind is list and all(map(_is_plain, value))  # type: ignore[call-overload]  # It is a list.
