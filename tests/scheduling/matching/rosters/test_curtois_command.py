"""`zuoxi scheduling curtois` from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scheduling.commands import scheduling_group
from tests.scheduling.matching.rosters.made_up import BY_HAND


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(scheduling_group, ["curtois", *(str(argument) for argument in arguments)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "instance.txt"
    path.write_text(BY_HAND, encoding="utf-8")
    return path


def test_make_then_check(file: Path, tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"

    made = run(file, "--seconds", "1", "-o", roster)
    checked = run(file, "--check", roster)

    assert made.exit_code == 0, made.output
    assert "no roster costs less than" in made.stdout
    assert "cost" in made.stderr
    lines = roster.read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[0] for line in lines] == ["Ann", "Bo", "Cy"]
    assert {len(line.split(",")) for line in lines} == {15}
    assert checked.exit_code == 0, checked.output
    assert made.stdout.split(",")[0] == checked.stdout.split(",")[0]


def test_check_names_the_broken_rule(file: Path, tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text(f"Ann,E{',' * 13}\nBo{',' * 14}\nCy{',' * 14}\n", encoding="utf-8")

    checked = run(file, "--check", roster)

    assert checked.exit_code == 1
    assert "Ann: days_off_stay_free: day 0 is a day off" in checked.stderr


def test_faults_are_listed_and_nothing_is_written(file: Path, tmp_path: Path) -> None:
    file.write_text(BY_HAND.replace("Cy,9,L,3", "Cy,99,L,3"), encoding="utf-8")

    made = run(file, "-o", tmp_path / "roster.csv")

    assert made.exit_code == 1
    assert "instance.txt line 20: day is '99'; give a whole number from 0 to 13" in made.stderr
    assert not (tmp_path / "roster.csv").exists()


def test_somebody_without_a_plan_is_named(file: Path) -> None:
    file.write_text(BY_HAND.replace("Ann,0", "Ann,0,1,2,3,4,5,6,7,8,9"), encoding="utf-8")

    made = run(file, "--seconds", "1")

    assert made.exit_code == 1
    assert "employee Ann: no plan keeps all the rules" in made.stderr
