"""The lessons we ship can be shown to everybody, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from exams.lessons import (
    SERVICE_LINES,
    SHIPPED,
    Lesson,
    LessonError,
    _read_file,
    lessons_for,
    shipped_lessons,
)

LESSONS = [lesson for lessons in shipped_lessons().values() for lesson in lessons]
# Colours come from the page, words from the caption; the pages' policy lets no style of its own through.
FORBIDDEN = re.compile(r"<text|<style|style=|<script|\bon\w+=|href=|#[0-9a-f]{3}", re.IGNORECASE)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)
def test_a_lesson_says_everything_in_both_languages(lesson: Lesson) -> None:
    texts = [
        lesson.title,
        *(section.heading for section in lesson.sections),
        *(paragraph for section in lesson.sections for paragraph in section.paragraphs),
        *([lesson.picture.alt, lesson.picture.caption] if lesson.picture else []),
    ]

    assert [fault for text in texts for fault in text.faults(lesson.id)] == []
    assert [text.en for text in texts if re.search(r"[\u4e00-\u9fff]", text.en)] == []


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)
def test_a_picture_carries_no_words_and_no_style(lesson: Lesson) -> None:
    assert lesson.picture is not None
    assert lesson.picture.svg.startswith("<svg")
    assert FORBIDDEN.findall(lesson.picture.svg) == []


def test_every_service_line_has_lessons_of_its_own_after_the_common_ones() -> None:
    common = {lesson.id for lesson in shipped_lessons()["common"]}
    for line in SERVICE_LINES:
        ids = [lesson.id for lesson in lessons_for(line)]
        assert len(ids) == len(set(ids))
        assert set(ids[: len(common)]) == common
        assert len(ids) > len(common)
    assert len({lesson.id for lesson in LESSONS}) == len(LESSONS)


def test_every_picture_is_used() -> None:
    drawn = {lesson.picture.svg for lesson in LESSONS if lesson.picture}

    assert len(list((SHIPPED / "pictures").glob("*.svg"))) == len(drawn)


def test_a_lesson_without_a_title_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_text('[[lesson]]\nid = "x"\nversion = 1\nminutes = 1\n')

    with pytest.raises(LessonError, match=r"broken.toml, lesson x"):
        _read_file(path)
