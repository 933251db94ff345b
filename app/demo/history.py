"""Last season, as far as this one rests on it: who worked for whom, who did not come, and how it went."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from numpy.random import Generator
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.demo.contacts import CONTACT_COLUMNS, contact_row
from app.demo.copying import copy_rows
from app.demo.last_bookings import book_shifts
from app.demo.plans import Person, new_id
from app.models import Agent, Assignment, Certificate, Contact, PeakEvent, Project, ShiftSlot

SHIFTS_EACH = 4
MISSED_SHARE = 0.06
CONTACTS_A_SHIFT = (4, 9)


def make_history(session: Session, rng: Generator, event: PeakEvent, people: Sequence[Person]) -> None:
    """Fill last season's slots with shifts of people who are still here, and contacts for those worked."""
    slots = session.execute(
        select(ShiftSlot.id, ShiftSlot.starts_at, ShiftSlot.ends_at)
        .where(ShiftSlot.event_id == event.id)
        .order_by(ShiftSlot.starts_at)
    ).all()
    projects_of = _projects_of(session)
    shifts: list[tuple[Person, uuid.UUID, Any, bool]] = []
    for person in people:
        mine = projects_of.get(person.agent_id, ())
        if person.left_at is not None or not mine or person.joined_at > slots[0].starts_at:
            continue
        # Slots at least three apart leave every person their rest.
        count = min(SHIFTS_EACH, len(slots) // 6)
        for index in sorted(rng.choice(len(slots) // 6, size=count, replace=False)):
            slot = slots[int(index) * 6 + int(rng.integers(2, 6)) % 6]
            project_id = mine[int(rng.integers(len(mine)))]
            shifts.append((person, project_id, slot, bool(rng.random() < MISSED_SHARE)))
    _copy_shifts(session, rng, event, shifts)
    _copy_contacts(session, rng, shifts)
    book_shifts(session, rng, event)
    _count_shifts(session)


def _projects_of(session: Session) -> dict[uuid.UUID, list[uuid.UUID]]:
    projects: dict[uuid.UUID, list[uuid.UUID]] = {}
    found = session.execute(
        select(Certificate.agent_id, Certificate.project_id)
        .where(Certificate.project_id.is_not(None))
        .order_by(Certificate.agent_id, Certificate.number)
    )
    for agent_id, project_id in found:
        if project_id is not None:
            projects.setdefault(agent_id, []).append(project_id)
    return projects


def _copy_shifts(
    session: Session,
    rng: Generator,
    event: PeakEvent,
    shifts: Sequence[tuple[Person, uuid.UUID, Any, bool]],
) -> None:
    def rows() -> Iterator[Sequence[Any]]:
        for person, project_id, slot, missed in shifts:
            offered_at = slot.starts_at - dt.timedelta(days=20)
            yield (
                *(new_id(rng), event.id, person.agent_id, project_id, slot.id, "formal"),
                *("missing" if missed else "done", slot.starts_at, slot.ends_at, offered_at),
                *(offered_at + dt.timedelta(days=2), offered_at + dt.timedelta(hours=5)),
                None if missed else slot.starts_at - dt.timedelta(minutes=float(rng.uniform(1, 20))),
                slot.ends_at,
            )

    copy_rows(
        session,
        Assignment,
        (
            *("id", "event_id", "agent_id", "project_id", "slot_id", "kind", "status"),
            *("starts_at", "ends_at", "offered_at", "respond_by", "responded_at", "checked_in_at"),
            "counted_at",
        ),
        rows(),
    )


def _copy_contacts(
    session: Session, rng: Generator, shifts: Sequence[tuple[Person, uuid.UUID, Any, bool]]
) -> None:
    lines = {
        project_id: (merchant_id, line)
        for project_id, merchant_id, line in session.execute(
            select(Project.id, Project.merchant_id, Project.service_line)
        )
    }

    def rows() -> Iterator[Sequence[Any]]:
        for person, project_id, slot, missed in shifts:
            if missed:
                continue
            merchant_id, line = lines[project_id]
            for number in range(int(rng.integers(*CONTACTS_A_SHIFT))):
                started_at = slot.starts_at + dt.timedelta(seconds=float(rng.uniform(0, 4 * 3600 - 600)))
                yield contact_row(
                    rng,
                    agent_id=person.agent_id,
                    standing=person.standing,
                    merchant_id=merchant_id,
                    project_id=project_id,
                    service_line=line,
                    external_id=f"618-{slot.starts_at:%m%d%H}-{person.agent_id.hex[:8]}-{number}",
                    started_at=started_at,
                )

    copy_rows(session, Contact, CONTACT_COLUMNS, rows())


def _count_shifts(session: Session) -> None:
    """Set each person's counts of worked and missed shifts from the rows."""
    counted = (
        select(
            Assignment.agent_id,
            func.count().filter(Assignment.status == "done").label("worked"),
            func.count().filter(Assignment.status == "missing").label("missed"),
        )
        .group_by(Assignment.agent_id)
        .subquery()
    )
    session.execute(
        update(Agent)
        .where(Agent.id == counted.c.agent_id)
        .values(shifts_worked=counted.c.worked, shifts_missed=counted.c.missed)
    )
