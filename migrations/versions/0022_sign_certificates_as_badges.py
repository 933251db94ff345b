"""Number certificates for the status lists of their badges, and keep the badges' proofs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
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


def number_certificates() -> None:
    """Give every certificate its serial number; new ones draw theirs while the old ones are numbered."""
    op.execute("CREATE SEQUENCE IF NOT EXISTS certificate_serial_seq AS bigint")
    op.add_column("certificate", sa.Column("serial", sa.BigInteger(), nullable=True), if_not_exists=True)
    op.execute("ALTER SEQUENCE certificate_serial_seq OWNED BY certificate.serial")
    op.execute("ALTER TABLE certificate ALTER COLUMN serial SET DEFAULT nextval('certificate_serial_seq')")
    op.execute("ALTER TABLE certificate DROP CONSTRAINT IF EXISTS ck_certificate_serial_known")
    op.execute(
        "ALTER TABLE certificate ADD CONSTRAINT ck_certificate_serial_known CHECK (serial IS NOT NULL) "
        "NOT VALID"
    )
    with op.get_context().autocommit_block():
        op.execute("UPDATE certificate SET serial = nextval('certificate_serial_seq') WHERE serial IS NULL")
        op.execute("ALTER TABLE certificate VALIDATE CONSTRAINT ck_certificate_serial_known")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS uq_certificate_serial")
        op.create_index(
            "uq_certificate_serial",
            "certificate",
            ["serial"],
            unique=True,
            if_not_exists=True,
            postgresql_concurrently=True,
        )
    # The validated check spares the table's reading under the lock; then it has done its work.
    op.execute("ALTER TABLE certificate ALTER COLUMN serial SET NOT NULL")
    op.execute("ALTER TABLE certificate DROP CONSTRAINT ck_certificate_serial_known")


def upgrade() -> None:
    op.create_table(
        "badge",
        sa.Column("certificate_id", sa.Uuid(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_badge_certificate_id_certificate")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badge")),
        sa.UniqueConstraint("certificate_id", name=op.f("uq_badge_certificate_id")),
        if_not_exists=True,
    )
    set_topics((*OLD_TOPICS, "prove-badge"))
    number_certificates()


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(
            "uq_certificate_serial", table_name="certificate", if_exists=True, postgresql_concurrently=True
        )
    op.execute("DELETE FROM outbox_message WHERE topic = 'prove-badge'")
    set_topics(OLD_TOPICS)
    op.drop_table("badge")
    op.drop_column("certificate", "serial")
