"""Tell operations of a run that failed: one more kind of notice."""

from alembic import op

revision = "0009"
down_revision = "0008"
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
)


def set_kinds(kinds: tuple[str, ...]) -> None:
    """Replace the check without reading the rows under the lock, then read them without a strong lock."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_kind")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_kind CHECK (kind IN ({listed})) NOT VALID")
    with op.get_context().autocommit_block():
        for table in TABLES:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_kind")


def upgrade() -> None:
    set_kinds((*OLD_KINDS, "match-failed"))


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DELETE FROM {table} WHERE kind = 'match-failed'")
    set_kinds(OLD_KINDS)
