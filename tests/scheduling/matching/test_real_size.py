"""The matcher at the size of a real season: rules, value, bound and gap. Takes a minute: `make test-slow`."""

from __future__ import annotations

import pytest

from scheduling.matching.bench import SIZES
from scheduling.matching.checker import check, value_of
from scheduling.matching.generate import generate_season
from scheduling.matching.seasons import season_of
from scheduling.matching.solver import solve

SWEEPS_OF_WORK = 100
WIDEST_GAP = 0.003


@pytest.mark.slow
def test_a_real_season_is_planned_by_the_rules_close_to_its_bound() -> None:
    problem = generate_season(SIZES["season"], seed=1)

    solution = solve(problem, effort=SWEEPS_OF_WORK, seed=1)

    season, pairs = season_of(problem), solution.pairs(problem)
    assert check(season, pairs) == []
    assert value_of(season, pairs) == solution.value
    assert solution.value <= solution.bound <= solution.value * (1 + WIDEST_GAP)
