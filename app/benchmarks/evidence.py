"""Whether what candidates were told is true: looks at the rows after a load test."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.benchmarks.candidates import Sitting
from app.models import Agent, AttemptStatus, ExamAnswer, ExamAttempt, User

# So many attempts are read at once.
CHUNK = 500


def find_losses(session: Session, *, signed_up: Sequence[str], sittings: Sequence[Sitting]) -> Iterator[str]:
    """Yield a sentence for each thing that a candidate was told and that the database does not hold.

    Accounts of `signed_up` mobile numbers; an attempt of each sitting; every acknowledged answer, with its
    sequence number or a later one; a mark for every attempt that was handed in.
    """
    accounts = set(
        session.scalars(
            select(User.mobile).join(Agent, Agent.user_id == User.id).where(User.mobile.is_not(None))
        )
    )
    yield from (f"no account for {mobile}" for mobile in signed_up if mobile not in accounts)
    for first in range(0, len(sittings), CHUNK):
        some = {uuid.UUID(sitting.attempt_id): sitting for sitting in sittings[first : first + CHUNK]}
        attempts = {
            attempt.id: attempt
            for attempt in session.scalars(select(ExamAttempt).where(ExamAttempt.id.in_(some)))
        }
        rows = session.scalars(select(ExamAnswer).where(ExamAnswer.attempt_id.in_(some)))
        answers = {(row.attempt_id, row.item_id): row for row in rows}
        for attempt_id, sitting in some.items():
            yield from _losses_of(sitting, attempts.get(attempt_id), attempt_id, answers)
        session.expunge_all()
    twice = session.scalars(
        select(ExamAttempt.agent_id).group_by(ExamAttempt.agent_id).having(func.count() > 1)
    )
    yield from (f"agent {agent_id} has two attempts" for agent_id in twice)


def _losses_of(
    sitting: Sitting,
    attempt: ExamAttempt | None,
    attempt_id: uuid.UUID,
    answers: dict[tuple[uuid.UUID, str], ExamAnswer],
) -> Iterator[str]:
    if attempt is None:
        yield f"attempt {attempt_id} is gone"
        return
    for item_id, (sequence, _) in sitting.saved.items():
        answer = answers.get((attempt_id, item_id))
        if answer is None or answer.sequence < sequence:
            held = "nothing" if answer is None else f"save {answer.sequence}"
            yield f"attempt {attempt_id}, {item_id}: save {sequence} was acknowledged, the row holds {held}"
    if sitting.submitted:
        marked = attempt.percent is not None and attempt.result is not None
        if attempt.status is not AttemptStatus.SUBMITTED or not marked:
            yield f"attempt {attempt_id} was handed in and is not marked"


def count_saves(sittings: Sequence[Sitting]) -> Counter[str]:
    """Count what was acknowledged: answers, attempts, and attempts handed in."""
    return Counter(
        answers=sum(len(sitting.saved) for sitting in sittings),
        attempts=len(sittings),
        submitted=sum(sitting.submitted for sitting in sittings),
    )
