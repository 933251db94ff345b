"""Reads of a merchant's projects."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.models import Booking, BookingLine, BookingStatus, Certificate, Project


@dataclasses.dataclass(frozen=True, kw_only=True)
class ProjectSummary:
    """A project with how many people may work in it, and its bookings that hold seats."""

    project: Project
    certified: int
    bookings: int
    seats: int


def _summaries(merchant_id: uuid.UUID, *, today: dt.datetime) -> Select[Any]:
    certified = (
        select(func.count(Certificate.agent_id.distinct()))
        .where(
            Certificate.project_id == Project.id,
            Certificate.revoked_at.is_(None),
            Certificate.works_from <= today,
            Certificate.expires_at > today,
        )
        .correlate(Project)
        .scalar_subquery()
    )
    live = (BookingStatus.HELD, BookingStatus.CONFIRMED)
    booked = (
        select(func.count())
        .select_from(Booking)
        .where(Booking.project_id == Project.id, Booking.status.in_(live))
        .correlate(Project)
        .scalar_subquery()
    )
    seats = (
        select(func.coalesce(func.sum(BookingLine.seats), 0))
        .join(Booking, Booking.id == BookingLine.booking_id)
        .where(Booking.project_id == Project.id, Booking.status.in_(live))
        .correlate(Project)
        .scalar_subquery()
    )
    return select(
        Project, certified.label("certified"), booked.label("bookings"), seats.label("seats")
    ).where(Project.merchant_id == merchant_id)


def list_project_summaries(
    session: Session, *, merchant_id: uuid.UUID, now: dt.datetime
) -> Sequence[ProjectSummary]:
    """Return a merchant's projects with their figures, oldest first."""
    rows = session.execute(
        _summaries(merchant_id, today=now).order_by(Project.created_at, Project.name, Project.id)
    ).all()
    return [_summary(row) for row in rows]


def get_project_summary(
    session: Session, project_id: uuid.UUID, *, merchant_id: uuid.UUID, now: dt.datetime
) -> ProjectSummary:
    """Return one project of this merchant with its figures; another merchant's is not found."""
    row = session.execute(_summaries(merchant_id, today=now).where(Project.id == project_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"project {project_id}")
    return _summary(row)


def list_projects(session: Session, *, merchant_id: uuid.UUID) -> Sequence[Project]:
    """Return a merchant's projects, oldest first."""
    return session.scalars(
        select(Project)
        .where(Project.merchant_id == merchant_id)
        .order_by(Project.created_at, Project.name, Project.id)
    ).all()


def _summary(row: Any) -> ProjectSummary:
    return ProjectSummary(
        project=row.Project, certified=row.certified, bookings=row.bookings, seats=int(row.seats)
    )
