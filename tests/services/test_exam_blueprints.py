"""A blueprint counts once a second person approved it, and never for an attempt that has begun."""

from __future__ import annotations

import dataclasses
import uuid

import pytest
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import BankGapError, NotFoundError, OwnWorkError, StaleStateError
from app.models import BlueprintState, BlueprintVersion, ExamAttempt, Role
from app.services import attempts, exam_blueprints
from app.services.item_bank import current_bank
from exams.blueprints import BASE_EXAM, BLUEPRINTS
from exams.forms import Blueprint, Form, Quota
from exams.items import Kind, Topic
from tests.make import NOON, Make

SHORT = dataclasses.replace(BASE_EXAM, minutes=10, pass_percent=80, quotas=BASE_EXAM.quotas[:5])


@pytest.fixture
def people(make: Make) -> tuple[uuid.UUID, uuid.UUID]:
    author, colleague = (make.user(role=Role.OPERATIONS).id for _ in range(2))
    return author, colleague


def save(session: Session, blueprint: Blueprint, by: uuid.UUID) -> BlueprintVersion:
    with transaction(session):
        return exam_blueprints.save_blueprint(session, blueprint=blueprint, actor_user_id=by, now=NOON)


def submit(session: Session, row: BlueprintVersion, by: uuid.UUID) -> None:
    with transaction(session):
        exam_blueprints.submit_blueprint(session, row.id, actor_user_id=by, now=NOON)


def decide(
    session: Session, row: BlueprintVersion, by: uuid.UUID, *, approved: bool = True, reason: str = ""
) -> None:
    with transaction(session):
        exam_blueprints.decide_blueprint(
            session, row.id, approved=approved, reason=reason, actor_user_id=by, now=NOON
        )


def start(session: Session, make: Make) -> ExamAttempt:
    agent = make.agent()
    with transaction(session):
        return attempts.start_attempt(
            session,
            agent_id=agent.id,
            project_id=None,
            bank=current_bank(session),
            seed=7,
            actor_user_id=agent.user_id,
            now=NOON,
        )


def test_a_version_counts_from_its_approval_and_leaves_begun_attempts(
    session: Session, make: Make, people: tuple[uuid.UUID, uuid.UUID]
) -> None:
    author, colleague = people
    before = start(session, make)
    row = save(session, SHORT, author)
    submit(session, row, author)
    assert exam_blueprints.current_blueprints(session) == BLUEPRINTS

    decide(session, row, colleague)

    assert exam_blueprints.current_blueprints(session)[BASE_EXAM.id] == SHORT
    form = Form.from_json(start(session, make).form)
    assert (len(form.questions), form.minutes, form.pass_percent) == (5, 10, 80)
    assert Form.from_json(before.form).minutes == BASE_EXAM.minutes
    assert row.version == 2


def test_nobody_approves_their_own_blueprint(session: Session, people: tuple[uuid.UUID, uuid.UUID]) -> None:
    author, colleague = people
    row = save(session, SHORT, author)
    submit(session, row, author)

    for approved in (True, False):
        with pytest.raises(OwnWorkError):
            decide(session, row, author, approved=approved, reason="x")

    decide(session, row, colleague, approved=False, reason="Too short.")
    assert (row.state, row.note) == (BlueprintState.DRAFT, "Too short.")


def test_what_the_bank_cannot_fill_is_not_approved(
    session: Session, people: tuple[uuid.UUID, uuid.UUID]
) -> None:
    author, colleague = people
    greedy = dataclasses.replace(
        SHORT, quotas=(Quota(count=40, topics=(Topic.TOOLS,), kinds=(Kind.ORDERING,)),)
    )
    row = save(session, greedy, author)
    submit(session, row, author)

    with pytest.raises(BankGapError):
        decide(session, row, colleague)

    assert exam_blueprints.current_blueprints(session)[BASE_EXAM.id] == BASE_EXAM


def test_each_step_has_its_state(session: Session, people: tuple[uuid.UUID, uuid.UUID]) -> None:
    author, colleague = people
    row = save(session, SHORT, author)
    assert save(session, SHORT, colleague).id == row.id
    with pytest.raises(StaleStateError):
        decide(session, row, author)
    submit(session, row, author)
    with pytest.raises(StaleStateError):
        save(session, SHORT, author)
    with pytest.raises(StaleStateError):
        submit(session, row, author)
    with pytest.raises(NotFoundError):
        exam_blueprints.get_exam(session, "practice")
    with pytest.raises(ValueError, match="reason"):
        decide(session, row, author, approved=False)
