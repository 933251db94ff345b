"""Refuse a run that has a plan and no beginning.

What a run planned is explained by the season as it was when it began.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A run that was interrupted before the check of the old rows has left it there.
    op.execute("ALTER TABLE match_run DROP CONSTRAINT IF EXISTS ck_match_run_begun")
    op.execute(
        sa.text(
            "ALTER TABLE match_run ADD CONSTRAINT ck_match_run_begun "
            "CHECK (started_at IS NOT NULL OR status IN ('waiting', 'failed')) NOT VALID"
        )
    )
    with op.get_context().autocommit_block():
        op.execute(sa.text("ALTER TABLE match_run VALIDATE CONSTRAINT ck_match_run_begun"))


def downgrade() -> None:
    op.drop_constraint(op.f("ck_match_run_begun"), "match_run")
