"""Prices from mixtures of kept plans: what the mixtures keep to, and what they are for."""

from __future__ import annotations

import numpy as np
import pytest

from scheduling.matching import proximal
from scheduling.matching.crew import Budget, Crew
from scheduling.matching.generate import GRID, HOUR, SeasonSize, generate_season
from scheduling.matching.layout import lay_out
from scheduling.matching.opening import opening_prices
from scheduling.matching.prices import Prices, Pricing, search_prices
from scheduling.matching.problem import Problem

TENS = tuple((start, 10) for start in range(8 * HOUR, 18 * HOUR, 10))
ROOMY = proximal.MOST_KEPT


def scarce(*, agents: int = 40, seed: int = 1) -> Problem:
    """Return a season of ten-minute seats in which those at busy times are fewer than the people."""
    size = SeasonSize(agents=agents, projects=4, days=3, peak_seats=agents // 3, slots=TENS, day_hours=())
    return generate_season(size, seed=seed)


def prices_after(problem: Problem, sweeps: int, *, threads: int = 1) -> Prices:
    with Crew(lay_out(problem), threads=threads) as crew:
        budget = Budget(seconds=None, steps=sweeps)
        return search_prices(Pricing(crew), budget, on_look=lambda _: False)


class TestMixtures:
    @pytest.mark.parametrize("kept", [1, 3, ROOMY])
    def test_stay_mixtures_that_add_up_to_the_load(self, kept: int) -> None:
        layout = lay_out(scarce())
        with Crew(layout, threads=1) as crew:
            pricing = Pricing(crew)
            budget = Budget(seconds=None, steps=20)
            scaled, _ = opening_prices(pricing, budget, most=1e6, bend=False)
            mixtures = proximal.Mixtures(pricing, scaled, kept=kept, batches=3)
            for sweep in range(20):
                mixtures.sweep(sweep / 20, sweep + 3, budget)

        pool = mixtures.pool
        load = np.zeros_like(pool.load)
        for agent, place in np.argwhere(pool.weight > 0):
            rows = pool.row[agent, place, : pool.rows[agent, place]]
            assert len(set(rows.tolist())) == len(rows)
            load[rows] += pool.weight[agent, place]
        assert pool.held.max() == kept or kept == ROOMY
        assert (pool.weight >= 0).all()
        assert pool.weight.sum(axis=1) == pytest.approx(1.0)
        assert pool.load == pytest.approx(load, abs=1e-6)
        assert pool.price == pytest.approx(
            np.maximum(0, pool.base + pool.step * (load - pool.seats)), abs=1e-2
        )
        assert not pool.mark.any()

    def test_fit_the_seats_better_than_one_plan_each(self) -> None:
        """Each agent's best plan alone wants some rows twice and leaves others empty, whatever the prices."""
        layout = lay_out(scarce())
        with Crew(layout, threads=1) as crew:
            pricing = Pricing(crew)
            budget = Budget(seconds=None, steps=60)
            scaled, _ = opening_prices(pricing, budget, most=1e6, bend=False)
            mixtures = proximal.Mixtures(pricing, scaled, kept=ROOMY, batches=3)
            for sweep in range(60):
                mixtures.sweep(sweep / 60, sweep + 3, budget)
            wanted = pricing.loads(np.rint(mixtures.exact).astype(np.int64), pricing.everybody)

        beyond = np.maximum(0, mixtures.pool.load - mixtures.pool.seats).sum()
        assert beyond < 0.25 * np.maximum(0, wanted - pricing.capacity).sum()


class TestPrices:
    def test_prove_more_than_steps_do_with_as_many_sweeps(self, monkeypatch: pytest.MonkeyPatch) -> None:
        problem = scarce()

        mixed = prices_after(problem, 60)

        monkeypatch.setattr(proximal, "FEWEST_SWEEPS", 61)
        stepped = prices_after(problem, 60)
        assert mixed.bound < 0.999 * stepped.bound

    def test_do_not_hang_on_the_number_of_threads(self) -> None:
        problem = scarce(agents=100)

        one, two = (prices_after(problem, 20, threads=threads) for threads in (1, 2))

        assert np.array_equal(one.scaled, two.scaled)
        assert one.bound == two.bound

    def test_long_shifts_too_many_people_and_too_little_time_move_by_steps(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        short = lay_out(scarce())
        long = lay_out(generate_season(SeasonSize(agents=40, slots=GRID), seed=1))

        assert proximal.plans_to_keep(short, 20) == ROOMY
        assert proximal.plans_to_keep(short, 19.9) == 0
        assert proximal.plans_to_keep(long, 1000) == 0
        monkeypatch.setattr(proximal, "LARGEST_POOL", 40 * int(np.diff(short.plan_first).max()) * 7)
        assert proximal.plans_to_keep(short, 20) == 0
