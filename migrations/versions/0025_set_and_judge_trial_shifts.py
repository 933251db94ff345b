"""Set trial shifts with a supervisor, and keep how they went."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trial_shift",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("supervisor_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "scheduled",
                "passed",
                "again",
                "failed",
                "moved",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scores", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("remarks", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_trial_shift_ends_after_start")),
        sa.CheckConstraint(
            "(status = 'scheduled') = (decided_at IS NULL)", name=op.f("ck_trial_shift_decided_when_over")
        ),
        sa.CheckConstraint(
            "status IN ('scheduled', 'moved') OR (scores IS NOT NULL AND remarks IS NOT NULL)",
            name=op.f("ck_trial_shift_verdict_has_reasons"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["project_application.id"],
            name=op.f("fk_trial_shift_application_id_project_application"),
        ),
        sa.ForeignKeyConstraint(
            ["supervisor_id"], ["user_account.id"], name=op.f("fk_trial_shift_supervisor_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_shift")),
    )
    op.create_index(
        "uq_trial_shift_scheduled",
        "trial_shift",
        ["application_id"],
        unique=True,
        postgresql_where=sa.text("status = 'scheduled'"),
    )
    op.create_index(
        op.f("ix_trial_shift_application_id_starts_at"), "trial_shift", ["application_id", "starts_at"]
    )


def downgrade() -> None:
    op.drop_table("trial_shift")
