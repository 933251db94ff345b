"""Attrition from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scheduling.commands import quality_group

PEOPLE = "months,left,county\n1,1,A\n2,0,B\n3,yes,A\n4,0,B\n4,no,A\n"


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    return path


def run(path: Path, *more: str) -> Result:
    return CliRunner().invoke(
        quality_group, ["attrition", str(path), "--duration", "months", "--event", "left", *more]
    )


def test_json_has_the_whole_curve_of_everybody_and_each_group(people: Path) -> None:
    curves = json.loads(run(people, "--group", "county", "--json").stdout)

    assert list(curves) == ["all", "A", "B"]
    assert (curves["all"]["people"], curves["all"]["left"], curves["all"]["median"]) == (5, 2, None)
    assert curves["all"]["times"] == [0, 1, 2, 3, 4]
    assert curves["A"]["staying"] == pytest.approx([1, 2 / 3, 1 / 3, 1 / 3], abs=1e-6)


def test_the_picture_names_people_leavers_and_median(people: Path) -> None:
    drawn = run(people, "--group", "county").output

    assert "all: 5 people, 2 left; half had left by - (more than half stay)" in drawn
    assert "A: 3 people, 2 left; half had left by 3 (1 to ?)" in drawn


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PEOPLE.replace("2,0", "two,0"), "line 3: months is 'two'; give a number from 0"),
        (PEOPLE.replace("2,0", "2,maybe"), "line 3: left is 'maybe'; give 1 or 0"),
        (PEOPLE.replace("left", "gone"), "has no column left; its columns are months, gone, county"),
        ("months,left\n", "there are no people in it"),
    ],
)
def test_bad_input_is_named(people: Path, text: str, message: str) -> None:
    people.write_text(text)
    done = run(people)

    assert done.exit_code == 1
    assert message in done.stderr


def test_another_encoding_is_asked_for(people: Path) -> None:
    people.write_bytes(PEOPLE.replace("A", "\xe9").encode("latin-1"))

    assert "--encoding" in run(people).stderr
    assert run(people, "--encoding", "latin-1").exit_code == 0
