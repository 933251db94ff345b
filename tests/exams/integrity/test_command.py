"""The command line: flags in sentences and figures, faults with line and mend."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from click.testing import CliRunner, Result

from exams.commands import exams_group
from tests.exams.integrity.make import Drawn, draw, name


def write(path: Path, drawn: Drawn) -> Path:
    records = drawn.records
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["person", "item", "answer", "right", "seconds"])
        for row in range(len(records.person)):
            item = records.item[row]
            rows.writerow(
                [
                    records.people[records.person[row]],
                    records.items[item],
                    records.answers[item][records.answer[row]],
                    int(records.right[row]),
                    f"{records.seconds[row]:.2f}",
                ]
            )
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(exams_group, ["integrity", *arguments])


def test_says_who_was_fast_and_who_agree(tmp_path: Path) -> None:
    drawn = draw(21, people=300, items=40, bank=40, knowing=3, known=14, copying=2, copied=36)
    path = write(tmp_path / "answers.csv", drawn)

    told = run(str(path))
    figures = json.loads(run(str(path), "--json").stdout)

    assert told.exit_code == 0, told.output
    assert "300 people, 40 items, 44,850 pairs" in told.output
    assert f"{name(298)} and {name(299)}: " in told.output
    assert f"{name(0)}: " in told.output
    assert figures["pairs_compared"] == 44850
    assert {found["person"] for found in figures["fast"] if found["flagged"]} >= {name(0), name(1)}


def test_says_what_is_wrong_in_a_file_and_how_to_mend_it(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text(
        "person,item,answer,right,seconds\np,i,a,1,2\np,i,b,0,3\nq,i,a,yes,2\nq,j,a,1,soon\n,j,a,1,\n"
    )

    told = run(str(path))

    assert told.exit_code == 1
    assert "line 3: p answered i in line 2 already: keep the answer that counts." in told.output
    assert "line 4, right: 'yes' is not 0 or 1" in told.output
    assert "line 5, seconds: 'soon' is no time" in told.output
    assert "line 6, person: it is empty" in told.output
    assert "4 faults in answers.csv; nothing was looked at." in told.output


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("person,item,right\np,i,1\n")

    told = run(str(path))

    assert told.exit_code == 1
    assert "there is no column answer: add it." in told.output


def test_answers_without_times_are_compared_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    rows = [
        f"p{one},i{item},{'a' if (one + item) % 3 else 'b'},{int((one + item) % 3 > 0)}"
        for one in range(9)
        for item in range(8)
    ]
    path.write_text("\n".join(["person,item,answer,right", *rows]) + "\n")

    told = run(str(path))

    assert told.exit_code == 0, told.output
    assert "times: no item has 30 times" in told.output
    assert "9 people, 8 items, 36 pairs" in told.output
