"""What people do while the demo's clock is moved forward: answer, come to their shifts, talk to consumers."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.random import Generator
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Float,
    Interval,
    Select,
    Text,
    Uuid,
    any_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from app.attendance_rules import CHECK_IN_OPENS, ON_TIME
from app.clock import BUSINESS_ZONE
from app.demo.answers import throw_dice
from app.demo.calendar import DEMO_NOW
from app.demo.contacts import CONTACT_COLUMNS, contact_row
from app.demo.copying import AuditLine, copy_audit, copy_rows
from app.demo.season import AGENT_EMAIL
from app.models import (
    LIVE_STATUSES,
    Agent,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    Contact,
    Project,
    User,
)

ANSWERED_PERCENT = 95
ABSENT_SHARE = 0.05
LATEST_ARRIVAL_MINUTES = 12
MOST_CONTACTS = 5000
EXTERNAL_ID = "D11-"


@dataclasses.dataclass(frozen=True, kw_only=True)
class ContactBudget:
    """How much of MOST_CONTACTS some shifts get, and the most that one person has in an hour."""

    share: float
    an_hour: float


# The slot that runs shows the most, since that is where a visitor looks; then its day.
RUNNING = ContactBudget(share=0.25, an_hour=12)
TODAY = ContactBudget(share=0.35, an_hour=3)
EARLIER = ContactBudget(share=0.4, an_hour=2)


def let_time_pass(session: Session, *, now: dt.datetime) -> None:
    """Bring the made-up people up to `now`, in the caller's transaction, before the clock shows it.

    Most open offers that end until then are accepted; the others are left for the timers to close. Of the
    accepted people of a slot that has begun, or whose check-in is open, about one in twenty does not come.
    Slots that are over are counted. The printed agent comes to every shift but the one that runs: that is the
    visitor's, who has a quarter of an hour from `now`. Called twice for a moment, it changes nothing more.
    """
    is_visitor = func.coalesce(
        Assignment.agent_id
        == select(Agent.id)
        .join(User, User.id == Agent.user_id)
        .where(User.email == AGENT_EMAIL)
        .scalar_subquery(),
        False,
    )
    _answer_offers(session, is_visitor, now=now)
    _check_in(session, is_visitor, now=now)
    _leave_to_visitor(session, is_visitor, now=now)
    _miss_shifts(session, now=now)
    _count_shifts(session, now=now)
    _end_standbys(session, now=now)
    _make_contacts(session, now=now)


def _answer_offers(session: Session, is_visitor: ColumnElement[bool], *, now: dt.datetime) -> None:
    dice = throw_dice(Assignment.id, "answer")
    seconds = func.extract("epoch", Assignment.respond_by - Assignment.offered_at) * dice / 100
    thought = func.make_interval(0, 0, 0, 0, 0, 0, cast(seconds, Float), type_=Interval)
    changed = _change(
        session,
        AssignmentStatus.OFFERED,
        or_(is_visitor, dice < ANSWERED_PERCENT),
        Assignment.respond_by <= now,
        values={
            "status": AssignmentStatus.ACCEPTED,
            "responded_at": Assignment.offered_at + thought,
        },
    )
    _write_down(
        session, "assignment.accepted", ((row.id, row.user_id, row.responded_at, {}) for row in changed)
    )


def _check_in(session: Session, is_visitor: ColumnElement[bool], *, now: dt.datetime) -> None:
    dice = throw_dice(Assignment.id, "arrival")
    early = func.make_interval(0, 0, 0, 0, 0, 1 + dice % LATEST_ARRIVAL_MINUTES, type_=Interval)
    changed = _change(
        session,
        AssignmentStatus.ACCEPTED,
        Assignment.kind == AssignmentKind.FORMAL,
        Assignment.starts_at <= now + CHECK_IN_OPENS,
        case((is_visitor, Assignment.ends_at <= now), else_=Assignment.id.not_in(_absent(now=now))),
        values={
            "status": AssignmentStatus.PRESENT,
            # Nobody comes before they were called or said yes.
            "checked_in_at": func.least(
                now,
                func.greatest(Assignment.starts_at - early, Assignment.called_at, Assignment.responded_at),
            ),
        },
    )
    _write_down(
        session,
        "assignment.checked-in",
        ((row.id, row.user_id, row.checked_in_at, {"on_time": True}) for row in changed),
    )


def _absent(*, now: dt.datetime) -> Select[tuple[uuid.UUID]]:
    """Select who does not come: ABSENT_SHARE of each slot that can be worked, rounded up or down by its dice.

    Whoever has come already is counted too, so that the same people stay away at a second call.
    """
    place = func.row_number().over(
        partition_by=Assignment.slot_id, order_by=func.hashtext(cast(Assignment.id, Text))
    )
    people = func.count().over(partition_by=Assignment.slot_id)
    ranked = (
        select(
            Assignment.id,
            place.label("place"),
            func.floor(
                people * ABSENT_SHARE + cast(throw_dice(Assignment.slot_id, "absent"), Float) / 100
            ).label("absent"),
        )
        .where(
            Assignment.kind == AssignmentKind.FORMAL,
            Assignment.status.in_(LIVE_STATUSES),
            Assignment.status != AssignmentStatus.OFFERED,
            Assignment.starts_at <= now + CHECK_IN_OPENS,
        )
        .subquery()
    )
    return select(ranked.c.id).where(ranked.c.place <= ranked.c.absent)


def _leave_to_visitor(session: Session, is_visitor: ColumnElement[bool], *, now: dt.datetime) -> None:
    """Count the visitor's yes to the running shift as given now: who says yes late has time to come."""
    _change(
        session,
        AssignmentStatus.ACCEPTED,
        Assignment.kind == AssignmentKind.FORMAL,
        Assignment.starts_at <= now,
        Assignment.ends_at > now,
        is_visitor,
        values={"responded_at": now},
    )


