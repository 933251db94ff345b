"""Keep when the reading of an imported file began, and the day for sources that tell no times."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contact_import", sa.Column("started_on", sa.Date(), nullable=True))
    op.add_column("contact_import", sa.Column("started_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("contact_import", "started_at")
    op.drop_column("contact_import", "started_on")
