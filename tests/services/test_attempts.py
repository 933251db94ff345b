from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import (
    AttemptClosedError,
    AttemptRunningError,
    NotFoundError,
    RetakeTooEarlyError,
    StaleStateError,
    StepSkippedError,
)
from app.models import (
    Agent,
    AgentStatus,
    AttemptStatus,
    AuditEntry,
    Certificate,
    CertificateKind,
    ExamAnswer,
    ExamAttempt,
    Notice,
    NoticeKind,
    Project,
)
from app.queries.attempts import list_overdue_attempts
from app.queries.training import lessons_of
from app.services import attempts, certificates, chats, training
from exams.bank import shipped_bank
from exams.chat.check import play_model
from exams.chat.loader import get_script
from exams.forms import Form, show_question
from exams.items import ChatItem, Kind
from exams.timing import GRACE
from tests.exam_keys import answers_for
from tests.make import NOON, Make

BANK = shipped_bank()
SECOND = dt.timedelta(seconds=1)
BASE_MINUTES = dt.timedelta(minutes=25)


def start(
    session: Session,
    agent: Agent,
    *,
    project_id: uuid.UUID | None = None,
    seed: int = 7,
    now: dt.datetime = NOON,
) -> ExamAttempt:
    with transaction(session):
        return attempts.start_attempt(
            session,
            agent_id=agent.id,
            project_id=project_id,
            bank=BANK,
            seed=seed,
            actor_user_id=agent.user_id,
            now=now,
        )


def save(
    session: Session,
    attempt: ExamAttempt,
    *,
    item_id: str | None = None,
    values: list[str] | None = None,
    sequence: int = 1,
    now: dt.datetime = NOON,
    made_at: dt.datetime | None = None,
) -> bool:
    answers = answers_for(Form.from_json(attempt.form), BANK, right=20)
    item_id = item_id or next(iter(answers))
    with transaction(session):
        return attempts.save_answer(
            session,
            attempt_id=attempt.id,
            agent_id=attempt.agent_id,
            item_id=item_id,
            values=answers[item_id] if values is None else values,
            sequence=sequence,
            bank=BANK,
            now=now,
            made_at=made_at,
        )


def submit(session: Session, attempt: ExamAttempt, *, now: dt.datetime = NOON) -> ExamAttempt:
    with transaction(session):
        return attempts.submit_attempt(
            session,
            attempt_id=attempt.id,
            agent_id=attempt.agent_id,
            bank=BANK,
            actor_user_id=None,
            now=now,
            wall_now=now,
        )


def begin_if_typed(session: Session, attempt: ExamAttempt, item_id: str, *, now: dt.datetime) -> None:
    """Press the start of a text to type; other questions have none."""
    if show_question(BANK, Form.from_json(attempt.form).question(item_id)).kind is Kind.TYPING:
        with transaction(session):
            attempts.start_typing(
                session,
                attempt_id=attempt.id,
                agent_id=attempt.agent_id,
                item_id=item_id,
                language="zh",
                bank=BANK,
                now=now,
            )


def sit(
    session: Session,
    agent: Agent,
    *,
    right: int,
    project_id: uuid.UUID | None = None,
    now: dt.datetime = NOON,
) -> ExamAttempt:
    """Sit an exam from start to end with so many right answers; before an assessment, read its lessons."""
    if project_id is not None:
        read_lessons(session, agent, project_id, now=now)
    attempt = start(session, agent, project_id=project_id, now=now)
    answer(session, attempt, right=right, now=now)
    return submit(session, attempt, now=now)


def answer(session: Session, attempt: ExamAttempt, *, right: int, now: dt.datetime = NOON) -> None:
    """Answer every question, so many of them right."""
    for item_id, values in answers_for(Form.from_json(attempt.form), BANK, right=right).items():
        begin_if_typed(session, attempt, item_id, now=now)
        save(session, attempt, item_id=item_id, values=values, sequence=2, now=now)
    if right:
        serve_customers(session, attempt, now=now)


def read_lessons(session: Session, agent: Agent, project_id: uuid.UUID, *, now: dt.datetime = NOON) -> None:
    """Read the project's training to its end."""
    project = session.get_one(Project, project_id)
    with transaction(session):
        for lesson in lessons_of(project):
            training.finish_lesson(
                session, agent_id=agent.id, project_id=project_id, lesson_id=lesson.id, now=now
            )


