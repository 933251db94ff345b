"""Who works for a merchant at a moment: names, shifts and states, nothing else about a person."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, case, func, or_, select, text
from sqlalchemy.orm import Session, aliased

from app.models import (
    Agent,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    Contact,
    Project,
    User,
)

# A contact without an end is taken for forgotten after so long: it neither waits nor is in anybody's hands.
LONGEST_OPEN = dt.timedelta(hours=4)
PRESENT = (AssignmentStatus.PRESENT, AssignmentStatus.DONE)
ROSTERED = (
    AssignmentStatus.ACCEPTED,
    AssignmentStatus.PRESENT,
    AssignmentStatus.DONE,
    AssignmentStatus.MISSING,
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scope:
    """Whose day it is: a merchant's, or that of one of its projects."""

    merchant_id: uuid.UUID
    project_id: uuid.UUID | None

    def contacts(self) -> ColumnElement[bool]:
        if self.project_id is not None:
            return Contact.project_id == self.project_id
        return Contact.merchant_id == self.merchant_id

    def projects(self) -> ColumnElement[bool]:
        if self.project_id is not None:
            return Project.id == self.project_id
        return Project.merchant_id == self.merchant_id


@dataclasses.dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who works for the merchant in this slot. Names and shifts, nothing else about a person.

    `called_at` says since when a standby has the seat; `replaces` whose it was.
    """

    name: str
    status: AssignmentStatus
    called_at: dt.datetime | None
    shift_number: int
    open_contacts: int
    replaces: str | None
    worked_here_before: bool
    starts_at: dt.datetime
    ends_at: dt.datetime


def list_people(session: Session, scope: Scope, moment: dt.datetime) -> Sequence[Person]:
    """Return who is on at a moment, those who answer first, with what each has in hand."""
    replaced, replaced_agent, replaced_user = aliased(Assignment), aliased(Agent), aliased(User)
    earlier, earlier_project = aliased(Assignment), aliased(Project)
    done_before = (
        select(func.count())
        .select_from(earlier)
        .join(earlier_project, earlier_project.id == earlier.project_id)
        .where(
            earlier.agent_id == Assignment.agent_id,
            earlier_project.merchant_id == scope.merchant_id,
            earlier.kind == AssignmentKind.FORMAL,
            earlier.status.in_(PRESENT),
            earlier.starts_at < Assignment.starts_at,
        )
        .correlate(Assignment)
    )
    in_hand = (
        select(func.count())
        .select_from(Contact)
        .where(
            Contact.agent_id == Assignment.agent_id,
            scope.contacts(),
            Contact.started_at > moment - LONGEST_OPEN,
            Contact.started_at <= moment,
            or_(Contact.ended_at.is_(None), Contact.ended_at > moment),
        )
        .correlate(Assignment)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            User.name,
            Assignment.status,
            Assignment.called_at,
            Assignment.starts_at,
            Assignment.ends_at,
            done_before.scalar_subquery().label("done_before"),
            done_before.where(earlier.event_id != Assignment.event_id)
            .scalar_subquery()
            .label("last_seasons"),
            in_hand.label("in_hand"),
            replaced_user.name.label("replaces"),
        )
        .join(Agent, Agent.id == Assignment.agent_id)
        .join(User, User.id == Agent.user_id)
        .join(Project, Project.id == Assignment.project_id)
        .outerjoin(replaced, replaced.id == Assignment.replaces_id)
        .outerjoin(replaced_agent, replaced_agent.id == replaced.agent_id)
        .outerjoin(replaced_user, replaced_user.id == replaced_agent.user_id)
        .where(
            scope.projects(),
            Assignment.starts_at <= moment,
            Assignment.ends_at > moment,
            Assignment.status.in_(ROSTERED),
            # A standby works for the merchant only once it is called, and then its shift is a formal one.
            Assignment.kind == AssignmentKind.FORMAL,
        )
        .order_by(
            case(
                (Assignment.status == AssignmentStatus.MISSING, 2),
                (Assignment.status == AssignmentStatus.ACCEPTED, 1),
                else_=0,
            ),
            text("in_hand DESC"),
            User.name,
            Assignment.id,
        )
    )
    return [
        Person(
            name=row.name,
            status=row.status,
            called_at=row.called_at,
            shift_number=row.done_before + 1,
            open_contacts=row.in_hand,
            replaces=row.replaces,
            worked_here_before=row.last_seasons > 0,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
        )
        for row in rows
    ]
