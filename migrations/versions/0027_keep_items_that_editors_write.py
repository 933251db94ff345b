"""Keep items that editors write, with their versions, and what the answers say about each."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exam_item_version",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("difficulty", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "in_review",
                "approved",
                "retired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("reviewer_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_exam_item_version_version_positive")),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'retired') OR decided_at IS NOT NULL",
            name=op.f("ck_exam_item_version_decided_when_approved"),
        ),
        sa.CheckConstraint(
            "reviewer_id IS NULL OR reviewer_id <> author_id", name=op.f("ck_exam_item_version_four_eyes")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user_account.id"], name=op.f("fk_exam_item_version_author_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["user_account.id"], name=op.f("fk_exam_item_version_reviewer_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_item_version")),
        sa.UniqueConstraint("item_id", "version", name=op.f("uq_exam_item_version_item_id_version")),
    )
    op.create_index(
        "uq_exam_item_version_open",
        "exam_item_version",
        ["item_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('draft', 'in_review')"),
    )
    op.create_index(
        op.f("ix_exam_item_version_state_changed_at"), "exam_item_version", ["state", "changed_at"]
    )
    op.execute(
        """
        CREATE FUNCTION keep_decided_item() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF OLD.state IN ('approved', 'retired') AND (
                TG_OP = 'DELETE'
                OR (NEW.item_id, NEW.version, NEW.body, NEW.author_id, NEW.reviewer_id)
                    IS DISTINCT FROM (OLD.item_id, OLD.version, OLD.body, OLD.author_id, OLD.reviewer_id)
                OR NOT (NEW.state = OLD.state OR NEW.state = 'retired')
            ) THEN
                RAISE EXCEPTION 'an approved version of an item is kept as it is';
            END IF;
            RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER exam_item_version_kept BEFORE UPDATE OR DELETE ON exam_item_version "
        "FOR EACH ROW EXECUTE FUNCTION keep_decided_item()"
    )
    op.create_table(
        "exam_revision",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("mark", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_revision")),
        sa.UniqueConstraint("subject", name=op.f("uq_exam_revision_subject")),
    )
    op.create_table(
        "item_figure",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(), nullable=True),
        *(sa.Column(name, sa.Float(), nullable=True) for name in ("a", "b", "c", "se_a", "se_b", "se_c")),
        sa.Column("answers", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Float(), nullable=True) for name in ("facility", "discrimination", "exposure")),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("flags", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_figure")),
        sa.UniqueConstraint("item_id", "version", name=op.f("uq_item_figure_item_id_version")),
    )


def downgrade() -> None:
    op.drop_table("item_figure")
    op.drop_table("exam_revision")
    op.drop_table("exam_item_version")
    op.execute("DROP FUNCTION keep_decided_item()")
