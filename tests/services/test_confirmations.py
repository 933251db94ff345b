"""An adaptive exam through the services: each answer is final and brings the next question or the end."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import AnswerConfirmedError, AttemptClosedError, NotFoundError, QuestionFrozenError
from app.models import AdaptiveSitting, Agent, AttemptStatus, ExamAnswer, ExamAttempt, ItemExposure
from app.services import adaptive_sittings, attempts, breaks, exam_settings
from app.services.confirmations import Confirmed, Then, confirm_answer
from app.services.needs import Needs, save_needs
from exams.adaptive_exam import LEAST, MOST, Plan
from exams.blueprints import BASE_EXAM
from exams.forms import Form, UnknownQuestionError
from exams.responses import ResponseError
from exams.timing import GRACE
from tests.adaptive import figures, hold_adaptive
from tests.exam_keys import right_values, wrong_values
from tests.make import NOON, Make
from tests.services.test_attempts import BANK, save, start, submit

SECOND = dt.timedelta(seconds=1)
MINUTE = dt.timedelta(minutes=1)
ADAPTIVE_MINUTES = dt.timedelta(minutes=38)


@pytest.fixture
def agent(session: Session, make: Make) -> Agent:
    """Somebody new, while the base exam is adaptive."""
    with transaction(session):
        hold_adaptive(session)
    return make.agent()


def items_of(attempt: ExamAttempt) -> list[str]:
    return [question.item_id for question in Form.from_json(attempt.form).questions]


def values_of(item_id: str, *, right: bool) -> list[str]:
    item = next(item for item in BANK.current if item.id == item_id)
    return (right_values if right else wrong_values)(item)


def confirm(
    session: Session,
    attempt: ExamAttempt,
    *,
    right: bool = True,
    item_id: str | None = None,
    values: list[str] | None = None,
    then: Then = Then.CONFIRM,
    now: dt.datetime = NOON,
    agent_id: uuid.UUID | None = None,
    made_at: dt.datetime | None = None,
) -> Confirmed:
    asked = item_id or items_of(attempt)[-1]
    with transaction(session):
        return confirm_answer(
            session,
            attempt_id=attempt.id,
            agent_id=agent_id or attempt.agent_id,
            item_id=asked,
            values=values_of(asked, right=right) if values is None else values,
            sequence=max(1, int((now - NOON) / dt.timedelta(milliseconds=1))),
            then=then,
            bank=BANK,
            actor_user_id=uuid.uuid4() if agent_id else attempt_user(session, attempt),
            now=now,
            wall_now=now,
            made_at=made_at,
        )


def attempt_user(session: Session, attempt: ExamAttempt) -> uuid.UUID:
    return session.get_one(Agent, attempt.agent_id).user_id


def sitting_of(session: Session, attempt: ExamAttempt) -> AdaptiveSitting:
    return session.scalars(select(AdaptiveSitting).where(AdaptiveSitting.attempt_id == attempt.id)).one()


class TestRoad:
    def test_it_begins_with_one_question_and_more_time(self, session: Session, agent: Agent) -> None:
        attempt = start(session, agent)

        assert len(items_of(attempt)) == 1
        assert attempt.form["most"] == MOST
        assert attempt.deadline_at == NOON + ADAPTIVE_MINUTES

    def test_an_answer_brings_the_next_question(self, session: Session, agent: Agent) -> None:
        attempt = start(session, agent)
        first = items_of(attempt)[0]

        told = confirm(session, attempt)

        assert told == Confirmed(number=2, is_over=False)
        assert items_of(attempt)[0] == first
        assert len(items_of(attempt)) == 2
        assert sitting_of(session, attempt).answers == [[first, 1]]

    def test_what_comes_next_depends_on_the_answer(self, session: Session, make: Make, agent: Agent) -> None:
        other = make.agent()
        able, weak = start(session, agent), start(session, other)
        for _ in range(5):
            confirm(session, able, right=True)
            confirm(session, weak, right=False)

        assert items_of(able)[0] == items_of(weak)[0]
        assert items_of(able)[-1] != items_of(weak)[-1]

    def test_whoever_knows_all_passes_with_a_certificate(self, session: Session, agent: Agent) -> None:
        attempt = start(session, agent)

        while not confirm(session, attempt).is_over:
            pass

        assert attempt.status is AttemptStatus.SUBMITTED
        assert attempt.passed is True
        assert attempt.result is not None
        told = attempt.result["adaptive"]
        assert LEAST <= told["answered"] <= MOST
        assert told["right"] == told["answered"]
        assert told["unanswered"] == 0
        assert attempt.result["likely_percent"][0] < attempt.percent < attempt.result["likely_percent"][1]

    def test_whoever_knows_nothing_fails(self, session: Session, agent: Agent) -> None:
        attempt = start(session, agent)

        while not confirm(session, attempt, right=False).is_over:
            pass

        assert attempt.passed is False
        assert attempt.result is not None
        assert attempt.result["adaptive"]["theta"] < -1

    def test_the_pass_mark_is_the_ability_at_seventy_percent(self, session: Session, agent: Agent) -> None:
        attempt = start(session, agent)
        while not confirm(session, attempt).is_over:
            pass

        assert attempt.result is not None
        plan = Plan.from_json(sitting_of(session, attempt).plan)
        cut = attempt.result["adaptive"]["cut"]
        assert plan.scale.percent(cut) == pytest.approx(BASE_EXAM.pass_percent, abs=0.01)
        assert attempt.result["percent"] == pytest.approx(
            plan.scale.percent(attempt.result["adaptive"]["theta"])
        )

    def test_a_new_calibration_touches_no_running_attempt(
        self, session: Session, make: Make, agent: Agent
    ) -> None:
        other = make.agent()
        calm, disturbed = start(session, agent), start(session, other)
        confirm(session, calm)
        confirm(session, disturbed)

        with transaction(session):
            exam_settings.hold_fixed(session, BASE_EXAM.id, decided_by_id=None, now=NOON)
        for _ in range(4):
            confirm(session, disturbed)
        with transaction(session):
            session.query(ItemExposure).delete()
        for _ in range(4):
            confirm(session, calm)

        assert items_of(calm) == items_of(disturbed)
        assert len(items_of(start(session, make.agent()))) == BASE_EXAM.length


class TestFinality:
    def test_said_twice_it_gives_the_same_next_question(self, session: Session, agent: Agent) -> None:
        attempt = start(session, agent)
        first = items_of(attempt)[0]
        confirm(session, attempt)
        asked = items_of(attempt)

        told = confirm(session, attempt, item_id=first, right=False, now=NOON + SECOND)

        assert told == Confirmed(number=2, is_over=False)
        assert items_of(attempt) == asked
        assert sitting_of(session, attempt).answers == [[first, 1]]
        kept = session.scalars(select(ExamAnswer).where(ExamAnswer.item_id == first)).one()
        assert kept.sequence == 1

    def test_the_last_one_said_again_tells_that_it_is_over(self, session: Session, agent: Agent) -> None:
        attempt = start(session, agent)
        while not confirm(session, attempt).is_over:
            pass

        assert confirm(session, attempt, item_id=items_of(attempt)[-1]).is_over

    def test_a_confirmed_answer_cannot_be_saved_over(self, session: Session, agent: Agent) -> None:
        attempt = start(session, agent)
        first = items_of(attempt)[0]
        confirm(session, attempt)

        with pytest.raises(AnswerConfirmedError), transaction(session):
            attempts.save_answer(
                session,
                attempt_id=attempt.id,
                agent_id=agent.id,
                item_id=first,
                values=values_of(first, right=False),
                sequence=10**6,
                bank=BANK,
                now=NOON,
            )

    def test_a_newer_answer_from_another_page_is_the_one_confirmed(
        self, session: Session, agent: Agent
    ) -> None:
        attempt = start(session, agent)
        first = items_of(attempt)[0]
        save(session, attempt, item_id=first, values=values_of(first, right=False), sequence=5000)

        confirm(session, attempt, right=True, now=NOON + SECOND)

        assert sitting_of(session, attempt).answers == [[first, 0]]

    def test_another_persons_attempt_is_not_found(self, session: Session, make: Make, agent: Agent) -> None:
        attempt = start(session, agent)

        with pytest.raises(NotFoundError):
            confirm(session, attempt, agent_id=make.agent().id)

    def test_an_item_that_was_not_asked_is_refused(self, session: Session, agent: Agent) -> None:
        attempt = start(session, agent)
        other = next(item.item_id for item in figures() if item.item_id not in items_of(attempt))

        with pytest.raises(UnknownQuestionError):
            confirm(session, attempt, item_id=other)
        with pytest.raises(ResponseError):
            confirm(session, attempt, values=["x" * 10**6])

        assert sitting_of(session, attempt).answers == []

    def test_a_fixed_form_has_nothing_to_confirm(self, session: Session, make: Make) -> None:
        attempt = start(session, make.agent())

        with pytest.raises(NotFoundError):
            confirm(session, attempt)

    def test_no_answer_counts_as_wrong(self, session: Session, agent: Agent) -> None:
        attempt = start(session, agent)
        first = items_of(attempt)[0]
        save(session, attempt, item_id=first, values=values_of(first, right=True), sequence=1)

        confirm(session, attempt, then=Then.SKIP, now=NOON + SECOND)

        assert sitting_of(session, attempt).answers == [[first, 0]]


class TestTime:
    def test_what_was_saved_and_not_confirmed_counts_at_the_end(self, session: Session, agent: Agent) -> None:
        attempt = start(session, agent)
        confirm(session, attempt)
        last = items_of(attempt)[-1]
        save(session, attempt, item_id=last, values=values_of(last, right=True), sequence=5)

        with transaction(session):
            assert attempts.submit_overdue(
                session,
                attempt_id=attempt.id,
                bank=BANK,
                now=NOON + ADAPTIVE_MINUTES + GRACE + SECOND,
                wall_now=NOON,
            )

        assert attempt.result is not None
        assert attempt.result["adaptive"]["answered"] == 2
        assert attempt.result["adaptive"]["right"] == 2

    def test_whoever_stops_early_has_the_rest_counted_as_wrong(
        self, session: Session, make: Make, agent: Agent
    ) -> None:
        other = make.agent()
        early, late = start(session, agent), start(session, other)
        for _ in range(4):
            confirm(session, early)
            confirm(session, late)
        submit(session, early)
        while not confirm(session, late, right=False).is_over:
            pass

        assert early.result is not None
        assert late.result is not None
        assert early.passed is False
        assert early.result["adaptive"]["theta"] == pytest.approx(late.result["adaptive"]["theta"])
        assert early.result["adaptive"]["unanswered"] == len(items_of(late)) - 4

    def test_an_answer_made_in_time_counts_in_the_grace_and_ends_the_exam(
        self, session: Session, agent: Agent
    ) -> None:
        attempt = start(session, agent)
        ends = NOON + ADAPTIVE_MINUTES

        told = confirm(session, attempt, now=ends + SECOND, made_at=ends - SECOND)

        assert told.is_over
        assert attempt.result is not None
        assert attempt.result["adaptive"]["answered"] == 1
        assert len(items_of(attempt)) == 1

    def test_after_the_end_nothing_is_taken(self, session: Session, agent: Agent) -> None:
        attempt = start(session, agent)

        with pytest.raises(AttemptClosedError):
            confirm(session, attempt, now=NOON + ADAPTIVE_MINUTES + SECOND)
        submit(session, attempt)
        with pytest.raises(AttemptClosedError):
            confirm(session, attempt)

    def test_without_a_limit_it_has_no_end(self, session: Session, make: Make, agent: Agent) -> None:
        make.needs(agent, exam_time_unlimited=True)
        attempt = start(session, agent)

        confirm(session, attempt, now=NOON + dt.timedelta(hours=9))

        assert attempt.deadline_at is None
        assert len(items_of(attempt)) == 2

    def test_time_granted_on_the_way_is_added(self, session: Session, agent: Agent) -> None:
        attempt = start(session, agent)
        with transaction(session):
            wanted = Needs(exam_time_multiplier=Decimal(2), exam_breaks=1, exam_break_minutes=5)
            save_needs(
                session,
                agent_id=agent.id,
                needs=wanted,
                large_text=False,
                consent=True,
                actor_user_id=agent.user_id,
                now=NOON,
            )

        assert attempt.deadline_at == NOON + 2 * ADAPTIVE_MINUTES
        confirm(session, attempt)
        assert len(items_of(attempt)) == 2


class TestBreaks:
    @pytest.fixture
    def attempt(self, session: Session, make: Make, agent: Agent) -> ExamAttempt:
        make.needs(agent, exam_breaks=2, exam_break_minutes=10)
        return start(session, agent)

    def rest(self, session: Session, attempt: ExamAttempt, *, now: dt.datetime) -> None:
        with transaction(session):
            breaks.start_break(
                session, attempt_id=attempt.id, agent_id=attempt.agent_id, actor_user_id=None, now=now
            )

    def test_between_questions_it_freezes_nothing_that_is_to_come(
        self, session: Session, attempt: ExamAttempt
    ) -> None:
        first = items_of(attempt)[0]

        told = confirm(session, attempt, then=Then.REST)

        assert told == Confirmed(number=1, is_over=False)
        assert items_of(attempt) == [first]
        assert attempt.deadline_at == NOON + ADAPTIVE_MINUTES + 10 * MINUTE
        assert confirm(session, attempt, then=Then.REST, item_id=first) == told

        told = confirm(session, attempt, item_id=first, now=NOON + 11 * MINUTE)
        assert told == Confirmed(number=2, is_over=False)
        assert sitting_of(session, attempt).answers == [[first, 1]]

    def test_during_it_nothing_is_answered(self, session: Session, attempt: ExamAttempt) -> None:
        self.rest(session, attempt, now=NOON)

        with pytest.raises(QuestionFrozenError):
            confirm(session, attempt, now=NOON + MINUTE)

    def test_an_open_question_makes_way_for_another(self, session: Session, attempt: ExamAttempt) -> None:
        first = items_of(attempt)[0]
        self.rest(session, attempt, now=NOON)

        confirm(session, attempt, now=NOON + 11 * MINUTE)

        assert sitting_of(session, attempt).answers == []
        assert len(items_of(attempt)) == 2
        assert attempt.form["most"] == MOST + 1
        while not confirm(session, attempt, now=NOON + 12 * MINUTE).is_over:
            pass
        assert items_of(attempt).count(first) == 1
        assert attempt.result is not None
        assert attempt.result["adaptive"]["right"] == len(items_of(attempt)) - 1

    def test_an_answer_saved_before_it_counts(self, session: Session, attempt: ExamAttempt) -> None:
        first = items_of(attempt)[0]
        save(session, attempt, item_id=first, values=values_of(first, right=True), sequence=1)
        self.rest(session, attempt, now=NOON)

        confirm(session, attempt, right=False, now=NOON + 11 * MINUTE)

        assert sitting_of(session, attempt).answers == [[first, 1]]

    def test_with_none_left_the_next_question_comes(self, session: Session, agent: Agent, make: Make) -> None:
        attempt = start(session, make.agent())

        assert confirm(session, attempt, then=Then.REST) == Confirmed(number=2, is_over=False)


class TestExposure:
    def test_finished_attempts_are_counted_by_a_later_start(
        self, session: Session, make: Make, agent: Agent
    ) -> None:
        attempt = start(session, agent)
        confirm(session, attempt)
        submit(session, attempt)
        start(session, make.agent(), now=NOON + SECOND)
        assert session.scalars(select(ItemExposure)).one().real_attempts == 0

        start(session, make.agent(), now=NOON + 2 * MINUTE)

        counts = session.scalars(select(ItemExposure)).one()
        assert counts.real_attempts == 1
        assert counts.counts["given"] == dict.fromkeys(items_of(attempt), 1)
        assert set(counts.counts["eligible"].values()) == {1}
        assert len(counts.counts["eligible"]) == len(sitting_of(session, attempt).usable)
        start(session, make.agent(), now=NOON + 4 * MINUTE)
        assert session.scalars(select(ItemExposure)).one().real_attempts == 1

    def test_a_retake_repeats_nothing(self, session: Session, agent: Agent) -> None:
        first = start(session, agent)
        while not confirm(session, first, right=False).is_over:
            pass

        again = start(session, agent, now=NOON + dt.timedelta(days=2))
        while not confirm(session, again, right=False, now=NOON + dt.timedelta(days=2)).is_over:
            pass

        assert set(items_of(first)).isdisjoint(items_of(again))

    def test_items_changed_since_are_not_asked(self, session: Session, make: Make) -> None:
        with transaction(session):
            hold_adaptive(session)
        setting_id = adaptive_sittings.find_plan(session, BASE_EXAM, BANK)
        assert setting_id is not None
        fewer = type(BANK)(tuple(item for item in BANK.items if item.topic != "escalation"))

        assert adaptive_sittings.find_plan(session, BASE_EXAM, fewer) is None
        assert adaptive_sittings.find_plan(session, BASE_EXAM, BANK) is not None
