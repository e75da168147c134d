"""What was seen of flags that are held elsewhere, and what programs were answered.

Revision 0009, after 0008.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.String(32)


def upgrade() -> None:
    """Add the tables; nothing was seen and answered so far."""
    op.create_table(
        "sightings",
        sa.Column("flag", sa.String(100), nullable=False),
        sa.Column("environment", sa.String(100), nullable=False),
        sa.Column("provider", sa.String(100), nullable=False),
        sa.Column("held", sa.Text, nullable=False),
        sa.Column("tried", sa.Text, nullable=False),
        sa.Column("strange", sa.Text, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("since", MOMENT),
        sa.Column("seen_at", MOMENT),
        sa.PrimaryKeyConstraint("flag", "environment", name="pk_sightings"),
    )
    op.create_table(
        "answers",
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("token", "key", name="pk_answers"),
    )
    op.create_index("ix_answers_at", "answers", ["at"])


def downgrade() -> None:
    """Refuse: going back means restoring the backup that was made before."""
    raise NotImplementedError
