"""What is measured, judged, approved and frozen.

Revision 0002, after 0001.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.String(32)


def upgrade() -> None:
    """Add columns to rollouts, the tables of measurements and freezes, and the log's index by time."""
    with op.batch_alter_table("rollouts") as rollouts:
        rollouts.add_column(sa.Column("approvals", sa.Text, nullable=False, server_default="[]"))
        rollouts.add_column(sa.Column("judging", sa.Text, nullable=False, server_default="{}"))
        rollouts.add_column(sa.Column("measure_at", MOMENT))
    there = sa.text("measure_at IS NOT NULL")
    op.create_index("ix_rollouts_measure", "rollouts", ["measure_at"], sqlite_where=there, postgresql_where=there)
    op.create_table(
        "measurements",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("rollout", sa.Integer, nullable=False),
        sa.Column("series", sa.String(200), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("value", sa.Float),
        sa.Column("samples", sa.Integer),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("error", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_measurements"),
        sa.ForeignKeyConstraint(["rollout"], ["rollouts.id"], name="fk_measurements_rollout_rollouts"),
    )
    op.create_index("ix_measurements_series", "measurements", ["rollout", "series", "at"])
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_table(
        "freezes",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("environment", sa.String(100)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_freezes"),
    )


def downgrade() -> None:
    """Refuse: going back means restoring the backup that was made before."""
    raise NotImplementedError
