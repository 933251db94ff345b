"""Find the contacts of the last days without reading all that were ever imported."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_contact_started_at",
            "contact",
            ["started_at"],
            postgresql_using="brin",
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("ix_contact_started_at", table_name="contact", postgresql_concurrently=True)
