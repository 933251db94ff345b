"""Keep signs in exams with a reviewer's decision, the shares of items, and when each was first answered."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0034"
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
    "compute-figures",
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


def text_enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.add_column("exam_answer", sa.Column("first_sequence", sa.Integer(), nullable=True), if_not_exists=True)
    op.create_table(
        "exam_watch",
        sa.Column("exam", sa.String(), nullable=False),
        sa.Column("shares", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        moment("counted_at", nullable=False),
        moment("looked_at"),
        moment("looked_until"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_watch")),
        sa.UniqueConstraint("exam", name=op.f("uq_exam_watch_exam")),
        if_not_exists=True,
    )
    op.create_table(
        "integrity_flag",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("other_attempt_id", sa.Uuid(), nullable=True),
        sa.Column("kind", text_enum("kind", "speed", "similarity"), nullable=False),
        sa.Column("p", sa.Float(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", text_enum("state", "open", "cleared", "retest", "void"), nullable=False),
        moment("raised_at", nullable=False),
        moment("decided_at"),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        moment("retest_by"),
        sa.Column("retest_attempt_id", sa.Uuid(), nullable=True),
        sa.Column("outcome", text_enum("outcome", "agrees", "differs", "missed"), nullable=True),
        sa.Column("retest", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'similarity') = (other_attempt_id IS NOT NULL)",
            name=op.f("ck_integrity_flag_pair_named"),
        ),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL)", name=op.f("ck_integrity_flag_decided_when_not_open")
        ),
        sa.CheckConstraint(
            "state = 'open' OR reason IS NOT NULL", name=op.f("ck_integrity_flag_decision_has_reasons")
        ),
        sa.CheckConstraint(
            "state <> 'retest' OR retest_by IS NOT NULL", name=op.f("ck_integrity_flag_retest_has_a_day")
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["exam_attempt.id"], name=op.f("fk_integrity_flag_attempt_id_exam_attempt")
        ),
        sa.ForeignKeyConstraint(
            ["other_attempt_id"],
            ["exam_attempt.id"],
            name=op.f("fk_integrity_flag_other_attempt_id_exam_attempt"),
        ),
        sa.ForeignKeyConstraint(
            ["retest_attempt_id"],
            ["exam_attempt.id"],
            name=op.f("fk_integrity_flag_retest_attempt_id_exam_attempt"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user_account.id"], name=op.f("fk_integrity_flag_decided_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integrity_flag")),
        if_not_exists=True,
    )
    op.create_index(
        "uq_integrity_flag_speed",
        "integrity_flag",
        ["attempt_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'speed'"),
        if_not_exists=True,
    )
    op.create_index(
        "uq_integrity_flag_pair",
        "integrity_flag",
        ["attempt_id", "other_attempt_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'similarity'"),
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_integrity_flag_state_raised_at"),
        "integrity_flag",
        ["state", "raised_at"],
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_integrity_flag_retest_attempt_id"),
        "integrity_flag",
        ["retest_attempt_id"],
        if_not_exists=True,
    )
    set_topics((*OLD_TOPICS, "watch-exams"))


def downgrade() -> None:
    op.execute("DELETE FROM outbox_message WHERE topic = 'watch-exams'")
    set_topics(OLD_TOPICS)
    op.drop_table("integrity_flag")
    op.drop_table("exam_watch")
    op.drop_column("exam_answer", "first_sequence")
