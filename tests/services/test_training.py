"""Training comes between the application and the assessment, and keeps what was read."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import LessonsUnreadError, NotFoundError, StepSkippedError
from app.models import Agent, AgentStatus, LessonReading, Project, ServiceLine
from app.queries.training import Training, get_training, training_of
from app.services import training
from exams.lessons import lessons_for
from tests.make import NOON, Make
from tests.services.test_attempts import read_lessons, start


@pytest.fixture
def project(make: Make) -> Project:
    return make.project()


@pytest.fixture
def agent(make: Make, project: Project) -> Agent:
    """Somebody in the pool who has asked for the project."""
    agent = make.agent(status=AgentStatus.IN_POOL)
    make.certificate(agent)
    make.application(agent, project=project)
    return agent


def finish(session: Session, agent: Agent, project: Project, lesson_id: str) -> Training:
    with transaction(session):
        return training.finish_lesson(
            session, agent_id=agent.id, project_id=project.id, lesson_id=lesson_id, now=NOON
        )


def test_the_assessment_opens_with_the_last_lesson(session: Session, agent: Agent, project: Project) -> None:
    *others, last = lessons_for(project.service_line)
    for lesson in others:
        finish(session, agent, project, lesson.id)

    with pytest.raises(LessonsUnreadError) as refusal:
        start(session, agent, project_id=project.id)
    assert refusal.value.left == 1

    assert finish(session, agent, project, last.id).is_done
    assert start(session, agent, project_id=project.id).project_id == project.id


def test_reading_again_keeps_one_row(session: Session, agent: Agent, project: Project) -> None:
    lesson = lessons_for(project.service_line)[0]
    for _ in range(2):
        standing = finish(session, agent, project, lesson.id)

    assert standing.read == {lesson.id}
    assert len(session.scalars(select(LessonReading)).all()) == 1


def test_what_is_shared_is_read_once_for_all_projects(
    session: Session, make: Make, agent: Agent, project: Project
) -> None:
    hotline = make.project(service_line=ServiceLine.HOTLINE)
    read_lessons(session, agent, project.id)

    left = {lesson.id for lesson in get_training(session, agent.id, hotline).unread}
    assert left == {lesson.id for lesson in lessons_for("hotline")} - {
        lesson.id for lesson in lessons_for("presales-chat")
    }


def test_the_shops_own_rules_are_the_last_lesson(session: Session, make: Make, project: Project) -> None:
    project.knowledge = "双 11 当天 0 点到 2 点不改地址。\n\n赠品随单发。"

    lesson = training_of(project, {}).lessons[-1]

    assert [text.zh for text in lesson.sections[0].paragraphs] == [
        "双 11 当天 0 点到 2 点不改地址。",
        "赠品随单发。",
    ]


def test_a_lesson_that_was_rewritten_is_unread_again(project: Project) -> None:
    lesson = lessons_for(project.service_line)[0]

    assert training_of(project, {lesson.id: lesson.version}).read == {lesson.id}
    assert training_of(project, {lesson.id: lesson.version - 1}).read == frozenset()


def test_training_follows_an_application(session: Session, make: Make, agent: Agent) -> None:
    other = make.project()

    with pytest.raises(StepSkippedError):
        finish(session, agent, other, lessons_for(other.service_line)[0].id)


def test_a_lesson_of_another_service_line_is_not_found(
    session: Session, agent: Agent, project: Project
) -> None:
    with pytest.raises(NotFoundError):
        finish(session, agent, project, "hotline-call")
