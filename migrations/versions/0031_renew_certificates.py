"""Let projects say how long certificates hold, and remind people before theirs end."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

TABLES = ("notice", "notice_preference")
OLD_KINDS = (
    "offer-made",
    "offer-lapsed",
    "shift-changed",
    "standby-called",
    "certificate-issued",
    "application-decided",
    "booking-held",
    "booking-confirmed",
    "booking-expired",
    "booking-cancelled",
    "payment-received",
    "match-finished",
    "rota-published",
    "seat-unstaffed",
    "import-finished",
    "refund-due",
    "match-failed",
    "certificate-changed",
    "identity-decided",
    "attempt-waived",
    "appeal-decided",
    "result-questioned",
)
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
)
MONTHS = "ck_project_certificate_months_in_range"


def set_words(table: str, column: str, words: tuple[str, ...]) -> None:
    """Replace the check without reading the rows under the lock, then read them without a strong lock."""
    listed = ", ".join(f"'{word}'" for word in words)
    name = f"ck_{table}_{column}"
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IN ({listed})) NOT VALID")
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def upgrade() -> None:
    op.add_column("project", sa.Column("certificate_months", sa.Integer(), nullable=True), if_not_exists=True)
    op.execute(f"ALTER TABLE project DROP CONSTRAINT IF EXISTS {MONTHS}")
    op.execute(
        f"ALTER TABLE project ADD CONSTRAINT {MONTHS} CHECK (certificate_months BETWEEN 3 AND 36) NOT VALID"
    )
    op.add_column("certificate", sa.Column("reminded_days", sa.Integer(), nullable=True), if_not_exists=True)
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE project VALIDATE CONSTRAINT {MONTHS}")
        op.drop_index(
            "ix_certificate_ends", table_name="certificate", if_exists=True, postgresql_concurrently=True
        )
        op.create_index(
            "ix_certificate_ends",
            "certificate",
            ["expires_at"],
            postgresql_where=sa.text("revoked_at IS NULL"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )
    for table in TABLES:
        set_words(table, "kind", (*OLD_KINDS, "certificate-expiring"))
    set_words("outbox_message", "topic", (*OLD_TOPICS, "remind-of-expiry"))


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(
            "ix_certificate_ends", table_name="certificate", if_exists=True, postgresql_concurrently=True
        )
    for table in TABLES:
        op.execute(f"DELETE FROM {table} WHERE kind = 'certificate-expiring'")
        set_words(table, "kind", OLD_KINDS)
    op.execute("DELETE FROM outbox_message WHERE topic = 'remind-of-expiry'")
    set_words("outbox_message", "topic", OLD_TOPICS)
    op.drop_column("certificate", "reminded_days")
    op.execute(f"ALTER TABLE project DROP CONSTRAINT IF EXISTS {MONTHS}")
    op.drop_column("project", "certificate_months")
