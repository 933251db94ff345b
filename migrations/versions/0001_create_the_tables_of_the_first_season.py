"""Create the tables of the first season."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# The audit and the log of disclosures only grow: no statement of the application may change or remove a row.
APPEND_ONLY = ("audit_entry", "disclosure_entry")


def upgrade() -> None:
    # Exclusion constraints compare ids with "=" inside a GiST index.
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "merchant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchant")),
    )
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "topic",
            sa.Enum(
                "deliver-message",
                "run-match",
                "publish-rota",
                "refill-seat",
                "import-contacts",
                "expire-holds",
                "lapse-offers",
                "watch-attendance",
                "close-attempts",
                name="topic",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("dedupe_key", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dispatches", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_outbox_message_dedupe_key")),
    )
    op.create_index(
        "ix_outbox_message_sent",
        "outbox_message",
        ["dispatched_at"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL AND dead_at IS NULL"),
    )
    op.create_index(
        "ix_outbox_message_waiting",
        "outbox_message",
        ["available_at", "created_at"],
        unique=False,
        postgresql_where=sa.text("dispatched_at IS NULL AND done_at IS NULL AND dead_at IS NULL"),
    )
    op.create_table(
        "peak_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("booking_opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booking_closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_peak_event_ends_after_start")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peak_event")),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "agent",
                "merchant",
                "operations",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("mobile", sa.String(), nullable=True),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("large_text", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("email IS NOT NULL OR mobile IS NOT NULL", name=op.f("ck_user_account_reachable")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("email", name=op.f("uq_user_account_email")),
        sa.UniqueConstraint("mobile", name=op.f("uq_user_account_mobile")),
    )
    op.create_table(
        "verification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "sign-up",
                "reset-password",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("tries_left", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification")),
    )
    op.create_index(
        op.f("ix_verification_contact_purpose_created_at"),
        "verification",
        ["contact", "purpose", "created_at"],
        unique=False,
    )
    op.create_table(
        "agent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("recruited_by", sa.String(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "new",
                "in-pool",
                "certified",
                "left",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("standing", sa.Integer(), nullable=False),
        sa.Column("shifts_worked", sa.Integer(), nullable=False),
        sa.Column("shifts_missed", sa.Integer(), nullable=False),
        sa.Column("calendar_token", sa.String(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("standing BETWEEN 0 AND 100", name=op.f("ck_agent_standing_in_range")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_agent_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent")),
        sa.UniqueConstraint("calendar_token", name=op.f("uq_agent_calendar_token")),
        sa.UniqueConstraint("user_id", name=op.f("uq_agent_user_id")),
    )
    op.create_index(op.f("ix_agent_status"), "agent", ["status"], unique=False)
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_user_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject_type", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_user_id"], ["user_account.id"], name=op.f("fk_audit_entry_actor_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_actor_user_id"), "audit_entry", ["actor_user_id"], unique=False)
    op.create_index(op.f("ix_audit_entry_at_id"), "audit_entry", ["at", "id"], unique=False)
    op.create_index(
        op.f("ix_audit_entry_subject_type_subject_id_at"),
        "audit_entry",
        ["subject_type", "subject_id", "at"],
        unique=False,
    )
    op.create_table(
        "match_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "waiting",
                "running",
                "done",
                "failed",
                "publishing",
                "published",
                "superseded",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stop_asked", sa.Boolean(), nullable=False),
        sa.Column("progress", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("bound", sa.BigInteger(), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("filled", sa.Integer(), nullable=True),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["peak_event.id"], name=op.f("fk_match_run_event_id")),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["user_account.id"], name=op.f("fk_match_run_requested_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_run")),
    )
    op.create_index(
        op.f("ix_match_run_event_id_requested_at"), "match_run", ["event_id", "requested_at"], unique=False
    )
    op.create_index(
        "uq_match_run_active",
        "match_run",
        ["event_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('waiting', 'running', 'publishing')"),
    )
    op.create_table(
        "membership",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum("owner", "member", name="role", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchant.id"], name=op.f("fk_membership_merchant_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_membership_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("user_id", name=op.f("uq_membership_user_id")),
    )
    op.create_index(op.f("ix_membership_merchant_id"), "membership", ["merchant_id"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("mail", "sms", name="channel", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "waiting",
                "sent",
                "failed",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_message_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index(op.f("ix_message_created_at_id"), "message", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_message_recipient"), "message", ["recipient"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "offer-made",
                "offer-lapsed",
                "shift-changed",
                "standby-called",
                "certificate-issued",
                "application-decided",
                "booking-held",
                "booking-confirmed",
                "booking-expired",
                "booking-cancelled",
                "payment-received",
                "match-finished",
                "rota-published",
                "seat-unstaffed",
                "import-finished",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_notice_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index(op.f("ix_notice_user_id_created_at"), "notice", ["user_id", "created_at"], unique=False)
    op.create_table(
        "notice_preference",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "offer-made",
                "offer-lapsed",
                "shift-changed",
                "standby-called",
                "certificate-issued",
                "application-decided",
                "booking-held",
                "booking-confirmed",
                "booking-expired",
                "booking-cancelled",
                "payment-received",
                "match-finished",
                "rota-published",
                "seat-unstaffed",
                "import-finished",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_notice_preference_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_preference")),
        sa.UniqueConstraint("user_id", "kind", name=op.f("uq_notice_preference_user_id_kind")),
    )
    op.create_table(
        "project",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "service_line",
            sa.Enum(
                "presales-chat",
                "aftersales-chat",
                "hotline",
                name="service_line",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("concurrent_chats", sa.Integer(), nullable=False),
        sa.Column("knowledge", sa.String(), nullable=False),
        sa.Column("pay_fen_an_hour", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "concurrent_chats BETWEEN 1 AND 8", name=op.f("ck_project_concurrent_chats_in_range")
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchant.id"], name=op.f("fk_project_merchant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
    )
    op.create_index(op.f("ix_project_merchant_id"), "project", ["merchant_id"], unique=False)
    op.create_table(
        "shift_slot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_shift_slot_ends_after_start")),
        sa.ForeignKeyConstraint(["event_id"], ["peak_event.id"], name=op.f("fk_shift_slot_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_slot")),
        sa.UniqueConstraint("event_id", "starts_at", name=op.f("uq_shift_slot_event_id_starts_at")),
    )
    op.create_table(
        "user_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_user_session_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_session_token_hash")),
    )
    op.create_index(op.f("ix_user_session_user_id"), "user_session", ["user_id"], unique=False)
    op.create_table(
        "agent_block",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_agent_block_agent_id")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchant.id"], name=op.f("fk_agent_block_merchant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_block")),
        sa.UniqueConstraint("agent_id", "merchant_id", name=op.f("uq_agent_block_agent_id_merchant_id")),
    )
    op.create_index(op.f("ix_agent_block_merchant_id"), "agent_block", ["merchant_id"], unique=False)
    op.create_table(
        "agent_needs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("text_only", sa.Boolean(), nullable=False),
        sa.Column("one_hand", sa.Boolean(), nullable=False),
        sa.Column("screen_reader", sa.Boolean(), nullable=False),
        sa.Column("max_day_minutes", sa.Integer(), nullable=False),
        sa.Column("max_stretch_minutes", sa.Integer(), nullable=False),
        sa.Column("min_rest_minutes", sa.Integer(), nullable=False),
        sa.Column("max_week_minutes", sa.Integer(), nullable=False),
        sa.Column("max_consecutive_days", sa.Integer(), nullable=False),
        sa.Column("max_concurrent", sa.Integer(), nullable=False),
        sa.Column("break_minutes_an_hour", sa.Integer(), nullable=False),
        sa.Column("response_allowance", sa.Numeric(precision=3, scale=1), nullable=False),
        sa.Column("exam_time_multiplier", sa.Numeric(precision=3, scale=2), nullable=False),
        sa.Column("exam_time_unlimited", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "exam_time_multiplier BETWEEN 1 AND 5", name=op.f("ck_agent_needs_exam_time_multiplier_in_range")
        ),
        sa.CheckConstraint(
            "max_concurrent BETWEEN 1 AND 8", name=op.f("ck_agent_needs_max_concurrent_in_range")
        ),
        sa.CheckConstraint(
            "max_consecutive_days BETWEEN 1 AND 14", name=op.f("ck_agent_needs_max_consecutive_days_in_range")
        ),
        sa.CheckConstraint(
            "max_day_minutes BETWEEN 60 AND 720", name=op.f("ck_agent_needs_max_day_minutes_in_range")
        ),
        sa.CheckConstraint(
            "max_stretch_minutes BETWEEN 60 AND 720", name=op.f("ck_agent_needs_max_stretch_minutes_in_range")
        ),
        sa.CheckConstraint(
            "max_week_minutes BETWEEN 60 AND 3600", name=op.f("ck_agent_needs_max_week_minutes_in_range")
        ),
        sa.CheckConstraint(
            "min_rest_minutes BETWEEN 0 AND 2880", name=op.f("ck_agent_needs_min_rest_minutes_in_range")
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_agent_needs_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_needs")),
        sa.UniqueConstraint("agent_id", name=op.f("uq_agent_needs_agent_id")),
    )
    op.create_table(
        "assignment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("formal", "standby", name="kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "offered",
                "accepted",
                "present",
                "done",
                "missing",
                "declined",
                "lapsed",
                "released",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("responded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.text("agent_id"), "="),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            where=sa.text("status IN ('offered', 'accepted', 'present', 'done', 'missing')"),
            using="gist",
            name="ex_assignment_agent_time",
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_assignment_ends_after_start")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_assignment_agent_id")),
        sa.ForeignKeyConstraint(["event_id"], ["peak_event.id"], name=op.f("fk_assignment_event_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_assignment_project_id")),
        sa.ForeignKeyConstraint(["replaces_id"], ["assignment.id"], name=op.f("fk_assignment_replaces_id")),
        sa.ForeignKeyConstraint(["run_id"], ["match_run.id"], name=op.f("fk_assignment_run_id")),
        sa.ForeignKeyConstraint(["slot_id"], ["shift_slot.id"], name=op.f("fk_assignment_slot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_assignment_replaces_id")),
    )
    op.create_index(
        op.f("ix_assignment_agent_id_starts_at"), "assignment", ["agent_id", "starts_at"], unique=False
    )
    op.create_index(
        "ix_assignment_offered",
        "assignment",
        ["respond_by"],
        unique=False,
        postgresql_where=sa.text("status = 'offered'"),
    )
    op.create_index(op.f("ix_assignment_run_id"), "assignment", ["run_id"], unique=False)
    op.create_index(
        op.f("ix_assignment_slot_id_project_id_status"),
        "assignment",
        ["slot_id", "project_id", "status"],
        unique=False,
    )
    op.create_table(
        "availability",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("preference", sa.Integer(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("agent_id"), "="),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            using="gist",
            name="ex_availability_agent_time",
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_availability_ends_after_start")),
        sa.CheckConstraint("preference BETWEEN 0 AND 10", name=op.f("ck_availability_preference_in_range")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_availability_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_availability")),
    )
    op.create_index(
        op.f("ix_availability_agent_id_starts_at"), "availability", ["agent_id", "starts_at"], unique=False
    )
    op.create_table(
        "booking",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "held",
                "confirmed",
                "expired",
                "cancelled",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("deposit_fen", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hold_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("deposit_fen >= 0", name=op.f("ck_booking_deposit_not_negative")),
        sa.ForeignKeyConstraint(["event_id"], ["peak_event.id"], name=op.f("fk_booking_event_id")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchant.id"], name=op.f("fk_booking_merchant_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_booking_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking")),
        sa.UniqueConstraint("number", name=op.f("uq_booking_number")),
    )
    op.create_index(op.f("ix_booking_event_id_status"), "booking", ["event_id", "status"], unique=False)
    op.create_index(
        "ix_booking_held",
        "booking",
        ["hold_expires_at"],
        unique=False,
        postgresql_where=sa.text("status = 'held'"),
    )
    op.create_index(
        op.f("ix_booking_merchant_id_created_at"), "booking", ["merchant_id", "created_at"], unique=False
    )
    op.create_index(op.f("ix_booking_project_id"), "booking", ["project_id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "needs-in-matching",
                "disability-facts",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_consent_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_agent_id_purpose"), "consent", ["agent_id", "purpose"], unique=False)
    op.create_table(
        "contact_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("uploaded_by", sa.Uuid(), nullable=True),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("file_format", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("skip_faulty_rows", sa.Boolean(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "waiting",
                "running",
                "done",
                "refused",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("rows_total", sa.Integer(), nullable=True),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("rows_imported", sa.Integer(), nullable=False),
        sa.Column("faults_total", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_contact_import_project_id")),
        sa.ForeignKeyConstraint(
            ["uploaded_by"], ["user_account.id"], name=op.f("fk_contact_import_uploaded_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_import")),
    )
    op.create_index(
        op.f("ix_contact_import_created_at_id"), "contact_import", ["created_at", "id"], unique=False
    )
    op.create_table(
        "disability_fact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_disability_fact_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disability_fact")),
        sa.UniqueConstraint("agent_id", "field", name=op.f("uq_disability_fact_agent_id_field")),
    )
    op.create_table(
        "disclosure_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("reader_user_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_disclosure_entry_agent_id")),
        sa.ForeignKeyConstraint(
            ["reader_user_id"], ["user_account.id"], name=op.f("fk_disclosure_entry_reader_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_entry")),
    )
    op.create_index(
        op.f("ix_disclosure_entry_agent_id_at"), "disclosure_entry", ["agent_id", "at"], unique=False
    )
    op.create_table(
        "exam_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("exam", sa.String(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("form", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("accommodation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "running", "submitted", name="status", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_exam_attempt_agent_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_exam_attempt_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_attempt")),
    )
    op.create_index(
        op.f("ix_exam_attempt_agent_id_exam_started_at"),
        "exam_attempt",
        ["agent_id", "exam", "started_at"],
        unique=False,
    )
    op.create_index(
        "uq_exam_attempt_running",
        "exam_attempt",
        ["agent_id"],
        unique=True,
        postgresql_where=sa.text("status = 'running'"),
    )
    op.create_table(
        "planned_seat",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_planned_seat_agent_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_planned_seat_project_id")),
        sa.ForeignKeyConstraint(["run_id"], ["match_run.id"], name=op.f("fk_planned_seat_run_id")),
        sa.ForeignKeyConstraint(["slot_id"], ["shift_slot.id"], name=op.f("fk_planned_seat_slot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_seat")),
        sa.UniqueConstraint(
            "run_id", "agent_id", "slot_id", name=op.f("uq_planned_seat_run_id_agent_id_slot_id")
        ),
    )
    op.create_table(
        "project_application",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "applied",
                "trial",
                "certified",
                "declined",
                "withdrawn",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_project_application_agent_id")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_project_application_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_application")),
    )
    op.create_index(
        op.f("ix_project_application_project_id"), "project_application", ["project_id"], unique=False
    )
    op.create_index(
        op.f("ix_project_application_status_applied_at"),
        "project_application",
        ["status", "applied_at"],
        unique=False,
    )
    op.create_index(
        "uq_project_application_open",
        "project_application",
        ["agent_id", "project_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('applied', 'trial')"),
    )
    op.create_table(
        "seat_cell",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.Column(
            "service_line",
            sa.Enum(
                "presales-chat",
                "aftersales-chat",
                "hotline",
                name="service_line",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("capacity >= 0", name=op.f("ck_seat_cell_capacity_not_negative")),
        sa.CheckConstraint("price_fen > 0", name=op.f("ck_seat_cell_price_positive")),
        sa.CheckConstraint("taken BETWEEN 0 AND capacity", name=op.f("ck_seat_cell_never_oversold")),
        sa.ForeignKeyConstraint(["event_id"], ["peak_event.id"], name=op.f("fk_seat_cell_event_id")),
        sa.ForeignKeyConstraint(["slot_id"], ["shift_slot.id"], name=op.f("fk_seat_cell_slot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_cell")),
        sa.UniqueConstraint("slot_id", "service_line", name=op.f("uq_seat_cell_slot_id_service_line")),
    )
    op.create_index(
        op.f("ix_seat_cell_event_id_service_line"), "seat_cell", ["event_id", "service_line"], unique=False
    )
    op.create_table(
        "shortage",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_shortage_project_id")),
        sa.ForeignKeyConstraint(["run_id"], ["match_run.id"], name=op.f("fk_shortage_run_id")),
        sa.ForeignKeyConstraint(["slot_id"], ["shift_slot.id"], name=op.f("fk_shortage_slot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shortage")),
        sa.UniqueConstraint(
            "run_id",
            "project_id",
            "slot_id",
            "cause",
            name=op.f("uq_shortage_run_id_project_id_slot_id_cause"),
        ),
    )
    op.create_table(
        "booking_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("seat_cell_id", sa.Uuid(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("seats_at_first", sa.Integer(), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("seats <= seats_at_first", name=op.f("ck_booking_line_seats_only_shrink")),
        sa.CheckConstraint("seats >= 0", name=op.f("ck_booking_line_seats_not_negative")),
        sa.CheckConstraint("seats_at_first > 0", name=op.f("ck_booking_line_seats_at_first_positive")),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_booking_line_booking_id")),
        sa.ForeignKeyConstraint(
            ["seat_cell_id"], ["seat_cell.id"], name=op.f("fk_booking_line_seat_cell_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_line")),
        sa.UniqueConstraint(
            "booking_id", "seat_cell_id", name=op.f("uq_booking_line_booking_id_seat_cell_id")
        ),
    )
    op.create_index(op.f("ix_booking_line_seat_cell_id"), "booking_line", ["seat_cell_id"], unique=False)
    op.create_table(
        "certificate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("base", "project", name="kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'project') = (project_id IS NOT NULL)", name=op.f("ck_certificate_project_named")
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_certificate_agent_id")),
        sa.ForeignKeyConstraint(["attempt_id"], ["exam_attempt.id"], name=op.f("fk_certificate_attempt_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_certificate_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("number", name=op.f("uq_certificate_number")),
    )
    op.create_index(op.f("ix_certificate_project_id"), "certificate", ["project_id"], unique=False)
    op.create_index(
        "uq_certificate_agent_base",
        "certificate",
        ["agent_id"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL AND project_id IS NULL"),
    )
    op.create_index(
        "uq_certificate_agent_project",
        "certificate",
        ["agent_id", "project_id"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL AND project_id IS NOT NULL"),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=True),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("chat", "call", name="channel", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_manual_seconds", sa.Integer(), nullable=True),
        sa.Column("messages_in", sa.Integer(), nullable=False),
        sa.Column("messages_out", sa.Integer(), nullable=False),
        sa.Column("handoffs", sa.Integer(), nullable=False),
        sa.Column("satisfaction", sa.Integer(), nullable=True),
        sa.Column("resolved", sa.Boolean(), nullable=True),
        sa.Column("ordered", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "messages_in >= 0 AND messages_out >= 0", name=op.f("ck_contact_messages_not_negative")
        ),
        sa.CheckConstraint("satisfaction BETWEEN 1 AND 5", name=op.f("ck_contact_satisfaction_in_range")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_contact_agent_id")),
        sa.ForeignKeyConstraint(["import_id"], ["contact_import.id"], name=op.f("fk_contact_import_id")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchant.id"], name=op.f("fk_contact_merchant_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_contact_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("project_id", "external_id", name=op.f("uq_contact_project_id_external_id")),
    )
    op.create_index(
        op.f("ix_contact_agent_id_started_at"), "contact", ["agent_id", "started_at"], unique=False
    )
    op.create_index(op.f("ix_contact_import_id"), "contact", ["import_id"], unique=False)
    op.create_index(
        op.f("ix_contact_merchant_id_started_at"), "contact", ["merchant_id", "started_at"], unique=False
    )
    op.create_index(
        op.f("ix_contact_project_id_started_at"), "contact", ["project_id", "started_at"], unique=False
    )
    op.create_table(
        "exam_answer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("response", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sequence > 0", name=op.f("ck_exam_answer_sequence_positive")),
        sa.ForeignKeyConstraint(["attempt_id"], ["exam_attempt.id"], name=op.f("fk_exam_answer_attempt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_answer")),
        sa.UniqueConstraint("attempt_id", "item_id", name=op.f("uq_exam_answer_attempt_id_item_id")),
    )
    op.create_table(
        "import_fault",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("column", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["contact_import.id"], name=op.f("fk_import_fault_import_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_fault")),
    )
    op.create_index(
        op.f("ix_import_fault_import_id_line"), "import_fault", ["import_id", "line"], unique=False
    )
    op.create_table(
        "payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column(
            "provider",
            sa.Enum(
                "bank-transfer",
                "sandbox",
                name="provider",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "pending",
                "paid",
                "failed",
                "refund-due",
                "refunded",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_payment_amount_not_zero")),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_payment_booking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("reference", name=op.f("uq_payment_reference")),
    )
    op.create_index(op.f("ix_payment_booking_id"), "payment", ["booking_id"], unique=False)
    op.create_index(op.f("ix_payment_status_created_at"), "payment", ["status", "created_at"], unique=False)
    op.create_table(
        "cancellation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("booking_line_id", sa.Uuid(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("fee_fen", sa.BigInteger(), nullable=False),
        sa.Column("refund_fen", sa.BigInteger(), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("seats > 0", name=op.f("ck_cancellation_seats_positive")),
        sa.ForeignKeyConstraint(
            ["booking_line_id"], ["booking_line.id"], name=op.f("fk_cancellation_booking_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["cancelled_by"], ["user_account.id"], name=op.f("fk_cancellation_cancelled_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cancellation")),
    )
    op.create_index(
        op.f("ix_cancellation_booking_line_id"), "cancellation", ["booking_line_id"], unique=False
    )
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME;
        END $$
        """
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_index(op.f("ix_cancellation_booking_line_id"), table_name="cancellation")
    op.drop_table("cancellation")
    op.drop_index(op.f("ix_payment_status_created_at"), table_name="payment")
    op.drop_index(op.f("ix_payment_booking_id"), table_name="payment")
    op.drop_table("payment")
    op.drop_index(op.f("ix_import_fault_import_id_line"), table_name="import_fault")
    op.drop_table("import_fault")
    op.drop_table("exam_answer")
    op.drop_index(op.f("ix_contact_project_id_started_at"), table_name="contact")
    op.drop_index(op.f("ix_contact_merchant_id_started_at"), table_name="contact")
    op.drop_index(op.f("ix_contact_import_id"), table_name="contact")
    op.drop_index(op.f("ix_contact_agent_id_started_at"), table_name="contact")
    op.drop_table("contact")
    op.drop_index(
        "uq_certificate_agent_project",
        table_name="certificate",
        postgresql_where=sa.text("revoked_at IS NULL AND project_id IS NOT NULL"),
    )
    op.drop_index(
        "uq_certificate_agent_base",
        table_name="certificate",
        postgresql_where=sa.text("revoked_at IS NULL AND project_id IS NULL"),
    )
    op.drop_index(op.f("ix_certificate_project_id"), table_name="certificate")
    op.drop_table("certificate")
    op.drop_index(op.f("ix_booking_line_seat_cell_id"), table_name="booking_line")
    op.drop_table("booking_line")
    op.drop_table("shortage")
    op.drop_index(op.f("ix_seat_cell_event_id_service_line"), table_name="seat_cell")
    op.drop_table("seat_cell")
    op.drop_index(
        "uq_project_application_open",
        table_name="project_application",
        postgresql_where=sa.text("status IN ('applied', 'trial')"),
    )
    op.drop_index(op.f("ix_project_application_status_applied_at"), table_name="project_application")
    op.drop_index(op.f("ix_project_application_project_id"), table_name="project_application")
    op.drop_table("project_application")
    op.drop_table("planned_seat")
    op.drop_index(
        "uq_exam_attempt_running", table_name="exam_attempt", postgresql_where=sa.text("status = 'running'")
    )
    op.drop_index(op.f("ix_exam_attempt_agent_id_exam_started_at"), table_name="exam_attempt")
    op.drop_table("exam_attempt")
    op.drop_index(op.f("ix_disclosure_entry_agent_id_at"), table_name="disclosure_entry")
    op.drop_table("disclosure_entry")
    op.drop_table("disability_fact")
    op.drop_index(op.f("ix_contact_import_created_at_id"), table_name="contact_import")
    op.drop_table("contact_import")
    op.drop_index(op.f("ix_consent_agent_id_purpose"), table_name="consent")
    op.drop_table("consent")
    op.drop_index(op.f("ix_booking_project_id"), table_name="booking")
    op.drop_index(op.f("ix_booking_merchant_id_created_at"), table_name="booking")
    op.drop_index("ix_booking_held", table_name="booking", postgresql_where=sa.text("status = 'held'"))
    op.drop_index(op.f("ix_booking_event_id_status"), table_name="booking")
    op.drop_table("booking")
    op.drop_index(op.f("ix_availability_agent_id_starts_at"), table_name="availability")
    op.drop_table("availability")
    op.drop_index(op.f("ix_assignment_slot_id_project_id_status"), table_name="assignment")
    op.drop_index(op.f("ix_assignment_run_id"), table_name="assignment")
    op.drop_index(
        "ix_assignment_offered", table_name="assignment", postgresql_where=sa.text("status = 'offered'")
    )
    op.drop_index(op.f("ix_assignment_agent_id_starts_at"), table_name="assignment")
    op.drop_table("assignment")
    op.drop_table("agent_needs")
    op.drop_index(op.f("ix_agent_block_merchant_id"), table_name="agent_block")
    op.drop_table("agent_block")
    op.drop_index(op.f("ix_user_session_user_id"), table_name="user_session")
    op.drop_table("user_session")
    op.drop_table("shift_slot")
    op.drop_index(op.f("ix_project_merchant_id"), table_name="project")
    op.drop_table("project")
    op.drop_table("notice_preference")
    op.drop_index(op.f("ix_notice_user_id_created_at"), table_name="notice")
    op.drop_table("notice")
    op.drop_index(op.f("ix_message_recipient"), table_name="message")
    op.drop_index(op.f("ix_message_created_at_id"), table_name="message")
    op.drop_table("message")
    op.drop_index(op.f("ix_membership_merchant_id"), table_name="membership")
    op.drop_table("membership")
    op.drop_index(
        "uq_match_run_active",
        table_name="match_run",
        postgresql_where=sa.text("status IN ('waiting', 'running', 'publishing')"),
    )
    op.drop_index(op.f("ix_match_run_event_id_requested_at"), table_name="match_run")
    op.drop_table("match_run")
    op.drop_index(op.f("ix_audit_entry_subject_type_subject_id_at"), table_name="audit_entry")
    op.drop_index(op.f("ix_audit_entry_at_id"), table_name="audit_entry")
    op.drop_index(op.f("ix_audit_entry_actor_user_id"), table_name="audit_entry")
    op.drop_table("audit_entry")
    op.drop_index(op.f("ix_agent_status"), table_name="agent")
    op.drop_table("agent")
    op.drop_index(op.f("ix_verification_contact_purpose_created_at"), table_name="verification")
    op.drop_table("verification")
    op.drop_table("user_account")
    op.drop_table("peak_event")
    op.drop_index(
        "ix_outbox_message_waiting",
        table_name="outbox_message",
        postgresql_where=sa.text("dispatched_at IS NULL AND done_at IS NULL AND dead_at IS NULL"),
    )
    op.drop_index(
        "ix_outbox_message_sent",
        table_name="outbox_message",
        postgresql_where=sa.text("done_at IS NULL AND dead_at IS NULL"),
    )
    op.drop_table("outbox_message")
    op.drop_table("merchant")
    op.execute("DROP FUNCTION refuse_change()")
    op.execute("DROP EXTENSION btree_gist")