def serve_customers(session: Session, attempt: ExamAttempt, *, now: dt.datetime) -> None:
    """Play the attempt's conversations as a good agent does."""
    for asked in Form.from_json(attempt.form).questions:
        item = BANK.item(asked.item_id, asked.version)
        if not isinstance(item, ChatItem):
            continue
        where: dict[str, Any] = {"attempt_id": attempt.id, "agent_id": attempt.agent_id, "item_id": item.id}
        with transaction(session):
            chats.start_chat(
                session, **where, bank=BANK, language="zh", by_script=True, at_once=None, now=now
            )
            for sequence, line in enumerate(play_model(get_script(item.script), "zh")[0], start=1):
                chats.send_line(
                    session,
                    **where,
                    consumer=line.consumer,
                    kind=line.kind,
                    text=line.text,
                    sequence=sequence,
                    now=now + dt.timedelta(seconds=line.at),
                )


def read_answer(session: Session, attempt: ExamAttempt) -> ExamAnswer:
    session.expire_all()
    return session.scalars(select(ExamAnswer).where(ExamAnswer.attempt_id == attempt.id)).one()


class TestStart:
    def test_the_same_seed_freezes_the_same_form(self, session: Session, make: Make) -> None:
        forms = [start(session, make.agent(), seed=seed).form for seed in (7, 7, 8)]

        assert forms[0] == forms[1]
        assert forms[0]["questions"] != forms[2]["questions"]

    def test_the_deadline_is_the_exam_s_length_from_the_start(self, session: Session, make: Make) -> None:
        assert start(session, make.agent()).deadline_at == NOON + BASE_MINUTES

    @pytest.mark.parametrize(
        ("multiplier", "minutes"), [("1.25", 31.25), ("1.50", 37.5), ("2.00", 50)], ids=str
    )
    def test_extra_time_is_the_person_s_in_every_exam(
        self, session: Session, make: Make, multiplier: str, minutes: float
    ) -> None:
        agent = make.agent()
        make.needs(agent, exam_time_multiplier=Decimal(multiplier))

        assert start(session, agent).deadline_at == NOON + dt.timedelta(minutes=minutes)

    def test_unlimited_time_has_no_deadline(self, session: Session, make: Make) -> None:
        agent = make.agent()
        make.needs(agent, exam_time_unlimited=True)

        assert start(session, agent).deadline_at is None

    def test_a_second_start_is_refused_and_names_the_first(self, session: Session, make: Make) -> None:
        agent = make.agent()
        first = start(session, agent)

        with pytest.raises(AttemptRunningError) as refusal:
            start(session, agent)

        assert refusal.value.attempt_id == first.id

    def test_a_holder_of_the_base_certificate_has_nothing_to_sit(self, session: Session, make: Make) -> None:
        agent = make.agent()
        make.certificate(agent)

        with pytest.raises(StaleStateError):
            start(session, agent)

    def test_a_run_out_certificate_can_be_earned_again(self, session: Session, make: Make) -> None:
        agent = make.agent()
        old = make.certificate(agent, issued_at=NOON - dt.timedelta(days=365), expires_at=NOON)

        sit(session, agent, right=20)

        held = session.scalars(select(Certificate).where(Certificate.agent_id == agent.id)).all()
        assert {certificate.revoked_at for certificate in held} == {None, NOON}
        assert {certificate.id for certificate in held} > {old.id}

    def test_after_a_failure_it_opens_when_the_wait_is_over(self, session: Session, make: Make) -> None:
        agent = make.agent()
        sit(session, agent, right=0)
        opens_at = NOON + dt.timedelta(days=1)

        with pytest.raises(RetakeTooEarlyError) as refusal:
            start(session, agent, now=opens_at - SECOND)
        assert refusal.value.opens_at == opens_at
        assert start(session, agent, now=opens_at).status is AttemptStatus.RUNNING

    def test_when_the_attempts_are_used_up_there_is_no_next(self, session: Session, make: Make) -> None:
        agent = make.agent()
        now = NOON
        for _ in range(4):
            sit(session, agent, right=0, now=now)
            now += dt.timedelta(days=31)

        with pytest.raises(RetakeTooEarlyError) as refusal:
            start(session, agent, now=now)
        assert refusal.value.opens_at is None

    def test_a_retake_repeats_as_few_questions_as_the_bank_allows(self, session: Session, make: Make) -> None:
        agent = make.agent()
        first = Form.from_json(sit(session, agent, right=0).form)

        second = Form.from_json(start(session, agent, now=NOON + dt.timedelta(days=1)).form)

        asked = {question.item_id for question in first.questions}
        assert len(asked & {question.item_id for question in second.questions}) < 5

    def test_an_assessment_needs_an_open_application(self, session: Session, make: Make) -> None:
        agent = make.agent()
        make.certificate(agent)

        with pytest.raises(StepSkippedError):
            start(session, agent, project_id=make.project().id)

    def test_an_assessment_needs_the_base_certificate_still_to_be_valid(
        self, session: Session, make: Make
    ) -> None:
        agent, project = make.agent(), make.project()
        make.application(agent, project=project)

        with pytest.raises(StepSkippedError):
            start(session, agent, project_id=project.id)

    def test_an_assessment_is_that_of_the_project_s_line(self, session: Session, make: Make) -> None:
        agent, project = make.agent(), make.project()
        make.certificate(agent)
        make.application(agent, project=project)

        read_lessons(session, agent, project.id)
        assert start(session, agent, project_id=project.id).exam == "project-presales-chat"


