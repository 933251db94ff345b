"""What anybody may know of the season: how many seats are booked, staffed and short."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.clock import BUSINESS_ZONE
from app.models import (
    Agent,
    AgentStatus,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    Contact,
    PeakEvent,
    SeatCell,
    ShiftSlot,
)

ANSWERED_WITHIN_SECONDS = 30
RECENT = dt.timedelta(days=7)
CONFIRMED = (AssignmentStatus.ACCEPTED, AssignmentStatus.PRESENT, AssignmentStatus.DONE)


@dataclasses.dataclass(frozen=True, kw_only=True)
class SlotSeats:
    """One shift slot's seats over all service lines: booked = staffed + asked + short.

    `asked` seats have a person whose yes is still awaited.
    """

    starts_at: dt.datetime
    ends_at: dt.datetime
    booked: int
    staffed: int
    asked: int

    @property
    def short(self) -> int:
        return self.booked - self.staffed - self.asked


@dataclasses.dataclass(frozen=True, kw_only=True)
class SeasonFigures:
    """The season in figures. `recent_contacts` are those of the last seven days."""

    event: PeakEvent
    slots: Sequence[SlotSeats]
    seats_left: int
    lowest_price_fen: int | None
    certified_agents: int
    working_agents: int
    recent_contacts: int
    recent_in_time: int

    @property
    def booked(self) -> int:
        return sum(slot.booked for slot in self.slots)

    @property
    def staffed(self) -> int:
        return sum(slot.staffed for slot in self.slots)

    @property
    def asked(self) -> int:
        return sum(slot.asked for slot in self.slots)

    @property
    def short(self) -> int:
        return sum(slot.short for slot in self.slots)

    @property
    def has_rota(self) -> bool:
        """Whether any seat has a person yet: before that, "short" means nothing."""
        return self.staffed + self.asked > 0


def find_season_figures(session: Session, *, now: dt.datetime) -> SeasonFigures | None:
    """Return the figures of the season that runs or comes next, else of the last one, or None.

    Takes six statements, whatever the season's size.
    """
    event = _find_event(session, today=now.astimezone(BUSINESS_ZONE).date())
    if event is None:
        return None
    people = _count_people_by_slot(session, event.id)
    rows = session.execute(
        select(
            ShiftSlot.id,
            ShiftSlot.starts_at,
            ShiftSlot.ends_at,
            func.coalesce(func.sum(SeatCell.taken), 0).label("booked"),
            func.coalesce(func.sum(SeatCell.capacity - SeatCell.taken), 0).label("left"),
            func.min(SeatCell.price_fen).label("price_fen"),
        )
        .outerjoin(SeatCell, SeatCell.slot_id == ShiftSlot.id)
        .where(ShiftSlot.event_id == event.id)
        .group_by(ShiftSlot.id)
        .order_by(ShiftSlot.starts_at, ShiftSlot.id)
    ).all()
    slots = []
    for row in rows:
        # A seat given back after it was staffed leaves a person over, who fills no other seat.
        staffed, asked = people.get(row.id, (0, 0))
        staffed = min(staffed, row.booked)
        slots.append(
            SlotSeats(
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                booked=row.booked,
                staffed=staffed,
                asked=min(asked, row.booked - staffed),
            )
        )
    contacts, in_time = _count_recent_contacts(session, now=now)
    return SeasonFigures(
        event=event,
        slots=tuple(slots),
        seats_left=sum(row.left for row in rows if row.starts_at > now),
        lowest_price_fen=min((row.price_fen for row in rows if row.price_fen is not None), default=None),
        certified_agents=_count_certified(session),
        working_agents=_count_working(session, event.id),
        recent_contacts=contacts,
        recent_in_time=in_time,
    )


def _find_event(session: Session, *, today: dt.date) -> PeakEvent | None:
    return session.scalars(
        select(PeakEvent)
        .order_by(
            (PeakEvent.ends_on < today),
            # Of those to come the nearest, of those gone by the latest.
            func.abs(PeakEvent.ends_on - today),
            PeakEvent.id,
        )
        .limit(1)
    ).one_or_none()


def _count_people_by_slot(session: Session, event_id: uuid.UUID) -> Mapping[uuid.UUID, tuple[int, int]]:
    """Return (said yes, still asked) by slot. A standby counts from the moment of the call."""
    in_a_seat = or_(Assignment.kind == AssignmentKind.FORMAL, Assignment.called_at.is_not(None))
    rows = session.execute(
        select(
            Assignment.slot_id,
            func.count().filter(Assignment.status.in_(CONFIRMED)),
            func.count().filter(Assignment.status == AssignmentStatus.OFFERED),
        )
        .where(Assignment.event_id == event_id, in_a_seat)
        .group_by(Assignment.slot_id)
    )
    return {slot_id: (staffed, asked) for slot_id, staffed, asked in rows}


def _count_certified(session: Session) -> int:
    return session.scalars(
        select(func.count()).select_from(Agent).where(Agent.status == AgentStatus.CERTIFIED)
    ).one()


def _count_working(session: Session, event_id: uuid.UUID) -> int:
    return session.scalars(
        select(func.count(Assignment.agent_id.distinct())).where(
            Assignment.event_id == event_id, Assignment.status.in_(CONFIRMED)
        )
    ).one()


def _count_recent_contacts(session: Session, *, now: dt.datetime) -> tuple[int, int]:
    """Return how many contacts there were in the last seven days, and how many were answered in time."""
    row = session.execute(
        select(
            func.count(),
            func.count().filter(Contact.first_manual_seconds <= ANSWERED_WITHIN_SECONDS),
        ).where(and_(Contact.started_at > now - RECENT, Contact.started_at <= now))
    ).one()
    return row[0], row[1]
