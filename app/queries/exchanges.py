"""Whose open offer could be moved to another seat of the same time."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import and_, select, true
from sqlalchemy.orm import Session, aliased

from app.models import (
    Agent,
    AgentNeeds,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    Availability,
    Certificate,
    User,
)
from app.queries.match_input import may_be_given_shifts, needs_in_force
from app.queries.substitutes import certifies, project_of_seat, suits_project

# Each is a search of its own: a few are enough, since who holds an open offer is seldom the only one.
MOST_TRIED = 8


def list_open_offers(
    session: Session, seat: Assignment, *, now: dt.datetime
) -> Sequence[tuple[uuid.UUID, uuid.UUID]]:
    """Return open offers of the seat's slot in other projects whose holders could take the seat, with their
    project; the best standing first. Who was asked for the seat before is left out.
    """
    project = project_of_seat(seat.project_id)
    before = aliased(Assignment)
    rows = session.execute(
        select(Assignment.id, Assignment.project_id)
        .join(Agent, Agent.id == Assignment.agent_id)
        .join(User, User.id == Agent.user_id)
        .join(
            Certificate,
            and_(Certificate.agent_id == Agent.id, *certifies(seat.project_id, seat.starts_at, seat.ends_at)),
        )
        .join(
            Availability,
            and_(
                Availability.agent_id == Agent.id,
                Availability.starts_at <= seat.starts_at,
                Availability.ends_at >= seat.ends_at,
            ),
        )
        .join(project, true())
        .outerjoin(AgentNeeds, AgentNeeds.agent_id == Agent.id)
        .where(
            Assignment.slot_id == seat.slot_id,
            Assignment.project_id != seat.project_id,
            Assignment.kind == AssignmentKind.FORMAL,
            Assignment.status == AssignmentStatus.OFFERED,
            Assignment.respond_by > now,
            may_be_given_shifts(),
            ~select(before.id)
            .where(
                before.agent_id == Agent.id,
                before.slot_id == seat.slot_id,
                before.project_id == seat.project_id,
            )
            .exists(),
            *suits_project(Agent.id, project, needs_in_force(), AgentNeeds.__table__),
        )
        .order_by(Agent.standing.desc(), Assignment.id)
        .limit(MOST_TRIED),
        {"slot_id": seat.slot_id},
    ).all()
    return [(row.id, row.project_id) for row in rows]
