"""Keep which lessons of the training somebody has read."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lesson_reading",
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("lesson_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_lesson_reading_version_positive")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_lesson_reading_agent_id_agent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson_reading")),
        sa.UniqueConstraint("agent_id", "lesson_id", name=op.f("uq_lesson_reading_agent_id_lesson_id")),
    )


def downgrade() -> None:
    op.drop_table("lesson_reading")
