"""What a suspension or a revocation does: to the certificate, to shifts, and to the way back."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import BarredError, StaleStateError
from app.models import (
    Agent,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    Certificate,
    CertificateState,
    Notice,
    NoticeKind,
    OutboxMessage,
    Project,
    Topic,
    User,
)
from app.queries.work_steps import find_missing_step
from app.services import applications, certificate_states
from app.services.refills import find_substitutes, weigh
from app.work_steps import WorkStep
from tests.make import NOON, PEAK, Make, shanghai
from tests.services.test_attempts import sit

UNTIL = shanghai(6, 0)
DAY = dt.timedelta(days=1)


@pytest.fixture
def operator(make: Make) -> User:
    return make.user()


@pytest.fixture
def project(make: Make) -> Project:
    return make.project()


@pytest.fixture
def agent(make: Make, project: Project) -> Agent:
    agent = make.agent()
    make.certificate(agent)
    make.certificate(agent, project=project)
    return agent


def certificate_of(session: Session, agent: Agent, project: Project | None) -> Certificate:
    session.expire_all()
    held = select(Certificate).where(Certificate.agent_id == agent.id)
    return session.scalars(held.where(Certificate.project_id == (project.id if project else None))).one()


def suspend(session: Session, certificate: Certificate, operator: User, *, until: dt.datetime = UNTIL) -> int:
    with transaction(session):
        return certificate_states.suspend_certificate(
            session,
            certificate.id,
            until=until,
            reason="连续三次答错退换规则",
            actor_user_id=operator.id,
            now=NOON,
            wall_now=NOON,
        )


def revoke(session: Session, certificate: Certificate, operator: User, *, days: int = 30) -> int:
    with transaction(session):
        return certificate_states.revoke_certificate(
            session,
            certificate.id,
            barred_until=NOON + days * DAY,
            reason="把顾客的电话给了别人",
            actor_user_id=operator.id,
            now=NOON,
            wall_now=NOON,
        )


def status_of(session: Session, shift: Assignment) -> AssignmentStatus:
    session.expire_all()
    return session.get_one(Assignment, shift.id).status


class TestState:
    def make_one(self, **values: dt.datetime) -> Certificate:
        return Certificate(issued_at=NOON, expires_at=NOON + 10 * DAY, **values)

    @pytest.mark.parametrize(
        ("days", "state"), [(9.9, CertificateState.VALID), (10, CertificateState.EXPIRED)]
    )
    def test_runs_out(self, days: float, state: CertificateState) -> None:
        assert self.make_one().state_at(NOON + days * DAY) is state

    @pytest.mark.parametrize(
        ("days", "state"), [(4.9, CertificateState.SUSPENDED), (5, CertificateState.VALID)]
    )
    def test_a_suspension_ends_by_itself(self, days: float, state: CertificateState) -> None:
        certificate = self.make_one(suspended_at=NOON, suspended_until=NOON + 5 * DAY)

        assert certificate.state_at(NOON + days * DAY) is state

    def test_a_revoked_one_stays_revoked(self) -> None:
        certificate = self.make_one(revoked_at=NOON + DAY)

        assert certificate.state_at(NOON + 2 * DAY) is CertificateState.REVOKED
        assert certificate.state_at(NOON + 20 * DAY) is CertificateState.REVOKED

    def test_a_renewed_one_was_not_revoked(self) -> None:
        certificate = self.make_one(revoked_at=NOON + DAY, replaced_at=NOON + DAY)

        assert certificate.state_at(NOON + 2 * DAY) is CertificateState.REPLACED

    def test_one_put_away_after_it_ran_out_has_run_out(self) -> None:
        certificate = self.make_one(revoked_at=NOON + 10 * DAY)

        assert certificate.state_at(NOON + 20 * DAY) is CertificateState.EXPIRED


class TestShifts:
    def test_a_suspension_takes_back_what_begins_before_it_ends(
        self, session: Session, make: Make, agent: Agent, project: Project, operator: User
    ) -> None:
        event = make.event()
        status = AssignmentStatus.ACCEPTED
        during = make.assignment(
            agent=agent,
            project=project,
            slot=make.slot(event=event, starts_at=shanghai(5, 20)),
            status=status,
        )
        after = make.assignment(
            agent=agent, project=project, slot=make.slot(event=event, starts_at=UNTIL), status=status
        )

        assert suspend(session, certificate_of(session, agent, project), operator) == 1

        assert status_of(session, during) is AssignmentStatus.LAPSED
        assert status_of(session, after) is AssignmentStatus.ACCEPTED

    def test_who_is_left_with_a_day_alone_reads_of_it(
        self, session: Session, make: Make, agent: Agent, project: Project, operator: User
    ) -> None:
        make.needs(agent, min_consecutive_days=2)
        event = make.event()
        for day, of in ((5, project), (6, make.project())):
            slot = make.slot(event=event, starts_at=shanghai(day, 20))
            make.assignment(agent=agent, project=of, slot=slot, status=AssignmentStatus.ACCEPTED)

        assert suspend(session, certificate_of(session, agent, project), operator) == 1

        told = session.scalars(select(Notice).where(Notice.kind == NoticeKind.SHIFT_CHANGED)).one()
        assert "11 月 6 日就只连着上 1 天了；你要的是至少 2 天" in told.params["change"]

    def test_an_offer_goes_too_and_both_seats_are_filled_anew(
        self, session: Session, make: Make, agent: Agent, project: Project, operator: User
    ) -> None:
        event = make.event()
        for hour, status in ((16, AssignmentStatus.OFFERED), (20, AssignmentStatus.ACCEPTED)):
            slot = make.slot(event=event, starts_at=shanghai(11, hour))
            make.assignment(agent=agent, project=project, slot=slot, status=status)

        assert revoke(session, certificate_of(session, agent, project), operator) == 2

        refills = select(OutboxMessage).where(OutboxMessage.topic == Topic.REFILL_SEAT)
        assert len(session.scalars(refills).all()) == 2

    def test_who_is_at_work_finishes_and_other_projects_go_on(
        self, session: Session, make: Make, agent: Agent, project: Project, operator: User
    ) -> None:
        event = make.event()
        at_work = make.assignment(
            agent=agent,
            project=project,
            slot=make.slot(event=event, starts_at=NOON - dt.timedelta(hours=1)),
            status=AssignmentStatus.PRESENT,
        )
        elsewhere = make.assignment(
            agent=agent, project=make.project(), slot=make.slot(event=event), status=AssignmentStatus.ACCEPTED
        )

        assert revoke(session, certificate_of(session, agent, project), operator) == 0

        assert status_of(session, at_work) is AssignmentStatus.PRESENT
        assert status_of(session, elsewhere) is AssignmentStatus.ACCEPTED

    def test_a_standby_goes_and_leaves_no_seat_to_fill(
        self, session: Session, make: Make, agent: Agent, project: Project, operator: User
    ) -> None:
        make.assignment(
            agent=agent, project=project, kind=AssignmentKind.STANDBY, status=AssignmentStatus.ACCEPTED
        )

        assert revoke(session, certificate_of(session, agent, project), operator) == 1

        refills = select(OutboxMessage).where(OutboxMessage.topic == Topic.REFILL_SEAT)
        assert session.scalars(refills).all() == []

    def test_the_person_reads_the_reason(
        self, session: Session, agent: Agent, project: Project, operator: User
    ) -> None:
        suspend(session, certificate_of(session, agent, project), operator)

        notice = session.scalars(select(Notice).where(Notice.user_id == agent.user_id)).one()
        assert notice.kind is NoticeKind.CERTIFICATE_CHANGED
        assert "连续三次答错退换规则" in notice.params["change"]

    @pytest.mark.parametrize(("hour", "found"), [(-4, False), (0, True)])
    def test_a_suspended_person_is_no_substitute_until_it_ends(
        self,
        session: Session,
        make: Make,
        agent: Agent,
        project: Project,
        operator: User,
        hour: int,
        found: bool,
    ) -> None:
        starts_at = UNTIL + dt.timedelta(hours=hour)
        make.availability(agent, starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=4))
        slot = make.slot(starts_at=starts_at)
        fallen = make.assignment(project=project, slot=slot, status=AssignmentStatus.DECLINED)

        suspend(session, certificate_of(session, agent, project), operator)

        people = [person.agent_id for person in find_substitutes(session, fallen, weigh(session))]
        assert people == ([agent.id] if found else [])
        missing = find_missing_step(session, agent.id, fallen)
        assert missing is (None if found else WorkStep.SUSPENDED)


class TestWayBack:
    def test_what_is_done_to_the_base_certificate_is_done_to_all(
        self, session: Session, make: Make, agent: Agent, project: Project, operator: User
    ) -> None:
        shift = make.assignment(agent=agent, project=project, status=AssignmentStatus.ACCEPTED)

        assert revoke(session, certificate_of(session, agent, None), operator) == 1

        assert certificate_of(session, agent, project).state_at(NOON) is CertificateState.REVOKED
        assert status_of(session, shift) is AssignmentStatus.LAPSED
        assert shift.starts_at == PEAK

    def test_a_suspension_is_lifted_early(
        self, session: Session, agent: Agent, project: Project, operator: User
    ) -> None:
        certificate = certificate_of(session, agent, project)
        suspend(session, certificate, operator)

        with transaction(session):
            certificate_states.lift_suspension(
                session, certificate.id, actor_user_id=operator.id, now=NOON + DAY, wall_now=NOON
            )

        assert certificate_of(session, agent, project).state_at(NOON + DAY) is CertificateState.VALID

    def test_twice_is_refused(self, session: Session, agent: Agent, project: Project, operator: User) -> None:
        certificate = certificate_of(session, agent, project)
        suspend(session, certificate, operator)

        with pytest.raises(StaleStateError):
            suspend(session, certificate, operator)

    def test_a_suspended_person_may_still_be_revoked(
        self, session: Session, agent: Agent, project: Project, operator: User
    ) -> None:
        certificate = certificate_of(session, agent, project)
        suspend(session, certificate, operator)

        revoke(session, certificate, operator)

        assert certificate_of(session, agent, project).state_at(NOON) is CertificateState.REVOKED

    @pytest.mark.parametrize("until", [NOON, NOON - DAY])
    def test_a_suspension_that_ends_at_once_is_none(
        self, session: Session, agent: Agent, project: Project, operator: User, until: dt.datetime
    ) -> None:
        with pytest.raises(ValueError, match="an end to come"):
            suspend(session, certificate_of(session, agent, project), operator, until=until)

    @pytest.mark.parametrize(("days", "barred"), [(29, True), (30, False)])
    def test_after_a_revocation_one_starts_again_from_its_day(
        self, session: Session, agent: Agent, project: Project, operator: User, days: int, barred: bool
    ) -> None:
        revoke(session, certificate_of(session, agent, project), operator, days=30)

        def apply() -> None:
            with transaction(session):
                applications.apply_for_project(
                    session,
                    agent_id=agent.id,
                    project_id=project.id,
                    actor_user_id=agent.user_id,
                    now=NOON + days * DAY,
                )

        if barred:
            with pytest.raises(BarredError):
                apply()
        else:
            apply()

    def test_a_suspended_certificate_is_still_held(
        self, session: Session, agent: Agent, project: Project, operator: User
    ) -> None:
        """Else somebody suspended could walk around it by applying anew."""
        suspend(session, certificate_of(session, agent, project), operator)

        with pytest.raises(StaleStateError), transaction(session):
            applications.apply_for_project(
                session, agent_id=agent.id, project_id=project.id, actor_user_id=agent.user_id, now=NOON
            )

    def test_the_base_exam_waits_for_its_day_too(
        self, session: Session, agent: Agent, operator: User
    ) -> None:
        revoke(session, certificate_of(session, agent, None), operator)

        with pytest.raises(BarredError):
            sit(session, agent, right=0)
