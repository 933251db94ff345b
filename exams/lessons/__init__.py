"""The lessons of a project's training: what has to be read before its assessment.

    from exams.lessons import lessons_for

    for lesson in lessons_for("presales-chat"): ...      # in the order of reading; common ones first

The content lies beside this file: one TOML file for what all projects share and one for each service line,
pictures as SVG without words, so that they serve every language.
"""

from __future__ import annotations

import dataclasses
import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from exams.items import Text

SHIPPED = Path(__file__).parent
COMMON = "common"
SERVICE_LINES = ("presales-chat", "aftersales-chat", "hotline")


class LessonError(ValueError):
    """A lesson that cannot be shown; the message names file, lesson and what to mend."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Picture:
    """A drawing as SVG, what it shows for those who do not see it, and the caption under it."""

    svg: str
    alt: Text
    caption: Text


@dataclasses.dataclass(frozen=True, kw_only=True)
class Section:
    """A heading with the paragraphs under it."""

    heading: Text
    paragraphs: tuple[Text, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Lesson:
    """One lesson. A change that everybody has to read again raises `version`; `minutes` it takes."""

    id: str
    version: int
    minutes: int
    title: Text
    sections: tuple[Section, ...]
    picture: Picture | None = None


def lessons_for(service_line: str) -> tuple[Lesson, ...]:
    """Return the lessons of a service line in the order of reading. Raises KeyError for an unknown line."""
    lessons = shipped_lessons()
    return lessons[COMMON] + lessons[service_line]


@functools.cache
def shipped_lessons() -> Mapping[str, tuple[Lesson, ...]]:
    """Return the lessons that come with this package by file, read once."""
    return {name: _read_file(SHIPPED / f"{name}.toml") for name in (COMMON, *SERVICE_LINES)}


def _read_file(path: Path) -> tuple[Lesson, ...]:
    tables = tomllib.loads(path.read_text(encoding="utf-8"))["lesson"]
    return tuple(_read_lesson(table, path=path) for table in tables)


def _read_lesson(table: Mapping[str, Any], *, path: Path) -> Lesson:
    try:
        picture = table["picture"]
        drawing = path.parent / "pictures" / picture["file"]
        lesson = Lesson(
            id=table["id"],
            version=table["version"],
            minutes=table["minutes"],
            title=Text(**table["title"]),
            sections=tuple(
                Section(
                    heading=Text(**section["heading"]),
                    paragraphs=tuple(Text(**paragraph) for paragraph in section["paragraphs"]),
                )
                for section in table["section"]
            ),
            picture=Picture(
                svg=drawing.read_text(encoding="utf-8").strip(),
                alt=Text(**picture["alt"]),
                caption=Text(**picture["caption"]),
            ),
        )
    except (KeyError, TypeError, OSError) as error:
        name = table.get("id", "?")
        raise LessonError(f"{path.name}, lesson {name}: {error} is missing or wrong") from error
    if lesson.version < 1 or lesson.minutes < 1 or not lesson.sections:
        raise LessonError(f"{path.name}, lesson {lesson.id}: version, minutes and sections start at 1")
    return lesson
