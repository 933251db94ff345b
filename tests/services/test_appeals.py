"""Every decision can be appealed once, is answered by somebody else, and what is granted takes effect."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import AppealLateError, NotFoundError, SameDeciderError, StaleStateError
from app.models import (
    Agent,
    AgentStatus,
    Appeal,
    AppealKind,
    AppealState,
    ApplicationStatus,
    AuditEntry,
    Certificate,
    CertificateState,
    ExamAttempt,
    Notice,
    NoticeKind,
    Project,
    ProjectApplication,
    Role,
    TrialStatus,
    User,
)
from app.queries.appeals import list_decisions
from app.services import appeals, certificate_states, trials
from app.services.appeals import Answer, Remedy
from app.trial_rules import Criterion, Mark
from exams.bank import shipped_bank
from tests.make import NOON, Make
from tests.services.test_attempts import sit, start

DAY = dt.timedelta(days=1)
YES = Answer(granted=True, words="你说得对，我们看漏了。")
NO = Answer(granted=False, words="记录里写得很清楚。")


@pytest.fixture
def first(make: Make) -> User:
    return make.user(role=Role.OPERATIONS, name="周敏")


@pytest.fixture
def second(make: Make) -> User:
    return make.user(role=Role.OPERATIONS, name="吴桐")


@pytest.fixture
def project(make: Make) -> Project:
    return make.project()


@pytest.fixture
def agent(make: Make, project: Project) -> Agent:
    agent = make.agent()
    make.certificate(agent)
    make.certificate(agent, project=project)
    return agent


def appeal(
    session: Session, agent: Agent, kind: AppealKind, subject_id: uuid.UUID, *, now: dt.datetime = NOON
) -> uuid.UUID:
    with transaction(session):
        return appeals.submit_appeal(
            session,
            agent_id=agent.id,
            kind=kind,
            subject_id=subject_id,
            reason="那天我不在线，有排班记录。",
            actor_user_id=agent.user_id,
            now=now,
        )


def decide(session: Session, appeal_id: uuid.UUID, by: User, answer: Answer = YES) -> Appeal:
    with transaction(session):
        appeals.decide_appeal(
            session,
            appeal_id,
            answer=answer,
            bank=shipped_bank(),
            actor_user_id=by.id,
            now=NOON + DAY,
            wall_now=NOON,
        )
    session.expire_all()
    return session.get_one(Appeal, appeal_id)


def held(session: Session, agent: Agent, project: Project | None = None) -> Certificate:
    session.expire_all()
    mine = select(Certificate).where(Certificate.agent_id == agent.id)
    return session.scalars(mine.where(Certificate.project_id == (project.id if project else None))).one()


def suspend(session: Session, certificate: Certificate, by: User) -> None:
    with transaction(session):
        certificate_states.suspend_certificate(
            session,
            certificate.id,
            until=NOON + 20 * DAY,
            reason="投诉没有处理",
            actor_user_id=by.id,
            now=NOON,
            wall_now=NOON,
        )


def revoke(session: Session, certificate: Certificate, by: User) -> None:
    with transaction(session):
        certificate_states.revoke_certificate(
            session,
            certificate.id,
            barred_until=NOON + 90 * DAY,
            reason="把顾客的电话给了别人",
            actor_user_id=by.id,
            now=NOON,
            wall_now=NOON,
        )


class TestSuspension:
    def test_lifting_it_lifts_those_that_came_with_it_and_tells_the_person(
        self, session: Session, agent: Agent, project: Project, first: User, second: User
    ) -> None:
        base = held(session, agent)
        suspend(session, base, first)
        appeal_id = appeal(session, agent, AppealKind.SUSPENSION, base.id)
        assert held(session, agent, project).state_at(NOON) is CertificateState.SUSPENDED

        answered = decide(session, appeal_id, second)

        assert answered.state is AppealState.GRANTED
        later = NOON + 2 * DAY
        assert held(session, agent).state_at(later) is CertificateState.VALID
        assert held(session, agent, project).state_at(later) is CertificateState.VALID
        notice = session.scalars(select(Notice).where(Notice.kind == NoticeKind.APPEAL_DECIDED)).one()
        assert notice.user_id == agent.user_id
        assert "同意。你说得对" in notice.params["verdict"]
        granted = session.scalars(select(AuditEntry).where(AuditEntry.action == "appeal.granted")).one()
        assert granted.actor_user_id == second.id

    def test_whoever_decided_does_not_answer(
        self, session: Session, agent: Agent, first: User, second: User
    ) -> None:
        base = held(session, agent)
        suspend(session, base, first)
        appeal_id = appeal(session, agent, AppealKind.SUSPENSION, base.id)

        with pytest.raises(SameDeciderError):
            decide(session, appeal_id, first)

        assert decide(session, appeal_id, second, NO).state is AppealState.REFUSED
        assert held(session, agent).state_at(NOON + 2 * DAY) is CertificateState.SUSPENDED

    def test_one_decision_is_appealed_once_and_the_next_one_again(
        self, session: Session, agent: Agent, first: User, second: User
    ) -> None:
        base = held(session, agent)
        suspend(session, base, first)
        decide(session, appeal(session, agent, AppealKind.SUSPENSION, base.id), second)
        with transaction(session):
            certificate_states.suspend_certificate(
                session,
                base.id,
                until=NOON + 20 * DAY,
                reason="又一次",
                actor_user_id=second.id,
                now=NOON + 3 * DAY,
                wall_now=NOON,
            )

        again = appeal(session, agent, AppealKind.SUSPENSION, base.id, now=NOON + 4 * DAY)
        with pytest.raises(StaleStateError):
            appeal(session, agent, AppealKind.SUSPENSION, base.id, now=NOON + 4 * DAY)

        session.expire_all()
        assert session.get_one(Appeal, again).first_decider_id == second.id

    def test_thirty_days_and_no_longer(self, session: Session, agent: Agent, first: User) -> None:
        base = held(session, agent)
        suspend(session, base, first)

        with pytest.raises(AppealLateError):
            appeal(session, agent, AppealKind.SUSPENSION, base.id, now=NOON + 30 * DAY)
        just_in_time = NOON + 30 * DAY - dt.timedelta(seconds=1)
        assert appeal(session, agent, AppealKind.SUSPENSION, base.id, now=just_in_time)

    def test_another_person_s_decision_is_not_found(
        self, session: Session, make: Make, agent: Agent, first: User
    ) -> None:
        base = held(session, agent)
        suspend(session, base, first)

        with pytest.raises(NotFoundError):
            appeal(session, make.agent(), AppealKind.SUSPENSION, base.id)


class TestRevocation:
    def test_granted_the_certificates_hold_again_under_their_numbers(
        self, session: Session, agent: Agent, project: Project, first: User, second: User
    ) -> None:
        base = held(session, agent)
        number, digest = base.number, base.digest
        revoke(session, base, first)

        decide(session, appeal(session, agent, AppealKind.REVOCATION, base.id), second)

        base = held(session, agent)
        assert (base.number, base.digest) == (number, digest)
        assert base.state_at(NOON + 2 * DAY) is CertificateState.VALID
        assert base.barred_until is None
        assert held(session, agent, project).state_at(NOON + 2 * DAY) is CertificateState.VALID

    def test_a_newer_certificate_keeps_its_place_and_the_bar_falls(
        self, session: Session, make: Make, agent: Agent, project: Project, first: User, second: User
    ) -> None:
        old = held(session, agent, project)
        revoke(session, old, first)
        appeal_id = appeal(session, agent, AppealKind.REVOCATION, old.id)
        make.certificate(agent, project=project)

        decide(session, appeal_id, second)

        old = session.get_one(Certificate, old.id)
        assert old.state_at(NOON + 2 * DAY) is CertificateState.REVOKED
        assert old.barred_until is None


class TestExamResult:
    @pytest.fixture
    def newcomer(self, make: Make) -> Agent:
        return make.agent(status=AgentStatus.NEW)

    def test_a_waiver_opens_the_next_attempt_at_once(
        self, session: Session, newcomer: Agent, second: User
    ) -> None:
        failed = sit(session, newcomer, right=10)

        decide(session, appeal(session, newcomer, AppealKind.EXAM_RESULT, failed.id), second)

        assert session.get_one(ExamAttempt, failed.id).waived_at == NOON + DAY
        assert start(session, newcomer, now=NOON + DAY).id != failed.id

    def test_items_that_count_in_full_can_pass_the_exam_and_issue_the_certificate(
        self, session: Session, newcomer: Agent, second: User
    ) -> None:
        failed = sit(session, newcomer, right=12)
        digest = (failed.result or {})["digest"]
        wrong = [item for item, mark in (failed.result or {})["marks"].items() if not mark["correct"]]
        answer = Answer(granted=True, words="题目有错。", remedy=Remedy.REMARK, granted_items=wrong[:4])
        assert (failed.passed, len(wrong)) == (False, 8)

        decide(session, appeal(session, newcomer, AppealKind.EXAM_RESULT, failed.id), second, answer)

        attempt = session.get_one(ExamAttempt, failed.id)
        assert attempt.passed
        assert attempt.percent is not None
        assert attempt.percent >= 80
        assert attempt.result is not None
        assert attempt.result["granted"] == sorted(wrong[:4])
        assert attempt.result["digest"] == digest
        assert held(session, newcomer).attempt_id == attempt.id

    def test_too_few_of_them_leave_the_exam_failed(
        self, session: Session, newcomer: Agent, second: User
    ) -> None:
        failed = sit(session, newcomer, right=8)
        wrong = [item for item, mark in (failed.result or {})["marks"].items() if not mark["correct"]]
        answer = Answer(granted=True, words="一道题有错。", remedy=Remedy.REMARK, granted_items=wrong[:1])

        decide(session, appeal(session, newcomer, AppealKind.EXAM_RESULT, failed.id), second, answer)

        attempt = session.get_one(ExamAttempt, failed.id)
        assert attempt.passed is False
        assert attempt.percent is not None
        assert failed.percent is not None
        assert attempt.percent > 40
        assert session.scalar(select(Certificate).where(Certificate.agent_id == newcomer.id)) is None

    def test_a_passed_exam_is_no_decision_to_appeal(self, session: Session, newcomer: Agent) -> None:
        passed = sit(session, newcomer, right=20)

        with pytest.raises(NotFoundError):
            appeal(session, newcomer, AppealKind.EXAM_RESULT, passed.id)


class TestTrial:
    def test_another_trial_can_be_set_by_somebody_else(
        self, session: Session, make: Make, first: User, second: User, project: Project
    ) -> None:
        agent = make.agent(status=AgentStatus.IN_POOL)
        make.certificate(agent)
        application = make.application(agent, project=project)
        sit(session, agent, right=8, project_id=project.id)
        marks = dict.fromkeys(Criterion, Mark.GOOD) | {Criterion.FACTS: Mark.LACKING}
        with transaction(session):
            trial = trials.schedule_trial(
                session,
                application_id=application.id,
                supervisor_id=first.id,
                starts_at=NOON + dt.timedelta(hours=1),
                ends_at=NOON + dt.timedelta(hours=3),
                actor_user_id=first.id,
                now=NOON,
                wall_now=NOON,
            )
        with transaction(session):
            trials.judge_trial(
                session,
                trial.id,
                verdict=TrialStatus.FAILED,
                marks=marks,
                remarks="价格说错了两次",
                actor_user_id=first.id,
                now=NOON + dt.timedelta(hours=4),
                wall_now=NOON,
            )
        later = NOON + dt.timedelta(hours=5)
        appeal_id = appeal(session, agent, AppealKind.TRIAL, trial.id, now=later)
        with pytest.raises(SameDeciderError):
            decide(session, appeal_id, first)

        decide(session, appeal_id, second)

        assert session.get_one(ProjectApplication, application.id).status is ApplicationStatus.TRIAL
        with transaction(session):
            again = trials.schedule_trial(
                session,
                application_id=application.id,
                supervisor_id=second.id,
                starts_at=NOON + 2 * DAY,
                ends_at=NOON + 2 * DAY + dt.timedelta(hours=2),
                actor_user_id=second.id,
                now=NOON + DAY,
                wall_now=NOON,
            )
        assert again.supervisor_id == second.id


def test_every_decision_is_listed_with_its_reason(
    session: Session, agent: Agent, project: Project, first: User
) -> None:
    suspend(session, held(session, agent, project), first)

    [decision] = list_decisions(session, agent.id, now=NOON)

    assert (decision.kind, decision.why, decision.project) == (
        AppealKind.SUSPENSION,
        "投诉没有处理",
        project.name,
    )
    assert decision.appeal_by == NOON + 30 * DAY


def test_an_answer_is_given_once(session: Session, agent: Agent, first: User, second: User) -> None:
    base = held(session, agent)
    suspend(session, base, first)
    appeal_id = appeal(session, agent, AppealKind.SUSPENSION, base.id)
    decide(session, appeal_id, second, NO)

    with pytest.raises(StaleStateError):
        decide(session, appeal_id, second)
