"""Let people ask for days in a row, days off in a row, and few weekends."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # With defaults, so that old code still saves needs, and the rows that are there ask for nothing new.
    op.add_column(
        "agent_needs",
        sa.Column("min_consecutive_days", sa.Integer(), server_default=sa.text("1"), nullable=False),
    )
    op.add_column(
        "agent_needs", sa.Column("min_days_off", sa.Integer(), server_default=sa.text("1"), nullable=False)
    )
    op.add_column("agent_needs", sa.Column("max_weekends", sa.Integer(), nullable=True))
    op.create_check_constraint(
        op.f("ck_agent_needs_min_consecutive_days_in_range"),
        "agent_needs",
        "min_consecutive_days BETWEEN 1 AND max_consecutive_days",
    )
    op.create_check_constraint(
        op.f("ck_agent_needs_min_days_off_in_range"), "agent_needs", "min_days_off BETWEEN 1 AND 7"
    )
    op.create_check_constraint(
        op.f("ck_agent_needs_max_weekends_in_range"), "agent_needs", "max_weekends BETWEEN 0 AND 10"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_agent_needs_max_weekends_in_range"), "agent_needs")
    op.drop_constraint(op.f("ck_agent_needs_min_days_off_in_range"), "agent_needs")
    op.drop_constraint(op.f("ck_agent_needs_min_consecutive_days_in_range"), "agent_needs")
    op.drop_column("agent_needs", "max_weekends")
    op.drop_column("agent_needs", "min_days_off")
    op.drop_column("agent_needs", "min_consecutive_days")
