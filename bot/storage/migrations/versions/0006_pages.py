"""Pages, and who stands in for whoever is on call.

Revision 0006, after 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.String(32)


def upgrade() -> None:
    """Add both tables."""
    op.create_table(
        "pages",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("severity", sa.String(20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pages"),
    )
    for name, columns, where, unique in (
        ("ix_pages_due", ["due_at"], "due_at IS NOT NULL", False),
        ("ix_pages_unresolved", ["key"], "state <> 'resolved'", True),
        ("ix_pages_critical", ["id"], "state <> 'resolved' AND severity = 'critical'", False),
    ):
        condition = sa.text(where)
        op.create_index(name, "pages", columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
    op.create_table(
        "overrides",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("schedule", sa.String(100), nullable=False),
        sa.Column("layer", sa.String(100), nullable=False),
        sa.Column("person", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("start", MOMENT, nullable=False),
        sa.Column("end", MOMENT, nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("instead_of", sa.String(200), nullable=False),
        sa.Column("cancelled_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_overrides"),
    )
    op.create_index("ix_overrides_end", "overrides", ["end"])


def downgrade() -> None:
    """Refuse: going back means restoring the backup that was made before."""
    raise NotImplementedError
