"""Count everybody's hours in a run: offered, workable at best, given."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agent_hours",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("wished_minutes", sa.Integer(), nullable=False),
        sa.Column("workable_minutes", sa.Integer(), nullable=False),
        sa.Column("given_minutes", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["match_run.id"], name=op.f("fk_agent_hours_run_id_match_run")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_agent_hours_agent_id_agent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_hours")),
        sa.UniqueConstraint("run_id", "agent_id", name=op.f("uq_agent_hours_run_id_agent_id")),
    )


def downgrade() -> None:
    op.drop_table("agent_hours")
