"""Seasons as folders of CSV files."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from scheduling.matching.files import read_problem, write_assignment, write_problem
from scheduling.matching.generate import MIXED, SeasonSize, generate_season
from scheduling.matching.plan_files import read_season
from scheduling.matching.problem import Problem, ProblemError
from scheduling.matching.seasons import season_of

GOOD = {
    "agents.csv": "agent_id,max_week_minutes,max_stretch_minutes,min_rest_minutes,max_consecutive_days\n"
    "ann,2400,480,660,6\nbob,2400,480,660,6\n",
    "certifications.csv": "agent_id,project_id,score\nann,shop,10\nbob,shop,20\n",
    "availability.csv": "agent_id,start,end,preference\nann,2026-11-04T08:00,2026-11-04T20:00,3\n",
    "demand.csv": "demand_id,project_id,start,end,seats,value\n"
    "d1,shop,2026-11-04T08:00,2026-11-04T12:00,2,100\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in GOOD.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def faults_of(folder: Path) -> list[str]:
    with pytest.raises(ProblemError) as refusal:
        read_problem(folder)
    return [str(fault) for fault in refusal.value.faults]


def replace(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    problem = generate_season(SeasonSize(agents=40, projects=4, days=8, peak_seats=12, slots=MIXED), seed=4)

    write_problem(tmp_path, problem)
    again = read_problem(tmp_path)

    for field in dataclasses.fields(Problem):
        before, after = getattr(problem, field.name), getattr(again, field.name)
        assert np.array_equal(before, after) if isinstance(before, np.ndarray) else before == after, (
            field.name
        )
    assert season_of(again) == read_season(tmp_path)


def test_origin_is_the_monday_before_everything(folder: Path) -> None:
    problem = read_problem(folder)

    assert problem.origin.isoformat() == "2026-11-02T00:00:00"
    assert problem.demand_start.tolist() == [2 * 1440 + 8 * 60]


def test_more_columns_spaces_and_a_byte_order_mark_do_no_harm(folder: Path) -> None:
    path = folder / "certifications.csv"
    path.write_text("\ufeffscore , agent_id,note,project_id\n 10 ,ann,x, shop\n\n", encoding="utf-8")

    assert read_problem(folder).cert_score.tolist() == [10]


def test_an_empty_day_limit_is_none_and_a_given_one_counts(folder: Path) -> None:
    replace(
        folder, "agents.csv", "days\nann,2400,480,660,6\n", "days,max_day_minutes\nann,2400,480,660,6,240\n"
    )
    replace(folder, "agents.csv", "bob,2400,480,660,6", "bob,2400,480,660,6,")

    assert read_problem(folder).max_day_minutes.tolist() == [240, 10080]


@pytest.mark.parametrize(
    ("name", "old", "new", "fault"),
    [
        (
            "agents.csv",
            "ann,2400",
            "ann,lots",
            'agents.csv line 2: max_week_minutes is "lots"; give a whole number',
        ),
        (
            "agents.csv",
            "bob,2400",
            "bob,20000",
            "agents.csv line 3: max_week_minutes is 20000; give a whole number from 0 to 10080",
        ),
        (
            "agents.csv",
            "bob",
            "ann",
            "agents.csv line 3: id ann is there twice; give each row an id of its own",
        ),
        (
            "availability.csv",
            "ann",
            "zoe",
            'availability.csv line 2: agent_id "zoe" is not in agents.csv; add it there',
        ),
        (
            "availability.csv",
            "2026-11-04T08:00",
            "tomorrow",
            'availability.csv line 2: start is "tomorrow"; give a local time like 2026-11-11T20:00',
        ),
        (
            "availability.csv",
            "2026-11-04T08:00",
            "2026-11-04T08:00+08:00",
            'availability.csv line 2: start is "2026-11-04T08:00+08:00"; give the local time without a zone',
        ),
        (
            "demand.csv",
            "2026-11-04T12:00",
            "2026-11-04T08:00",
            "demand.csv line 2: the end 2026-11-04T08:00 is not after the start 2026-11-04T08:00; give",
        ),
        (
            "demand.csv",
            "12:00,2,100",
            "12:00,2,99999999999999999999",
            "demand.csv line 2: value is 99999999999999999999; give a whole number from -10000000 to",
        ),
        ("demand.csv", ",2,100", ",2", "demand.csv line 2: has 5 cells; the heading has 6"),
        (
            "certifications.csv",
            "bob",
            "ann",
            "certifications.csv line 3: ann and shop are there twice; keep one of the rows",
        ),
        (
            "certifications.csv",
            "score",
            "points",
            "certifications.csv line 1: has no column score; the heading is agent_id, project_id, points",
        ),
    ],
)
def test_a_fault_names_file_line_value_and_mend(
    folder: Path, name: str, old: str, new: str, fault: str
) -> None:
    replace(folder, name, old, new)

    assert [found for found in faults_of(folder) if found.startswith(fault)]


def test_every_fault_of_every_file_is_named_in_one_go(folder: Path) -> None:
    replace(folder, "agents.csv", "bob,2400", "bob,x")
    replace(folder, "demand.csv", ",2,100", ",-2,100")
    (folder / "certifications.csv").unlink()

    faults = faults_of(folder)

    places = [fault.split(":")[0] for fault in faults]
    assert places == ["agents.csv line 3", "certifications.csv", "demand.csv line 2"]


def test_an_agent_whose_own_line_is_broken_is_not_called_unknown_elsewhere(folder: Path) -> None:
    replace(folder, "agents.csv", "ann,2400", "ann,x")

    assert len(faults_of(folder)) == 1


def test_a_file_that_is_not_text(folder: Path) -> None:
    (folder / "demand.csv").write_bytes(b"demand_id,\xff\xfe\n")

    assert "is not UTF-8" in faults_of(folder)[0]


def test_the_plan_is_two_columns(tmp_path: Path) -> None:
    write_assignment(tmp_path / "assignment.csv", [("ann", "d1")])

    assert (tmp_path / "assignment.csv").read_text() == "agent_id,demand_id\nann,d1\n"