def _miss_shifts(session: Session, *, now: dt.datetime) -> None:
    changed = _change(
        session,
        AssignmentStatus.ACCEPTED,
        Assignment.kind == AssignmentKind.FORMAL,
        Assignment.ends_at <= now,
        values={"status": AssignmentStatus.MISSING},
    )
    _write_down(
        session, "assignment.missing", ((row.id, None, row.starts_at + ON_TIME, {}) for row in changed)
    )


def _count_shifts(session: Session, *, now: dt.datetime) -> None:
    """Close what is over, in the shifts and in people's records."""
    for before, after, action, counter in (
        (AssignmentStatus.PRESENT, AssignmentStatus.DONE, "assignment.done", Agent.shifts_worked),
        (AssignmentStatus.MISSING, AssignmentStatus.MISSING, "assignment.missed", Agent.shifts_missed),
    ):
        changed = _change(
            session,
            before,
            Assignment.counted_at.is_(None),
            Assignment.ends_at <= now,
            values={"status": after, "counted_at": Assignment.ends_at},
        )
        _write_down(session, action, ((row.id, None, row.ends_at, {}) for row in changed))
        counted = (
            select(Assignment.agent_id, func.count().label("shifts"))
            .where(Assignment.id == any_(literal([row.id for row in changed], ARRAY(Uuid))))
            .group_by(Assignment.agent_id)
            .subquery()
        )
        session.execute(
            update(Agent)
            .where(Agent.id == counted.c.agent_id)
            .values({counter: counter + counted.c.shifts})
            .execution_options(synchronize_session=False)
        )


def _end_standbys(session: Session, *, now: dt.datetime) -> None:
    changed = _change(
        session,
        AssignmentStatus.ACCEPTED,
        Assignment.kind == AssignmentKind.STANDBY,
        Assignment.ends_at <= now,
        values={"status": AssignmentStatus.DONE},
    )
    _write_down(session, "assignment.stood-by", ((row.id, None, row.ends_at, {}) for row in changed))


