"""Keep which items somebody should look at, and what they made of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

OLD_TOPICS = (
    "deliver-message",
    "run-match",
    "publish-rota",
    "refill-seat",
    "import-contacts",
    "expire-holds",
    "lapse-offers",
    "watch-attendance",
    "close-attempts",
    "refresh-cover",
    "prove-badge",
    "remind-of-expiry",
)


def set_topics(topics: tuple[str, ...]) -> None:
    """Replace the check without reading the rows under the lock, then read them without a strong lock."""
    listed = ", ".join(f"'{topic}'" for topic in topics)
    op.execute("ALTER TABLE outbox_message DROP CONSTRAINT IF EXISTS ck_outbox_message_topic")
    op.execute(
        f"ALTER TABLE outbox_message ADD CONSTRAINT ck_outbox_message_topic CHECK (topic IN ({listed})) "
        "NOT VALID"
    )
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE outbox_message VALIDATE CONSTRAINT ck_outbox_message_topic")


def upgrade() -> None:
    op.create_table(
        "item_flag",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "seen",
                "kept",
                "retired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL)", name=op.f("ck_item_flag_decided_unless_open")
        ),
        sa.CheckConstraint(
            "(state = 'open') = (reason IS NULL)", name=op.f("ck_item_flag_decided_with_reason")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user_account.id"], name=op.f("fk_item_flag_decided_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_flag")),
        sa.UniqueConstraint("item_id", "version", "kind", name=op.f("uq_item_flag_item_id_version_kind")),
    )
    op.create_index(op.f("ix_item_flag_state_found_at"), "item_flag", ["state", "found_at"])
    set_topics((*OLD_TOPICS, "compute-figures"))


def downgrade() -> None:
    op.execute("DELETE FROM outbox_message WHERE topic = 'compute-figures'")
    set_topics(OLD_TOPICS)
    op.drop_table("item_flag")
