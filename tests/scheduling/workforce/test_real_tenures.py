"""1,129 real tenures: the known figures, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from scheduling.commands import quality_group


def test_the_known_figures(data: Path) -> None:
    path = data / "turnover_survival" / "turnover.csv"
    columns = [
        "--duration",
        "stag",
        "--event",
        "event",
        "--encoding",
        "latin-1",
        "--group",
        "gender",
        "--json",
    ]

    done = CliRunner().invoke(quality_group, ["attrition", str(path), *columns])

    curves = json.loads(done.stdout)
    everybody = curves["all"]
    assert everybody["people"] == 1129
    assert round(100 * everybody["left"] / everybody["people"], 1) == 50.6
    staying = dict(zip(everybody["times"], everybody["staying"], strict=True))
    within_a_year = [share for time, share in staying.items() if time <= 12]
    assert 1 - within_a_year[-1] == pytest.approx(0.153, abs=0.02)
    assert sum(curve["people"] for name, curve in curves.items() if name != "all") == 1129
