"""The training of a project as one person stands in it: its lessons, and which of them are read."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import LessonReading, Project
from exams.items import Text
from exams.lessons import Lesson, Section, lessons_for

KNOWLEDGE = "knowledge"
WORDS_A_MINUTE = 300


@dataclasses.dataclass(frozen=True, kw_only=True)
class Training:
    """A project's lessons in order, and the ids of those that are read in their newest version."""

    lessons: tuple[Lesson, ...]
    read: frozenset[str]

    @property
    def unread(self) -> tuple[Lesson, ...]:
        return tuple(lesson for lesson in self.lessons if lesson.id not in self.read)

    @property
    def is_done(self) -> bool:
        return not self.unread

    def find(self, lesson_id: str) -> Lesson | None:
        return next((lesson for lesson in self.lessons if lesson.id == lesson_id), None)


def get_training(session: Session, agent_id: uuid.UUID, project: Project) -> Training:
    """Return where the agent stands with a project's lessons. One statement."""
    return training_of(project, list_readings(session, agent_id))


def list_readings(session: Session, agent_id: uuid.UUID) -> Mapping[str, int]:
    """Return the newest version that the agent read of each lesson, by its id."""
    rows = session.execute(
        select(LessonReading.lesson_id, LessonReading.version).where(LessonReading.agent_id == agent_id)
    )
    return {row.lesson_id: row.version for row in rows}


def training_of(project: Project, readings: Mapping[str, int]) -> Training:
    """Return the training of a project for somebody who has read so much."""
    lessons = lessons_of(project)
    read = frozenset(lesson.id for lesson in lessons if readings.get(lesson.id, 0) >= lesson.version)
    return Training(lessons=lessons, read=read)


def lessons_of(project: Project) -> tuple[Lesson, ...]:
    """Return the lessons of the project's service line and, where the merchant wrote some, its own rules."""
    lessons = lessons_for(project.service_line)
    own = [line.strip() for line in project.knowledge.splitlines() if line.strip()]
    if not own:
        return lessons
    # The merchant wrote it once, in one language: both readers get the same words.
    shop = Lesson(
        id=f"{KNOWLEDGE}-{project.id}",
        version=1,
        minutes=max(1, round(len(project.knowledge) / WORDS_A_MINUTE)),
        title=Text(zh="这家店自己的规则", en="This shop's own rules"),
        sections=(
            Section(
                heading=Text(zh=project.name, en=project.name),
                paragraphs=tuple(Text(zh=line, en=line) for line in own),
            ),
        ),
    )
    return (*lessons, shop)
