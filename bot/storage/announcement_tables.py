"""The tables of what is told: announcements, who asked to hear, reported problems, and what is left to do afterwards."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text

from bot.storage.columns import Moment
from bot.storage.tables import metadata


def _partial(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where))


# What was known of each rollout when it was looked at last, and when it must be looked at again.
announcing = Table(
    "announcing",
    metadata,
    Column("rollout", ForeignKey("rollouts.id"), primary_key=True, autoincrement=False),
    Column("wake_at", Moment),
    Column("mark", String(200), nullable=False),
    Column("seen", Text),
    _partial("ix_announcing_wake", "wake_at", where="wake_at IS NOT NULL"),
)

announcements = Table(
    "announcements",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("subject", String(200), nullable=False),
    Column("plan", String(100), nullable=False),
    Column("when", Text, nullable=False),
    Column("to", Text, nullable=False),
    Column("say", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("occasion", String(40)),
    Column("step", Integer),
    Column("by", Text, nullable=False),
    Column("hold", Boolean, nullable=False),
    Column("subscribers", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("happened_at", Moment, nullable=False),
    Column("due_at", Moment),
    Column("state", String(40), nullable=False),
    Column("note", Text, nullable=False),
    Column("destinations", Text, nullable=False),
    Column("message", Text),
    _partial("ix_announcements_due", "due_at", where="due_at IS NOT NULL"),
    Index("ix_announcements_subject", "subject", "id"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("platform", String(40), nullable=False),
    Column("channel", String(200), nullable=False),
    Column("by", String(200), nullable=False),
    Column("since", Moment, nullable=False),
    Column("flag", String(100), nullable=False),
    Column("plan", String(100), nullable=False),
    Column("environment", String(100), nullable=False),
    Column("kind", String(100), nullable=False),
)

reported_problems = Table(
    "reported_problems",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("rollout", ForeignKey("rollouts.id"), nullable=False),
    Column("person", String(200), nullable=False),
    Column("platform", String(40), nullable=False),
    Column("platform_id", String(200), nullable=False),
    Column("channel", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("critical", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
    Column("resolved_at", Moment),
    Column("resolved_by", String(200), nullable=False),
    Index("ix_reported_problems_rollout", "rollout", "id"),
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("rollout", ForeignKey("rollouts.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("due_at", Moment, nullable=False),
    # When it is spoken of next: first when it is due, then daily; nothing once it has ended.
    Column("wake_at", Moment),
    Column("reminded", Integer, nullable=False),
    Column("ticks", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Index("ix_tasks_rollout", "rollout", "number", "due_at", unique=True),
    _partial("ix_tasks_wake", "wake_at", where="wake_at IS NOT NULL"),
)
