"""Who could take one seat now: certified, available, free, not blocked, and not asked before."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.models import (
    LIVE_STATUSES,
    Agent,
    AgentBlock,
    AgentNeeds,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    Availability,
    Booking,
    BookingLine,
    BookingStatus,
    Certificate,
    Project,
    SeatCell,
    ServiceLine,
    User,
)
from app.queries.match_input import DEFAULT_NEEDS, is_working_agent, needs_in_force

# Rest, days in a row and weeks reach no further than this from a shift.
REACH = dt.timedelta(days=15)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Substitute:
    """Somebody who may take the seat as far as certificate, time and needs go; limits come next."""

    agent_id: uuid.UUID
    name: str
    locale: str
    standing: int
    preference: int
    shifts_for_merchant: int
    max_day_minutes: int
    max_stretch_minutes: int
    min_rest_minutes: int
    max_week_minutes: int
    max_consecutive_days: int


def list_substitutes(session: Session, seat: Assignment, *, limit: int = 300) -> Sequence[Substitute]:
    """Return who might take over this seat, best first: standing, continuity, preference."""
    project = select(Project).where(Project.id == seat.project_id).subquery()
    other = aliased(Assignment)
    worked = (
        select(func.count())
        .select_from(other)
        .join(Project, Project.id == other.project_id)
        .where(
            other.agent_id == Agent.id,
            other.kind == AssignmentKind.FORMAL,
            other.status == AssignmentStatus.DONE,
            Project.merchant_id == project.c.merchant_id,
        )
        .scalar_subquery()
    )
    busy_or_asked = (
        select(other.id)
        .where(
            other.agent_id == Agent.id,
            or_(
                and_(
                    other.status.in_(LIVE_STATUSES),
                    other.starts_at < seat.ends_at,
                    other.ends_at > seat.starts_at,
                ),
                # Somebody who said no to this slot, or did not answer, is not asked again.
                other.slot_id == seat.slot_id,
            ),
        )
        .exists()
    )
    points = Agent.standing + func.least(60, 6 * worked) + 3 * Availability.preference
    rows = session.execute(
        select(
            Agent.id.label("agent_id"),
            User.name,
            User.locale,
            Agent.standing,
            Availability.preference,
            worked.label("shifts_for_merchant"),
            *(_need(name).label(name) for name in DEFAULT_NEEDS if name != "max_concurrent"),
        )
        .join(User, User.id == Agent.user_id)
        .join(Certificate, _certifies(seat))
        .join(project, project.c.id == Certificate.project_id)
        .join(
            Availability,
            and_(
                Availability.agent_id == Agent.id,
                Availability.starts_at <= seat.starts_at,
                Availability.ends_at >= seat.ends_at,
            ),
        )
        .outerjoin(AgentNeeds, AgentNeeds.agent_id == Agent.id)
        .where(
            is_working_agent(),
            ~busy_or_asked,
            *_suits(project),
        )
        .order_by(points.desc(), Agent.id)
        .limit(limit)
    ).all()
    return [Substitute(**row._mapping) for row in rows]


def take_standby(session: Session, seat: Assignment) -> Assignment | None:
    """Return and lock the best standby of the seat's slot who said yes and may work in its project.

    One that somebody else calls in this moment is waited for, found to be taken, and passed over.
    """
    project = select(Project).where(Project.id == seat.project_id).subquery()
    return session.scalar(
        select(Assignment)
        .join(Agent, Agent.id == Assignment.agent_id)
        .join(User, User.id == Agent.user_id)
        .join(Certificate, _certifies(seat))
        .join(project, project.c.id == Certificate.project_id)
        .outerjoin(AgentNeeds, AgentNeeds.agent_id == Agent.id)
        .where(
            Assignment.slot_id == seat.slot_id,
            Assignment.kind == AssignmentKind.STANDBY,
            Assignment.status == AssignmentStatus.ACCEPTED,
            is_working_agent(),
            *_suits(project),
        )
        # First those who stand by for this very project.
        .order_by(Assignment.project_id != seat.project_id, Agent.standing.desc(), Assignment.id)
        .limit(1)
        .with_for_update(of=Assignment)
        .execution_options(populate_existing=True)
    )


def _need(name: str) -> Any:
    """Return a person's need where it is in force, else what the house asks for."""
    value = func.coalesce(getattr(AgentNeeds, name), DEFAULT_NEEDS[name])
    return case((needs_in_force(), value), else_=DEFAULT_NEEDS[name])


def _certifies(seat: Assignment) -> ColumnElement[bool]:
    """Join a person's certificate that holds for the whole shift."""
    return and_(
        Certificate.agent_id == Agent.id,
        Certificate.project_id == seat.project_id,
        Certificate.revoked_at.is_(None),
        Certificate.issued_at <= seat.starts_at,
        Certificate.expires_at >= seat.ends_at,
    )


def _suits(project: Subquery) -> list[ColumnElement[bool]]:
    """Say whether person and project go together: no block, and no more asked than the needs allow."""
    blocked = (
        select(AgentBlock.id)
        .where(AgentBlock.agent_id == Agent.id, AgentBlock.merchant_id == project.c.merchant_id)
        .exists()
    )
    is_voice = project.c.service_line == ServiceLine.HOTLINE
    text_only = and_(needs_in_force(), func.coalesce(AgentNeeds.text_only, False))
    return [
        ~blocked,
        ~and_(is_voice, text_only),
        # Conversations at the same time are a matter of chat: a call is one call.
        or_(is_voice, _need("max_concurrent") >= project.c.concurrent_chats),
    ]


def list_held_times(
    session: Session, agent_ids: Sequence[uuid.UUID], *, around: dt.datetime
) -> dict[uuid.UUID, list[tuple[dt.datetime, dt.datetime]]]:
    """Return the live shifts of these people near a moment, as start and end, by agent."""
    held: dict[uuid.UUID, list[tuple[dt.datetime, dt.datetime]]] = {}
    rows = session.execute(
        select(Assignment.agent_id, Assignment.starts_at, Assignment.ends_at)
        .where(
            Assignment.agent_id.in_(agent_ids),
            Assignment.status.in_(LIVE_STATUSES),
            Assignment.starts_at > around - REACH,
            Assignment.starts_at < around + REACH,
        )
        .order_by(Assignment.agent_id, Assignment.starts_at)
    )
    for agent_id, starts_at, ends_at in rows:
        held.setdefault(agent_id, []).append((starts_at, ends_at))
    return held


def count_empty_seats(session: Session, *, project_id: uuid.UUID, slot_id: uuid.UUID) -> int:
    """Return how many booked seats of a project and slot nobody holds; below zero: too many do."""
    booked = session.scalars(
        select(func.coalesce(func.sum(BookingLine.seats), 0))
        .join(Booking, Booking.id == BookingLine.booking_id)
        .join(SeatCell, SeatCell.id == BookingLine.seat_cell_id)
        .where(
            Booking.project_id == project_id,
            SeatCell.slot_id == slot_id,
            Booking.status == BookingStatus.CONFIRMED,
        )
    ).one()
    holding = session.scalars(
        select(func.count())
        .select_from(Assignment)
        .where(
            Assignment.project_id == project_id,
            Assignment.slot_id == slot_id,
            Assignment.kind == AssignmentKind.FORMAL,
            Assignment.status.in_(LIVE_STATUSES),
            Assignment.status != AssignmentStatus.MISSING,
        )
    ).one()
    return int(booked) - holding
