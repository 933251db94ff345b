"""Let people have added minutes and breaks in every exam, and keep the breaks of an attempt."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

COLUMNS = (
    ("exam_extra_minutes", "exam_extra_minutes BETWEEN 0 AND 600"),
    ("exam_breaks", "exam_breaks BETWEEN 0 AND 10"),
    ("exam_break_minutes", "exam_break_minutes BETWEEN 0 AND 60"),
)


def upgrade() -> None:
    op.add_column("exam_attempt", sa.Column("breaks", postgresql.JSONB(), nullable=True), if_not_exists=True)
    for name, check in COLUMNS:
        column = sa.Column(name, sa.Integer(), nullable=False, server_default="0")
        op.add_column("agent_needs", column, if_not_exists=True)
        op.execute(f"ALTER TABLE agent_needs DROP CONSTRAINT IF EXISTS ck_agent_needs_{name}_in_range")
        # Added without reading the rows under the lock; they are read afterwards.
        op.execute(
            f"ALTER TABLE agent_needs ADD CONSTRAINT ck_agent_needs_{name}_in_range CHECK ({check}) NOT VALID"
        )
    with op.get_context().autocommit_block():
        for name, _check in COLUMNS:
            op.execute(f"ALTER TABLE agent_needs VALIDATE CONSTRAINT ck_agent_needs_{name}_in_range")


def downgrade() -> None:
    for name, _ in reversed(COLUMNS):
        op.drop_column("agent_needs", name)
    op.drop_column("exam_attempt", "breaks")
