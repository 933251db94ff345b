"""Why a person has a seat or not, and by how many points, against the checker and against every plan there
is.
"""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings

from scheduling.matching.bids import Bids
from scheduling.matching.checker import check
from scheduling.matching.explain import Explainer, explain
from scheduling.matching.holdings import Holdings
from scheduling.matching.layout import lay_out
from scheduling.matching.obstacles import Obstacle
from scheduling.matching.plans import SCALE
from scheduling.matching.problem import Problem
from scheduling.matching.seasons import season_of
from scheduling.matching.solver import solve
from tests.scheduling.matching.enumeration import allowed_plans
from tests.scheduling.matching.hostile import problems
from tests.scheduling.matching.test_report import problem_of

HOUR = 60
TIME_RULES = {
    Obstacle.BUSY,
    Obstacle.REST,
    Obstacle.STRETCH,
    Obstacle.DAY_LIMIT,
    Obstacle.WEEK_LIMIT,
    Obstacle.DAYS_IN_A_ROW,
    Obstacle.SHORT_RUN,
    Obstacle.DAYS_OFF,
    Obstacle.WEEKENDS,
}


class TestExplain:
    def test_given_with_points_and_rank(self) -> None:
        problem = problem_of([(0, 8, 1, 100)], agents=3)

        found = explain(problem, solve(problem, effort=10), agent=2, demand=0)

        assert (found.given, found.points, found.rank, found.eligible) == (True, 20, 1, 3)
        assert found.reasons == ()

    def test_outbid_with_the_points_of_both(self) -> None:
        problem = problem_of([(0, 8, 1, 100)], agents=3)

        found = explain(problem, solve(problem, effort=10), agent=0, demand=0)

        (reason,) = found.reasons
        assert (found.given, found.rank) == (False, 3)
        assert (reason.obstacle, reason.points, reason.against) == (Obstacle.OUTBID, 0, 20)

    def test_all_that_stood_in_the_way_in_order(self) -> None:
        problem = problem_of(
            [(0, 8, 1, 900), (1, 20, 1, 100)], agents=1, window_end=[22 * HOUR], days=1, week=300
        )

        found = explain(problem, solve(problem, effort=10), agent=0, demand=1)

        assert [reason.obstacle for reason in found.reasons] == [
            Obstacle.NOT_CERTIFIED,
            Obstacle.NOT_AVAILABLE,
            Obstacle.REST,
            Obstacle.WEEK_LIMIT,
        ]
        assert found.points is None

    def test_a_block_is_named_rather_than_the_missing_certificate(self) -> None:
        problem = problem_of([(0, 8, 1, 100)], block_agent=[0], block_project=[0])

        found = explain(problem, solve(problem, effort=10), agent=0, demand=0)

        assert [reason.obstacle for reason in found.reasons] == [Obstacle.BLOCKED]

    def test_busy_says_where_and_what_both_seats_are_worth(self) -> None:
        problem = problem_of([(0, 8, 1, 900), (0, 9, 1, 100)], agents=1)

        (reason,) = explain(problem, solve(problem, effort=10), agent=0, demand=1).reasons

        assert (reason.obstacle, reason.demand_ids) == (Obstacle.BUSY, ("d0",))
        assert (reason.points, reason.against) == (100, 900)

    def test_a_seat_that_would_cost_points_stays_empty(self) -> None:
        problem = problem_of([(0, 8, 1, -500)], agents=1)

        (reason,) = explain(problem, solve(problem, effort=10), agent=0, demand=0).reasons

        assert reason.obstacle == Obstacle.NOT_WORTH_IT

    def test_a_pinned_seat_says_so_and_is_taken_for_everybody_else(self) -> None:
        problem = problem_of([(0, 8, 1, 100)], pin_agent=[0], pin_demand=[0])
        solution = solve(problem, effort=10)

        assert explain(problem, solution, agent=0, demand=0).pinned
        other = explain(problem, solution, agent=1, demand=0)
        assert [(reason.obstacle, reason.is_fixed) for reason in other.reasons] == [(Obstacle.TAKEN, True)]
        assert other.short is None

    def test_a_shift_longer_than_somebody_may_work_is_a_matter_of_needs(self) -> None:
        problem = problem_of([(0, 8, 1, 100)], stretch=180)

        found = explain(problem, solve(problem, effort=10), agent=0, demand=0)

        assert [reason.obstacle for reason in found.reasons] == [Obstacle.NEEDS]

    def test_needs_come_before_the_time(self) -> None:
        problem = problem_of([(0, 8, 1, 100)], cert_agent=[1], cert_project=[0], cert_score=[0])
        holdings = Holdings.of(problem, solve(problem, effort=10), unfit=frozenset({(0, 0)}))

        found = Explainer(holdings).explain(agent=0, demand=0)

        assert [reason.obstacle for reason in found.reasons] == [Obstacle.NEEDS]

    def test_a_rule_kept_by_a_shift_that_stays_is_fixed_and_one_of_the_plan_is_not(self) -> None:
        rows = [(0, 8, 1, 900), (0, 32, 1, 100)]
        pinned = problem_of(rows, agents=1, days=1, pin_agent=[0], pin_demand=[0])
        planned = problem_of(rows, agents=1, days=1)

        stays = explain(pinned, solve(pinned, effort=10), agent=0, demand=1)
        given = explain(planned, solve(planned, effort=10), agent=0, demand=1)

        assert [(one.obstacle, one.is_fixed) for one in stays.reasons] == [(Obstacle.DAYS_IN_A_ROW, True)]
        assert [(one.obstacle, one.is_fixed) for one in given.reasons] == [(Obstacle.DAYS_IN_A_ROW, False)]
        assert stays.short is None
        # The other shift is worth 800 more, and a price lies between.
        assert given.points_short is not None
        assert 0 < given.points_short <= 800

    def test_without_bids_nothing_is_said_about_points_short(self) -> None:
        problem = problem_of([(0, 8, 1, 100)], agents=3)
        explainer = Explainer(Holdings.of(problem, solve(problem, effort=10)), with_bids=False)

        assert explainer.explain(agent=0, demand=0).short is None
        assert explainer.explain(agent=2, demand=0).lead is None


