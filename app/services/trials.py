"""Trial shifts: set a time with a supervisor, and say how it went.

A pass certifies in the same transaction; `again` leaves the way to another trial; a fail ends the
application. `now` is business time, `wall_now` the machine's, for the promise of mail.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import (
    IdentityUnknownError,
    NotFoundError,
    OverlapError,
    StaleStateError,
    StepSkippedError,
)
from app.models import Agent, ApplicationStatus, ProjectApplication, Role, TrialShift, TrialStatus, User
from app.queries.applications import OPEN
from app.queries.attempts import find_passed_attempt
from app.queries.trials import is_taken
from app.services import applications, audit
from app.trial_rules import LONGEST, SHORTEST, VERDICTS, Criterion, Mark, verdict_contradicts
from app.words import slot_text


def schedule_trial(
    session: Session,
    *,
    application_id: uuid.UUID,
    supervisor_id: uuid.UUID,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> TrialShift:
    """Set a trial shift, or another time for one that has not begun.

    Raises StaleStateError once the application is decided or a trial has begun that nobody has judged,
    StepSkippedError without a passed assessment, IdentityUnknownError before the identity is confirmed,
    OverlapError when the person has something else then, NotFoundError for a supervisor who is none, and
    ValueError for a time that has passed or a length that is no shift's.
    """
    if starts_at <= now or not SHORTEST <= ends_at - starts_at <= LONGEST:
        raise ValueError("a trial lies ahead and is as long as a shift")
    application = applications.lock_application(session, application_id)
    if application.status not in OPEN:
        raise StaleStateError
    if find_passed_attempt(session, application.agent_id, project_id=application.project_id) is None:
        raise StepSkippedError("a trial follows a passed assessment")
    agent = session.get_one(Agent, application.agent_id, with_for_update=True, populate_existing=True)
    if agent.identity_confirmed_at is None:
        raise IdentityUnknownError
    supervisor = session.get(User, supervisor_id)
    if supervisor is None or supervisor.role is not Role.OPERATIONS or not supervisor.is_active:
        raise NotFoundError(f"supervisor {supervisor_id}")
    _move_earlier(session, application, now=now)
    if is_taken(session, agent.id, starts_at=starts_at, ends_at=ends_at):
        raise OverlapError
    trial = TrialShift(
        id=uuid.uuid4(),
        application_id=application.id,
        supervisor_id=supervisor_id,
        status=TrialStatus.SCHEDULED,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    session.add(trial)
    session.flush()
    application.status = ApplicationStatus.TRIAL
    audit.record(session, "trial.scheduled", trial, actor_user_id=actor_user_id, now=now)
    applications.tell_applicant(
        session,
        application,
        zh=f"试岗排好了：{slot_text(starts_at, ends_at, 'zh')}，{supervisor.name}带你。",
        en=f"your trial shift is set: {slot_text(starts_at, ends_at, 'en')}, with {supervisor.name}.",
        now=now,
        wall_now=wall_now,
    )
    return trial


def judge_trial(
    session: Session,
    trial_id: uuid.UUID,
    *,
    verdict: TrialStatus,
    marks: Mapping[Criterion, Mark],
    remarks: str,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> TrialShift:
    """Say how a trial went, by every criterion and in words that the person reads.

    Raises StaleStateError when it is judged or moved, StepSkippedError before it has begun, and ValueError
    for marks that are not complete or speak against the verdict, and for no words.
    """
    if verdict not in VERDICTS or set(marks) != set(Criterion) or not remarks.strip():
        raise ValueError("a verdict has a mark for each criterion, and words")
    if verdict_contradicts(verdict, marks):
        raise ValueError("the marks speak against the verdict")
    application_id = session.scalar(select(TrialShift.application_id).where(TrialShift.id == trial_id))
    if application_id is None:
        raise NotFoundError(f"trial {trial_id}")
    application = applications.lock_application(session, application_id)
    trial = session.get_one(TrialShift, trial_id, with_for_update=True, populate_existing=True)
    if trial.status is not TrialStatus.SCHEDULED or application.status is not ApplicationStatus.TRIAL:
        raise StaleStateError
    if now < trial.starts_at:
        raise StepSkippedError("a verdict follows the trial")
    trial.status, trial.remarks, trial.decided_at = verdict, remarks.strip(), now
    trial.scores = {criterion.value: marks[criterion].value for criterion in Criterion}
    audit.record(session, f"trial.{verdict}", trial, actor_user_id=actor_user_id, now=now)
    session.flush()
    if verdict is TrialStatus.PASSED:
        applications.certify(
            session,
            application,
            verdict=trial.remarks,
            actor_user_id=actor_user_id,
            now=now,
            wall_now=wall_now,
        )
    elif verdict is TrialStatus.FAILED:
        applications.decline(
            session,
            application_id=application.id,
            reason=trial.remarks,
            actor_user_id=actor_user_id,
            now=now,
            wall_now=wall_now,
        )
    else:
        applications.tell_applicant(
            session,
            application,
            zh=f"试岗还差一点，会再安排一次。{trial.remarks}",
            en=f"not quite yet: another trial shift will be set. {trial.remarks}",
            now=now,
            wall_now=wall_now,
        )
    return trial


def _move_earlier(session: Session, application: ProjectApplication, *, now: dt.datetime) -> None:
    """Close the trial that was set before, unless it has begun: then it is judged first."""
    earlier = session.scalar(
        select(TrialShift)
        .where(TrialShift.application_id == application.id, TrialShift.status == TrialStatus.SCHEDULED)
        .with_for_update()
    )
    if earlier is None:
        return
    if earlier.starts_at <= now:
        raise StaleStateError
    earlier.status, earlier.decided_at = TrialStatus.MOVED, now
    session.flush()
