from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import NotFoundError, StaleStateError, StepSkippedError, UnsuitableProjectError
from app.models import (
    Agent,
    AgentStatus,
    ApplicationStatus,
    Message,
    Notice,
    OutboxMessage,
    Project,
    ProjectApplication,
    ServiceLine,
    Topic,
    TrialShift,
    User,
)
from app.queries.applications import list_applications, list_assessments
from app.services import applications, trials
from tests.conftest import CountQueries
from tests.make import NOON, Make

DAY = dt.timedelta(days=1)


def apply(session: Session, agent: Agent, project: Project) -> ProjectApplication:
    with transaction(session):
        return applications.apply_for_project(
            session, agent_id=agent.id, project_id=project.id, actor_user_id=agent.user_id, now=NOON
        )


def start_trial(session: Session, application_id: uuid.UUID, operator_id: uuid.UUID) -> TrialShift:
    """Set a trial for the next day."""
    with transaction(session):
        return trials.schedule_trial(
            session,
            application_id=application_id,
            supervisor_id=operator_id,
            starts_at=NOON + DAY,
            ends_at=NOON + DAY + dt.timedelta(hours=2),
            actor_user_id=operator_id,
            now=NOON,
            wall_now=NOON,
        )


def decline(session: Session, application_id: uuid.UUID, operator_id: uuid.UUID) -> None:
    with transaction(session):
        applications.decline(
            session,
            application_id=application_id,
            reason="先熟悉退换规则",
            actor_user_id=operator_id,
            now=NOON,
            wall_now=NOON,
        )


@pytest.fixture
def agent(make: Make) -> Agent:
    """Somebody in the pool, with a base certificate."""
    agent = make.agent(status=AgentStatus.IN_POOL)
    make.certificate(agent)
    return agent


def status_of(session: Session, application: ProjectApplication) -> ApplicationStatus:
    session.expire_all()
    return session.get_one(ProjectApplication, application.id).status


class TestApply:
    def test_a_holder_of_the_base_certificate_may(self, session: Session, make: Make, agent: Agent) -> None:
        assert apply(session, agent, make.project()).status is ApplicationStatus.APPLIED

    def test_without_the_base_certificate_the_step_is_skipped(self, session: Session, make: Make) -> None:
        with pytest.raises(StepSkippedError):
            apply(session, make.agent(), make.project())

    def test_a_run_out_base_certificate_is_none(self, session: Session, make: Make) -> None:
        agent = make.agent()
        make.certificate(agent, expires_at=NOON)

        with pytest.raises(StepSkippedError):
            apply(session, agent, make.project())

    def test_twice_is_refused(self, session: Session, make: Make, agent: Agent) -> None:
        project = make.project()
        apply(session, agent, project)

        with pytest.raises(StaleStateError):
            apply(session, agent, project)

    def test_after_a_no_one_may_ask_again(self, session: Session, make: Make, agent: Agent) -> None:
        project = make.project()
        make.application(agent, project=project, status=ApplicationStatus.DECLINED)

        assert apply(session, agent, project).status is ApplicationStatus.APPLIED

    def test_who_works_by_text_only_is_not_sent_to_the_phone(
        self, session: Session, make: Make, agent: Agent
    ) -> None:
        make.needs(agent, text_only=True)

        with pytest.raises(UnsuitableProjectError):
            apply(session, agent, make.project(service_line=ServiceLine.HOTLINE))
        assert apply(session, agent, make.project(service_line=ServiceLine.AFTERSALES_CHAT))

    @pytest.mark.parametrize(("conversations", "fits"), [(3, True), (4, False)])
    def test_more_conversations_than_asked_for_do_not_fit(
        self, session: Session, make: Make, agent: Agent, conversations: int, fits: bool
    ) -> None:
        make.needs(agent, max_concurrent=3)
        project = make.project(concurrent_chats=conversations)

        if fits:
            assert apply(session, agent, project)
        else:
            with pytest.raises(UnsuitableProjectError):
                apply(session, agent, project)

    def test_a_closed_project_is_not_found(self, session: Session, make: Make, agent: Agent) -> None:
        project = make.project()
        project.is_open = False
        session.merge(project)
        session.flush()

        with pytest.raises(NotFoundError):
            apply(session, agent, project)


class TestLadder:
    def test_a_no_carries_its_reason_to_the_person(self, session: Session, make: Make, agent: Agent) -> None:
        application = apply(session, agent, make.project())

        decline(session, application.id, make.user().id)

        notice = session.scalars(select(Notice)).one()
        assert "先熟悉退换规则" in notice.params["verdict"]

    @pytest.mark.parametrize("again", [start_trial, decline])
    def test_a_decision_is_made_once(self, session: Session, make: Make, agent: Agent, again: object) -> None:
        application = make.application(agent, status=ApplicationStatus.DECLINED)
        assert callable(again)

        with pytest.raises(StaleStateError):
            again(session, application.id, make.user().id)

    def test_only_its_owner_takes_an_application_back(
        self, session: Session, make: Make, agent: Agent
    ) -> None:
        application = make.application(agent)

        def withdraw(by: Agent) -> None:
            with transaction(session):
                applications.withdraw_application(
                    session,
                    application_id=application.id,
                    agent_id=by.id,
                    actor_user_id=by.user_id,
                    now=NOON,
                )

        with pytest.raises(NotFoundError):
            withdraw(make.agent())
        withdraw(agent)
        assert status_of(session, application) is ApplicationStatus.WITHDRAWN


def test_the_list_of_operations_takes_two_queries_however_long_it_is(
    session: Session, make: Make, count_queries: CountQueries
) -> None:
    counts = []
    for _ in range(2):
        for _ in range(3):
            make.application(make.agent())
        with count_queries() as statements:
            rows = list_applications(session, statuses=[ApplicationStatus.APPLIED], offset=0, limit=50)
            assert [row.agent.user.name + row.project.merchant.name for row in rows]
            list_assessments(session, [row.agent_id for row in rows])
        counts.append(len(statements))

    assert counts == [2, 2]


def test_a_notice_is_dated_by_the_business_and_its_mail_leaves_by_the_machines_clock(
    session: Session, make: Make, agent: Agent
) -> None:
    session.get_one(User, agent.user_id).email = "lin@people.example"
    application = apply(session, agent, make.project())
    wall_now = NOON - dt.timedelta(days=300)

    with transaction(session):
        applications.decline(
            session,
            application_id=application.id,
            reason="先熟悉退换规则",
            actor_user_id=make.user().id,
            now=NOON,
            wall_now=wall_now,
        )

    promise = session.scalars(select(OutboxMessage).where(OutboxMessage.topic == Topic.DELIVER_MESSAGE)).one()
    assert session.scalars(select(Notice.created_at)).one() == NOON
    assert session.scalars(select(Message.created_at)).one() == NOON
    assert (promise.created_at, promise.available_at) == (wall_now, wall_now)
