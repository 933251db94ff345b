"""Signs are raised from what was handed in, decided by a person, confirmed, and undone by an appeal."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import NotFoundError, StaleStateError
from app.models import (
    Agent,
    AgentStatus,
    AppealKind,
    AppealState,
    AttemptStatus,
    Certificate,
    CertificateState,
    ExamAnswer,
    ExamAttempt,
    IntegrityFlag,
    Notice,
    NoticeKind,
    RetestOutcome,
    Role,
    SignKind,
    SignState,
    User,
)
from app.queries.integrity import list_due_retests, list_flags_of, shares_of
from app.services import attempts, integrity_checks, integrity_reviews
from app.services.appeals import Answer, decide_appeal, submit_appeal
from exams.bank import shipped_bank
from exams.blueprints import BASE_EXAM, confirmation_of
from exams.forms import Form
from tests.exam_keys import answers_for
from tests.make import NOON, Make
from tests.services.test_attempts import save, sit, start, submit

BANK = shipped_bank()
DAY = dt.timedelta(days=1)
WHY = "五道题都在四秒内答对。"


@pytest.fixture
def first(make: Make) -> User:
    return make.user(role=Role.OPERATIONS, name="周敏")


@pytest.fixture
def second(make: Make) -> User:
    return make.user(role=Role.OPERATIONS, name="吴桐")


@pytest.fixture
def agent(make: Make) -> Agent:
    return make.agent(status=AgentStatus.NEW)


@pytest.fixture
def passed(session: Session, agent: Agent) -> ExamAttempt:
    return sit(session, agent, right=20)


@pytest.fixture
def flag(make: Make, passed: ExamAttempt) -> IntegrityFlag:
    return make.save(
        IntegrityFlag(
            id=uuid.uuid4(),
            attempt_id=passed.id,
            kind=SignKind.SPEED,
            p=0.00001,
            evidence={"right": 20, "fast": 5, "answers": []},
            state=SignState.OPEN,
            raised_at=NOON,
        )
    )


def decide(
    session: Session, flag: IntegrityFlag, decision: SignState, by: User, *, now: dt.datetime = NOON
) -> IntegrityFlag:
    with transaction(session):
        integrity_reviews.decide_flag(
            session,
            flag.id,
            decision=decision,
            reason=WHY,
            actor_user_id=by.id,
            now=now,
            wall_now=NOON,
        )
    session.expire_all()
    return session.get_one(IntegrityFlag, flag.id)


def certificate(session: Session, agent: Agent) -> Certificate:
    session.expire_all()
    return session.scalars(select(Certificate).where(Certificate.agent_id == agent.id)).one()


def confirm(
    session: Session, flag: IntegrityFlag, agent: Agent, *, right: int, now: dt.datetime = NOON + DAY
) -> RetestOutcome | None:
    with transaction(session):
        attempt = integrity_reviews.start_confirmation(
            session,
            flag.id,
            agent_id=agent.id,
            bank=BANK,
            seed=11,
            actor_user_id=agent.user_id,
            now=now,
        )
    for item_id, values in answers_for(Form.from_json(attempt.form), BANK, right=right).items():
        with transaction(session):
            attempts.save_answer(
                session,
                attempt_id=attempt.id,
                agent_id=agent.id,
                item_id=item_id,
                values=values,
                sequence=2,
                bank=BANK,
                now=now,
            )
    submit(session, attempt, now=now)
    assert list_due_retests(session, now=now) == [flag.id]
    return settle(session, flag, now=now)


def settle(session: Session, flag: IntegrityFlag, *, now: dt.datetime) -> RetestOutcome | None:
    with transaction(session):
        outcome = integrity_reviews.settle_retest(session, flag.id, now=now, wall_now=NOON)
    session.expire_all()
    return outcome


class TestDeciding:
    def test_a_sign_changes_nothing_and_is_not_told_before_somebody_decides(
        self, session: Session, agent: Agent, flag: IntegrityFlag
    ) -> None:
        assert certificate(session, agent).state_at(NOON + DAY) is CertificateState.VALID
        assert list_flags_of(session, agent.id) == []
        kinds = session.scalars(select(Notice.kind).where(Notice.user_id == agent.user_id)).all()
        assert NoticeKind.RESULT_QUESTIONED not in kinds

    def test_nothing_found_stays_between_us(
        self, session: Session, agent: Agent, flag: IntegrityFlag, first: User
    ) -> None:
        assert decide(session, flag, SignState.CLEARED, first).decided_by == first.id

        assert list_flags_of(session, agent.id) == []
        assert session.scalar(select(Notice).where(Notice.kind == NoticeKind.RESULT_QUESTIONED)) is None
        with pytest.raises(StaleStateError):
            decide(session, flag, SignState.VOID, first)

    def test_a_void_result_counts_as_failed_and_ends_its_certificate_with_the_reason(
        self, session: Session, agent: Agent, passed: ExamAttempt, flag: IntegrityFlag, first: User
    ) -> None:
        decide(session, flag, SignState.VOID, first, now=NOON + DAY)

        assert session.get_one(ExamAttempt, passed.id).passed is False
        ended = certificate(session, agent)
        assert ended.state_at(NOON + DAY) is CertificateState.REVOKED
        assert ended.state_reason == WHY
        notice = session.scalars(select(Notice).where(Notice.kind == NoticeKind.RESULT_QUESTIONED)).one()
        assert WHY in notice.params["what"]
        assert start(session, agent, now=NOON + 2 * DAY)

    def test_a_decision_without_a_reason_is_none(
        self, session: Session, flag: IntegrityFlag, first: User
    ) -> None:
        with pytest.raises(ValueError, match="reason"), transaction(session):
            integrity_reviews.decide_flag(
                session,
                flag.id,
                decision=SignState.VOID,
                reason="  ",
                actor_user_id=first.id,
                now=NOON,
                wall_now=NOON,
            )


class TestConfirming:
    def test_the_certificate_stays_and_the_questions_are_new(
        self, session: Session, agent: Agent, passed: ExamAttempt, flag: IntegrityFlag, first: User
    ) -> None:
        decide(session, flag, SignState.RETEST, first)

        outcome = confirm(session, flag, agent, right=10)

        found = session.get_one(IntegrityFlag, flag.id)
        assert outcome is RetestOutcome.AGREES
        assert found.state is SignState.CLEARED
        assert certificate(session, agent).state_at(NOON + 2 * DAY) is CertificateState.VALID
        retest = session.get_one(ExamAttempt, found.retest_attempt_id)
        had = {asked["item_id"] for asked in passed.form["questions"]}
        asked = {asked["item_id"] for asked in retest.form["questions"]}
        assert retest.exam == confirmation_of(BASE_EXAM).id
        assert len(asked) == 10
        assert not had & asked
        assert settle(session, flag, now=NOON + DAY) is None

    def test_a_great_fall_goes_back_to_the_reviewer_and_changes_nothing(
        self, session: Session, agent: Agent, flag: IntegrityFlag, first: User
    ) -> None:
        decide(session, flag, SignState.RETEST, first)

        assert confirm(session, flag, agent, right=2) is RetestOutcome.DIFFERS

        found = session.get_one(IntegrityFlag, flag.id)
        assert found.state is SignState.RETEST
        assert found.retest is not None
        assert (found.retest["second_right"], found.retest["p"] < 0.01) == (2, True)
        assert certificate(session, agent).state_at(NOON + 2 * DAY) is CertificateState.VALID
        with pytest.raises(StaleStateError):
            decide(session, flag, SignState.RETEST, first)
        assert decide(session, flag, SignState.CLEARED, first).state is SignState.CLEARED

    def test_who_does_not_come_is_decided_about_after_the_last_day_and_not_before(
        self, session: Session, agent: Agent, flag: IntegrityFlag, first: User
    ) -> None:
        asked = decide(session, flag, SignState.RETEST, first)
        assert asked.retest_by == NOON + 14 * DAY

        assert settle(session, flag, now=NOON + 14 * DAY - dt.timedelta(seconds=1)) is None
        assert settle(session, flag, now=NOON + 14 * DAY) is RetestOutcome.MISSED
        with pytest.raises(StaleStateError), transaction(session):
            integrity_reviews.start_confirmation(
                session,
                flag.id,
                agent_id=agent.id,
                bank=BANK,
                seed=1,
                actor_user_id=agent.user_id,
                now=NOON + 14 * DAY,
            )

    def test_nobody_starts_another_person_s(
        self, session: Session, make: Make, flag: IntegrityFlag, first: User
    ) -> None:
        decide(session, flag, SignState.RETEST, first)
        other = make.agent()

        with pytest.raises(NotFoundError), transaction(session):
            integrity_reviews.start_confirmation(
                session,
                flag.id,
                agent_id=other.id,
                bank=BANK,
                seed=1,
                actor_user_id=other.user_id,
                now=NOON,
            )


def test_an_appeal_lets_the_result_count_again_and_the_certificate_hold(
    session: Session, agent: Agent, passed: ExamAttempt, flag: IntegrityFlag, first: User, second: User
) -> None:
    number = certificate(session, agent).number
    decide(session, flag, SignState.VOID, first)
    with transaction(session):
        appeal_id = submit_appeal(
            session,
            agent_id=agent.id,
            kind=AppealKind.INTEGRITY,
            subject_id=flag.id,
            reason="我做过这类题，有练习记录。",
            actor_user_id=agent.user_id,
            now=NOON + DAY,
        )
    with transaction(session):
        answered = decide_appeal(
            session,
            appeal_id,
            answer=Answer(granted=True, words="练习记录说明了速度。"),
            bank=BANK,
            actor_user_id=second.id,
            now=NOON + 2 * DAY,
            wall_now=NOON,
        )
        assert answered.first_decider_id == first.id

    session.expire_all()
    assert answered.state is AppealState.GRANTED
    assert session.get_one(ExamAttempt, passed.id).passed is True
    again = certificate(session, agent)
    assert (again.number, again.state_at(NOON + 3 * DAY)) == (number, CertificateState.VALID)


def hand_in(
    session: Session,
    make: Make,
    agent: Agent,
    form: dict[str, Any],
    *,
    values: dict[str, list[str]],
    seconds: int,
) -> ExamAttempt:
    """Save a sitting of a given form as it would be handed in, each answer after so many seconds."""
    attempt = make.save(
        ExamAttempt(
            id=uuid.uuid4(),
            agent_id=agent.id,
            exam=BASE_EXAM.id,
            form=form,
            accommodation={},
            status=AttemptStatus.RUNNING,
            started_at=NOON,
            deadline_at=NOON + dt.timedelta(minutes=25),
        )
    )
    for place, (item_id, chosen) in enumerate(values.items(), start=1):
        save(session, attempt, item_id=item_id, values=chosen, sequence=place * seconds * 1000)
    return submit(session, attempt, now=NOON + dt.timedelta(minutes=20))


def test_the_first_answer_s_time_is_kept_when_it_changes(session: Session, agent: Agent) -> None:
    attempt = start(session, agent)
    item_id, values = next(iter(answers_for(Form.from_json(attempt.form), BANK, right=20).items()))
    save(session, attempt, item_id=item_id, values=values, sequence=9_000)
    save(session, attempt, item_id=item_id, values=values, sequence=21_000)

    answer = session.scalars(select(ExamAnswer).where(ExamAnswer.item_id == item_id)).one()
    assert (answer.first_sequence, answer.sequence) == (9_000, 21_000)


def test_two_people_with_the_same_mistakes_are_seen_once_each_and_only_once(
    session: Session, make: Make
) -> None:
    """Twenty people answer one form differently; two of them make the same twelve mistakes."""
    form = start(session, make.agent(status=AgentStatus.NEW), seed=3).form
    whole = Form.from_json(form)
    right, wrong = answers_for(whole, BANK, right=20), answers_for(whole, BANK, right=0)
    items = list(right)
    copied = {item: (wrong if place % 5 < 3 else right)[item] for place, item in enumerate(items)}
    drawn = random.Random(5)
    for _ in range(20):
        own = {item: (wrong if drawn.random() < 0.35 else right)[item] for item in items}
        hand_in(session, make, make.agent(status=AgentStatus.NEW), form, values=own, seconds=30)
    pair = [
        hand_in(session, make, make.agent(status=AgentStatus.NEW), form, values=copied, seconds=30)
        for _ in range(2)
    ]
    now = NOON + dt.timedelta(hours=1)

    for later in (now, now + 2 * integrity_checks.LOOK_EVERY):
        with transaction(session):
            integrity_checks.count_shares(session, BASE_EXAM.id, now=later)
        material = integrity_checks.gather(session, BASE_EXAM.id, bank=BANK, now=later)
        if material is None:
            continue
        findings = integrity_checks.look(material)
        with transaction(session):
            integrity_checks.raise_flags(session, BASE_EXAM.id, material, findings, now=later)

    flags = session.scalars(select(IntegrityFlag).where(IntegrityFlag.kind == SignKind.SIMILARITY)).all()
    assert {flag.attempt_id for flag in flags} == {attempt.id for attempt in pair}
    assert len(flags) == 2
    assert all(flag.evidence["alike_wrong"] >= 10 for flag in flags)
    assert shares_of(session, BASE_EXAM.id)[items[0]] == 1.0
