"""Calls and counts from files."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from scheduling.demand.arrivals import (
    ArrivalsError,
    Day,
    busiest,
    fill_handling,
    mean_handling,
    mean_patience,
    read_calls,
    read_interval_counts,
    scale_day,
    scale_to_peak,
    seats_per_slot,
)

CALLS = """date\tvru_exit\tq_time\toutcome\tser_time
990201\t8:30:10\t20\tAGENT\t100
990201\t7:02:56\t0\tAGENT\t200
990202\t9:00:00\t60\tHANG\t0
990202\t9:00:01\t0\tPHANTOM\t0
990202\t9:10:00\t30\tAGENT\t5
990201\t23:59:59\t0\tAGENT\t300
"""


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    path = tmp_path / "calls.tsv"
    path.write_text(CALLS)
    return path


def make_day(arrivals: list[float], *, handling: float = 60.0) -> Day:
    count = len(arrivals)
    return Day(
        date=dt.date(2026, 11, 11),
        arrival_seconds=np.array(arrivals, dtype=np.float64),
        handling_seconds=np.full(count, handling),
        waited_seconds=np.zeros(count),
        abandoned=np.zeros(count, dtype=bool),
    )


class TestReadCalls:
    def test_groups_by_day_in_order_of_arrival_and_leaves_phantoms_out(self, calls: Path) -> None:
        first, second = read_calls(calls)

        assert (first.date, second.date) == (dt.date(1999, 2, 1), dt.date(1999, 2, 2))
        assert first.arrival_seconds.tolist() == [7 * 3600 + 176, 8 * 3600 + 1810, 86_399]
        assert first.handling_seconds.tolist() == [200, 100, 300]
        assert second.abandoned.tolist() == [True, False]
        assert first.per_half_hour()[[14, 17, 47]].tolist() == [1, 1, 1]

    def test_the_busiest_day_is_the_first_of_equals(self, calls: Path) -> None:
        assert busiest(read_calls(calls)).date == dt.date(1999, 2, 1)
        with pytest.raises(ArrivalsError, match="no calls"):
            busiest([])

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("8:30:10", "half past", r"calls.tsv line 2: .*give yymmdd, h:mm:ss and seconds"),
            ("990202\t9:00:00", "2nd\t9:00:00", "calls.tsv line 4"),
            ("ser_time", "service", "calls.tsv line 1: has no column ser_time"),
            ("\tAGENT\t300", "", "calls.tsv line 7: is cut off before outcome"),
        ],
    )
    def test_names_the_line_that_cannot_be_read(self, calls: Path, old: str, new: str, message: str) -> None:
        calls.write_text(CALLS.replace(old, new, 1))

        with pytest.raises(ArrivalsError, match=message):
            read_calls(calls)


class TestReadIntervalCounts:
    def test_reads_times_and_totals(self, tmp_path: Path) -> None:
        path = tmp_path / "counts.csv"
        path.write_text("interval_start,PS,total\n1999-02-01 00:00:00,1,2\n1999-02-01 00:30:00,0,3\n")

        read = read_interval_counts(path)

        assert read.counts.tolist() == [2, 3]
        assert read.starts[1].isoformat() == "1999-02-01T00:30:00"

    @pytest.mark.parametrize("line", ["1999-02-01 00:00:00,many", "soon,4", "1999-02-01 00:00:00,-1"])
    def test_names_the_line_that_cannot_be_read(self, tmp_path: Path, line: str) -> None:
        path = tmp_path / "counts.csv"
        path.write_text(f"interval_start,total\n{line}\n")

        with pytest.raises(ArrivalsError, match=r"counts.csv line 2: .*give"):
            read_interval_counts(path)


class TestHandlingAndPatience:
    def test_services_of_the_switch_are_no_handling(self, calls: Path) -> None:
        first, second = read_calls(calls)

        assert mean_handling(first) == 200
        with pytest.raises(ArrivalsError, match="1999-02-02"):
            mean_handling(second)

    def test_patience_is_time_waited_by_all_over_those_who_hung_up(self, calls: Path) -> None:
        first, second = read_calls(calls)

        assert mean_patience(first) is None
        assert mean_patience(second) == 90

    def test_who_hung_up_gets_the_handling_of_somebody_answered(self, calls: Path) -> None:
        day = make_day([1, 2, 3])
        mixed = Day(**{**vars(day), "handling_seconds": np.array([60.0, 0.0, 5.0])})

        assert fill_handling(mixed, seed=1).handling_seconds.tolist() == [60, 60, 60]


class TestScaling:
    def test_whole_factor_repeats_every_contact_near_its_time(self) -> None:
        day = make_day([3_600.0 * hour for hour in range(1, 23)])

        more = scale_day(day, 3, seed=5)

        assert more.contacts == 66
        assert (np.diff(more.arrival_seconds) >= 0).all()
        nearest = np.round(more.arrival_seconds / 3600) * 3600
        assert np.abs(more.arrival_seconds - nearest).max() <= 900
        assert set(day.arrival_seconds) <= set(more.arrival_seconds)

    def test_a_fraction_keeps_about_so_many(self) -> None:
        day = make_day(np.linspace(0, 86_399, 4_000).tolist())

        assert 1_880 <= scale_day(day, 0.5, seed=2).contacts <= 2_120
        assert 9_880 <= scale_day(day, 2.5, seed=2).contacts <= 10_120

    def test_the_same_seed_gives_the_same_day(self) -> None:
        day = make_day([1_000.0, 50_000.0])

        assert np.array_equal(
            scale_day(day, 4, seed=9).arrival_seconds, scale_day(day, 4, seed=9).arrival_seconds
        )

    def test_a_factor_of_nothing_is_refused(self) -> None:
        with pytest.raises(ValueError, match="factor is 0"):
            scale_day(make_day([1.0]), 0, seed=1)

    def test_to_a_peak(self) -> None:
        assert scale_to_peak([1, 4, 2], 100).tolist() == [25, 100, 50]
        with pytest.raises(ValueError, match="no peak"):
            scale_to_peak([0, 0], 100)


class TestSeatsPerSlot:
    def test_a_slot_needs_what_its_busiest_half_hour_needs(self) -> None:
        counts = np.zeros(48)
        counts[[16, 40]] = 30, 300

        seats = seats_per_slot(counts, 180, level=0.99)

        assert seats.tolist() == [0, 0, 8, 0, 0, 41]

    def test_one_person_holds_several_conversations(self) -> None:
        counts = np.full(48, 300.0)

        assert seats_per_slot(counts, 180, slots=1, level=0.99, at_once=4).tolist() == [11]

    @pytest.mark.parametrize(("halves", "slots", "at_once"), [(47, 6, 1), (48, 5, 1), (48, 0, 1), (48, 6, 0)])
    def test_refuses_what_does_not_divide(self, halves: int, slots: int, at_once: int) -> None:
        with pytest.raises(ValueError, match=r"half hours|at_once"):
            seats_per_slot(np.ones(halves), 180, slots=slots, at_once=at_once)
