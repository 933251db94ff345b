"""Name the phases of a season, with how busy they are."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "season_phase",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("lowest_demand_percent", sa.Integer(), nullable=False),
        sa.Column("highest_demand_percent", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_season_phase_ends_after_start")),
        sa.CheckConstraint(
            "lowest_demand_percent BETWEEN 1 AND highest_demand_percent",
            name=op.f("ck_season_phase_demand_in_order"),
        ),
        sa.ForeignKeyConstraint(["event_id"], ["peak_event.id"], name=op.f("fk_season_phase_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_season_phase")),
        sa.UniqueConstraint("event_id", "starts_on", name=op.f("uq_season_phase_event_id_starts_on")),
    )


def downgrade() -> None:
    op.drop_table("season_phase")
