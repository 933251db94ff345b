"""Find the contacts of the last days without reading all that were ever imported."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # An interrupted run may have left an index half made, which no query uses.
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_contact_started_at")
        op.create_index(
            "ix_contact_started_at",
            "contact",
            ["started_at"],
            postgresql_using="brin",
            if_not_exists=True,
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(
            "ix_contact_started_at", table_name="contact", if_exists=True, postgresql_concurrently=True
        )
