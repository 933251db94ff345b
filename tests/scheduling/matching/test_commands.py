"""Matching from the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scheduling.commands import scheduling_group


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(scheduling_group, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    size = ("--agents", "40", "--projects", "4", "--days", "8", "--peak-seats", "12")
    assert run("generate", tmp_path / "season", *size).exit_code == 0
    return tmp_path / "season"


def test_match_then_check(folder: Path) -> None:
    matched = run("match", folder, "--effort", "20")
    checked = run("check", folder)

    assert matched.exit_code == 0, matched.output
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert 0 < report["value"] <= report["bound"]
    assert report["filled"] == len((folder / "assignment.csv").read_text().splitlines()) - 1
    assert {"read", "prepare", "price", "build", "improve"} == set(report["seconds"])
    assert report["peak_mb"] > 0
    assert f"{report['filled']:,} of {report['seats']:,} seats filled" in matched.output
    assert checked.exit_code == 0, checked.output
    assert f"value {report['value']:,}, 0 broken rules" in checked.output


def test_progress_shows_figures(folder: Path) -> None:
    assert "sweeps, bound" in run("match", folder, "--effort", "20").stderr


def test_the_same_effort_gives_the_same_file(folder: Path) -> None:
    files = []
    for _ in range(2):
        assert run("match", folder, "--effort", "10", "--seed", "3").exit_code == 0
        files.append((folder / "assignment.csv").read_bytes())

    assert files[0] == files[1]


def test_check_names_a_broken_rule_and_fails(folder: Path) -> None:
    run("match", folder, "--effort", "10")
    path = folder / "assignment.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, lines[1]]) + "\n")

    checked = run("check", folder)

    assert checked.exit_code == 1
    assert "agent_does_one_thing_at_a_time" in checked.output


def test_bad_input_is_listed_and_nothing_is_written(folder: Path) -> None:
    path = folder / "demand.csv"
    path.write_text(path.read_text().replace("p0000", "", 1))

    matched = run("match", folder)

    assert matched.exit_code == 1
    assert "demand.csv line 3: project_id is empty; give an id" in matched.stderr
    assert not (folder / "assignment.csv").exists()


def test_check_without_a_plan_says_how_to_get_one(folder: Path) -> None:
    checked = run("check", folder)

    assert checked.exit_code == 1
    assert "zuoxi scheduling match" in checked.stderr


def test_seconds_and_effort_together_are_refused(folder: Path) -> None:
    assert run("match", folder, "--seconds", "1", "--effort", "1").exit_code == 2


def test_help_lists_every_command_without_loading_the_solver() -> None:
    code = (
        "import sys; from scheduling.commands import scheduling_group as g;"
        "g.main(['--help'], standalone_mode=False);"
        "sys.exit('numba' in sys.modules or 'scipy' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    for name in ("match", "check", "generate", "bench", "warm", "rehearse"):
        assert name in done.stdout
