"""Let operations pin people to seats before a run."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seat_pin",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.Column("pinned_by", sa.Uuid(), nullable=False),
        sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["peak_event.id"], name=op.f("fk_seat_pin_event_id_peak_event")
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_seat_pin_agent_id_agent")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_seat_pin_project_id_project")),
        sa.ForeignKeyConstraint(["slot_id"], ["shift_slot.id"], name=op.f("fk_seat_pin_slot_id_shift_slot")),
        sa.ForeignKeyConstraint(
            ["pinned_by"], ["user_account.id"], name=op.f("fk_seat_pin_pinned_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_pin")),
        sa.UniqueConstraint("agent_id", "slot_id", name=op.f("uq_seat_pin_agent_id_slot_id")),
    )
    op.create_index(op.f("ix_seat_pin_event_id"), "seat_pin", ["event_id"])


def downgrade() -> None:
    op.drop_table("seat_pin")
