"""Files as people really send them, and files broken on purpose: a plan, or faults with file and line."""

from __future__ import annotations

import dataclasses
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.matching.checker import Season, Window, check, value_of
from scheduling.matching.columns import BLOCK
from scheduling.matching.faults import MOST_KEPT
from scheduling.matching.files import read_problem, write_assignment
from scheduling.matching.plan_files import read_plan, read_season
from scheduling.matching.problem import Problem, ProblemError
from scheduling.matching.seasons import season_of
from scheduling.matching.solver import solve
from scheduling.matching.units import NO_DAY_LIMIT
from tests.scheduling.matching.folders import (
    FILES,
    faults_of,
    read_text,
    replace,
    write_folder,
    write_text,
)

TOKENS = (
    *(
        "",
        ",",
        '"',
        '""',
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        " ",
        "\t",
        "\x00",
        "\ufeff",
        "-",
        "+",
        ".",
        "0",
        "9",
        "e",
    ),
    *(
        "-1",
        "1.0",
        "1e3",
        "1_000",
        "٣",
        "９",
        "0x10",
        "nan",
        "inf",
        "1000000000000000000",
        "9" * 40,
        "9" * 5000,
    ),
    *(
        "0001-01-01T00:00",
        "9999-12-31T23:59",
        "2026-02-30T08:00",
        "2026-11-04",
        "2026-11-04T24:00",
        "2026-11-04T08",
    ),
    *("2026-11-04T08:00:30", "2026-11-04T08:00Z", "2026-11-04 08:00", "2026-W45-3", "20261104T0800"),
    *("ann", "bob", "d1", "shop", "客服", "=1+1", "a" * 300, "agent_id", "x\ny", "\u202e", "\x1b[31m"),
)
RAW = (b"\xff", b"\xfe\xff", b"\xd5\xc5\xc8\xfd", b"\xef\xbb\xbf", b"\x80", b"\x1a", b"\xed\xa0\x80")


@st.composite
def edits(draw: st.DrawFn) -> list[tuple[str, int, int, bytes]]:
    """Draw edits: in which file, where, how many bytes go, and what comes instead."""
    one = st.tuples(
        st.sampled_from(sorted(FILES)),
        st.integers(0, 400),
        st.sampled_from([0, 0, 1, 3, 12, 40, 400]),
        st.sampled_from([*(token.encode() for token in TOKENS), *RAW]),
    )
    return draw(st.lists(one, min_size=1, max_size=4))


def broken(folder: Path, changes: list[tuple[str, int, int, bytes]]) -> Path:
    write_folder(folder)
    for name, place, gone, new in changes:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[:place] + new + content[place + gone :])
    return folder


def normal(season: Season) -> tuple[object, ...]:
    """Return what counts in a season: not a blocked pair's certificate, nor the order of windows."""

    def by_time(window: Window) -> tuple[object, ...]:
        return (window.start, window.end, window.preference)

    scores = {pair: score for pair, score in season.scores.items() if pair not in season.blocked}
    windows = {agent: sorted(map(by_time, spans)) for agent, spans in season.windows.items() if spans}
    days = {name: person.max_day_minutes for name, person in season.people.items()}
    people = {
        name: dataclasses.replace(person, max_day_minutes=NO_DAY_LIMIT if days[name] is None else days[name])
        for name, person in season.people.items()
    }
    return (people, scores, windows, season.shifts, season.blocked, sorted(season.pinned))


def assert_plan_or_faults(folder: Path) -> None:
    """Read a folder: a problem that both readers understand alike and that is solved, or faults."""
    try:
        problem = read_problem(folder)
    except ProblemError as error:
        faults = error.faults
    else:
        assert_understood_alike(folder, problem)
        return
    assert faults
    for fault in faults:
        assert_has_a_place(folder, str(fault), fault.line)


def assert_understood_alike(folder: Path, problem: Problem) -> None:
    season = read_season(folder)
    assert normal(season) == normal(season_of(problem))
    assert_solved(folder, problem, season)


