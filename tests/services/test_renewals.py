"""Certificates are renewed before they run out, go on without a gap, and their holders are reminded."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.db import transaction
from app.errors import NotFoundError, StaleStateError, StepSkippedError
from app.jobs import certificates as certificate_jobs
from app.jobs import runner
from app.models import (
    Agent,
    AgentStatus,
    Certificate,
    CertificateState,
    ExamAttempt,
    Message,
    Notice,
    NoticeKind,
    OutboxMessage,
    Project,
    Topic,
)
from app.queries.attempts import find_passed_attempt
from app.renewal_rules import add_months, days_left, list_run_out, valid_until
from app.services import certificate_states, certificates, outbox, projects, renewals
from app.services.assignments import accept_offer
from tests.make import NOON, Make
from tests.services.test_attempts import answer, read_lessons, sit, start, submit

DAY = dt.timedelta(days=1)
SECOND = dt.timedelta(seconds=1)
HALF_YEAR = 180 * DAY
ENDS = NOON + 100 * DAY
OPENS = ENDS - 60 * DAY


@pytest.fixture
def project(make: Make) -> Project:
    return make.project()


@pytest.fixture
def agent(make: Make, project: Project) -> Agent:
    """Somebody certified, whose project certificate ends in a hundred days, the base one in a year."""
    agent = make.agent()
    make.certificate(agent)
    make.certificate(agent, project=project, expires_at=ENDS)
    return agent


def held(session: Session, agent: Agent, project: Project | None) -> list[Certificate]:
    """Return the agent's certificates of a kind, the newest first."""
    session.expire_all()
    project_id = project.id if project else None
    return list(
        session.scalars(
            select(Certificate)
            .where(Certificate.agent_id == agent.id, Certificate.project_id.is_not_distinct_from(project_id))
            .order_by(Certificate.issued_at.desc(), Certificate.expires_at.desc())
        )
    )


