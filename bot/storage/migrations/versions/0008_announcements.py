"""Announcements, subscriptions, reported problems, and what is left to do after a rollout.

Revision 0008, after 0007.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.String(32)


def _column(name: str, kind: sa.types.TypeEngine[Any], *, empty: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=empty)


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    """Add the tables; a rollout that is under way is not spoken of afterwards as if it had just begun."""
    op.create_table(
        "announcing",
        _column("rollout", sa.Integer()),
        _column("wake_at", MOMENT, empty=True),
        _column("mark", sa.String(200)),
        _column("seen", sa.Text(), empty=True),
        sa.PrimaryKeyConstraint("rollout", name="pk_announcing"),
        sa.ForeignKeyConstraint(["rollout"], ["rollouts.id"], name="fk_announcing_rollout_rollouts"),
    )
    op.create_index("ix_announcing_wake", "announcing", ["wake_at"], **_where("wake_at IS NOT NULL"))
    op.create_table(
        "announcements",
        _column("id", sa.Integer()),
        _column("key", sa.String(200)),
        _column("subject", sa.String(200)),
        _column("plan", sa.String(100)),
        *(_column(name, sa.Text()) for name in ("when", "to", "say", "facts")),
        _column("occasion", sa.String(40), empty=True),
        _column("step", sa.Integer(), empty=True),
        _column("by", sa.Text()),
        _column("hold", sa.Boolean()),
        _column("subscribers", sa.Boolean()),
        _column("created_at", MOMENT),
        _column("happened_at", MOMENT),
        _column("due_at", MOMENT, empty=True),
        _column("state", sa.String(40)),
        _column("note", sa.Text()),
        _column("destinations", sa.Text()),
        _column("message", sa.Text(), empty=True),
        sa.PrimaryKeyConstraint("id", name="pk_announcements"),
        sa.UniqueConstraint("key", name="uq_announcements_key"),
    )
    op.create_index("ix_announcements_due", "announcements", ["due_at"], **_where("due_at IS NOT NULL"))
    op.create_index("ix_announcements_subject", "announcements", ["subject", "id"])
    op.create_table(
        "subscriptions",
        _column("id", sa.Integer()),
        _column("platform", sa.String(40)),
        _column("channel", sa.String(200)),
        _column("by", sa.String(200)),
        _column("since", MOMENT),
        *(_column(name, sa.String(100)) for name in ("flag", "plan", "environment", "kind")),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
    )
    op.create_table(
        "reported_problems",
        _column("id", sa.Integer()),
        _column("rollout", sa.Integer()),
        _column("person", sa.String(200)),
        _column("platform", sa.String(40)),
        _column("platform_id", sa.String(200)),
        _column("channel", sa.String(200)),
        _column("text", sa.Text()),
        _column("critical", sa.Boolean()),
        _column("at", MOMENT),
        _column("resolved_at", MOMENT, empty=True),
        _column("resolved_by", sa.String(200)),
        sa.PrimaryKeyConstraint("id", name="pk_reported_problems"),
        sa.ForeignKeyConstraint(["rollout"], ["rollouts.id"], name="fk_reported_problems_rollout_rollouts"),
    )
    op.create_index("ix_reported_problems_rollout", "reported_problems", ["rollout", "id"])
    op.create_table(
        "tasks",
        _column("id", sa.Integer()),
        _column("rollout", sa.Integer()),
        _column("number", sa.Integer()),
        _column("due_at", MOMENT),
        _column("wake_at", MOMENT, empty=True),
        _column("reminded", sa.Integer()),
        _column("ticks", sa.Text()),
        _column("state", sa.String(20)),
        sa.PrimaryKeyConstraint("id", name="pk_tasks"),
        sa.ForeignKeyConstraint(["rollout"], ["rollouts.id"], name="fk_tasks_rollout_rollouts"),
    )
    op.create_index("ix_tasks_rollout", "tasks", ["rollout", "number", "due_at"], unique=True)
    op.create_index("ix_tasks_wake", "tasks", ["wake_at"], **_where("wake_at IS NOT NULL"))


def downgrade() -> None:
    """Refuse: going back means restoring the backup that was made before."""
    raise NotImplementedError
