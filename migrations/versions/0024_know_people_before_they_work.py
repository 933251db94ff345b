"""Know who somebody is before they work for pay.

Whoever holds a certificate for a project works here already: they count as known, and their row says that
this was so before identities were kept.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
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
    op.create_table(
        "identity_check",
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "waiting",
                "confirmed",
                "refused",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "source",
            sa.Enum(
                "review",
                "sandbox",
                "before",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("key_id", sa.String(), nullable=True),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(status = 'waiting') = (ciphertext IS NOT NULL)",
            name=op.f("ck_identity_check_details_until_decided"),
        ),
        sa.CheckConstraint(
            "(ciphertext IS NULL) = (key_id IS NULL)", name=op.f("ck_identity_check_key_named")
        ),
        sa.CheckConstraint(
            "(status = 'waiting') = (decided_at IS NULL)",
            name=op.f("ck_identity_check_decided_when_not_waiting"),
        ),
        sa.CheckConstraint(
            "status <> 'refused' OR reason IS NOT NULL", name=op.f("ck_identity_check_refused_with_reason")
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_identity_check_agent_id_agent")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user_account.id"], name=op.f("fk_identity_check_decided_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_check")),
    )
    op.create_index(
        "uq_identity_check_waiting",
        "identity_check",
        ["agent_id"],
        unique=True,
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_index(
        op.f("ix_identity_check_agent_id_submitted_at"), "identity_check", ["agent_id", "submitted_at"]
    )
    op.create_index(
        op.f("ix_identity_check_status_submitted_at"), "identity_check", ["status", "submitted_at"]
    )
    op.add_column("agent", sa.Column("identity_confirmed_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE agent SET identity_confirmed_at = joined_at WHERE EXISTS "
        "(SELECT 1 FROM certificate WHERE certificate.agent_id = agent.id AND project_id IS NOT NULL)"
    )
    op.execute(
        "INSERT INTO identity_check (id, agent_id, status, source, submitted_at, decided_at) "
        "SELECT gen_random_uuid(), id, 'confirmed', 'before', joined_at, joined_at "
        "FROM agent WHERE identity_confirmed_at IS NOT NULL"
    )
    set_kinds((*OLD_KINDS, "identity-decided"))


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DELETE FROM {table} WHERE kind = 'identity-decided'")
    set_kinds(OLD_KINDS)
    op.drop_column("agent", "identity_confirmed_at")
    op.drop_table("identity_check")
