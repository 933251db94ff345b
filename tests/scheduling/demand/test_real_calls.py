"""A month of a bank's calls: known totals, and a rehearsal that keeps its promise."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from scheduling.commands import scheduling_group
from scheduling.demand.arrivals import mean_handling, read_calls, read_interval_counts


def test_calls_and_counts_agree_with_the_known_figures(data: Path) -> None:
    days = read_calls(data / "anonymous_bank_feb1999" / "calls_feb1999.tsv")
    counts = read_interval_counts(data / "anonymous_bank_feb1999" / "arrivals_30min.csv")

    contacts = sum(day.contacts for day in days)
    assert len(days) == 28
    assert contacts == counts.counts.sum()
    hung_up = sum(int(day.abandoned.sum()) for day in days)
    assert round(100 * hung_up / contacts, 1) == pytest.approx(17.9, abs=0.5)
    weighted = np.average([mean_handling(day) for day in days], weights=[day.contacts for day in days])
    assert weighted == pytest.approx(180, abs=12)


def test_eight_times_the_busiest_day_is_answered_in_time_with_the_seats_worked_out(data: Path) -> None:
    path = data / "anonymous_bank_feb1999" / "calls_feb1999.tsv"

    done = CliRunner().invoke(scheduling_group, ["rehearse", str(path), "--scale", "8", "--json"])

    result = json.loads(done.stdout)
    assert result["day"]["offered"] > 15_000
    assert result["day"]["level"] >= 0.95
    assert max(row["seats"] for row in result["slots"]) > 100
