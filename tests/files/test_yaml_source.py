"""YAML as people mean it, with the place of every value, and refusals with a place."""

from __future__ import annotations

import pytest

from bot.files.source import Place
from bot.files.yaml_source import MOST_BYTES, BadYaml, read_yaml


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("on", "on"),
        ("off", "off"),
        ("no", "no"),
        ("yes", "yes"),
        ("12:30", "12:30"),
        ("2026-12-24", "2026-12-24"),
        ("1_000", "1_000"),
        ("0777", 777),
        ("0o17", 15),
        ("0x1F", 31),
        ("-3", -3),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".inf", float("inf")),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ('"true"', "true"),
        ("'1'", "1"),
        ('""', ""),
        ("25%", "25%"),
        ("<<", "<<"),
    ],
)
def test_scalars_are_those_of_yaml_1_2(written: str, value: object) -> None:
    read = read_yaml(f"key: {written}\n", "x.yaml").value
    assert read == {"key": value}
    assert isinstance(read, dict)
    assert type(read["key"]) is type(value)


def test_every_value_and_every_key_has_its_place() -> None:
    source = read_yaml("a:\n  - b: 1\n  - {c: [x, yy]}\n", "x.yaml")
    assert source.place_of(("a", 0, "b")) == Place(2, 8)
    assert source.place_of(("a", 1, "c", 1)) == Place(3, 13)
    assert source.place_of(("a", 1, "c"), key=True) == Place(3, 6)
    assert source.place_of(("a", 1, "missing")) == Place(3, 5)
    assert source.place_within(("a", 1, "c", 1), "yy", 1) == Place(3, 14)


def test_a_place_within_quoted_text_counts_the_quote() -> None:
    source = read_yaml('a: "one two"\n', "x.yaml")
    assert source.place_within(("a",), "one two", 4) == Place(1, 9)


@pytest.mark.parametrize(
    ("text", "place", "found"),
    [
        ("a: 1\nb: 2\na: 3\n", (3, 1), "`a` again"),
        ("a: &x 1\n", (1, 4), "the anchor `&x`"),
        ("a: *x\n", (1, 4), "the alias `*x`"),
        ("*x : 1\n", (1, 1), "the alias `*x`"),
        ("a: !!str 1\n", (1, 4), "the tag `tag:yaml.org,2002:str`"),
        ("a: !env HOME\n", (1, 4), "the tag `!env`"),
        ("!x a: 1\n", (1, 1), "the tag `!x`"),
        ("a: 1\n---\nb: 2\n", (2, 1), "a second document"),
        ("%YAML 1.1\n---\na: 1\n", (1, 1), "a directive"),
        ("1: a\n", (1, 1), "the key 1"),
        ("true: a\n", (1, 1), "the key true"),
        ("~: a\n", (1, 1), "the key ~"),
        ("[a]: b\n", (1, 1), "a list or mapping as a key"),
        ("a:\n\t- b\n", (2, 1), "a tab"),
        ("a: b\tc\n", (1, 5), "a tab"),
        ("a: b\x00\n", (1, 5), "the character U+0000"),
        ("a: b\x85c\n", (1, 5), "the character U+0085"),
        ("a: " + "[" * 30, (1, 23), "a list or mapping 21 levels deep"),
        ("a: " + "9" * 50, (1, 4), "a number of 50 characters"),
        ("a: b: c\n", (1, 5), "YAML that cannot be read"),
        ('a: "b\n', (2, 1), "YAML that cannot be read"),
        ("a: [b\n", (2, 1), "YAML that cannot be read"),
        ("a: 1\n b: 2\n", (2, 3), "YAML that cannot be read"),
    ],
)
def test_what_hides_or_changes_meaning_is_refused_with_its_place(text: str, place: tuple[int, int], found: str) -> None:
    with pytest.raises(BadYaml) as refusal:
        read_yaml(text, "x.yaml")
    problem = refusal.value.problems[0]
    assert problem.found.startswith(found)
    assert (problem.line, problem.column) == place


def test_bytes_that_are_no_utf_8_are_refused_with_their_place() -> None:
    with pytest.raises(BadYaml) as refusal:
        read_yaml(b"a: b\nc: \xff\xfe", "x.yaml")
    assert str(refusal.value) == "x.yaml:2:4: found the byte 0xff, expected text in UTF-8"


def test_a_file_that_is_too_large_is_not_read() -> None:
    with pytest.raises(BadYaml, match="262,145 bytes"):
        read_yaml(b"#" * (MOST_BYTES + 1), "x.yaml")
    assert read_yaml("#" * MOST_BYTES, "x.yaml").value is None


def test_every_refusal_of_a_file_is_told_at_once() -> None:
    with pytest.raises(BadYaml) as refusal:
        read_yaml("a: &x 1\nb: *x\nb: 2\n3: 4\n", "x.yaml")
    assert [problem.line for problem in refusal.value.problems] == [1, 2, 3, 4]


def test_a_byte_order_mark_is_no_part_of_the_file() -> None:
    assert read_yaml(b"\xef\xbb\xbfa: 1\n", "x.yaml").value == {"a": 1}