class TestRenewal:
    def test_it_opens_sixty_days_before_the_end(
        self, session: Session, agent: Agent, project: Project
    ) -> None:
        with pytest.raises(StepSkippedError):
            sit(session, agent, right=8, project_id=project.id, now=OPENS - SECOND)

        sit(session, agent, right=8, project_id=project.id, now=OPENS)

        new, old = held(session, agent, project)
        assert old.state_at(OPENS) is CertificateState.REPLACED
        assert new.state_at(OPENS) is CertificateState.VALID
        assert (new.issued_at, new.expires_at) == (OPENS, ENDS + HALF_YEAR)
        assert certificates.is_genuine(session, new)

    def test_after_it_the_next_one_opens_before_the_new_end(
        self, session: Session, agent: Agent, project: Project
    ) -> None:
        sit(session, agent, right=8, project_id=project.id, now=OPENS)

        with pytest.raises(StepSkippedError):
            start(session, agent, project_id=project.id, now=ENDS)
        start(session, agent, project_id=project.id, now=OPENS + HALF_YEAR)

    def test_a_failure_leaves_the_certificate_as_it_is(
        self, session: Session, agent: Agent, project: Project
    ) -> None:
        sit(session, agent, right=0, project_id=project.id, now=OPENS)

        (only,) = held(session, agent, project)
        assert (only.state_at(OPENS), only.expires_at) == (CertificateState.VALID, ENDS)

    def test_the_base_certificate_is_renewed_by_the_base_exam(self, session: Session, make: Make) -> None:
        agent = make.agent()
        make.certificate(agent, expires_at=ENDS)
        with pytest.raises(StaleStateError):
            start(session, agent, now=OPENS - SECOND)

        sit(session, agent, right=20, now=OPENS)

        new, old = held(session, agent, None)
        assert old.state_at(OPENS) is CertificateState.REPLACED
        assert new.expires_at == ENDS + 365 * DAY

    def test_without_a_base_certificate_none_of_a_project_is_renewed(
        self, session: Session, agent: Agent, project: Project
    ) -> None:
        with transaction(session):
            held(session, agent, None)[0].expires_at = OPENS

        with pytest.raises(StepSkippedError):
            start(session, agent, project_id=project.id, now=OPENS)

    def test_one_that_has_run_out_is_not_renewed_but_earned_again(
        self, session: Session, agent: Agent, project: Project
    ) -> None:
        with pytest.raises(StepSkippedError):
            start(session, agent, project_id=project.id, now=ENDS)
        assert list_run_out(held(session, agent, project), ENDS) == held(session, agent, project)
        assert list_run_out(held(session, agent, project), ENDS - SECOND) == []

    def test_one_that_runs_out_during_the_exam_is_renewed(
        self, session: Session, agent: Agent, project: Project
    ) -> None:
        attempt = sit(session, agent, right=8, project_id=project.id, now=OPENS)
        with transaction(session):
            session.delete(held(session, agent, project)[0])
        with transaction(session):
            old = held(session, agent, project)[0]
            old.revoked_at = old.replaced_at = None
            old.expires_at = OPENS + SECOND
            renewals.renew_certificate(
                session,
                agent=session.get_one(Agent, agent.id),
                attempt=session.get_one(ExamAttempt, attempt.id),
                actor_user_id=None,
                now=OPENS + 2 * SECOND,
                wall_now=NOON,
            )

        new, old = held(session, agent, project)
        assert old.state_at(OPENS + 2 * SECOND) is CertificateState.EXPIRED
        assert new.expires_at == OPENS + 2 * SECOND + HALF_YEAR

    def test_a_suspension_during_the_exam_goes_on_in_the_new_one(
        self, session: Session, make: Make, agent: Agent, project: Project
    ) -> None:
        until = OPENS + 10 * DAY
        certificate_id = held(session, agent, project)[0].id
        operator = make.user()
        read_lessons(session, agent, project.id, now=OPENS)
        attempt = start(session, agent, project_id=project.id, now=OPENS)
        answer(session, attempt, right=8, now=OPENS)
        with transaction(session):
            certificate_states.suspend_certificate(
                session,
                certificate_id,
                until=until,
                reason="三次答错退换规则",
                actor_user_id=operator.id,
                now=OPENS,
                wall_now=NOON,
            )

        submit(session, attempt, now=OPENS + SECOND)

        new = held(session, agent, project)[0]
        assert new.state_at(OPENS + SECOND) is CertificateState.SUSPENDED
        assert (new.works_from, new.state_reason) == (until, "三次答错退换规则")

    def test_an_assessment_on_the_way_to_a_certificate_renews_nothing(
        self, session: Session, make: Make, project: Project
    ) -> None:
        newcomer = make.agent()
        make.certificate(newcomer)
        make.application(newcomer, project=project)

        sit(session, newcomer, right=8, project_id=project.id)

        assert held(session, newcomer, project) == []
        assert find_passed_attempt(session, newcomer.id, project_id=project.id) is not None

    def test_shifts_agreed_before_are_worked_on_the_new_one(
        self, session: Session, make: Make, agent: Agent, project: Project
    ) -> None:
        slot = make.slot(starts_at=ENDS + DAY)
        offer = make.assignment(agent=agent, project=project, slot=slot, respond_by=ENDS)

        sit(session, agent, right=8, project_id=project.id, now=OPENS)

        with transaction(session):
            accept_offer(session, offer.id, agent_id=agent.id, now=OPENS)


class TestValidity:
    @pytest.mark.parametrize(
        ("months", "end"), [(None, NOON + HALF_YEAR), (3, add_months(NOON, 3)), (24, add_months(NOON, 24))]
    )
    def test_a_project_says_how_long_its_certificates_hold(
        self, session: Session, make: Make, project: Project, months: int | None, end: dt.datetime
    ) -> None:
        operator = make.user()
        with transaction(session):
            projects.set_certificate_months(
                session,
                project_id=project.id,
                merchant_id=project.merchant_id,
                months=months,
                actor_user_id=operator.id,
                now=NOON,
            )

        assert valid_until(session.get_one(Project, project.id), since=NOON) == end

    def test_another_merchants_project_is_not_found(
        self, session: Session, make: Make, project: Project
    ) -> None:
        with pytest.raises(NotFoundError), transaction(session):
            projects.set_certificate_months(
                session,
                project_id=project.id,
                merchant_id=make.merchant().id,
                months=3,
                actor_user_id=uuid.uuid4(),
                now=NOON,
            )

    @pytest.mark.parametrize(
        ("day", "months", "later"),
        [
            (dt.date(2026, 8, 31), 6, dt.date(2027, 2, 28)),
            (dt.date(2027, 8, 31), 6, dt.date(2028, 2, 29)),
            (dt.date(2026, 11, 30), 3, dt.date(2027, 2, 28)),
            (dt.date(2026, 9, 15), 3, dt.date(2026, 12, 15)),
            (dt.date(2026, 12, 1), 12, dt.date(2027, 12, 1)),
        ],
    )
    def test_months_end_on_the_same_day_or_the_last(self, day: dt.date, months: int, later: dt.date) -> None:
        moment = dt.datetime.combine(day, dt.time(9), tzinfo=dt.UTC)
        assert add_months(moment, months) == dt.datetime.combine(later, dt.time(9), tzinfo=dt.UTC)


