"""Which exam is open to somebody: each one follows the steps before it, and none is sat for nothing."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from app.errors import BarredError, LessonsUnreadError, StaleStateError, StepSkippedError
from app.models import Project
from app.queries.applications import find_open_application
from app.queries.attempts import find_passed_attempt
from app.queries.certificates import find_bar, find_live_certificate, find_valid_certificate
from app.queries.training import get_training
from app.renewal_rules import is_renewable
from app.services import renewals
from exams.blueprints import PROJECT_EXAMS
from exams.forms import Blueprint


def project_exam_of(
    session: Session, agent_id: uuid.UUID, project_id: uuid.UUID, *, now: dt.datetime
) -> Blueprint:
    """Return the assessment that a person may sit for a project.

    Raises StepSkippedError without base certificate, and without an open application or a certificate to
    renew; LessonsUnreadError before the training is read.
    """
    application = find_open_application(session, agent_id, project_id=project_id)
    if application is None and (
        renewals.find_renewable(session, agent_id, project_id=project_id, now=now) is None
    ):
        raise StepSkippedError("an assessment follows an application, or renews a certificate")
    if find_valid_certificate(session, agent_id, project_id=None, now=now) is None:
        raise StepSkippedError("an assessment follows the base certificate")
    project = session.get_one(Project, project_id)
    unread = get_training(session, agent_id, project).unread
    if unread:
        raise LessonsUnreadError(left=len(unread))
    return PROJECT_EXAMS[project.service_line]


def check_not_passed(
    session: Session,
    agent_id: uuid.UUID,
    *,
    project_id: uuid.UUID | None,
    now: dt.datetime,
) -> None:
    """Refuse an exam that has nothing more to give: a run-out base certificate is earned again by exam."""
    if project_id is None:
        held = find_live_certificate(session, agent_id, project_id=None, now=now)
        passed = held is not None and not is_renewable(held, now)
        barred_until = find_bar(session, agent_id, project_id=None)
        if barred_until is not None and now < barred_until:
            raise BarredError(until=barred_until)
    else:
        passed = find_passed_attempt(session, agent_id, project_id=project_id) is not None
    if passed:
        raise StaleStateError
