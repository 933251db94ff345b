"""What somebody may appeal, why it was decided so, and what became of it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.errors import NotFoundError
from app.models import (
    Agent,
    Appeal,
    AppealKind,
    AppealState,
    AttemptStatus,
    AuditEntry,
    Certificate,
    CertificateState,
    ExamAttempt,
    ProjectApplication,
    TrialShift,
    TrialStatus,
)
from app.queries.integrity import TOLD, list_flags_of
from exams.retakes import RETAKES

APPEAL_WITHIN = dt.timedelta(days=30)

# The last entry of these actions about the subject names the person who decided.
DECIDING_ACTIONS: Mapping[AppealKind, tuple[str, ...]] = {
    AppealKind.EXAM_RESULT: (),
    AppealKind.INTEGRITY: ("integrity.retest", "integrity.void"),
    AppealKind.SUSPENSION: ("certificate.suspended",),
    AppealKind.REVOCATION: ("certificate.revoked",),
    AppealKind.TRIAL: ("trial.failed", "trial.again"),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Decision:
    """One decision about somebody. `exam` or `project` says what about; both None: the base certificate.

    `why` is what the decider wrote; None where the marks say it all. `appeal` is what was said against it.
    """

    kind: AppealKind
    subject_id: uuid.UUID
    agent_id: uuid.UUID
    decided_at: dt.datetime
    exam: str | None = None
    project: str | None = None
    percent: int | None = None
    why: str | None = None
    appeal: Appeal | None = None

    @property
    def appeal_by(self) -> dt.datetime:
        return self.decided_at + APPEAL_WITHIN

    def may_appeal(self, now: dt.datetime) -> bool:
        """Whether it can be appealed now: in time, and not appealed yet."""
        return self.appeal is None and now < self.appeal_by


def list_decisions(session: Session, agent_id: uuid.UUID, *, now: dt.datetime) -> Sequence[Decision]:
    """Return what was decided against somebody and stands, the newest first."""
    found = [
        *_results(session, agent_id),
        *_certificates(session, agent_id, now=now),
        *_trials(session, agent_id),
        *_flags(session, agent_id),
    ]
    appeals = {
        (appeal.kind, appeal.subject_id, appeal.subject_decided_at): appeal
        for appeal in session.scalars(select(Appeal).where(Appeal.agent_id == agent_id))
    }
    with_appeals = [
        dataclasses.replace(one, appeal=appeals.get((one.kind, one.subject_id, one.decided_at)))
        for one in found
    ]
    return sorted(with_appeals, key=lambda one: (one.decided_at, one.subject_id), reverse=True)


def get_decision(
    session: Session, *, agent_id: uuid.UUID, kind: AppealKind, subject_id: uuid.UUID, now: dt.datetime
) -> Decision:
    """Return one decision about this agent; another agent's is not found."""
    for decision in list_decisions(session, agent_id, now=now):
        if decision.kind is kind and decision.subject_id == subject_id:
            return decision
    raise NotFoundError(f"decision {kind} {subject_id}")


def find_decision(session: Session, appeal: Appeal, *, now: dt.datetime) -> Decision | None:
    """Return what an appeal is against, None when it does not stand any more."""
    wanted = (appeal.kind, appeal.subject_id, appeal.subject_decided_at)
    return next(
        (
            one
            for one in list_decisions(session, appeal.agent_id, now=now)
            if (one.kind, one.subject_id, one.decided_at) == wanted
        ),
        None,
    )


def find_decider(session: Session, decision: Decision) -> uuid.UUID | None:
    """Return who decided, None where the system did or nobody is known."""
    actions = DECIDING_ACTIONS[decision.kind]
    return session.scalars(
        select(AuditEntry.actor_user_id)
        .where(AuditEntry.subject_id == decision.subject_id, AuditEntry.action.in_(actions))
        .order_by(AuditEntry.at.desc(), AuditEntry.id)
        .limit(1)
    ).one_or_none()


