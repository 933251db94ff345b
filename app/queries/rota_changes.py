"""A draft beside what is published: who is added, who stays, whose offer is taken back, who is gone."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from app.models import (
    LIVE_STATUSES,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    MatchRun,
    PlannedSeat,
    Project,
    ShiftSlot,
)
from app.queries.match_input import booked_seats

FALLEN = (
    AssignmentStatus.DECLINED,
    AssignmentStatus.LAPSED,
    AssignmentStatus.RELEASED,
    AssignmentStatus.MISSING,
)


class Change(enum.StrEnum):
    """What publishing a draft means for one person in one seat of a shift still to come.

    ADDED gets an offer, KEPT stays as it is. WITHDRAWN is an offer without an answer on a seat that nobody
    books any more: publishing takes it back. UNBOOKED was accepted on such a seat: it stays. GONE had the
    seat and said no, let the offer lapse or gave it up, and the seat is booked and empty still.
    """

    ADDED = "added"
    WITHDRAWN = "withdrawn"
    UNBOOKED = "unbooked"
    GONE = "gone"
    KEPT = "kept"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Counts:
    """Seats and people of a draft. `waiting` of the kept have not answered yet.

    `newcomers` have nothing in the season so far. `known` seats go to somebody who worked for the merchant
    before; `known_gone` are those that such a person no longer holds. `price_fen` is what the merchants pay
    for the added seats.
    """

    seats: dict[Change, int]
    standbys: int
    people: int
    newcomers: int
    waiting: int
    known: int
    known_gone: int
    price_fen: int

    @property
    def is_empty(self) -> bool:
        return not self.standbys and not any(
            count for change, count in self.seats.items() if change is not Change.KEPT
        )


def list_unbooked(session: Session, event_id: uuid.UUID, *, now: dt.datetime) -> Sequence[Assignment]:
    """Return the offers without an answer on seats that nobody books any more, by slot, project and id."""
    surplus = _surplus(event_id, now=now).subquery()
    return session.scalars(
        select(Assignment)
        .join(surplus, surplus.c.id == Assignment.id)
        .where(surplus.c.is_surplus, Assignment.status == AssignmentStatus.OFFERED)
        .order_by(Assignment.slot_id, Assignment.project_id, Assignment.id)
    ).all()


def _surplus(event_id: uuid.UUID, *, now: dt.datetime) -> Select[*tuple[Any, ...]]:
    """Select the live seats of shifts to come, and whether each is beyond what is booked.

    Whoever accepted keeps a seat before those who have not answered, the earlier offer before the later.
    """
    booked = booked_seats(event_id, now=now).subquery()
    place = (
        func.row_number()
        .over(
            partition_by=(Assignment.project_id, Assignment.slot_id),
            order_by=(
                case((Assignment.status == AssignmentStatus.OFFERED, 1), else_=0),
                Assignment.offered_at,
                Assignment.id,
            ),
        )
        .label("place")
    )
    return (
        select(
            Assignment.id,
            (place > func.coalesce(booked.c.seats, 0)).label("is_surplus"),
        )
        .outerjoin(
            booked,
            and_(booked.c.project_id == Assignment.project_id, booked.c.slot_id == Assignment.slot_id),
        )
        .where(*_holds_a_seat(event_id, now=now))
    )


def select_changes(run: MatchRun, *, now: dt.datetime) -> Subquery:
    """Select every change of a draft: change, person, place, standby or not, status."""
    offered = aliased(Assignment)
    added = (
        select(
            literal(Change.ADDED.value).label("change"),
            PlannedSeat.agent_id,
            PlannedSeat.project_id,
            PlannedSeat.slot_id,
            PlannedSeat.is_standby,
            literal("planned").label("status"),
        )
        .join(ShiftSlot, ShiftSlot.id == PlannedSeat.slot_id)
        .where(
            PlannedSeat.run_id == run.id,
            ShiftSlot.starts_at > now,
            ~select(offered.id).where(offered.id == PlannedSeat.id).exists(),
        )
    )
    surplus = _surplus(run.event_id, now=now).subquery()
    is_offer = Assignment.status == AssignmentStatus.OFFERED
    live = (
        select(
            case(
                (and_(surplus.c.is_surplus, is_offer), Change.WITHDRAWN.value),
                (surplus.c.is_surplus, Change.UNBOOKED.value),
                else_=Change.KEPT.value,
            ),
            Assignment.agent_id,
            Assignment.project_id,
            Assignment.slot_id,
            Assignment.kind == AssignmentKind.STANDBY,
            cast(Assignment.status, String),
        )
        .outerjoin(surplus, surplus.c.id == Assignment.id)
        .where(
            Assignment.event_id == run.event_id,
            Assignment.status.in_(LIVE_STATUSES),
            Assignment.status != AssignmentStatus.MISSING,
            Assignment.starts_at > now,
        )
    )
    return union_all(added, live, _gone(run.event_id, now=now)).subquery("changes")


def _gone(event_id: uuid.UUID, *, now: dt.datetime) -> Select[*tuple[Any, ...]]:
    """Select those who had a seat that is still booked and empty: where more fell than are empty now, since
    a rota filled some of them, the last who fell.
    """
    booked = booked_seats(event_id, now=now).subquery()
    held = (
        select(Assignment.project_id, Assignment.slot_id, func.count().label("people"))
        .where(*_holds_a_seat(event_id, now=now))
        .group_by(Assignment.project_id, Assignment.slot_id)
        .subquery()
    )
    heir = aliased(Assignment)
    fallen = (
        select(
            Assignment.agent_id,
            Assignment.project_id,
            Assignment.slot_id,
            cast(Assignment.status, String).label("status"),
            func.row_number()
            .over(
                partition_by=(Assignment.project_id, Assignment.slot_id),
                order_by=(
                    func.coalesce(Assignment.responded_at, Assignment.offered_at).desc(),
                    Assignment.id,
                ),
            )
            .label("place"),
        )
        .where(
            Assignment.event_id == event_id,
            Assignment.kind == AssignmentKind.FORMAL,
            Assignment.status.in_(FALLEN),
            Assignment.starts_at > now,
            ~select(heir.id).where(heir.replaces_id == Assignment.id).exists(),
        )
        .subquery()
    )
    return (
        select(
            literal(Change.GONE.value),
            fallen.c.agent_id,
            fallen.c.project_id,
            fallen.c.slot_id,
            literal(False),
            fallen.c.status,
        )
        .join(booked, and_(booked.c.project_id == fallen.c.project_id, booked.c.slot_id == fallen.c.slot_id))
        .outerjoin(held, and_(held.c.project_id == fallen.c.project_id, held.c.slot_id == fallen.c.slot_id))
        .where(fallen.c.place <= booked.c.seats - func.coalesce(held.c.people, 0))
    )


def _holds_a_seat(event_id: uuid.UUID, *, now: dt.datetime) -> list[ColumnElement[bool]]:
    """Say that an assignment is a live seat of a shift to come."""
    return [
        Assignment.event_id == event_id,
        Assignment.kind == AssignmentKind.FORMAL,
        Assignment.status.in_(LIVE_STATUSES),
        Assignment.status != AssignmentStatus.MISSING,
        Assignment.starts_at > now,
    ]


def count_changes(session: Session, run: MatchRun, *, now: dt.datetime) -> Counts:
    """Return how much a draft changes, in two statements."""
    changes = select_changes(run, now=now)
    project = aliased(Project)
    own = aliased(Assignment)
    worked = (
        select(Assignment.agent_id, project.merchant_id)
        .join(project, project.id == Assignment.project_id)
        .where(Assignment.status == AssignmentStatus.DONE, Assignment.kind == AssignmentKind.FORMAL)
        .distinct()
        .subquery()
    )
    booked = booked_seats(run.event_id, now=now).subquery()
    is_seat, is_added = changes.c.is_standby.is_(False), changes.c.change == Change.ADDED.value
    is_known = worked.c.agent_id.is_not(None)
    leaves = changes.c.change.in_([Change.GONE.value, Change.WITHDRAWN.value])
    row = session.execute(
        select(
            *(func.count().filter(is_seat, changes.c.change == change.value) for change in Change),
            func.count().filter(~is_seat, is_added),
            func.count(changes.c.agent_id.distinct()).filter(is_added),
            func.count().filter(
                is_seat,
                changes.c.change == Change.KEPT.value,
                changes.c.status == AssignmentStatus.OFFERED.value,
            ),
            func.count().filter(is_seat, is_added, is_known),
            func.count().filter(is_seat, leaves, is_known),
            func.coalesce(func.sum(booked.c.price_fen).filter(is_seat, is_added), 0),
        )
        .select_from(changes)
        .join(Project, Project.id == changes.c.project_id)
        .outerjoin(
            worked,
            and_(worked.c.agent_id == changes.c.agent_id, worked.c.merchant_id == Project.merchant_id),
        )
        .outerjoin(
            booked,
            and_(booked.c.project_id == changes.c.project_id, booked.c.slot_id == changes.c.slot_id),
        )
    ).one()
    newcomers = session.scalars(
        select(func.count(changes.c.agent_id.distinct())).where(
            is_added,
            ~select(own.id)
            .where(
                own.agent_id == changes.c.agent_id,
                own.event_id == run.event_id,
                own.status.in_(LIVE_STATUSES),
            )
            .exists(),
        )
    ).one()
    seats = dict(zip(Change, row[: len(Change)], strict=True))
    standbys, people, waiting, known, known_gone, price_fen = row[len(Change) :]
    return Counts(
        seats=seats,
        standbys=standbys,
        people=people,
        newcomers=newcomers,
        waiting=waiting,
        known=known,
        known_gone=known_gone,
        price_fen=int(price_fen),
    )
