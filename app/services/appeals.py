"""Appeal a decision, and answer an appeal: what is granted takes effect in the same transaction.

`now` is business time, `wall_now` the machine's, for promises.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import AppealLateError, NotFoundError, SameDeciderError, StaleStateError
from app.models import Agent, Appeal, AppealKind, AppealState, NoticeKind, User
from app.queries.appeals import find_decider, get_decision
from app.services import audit, integrity_reviews, notices, reinstatements, remarks, waivers
from exams.bank import Bank

ANSWER_WITHIN = dt.timedelta(days=7)
"""What we promise, and what the list of operations is ordered by."""


class Remedy(enum.StrEnum):
    """What a granted appeal of an exam's result does; other appeals have one effect each."""

    WAIVE = "waive"
    REMARK = "remark"


SUBJECTS = {
    AppealKind.EXAM_RESULT: ("考试结果", "exam result"),
    AppealKind.INTEGRITY: ("对考试的决定", "decision about an exam"),
    AppealKind.SUSPENSION: ("认证停用", "suspended certificate"),
    AppealKind.REVOCATION: ("认证撤销", "revoked certificate"),
    AppealKind.TRIAL: ("试岗结论", "verdict of a trial shift"),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Answer:
    """How an appeal is answered. `remedy` and the granted items matter for an exam's result only."""

    granted: bool
    words: str
    remedy: Remedy = Remedy.WAIVE
    granted_items: Sequence[str] = ()


def submit_appeal(
    session: Session,
    *,
    agent_id: uuid.UUID,
    kind: AppealKind,
    subject_id: uuid.UUID,
    reason: str,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
) -> uuid.UUID:
    """Say why a decision is wrong, and return the appeal's id.

    Raises NotFoundError for a decision that is not about this agent, AppealLateError after thirty days,
    StaleStateError when it was appealed already, and ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError("an appeal has a reason")
    decision = get_decision(session, agent_id=agent_id, kind=kind, subject_id=subject_id, now=now)
    if now >= decision.appeal_by:
        raise AppealLateError
    appeal_id: uuid.UUID | None = session.scalar(
        insert(Appeal)
        .values(
            id=uuid.uuid4(),
            agent_id=agent_id,
            kind=kind,
            subject_id=subject_id,
            subject_decided_at=decision.decided_at,
            first_decider_id=find_decider(session, decision),
            reason=reason.strip(),
            state=AppealState.OPEN,
            submitted_at=now,
        )
        .on_conflict_do_nothing()
        .returning(Appeal.id)
    )
    if appeal_id is None:
        raise StaleStateError
    appeal = session.get_one(Appeal, appeal_id)
    audit.record(session, "appeal.made", appeal, actor_user_id=actor_user_id, now=now)
    return appeal_id


def decide_appeal(
    session: Session,
    appeal_id: uuid.UUID,
    *,
    answer: Answer,
    bank: Bank,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> Appeal:
    """Answer an appeal and do what follows from it.

    Raises NotFoundError, StaleStateError when it is answered already or the decision has been overtaken,
    SameDeciderError for whoever decided first, and ValueError without words: the person reads them.
    """
    if not answer.words.strip():
        raise ValueError("an answer has reasons")
    agent_id = session.scalar(select(Appeal.agent_id).where(Appeal.id == appeal_id))
    if agent_id is None:
        raise NotFoundError(f"appeal {appeal_id}")
    # The person first, as everybody does who starts exams or gives shifts or certificates.
    session.get_one(Agent, agent_id, with_for_update=True, populate_existing=True)
    appeal = session.get_one(Appeal, appeal_id, with_for_update=True, populate_existing=True)
    if appeal.state is not AppealState.OPEN:
        raise StaleStateError
    if appeal.first_decider_id == actor_user_id:
        raise SameDeciderError
    appeal.state = AppealState.GRANTED if answer.granted else AppealState.REFUSED
    appeal.answer, appeal.decided_at, appeal.decided_by = answer.words.strip(), now, actor_user_id
    audit.record(
        session,
        f"appeal.{appeal.state}",
        appeal,
        actor_user_id=actor_user_id,
        now=now,
        reason=appeal.answer,
    )
    if answer.granted:
        _take_effect(
            session, appeal, answer, bank=bank, actor_user_id=actor_user_id, now=now, wall_now=wall_now
        )
    _tell(session, appeal, now=now, wall_now=wall_now)
    return appeal


def _take_effect(
    session: Session,
    appeal: Appeal,
    answer: Answer,
    *,
    bank: Bank,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> None:
    match appeal.kind:
        case AppealKind.EXAM_RESULT if answer.remedy is Remedy.REMARK:
            remarks.remark_attempt(
                session,
                appeal.subject_id,
                granted=answer.granted_items,
                bank=bank,
                actor_user_id=actor_user_id,
                now=now,
                wall_now=wall_now,
            )
        case AppealKind.EXAM_RESULT:
            waivers.waive_attempt(
                session,
                appeal.subject_id,
                reason=answer.words,
                actor_user_id=actor_user_id,
                now=now,
                wall_now=wall_now,
            )
        case AppealKind.SUSPENSION:
            reinstatements.lift_suspensions(
                session, appeal.subject_id, actor_user_id=actor_user_id, now=now, wall_now=wall_now
            )
        case AppealKind.REVOCATION:
            reinstatements.undo_revocation(
                session, appeal.subject_id, actor_user_id=actor_user_id, now=now, wall_now=wall_now
            )
        case AppealKind.TRIAL:
            reinstatements.reopen_application(
                session, appeal.subject_id, actor_user_id=actor_user_id, now=now
            )
        case AppealKind.INTEGRITY:
            integrity_reviews.restore_result(
                session, appeal.subject_id, actor_user_id=actor_user_id, now=now, wall_now=wall_now
            )


def _tell(session: Session, appeal: Appeal, *, now: dt.datetime, wall_now: dt.datetime) -> None:
    user_id, locale = session.execute(
        select(User.id, User.locale).join(Agent, Agent.user_id == User.id).where(Agent.id == appeal.agent_id)
    ).one()
    is_granted = appeal.state is AppealState.GRANTED
    if locale == "en":
        verdict = f"{'granted' if is_granted else 'not granted'}. {appeal.answer}"
    else:
        verdict = f"{'同意' if is_granted else '没有同意'}。{appeal.answer}"
    notices.notify(
        session,
        user_id=user_id,
        kind=NoticeKind.APPEAL_DECIDED,
        now=now,
        wall_now=wall_now,
        subject=SUBJECTS[appeal.kind][locale == "en"],
        verdict=verdict,
    )
