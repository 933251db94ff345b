"""The first answers to the published rota, and the person whose sign-in is printed on the terminal."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import Integer, Text, cast, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql import ColumnElement

from app.demo.calendar import PEAK_STARTS_AT
from app.demo.copying import AuditLine, copy_audit
from app.demo.season import AGENT_EMAIL
from app.models import Agent, Assignment, AssignmentKind, AssignmentStatus, User

# So many of the people who got an offer have said yes when the site opens; the others still think about it.
ACCEPTED_PERCENT = 90
VISITORS_OFFERS, VISITORS_BEST = 3, 5


def throw_dice(column: InstrumentedAttribute[uuid.UUID], salt: str = "") -> ColumnElement[int]:
    """Return 0-99 by the row's id and a salt: the same each time, which the database's own dice are not."""
    return cast(func.abs(func.mod(func.hashtext(cast(column, Text).concat(salt)), 100)), Integer)


def give_login_a_rota(session: Session, run_id: uuid.UUID) -> uuid.UUID | None:
    """Give the printed agent's name and e-mail to somebody with three formal offers or more.

    Those who are asked for the busiest slot come first. The one who had them takes that person's name.
    Returns the agent's id; None when the run offered nobody anything.
    """
    offers = func.count()
    chosen = session.scalar(
        select(Assignment.agent_id)
        .where(
            Assignment.run_id == run_id,
            Assignment.kind == AssignmentKind.FORMAL,
            Assignment.status == AssignmentStatus.OFFERED,
        )
        .group_by(Assignment.agent_id)
        .order_by(
            (offers >= VISITORS_OFFERS).desc(),
            func.bool_or(Assignment.starts_at == PEAK_STARTS_AT).desc(),
            # Enough to look at, and few enough to see at once.
            func.abs(offers - VISITORS_BEST),
            Assignment.agent_id,
        )
        .limit(1)
    )
    if chosen is None:
        return None
    before = session.scalars(select(User).where(User.email == AGENT_EMAIL)).one()
    after = session.scalars(
        select(User).join(Agent, Agent.user_id == User.id).where(Agent.id == chosen)
    ).one()
    if before.id != after.id:
        before.email = None
        session.flush()
        before.name, after.name, after.email = after.name, before.name, AGENT_EMAIL
        session.flush()
    return chosen


def let_people_answer(session: Session, visitor_id: uuid.UUID | None, *, now: dt.datetime) -> int:
    """Let most people accept, and the visitor one shift: the busiest slot's, else the first.

    Returns how many offers were accepted.
    """
    hers = (
        select(Assignment.id)
        .where(
            Assignment.agent_id == visitor_id,
            Assignment.kind == AssignmentKind.FORMAL,
            Assignment.status == AssignmentStatus.OFFERED,
        )
        .order_by((Assignment.starts_at == PEAK_STARTS_AT).desc(), Assignment.starts_at)
        .limit(1)
        .scalar_subquery()
    )
    others = (Assignment.agent_id.is_distinct_from(visitor_id)) & (
        throw_dice(Assignment.agent_id) < ACCEPTED_PERCENT
    )
    accepted = session.execute(
        update(Assignment)
        .where(
            Assignment.status == AssignmentStatus.OFFERED,
            Assignment.agent_id == Agent.id,
            others | (Assignment.id == hers),
        )
        .values(status=AssignmentStatus.ACCEPTED, responded_at=now)
        .returning(Assignment.id, Agent.user_id)
        .execution_options(synchronize_session=False)
    )
    return copy_audit(
        session,
        [
            AuditLine(action="assignment.accepted", at=now, actor_user_id=row.user_id, assignment_id=row.id)
            for row in accepted
        ],
    )