def assert_has_a_place(folder: Path, sentence: str, line: int | None) -> None:
    name = sentence.split(":")[0].split(" ")[0]
    assert name in FILES, sentence
    assert sentence.isprintable(), sentence
    assert len(sentence) < 600, sentence
    if line is not None:
        content = (folder / name).read_bytes()
        assert 1 <= line <= len(re.findall(rb"\r\n|\r|\n", content)) + 1, sentence


def assert_solved(folder: Path, problem: Problem, season: Season) -> None:
    solution = solve(problem, effort=1)
    write_assignment(folder / "assignment.csv", solution.pairs(problem))
    plan = read_plan(folder / "assignment.csv")
    assert check(season, plan.pairs) == []
    assert value_of(season, plan.pairs) == solution.value <= solution.bound


class TestBrokenBytes:
    @settings(max_examples=80)
    @given(changes=edits())
    def test_a_plan_or_faults_with_a_place(self, changes: list[tuple[str, int, int, bytes]]) -> None:
        with tempfile.TemporaryDirectory() as name:
            assert_plan_or_faults(broken(Path(name), changes))

    @pytest.mark.slow
    @settings(max_examples=3000)
    @given(changes=edits())
    def test_many_more(self, changes: list[tuple[str, int, int, bytes]]) -> None:
        with tempfile.TemporaryDirectory() as name:
            assert_plan_or_faults(broken(Path(name), changes))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path)


class TestWhatIsTaken:
    @pytest.mark.parametrize("ends", ["\r\n", "\r"])
    def test_any_line_ends(self, folder: Path, ends: str) -> None:
        before = normal(read_season(folder))
        for name in FILES:
            write_text(folder, name, read_text(folder, name).replace("\n", ends))

        assert normal(season_of(read_problem(folder))) == before == normal(read_season(folder))

    def test_quoted_cells_and_a_byte_order_mark(self, folder: Path) -> None:
        before = normal(read_season(folder))
        for name in FILES:
            lines = [
                ",".join(f'"{cell}"' for cell in line.split(",")) for line in read_text(folder, name).split()
            ]
            write_text(folder, name, "\ufeff" + "\n".join(lines))

        assert normal(season_of(read_problem(folder))) == before == normal(read_season(folder))

    @pytest.mark.parametrize(
        "text", ["2026-11-04 08:00", "2026-11-04T08:00:00", "2026-11-04 08:00:00.000", " 2026-11-04T08:00 "]
    )
    def test_ways_to_write_a_time(self, folder: Path, text: str) -> None:
        before = normal(read_season(folder))
        replace(folder, "demand.csv", "2026-11-04T08:00", text)

        assert normal(season_of(read_problem(folder))) == before == normal(read_season(folder))

    def test_columns_in_any_order_with_more_between_them(self, folder: Path) -> None:
        write_text(
            folder,
            "certifications.csv",
            'note, score ,project_id,agent_id\n"two\nlines",10,shop,ann\n,20,shop, bob \n',
        )

        write_text(folder, "blocks.csv", "agent_id,project_id\n")

        assert season_of(read_problem(folder)).scores == {("ann", "shop"): 10, ("bob", "shop"): 20}
        assert read_season(folder).scores == {("ann", "shop"): 10, ("bob", "shop"): 20}

    def test_points_below_nothing(self, folder: Path) -> None:
        replace(folder, "demand.csv", ",2,100", ",2,-100")
        replace(folder, "certifications.csv", "ann,shop,10", "ann,shop,-10")

        assert solve(read_problem(folder), effort=2).value == 90 + 20 - 2

    @pytest.mark.parametrize("name", sorted(FILES))
    def test_a_file_with_nothing_but_its_heading(self, folder: Path, name: str) -> None:
        for one in FILES if name == "agents.csv" else (name, "pinned.csv"):
            write_text(folder, one, read_text(folder, one).split("\n")[0])

        solution = solve(read_problem(folder), effort=2)

        assert solution.filled == (2 if name in ("pinned.csv", "blocks.csv") else 0)
        assert solution.value == solution.bound

    def test_a_project_that_nobody_is_certified_for_is_a_shortage(self, folder: Path) -> None:
        replace(folder, "demand.csv", "d1,shop", "d1,elsewhere")

        assert solve(read_problem(folder), effort=2).filled == 1


