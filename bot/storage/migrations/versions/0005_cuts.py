"""What people took flags of a rollout down to, who took an edited plan over, rollouts by their channels, and what is old.

Revision 0005, after 0004.
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them; of rollouts that are under way nobody knows any more what was taken down."""
    op.add_column("rollouts", sa.Column("cut", sa.Text, nullable=False, server_default="[]"))
    op.add_column("rollouts", sa.Column("adopted_by", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "rollout_channels",
        sa.Column("platform", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(200), nullable=False),
        sa.Column("rollout", sa.Integer, sa.ForeignKey("rollouts.id", name="fk_rollout_channels_rollout_rollouts")),
        sa.PrimaryKeyConstraint("platform", "channel", "rollout", name="pk_rollout_channels"),
    )
    rollouts = sa.table("rollouts", sa.column("id", sa.Integer), sa.column("channels", sa.Text))
    shown = sa.table("rollout_channels", sa.column("platform"), sa.column("channel"), sa.column("rollout"))
    rows = {
        (it["platform"], it["channel"].removeprefix("#"), number)
        for number, channels in op.get_bind().execute(sa.select(rollouts.c.id, rollouts.c.channels)).all()
        for it in json.loads(channels)
    }
    if rows:
        op.bulk_insert(shown, [dict(zip(("platform", "channel", "rollout"), row, strict=True)) for row in sorted(rows)])
    over = sa.text("state IN ('sent', 'dropped')")
    op.create_index("ix_outbox_over", "outbox", ["created_at"], sqlite_where=over, postgresql_where=over)
    op.create_index("ix_requests_at", "requests", ["at"])


def downgrade() -> None:
    """Refuse: going back means restoring the backup that was made before."""
    raise NotImplementedError
