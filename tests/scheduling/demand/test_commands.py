"""Rehearsing a day from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from scheduling.commands import scheduling_group


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """Two days; on the second twice as many calls, from 8 to 12 and from 20 to 24."""
    random = np.random.default_rng(1)
    lines = ["date\tvru_exit\tq_time\toutcome\tser_time"]
    for date, count in (("261110", 300), ("261111", 600)):
        for hour in (8, 20):
            for second in sorted(random.integers(0, 4 * 3600, count)):
                at = hour * 3600 + int(second)
                clock = f"{at // 3600}:{at // 60 % 60:02}:{at % 60:02}"
                outcome = "HANG" if random.random() < 0.1 else "AGENT"
                lines.append(
                    f"{date}\t{clock}\t{random.integers(0, 60)}\t{outcome}\t{random.integers(60, 240)}"
                )
    path = tmp_path / "calls.tsv"
    path.write_text("\n".join(lines) + "\n")
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(scheduling_group, ["rehearse", *map(str, arguments)])


def test_the_seats_needed_keep_the_promise(calls: Path) -> None:
    done = run(calls, "--json", "--level", "90")

    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert result["date"] == "2026-11-11"
    assert result["day"]["offered"] == 1200
    assert result["day"]["level"] >= 0.9
    assert [row["slot"] for row in result["slots"]][:2] == ["00:00-04:00", "04:00-08:00"]
    assert [row["seats"] > 0 for row in result["slots"]] == [False, False, True, False, False, True]
    assert all(row["seats"] == row["seats_needed"] for row in result["slots"])


def test_far_fewer_seats_break_it_and_the_table_says_so(calls: Path) -> None:
    enough, few = run(calls), run(calls, "--seats-per-slot", "0,0,1,0,0,1")

    assert "promise of 95.0% in 30 s: kept over the day" in enough.output
    assert "promise of 95.0% in 30 s: not kept over the day" in few.output


def test_scale_and_date(calls: Path) -> None:
    result = json.loads(run(calls, "--date", "2026-11-10", "--scale", "3", "--json").stdout)

    assert (result["date"], result["day"]["offered"]) == ("2026-11-10", 1800)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--date", "2026-11-12"], "no calls on 2026-11-12; the file has 2026-11-10 to 2026-11-11"),
        (["--seats-per-slot", "1,2,x"], "is not a list of whole numbers"),
        (["--seats-per-slot", "1,-2"], "seats cannot be negative"),
        (["--seats-per-slot", "1,2,3,4,5"], "5 slots do not divide a day"),
        (["--scale", "0"], "0"),
    ],
)
def test_bad_input_is_named(calls: Path, arguments: list[str], message: str) -> None:
    done = run(calls, *arguments)

    assert done.exit_code != 0
    assert message in done.stderr


def test_a_file_of_something_else_is_named(tmp_path: Path) -> None:
    path = tmp_path / "other.tsv"
    path.write_text("a\tb\n1\t2\n")

    assert "other.tsv line 1: has no column date" in run(path).stderr