def get_appeal(session: Session, appeal_id: uuid.UUID) -> Appeal:
    """Return any appeal with the person and who decided first: for operations."""
    appeal = session.scalar(
        select(Appeal)
        .where(Appeal.id == appeal_id)
        .options(joinedload(Appeal.agent).joinedload(Agent.user), joinedload(Appeal.first_decider))
    )
    if appeal is None:
        raise NotFoundError(f"appeal {appeal_id}")
    return appeal


def list_appeals(session: Session, agent_id: uuid.UUID) -> Sequence[Appeal]:
    """Return what somebody has appealed, the newest first."""
    return session.scalars(
        select(Appeal).where(Appeal.agent_id == agent_id).order_by(Appeal.submitted_at.desc(), Appeal.id)
    ).all()


def list_open_appeals(session: Session, *, limit: int) -> Sequence[Appeal]:
    """Return the appeals that wait for an answer with their people, the oldest first."""
    return session.scalars(
        select(Appeal)
        .where(Appeal.state == AppealState.OPEN)
        .options(joinedload(Appeal.agent).joinedload(Agent.user))
        .order_by(Appeal.submitted_at, Appeal.id)
        .limit(limit)
    ).all()


def _results(session: Session, agent_id: uuid.UUID) -> list[Decision]:
    attempts = session.scalars(
        select(ExamAttempt).where(
            ExamAttempt.agent_id == agent_id,
            ExamAttempt.status == AttemptStatus.SUBMITTED,
            ExamAttempt.passed.is_(False),
            ExamAttempt.waived_at.is_(None),
        )
    )
    return [
        Decision(
            kind=AppealKind.EXAM_RESULT,
            subject_id=attempt.id,
            agent_id=agent_id,
            decided_at=attempt.submitted_at,
            exam=attempt.exam,
            percent=attempt.percent,
        )
        for attempt in attempts
        # One that was made void is appealed where that was decided; a confirmation passes nobody.
        if attempt.submitted_at is not None
        and "voided" not in (attempt.result or {})
        and attempt.exam in RETAKES
    ]


def _certificates(session: Session, agent_id: uuid.UUID, *, now: dt.datetime) -> list[Decision]:
    found = []
    for certificate in session.scalars(
        select(Certificate)
        .where(Certificate.agent_id == agent_id, Certificate.state_reason.is_not(None))
        .options(joinedload(Certificate.project))
    ):
        state = certificate.state_at(now)
        kind = AppealKind.REVOCATION if state is CertificateState.REVOKED else AppealKind.SUSPENSION
        decided_at = certificate.revoked_at if kind is AppealKind.REVOCATION else certificate.suspended_at
        if decided_at is not None:
            found.append(
                Decision(
                    kind=kind,
                    subject_id=certificate.id,
                    agent_id=agent_id,
                    decided_at=decided_at,
                    project=certificate.project.name if certificate.project else None,
                    why=certificate.state_reason,
                )
            )
    return found


def _flags(session: Session, agent_id: uuid.UUID) -> list[Decision]:
    return [
        Decision(
            kind=AppealKind.INTEGRITY,
            subject_id=flag.id,
            agent_id=agent_id,
            decided_at=flag.decided_at,
            exam=flag.attempt.exam,
            why=flag.reason,
        )
        for flag in list_flags_of(session, agent_id)
        if flag.decided_at is not None and flag.state in TOLD
    ]


def _trials(session: Session, agent_id: uuid.UUID) -> list[Decision]:
    trials = session.scalars(
        select(TrialShift)
        .join(ProjectApplication, ProjectApplication.id == TrialShift.application_id)
        .where(
            ProjectApplication.agent_id == agent_id,
            TrialShift.status.in_((TrialStatus.FAILED, TrialStatus.AGAIN)),
        )
        .options(joinedload(TrialShift.application).joinedload(ProjectApplication.project))
    )
    return [
        Decision(
            kind=AppealKind.TRIAL,
            subject_id=trial.id,
            agent_id=agent_id,
            decided_at=trial.decided_at,
            project=trial.application.project.name,
            why=trial.remarks,
        )
        for trial in trials
        if trial.decided_at is not None
    ]
