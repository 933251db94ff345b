"""What a reviewer decides about a sign: nothing found, a confirmation, or a result that does not count.

Until somebody decides, nothing changes for the person; a certificate stays as it is while a confirmation
waits. `now` is business time, `wall_now` the machine's, for promises.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import AttemptRunningError, NotFoundError, StaleStateError
from app.models import (
    Agent,
    AttemptStatus,
    Certificate,
    ExamAttempt,
    IntegrityFlag,
    NoticeKind,
    RetestOutcome,
    SignState,
    User,
)
from app.queries.attempts import find_running_attempt, list_attempts
from app.queries.integrity import get_flag_of
from app.services import audit, notices, reinstatements
from app.services.attempt_rows import open_attempt
from app.services.certificate_states import revoke_certificate
from app.words import full_moment_text
from exams.bank import Bank
from exams.blueprints import BLUEPRINTS, confirmation_of
from exams.forms import Form, assemble_form, count_exposure
from exams.integrity.confirmation import compare_results

RETEST_WITHIN = dt.timedelta(days=14)


def decide_flag(
    session: Session,
    flag_id: uuid.UUID,
    *,
    decision: SignState,
    reason: str,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> IntegrityFlag:
    """Decide about a sign, with a reason; the person is told unless nothing was found from the start.

    Raises NotFoundError, StaleStateError when it is decided and no confirmation has come back, or is asked
    for a second time, and ValueError without a reason.
    """
    if decision is SignState.OPEN or not reason.strip():
        raise ValueError("a decision has a reason")
    flag, attempt = _lock(session, flag_id)
    is_back = flag.state is SignState.RETEST and flag.outcome is not None
    if not (flag.state is SignState.OPEN or is_back) or (is_back and decision is SignState.RETEST):
        raise StaleStateError
    is_told = decision is not SignState.CLEARED or is_back
    flag.state, flag.decided_at, flag.decided_by, flag.reason = decision, now, actor_user_id, reason.strip()
    if decision is SignState.RETEST:
        flag.retest_by = now + RETEST_WITHIN
    audit.record(
        session, f"integrity.{decision}", flag, actor_user_id=actor_user_id, now=now, reason=flag.reason
    )
    if decision is SignState.VOID:
        _void(session, attempt, flag, actor_user_id=actor_user_id, now=now, wall_now=wall_now)
    if is_told:
        _tell(session, attempt, flag, now=now, wall_now=wall_now)
    return flag


def start_confirmation(
    session: Session,
    flag_id: uuid.UUID,
    *,
    agent_id: uuid.UUID,
    bank: Bank,
    seed: int,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
) -> ExamAttempt:
    """Start the shorter exam that confirms a result: questions the person has not had, the same help.

    Raises NotFoundError, AttemptRunningError, and StaleStateError when it was sat or its day is over.
    """
    get_flag_of(session, flag_id, agent_id=agent_id)
    flag, first = _lock(session, flag_id)
    running = find_running_attempt(session, agent_id)
    if running is not None:
        raise AttemptRunningError(attempt_id=running.id)
    may_start = flag.state is SignState.RETEST and flag.outcome is None and flag.retest_attempt_id is None
    if not may_start or flag.retest_by is None or now >= flag.retest_by:
        raise StaleStateError
    blueprint = confirmation_of(BLUEPRINTS[first.exam])
    earlier = [Form.from_json(attempt.form) for attempt in list_attempts(session, agent_id)]
    form = assemble_form(bank, blueprint, seed, exposure=count_exposure(earlier))
    agent = session.get_one(Agent, agent_id)
    attempt = open_attempt(session, agent, form, project_id=None, actor_user_id=actor_user_id, now=now)
    flag.retest_attempt_id = attempt.id
    return attempt


def settle_retest(
    session: Session, flag_id: uuid.UUID, *, now: dt.datetime, wall_now: dt.datetime
) -> RetestOutcome | None:
    """Compare a confirmation with the first result, and return how it went; None when it is not due.

    Two results that agree close the matter; otherwise a reviewer decides.
    """
    flag, first = _lock(session, flag_id)
    if flag.state is not SignState.RETEST or flag.outcome is not None:
        return None
    if flag.retest_attempt_id is None:
        if flag.retest_by is None or now < flag.retest_by:
            return None
        flag.outcome = RetestOutcome.MISSED
    else:
        second = session.get_one(ExamAttempt, flag.retest_attempt_id)
        if second.status is not AttemptStatus.SUBMITTED:
            return None
        compared = compare_results(
            first_right=_right(first),
            first_items=_compared(first),
            second_right=_right(second),
            second_items=_compared(second),
        )
        flag.retest = dataclasses.asdict(compared)
        flag.outcome = RetestOutcome.AGREES if compared.agrees else RetestOutcome.DIFFERS
        if compared.agrees:
            flag.state, flag.decided_at = SignState.CLEARED, now
    session.flush()
    audit.record(session, f"integrity.{flag.outcome}", flag, actor_user_id=None, now=now)
    _tell(session, first, flag, now=now, wall_now=wall_now)
    return flag.outcome


def restore_result(
    session: Session,
    flag_id: uuid.UUID,
    *,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> None:
    """Undo a decision about a sign: the result counts again, and a certificate revoked for it holds again."""
    flag, attempt = _lock(session, flag_id)
    was_void = flag.state is SignState.VOID
    flag.state, flag.decided_at, flag.decided_by = SignState.CLEARED, now, actor_user_id
    if was_void:
        result = dict(attempt.result or {})
        attempt.passed = bool(result.pop("voided", {}).get("passed"))
        attempt.result = result
        session.flush()
        for certificate in _certificates_of(session, attempt):
            if certificate.revoked_at is not None and certificate.replaced_at is None:
                reinstatements.undo_revocation(
                    session, certificate.id, actor_user_id=actor_user_id, now=now, wall_now=wall_now
                )
    audit.record(session, "integrity.restored", flag, actor_user_id=actor_user_id, now=now)


def _void(
    session: Session,
    attempt: ExamAttempt,
    flag: IntegrityFlag,
    *,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> None:
    """Let the result count as a failed one, and end the certificate that rests on it."""
    attempt.result = (attempt.result or {}) | {
        "voided": {"flag": str(flag.id), "passed": bool(attempt.passed)}
    }
    attempt.passed = False
    session.flush()
    for certificate in _certificates_of(session, attempt):
        if certificate.revoked_at is None and certificate.expires_at > now:
            revoke_certificate(
                session,
                certificate.id,
                barred_until=now,
                reason=flag.reason or "",
                actor_user_id=actor_user_id,
                now=now,
                wall_now=wall_now,
            )


def _certificates_of(session: Session, attempt: ExamAttempt) -> list[Certificate]:
    return list(
        session.scalars(
            select(Certificate).where(Certificate.attempt_id == attempt.id).order_by(Certificate.id)
        )
    )


def _lock(session: Session, flag_id: uuid.UUID) -> tuple[IntegrityFlag, ExamAttempt]:
    """Hold the person first, as everybody does who starts exams or changes certificates."""
    agent_id = session.scalar(
        select(ExamAttempt.agent_id)
        .join(IntegrityFlag, IntegrityFlag.attempt_id == ExamAttempt.id)
        .where(IntegrityFlag.id == flag_id)
    )
    if agent_id is None:
        raise NotFoundError(f"flag {flag_id}")
    session.get_one(Agent, agent_id, with_for_update=True, populate_existing=True)
    flag = session.get_one(IntegrityFlag, flag_id, with_for_update=True, populate_existing=True)
    attempt = session.get_one(ExamAttempt, flag.attempt_id, with_for_update=True, populate_existing=True)
    return flag, attempt


def _marks(attempt: ExamAttempt) -> list[bool]:
    """Return which of the items that a confirmation also asks were right: nothing measured by speed."""
    found = (attempt.result or {}).get("marks", {}).values()
    return [bool(mark["correct"]) for mark in found if "evidence" not in mark]


def _right(attempt: ExamAttempt) -> int:
    return sum(_marks(attempt))


def _compared(attempt: ExamAttempt) -> int:
    return max(1, len(_marks(attempt)))


def _tell(
    session: Session,
    attempt: ExamAttempt,
    flag: IntegrityFlag,
    *,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> None:
    user_id, locale = session.execute(
        select(User.id, User.locale).join(Agent, Agent.user_id == User.id).where(Agent.id == attempt.agent_id)
    ).one()
    notices.notify(
        session,
        user_id=user_id,
        kind=NoticeKind.RESULT_QUESTIONED,
        now=now,
        wall_now=wall_now,
        exam=BLUEPRINTS[attempt.exam].title.in_language(locale),
        what=_what(flag, "en" if locale == "en" else "zh"),
    )


def _what(flag: IntegrityFlag, locale: str) -> str:
    if flag.state is SignState.RETEST and flag.outcome is None:
        assert flag.retest_by is not None
        day = full_moment_text(flag.retest_by, locale)
        if locale == "en":
            return f"please confirm your result by {day} with a shorter exam. Until then nothing changes."
        return f"请在 {day} 前用一份短卷子确认成绩。在那之前，什么都不变。"
    if flag.outcome is RetestOutcome.AGREES:
        return (
            "your result is confirmed. The matter is closed."
            if locale == "en"
            else "成绩确认了，这件事结束。"
        )
    if flag.state is SignState.RETEST:
        return (
            "the two results differ, or the day has passed. A reviewer decides and tells you why."
            if locale == "en"
            else "两次成绩不一样，或者过了期限。由一个人来定，会告诉你原因。"
        )
    if flag.state is SignState.VOID:
        return (
            f"the result does not count. Reason: {flag.reason} You can appeal."
            if locale == "en"
            else f"这次成绩不算数。原因：{flag.reason} 你可以申诉。"
        )
    return f"nothing was found. {flag.reason}" if locale == "en" else f"没有发现问题。{flag.reason}"
