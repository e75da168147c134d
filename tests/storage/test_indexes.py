"""What the loop asks with every tick is found by index, however much is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine

from bot.ports import Transaction
from bot.storage.documents import PlanCache
from bot.storage.tables import metadata
from bot.storage.transaction import SqlTransaction
from tests.storage.examples import NOW, card

Work = Callable[[Transaction], object]


@pytest.fixture
def connection() -> Iterator[Connection]:
    """Return a connection to an empty database with all tables."""
    engine = create_engine("sqlite://")
    with engine.begin() as opened:
        metadata.create_all(opened)
        yield opened
    engine.dispose()


def plan_of(connection: Connection, work: Work) -> list[str]:
    """Return how SQLite finds what `work` asks for, without the rows that it makes up itself."""
    asked: list[str] = []
    driver: Any = connection.connection.driver_connection
    driver.set_trace_callback(asked.append)
    work(SqlTransaction(connection, PlanCache()))
    driver.set_trace_callback(None)
    return [
        row.detail
        for statement in asked
        for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")
        if "CONSTANT ROW" not in row.detail
    ]


@pytest.mark.parametrize(
    ("work", "index"),
    [
        (lambda tx: tx.rollouts.due(NOW, 10), "ix_rollouts_due (due_at<?)"),
        (lambda tx: tx.rollouts.next_due(), "ix_rollouts_due (due_at>?)"),
        (lambda tx: tx.rollouts.active(), "ix_rollouts_active"),
        (lambda tx: tx.rollouts.active_in("local", "releases"), "(platform=? AND channel=?)"),
        (lambda tx: tx.rollouts.get(1), "INTEGER PRIMARY KEY (rowid=?)"),
        (lambda tx: tx.outbox.due(NOW, 10), "ix_outbox_wake (wake_at<?)"),
        (lambda tx: tx.outbox.next_due(), "ix_outbox_wake (wake_at>?)"),
        (lambda tx: tx.requests.seen("request-1"), "(request_id=?)"),
        (lambda tx: tx.posts.since("releases", 5), "ix_posts_channel_revision (channel=? AND revision>?)"),
        (lambda tx: tx.audit.search(subject="checkout"), "ix_audit_subject (subject=?)"),
        (lambda tx: tx.pages.due(NOW, 10), "ix_pages_due (due_at<?)"),
        (lambda tx: tx.pages.next_due(), "ix_pages_due (due_at>?)"),
        (lambda tx: tx.pages.with_key("rollout:1"), "ix_pages_unresolved (key=?)"),
        (lambda tx: tx.pages.critical(), "ix_pages_critical"),
    ],
)
def test_it_is_found_by_index(connection: Connection, work: Work, index: str) -> None:
    plan = plan_of(connection, work)
    assert index in plan[0]
    assert not any("TEMP B-TREE" in detail or detail.startswith("SCAN outbox") for detail in plan)


def test_a_channels_few_subjects_are_found_by_index_and_then_sorted(connection: Connection) -> None:
    plan = plan_of(connection, lambda tx: tx.bindings.subjects("local", "releases", "rollout"))
    assert "(platform=? AND channel=? AND kind=?)" in plan[0]
    assert plan[1:] == ["USE TEMP B-TREE FOR ORDER BY"]


@pytest.mark.parametrize(
    "work", [lambda tx: tx.outbox.due(NOW, 10), lambda tx: tx.outbox.next_due()], ids=["due", "next_due"]
)
def test_what_stands_before_a_message_is_found_by_index(connection: Connection, work: Work) -> None:
    assert any("ix_outbox_unsent (platform=? AND channel=? AND id<?)" in detail for detail in plan_of(connection, work))


def test_a_card_that_waits_already_is_found_by_index(connection: Connection) -> None:
    plan = plan_of(connection, lambda tx: tx.outbox.add(card("a")))
    assert any("ix_outbox_cards (subject=? AND platform=? AND channel=?)" in detail for detail in plan)
    assert not any(detail.startswith("SCAN") for detail in plan)


@pytest.mark.parametrize(
    ("work", "index"),
    [
        (lambda tx: tx.rollouts.newest_active(3), "ix_rollouts_active"),
        (lambda tx: tx.requests.prune(NOW, 10), "ix_requests_at (at<?)"),
        (lambda tx: tx.outbox.prune(NOW, 10), "ix_outbox_over (created_at<?)"),
    ],
)
def test_what_is_old_or_new_is_found_by_index(connection: Connection, work: Work, index: str) -> None:
    plan = plan_of(connection, work)
    assert any(index in detail for detail in plan)
    assert not any("TEMP B-TREE" in detail or detail.startswith(("SCAN outbox", "SCAN requests")) for detail in plan)


def test_the_next_entry_of_the_log_needs_no_search(connection: Connection) -> None:
    assert plan_of(connection, lambda tx: tx.audit.head()) == ["SCAN audit"]
