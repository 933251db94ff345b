"""Keep the blueprints of exams that editors write, with their versions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exam_blueprint_version",
        sa.Column("exam", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "in_review",
                "approved",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("reviewer_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_exam_blueprint_version_version_positive")),
        sa.CheckConstraint(
            "reviewer_id IS NULL OR reviewer_id <> author_id",
            name=op.f("ck_exam_blueprint_version_four_eyes"),
        ),
        sa.CheckConstraint(
            "state <> 'approved' OR (reviewer_id IS NOT NULL AND decided_at IS NOT NULL)",
            name=op.f("ck_exam_blueprint_version_approved_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["user_account.id"],
            name=op.f("fk_exam_blueprint_version_author_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"],
            ["user_account.id"],
            name=op.f("fk_exam_blueprint_version_reviewer_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_blueprint_version")),
        sa.UniqueConstraint("exam", "version", name=op.f("uq_exam_blueprint_version_exam_version")),
    )
    op.create_index(
        "uq_exam_blueprint_version_open",
        "exam_blueprint_version",
        ["exam"],
        unique=True,
        postgresql_where=sa.text("state IN ('draft', 'in_review')"),
    )


def downgrade() -> None:
    op.drop_table("exam_blueprint_version")
