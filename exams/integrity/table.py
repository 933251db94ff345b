"""Read answers with their times: one line an answer."""

from __future__ import annotations

import math
from pathlib import Path

from exams.integrity.records import AnswerRecord
from exams.response_table import MOST_FAULTS_SHOWN, TableError, TableLines, open_table

NEEDED = ("person", "item", "answer", "right")
TIME = "seconds"


def read_answers(path: Path) -> list[AnswerRecord]:
    """Read the columns person, item, answer, right (1 or 0) and, if there, seconds; others are left out.

    Raises TableError with the line and column of each fault, and reads nothing by halves.
    """
    return open_table(path, _read)


def _read(lines: TableLines) -> list[AnswerRecord]:
    names = [name.strip() for name in next(lines, [])]
    faults = [f"line 1: there is no column {name}: add it." for name in NEEDED if name not in names]
    faults += [
        f"line 1: the column {name} stands there twice: remove one."
        for name in (*NEEDED, TIME)
        if names.count(name) > 1
    ]
    if faults:
        raise TableError(faults, len(faults))
    records: list[AnswerRecord] = []
    where: dict[tuple[str, str], int] = {}
    count = 0
    for cells in lines:
        if not cells:
            continue
        line = lines.line_num
        found = _read_line(cells, names, line)
        if isinstance(found, AnswerRecord):
            first = where.setdefault((found.person, found.item), line)
            if first == line:
                records.append(found)
                continue
            found = (
                f"line {line}: {found.person} answered {found.item} in line {first} already: keep the answer "
                "that counts."
            )
        count += 1
        if len(faults) < MOST_FAULTS_SHOWN:
            faults.append(found)
    if not count and not records:
        faults, count = ["there is no answer below the first line."], 1
    if count:
        raise TableError(faults, count)
    return records


def _read_line(cells: list[str], names: list[str], line: int) -> AnswerRecord | str:
    if len(cells) != len(names):
        return f"line {line}: there are {len(cells)} cells for {len(names)} columns: write as many."
    told = dict(zip(names, (cell.strip() for cell in cells), strict=True))
    for name in ("person", "item", "answer"):
        if not told[name]:
            return f"line {line}, {name}: it is empty: write it, or leave the line out."
    if told["right"] not in ("0", "1"):
        return f"line {line}, right: {told['right'][:40]!r} is not 0 or 1: write 1 for right, 0 for wrong."
    seconds = None
    word = told.get(TIME, "")
    if word:
        try:
            seconds = float(word) if word.isascii() and "_" not in word else math.nan
        except ValueError:
            seconds = math.nan
        if not (math.isfinite(seconds) and seconds >= 0):
            return f"line {line}, seconds: {word[:40]!r} is no time: write seconds as 12.5, or nothing."
    return AnswerRecord(
        person=told["person"],
        item=told["item"],
        answer=told["answer"],
        right=told["right"] == "1",
        seconds=seconds,
    )
