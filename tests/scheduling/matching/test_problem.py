"""A problem refuses what it cannot mean, with every fault at once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from scheduling.matching.problem import NO_DAY_LIMIT, Problem, ProblemError

HOUR = 60


def columns(**changes: Any) -> dict[str, Any]:
    """Return a sound problem: two agents, two projects, two rows."""
    return {
        "origin": dt.datetime(2026, 11, 2),  # noqa: DTZ001 - a problem's times are local and carry no zone
        "agent_ids": ["ann", "bob"],
        "max_week_minutes": [2400, 2400],
        "max_stretch_minutes": [480, 480],
        "min_rest_minutes": [660, 660],
        "max_consecutive_days": [6, 6],
        "project_ids": ["shop", "brand"],
        "cert_agent": [1, 0],
        "cert_project": [0, 0],
        "cert_score": [10, 20],
        "window_agent": [1, 0],
        "window_start": [0, 0],
        "window_end": [2880, 2880],
        "window_preference": [1, 2],
        "demand_ids": ["d1", "d2"],
        "demand_project": [0, 1],
        "demand_start": [8 * HOUR, 8 * HOUR],
        "demand_end": [12 * HOUR, 12 * HOUR],
        "demand_seats": [1, 2],
        "demand_value": [100, 100],
        **changes,
    }


def faults_of(**changes: Any) -> list[str]:
    with pytest.raises(ProblemError) as refusal:
        Problem.from_arrays(**columns(**changes))
    return [str(fault) for fault in refusal.value.faults]


def test_sorts_certificates_and_windows_by_agent_and_freezes_them() -> None:
    problem = Problem.from_arrays(**columns())

    assert problem.cert_first.tolist() == [0, 1, 2]
    assert problem.cert_score.tolist() == [20, 10]
    assert problem.window_preference.tolist() == [2, 1]
    assert problem.max_day_minutes.tolist() == [NO_DAY_LIMIT, NO_DAY_LIMIT]
    with pytest.raises(ValueError, match="read-only"):
        problem.demand_seats[0] = 5


def test_a_blocked_pair_is_no_certificate() -> None:
    problem = Problem.from_arrays(**columns(block_agent=[1], block_project=[0]))

    assert problem.cert_first.tolist() == [0, 1, 1]


def test_names_every_fault_at_once() -> None:
    faults = faults_of(
        max_week_minutes=[2400, -1],
        cert_agent=[0, 7],
        demand_end=[8 * HOUR, 12 * HOUR],
        demand_seats=[1, -2],
        agent_ids=["ann", "ann"],
    )

    assert faults == [
        "agents: row 1: id ann is there twice; give each row an id of its own",
        "agents: row 1: max_week_minutes is -1; give a whole number from 0 to 10080",
        "certifications: row 1: cert_agent 7 is not one of the 2 agents",
        "demand: row 0: the end 2026-11-02T08:00 is not after the start 2026-11-02T08:00; give a later end",
        "demand: row 1: seats is -2; give a whole number from 0 to 1000000",
    ]


def test_columns_of_different_lengths() -> None:
    (fault,) = faults_of(cert_score=[10])

    assert "columns differ in length (cert_agent 2, cert_project 2, cert_score 1)" in fault


def test_a_pair_twice() -> None:
    assert faults_of(cert_agent=[1, 1]) == [
        "certifications: row 1: bob and shop are there twice; keep one of the rows"
    ]


def test_an_origin_that_is_no_monday() -> None:
    assert "is not a local Monday 00:00" in faults_of(origin=dt.datetime(2026, 11, 3))[0]  # noqa: DTZ001


def test_numbers_that_are_not_whole() -> None:
    with pytest.raises(TypeError, match="demand_value must be one column of integers"):
        Problem.from_arrays(**columns(demand_value=np.array([1.5, 2.0])))


@pytest.mark.parametrize(
    ("pins", "rule"),
    [
        ({"pin_agent": [0], "pin_demand": [1]}, "agent_is_certified"),
        ({"pin_agent": [0, 1], "pin_demand": [0, 0]}, "row_has_no_more_people_than_seats"),
        (
            {"pin_agent": [0], "pin_demand": [0], "block_agent": [0], "block_project": [0]},
            "agent_is_certified",
        ),
    ],
)
def test_pins_that_break_a_rule_by_themselves_are_named(pins: dict[str, Any], rule: str) -> None:
    with pytest.raises(ProblemError) as refusal:
        Problem.from_arrays(**columns(**pins))

    assert rule in str(refusal.value.faults[0])
    assert refusal.value.faults[0].demand_id in ("d1", "d2")
    assert "unpin" in str(refusal.value.faults[0])