class TestFaults:
    @pytest.mark.parametrize(
        ("name", "old", "new", "fault"),
        [
            ("demand.csv", ",2,100", ",two,100", 'demand.csv line 2: seats is "two"; give a whole number'),
            ("demand.csv", ",2,100", ",2.0,100", 'demand.csv line 2: seats is "2.0"; give a whole number'),
            ("demand.csv", ",2,100", ",1_0,100", 'demand.csv line 2: seats is "1_0"; give a whole number'),
            ("demand.csv", ",2,100", ",٣,100", 'demand.csv line 2: seats is "٣"; give a whole number'),
            ("demand.csv", ",2,100", ",,100", 'demand.csv line 2: seats is ""; give a whole number'),
            ("demand.csv", ",2,100", ",-1,100", "demand.csv line 2: seats is -1; give a whole number from 0"),
            ("demand.csv", ",2,100", ",1000001,100", "demand.csv line 2: seats is 1000001; give"),
            ("demand.csv", ",2,100", ",2," + "9" * 5000, 'demand.csv line 2: value is "9999'),
            ("demand.csv", ",2,100", ",2,1\x00", r'demand.csv line 2: value is "1\x00"; give a whole number'),
            ("demand.csv", ",2,100", ",2,100,7", "demand.csv line 2: has 7 cells; the heading has 6"),
            (
                "demand.csv",
                "d1,",
                '"d\n1",',
                r'demand.csv line 2: demand_id is "d\n1"; give an id without control',
            ),
            ("demand.csv", "d1,", "d" * 201 + ",", "demand.csv line 2: demand_id is 201 characters long"),
            ("demand.csv", "d1,", '"d1,', "demand.csv line 2: is not CSV from here on"),
            (
                "demand.csv",
                "T08:00",
                "T08:00:30",
                'demand.csv line 2: start is "2026-11-04T08:00:30"; give whole minutes',
            ),
            (
                "demand.csv",
                "T08:00",
                "T08:00Z",
                'demand.csv line 2: start is "2026-11-04T08:00Z"; give the local time without',
            ),
            ("demand.csv", "T08:00", "", 'demand.csv line 2: start is "2026-11-04"; give a local time like'),
            (
                "demand.csv",
                "T08:00",
                "T24:00",
                'demand.csv line 2: start is "2026-11-04T24:00"; give a local time like',
            ),
            (
                "demand.csv",
                "2026-11-04T08:00",
                "2026-02-30T08:00",
                'demand.csv line 2: start is "2026-02-30T08:00"; give',
            ),
            (
                "demand.csv",
                "2026-11-04T08:00",
                "0001-01-01T00:00",
                "demand.csv line 2: start is 0001-01-01T00:00, more than 4",
            ),
            (
                "demand.csv",
                "2026-11-04T12:00",
                "9999-12-31T23:59",
                "demand.csv line 2: end is 9999-12-31T23:59, more than 4",
            ),
            (
                "demand.csv",
                "demand_id",
                "demand_id,seats",
                "demand.csv line 1: has the column seats twice; keep one",
            ),
            ("demand.csv", "d1,shop", ",,,,,\nd1,shop", "demand.csv line 2: has only empty cells"),
            (
                "agents.csv",
                "agent_id",
                "agent",
                "agents.csv line 1: has no column agent_id; the heading is agent,",
            ),
            (
                "agents.csv",
                "ann,2400,480,660,6",
                "ann,2400,480,660,-1",
                "agents.csv line 2: max_consecutive_days is -1; give",
            ),
            (
                "pinned.csv",
                "bob,d2",
                "bob,d9",
                'pinned.csv line 2: demand_id "d9" is not in demand.csv; add it there',
            ),
            (
                "pinned.csv",
                "bob,d2",
                "bob,d2\nbob,d2",
                "pinned.csv line 3: bob and d2 are there twice; keep one",
            ),
            (
                "pinned.csv",
                "bob,d2",
                "ann,d1\nbob,d1",
                "pinned.csv line 3: bob on d1: the pins break the rule shift_lies",
            ),
            (
                "blocks.csv",
                "bob,brand",
                "zoe,brand",
                'blocks.csv line 2: agent_id "zoe" is not in agents.csv; add it',
            ),
        ],
    )
    def test_names_file_line_value_and_mend(
        self, folder: Path, name: str, old: str, new: str, fault: str
    ) -> None:
        replace(folder, name, old, new)

        assert [found for found in faults_of(folder) if found.startswith(fault)], faults_of(folder)
        assert all(len(found) < 300 for found in faults_of(folder))

    def test_one_wrong_year_blames_its_own_line_only(self, folder: Path) -> None:
        replace(folder, "availability.csv", "2026-11-04T08:00", "2006-11-04T08:00")

        assert len(faults_of(folder)) == 1

    def test_a_file_in_another_encoding_is_named_with_the_line(self, folder: Path) -> None:
        content = read_text(folder, "demand.csv").replace("d2", "早班").encode("gbk")
        (folder / "demand.csv").write_bytes(content)

        assert faults_of(folder) == ["demand.csv line 3: is not UTF-8 (byte 0xd4); save the file as UTF-8"]

    def test_utf_16_is_called_so(self, folder: Path) -> None:
        (folder / "demand.csv").write_bytes(read_text(folder, "demand.csv").encode("utf-16"))

        assert faults_of(folder) == ["demand.csv line 1: is UTF-16, not UTF-8; save it as UTF-8"]

    def test_an_empty_file_is_told_its_heading(self, folder: Path) -> None:
        write_text(folder, "blocks.csv", "")

        assert faults_of(folder) == [
            "blocks.csv line 1: is empty; begin it with the heading agent_id,project_id"
        ]

    def test_a_folder_in_the_place_of_a_file(self, folder: Path) -> None:
        (folder / "agents.csv").unlink()
        (folder / "agents.csv").mkdir()

        assert faults_of(folder) == ["agents.csv: cannot be read (Is a directory)"]

    def test_a_file_that_is_missing_is_one_fault_and_not_one_a_row(self, folder: Path) -> None:
        (folder / "agents.csv").unlink()

        assert faults_of(folder) == [f"agents.csv: is not in {folder}; add it"]

    def test_more_points_than_can_be_added_exactly(self, folder: Path) -> None:
        line = "x{},shop,2026-11-04T08:00,2026-11-04T12:00,1000000,10000000\n"
        more = "".join(line.format(number) for number in range(2000))
        write_text(folder, "demand.csv", read_text(folder, "demand.csv") + more)

        assert faults_of(folder)[0].startswith("demand.csv: all seats together may bring 200000")


