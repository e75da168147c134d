"""Which texts are one question to a database."""

from __future__ import annotations

import pytest

from bot.domain.errors import Refused
from bot.metric_sources.sql_statement import check_statement


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1",
        "select 1;",
        "  -- how many\n SELECT count(*) FROM orders ;; ",
        "/* a; b */ WITH x AS (SELECT 1) SELECT * FROM x",
        "SELECT ';' || \"a;b\" || `c;d` FROM t",
        "SELECT 'it''s; fine'",
        "SELECT $$a; b$$, $q$ ; $q$",
        "SELECT replace(name, 'DELETE FROM', '') FROM t WHERE action = 'INSERT INTO'",
        'SELECT updated_at, "update" FROM t',
    ],
)
def test_one_select_is_fine(text: str) -> None:
    check_statement(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty"),
        (" -- nothing\n;", "empty"),
        ("DELETE FROM orders", "with “DELETE”"),
        ("-- SELECT\nDROP TABLE orders", "with “DROP”"),
        ("PRAGMA writable_schema = 1", "with “PRAGMA”"),
        ("ATTACH 'x.db' AS x", "with “ATTACH”"),
        ("EXPLAIN ANALYZE DELETE FROM orders", "with “EXPLAIN”"),
        ("COPY orders TO PROGRAM 'sh'", "with “COPY”"),
        ("SET default_transaction_read_only = off", "with “SET”"),
        ("COMMIT", "with “COMMIT”"),
        ("SELECT 1; DELETE FROM orders", "more than one statement"),
        ("SELECT 1; SELECT 2", "more than one statement"),
        ("SELECT 'a';--\nSELECT 2", "more than one statement"),
        ("WITH gone AS (DELETE FROM orders RETURNING 1) SELECT count(*) FROM gone", "would write (DELETE FROM)"),
        ("WITH x AS (SELECT 1) INSERT INTO orders SELECT * FROM x", "would write (INSERT INTO)"),
        ("WITH x AS (SELECT 1) UPDATE orders SET paid = 1", "would write (UPDATE)"),
        ("WITH x AS (SELECT 1) REPLACE INTO orders SELECT * FROM x", "would write (REPLACE INTO)"),
        ("WITH x AS (SELECT 1) MERGE INTO orders USING x ON true", "would write (MERGE INTO)"),
    ],
)
def test_everything_else_is_refused_with_a_reason(text: str, told: str) -> None:
    with pytest.raises(Refused) as refusal:
        check_statement(text)
    assert told in refusal.value.sentence
    assert refusal.value.hints
