"""From a wish to work in a project to its certificate: apply, assessment, trial, verdict.

The order of the steps is a rule of the business and is kept here, whatever the pages offer. `now` is business
time, which notices carry too; `wall_now` is the machine's, for the promise of their mail.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import (
    BarredError,
    IdentityUnknownError,
    NotFoundError,
    StaleStateError,
    StepSkippedError,
    UnsuitableProjectError,
)
from app.models import (
    Agent,
    AgentNeeds,
    ApplicationStatus,
    NoticeKind,
    Project,
    ProjectApplication,
    User,
)
from app.queries.applications import OPEN, get_open_project
from app.queries.attempts import find_passed_attempt
from app.queries.certificates import find_bar, find_live_certificate, find_valid_certificate
from app.queries.needs import find_needs
from app.services import audit, certificates, notices
from app.services.needs import NOTHING_ASKED


class Obstacle(enum.StrEnum):
    """What in a project a person's needs rule out."""

    VOICE = "voice"
    CONVERSATIONS = "conversations"


def obstacle_for(project: Project, needs: AgentNeeds | None) -> Obstacle | None:
    """Return what keeps the person out of the project by their own needs, or None."""
    if needs is not None and needs.text_only and project.service_line.is_voice:
        return Obstacle.VOICE
    most = NOTHING_ASKED.max_concurrent if needs is None else needs.max_concurrent
    return Obstacle.CONVERSATIONS if project.concurrent_chats > most else None


def apply_for_project(
    session: Session,
    *,
    agent_id: uuid.UUID,
    project_id: uuid.UUID,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
) -> ProjectApplication:
    """Ask to work in a project.

    Raises NotFoundError for a closed project, StepSkippedError without a valid base certificate,
    UnsuitableProjectError where the person's needs rule the project out, BarredError for a time after a
    revocation, and StaleStateError when an application is on its way or the certificate is held already.
    """
    project = get_open_project(session, project_id)
    if find_valid_certificate(session, agent_id, project_id=None, now=now) is None:
        raise StepSkippedError("a project follows the base certificate")
    if obstacle_for(project, find_needs(session, agent_id)) is not None:
        raise UnsuitableProjectError
    if find_live_certificate(session, agent_id, project_id=project_id, now=now) is not None:
        raise StaleStateError
    barred_until = find_bar(session, agent_id, project_id=project_id)
    if barred_until is not None and now < barred_until:
        raise BarredError(until=barred_until)
    application = ProjectApplication(
        id=uuid.uuid4(),
        agent_id=agent_id,
        project_id=project_id,
        status=ApplicationStatus.APPLIED,
        applied_at=now,
    )
    try:
        with session.begin_nested():
            session.add(application)
    except IntegrityError as error:
        # The unique index of open applications: pressed twice, or in two tabs.
        raise StaleStateError from error
    audit.record(session, "application.made", application, actor_user_id=actor_user_id, now=now)
    return application


def withdraw_application(
    session: Session,
    *,
    application_id: uuid.UUID,
    agent_id: uuid.UUID,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
) -> None:
    """Take an application back. Raises StaleStateError once it is decided."""
    application = lock_application(session, application_id)
    if application.agent_id != agent_id:
        raise NotFoundError(f"application {application_id}")
    if application.status not in OPEN:
        raise StaleStateError
    application.status, application.decided_at = ApplicationStatus.WITHDRAWN, now
    audit.record(session, "application.withdrawn", application, actor_user_id=actor_user_id, now=now)


def certify(
    session: Session,
    application: ProjectApplication,
    *,
    verdict: str,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> None:
    """End a passed trial: the project certificate is issued in the same transaction.

    The caller holds the application. Raises StepSkippedError before the trial, StaleStateError after a
    decision, and IdentityUnknownError for somebody whom nobody knows yet.
    """
    _decide(application, ApplicationStatus.CERTIFIED, verdict=verdict, now=now)
    attempt = find_passed_attempt(session, application.agent_id, project_id=application.project_id)
    if attempt is None:
        raise StepSkippedError("a certificate follows a passed assessment")
    agent = session.get_one(Agent, application.agent_id, with_for_update=True, populate_existing=True)
    if agent.identity_confirmed_at is None:
        raise IdentityUnknownError
    certificates.issue_certificate(
        session,
        agent=agent,
        attempt=attempt,
        project=session.get_one(Project, application.project_id),
        actor_user_id=actor_user_id,
        now=now,
        wall_now=wall_now,
    )
    audit.record(session, "application.certified", application, actor_user_id=actor_user_id, now=now)
    tell_applicant(
        session,
        application,
        zh=f"试岗通过。{verdict}",
        en=f"trial passed. {verdict}",
        now=now,
        wall_now=wall_now,
    )


def decline(
    session: Session,
    *,
    application_id: uuid.UUID,
    reason: str,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> ProjectApplication:
    """Say no, with a reason that the agent reads. Raises StaleStateError after a decision."""
    application = lock_application(session, application_id)
    _decide(application, ApplicationStatus.DECLINED, verdict=reason, now=now)
    audit.record(session, "application.declined", application, actor_user_id=actor_user_id, now=now)
    tell_applicant(
        session,
        application,
        zh=f"这次没有通过：{reason}",
        en=f"not this time: {reason}",
        now=now,
        wall_now=wall_now,
    )
    return application


def _decide(
    application: ProjectApplication, status: ApplicationStatus, *, verdict: str, now: dt.datetime
) -> None:
    if application.status not in OPEN:
        raise StaleStateError
    if status is ApplicationStatus.CERTIFIED and application.status is not ApplicationStatus.TRIAL:
        raise StepSkippedError("a certificate follows a trial")
    application.status, application.verdict, application.decided_at = status, verdict, now


def lock_application(session: Session, application_id: uuid.UUID) -> ProjectApplication:
    """Return the application, held until the transaction ends. Raises NotFoundError."""
    application = session.get(
        ProjectApplication, application_id, with_for_update=True, populate_existing=True
    )
    if application is None:
        raise NotFoundError(f"application {application_id}")
    return application


def tell_applicant(
    session: Session,
    application: ProjectApplication,
    *,
    zh: str,
    en: str,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> None:
    """Send the applicant a notice that names the project, in their language."""
    user_id, locale, project = session.execute(
        select(User.id, User.locale, Project.name)
        .select_from(Agent)
        .join(User, User.id == Agent.user_id)
        .join(Project, Project.id == application.project_id)
        .where(Agent.id == application.agent_id)
    ).one()
    notices.notify(
        session,
        user_id=user_id,
        kind=NoticeKind.APPLICATION_DECIDED,
        now=now,
        wall_now=wall_now,
        project=project,
        verdict=en if locale == "en" else zh,
    )
