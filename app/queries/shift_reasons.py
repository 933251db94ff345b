"""What the rules and the points of one person's shift rest on."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import (
    LIVE_STATUSES,
    Agent,
    AgentNeeds,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    Availability,
    Certificate,
    MatchRun,
    PeakEvent,
    Project,
)
from app.queries.match_input import DEFAULT_NEEDS, needs_in_force
from app.queries.substitutes import reach_around


@dataclasses.dataclass(frozen=True, kw_only=True)
class Needs:
    """The limits a shift has to keep; `own` names those that the person set, the others are the house's.

    `max_weekends` is NO_WEEKEND_LIMIT for any number.
    """

    own: Collection[str]
    text_only: bool
    break_minutes_an_hour: int
    max_day_minutes: int
    max_stretch_minutes: int
    min_rest_minutes: int
    max_week_minutes: int
    max_consecutive_days: int
    min_consecutive_days: int
    min_days_off: int
    max_weekends: int
    max_concurrent: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class ShiftReasons:
    """Everything about one assignment that decides about it, as it stands now.

    `held` are the person's other live shifts near it, as start and end; `preference` is None where they did
    not say that they are free.
    """

    needs: Needs
    event: PeakEvent
    certified_until: dt.datetime | None
    standing: int
    shifts_for_merchant: int
    preference: int | None
    run_number: int | None
    published_at: dt.datetime | None
    held: Sequence[tuple[dt.datetime, dt.datetime]]


def get_shift_reasons(session: Session, assignment: Assignment) -> ShiftReasons:
    """Return what decides about this assignment. Two statements."""
    merchant_id = select(Project.merchant_id).where(Project.id == assignment.project_id).scalar_subquery()
    certified_until = (
        select(func.max(Certificate.expires_at))
        .where(
            Certificate.agent_id == Agent.id,
            Certificate.project_id == assignment.project_id,
            Certificate.revoked_at.is_(None),
        )
        .scalar_subquery()
    )
    worked = (
        select(func.count())
        .select_from(Assignment)
        .join(Project, Project.id == Assignment.project_id)
        .where(
            Assignment.agent_id == Agent.id,
            Assignment.kind == AssignmentKind.FORMAL,
            Assignment.status == AssignmentStatus.DONE,
            Assignment.starts_at < assignment.starts_at,
            Project.merchant_id == merchant_id,
        )
        .scalar_subquery()
    )
    preference = (
        select(func.max(Availability.preference))
        .where(
            Availability.agent_id == Agent.id,
            Availability.starts_at <= assignment.starts_at,
            Availability.ends_at >= assignment.ends_at,
        )
        .scalar_subquery()
    )
    row = session.execute(
        select(
            Agent.standing,
            AgentNeeds,
            needs_in_force().label("in_force"),
            PeakEvent,
            certified_until.label("certified_until"),
            worked.label("worked"),
            preference.label("preference"),
            MatchRun.number,
            MatchRun.published_at,
        )
        .outerjoin(AgentNeeds, AgentNeeds.agent_id == Agent.id)
        .outerjoin(MatchRun, MatchRun.id == assignment.run_id)
        .join(PeakEvent, PeakEvent.id == assignment.event_id)
        .where(Agent.id == assignment.agent_id)
    ).one()
    return ShiftReasons(
        needs=_needs(row.AgentNeeds if row.in_force else None),
        event=row.PeakEvent,
        certified_until=row.certified_until,
        standing=row.standing,
        shifts_for_merchant=row.worked,
        preference=row.preference,
        run_number=row.number,
        published_at=row.published_at,
        held=_held(session, assignment, row.PeakEvent),
    )


def _needs(row: AgentNeeds | None) -> Needs:
    limits = {}
    for name, usual in DEFAULT_NEEDS.items():
        asked = getattr(row, name) if row else None
        limits[name] = usual if asked is None else int(asked)
    return Needs(
        own={name for name, value in limits.items() if value != DEFAULT_NEEDS[name]},
        text_only=row is not None and row.text_only,
        break_minutes_an_hour=row.break_minutes_an_hour if row else 0,
        **limits,
    )


def _held(
    session: Session, assignment: Assignment, event: PeakEvent
) -> list[tuple[dt.datetime, dt.datetime]]:
    since, until = reach_around(assignment.starts_at, event)
    rows = session.execute(
        select(Assignment.starts_at, Assignment.ends_at)
        .where(
            Assignment.agent_id == assignment.agent_id,
            Assignment.id != assignment.id,
            Assignment.status.in_(LIVE_STATUSES),
            Assignment.starts_at > since,
            Assignment.starts_at < until,
        )
        .order_by(Assignment.starts_at)
    )
    return [(starts_at, ends_at) for starts_at, ends_at in rows]
