"""Suspend a certificate for a time, say why one was taken, and tell a renewed one from a revoked one."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
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
)
COLUMNS = (
    ("replaced_at", sa.DateTime(timezone=True)),
    ("suspended_at", sa.DateTime(timezone=True)),
    ("suspended_until", sa.DateTime(timezone=True)),
    ("state_reason", sa.String()),
    ("barred_until", sa.DateTime(timezone=True)),
)
CHECKS = (
    (
        "ck_certificate_suspension_ends",
        "(suspended_at IS NULL) = (suspended_until IS NULL) AND suspended_until >= suspended_at",
    ),
    ("ck_certificate_replaced_is_ended", "replaced_at IS NULL OR revoked_at IS NOT NULL"),
)


def set_kinds(kinds: tuple[str, ...]) -> None:
    """Replace the check without reading the rows under the lock; they are read afterwards."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_kind")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_kind CHECK (kind IN ({listed})) NOT VALID")


def index_holders(include: list[str]) -> None:
    """Make the index anew. It is unmade first: an interrupted run may have left half of it."""
    op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_certificate_holders")
    op.create_index(
        "ix_certificate_holders",
        "certificate",
        ["project_id", "agent_id"],
        postgresql_include=include,
        postgresql_where=sa.text("revoked_at IS NULL AND project_id IS NOT NULL"),
        if_not_exists=True,
        postgresql_concurrently=True,
    )


def upgrade() -> None:
    for name, kind in COLUMNS:
        op.add_column("certificate", sa.Column(name, kind, nullable=True), if_not_exists=True)
    for name, condition in CHECKS:
        op.execute(f"ALTER TABLE certificate DROP CONSTRAINT IF EXISTS {name}")
        op.execute(f"ALTER TABLE certificate ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID")
    set_kinds((*OLD_KINDS, "certificate-changed"))
    with op.get_context().autocommit_block():
        for name, _condition in CHECKS:
            op.execute(f"ALTER TABLE certificate VALIDATE CONSTRAINT {name}")
        for table in TABLES:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_kind")
        index_holders(["issued_at", "suspended_until", "expires_at"])


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DELETE FROM {table} WHERE kind = 'certificate-changed'")
    set_kinds(OLD_KINDS)
    with op.get_context().autocommit_block():
        for table in TABLES:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_kind")
        index_holders(["issued_at", "expires_at"])
    for name, _condition in CHECKS:
        op.execute(f"ALTER TABLE certificate DROP CONSTRAINT IF EXISTS {name}")
    for name, _kind in reversed(COLUMNS):
        op.drop_column("certificate", name)
