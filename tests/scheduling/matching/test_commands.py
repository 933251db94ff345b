"""Matching from the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest
from click.testing import CliRunner, Result

from scheduling.commands import scheduling_group
from tests.scheduling.matching.folders import write_folder, write_text


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
    assert report["gap"] == pytest.approx((report["bound"] - report["value"]) / report["bound"], abs=1e-7)
    assert sum(report["shortages_by_cause"].values()) == report["seats"] - report["filled"]
    assert report["filled"] == len((folder / "assignment.csv").read_text().splitlines()) - 1
    assert {"read", "prepare", "price", "build", "improve"} == set(report["seconds"])
    assert report["peak_mb"] > 0
    assert f"{report['filled']:,} of {report['seats']:,} seats filled" in matched.output
    assert checked.exit_code == 0, checked.output
    assert f"value {report['value']:,}, 0 broken rules" in checked.output
    assert "report.json agrees" in checked.output


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
    assert f"assignment.csv line {len(lines) + 1}: agent_does_one_thing_at_a_time" in checked.output


def test_check_compares_the_report(folder: Path) -> None:
    run("match", folder, "--effort", "10")
    report = json.loads((folder / "report.json").read_text())
    (folder / "report.json").write_text(json.dumps({**report, "value": report["value"] + 1}))

    checked = run("check", folder)

    assert checked.exit_code == 1
    assert f"report.json: value is {report['value'] + 1}, it should be {report['value']}" in checked.stderr


def test_check_does_without_a_report_and_says_so(folder: Path) -> None:
    run("match", folder, "--effort", "10")
    (folder / "report.json").unlink()

    checked = run("check", folder)

    assert checked.exit_code == 0
    assert "There is no report.json" in checked.output


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


@pytest.mark.parametrize("wrong", ["--seconds=nan", "--seconds=inf", "--seconds=0", "--gap=-1", "--effort=0"])
def test_limits_that_make_no_sense_are_refused(folder: Path, wrong: str) -> None:
    assert run("match", folder, wrong).exit_code == 2


def test_the_first_hundred_faults_are_shown_and_all_are_counted(tmp_path: Path) -> None:
    write_folder(tmp_path)
    write_text(tmp_path, "certifications.csv", "agent_id,project_id,score\n" + "ann,shop,x\n" * 250)

    matched = run("match", tmp_path)

    assert matched.exit_code == 1
    lines = matched.stderr.splitlines()
    assert lines[0] == (
        'certifications.csv line 2: score is "x"; give a whole number from -10000000 to 10000000'
    )
    assert len(lines) == 101
    assert lines[-1] == "250 faults; nothing was written."


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    for path in (tmp_path / "file", tmp_path / "nowhere"):
        for command in ("match", "check"):
            refused = run(command, path)
            assert refused.exit_code == 2
            assert str(path) in refused.stderr


def test_an_empty_folder_lacks_four_files(tmp_path: Path) -> None:
    matched = run("match", tmp_path)

    assert matched.exit_code == 1
    assert len(matched.stderr.splitlines()) == 5


def test_a_folder_in_the_way_is_named_before_anything_is_solved(folder: Path) -> None:
    (folder / "report.json").mkdir()

    matched = run("match", folder)

    assert matched.exit_code == 1
    assert f"{folder / 'report.json'} is a folder; move it away; nothing was solved." in matched.stderr


def test_an_answer_that_cannot_be_written_leaves_the_old_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> NoReturn:
        raise OSError(28, "No space left on device")

    (folder / "assignment.csv").write_text("agent_id,demand_id\n")
    before = sorted(path.name for path in folder.iterdir())
    monkeypatch.setattr(Path, "replace", fail)

    matched = run("match", folder, "--effort", "2")

    assert matched.exit_code == 1
    assert "could not be written" in matched.stderr
    assert "No space left on device" in matched.stderr
    assert sorted(path.name for path in folder.iterdir()) == before
    assert (folder / "assignment.csv").read_text() == "agent_id,demand_id\n"


def test_interrupted_it_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "season"
    # Large enough not to be solved to the end before the signal comes.
    size = ("--agents", "900", "--projects", "40", "--days", "12", "--peak-seats", "150")
    assert run("generate", folder, *size).exit_code == 0
    before = sorted(path.name for path in folder.iterdir())
    code = "from scheduling.commands import scheduling_group as g; g.main()"
    command = [sys.executable, "-c", code, "match", str(folder), "--seconds", "600"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        os.kill(process.pid, signal.SIGINT)
        _, rest = process.communicate(timeout=400)

    assert "match [" in first
    assert process.returncode == 130
    assert rest.splitlines()[-1] == "Interrupted; nothing was written."
    assert "Traceback" not in rest
    assert sorted(path.name for path in folder.iterdir()) == before


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