def remind(session: Session, now: dt.datetime) -> int:
    with transaction(session):
        return renewals.remind_of_expiry(session, now=now, wall_now=NOON, limit=100)


def reminders(session: Session, agent: Agent) -> list[int]:
    """Return the days that each of somebody's reminders names, the first one first."""
    notices = session.scalars(
        select(Notice)
        .where(Notice.user_id == agent.user_id, Notice.kind == NoticeKind.CERTIFICATE_EXPIRING)
        .order_by(Notice.created_at)
    )
    return [notice.params["days"] for notice in notices]


class TestReminders:
    def test_each_comes_once_on_its_day(self, session: Session, agent: Agent) -> None:
        for days in (61, 60, 59, 31, 30, 29, 8, 7, 1, 0):
            for _ in range(2):
                remind(session, ENDS - days * DAY)
        remind(session, ENDS + DAY)

        assert reminders(session, agent) == [60, 30, 7]

    def test_somebody_certified_late_hears_the_last_only(self, session: Session, agent: Agent) -> None:
        remind(session, ENDS - 6.5 * DAY)

        assert reminders(session, agent) == [7]
        assert days_left(held(session, agent, None)[0], NOON) == 365

    def test_it_is_a_letter_too_in_the_readers_language(
        self, session: Session, make: Make, project: Project
    ) -> None:
        reader = make.agent(user=make.user(email="reader@example.org", locale="en"))
        make.certificate(reader, project=project, expires_at=ENDS)

        remind(session, ENDS - 7 * DAY)

        letter = session.scalars(select(Message).where(Message.recipient == "reader@example.org")).one()
        assert letter.subject == "A certificate is about to run out"
        assert f"{project.name} ends on" in letter.body

    def test_whoever_renewed_is_reminded_of_the_new_end(
        self, session: Session, agent: Agent, project: Project
    ) -> None:
        remind(session, OPENS)
        sit(session, agent, right=8, project_id=project.id, now=OPENS)

        assert remind(session, ENDS - 7 * DAY) == 0
        assert remind(session, OPENS + HALF_YEAR) == 1

    @pytest.mark.parametrize("how", ["revoked", "left"])
    def test_who_has_nothing_to_renew_is_left_alone(
        self, session: Session, make: Make, agent: Agent, project: Project, how: str
    ) -> None:
        with transaction(session):
            if how == "revoked":
                held(session, agent, project)[0].revoked_at = NOON
            else:
                session.get_one(Agent, agent.id).status = AgentStatus.LEFT

        assert remind(session, OPENS) == 0

    def test_the_timer_sends_them_and_a_second_run_adds_none(
        self, app: Flask, session: Session, agent: Agent, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(runner, "_app", app)
        monkeypatch.setitem(app.config, "LEASE_SECONDS", 3600)
        monkeypatch.setattr(clock, "utc_now", lambda: OPENS)
        monkeypatch.setattr(certificate_jobs, "BATCH_SIZE", 1)
        for _ in range(2):
            with transaction(session):
                outbox.promise(
                    session, Topic.REMIND_OF_EXPIRY, now=clock.wall_now(), dedupe_key=uuid.uuid4().hex
                )
            message_id = session.scalars(
                select(OutboxMessage.id).where(
                    OutboxMessage.topic == Topic.REMIND_OF_EXPIRY, OutboxMessage.done_at.is_(None)
                )
            ).one()
            runner.handle(message_id=str(message_id))
            session.expire_all()
            assert session.get_one(OutboxMessage, message_id).done_at is not None

        assert reminders(session, agent) == [60]
