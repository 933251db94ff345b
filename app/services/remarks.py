"""Mark an attempt again with items that count in full, because an appeal has shown that they were wrong."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.errors import StaleStateError
from app.models import Agent, AttemptStatus, ExamAttempt
from app.queries.attempts import list_answers
from app.queries.certificates import find_live_certificate
from app.services import audit, certificates
from exams.bank import Bank
from exams.blueprints import BASE_EXAM
from exams.forms import Form
from exams.marking import mark_attempt
from exams.timing import Accommodation


def remark_attempt(
    session: Session,
    attempt_id: uuid.UUID,
    *,
    granted: Sequence[str],
    bank: Bank,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> ExamAttempt:
    """Count these items in full; a base exam that is passed so issues its certificate.

    The digest of the first result stays: it says what was handed in. The caller holds the person. Raises
    StaleStateError for an attempt that runs, was passed or is waived, ValueError when no item is named, and
    KeyError for one that is not on the form.
    """
    if not granted:
        raise ValueError("a new mark names the items that count in full")
    attempt = session.get_one(ExamAttempt, attempt_id, with_for_update=True, populate_existing=True)
    if attempt.status is not AttemptStatus.SUBMITTED or attempt.passed or attempt.waived_at is not None:
        raise StaleStateError
    responses = {
        item_id: answer.response["value"] for item_id, answer in list_answers(session, attempt_id).items()
    }
    before = attempt.result or {}
    items = sorted({*before.get("granted", ()), *granted})
    result = mark_attempt(
        Form.from_json(attempt.form),
        bank,
        responses,
        accommodation=Accommodation(**attempt.accommodation),
        granted=items,
    )
    attempt.result = before | result.to_json() | {"granted": items}
    old_percent, attempt.percent, attempt.passed = attempt.percent, result.whole_percent, result.passed
    session.flush()
    audit.record(
        session,
        "attempt.remarked",
        attempt,
        actor_user_id=actor_user_id,
        now=now,
        items=items,
        before=old_percent,
        percent=attempt.percent,
        passed=bool(attempt.passed),
    )
    is_base = attempt.passed and attempt.exam == BASE_EXAM.id
    if is_base and find_live_certificate(session, attempt.agent_id, project_id=None, now=now) is None:
        certificates.issue_certificate(
            session,
            agent=session.get_one(Agent, attempt.agent_id),
            attempt=attempt,
            project=None,
            actor_user_id=actor_user_id,
            now=now,
            wall_now=wall_now,
        )
    return attempt
