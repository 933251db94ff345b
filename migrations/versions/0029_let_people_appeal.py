"""Let people appeal what is decided about them, and tell them the answer."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

TABLES = ("notice", "notice_preference")
NEW_KINDS = ("appeal-decided", "result-questioned")
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
)


def set_kinds(kinds: tuple[str, ...]) -> None:
    """Replace the check without reading the rows under the lock; they are read afterwards."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_kind")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_kind CHECK (kind IN ({listed})) NOT VALID")


def check_kinds() -> None:
    with op.get_context().autocommit_block():
        for table in TABLES:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_kind")


def text_enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "appeal",
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            text_enum("kind", "exam-result", "integrity", "suspension", "revocation", "trial"),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("subject_decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_decider_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", text_enum("state", "open", "granted", "refused"), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL)", name=op.f("ck_appeal_decided_when_not_open")
        ),
        sa.CheckConstraint(
            "state = 'open' OR (answer IS NOT NULL AND decided_by IS NOT NULL)",
            name=op.f("ck_appeal_answer_has_reasons"),
        ),
        sa.CheckConstraint("decided_by <> first_decider_id", name=op.f("ck_appeal_another_person_decides")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_appeal_agent_id_agent")),
        sa.ForeignKeyConstraint(
            ["first_decider_id"], ["user_account.id"], name=op.f("fk_appeal_first_decider_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user_account.id"], name=op.f("fk_appeal_decided_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
        sa.UniqueConstraint(
            "kind",
            "subject_id",
            "subject_decided_at",
            name=op.f("uq_appeal_kind_subject_id_subject_decided_at"),
        ),
    )
    op.create_index(op.f("ix_appeal_agent_id_submitted_at"), "appeal", ["agent_id", "submitted_at"])
    op.create_index(op.f("ix_appeal_state_submitted_at"), "appeal", ["state", "submitted_at"])
    set_kinds((*OLD_KINDS, *NEW_KINDS))
    check_kinds()


def downgrade() -> None:
    for table in TABLES:
        for kind in NEW_KINDS:
            op.execute(f"DELETE FROM {table} WHERE kind = '{kind}'")
    set_kinds(OLD_KINDS)
    check_kinds()
    op.drop_table("appeal")
