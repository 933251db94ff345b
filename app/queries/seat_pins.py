"""People whom operations have put on a seat, as long as nobody has been told."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.models import Agent, Assignment, Merchant, PeakEvent, Project, SeatPin, ShiftSlot, User
from app.queries.columns import Rows
from app.queries.match_input import booked_seats


@dataclasses.dataclass(frozen=True, kw_only=True)
class PinLine:
    """One pin, in words."""

    id: uuid.UUID
    agent_id: uuid.UUID
    name: str
    project_id: uuid.UUID
    project: str
    merchant: str
    slot_id: uuid.UUID
    starts_at: dt.datetime
    ends_at: dt.datetime
    pinned_at: dt.datetime
    pinned_by: str


def is_open() -> ColumnElement[bool]:
    """Say whether a pin still waits for its offer: an offer made since, whatever its answer, ends it."""
    return (
        ~select(Assignment.id)
        .where(
            Assignment.agent_id == SeatPin.agent_id,
            Assignment.slot_id == SeatPin.slot_id,
            Assignment.offered_at >= SeatPin.pinned_at,
        )
        .exists()
    )


def open_pins(event_id: uuid.UUID, *, now: dt.datetime) -> Rows:
    """Select person, project and slot of a season's open pins on shifts still to come."""
    statement: Any = (
        select(SeatPin.agent_id, SeatPin.project_id, SeatPin.slot_id)
        .join(ShiftSlot, ShiftSlot.id == SeatPin.slot_id)
        .where(SeatPin.event_id == event_id, ShiftSlot.starts_at > now, is_open())
        .order_by(SeatPin.pinned_at, SeatPin.id)
    )
    return statement  # type: ignore[no-any-return]


def list_pins(session: Session, event_id: uuid.UUID, *, now: dt.datetime) -> Sequence[PinLine]:
    """Return a season's open pins on shifts still to come, in order of time."""
    user = select(User.id, User.name).subquery()
    rows = session.execute(
        select(
            SeatPin.id,
            SeatPin.agent_id,
            User.name,
            SeatPin.project_id,
            Project.name.label("project"),
            Merchant.name.label("merchant"),
            SeatPin.slot_id,
            ShiftSlot.starts_at,
            ShiftSlot.ends_at,
            SeatPin.pinned_at,
            user.c.name.label("pinned_by"),
        )
        .join(ShiftSlot, ShiftSlot.id == SeatPin.slot_id)
        .join(Project, Project.id == SeatPin.project_id)
        .join(Merchant, Merchant.id == Project.merchant_id)
        .join(Agent, Agent.id == SeatPin.agent_id)
        .join(User, User.id == Agent.user_id)
        .join(user, user.c.id == SeatPin.pinned_by)
        .where(SeatPin.event_id == event_id, ShiftSlot.starts_at > now, is_open())
        .order_by(ShiftSlot.starts_at, Project.name, User.name, SeatPin.id)
    )
    return [PinLine(**row._mapping) for row in rows]


def list_bookable_projects(session: Session, event: PeakEvent, *, now: dt.datetime) -> Sequence[Project]:
    """Return the projects with confirmed seats in shifts still to come, by name."""
    booked = booked_seats(event.id, now=now).subquery()
    return session.scalars(
        select(Project).where(Project.id.in_(select(booked.c.project_id))).order_by(Project.name, Project.id)
    ).all()


def list_coming_slots(session: Session, event: PeakEvent, *, now: dt.datetime) -> Sequence[ShiftSlot]:
    """Return a season's shifts still to come, in order of time."""
    return session.scalars(
        select(ShiftSlot)
        .where(ShiftSlot.event_id == event.id, ShiftSlot.starts_at > now)
        .order_by(ShiftSlot.starts_at, ShiftSlot.id)
    ).all()
