"""Let people ask for days in a row, days off in a row, and few weekends."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

CHECKS = {
    "ck_agent_needs_min_consecutive_days_in_range": "min_consecutive_days BETWEEN 1 AND max_consecutive_days",
    "ck_agent_needs_min_days_off_in_range": "min_days_off BETWEEN 1 AND 7",
    "ck_agent_needs_max_weekends_in_range": "max_weekends BETWEEN 0 AND 10",
}


def upgrade() -> None:
    # With defaults, so that old code still saves needs, and the rows that are there ask for nothing new.
    one = sa.text("1")
    for column in (
        sa.Column("min_consecutive_days", sa.Integer(), server_default=one, nullable=False),
        sa.Column("min_days_off", sa.Integer(), server_default=one, nullable=False),
        sa.Column("max_weekends", sa.Integer(), nullable=True),
    ):
        op.add_column("agent_needs", column, if_not_exists=True)
    for name, condition in CHECKS.items():
        # One that was interrupted before the old rows were read has left it there.
        op.execute(f"ALTER TABLE agent_needs DROP CONSTRAINT IF EXISTS {name}")
        op.execute(f"ALTER TABLE agent_needs ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID")
    with op.get_context().autocommit_block():
        for name in CHECKS:
            op.execute(f"ALTER TABLE agent_needs VALIDATE CONSTRAINT {name}")


def downgrade() -> None:
    for name in CHECKS:
        op.drop_constraint(op.f(name), "agent_needs")
    op.drop_column("agent_needs", "max_weekends")
    op.drop_column("agent_needs", "min_days_off")
    op.drop_column("agent_needs", "min_consecutive_days")
