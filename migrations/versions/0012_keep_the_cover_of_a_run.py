"""Keep how likely each project's seats are to be worked, and let the clock ask for it anew."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
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
)


def set_topics(topics: tuple[str, ...]) -> None:
    """Replace the check without reading the rows under the lock, then read them without a strong lock."""
    listed = ", ".join(f"'{topic}'" for topic in topics)
    op.execute("ALTER TABLE outbox_message DROP CONSTRAINT ck_outbox_message_topic")
    op.execute(
        f"ALTER TABLE outbox_message ADD CONSTRAINT ck_outbox_message_topic CHECK (topic IN ({listed})) "
        "NOT VALID"
    )
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE outbox_message VALIDATE CONSTRAINT ck_outbox_message_topic")


def upgrade() -> None:
    op.create_table(
        "seat_cover",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.Column("booked", sa.Integer(), nullable=False),
        sa.Column("seated", sa.Integer(), nullable=False),
        sa.Column("standbys", sa.Integer(), nullable=False),
        sa.Column("standbys_alone", sa.Integer(), nullable=False),
        sa.Column("helps_id", sa.Uuid(), nullable=True),
        sa.Column("chance", sa.Float(), nullable=False),
        sa.Column("target", sa.Float(), nullable=False),
        sa.Column("cost_fen", sa.BigInteger(), nullable=False),
        sa.Column("reckoned_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("chance BETWEEN 0 AND 1", name="ck_seat_cover_chance_in_range"),
        sa.CheckConstraint("target BETWEEN 0 AND 1", name="ck_seat_cover_target_in_range"),
        sa.ForeignKeyConstraint(["run_id"], ["match_run.id"], name="fk_seat_cover_run_id"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_seat_cover_project_id"),
        sa.ForeignKeyConstraint(["slot_id"], ["shift_slot.id"], name="fk_seat_cover_slot_id"),
        sa.ForeignKeyConstraint(["helps_id"], ["project.id"], name="fk_seat_cover_helps_id"),
        sa.PrimaryKeyConstraint("id", name="pk_seat_cover"),
        sa.UniqueConstraint(
            "run_id", "project_id", "slot_id", name="uq_seat_cover_run_id_project_id_slot_id"
        ),
    )
    set_topics((*OLD_TOPICS, "refresh-cover"))


def downgrade() -> None:
    op.execute("DELETE FROM outbox_message WHERE topic = 'refresh-cover'")
    set_topics(OLD_TOPICS)
    op.drop_table("seat_cover")
