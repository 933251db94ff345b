"""An agent in a seat: offered, accepted, worked or missed."""

from __future__ import annotations

import datetime as dt
import enum
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.agent import Agent
from app.models.base import Base, text_enum
from app.models.peak_event import ShiftSlot
from app.models.project import Project


class AssignmentKind(enum.StrEnum):
    FORMAL = "formal"
    STANDBY = "standby"


class AssignmentStatus(enum.StrEnum):
    """OFFERED waits for a yes. MISSING means: did not check in by the end of the grace time.

    A person's time is taken while OFFERED, ACCEPTED, PRESENT, DONE or MISSING (LIVE_STATUSES);
    DECLINED, LAPSED and RELEASED give it back.
    """

    OFFERED = "offered"
    ACCEPTED = "accepted"
    PRESENT = "present"
    DONE = "done"
    MISSING = "missing"
    DECLINED = "declined"
    LAPSED = "lapsed"
    RELEASED = "released"


LIVE_STATUSES = (
    AssignmentStatus.OFFERED,
    AssignmentStatus.ACCEPTED,
    AssignmentStatus.PRESENT,
    AssignmentStatus.DONE,
    AssignmentStatus.MISSING,
)


class Assignment(Base):
    """One agent in one seat of a project and slot; times are copied from the slot for the exclusion.

    A standby has no seat of its own: `project_id` says where it is meant to help. When called it becomes
    a formal shift, with `called_at` and the seat it `replaces`. `counted_at`: it is in the person's record.
    """

    __tablename__ = "assignment"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        ExcludeConstraint(
            (text("agent_id"), "="),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            name="ex_assignment_agent_time",
            using="gist",
            where=text("status IN ('offered', 'accepted', 'present', 'done', 'missing')"),
        ),
        Index(None, "agent_id", "starts_at"),
        Index(None, "slot_id", "project_id", "status"),
        # Two that find who may take over a seat: how often they worked for whom, and who stands by.
        Index(
            "ix_assignment_worked",
            "agent_id",
            "project_id",
            postgresql_where=text("kind = 'formal' AND status = 'done'"),
        ),
        Index(
            "ix_assignment_standing_by",
            "slot_id",
            postgresql_where=text("kind = 'standby' AND status = 'accepted'"),
        ),
        Index("ix_assignment_offered", "respond_by", postgresql_where=text("status = 'offered'")),
        Index("ix_assignment_expected", "starts_at", postgresql_where=text("status = 'accepted'")),
        Index(
            "ix_assignment_uncounted",
            "ends_at",
            postgresql_where=text("counted_at IS NULL AND status IN ('present', 'missing')"),
        ),
    )

    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("peak_event.id"))
    run_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("match_run.id"), index=True)
    agent_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agent.id"))
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("project.id"))
    slot_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("shift_slot.id"))
    kind: Mapped[AssignmentKind] = mapped_column(text_enum(AssignmentKind, "kind"))
    status: Mapped[AssignmentStatus] = mapped_column(text_enum(AssignmentStatus, "status"))
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    offered_at: Mapped[dt.datetime]
    respond_by: Mapped[dt.datetime]
    responded_at: Mapped[dt.datetime | None]
    called_at: Mapped[dt.datetime | None]
    checked_in_at: Mapped[dt.datetime | None]
    counted_at: Mapped[dt.datetime | None]
    replaces_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("assignment.id"), unique=True)

    agent: Mapped[Agent] = relationship(lazy="raise_on_sql")
    project: Mapped[Project] = relationship(lazy="raise_on_sql")
    slot: Mapped[ShiftSlot] = relationship(lazy="raise_on_sql")
