"""Keep what candidates wrote in simulated conversations."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chat_sitting",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("script", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("pace", sa.Numeric(precision=4, scale=2), nullable=False),
        sa.Column("timed", sa.Boolean(), nullable=False),
        sa.Column("at_once", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("pace BETWEEN 1 AND 20", name=op.f("ck_chat_sitting_pace_in_range")),
        sa.CheckConstraint("at_once BETWEEN 1 AND 3", name=op.f("ck_chat_sitting_at_once_in_range")),
        sa.CheckConstraint("language IN ('zh', 'en')", name=op.f("ck_chat_sitting_language_known")),
        sa.CheckConstraint("ended_at >= started_at", name=op.f("ck_chat_sitting_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["exam_attempt.id"], name=op.f("fk_chat_sitting_attempt_id_exam_attempt")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_sitting")),
        sa.UniqueConstraint("attempt_id", "item_id", name=op.f("uq_chat_sitting_attempt_id_item_id")),
    )
    op.create_table(
        "chat_line",
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("consumer", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "typed", "quick", "close", name="kind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("sequence > 0", name=op.f("ck_chat_line_sequence_positive")),
        sa.CheckConstraint("char_length(text) <= 500", name=op.f("ck_chat_line_text_short")),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["chat_sitting.id"], name=op.f("fk_chat_line_sitting_id_chat_sitting")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_line")),
        sa.UniqueConstraint("sitting_id", "sequence", name=op.f("uq_chat_line_sitting_id_sequence")),
    )


def downgrade() -> None:
    op.drop_table("chat_line")
    op.drop_table("chat_sitting")
