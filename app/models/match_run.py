"""Runs of the matcher, the plans they made and the seats they could not staff."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, fen, text_enum
from app.models.peak_event import PeakEvent, ShiftSlot
from app.models.project import Project


class MatchStatus(enum.StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"


class MatchRun(Base):
    """One run over a season. value <= best possible <= bound, all in whole points."""

    __tablename__ = "match_run"
    __table_args__ = (
        Index(
            "uq_match_run_active",
            "event_id",
            unique=True,
            postgresql_where=text("status IN ('waiting', 'running', 'publishing')"),
        ),
        Index(None, "event_id", "requested_at"),
        CheckConstraint("started_at IS NOT NULL OR status IN ('waiting', 'failed')", name="begun"),
    )

    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("peak_event.id"))
    number: Mapped[int]
    status: Mapped[MatchStatus] = mapped_column(text_enum(MatchStatus, "status"))
    seconds: Mapped[int]
    seed: Mapped[int] = mapped_column(default=0)
    requested_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    requested_at: Mapped[dt.datetime]
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
    published_at: Mapped[dt.datetime | None]
    stop_asked: Mapped[bool] = mapped_column(default=False)
    progress: Mapped[dict[str, Any] | None]
    value: Mapped[int | None] = mapped_column(BigInteger)
    bound: Mapped[int | None] = mapped_column(BigInteger)
    seats: Mapped[int | None]
    filled: Mapped[int | None]
    report: Mapped[dict[str, Any] | None]
    failure: Mapped[str | None]

    event: Mapped[PeakEvent] = relationship(lazy="raise_on_sql")


class PlannedSeat(Base):
    """One agent in one seat, or on standby for it, as a run planned it.

    Binding only once published: the assignment then carries this row's id.
    """

    __tablename__ = "planned_seat"
    __table_args__ = (UniqueConstraint("run_id", "agent_id", "slot_id"),)

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("match_run.id"))
    agent_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agent.id"))
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("project.id"))
    slot_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("shift_slot.id"))
    is_standby: Mapped[bool] = mapped_column(default=False, server_default=false())


class MatchPrice(Base):
    """What one more seat in a project and slot was worth to a run, in 1/64 points.

    Kept for every demand row, so that a run's choices can be explained long after.
    """

    __tablename__ = "match_price"
    __table_args__ = (UniqueConstraint("run_id", "project_id", "slot_id"),)

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("match_run.id"))
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("project.id"))
    slot_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("shift_slot.id"))
    price: Mapped[int] = mapped_column(BigInteger)


class SeatCover(Base):
    """How likely it is that all booked seats of a project in a slot are worked, as reckoned at a moment.

    `seated` people hold seats, `standbys` stand by for this project first, and for `helps_id` next.
    `standbys_alone` would be needed if they helped nobody else. `cost_fen` is what standing by will cost.
    """

    __tablename__ = "seat_cover"
    __table_args__ = (
        UniqueConstraint("run_id", "project_id", "slot_id"),
        CheckConstraint("chance BETWEEN 0 AND 1", name="chance_in_range"),
        CheckConstraint("target BETWEEN 0 AND 1", name="target_in_range"),
    )

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("match_run.id"))
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("project.id"))
    slot_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("shift_slot.id"))
    booked: Mapped[int]
    seated: Mapped[int]
    standbys: Mapped[int]
    standbys_alone: Mapped[int]
    helps_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("project.id"))
    chance: Mapped[float]
    target: Mapped[float]
    cost_fen: Mapped[int] = fen()
    reckoned_at: Mapped[dt.datetime]


class Shortage(Base):
    """Seats of one project in one slot that a run could not staff, by cause."""

    __tablename__ = "shortage"
    __table_args__ = (UniqueConstraint("run_id", "project_id", "slot_id", "cause"),)

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("match_run.id"))
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("project.id"))
    slot_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("shift_slot.id"))
    cause: Mapped[str]
    seats: Mapped[int]
    details: Mapped[dict[str, Any]]

    project: Mapped[Project] = relationship(lazy="raise_on_sql")
    slot: Mapped[ShiftSlot] = relationship(lazy="raise_on_sql")
