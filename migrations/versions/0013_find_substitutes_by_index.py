"""Find who may take over a seat by probes of small indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_certificate_holders",
            "certificate",
            ["project_id", "agent_id"],
            postgresql_include=["issued_at", "expires_at"],
            postgresql_where=sa.text("revoked_at IS NULL AND project_id IS NOT NULL"),
            postgresql_concurrently=True,
        )
        op.create_index(
            "ix_assignment_worked",
            "assignment",
            ["agent_id", "project_id"],
            postgresql_where=sa.text("kind = 'formal' AND status = 'done'"),
            postgresql_concurrently=True,
        )
        op.create_index(
            "ix_assignment_standing_by",
            "assignment",
            ["slot_id"],
            postgresql_where=sa.text("kind = 'standby' AND status = 'accepted'"),
            postgresql_concurrently=True,
        )
        op.create_index(
            "ix_agent_record",
            "agent",
            ["shifts_worked", "shifts_missed"],
            postgresql_where=sa.text("shifts_worked + shifts_missed > 0"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for index, table in (
            ("ix_agent_record", "agent"),
            ("ix_assignment_standing_by", "assignment"),
            ("ix_assignment_worked", "assignment"),
            ("ix_certificate_holders", "certificate"),
        ):
            op.drop_index(index, table_name=table, postgresql_concurrently=True)
