"""Let a failed attempt count for nothing, with the evidence of what went wrong."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
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
)
CHECK = "ck_exam_attempt_waiver_of_a_failure"


def set_kinds(kinds: tuple[str, ...]) -> None:
    """Replace the check without reading the rows under the lock; they are read afterwards."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_kind")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_kind CHECK (kind IN ({listed})) NOT VALID")


def upgrade() -> None:
    op.add_column(
        "exam_attempt",
        sa.Column("waived_at", sa.DateTime(timezone=True), nullable=True),
        if_not_exists=True,
    )
    op.add_column(
        "exam_attempt",
        sa.Column("waiver", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        if_not_exists=True,
    )
    op.execute(f"ALTER TABLE exam_attempt DROP CONSTRAINT IF EXISTS {CHECK}")
    op.execute(
        f"ALTER TABLE exam_attempt ADD CONSTRAINT {CHECK} "
        "CHECK ((waived_at IS NULL) = (waiver IS NULL) AND (waived_at IS NULL OR passed IS FALSE)) NOT VALID"
    )
    set_kinds((*OLD_KINDS, "attempt-waived"))
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE exam_attempt VALIDATE CONSTRAINT {CHECK}")
        for table in TABLES:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_kind")


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DELETE FROM {table} WHERE kind = 'attempt-waived'")
    set_kinds(OLD_KINDS)
    with op.get_context().autocommit_block():
        for table in TABLES:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_kind")
    op.execute(f"ALTER TABLE exam_attempt DROP CONSTRAINT IF EXISTS {CHECK}")
    op.drop_column("exam_attempt", "waiver")
    op.drop_column("exam_attempt", "waived_at")
