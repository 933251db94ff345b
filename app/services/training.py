"""Read the lessons of a project's training; its assessment opens when all are read."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import NotFoundError, StepSkippedError
from app.models import LessonReading, Project
from app.queries.applications import find_open_application
from app.queries.certificates import find_live_certificate
from app.queries.training import Training, get_training


def open_training(
    session: Session, *, agent_id: uuid.UUID, project_id: uuid.UUID, now: dt.datetime
) -> Project:
    """Return the project whose training the person may read: asked for, or certified for.

    Raises NotFoundError for an unknown project, StepSkippedError for one that was not applied for.
    """
    project = session.get(Project, project_id)
    if project is None:
        raise NotFoundError(f"project {project_id}")
    if (
        find_open_application(session, agent_id, project_id=project_id) is None
        and find_live_certificate(session, agent_id, project_id=project_id, now=now) is None
    ):
        raise StepSkippedError("training follows an application")
    return project


def finish_lesson(
    session: Session, *, agent_id: uuid.UUID, project_id: uuid.UUID, lesson_id: str, now: dt.datetime
) -> Training:
    """Keep that a lesson was read to its end, and return where the training stands then. Twice does no harm.

    Raises what `open_training` raises, and NotFoundError for a lesson that is not the project's.
    """
    project = open_training(session, agent_id=agent_id, project_id=project_id, now=now)
    lesson = get_training(session, agent_id, project).find(lesson_id)
    if lesson is None:
        raise NotFoundError(f"lesson {lesson_id}")
    row = insert(LessonReading).values(
        id=uuid.uuid4(), agent_id=agent_id, lesson_id=lesson.id, version=lesson.version, read_at=now
    )
    session.execute(
        row.on_conflict_do_update(
            index_elements=[LessonReading.agent_id, LessonReading.lesson_id],
            set_={
                "version": func.greatest(LessonReading.version, row.excluded.version),
                "read_at": row.excluded.read_at,
            },
        )
    )
    return get_training(session, agent_id, project)