class TestLines:
    def test_are_exact_after_cells_of_several_lines_blank_lines_and_whole_blocks(self, folder: Path) -> None:
        heading = "note,agent_id,start,end,preference\n"
        window = "ann,2026-11-04T08:00,2026-11-04T20:00"
        rows = [f'"a\nb\r\nc",{window},1\n', "\n", f"x,{window},oops\n", *[f"x,{window},2\n"] * (3 * BLOCK)]
        rows[BLOCK + 7] = f'"one\n\ntwo",{window},late\n'
        rows[2 * BLOCK] = f"x,{window},later\n"
        text = heading + "".join(rows)
        write_text(folder, "availability.csv", text)

        places = {fault.split(":")[0] for fault in faults_of(folder)}

        lines = re.split(r"\r\n|\n", text)
        expected = {number for number, line in enumerate(lines, 1) if line.endswith(("oops", "later"))}
        expected.add(next(number for number, line in enumerate(lines, 1) if line == '"one'))
        assert places == {f"availability.csv line {number}" for number in expected}

    def test_every_fault_is_counted(self, folder: Path) -> None:
        text = "agent_id,project_id,score\n" + "ann,shop,x\n" * 1000
        write_text(folder, "certifications.csv", text)

        assert len(faults_of(folder)) == 1000

    def test_of_very_many_the_first_of_each_file_are_kept_and_all_are_counted(self, folder: Path) -> None:
        for name in ("certifications.csv", "availability.csv"):
            write_text(folder, name, read_text(folder, name).split("\n")[0] + "\n" + "x\n" * 5000)

        with pytest.raises(ProblemError) as refusal:
            read_problem(folder)

        assert refusal.value.count == 10_000
        assert [fault.line for fault in refusal.value.faults] == 2 * [*range(2, MOST_KEPT + 2)]
