"""Plan standbys with the seats: what a run chose is shown before it is published."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "planned_seat",
        sa.Column("is_standby", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("planned_seat", "is_standby")
