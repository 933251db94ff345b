"""Keep the prices of a run, so that its choices can be explained."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "match_price",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["match_run.id"], name="fk_match_price_run_id"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_match_price_project_id"),
        sa.ForeignKeyConstraint(["slot_id"], ["shift_slot.id"], name="fk_match_price_slot_id"),
        sa.PrimaryKeyConstraint("id", name="pk_match_price"),
        sa.UniqueConstraint(
            "run_id", "project_id", "slot_id", name="uq_match_price_run_id_project_id_slot_id"
        ),
    )


def downgrade() -> None:
    op.drop_table("match_price")
