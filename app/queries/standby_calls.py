"""Which standby is called to a seat."""

from __future__ import annotations

from sqlalchemy import func, literal, select, true
from sqlalchemy.orm import Session, aliased

from app.models import Agent, Assignment, AssignmentKind, AssignmentStatus, Certificate, User
from app.queries.match_input import may_be_given_shifts
from app.queries.substitutes import certifies, needs_of, project_of_seat, suits_project

# Written into the statement: only then does the database see that its small index serves it.
STANDBY = literal(AssignmentKind.STANDBY, literal_execute=True)
ACCEPTED = literal(AssignmentStatus.ACCEPTED, literal_execute=True)


def take_standby(session: Session, seat: Assignment) -> Assignment | None:
    """Return and lock the best standby of the seat's slot who said yes and may work in its project.

    One that somebody else calls in this moment is waited for, found to be taken, and passed over.
    """
    project = project_of_seat(seat.project_id)
    # Probes of indexes for each of the slot's few standbys, instead of joins of whole tables.
    certificate = (
        select(Certificate.id)
        .where(
            Certificate.agent_id == Assignment.agent_id,
            *certifies(seat.project_id, seat.starts_at, seat.ends_at),
        )
        .limit(1)
        .lateral("held_certificate")
    )
    person = (
        select(Agent.standing)
        .join(User, User.id == Agent.user_id)
        .where(Agent.id == Assignment.agent_id, may_be_given_shifts())
        .limit(1)
        .lateral("person")
    )
    needs = needs_of(Assignment.agent_id)
    same = aliased(Assignment)
    standing_by = (
        select(func.count())
        .where(
            same.slot_id == Assignment.slot_id,
            same.project_id == Assignment.project_id,
            same.kind == STANDBY,
            same.status == ACCEPTED,
        )
        .scalar_subquery()
    )
    return session.scalar(
        select(Assignment)
        .join(certificate, true())
        .join(person, true())
        .join(project, true())
        .outerjoin(needs, true())
        .where(
            Assignment.slot_id == seat.slot_id,
            Assignment.kind == STANDBY,
            Assignment.status == ACCEPTED,
            *suits_project(Assignment.agent_id, project, needs.c.in_force, needs),
        )
        # First those who stand by for this very project, then those of the project that can spare most.
        .order_by(
            Assignment.project_id != seat.project_id,
            standing_by.desc(),
            person.c.standing.desc(),
            Assignment.id,
        )
        .limit(1)
        .with_for_update(of=Assignment)
        .execution_options(populate_existing=True),
        {"slot_id": seat.slot_id},
    )
