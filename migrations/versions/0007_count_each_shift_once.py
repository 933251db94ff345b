"""Count each shift once in a person's record, and find the shifts that the clock has to look at."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "assignment", sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True), if_not_exists=True
    )
    with op.get_context().autocommit_block():
        # An interrupted run may have left an index half made, which no query uses.
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_assignment_expected")
        op.create_index(
            "ix_assignment_expected",
            "assignment",
            ["starts_at"],
            postgresql_where=sa.text("status = 'accepted'"),
            if_not_exists=True,
            postgresql_concurrently=True,
        )
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_assignment_uncounted")
        op.create_index(
            "ix_assignment_uncounted",
            "assignment",
            ["ends_at"],
            postgresql_where=sa.text("counted_at IS NULL AND status IN ('present', 'missing')"),
            if_not_exists=True,
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    op.drop_index("ix_assignment_uncounted", table_name="assignment")
    op.drop_index("ix_assignment_expected", table_name="assignment")
    op.drop_column("assignment", "counted_at")
