"""Keep what everybody would get in a run at the rate of those whose certificates open as many seats."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agent_hours", sa.Column("expected_minutes", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("agent_hours", "expected_minutes")
