"""Hold adaptive exams: calibrations, settings, exposure and sittings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    json = postgresql.JSONB(astext_type=sa.Text())
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "calibration",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("figures", json, nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_calibration_number_positive")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], name=op.f("fk_calibration_created_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibration")),
        sa.UniqueConstraint("number", name=op.f("uq_calibration_number")),
    )
    op.create_table(
        "exam_setting",
        sa.Column("exam", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("calibration_id", sa.Uuid(), nullable=True),
        sa.Column("plan", json, nullable=True),
        sa.Column("forecast", json, nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", moment, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_exam_setting_number_positive")),
        sa.CheckConstraint(
            "(calibration_id IS NULL) = (plan IS NULL) AND (plan IS NULL) = (forecast IS NULL)",
            name=op.f("ck_exam_setting_plan_with_calibration"),
        ),
        sa.ForeignKeyConstraint(
            ["calibration_id"], ["calibration.id"], name=op.f("fk_exam_setting_calibration_id_calibration")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user_account.id"], name=op.f("fk_exam_setting_decided_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_setting")),
        sa.UniqueConstraint("exam", "number", name=op.f("uq_exam_setting_exam_number")),
    )
    op.create_table(
        "item_exposure",
        sa.Column("setting_id", sa.Uuid(), nullable=False),
        sa.Column("counts", json, nullable=False),
        sa.Column("real_attempts", sa.Integer(), nullable=False),
        sa.Column("counted_at", moment, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["setting_id"], ["exam_setting.id"], name=op.f("fk_item_exposure_setting_id_exam_setting")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_exposure")),
        sa.UniqueConstraint("setting_id", name=op.f("uq_item_exposure_setting_id")),
    )
    op.create_table(
        "adaptive_sitting",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("setting_id", sa.Uuid(), nullable=False),
        sa.Column("plan", json, nullable=False),
        sa.Column("usable", json, nullable=False),
        sa.Column("answers", json, nullable=False),
        sa.Column("ended_at", moment, nullable=True),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["exam_attempt.id"], name=op.f("fk_adaptive_sitting_attempt_id_exam_attempt")
        ),
        sa.ForeignKeyConstraint(
            ["setting_id"], ["exam_setting.id"], name=op.f("fk_adaptive_sitting_setting_id_exam_setting")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adaptive_sitting")),
        sa.UniqueConstraint("attempt_id", name=op.f("uq_adaptive_sitting_attempt_id")),
    )
    op.create_index(
        "ix_adaptive_sitting_uncounted",
        "adaptive_sitting",
        ["setting_id"],
        postgresql_where=sa.text("ended_at IS NOT NULL AND NOT counted"),
    )


def downgrade() -> None:
    op.drop_table("adaptive_sitting")
    op.drop_table("item_exposure")
    op.drop_table("exam_setting")
    op.drop_table("calibration")
