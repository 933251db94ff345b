"""What is checked after a plan was made: by a reader and rules that share nothing with the solver."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from scheduling.matching import checker, plan_files
from scheduling.matching.checker import check
from scheduling.matching.plan_files import PlanFileError, compare_report, read_plan, read_season
from tests.scheduling.matching.folders import write_folder, write_text

GOOD = {"value": 90, "bound": 100, "gap": 0.1, "filled": 3, "seats": 4}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path)


def test_the_checker_and_its_reader_use_the_standard_library_and_themselves_only() -> None:
    for module in (checker, plan_files):
        assert module.__file__ is not None
        tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
        named = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        named += [name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names]
        others = {name for name in named if name.split(".")[0] not in sys.stdlib_module_names}
        assert others <= {"scheduling.matching.checker"}


class TestPlan:
    def test_a_violation_names_the_line_that_makes_it(self, folder: Path) -> None:
        write_text(folder, "pinned.csv", "agent_id,demand_id\n")
        write_text(
            folder,
            "assignment.csv",
            "agent_id,demand_id\r\nann,d1\r\nbob,d2\r\nbob,d2\r\nzoe,d1\r\nann,d9\r\n",
        )
        plan = read_plan(folder / "assignment.csv")

        found = [plan.describe(violation) for violation in check(read_season(folder), plan.pairs)]

        assert found == [
            "assignment.csv line 5: plan_names_known_agents_and_rows: zoe on d1",
            "assignment.csv line 6: plan_names_known_agents_and_rows: ann on d9",
            "assignment.csv line 4: agent_does_one_thing_at_a_time: bob on d2, d2",
            "assignment.csv line 4: row_has_no_more_people_than_seats: d2 (2 people on 1 seats)",
        ]

    def test_a_pin_that_is_gone_has_no_line(self, folder: Path) -> None:
        write_text(folder, "assignment.csv", "agent_id,demand_id\nann,d1\n")
        plan = read_plan(folder / "assignment.csv")

        found = [plan.describe(violation) for violation in check(read_season(folder), plan.pairs)]

        assert found == ["assignment.csv: pinned_assignment_stays: bob on d2"]

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "assignment.csv line 1: the heading must have agent_id and demand_id"),
            (b"agent,demand\n", "assignment.csv line 1: the heading must have agent_id and demand_id"),
            (b"agent,demand\nann,d1\n", "assignment.csv line 2: has no agent_id or no demand_id; give both"),
            (
                b"agent_id,demand_id\nann\n",
                "assignment.csv line 2: has no agent_id or no demand_id; give both",
            ),
            (b"agent_id,demand_id\n\xff,d1\n", "assignment.csv cannot be read: 'utf-8' codec can't decode"),
        ],
    )
    def test_a_file_that_is_no_plan(self, folder: Path, content: bytes, message: str) -> None:
        (folder / "assignment.csv").write_bytes(content)

        with pytest.raises(PlanFileError) as refusal:
            read_plan(folder / "assignment.csv")

        assert str(refusal.value).startswith(message)

    def test_a_plan_for_nobody_is_a_plan(self, folder: Path) -> None:
        for heading in ("demand_id,note,agent_id\n", "agent_id,demand_id\n"):
            write_text(folder, "assignment.csv", heading)

            assert read_plan(folder / "assignment.csv").pairs == []


class TestReport:
    def wrong(self, folder: Path, **changes: Any) -> list[str]:
        write_text(folder, "report.json", json.dumps({**GOOD, **changes}))
        return compare_report(folder / "report.json", value=90, filled=3, seats=4)

    def test_right_figures(self, folder: Path) -> None:
        assert self.wrong(folder) == []
        assert self.wrong(folder, bound=90, gap=0.0) == []

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"value": 91}, "report.json: value is 91, it should be 90"),
            ({"value": None}, "report.json: value is None, it should be 90"),
            ({"filled": 2}, "report.json: filled is 2, it should be 3"),
            ({"seats": 5}, "report.json: seats is 5, it should be 4"),
            ({"bound": 89}, "report.json: bound is 89, it should be at least the value 90"),
            ({"bound": "100"}, "report.json: bound is 100, it should be at least the value 90"),
            ({"gap": 10.0}, "report.json: gap is 10.0, it should be (bound - value) / bound"),
            ({"gap": True}, "report.json: gap is True, it should be (bound - value) / bound"),
        ],
    )
    def test_a_wrong_figure(self, folder: Path, changes: dict[str, Any], message: str) -> None:
        assert self.wrong(folder, **changes) == [message]

    @pytest.mark.parametrize("text", ["{", "[]", '"x"', ""])
    def test_what_is_no_report(self, folder: Path, text: str) -> None:
        write_text(folder, "report.json", text)

        with pytest.raises(PlanFileError, match=r"report\.json"):
            compare_report(folder / "report.json", value=1, filled=1, seats=1)
