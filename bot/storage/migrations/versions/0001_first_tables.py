"""The first tables, and the triggers that keep the audit log append-only.

Revision 0001, after nothing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.String(32)

APPEND_ONLY = (
    """
    CREATE TRIGGER audit_refuses_update BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only: no entry is changed'); END
    """,
    """
    CREATE TRIGGER audit_refuses_delete BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only: no entry is deleted'); END
    """,
    """
    CREATE TRIGGER audit_refuses_gaps BEFORE INSERT ON audit
    WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit)
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only: the next entry has the next number'); END
    """,
)


def upgrade() -> None:
    """Make everything."""
    _flags()
    _rollouts()
    _bindings()
    _audit()
    _requests()
    _outbox()
    _posts()


def downgrade() -> None:
    """Refuse: going back means restoring the backup that was made before."""
    raise NotImplementedError


def _text(name: str, length: int | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.String(length) if length else sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, MOMENT, nullable=nullable)


def _partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _flags() -> None:
    op.create_table(
        "flags",
        _text("key", 100),
        _text("salt"),
        _text("unit"),
        _text("description"),
        _text("owner"),
        _moment("created_at", nullable=True),
        _moment("retired_at", nullable=True),
        _number("hash_version"),
        sa.PrimaryKeyConstraint("key", name="pk_flags"),
    )
    op.create_table(
        "flag_states",
        _text("flag", 100),
        _text("environment", 100),
        sa.Column("on", sa.Boolean(), nullable=False),
        _number("percent_milli"),
        _text("tiers"),
        _text("users"),
        _number("version"),
        _moment("updated_at"),
        sa.ForeignKeyConstraint(["flag"], ["flags.key"], name="fk_flag_states_flag_flags"),
        sa.PrimaryKeyConstraint("flag", "environment", name="pk_flag_states"),
    )


def _rollouts() -> None:
    op.create_table(
        "plans",
        _text("digest", 64),
        _text("key"),
        _text("document"),
        sa.PrimaryKeyConstraint("digest", name="pk_plans"),
    )
    op.create_table(
        "rollouts",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        _text("plan_digest", 64),
        _text("status", 20),
        _number("step"),
        _text("wanted"),
        _text("before"),
        _moment("started_at"),
        _text("started_by"),
        _moment("step_at"),
        _number("version"),
        sa.Column("observed", sa.Text()),
        _moment("holding_since", nullable=True),
        _moment("paused_at", nullable=True),
        sa.Column("lowered", sa.Boolean(), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("level", sa.Integer()),
        _text("reason"),
        _text("ticks"),
        _text("channels"),
        _moment("finished_at", nullable=True),
        _moment("due_at", nullable=True),
        sa.ForeignKeyConstraint(["plan_digest"], ["plans.digest"], name="fk_rollouts_plan_digest_plans"),
        sa.PrimaryKeyConstraint("id", name="pk_rollouts"),
    )
    _partial_index("ix_rollouts_due", "rollouts", ["due_at"], "due_at IS NOT NULL")
    _partial_index("ix_rollouts_active", "rollouts", ["id"], "status IN ('running', 'paused')")
    op.create_table(
        "rollout_flags",
        _text("flag", 100),
        _text("environment", 100),
        sa.Column("rollout", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["rollout"], ["rollouts.id"], name="fk_rollout_flags_rollout_rollouts"),
        sa.PrimaryKeyConstraint("flag", "environment", "rollout", name="pk_rollout_flags"),
    )


def _bindings() -> None:
    op.create_table(
        "bindings",
        _number("id"),
        _text("platform", 40),
        _text("channel", 200),
        _text("kind", 20),
        _text("subject", 200),
        sa.PrimaryKeyConstraint("id", name="pk_bindings"),
        sa.UniqueConstraint("platform", "channel", "kind", "subject", name="uq_bindings_platform_channel_kind_subject"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        _moment("at"),
        _text("person"),
        _text("platform"),
        _text("platform_id"),
        _text("channel"),
        _text("action"),
        _text("outcome"),
        _text("subject"),
        _text("environment"),
        _text("reason"),
        _text("request_id"),
        sa.Column("before", sa.Text()),
        sa.Column("after", sa.Text()),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _text("hash", 64),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    op.create_index("ix_audit_subject", "audit", ["subject"])
    for statement in APPEND_ONLY:
        op.execute(statement)


def _requests() -> None:
    op.create_table(
        "requests",
        _text("request_id", 200),
        _number("audit_seq"),
        _moment("at"),
        sa.ForeignKeyConstraint(["audit_seq"], ["audit.seq"], name="fk_requests_audit_seq_audit"),
        sa.PrimaryKeyConstraint("request_id", name="pk_requests"),
    )
    op.create_table(
        "confirmations",
        _text("token", 100),
        _text("person", 200),
        _text("command"),
        _text("subject"),
        _number("version"),
        _number("remaining"),
        _moment("expires_at"),
        sa.PrimaryKeyConstraint("token", name="pk_confirmations"),
        sa.UniqueConstraint("person", "command", name="uq_confirmations_person_command"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        _number("id"),
        _text("key", 200),
        _text("kind", 20),
        _text("platform", 40),
        _text("channel", 200),
        _text("subject", 200),
        sa.Column("message", sa.Text()),
        _moment("created_at"),
        _moment("due_at", nullable=True),
        _text("state", 20),
        _number("attempts"),
        _moment("deadline", nullable=True),
        _text("reference"),
        _text("error"),
        _moment("wake_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
    )
    _partial_index("ix_outbox_wake", "outbox", ["wake_at"], "wake_at IS NOT NULL")
    _partial_index("ix_outbox_unsent", "outbox", ["platform", "channel", "id"], "state IN ('pending', 'sending')")
    _partial_index(
        "ix_outbox_cards", "outbox", ["subject", "platform", "channel"], "kind = 'card' AND state = 'pending'"
    )
    op.create_table(
        "cards",
        _text("subject", 200),
        _text("platform", 40),
        _text("channel", 200),
        _text("reference"),
        sa.PrimaryKeyConstraint("subject", "platform", "channel", name="pk_cards"),
    )


def _posts() -> None:
    op.create_table(
        "posts",
        _number("id"),
        _text("channel", 200),
        _text("key", 200),
        _text("message"),
        _moment("at"),
        _moment("edited_at", nullable=True),
        _number("revision"),
        sa.PrimaryKeyConstraint("id", name="pk_posts"),
        sa.UniqueConstraint("channel", "key", name="uq_posts_channel_key"),
        sa.UniqueConstraint("revision", name="uq_posts_revision"),
    )
    op.create_index("ix_posts_channel_revision", "posts", ["channel", "revision"])