class TestSave:
    def test_two_tabs_saving_out_of_order_leave_the_newest_answer(self, session: Session, make: Make) -> None:
        attempt = start(session, make.agent())
        item_id = next(iter(answers_for(Form.from_json(attempt.form), BANK, right=0)))
        newest = answers_for(Form.from_json(attempt.form), BANK, right=20)[item_id]
        older = answers_for(Form.from_json(attempt.form), BANK, right=0)[item_id]

        assert save(session, attempt, item_id=item_id, values=newest, sequence=2)
        assert not save(session, attempt, item_id=item_id, values=older, sequence=1)

        result = submit(session, attempt).result
        assert result is not None
        assert result["marks"][item_id]["correct"] is True

    def test_the_same_save_twice_changes_nothing(self, session: Session, make: Make) -> None:
        attempt = start(session, make.agent())
        save(session, attempt, sequence=3)

        assert not save(session, attempt, sequence=3, now=NOON + SECOND)
        assert read_answer(session, attempt).saved_at == NOON

    def test_an_answer_can_be_taken_back(self, session: Session, make: Make) -> None:
        attempt = start(session, make.agent())
        save(session, attempt, sequence=1)

        save(session, attempt, values=[], sequence=2)

        assert read_answer(session, attempt).response == {"value": None}

    def test_the_last_moment_counts_and_the_next_does_not(self, session: Session, make: Make) -> None:
        attempt = start(session, make.agent())
        ends_at = NOON + BASE_MINUTES

        assert save(session, attempt, sequence=1, now=ends_at)
        with pytest.raises(AttemptClosedError):
            save(session, attempt, sequence=2, now=ends_at + SECOND)

    def test_what_was_made_in_time_may_arrive_within_the_grace_and_is_written_down(
        self, session: Session, make: Make
    ) -> None:
        attempt = start(session, make.agent())
        ends_at = NOON + BASE_MINUTES

        assert save(session, attempt, now=ends_at + GRACE, made_at=ends_at)
        with pytest.raises(AttemptClosedError):
            save(session, attempt, sequence=2, now=ends_at + GRACE + SECOND, made_at=ends_at)
        with pytest.raises(AttemptClosedError):
            save(session, attempt, sequence=2, now=ends_at + GRACE, made_at=ends_at + SECOND)

        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == attempt.id)).all()
        assert "attempt.grace-used" in actions

    def test_nothing_is_saved_after_handing_in(self, session: Session, make: Make) -> None:
        attempt = start(session, make.agent())
        submit(session, attempt)

        with pytest.raises(AttemptClosedError):
            save(session, attempt)

    def test_another_agent_s_attempt_is_not_found(self, session: Session, make: Make) -> None:
        attempt = start(session, make.agent())

        with pytest.raises(NotFoundError), transaction(session):
            attempts.save_answer(
                session,
                attempt_id=attempt.id,
                agent_id=make.agent().id,
                item_id="x",
                values=["a"],
                sequence=1,
                bank=BANK,
                now=NOON,
            )


