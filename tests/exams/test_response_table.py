"""A table of marks is read whole or every fault in it is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from exams.response_table import Cells, TableError, read_response_table


def write(folder: Path, words: str) -> Path:
    path = folder / "marks.csv"
    path.write_text(words, encoding="utf-8")
    return path


def test_points_and_gaps_are_read(tmp_path: Path) -> None:
    table = read_response_table(write(tmp_path, "\ufeffa, b\n1,0\n\n0.5,\n"))

    assert table.item_ids == ("a", "b")
    np.testing.assert_array_equal(table.points, [[1, 0], [0.5, np.nan]])


def test_an_item_may_bring_more_points(tmp_path: Path) -> None:
    table = read_response_table(write(tmp_path, "a,b\n1,8\n"), Cells(max_points={"b": 8}))

    assert table.points[0, 1] == 8


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("", "line 1: there are no item names"),
        (",\n1,0\n", "line 1: there are no item names"),
        ("a,\n1,0\n", "line 1, column 2: the item has no name"),
        ("a,a\n1,0\n", "line 1: the item a stands there twice"),
        ("a,b\n", "there is no attempt below the first line."),
        ("a,b\n1,0\n1\n", "line 3: there are 1 cells for 2 columns: write as many"),
        ("a,b\n1,0,1\n", "line 2: there are 3 cells for 2 columns: write as many"),
        ("a,b\n1,2\n", "line 2, b: '2' is not 0 to 1 or empty."),
        ("a,b\n1,yes\n", "line 2, b: 'yes' is not 0 to 1 or empty."),
        ("a,b\n1,-1\n", "line 2, b: '-1' is not"),
        ("a,b\n1,nan\n", "line 2, b: 'nan' is not"),
        ("a,b\n1,inf\n", "line 2, b: 'inf' is not"),
    ],
)
def test_a_fault_names_its_line_and_column(tmp_path: Path, words: str, fault: str) -> None:
    with pytest.raises(TableError) as refusal:
        read_response_table(write(tmp_path, words))

    assert refusal.value.faults[0].startswith(fault)


def test_all_faults_are_counted_and_the_first_hundred_shown(tmp_path: Path) -> None:
    with pytest.raises(TableError) as refusal:
        read_response_table(write(tmp_path, "a,b\n" + "x,y\n" * 1000))

    assert refusal.value.count == 2000
    assert len(refusal.value.faults) == 100
    assert refusal.value.faults[-1].startswith("line 51, b")


def test_points_for_a_column_that_is_not_there_are_a_fault(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="points are given for c, which is not a column"):
        read_response_table(write(tmp_path, "a,b\n1,1\n"), Cells(max_points={"c": 2}))


@pytest.mark.parametrize("content", ["a,坐席\n1,1\n".encode("gb18030"), b'a,b\n"' + b"1" * 200_000])
def test_what_is_not_a_table_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "marks.csv"
    path.write_bytes(content)

    with pytest.raises(TableError, match="it is not"):
        read_response_table(path)