def _change(
    session: Session, status: AssignmentStatus, *conditions: ColumnElement[bool], values: dict[str, Any]
) -> list[Any]:
    """Change assignments of a status, and return what their audit needs."""
    return list(
        session.execute(
            update(Assignment)
            .where(Assignment.status == status, Agent.id == Assignment.agent_id, *conditions)
            .values(values)
            .returning(
                Assignment.id,
                Assignment.starts_at,
                Assignment.ends_at,
                Assignment.responded_at,
                Assignment.checked_in_at,
                Agent.user_id,
            )
            .execution_options(synchronize_session=False)
        )
    )


def _write_down(
    session: Session,
    action: str,
    changes: Iterable[tuple[uuid.UUID, uuid.UUID | None, dt.datetime, dict[str, object]]],
) -> None:
    copy_audit(
        session,
        (
            AuditLine(
                action=action, assignment_id=assignment_id, actor_user_id=user_id, at=at, details=details
            )
            for assignment_id, user_id, at, details in changes
        ),
    )


def _make_contacts(session: Session, *, now: dt.datetime) -> None:
    """Give the shifts since the last made-up contact theirs, MOST_CONTACTS at most; newest shifts first."""
    newest = select(func.max(Contact.started_at)).where(Contact.external_id.startswith(EXTERNAL_ID))
    since = session.scalar(newest) or DEMO_NOW
    shifts = session.execute(
        select(
            Assignment.agent_id,
            Assignment.project_id,
            Project.merchant_id,
            Project.service_line,
            Agent.standing,
            func.greatest(Assignment.starts_at, since).label("starts_at"),
            func.least(Assignment.ends_at, now).label("ends_at"),
            (Assignment.ends_at > now).label("runs"),
        )
        .join(Project, Project.id == Assignment.project_id)
        .join(Agent, Agent.id == Assignment.agent_id)
        .where(
            Assignment.kind == AssignmentKind.FORMAL,
            Assignment.status.in_((AssignmentStatus.PRESENT, AssignmentStatus.DONE)),
            Assignment.ends_at > since,
            Assignment.starts_at < now,
        )
        .order_by(Assignment.starts_at.desc(), Assignment.id)
    ).all()
    midnight = dt.datetime.combine(now.astimezone(BUSINESS_ZONE).date(), dt.time(), BUSINESS_ZONE)
    running = [shift for shift in shifts if shift.runs]
    today = [shift for shift in shifts if not shift.runs and shift.ends_at > midnight]
    earlier = [shift for shift in shifts if not shift.runs and shift.ends_at <= midnight]
    rng = np.random.default_rng(int(now.timestamp()))
    rows = itertools.chain(
        _contacts_of(rng, running, RUNNING),
        _contacts_of(rng, today, TODAY),
        _contacts_of(rng, earlier, EARLIER),
    )
    copy_rows(session, Contact, CONTACT_COLUMNS, itertools.islice(rows, MOST_CONTACTS))


def _contacts_of(rng: Generator, shifts: Sequence[Any], budget: ContactBudget) -> Iterator[Sequence[Any]]:
    hours = [(shift.ends_at - shift.starts_at).total_seconds() / 3600 for shift in shifts]
    an_hour = min(budget.an_hour, budget.share * MOST_CONTACTS / max(sum(hours), 1e-9))
    for shift, length in zip(shifts, hours, strict=True):
        for _ in range(int(an_hour * length + rng.random())):
            started_at = shift.starts_at + dt.timedelta(hours=length * float(rng.random()))
            yield contact_row(
                rng,
                agent_id=shift.agent_id,
                standing=shift.standing,
                merchant_id=shift.merchant_id,
                project_id=shift.project_id,
                service_line=shift.service_line,
                external_id=f"{EXTERNAL_ID}{uuid.uuid4().hex}",
                started_at=started_at,
            )
