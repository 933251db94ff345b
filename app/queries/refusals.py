"""Why nobody takes a seat."""

from __future__ import annotations

import enum

from sqlalchemy import and_, case, func, select, true
from sqlalchemy.orm import Session, aliased

from app.models import LIVE_STATUSES, Agent, AgentNeeds, Assignment, Availability, Certificate, User
from app.queries.match_input import may_be_given_shifts, needs_in_force
from app.queries.substitutes import certifies, project_of_seat, suits_project


class Reason(enum.StrEnum):
    """Why somebody with the project's certificate does not take a seat: the first that applies counts."""

    NEEDS = "needs"
    AWAY = "away"
    ASKED = "asked"
    BUSY = "busy"
    LIMITS = "limits"


def count_reasons(session: Session, seat: Assignment) -> dict[Reason, int]:
    """Return how many people certified for a seat do not take it, by reason, for when nobody does.

    Limits are what is left: whoever has no other reason lacks rest, has worked enough, or wants other days.
    """
    project = project_of_seat(seat.project_id)
    available = (
        select(Availability.id)
        .where(
            Availability.agent_id == Agent.id,
            Availability.starts_at <= seat.starts_at,
            Availability.ends_at >= seat.ends_at,
        )
        .exists()
    )
    other = aliased(Assignment)
    own = select(other.id).where(other.agent_id == Agent.id)
    asked = own.where(other.slot_id == seat.slot_id, other.status.not_in(LIVE_STATUSES)).exists()
    busy = own.where(
        other.status.in_(LIVE_STATUSES), other.starts_at < seat.ends_at, other.ends_at > seat.starts_at
    ).exists()
    reason = case(
        (~and_(*suits_project(Agent.id, project, needs_in_force(), AgentNeeds.__table__)), Reason.NEEDS),
        (~available, Reason.AWAY),
        (asked, Reason.ASKED),
        (busy, Reason.BUSY),
        else_=Reason.LIMITS,
    ).label("reason")
    people = (
        select(reason)
        .select_from(Agent)
        .join(User, User.id == Agent.user_id)
        .join(
            Certificate,
            and_(
                Certificate.agent_id == Agent.id,
                *certifies(seat.project_id, seat.starts_at, seat.ends_at),
            ),
        )
        .join(project, true())
        .outerjoin(AgentNeeds, AgentNeeds.agent_id == Agent.id)
        .where(may_be_given_shifts())
        .subquery()
    )
    rows = session.execute(
        select(people.c.reason, func.count()).group_by(people.c.reason),
        {"slot_id": seat.slot_id},
    )
    counted = {Reason(name): count for name, count in rows}
    return {reason: counted[reason] for reason in Reason if reason in counted}
