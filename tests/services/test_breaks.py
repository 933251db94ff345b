"""Breaks of an exam: the clock stands still, seen questions freeze, and nobody gets more than was granted."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import AttemptClosedError, BreakRefusedError, NotFoundError, QuestionFrozenError
from app.models import Agent, AuditEntry, ExamAnswer, ExamAttempt
from app.queries.attempts import list_overdue_attempts
from app.services import attempts, breaks, chats
from app.services.needs import Needs, save_needs
from exams.breaks import Breaks
from exams.forms import Form
from exams.timing import GRACE
from tests.exam_keys import answers_for
from tests.make import NOON, Make
from tests.services.test_attempts import BANK, BASE_MINUTES, SECOND, save, start, submit

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def agent(make: Make) -> Agent:
    """Somebody with two breaks of ten minutes."""
    agent = make.agent()
    make.needs(agent, exam_breaks=2, exam_break_minutes=10)
    return agent


def items_of(attempt: ExamAttempt) -> list[str]:
    return [question.item_id for question in Form.from_json(attempt.form).questions]


def rest(session: Session, attempt: ExamAttempt, *, now: dt.datetime) -> None:
    with transaction(session):
        breaks.start_break(
            session, attempt_id=attempt.id, agent_id=attempt.agent_id, actor_user_id=None, now=now
        )


def come_back(session: Session, attempt: ExamAttempt, *, now: dt.datetime) -> None:
    with transaction(session):
        breaks.end_break(
            session, attempt_id=attempt.id, agent_id=attempt.agent_id, actor_user_id=None, now=now
        )


def open_number(session: Session, attempt: ExamAttempt, number: int, *, now: dt.datetime) -> None:
    with transaction(session):
        breaks.open_question(
            session, attempt_id=attempt.id, agent_id=attempt.agent_id, number=number, now=now
        )


def answer(session: Session, attempt: ExamAttempt, item_id: str, *, now: dt.datetime) -> bool:
    values = answers_for(Form.from_json(attempt.form), BANK, right=20)[item_id]
    return save(session, attempt, item_id=item_id, values=values, sequence=int(now.timestamp()), now=now)


def test_the_clock_stands_still_as_long_as_the_break_lasts(session: Session, agent: Agent) -> None:
    attempt = start(session, agent)
    begins = NOON + 5 * MINUTE

    rest(session, attempt, now=begins)
    come_back(session, attempt, now=begins + 4 * MINUTE)

    assert attempt.deadline_at == NOON + BASE_MINUTES + 4 * MINUTE


def test_a_break_ends_by_itself_and_the_clock_goes_on(session: Session, agent: Agent) -> None:
    attempt = start(session, agent)
    open_number(session, attempt, 2, now=NOON)

    rest(session, attempt, now=NOON + MINUTE)
    later = NOON + 20 * MINUTE
    open_number(session, attempt, 3, now=later)
    come_back(session, attempt, now=later)

    assert attempt.deadline_at == NOON + BASE_MINUTES + 10 * MINUTE
    assert answer(session, attempt, items_of(attempt)[2], now=later)
    # Whoever never comes back is handed in when the break and the time are over.
    ends_at = NOON + BASE_MINUTES + 10 * MINUTE + GRACE
    assert list_overdue_attempts(session, now=ends_at - SECOND, limit=10) == []
    assert list_overdue_attempts(session, now=ends_at, limit=10) == [attempt.id]


def test_what_was_seen_freezes_and_what_was_not_stays(session: Session, agent: Agent) -> None:
    attempt = start(session, agent)
    first, second, third = items_of(attempt)[:3]
    open_number(session, attempt, 2, now=NOON)
    answer(session, attempt, first, now=NOON)

    rest(session, attempt, now=NOON + MINUTE)
    come_back(session, attempt, now=NOON + 2 * MINUTE)

    for item_id in (first, second):
        with pytest.raises(QuestionFrozenError):
            answer(session, attempt, item_id, now=NOON + 3 * MINUTE)
    open_number(session, attempt, 3, now=NOON + 3 * MINUTE)
    assert answer(session, attempt, third, now=NOON + 3 * MINUTE)
    result = submit(session, attempt, now=NOON + 4 * MINUTE).result
    assert result is not None
    assert result["marks"][first]["correct"]


def test_during_a_break_nothing_is_taken_or_opened(session: Session, agent: Agent) -> None:
    attempt = start(session, agent)
    rest(session, attempt, now=NOON)

    with pytest.raises(QuestionFrozenError):
        answer(session, attempt, items_of(attempt)[5], now=NOON + MINUTE)
    with pytest.raises(QuestionFrozenError):
        open_number(session, attempt, 6, now=NOON + MINUTE)
    assert session.scalars(select(ExamAnswer)).all() == []


def test_a_second_press_takes_no_second_break(session: Session, agent: Agent) -> None:
    attempt = start(session, agent)

    rest(session, attempt, now=NOON)
    rest(session, attempt, now=NOON + SECOND)

    assert attempt.deadline_at == NOON + BASE_MINUTES + 10 * MINUTE
    assert len(Breaks.from_json(attempt.breaks).taken) == 1


def test_there_are_as_many_breaks_as_were_granted(session: Session, make: Make, agent: Agent) -> None:
    attempt = start(session, agent)
    for number in range(2):
        rest(session, attempt, now=NOON + number * 2 * MINUTE)
        come_back(session, attempt, now=NOON + (number * 2 + 1) * MINUTE)

    with pytest.raises(BreakRefusedError):
        rest(session, attempt, now=NOON + 10 * MINUTE)
    other = start(session, make.agent())
    with pytest.raises(BreakRefusedError):
        rest(session, other, now=NOON)


def test_nobody_takes_another_s_break_or_one_after_the_end(
    session: Session, make: Make, agent: Agent
) -> None:
    attempt = start(session, agent)

    with pytest.raises(NotFoundError), transaction(session):
        breaks.start_break(
            session,
            attempt_id=attempt.id,
            agent_id=make.agent().id,
            actor_user_id=agent.user_id,
            now=NOON,
        )
    with pytest.raises(AttemptClosedError):
        rest(session, attempt, now=NOON + BASE_MINUTES)
    submit(session, attempt)
    with pytest.raises(AttemptClosedError):
        rest(session, attempt, now=NOON)


def test_a_conversation_is_ended_before_a_break(
    session: Session, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = start(session, agent)
    talk = type("Talk", (), {"ended_at": None})
    monkeypatch.setattr(breaks, "list_sittings", lambda *_: [talk])

    with pytest.raises(BreakRefusedError) as refusal:
        rest(session, attempt, now=NOON)

    assert refusal.value.conversation


def test_a_frozen_conversation_cannot_be_started(session: Session, agent: Agent) -> None:
    attempt = start(session, agent)
    rest(session, attempt, now=NOON)

    with pytest.raises(QuestionFrozenError), transaction(session):
        chats.start_chat(
            session,
            attempt_id=attempt.id,
            agent_id=agent.id,
            item_id=items_of(attempt)[0],
            bank=BANK,
            language="zh",
            by_script=True,
            at_once=None,
            now=NOON + MINUTE,
        )


def grant(session: Session, agent: Agent, needs: Needs, *, now: dt.datetime) -> None:
    with transaction(session):
        save_needs(
            session,
            agent_id=agent.id,
            needs=needs,
            large_text=False,
            consent=True,
            actor_user_id=agent.user_id,
            now=now,
        )


def test_breaks_granted_in_the_middle_freeze_what_was_answered(session: Session, make: Make) -> None:
    agent = make.agent()
    attempt = start(session, agent)
    first, second = items_of(attempt)[:2]
    answer(session, attempt, first, now=NOON)

    grant(session, agent, Needs(exam_breaks=1, exam_break_minutes=5), now=NOON + MINUTE)
    rest(session, attempt, now=NOON + 2 * MINUTE)
    come_back(session, attempt, now=NOON + 3 * MINUTE)

    with pytest.raises(QuestionFrozenError):
        answer(session, attempt, first, now=NOON + 4 * MINUTE)
    assert answer(session, attempt, second, now=NOON + 4 * MINUTE)


def test_time_granted_after_a_break_comes_on_top_of_it(session: Session, agent: Agent) -> None:
    attempt = start(session, agent)
    rest(session, attempt, now=NOON + MINUTE)
    come_back(session, attempt, now=NOON + 5 * MINUTE)

    needs = Needs(exam_time_multiplier=Decimal("1.50"), exam_breaks=2, exam_break_minutes=10)
    grant(session, agent, needs, now=NOON + 6 * MINUTE)

    assert attempt.deadline_at == NOON + BASE_MINUTES * 1.5 + 4 * MINUTE


def test_added_minutes_count_in_every_exam_and_at_once(session: Session, make: Make) -> None:
    early, late = make.agent(), make.agent()
    make.needs(early, exam_extra_minutes=30)
    running = start(session, late)

    grant(session, late, Needs(exam_extra_minutes=30), now=NOON + MINUTE)

    assert start(session, early).deadline_at == NOON + BASE_MINUTES + 30 * MINUTE
    assert running.deadline_at == NOON + BASE_MINUTES + 30 * MINUTE


def test_each_break_is_written_down(session: Session, agent: Agent) -> None:
    attempt = start(session, agent)
    rest(session, attempt, now=NOON)
    come_back(session, attempt, now=NOON + MINUTE)
    come_back(session, attempt, now=NOON + 2 * MINUTE)

    actions = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == attempt.id)).all()

    assert sorted(actions) == ["attempt.break-ended", "attempt.break-started", "attempt.started"]


def test_typing_cannot_be_begun_in_a_break(session: Session, agent: Agent) -> None:
    attempt = start(session, agent)
    rest(session, attempt, now=NOON)

    with pytest.raises(QuestionFrozenError), transaction(session):
        attempts.start_typing(
            session,
            attempt_id=attempt.id,
            agent_id=agent.id,
            item_id=items_of(attempt)[0],
            language="zh",
            bank=BANK,
            now=NOON + MINUTE,
        )
