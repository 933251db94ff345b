"""A technical failure costs neither a wait nor an attempt, and its evidence is kept."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import RetakeTooEarlyError, StaleStateError
from app.models import Agent, AuditEntry, ExamAttempt, Notice, NoticeKind, User
from app.queries.attempts import find_passed_attempt, list_attempts
from app.services import attempts, waivers
from exams.blueprints import BASE_EXAM
from tests.make import NOON, Make
from tests.services.test_attempts import sit, start

DAY = dt.timedelta(days=1)


@pytest.fixture
def operator(make: Make) -> User:
    return make.user()


def waive(
    session: Session, attempt: ExamAttempt, operator: User, *, reason: str = "断网，见两段空白"
) -> None:
    with transaction(session):
        waivers.waive_attempt(
            session, attempt.id, reason=reason, actor_user_id=operator.id, now=NOON + DAY / 2, wall_now=NOON
        )


def opens_at(session: Session, agent: Agent) -> dt.datetime | None:
    session.expire_all()
    history = list_attempts(session, agent.id)
    return attempts.standing_of(
        history, exam=BASE_EXAM.id, project_id=None, opens_at=agent.joined_at
    ).opens_at


def test_waits_grow_with_each_failure_until_none_is_left(session: Session, make: Make) -> None:
    agent = make.agent()
    when = NOON
    for days in (1, 7, 30):
        sit(session, agent, right=0, now=when)
        with pytest.raises(RetakeTooEarlyError):
            start(session, agent, now=when + days * DAY - dt.timedelta(seconds=1))
        when += days * DAY
    sit(session, agent, right=0, now=when)

    with pytest.raises(RetakeTooEarlyError) as refusal:
        start(session, agent, now=when + 400 * DAY)
    assert refusal.value.opens_at is None


def test_a_waived_attempt_costs_neither_a_wait_nor_an_attempt(
    session: Session, make: Make, operator: User
) -> None:
    agent = make.agent()
    attempt = sit(session, agent, right=0)
    assert opens_at(session, agent) == NOON + DAY

    waive(session, attempt, operator)

    assert opens_at(session, agent) == agent.joined_at
    assert start(session, agent, now=NOON + dt.timedelta(minutes=1)).exam == BASE_EXAM.id


def test_what_the_server_saw_is_kept_with_the_reason(session: Session, make: Make, operator: User) -> None:
    agent = make.agent()
    attempt = sit(session, agent, right=0)

    waive(session, attempt, operator)

    session.expire_all()
    kept = session.get_one(ExamAttempt, attempt.id).waiver
    assert kept is not None
    assert kept["reason"] == "断网，见两段空白"
    assert sorted(name for name, _at in kept["evidence"]["events"]) == [
        "attempt.started",
        "attempt.submitted",
    ]
    assert kept["evidence"]["questions"] == len(attempt.form["questions"])
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "attempt.waived")).one()
    assert (entry.actor_user_id, entry.details["reason"]) == (operator.id, "断网，见两段空白")
    notice = session.scalars(select(Notice).where(Notice.kind == NoticeKind.ATTEMPT_WAIVED)).one()
    assert notice.user_id == agent.user_id


@pytest.mark.parametrize("right", [0, 20])
def test_only_a_failure_is_waived_and_once(session: Session, make: Make, operator: User, right: int) -> None:
    attempt = sit(session, make.agent(), right=right)
    if not attempt.passed:
        waive(session, attempt, operator)

    with pytest.raises(StaleStateError):
        waive(session, attempt, operator)


def test_a_running_attempt_is_not_waived(session: Session, make: Make, operator: User) -> None:
    with pytest.raises(StaleStateError):
        waive(session, start(session, make.agent()), operator)


def test_a_waiver_has_a_reason(session: Session, make: Make, operator: User) -> None:
    attempt = sit(session, make.agent(), right=0)

    with pytest.raises(ValueError, match="a reason"):
        waive(session, attempt, operator, reason=" ")


def test_a_pass_earns_one_certificate(session: Session, make: Make) -> None:
    """Whoever lost a certificate, or let it run out, sits the assessment again."""
    agent, project = make.agent(), make.project()
    make.certificate(agent)
    make.application(agent, project=project)
    attempt = sit(session, agent, right=8, project_id=project.id)
    found = find_passed_attempt(session, agent.id, project_id=project.id)
    assert found is not None
    assert found.id == attempt.id

    certificate = make.certificate(agent, project=project, revoked_at=NOON)
    with transaction(session):
        session.merge(certificate).attempt_id = attempt.id

    assert find_passed_attempt(session, agent.id, project_id=project.id) is None
    assert start(session, agent, project_id=project.id, now=NOON + DAY).project_id == project.id
