"""Keep until when somebody is a minor, whose hours are limited; empty for adults, as nearly everybody is."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "agent", sa.Column("minor_until", sa.DateTime(timezone=True), nullable=True), if_not_exists=True
    )


def downgrade() -> None:
    op.drop_column("agent", "minor_until")