MENDED_BY_MORE = frozenset({"run_of_days_is_not_too_short", "agent_gets_enough_days_off_in_a_row"})
"""What other shifts beside a shift may mend, so that it may be part of a plan though it breaks them alone."""


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(problem=problems())
def test_the_first_reason_is_what_the_checker_finds(problem: Problem) -> None:
    """With nothing but points against it, the shift fits beside all others; with a rule kept by the plan, it
    fits in place of them; with a fixed reason, it fits in no plan.
    """
    solution = solve(problem, effort=6)
    explainer, season = Explainer(Holdings.of(problem, solution)), season_of(problem)
    pins = set(zip(problem.pin_agent.tolist(), problem.pin_demand.tolist(), strict=True))
    plan = list(zip(solution.agent.tolist(), solution.demand.tolist(), strict=True))

    def broken(pairs: list[tuple[int, int]], but: frozenset[str] = frozenset()) -> bool:
        """Say whether the last agent breaks a rule, or seats do: whoever makes room may need other shifts."""
        names = [(problem.agent_ids[agent], problem.demand_ids[row]) for agent, row in pairs]
        found = [one for one in check(season, names) if one.rule not in but]
        return any(one.agent_id in (None, names[-1][0]) for one in found)

    for agent in range(problem.agents):
        for row in range(problem.rows):
            found = explainer.explain(agent=agent, demand=row)
            assert found.given == ((agent, row) in plan)
            if found.given:
                continue
            first = found.reasons[0]
            # Somebody who holds a seat there by the plan makes room, and leaves their whole plan: one shift
            # cannot be taken out of the middle of a stretch.
            there = [pair for pair in plan if pair[1] == row and pair not in pins]
            full = sum(other == row for _, other in plan) >= problem.demand_seats[row]
            gone = there[0][0] if full and there else None
            rest = [pair for pair in plan if pair[0] != gone or pair in pins]
            of_others = [pair for pair in rest if pair[0] != agent or pair in pins]
            if first.is_fixed:
                assert found.short is None
                assert broken([*of_others, (agent, row)])
            elif first.obstacle in TIME_RULES:
                assert broken([*rest, (agent, row)])
                assert not broken([*of_others, (agent, row)], but=MENDED_BY_MORE)
            else:
                assert first.obstacle in (Obstacle.OUTBID, Obstacle.NOT_WORTH_IT)
                assert not broken([*rest, (agent, row)])


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(problem=problems())
def test_a_bid_is_the_best_of_all_plans_with_the_shift_and_without(problem: Problem) -> None:
    layout = lay_out(problem)
    free = np.bincount(problem.pin_demand, minlength=problem.rows) < problem.demand_seats
    if ((problem.demand_end - problem.demand_start) % layout.unit).any():
        return  # lengths are rounded up here: plans are then allowed, but not always the best
    solution = solve(problem, effort=4)
    season, bids = season_of(problem), Bids(problem, solution.scaled_price)
    row_of = {demand_id: row for row, demand_id in enumerate(problem.demand_ids)}
    price = dict(zip(problem.demand_ids, solution.scaled_price.tolist(), strict=True))
    for agent, agent_id in enumerate(problem.agent_ids):
        pinned = {problem.demand_ids[row] for row in problem.pin_demand[problem.pin_agent == agent].tolist()}
        plans = []
        for shifts, _ in allowed_plans(season, agent_id):
            ids = {shift.id for shift in shifts} - pinned
            worth = 0
            for demand_id in ids:
                row = row_of[demand_id]
                points = Holdings.of(problem, solution).points(agent, row)
                assert points is not None
                worth += (int(problem.demand_value[row]) + points) * SCALE - price[demand_id]
            plans.append((ids, worth))
        for row, demand_id in enumerate(problem.demand_ids):
            if demand_id in pinned:
                continue
            market = {name for name in row_of if free[row_of[name]]}
            with_it = [worth for ids, worth in plans if demand_id in ids and ids <= market | {demand_id}]
            without = [worth for ids, worth in plans if demand_id not in ids and ids <= market]
            bid = bids.bid(agent, row)
            assert bid.with_it == max(with_it, default=None)
            assert bid.without_it == max(without)
