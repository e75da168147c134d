"""Whoever is in stays in: buckets are those of the published hash, nested, stable and evenly filled."""

from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.bucket import BUCKETS, bucket_of, is_in

EVERY_32_BITS = 0xFFFFFFFF
MANY = 100_000
FIVE_SIGMA = 5

salts = st.text(max_size=20)
keys = st.text(max_size=60)
shares = st.integers(min_value=0, max_value=BUCKETS)

EXPECTED = [
    ("checkout", "u1", 121983220, 2840),
    ("checkout", "u2", 18141968, 422),
    ("checkout", "user-42", 2382546941, 55472),
    ("checkout", "", 147932472, 3444),
    ("", "u1", 3609616676, 84042),
    ("", "", 723937430, 16855),
    ("new_verification_flow", "123456789012345678", 480598616, 11189),
    ("alaska_pay", "org_01HZX", 731029987, 17020),
    ("checkout", "Ünal", 2953625653, 68769),
    ("checkout", "名前", 4122533054, 95985),
    ("checkout", "🚀", 3675753872, 85582),
    ("flag:with:colons", "a:b", 807881654, 18809),
    ("checkout", "x" * 1_000, 434452854, 10115),
]
"""Salt, key, the 32-bit hash and the bucket; computed by the algorithm as it was published, below."""


def rotated(word: int, bits: int) -> int:
    return ((word << bits) | (word >> (32 - bits))) & EVERY_32_BITS


def scrambled(word: int) -> int:
    return rotated((word * 0xCC9E2D51) & EVERY_32_BITS, 15) * 0x1B873593 & EVERY_32_BITS


def murmur3_x86_32(data: bytes, seed: int = 0) -> int:
    """Hash as MurmurHash3 is published: four bytes at a time, then the one to three left, then the final mix."""
    state = seed
    whole = len(data) - len(data) % 4
    for start in range(0, whole, 4):
        state ^= scrambled(int.from_bytes(data[start : start + 4], "little"))
        state = (rotated(state, 13) * 5 + 0xE6546B64) & EVERY_32_BITS
    state ^= scrambled(int.from_bytes(data[whole:], "little"))
    state ^= len(data)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        state = ((state ^ (state >> shift)) * factor) & EVERY_32_BITS
    return state ^ (state >> 16)


@pytest.mark.parametrize(
    ("data", "seed", "digest"),
    [
        (b"", 0, 0),
        (b"", 1, 0x514E28B7),
        (b"", 0xFFFFFFFF, 0x81F16F39),
        (b"\xff\xff\xff\xff", 0, 0x76293B50),
        (b"!Ce\x87", 0, 0xF55B516B),
        (b"!Ce", 0, 0x7E4A8634),
        (b"!C", 0, 0xA0F7B07A),
        (b"!", 0, 0x72661CF4),
        (b"\0\0\0\0", 0, 0x2362F9DE),
        (b"Hello, world!", 0x9747B28C, 0x24884CBA),
    ],
)
def test_the_hash_of_these_tests_gives_the_known_values_of_murmur3(data: bytes, seed: int, digest: int) -> None:
    assert murmur3_x86_32(data, seed) == digest


@pytest.mark.parametrize(("salt", "key", "digest", "bucket"), EXPECTED)
def test_a_bucket_is_the_one_that_was_computed_apart_from_the_code(
    salt: str, key: str, digest: int, bucket: int
) -> None:
    assert murmur3_x86_32(f"{salt}:{key}".encode()) == digest
    assert digest * BUCKETS // 2**32 == bucket
    assert bucket_of(salt, key) == bucket


@given(salts, keys)
def test_any_bucket_is_the_hash_scaled_to_a_hundred_thousand(salt: str, key: str) -> None:
    assert bucket_of(salt, key) == murmur3_x86_32(f"{salt}:{key}".encode()) * BUCKETS // 2**32


def test_half_of_a_surrogate_pair_has_a_bucket_too() -> None:
    assert 0 <= bucket_of("checkout", "\udcff") < BUCKETS
    assert 0 <= bucket_of("\ud83d", "u1") < BUCKETS


@given(salts, keys, shares, shares)
def test_whoever_is_in_at_a_share_is_in_at_every_greater_one(salt: str, key: str, one: int, other: int) -> None:
    smaller, greater = sorted((one, other))
    assert is_in(salt, key, greater) or not is_in(salt, key, smaller)


@given(salts, keys)
def test_nobody_is_in_at_nothing_and_everybody_at_everything(salt: str, key: str) -> None:
    assert not is_in(salt, key, 0)
    assert is_in(salt, key, BUCKETS)


@given(salts, keys)
def test_a_unit_comes_in_exactly_when_the_share_passes_its_bucket(salt: str, key: str) -> None:
    bucket = bucket_of(salt, key)
    assert not is_in(salt, key, bucket)
    assert is_in(salt, key, bucket + 1)


@pytest.mark.parametrize("milli", [100, 1_000, 5_000, 10_000, 25_000, 50_000, 75_000, 99_000])
def test_the_share_that_is_in_is_the_percentage_as_near_as_chance_allows(milli: int) -> None:
    inside = sum(is_in("checkout", f"user-{number}", milli) for number in range(MANY))
    share = milli / BUCKETS
    assert abs(inside - MANY * share) <= FIVE_SIGMA * sqrt(MANY * share * (1 - share))


def test_the_buckets_are_filled_evenly() -> None:
    tenths = [0] * 10
    for number in range(MANY):
        tenths[bucket_of("checkout", f"user-{number}") * 10 // BUCKETS] += 1
    assert all(abs(count - MANY / 10) <= FIVE_SIGMA * sqrt(MANY * 0.1 * 0.9) for count in tenths)


@pytest.mark.parametrize("milli", [10_000, 50_000])
def test_who_is_in_for_one_flag_says_nothing_about_another(milli: int) -> None:
    both = sum(
        is_in("checkout", f"user-{number}", milli) and is_in("alaska_pay", f"user-{number}", milli)
        for number in range(MANY)
    )
    share = (milli / BUCKETS) ** 2
    assert abs(both - MANY * share) <= FIVE_SIGMA * sqrt(MANY * share * (1 - share))
