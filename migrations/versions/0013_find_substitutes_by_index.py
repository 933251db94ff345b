"""Find who may take over a seat by probes of small indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # An interrupted run may have left an index half made, which no query uses.
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_certificate_holders")
        op.create_index(
            "ix_certificate_holders",
            "certificate",
            ["project_id", "agent_id"],
            postgresql_include=["issued_at", "expires_at"],
            postgresql_where=sa.text("revoked_at IS NULL AND project_id IS NOT NULL"),
            if_not_exists=True,
            postgresql_concurrently=True,
        )
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_assignment_worked")
        op.create_index(
            "ix_assignment_worked",
            "assignment",
            ["agent_id", "project_id"],
            postgresql_where=sa.text("kind = 'formal' AND status = 'done'"),
            if_not_exists=True,
            postgresql_concurrently=True,
        )
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_assignment_standing_by")
        op.create_index(
            "ix_assignment_standing_by",
            "assignment",
            ["slot_id"],
            postgresql_where=sa.text("kind = 'standby' AND status = 'accepted'"),
            if_not_exists=True,
            postgresql_concurrently=True,
        )
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_agent_record")
        op.create_index(
            "ix_agent_record",
            "agent",
            ["shifts_worked", "shifts_missed"],
            postgresql_where=sa.text("shifts_worked + shifts_missed > 0"),
            if_not_exists=True,
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
            op.drop_index(index, table_name=table, if_exists=True, postgresql_concurrently=True)