class TestSubmit:
    def test_a_pass_gives_certificate_place_in_the_pool_and_notice_at_once(
        self, session: Session, make: Make
    ) -> None:
        agent = make.agent(status=AgentStatus.NEW)

        attempt = sit(session, agent, right=20)

        session.expire_all()
        certificate = session.scalars(select(Certificate)).one()
        assert (attempt.passed, attempt.percent) == (True, 100)
        assert (certificate.kind, certificate.attempt_id) == (CertificateKind.BASE, attempt.id)
        assert session.get_one(Agent, agent.id).status is AgentStatus.IN_POOL
        notice = session.scalars(select(Notice)).one()
        assert (notice.kind, notice.params["number"]) == (NoticeKind.CERTIFICATE_ISSUED, certificate.number)
        assert certificates.is_genuine(session, certificate)

    def test_a_certificate_that_was_changed_is_not_genuine(self, session: Session, make: Make) -> None:
        sit(session, make.agent(status=AgentStatus.NEW), right=20)
        certificate = session.scalars(select(Certificate)).one()

        certificate.percent = 99

        assert not certificates.is_genuine(session, certificate)

    def test_a_certificate_falls_with_its_evidence(self, session: Session, make: Make) -> None:
        attempt = sit(session, make.agent(status=AgentStatus.NEW), right=20)
        certificate = session.scalars(select(Certificate)).one()

        attempt.result = (attempt.result or {}) | {"digest": "0" * 64}

        assert not certificates.is_genuine(session, certificate)

    def test_a_failure_gives_nothing_but_the_result(self, session: Session, make: Make) -> None:
        agent = make.agent(status=AgentStatus.NEW)

        attempt = sit(session, agent, right=10)

        session.expire_all()
        assert attempt.passed is False
        assert session.scalars(select(Certificate)).all() == []
        assert session.get_one(Agent, agent.id).status is AgentStatus.NEW

    def test_handing_in_twice_marks_once(self, session: Session, make: Make) -> None:
        attempt = sit(session, make.agent(status=AgentStatus.NEW), right=20)

        submit(session, attempt, now=NOON + SECOND)

        assert attempt.submitted_at == NOON
        assert len(session.scalars(select(Certificate)).all()) == 1


class TestOverdue:
    def overdue(self, session: Session, *, now: dt.datetime) -> list[uuid.UUID]:
        return list(list_overdue_attempts(session, now=now, limit=10))

    def test_an_attempt_is_overdue_from_the_end_of_its_grace(self, session: Session, make: Make) -> None:
        attempt = start(session, make.agent())
        closes_at = NOON + BASE_MINUTES + GRACE

        assert self.overdue(session, now=closes_at - SECOND) == []
        assert self.overdue(session, now=closes_at) == [attempt.id]

    def test_without_a_limit_it_is_a_day_after_the_last_save(self, session: Session, make: Make) -> None:
        agent = make.agent()
        make.needs(agent, exam_time_unlimited=True)
        attempt = start(session, agent)
        save(session, attempt, now=NOON + dt.timedelta(hours=1))
        closes_at = NOON + dt.timedelta(hours=25)

        assert self.overdue(session, now=closes_at - SECOND) == []
        assert self.overdue(session, now=closes_at) == [attempt.id]

    def test_the_end_is_the_deadline_however_late_it_is_handed_in(self, session: Session, make: Make) -> None:
        attempt = start(session, make.agent())

        with transaction(session):
            assert attempts.submit_overdue(
                session,
                attempt_id=attempt.id,
                bank=BANK,
                now=NOON + dt.timedelta(days=2),
                wall_now=NOON,
            )

        assert attempt.submitted_at == NOON + BASE_MINUTES

    def test_looks_at_the_time_again_before_it_hands_in(self, session: Session, make: Make) -> None:
        attempt = start(session, make.agent())

        with transaction(session):
            closed = attempts.submit_overdue(
                session, attempt_id=attempt.id, bank=BANK, now=NOON + BASE_MINUTES, wall_now=NOON
            )

        assert (closed, attempt.status) == (False, AttemptStatus.RUNNING)
