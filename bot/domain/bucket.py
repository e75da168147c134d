"""The stable bucket of a unit: who is in at 10 % is in at 25 %."""

from __future__ import annotations

import mmh3

BUCKETS = 100_000
HASH_VERSION = 1
"""Stored with every flag, so that a later formula does not move anybody who is already in."""


def bucket_of(salt: str, key: str) -> int:
    """Return the bucket (0 to 99,999) of a unit's key under a flag's salt.

    The formula is flagd's second one with weights that sum to 100,000: the 32-bit hash scaled by multiplication, so
    no bucket is favoured as it would be by a remainder.
    """
    # As bytes, because mmh3 kills the process on text that has no UTF-8 form, such as half of a surrogate pair.
    text = f"{salt}:{key}".encode(errors="surrogatepass")
    return (mmh3.hash(text, 0, signed=False) * BUCKETS) >> 32


def is_in(salt: str, key: str, milli_percent: int) -> bool:
    """Say whether a unit is within the first `milli_percent` thousandths of a percent."""
    return bucket_of(salt, key) < milli_percent
