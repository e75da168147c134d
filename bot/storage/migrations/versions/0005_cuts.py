"""What people took flags of a rollout down to, and who took an edited plan over.

Revision 0005, after 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both; of rollouts that are under way nobody knows any more what was taken down."""
    op.add_column("rollouts", sa.Column("cut", sa.Text, nullable=False, server_default="[]"))
    op.add_column("rollouts", sa.Column("adopted_by", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Refuse: going back means restoring the backup that was made before."""
    raise NotImplementedError
