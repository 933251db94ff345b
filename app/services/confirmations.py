"""Confirm answers in an adaptive exam: each is final, and brings the next question or the end."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import AttemptClosedError, NotFoundError
from app.models import AttemptStatus, ExamAnswer, ExamAttempt
from app.services import adaptive_sittings, attempts, breaks
from app.services.attempt_rows import hold_agent, hold_attempt
from exams.bank import Bank
from exams.breaks import Breaks
from exams.forms import Form
from exams.marking import mark
from exams.timing import Accommodation


class Then(enum.StrEnum):
    """What the person does with a question."""

    CONFIRM = "confirm"
    SKIP = "skip"
    REST = "rest"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Confirmed:
    """Where the attempt stands: the number of its question, and whether it is over."""

    number: int
    is_over: bool


def confirm_answer(
    session: Session,
    *,
    attempt_id: uuid.UUID,
    agent_id: uuid.UUID,
    item_id: str,
    values: Sequence[str],
    sequence: int,
    then: Then,
    bank: Bank,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
    made_at: dt.datetime | None = None,
) -> Confirmed:
    """Take the answer to the question the attempt is at for good, and go on.

    Said again, for a question that was confirmed before, it changes nothing and tells where the attempt
    stands: two pages, or a lost reply, see the same next question. Where a newer answer was saved from
    another page, that one is confirmed. `then` SKIP takes what is given for no answer, which counts as
    wrong; REST begins a break before the next question is shown, where one is left. A question that a break
    has frozen counts if it was answered, and otherwise makes way for another. The attempt is handed in when
    it is over.

    Raises NotFoundError for another's attempt or one that is not adaptive, UnknownQuestionError for an item
    that was not asked, AttemptClosedError, QuestionFrozenError during a break, and ResponseError.
    """
    # In the order of handing in, which may follow: the person, then the attempt.
    hold_agent(session, agent_id)
    attempt = hold_attempt(session, attempt_id, agent_id=agent_id)
    form = Form.from_json(attempt.form)
    if form.most is None:
        raise NotFoundError(f"attempt {attempt_id} is not adaptive")
    form.question(item_id)
    number = len(form.questions)
    answered = adaptive_sittings.was_answered(session, attempt_id, item_id)
    if attempt.status is not AttemptStatus.RUNNING:
        if not answered:
            raise AttemptClosedError
        return Confirmed(number=number, is_over=True)
    if item_id != form.questions[-1].item_id:
        return Confirmed(number=number, is_over=False)
    resting = Breaks.from_json(attempt.breaks).current(now) is not None
    if answered and resting:
        # The same press again, after its break had begun.
        return Confirmed(number=number, is_over=False)
    told: tuple[str, bool] | None = None
    if not answered:
        if resting or item_id not in Breaks.from_json(attempt.breaks).frozen:
            attempts.save_answer(
                session,
                attempt_id=attempt_id,
                agent_id=agent_id,
                item_id=item_id,
                values=[] if then is Then.SKIP else values,
                sequence=sequence,
                bank=bank,
                now=now,
                made_at=made_at,
            )
        told = _take(session, attempt, bank)
    in_time = attempt.deadline_at is None or now < attempt.deadline_at
    rests = then is Then.REST and in_time and _may_rest(attempt) and not answered
    standing = adaptive_sittings.move_on(
        session, attempt, bank, answered=told, show_next=in_time and not rests
    )
    if standing.stop is None and in_time:
        if rests:
            breaks.start_break(
                session, attempt_id=attempt_id, agent_id=agent_id, actor_user_id=actor_user_id, now=now
            )
        return Confirmed(number=number + (not rests), is_over=False)
    attempts.submit_attempt(
        session,
        attempt_id=attempt_id,
        agent_id=agent_id,
        bank=bank,
        actor_user_id=actor_user_id,
        now=now,
        wall_now=wall_now,
    )
    return Confirmed(number=number, is_over=True)


def _take(session: Session, attempt: ExamAttempt, bank: Bank) -> tuple[str, bool] | None:
    """Return what is kept for the question the attempt is at; None where a break has withdrawn it."""
    form = Form.from_json(attempt.form)
    question = form.questions[-1]
    response = _kept(session, attempt.id, question.item_id)
    if response is None and question.item_id in Breaks.from_json(attempt.breaks).frozen:
        # Another comes in its place, so there may be one more.
        assert form.most is not None
        attempt.form = dataclasses.replace(form, most=form.most + 1).to_json()
        return None
    return question.item_id, mark(bank.item(question.item_id, question.version), response).correct


def _may_rest(attempt: ExamAttempt) -> bool:
    accommodation = Accommodation(**attempt.accommodation)
    return attempt.deadline_at is not None and Breaks.from_json(attempt.breaks).left(accommodation) > 0


def _kept(session: Session, attempt_id: uuid.UUID, item_id: str) -> object:
    stored = session.scalar(
        select(ExamAnswer.response).where(ExamAnswer.attempt_id == attempt_id, ExamAnswer.item_id == item_id)
    )
    return None if stored is None else stored["value"]
