"""Rosters against every roster there is, on instances small enough to list them all."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import numpy as np
import pytest

from scheduling.matching.faults import ProblemError
from scheduling.matching.rosters.alone import searched_plan
from scheduling.matching.rosters.base import NoPlanError, any_plan, first_roster, part_days, rough_plan
from scheduling.matching.rosters.commands import write_roster
from scheduling.matching.rosters.evaluate import (
    HARD_RULES,
    Terms,
    broken_rules,
    cost_of,
    read_roster,
    read_terms,
)
from scheduling.matching.rosters.instance import Instance
from scheduling.matching.rosters.planner import Care, Planner
from scheduling.matching.rosters.reading import parse_instance
from scheduling.matching.rosters.repair import Repair, draw_part
from scheduling.matching.rosters.respond import respond
from scheduling.matching.rosters.search import Deadline
from scheduling.matching.rosters.solver import solve_roster
from tests.scheduling.matching.rosters.made_up import BY_HAND, make_text

SEEDS = range(12)


def read_both(text: str, folder: Path) -> tuple[Instance, Terms]:
    path = folder / "instance.txt"
    path.write_text(text, encoding="utf-8")
    return parse_instance(text, name=path.name), read_terms(path)


def all_plans(terms: Terms, who: str) -> list[tuple[str, ...]]:
    contract = terms.staff[who]
    return [
        plan
        for plan in itertools.product(("", *terms.minutes), repeat=terms.days)
        if not any(True for rule in HARD_RULES for _ in rule(terms, contract, plan))
    ]


def least_cost(terms: Terms) -> int | None:
    """Return the least cost of all rosters, or None when somebody has no plan."""
    choices = {who: all_plans(terms, who) for who in terms.staff}
    if not all(choices.values()):
        return None
    names = list(choices)
    return min(
        cost_of(terms, dict(zip(names, plans, strict=True))) for plans in itertools.product(*choices.values())
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_best_plan_is_the_best_of_all_plans(seed: int, tmp_path: Path) -> None:
    instance, terms = read_both(make_text(seed, employees=4), tmp_path)
    price = np.random.default_rng(seed).integers(-5, 100, (instance.days, instance.shifts))
    roster = np.full((instance.employees, instance.days), -1, dtype=np.int16)

    with Planner(instance, threads=1, cells=2_000_000) as planner:
        scale = planner.frame.scale
        wanted = np.full(instance.employees, 1 << 28)
        found = planner.plan(
            roster,
            np.arange(instance.employees),
            0,
            instance.days,
            (price * scale).astype(np.int32),
            wanted,
            care=Care.EXACT,
        )

    for place, who in enumerate(terms.staff):
        shifts = list(terms.minutes)
        worth = [
            sum(
                int(instance.request_cost[place, day, shifts.index(shift)] - price[day, shifts.index(shift)])
                for day, shift in enumerate(plan)
                if shift
            )
            for plan in all_plans(terms, who)
        ]
        if worth:
            assert found.cost[place, 0] == found.bound[place] == min(worth) * scale
        else:
            assert found.found[place] == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_bound_and_cost_hold_the_least_cost_of_all_rosters(seed: int, tmp_path: Path) -> None:
    instance, terms = read_both(make_text(seed, days=6, employees=2), tmp_path)
    least = least_cost(terms)

    if least is None:
        with pytest.raises(NoPlanError, match="no plan keeps all the rules"):
            solve_roster(instance, seconds=20.0)
        return
    solution = solve_roster(instance, seconds=20.0)

    write_roster(tmp_path / "roster.csv", instance, solution.roster)
    roster = read_roster(tmp_path / "roster.csv")
    assert broken_rules(terms, roster) == []
    assert cost_of(terms, roster) == solution.cost
    assert solution.bound <= least == solution.cost


FULL_WEEK = """
SECTION_HORIZON
7
SECTION_SHIFTS
D,480,
E,480,
SECTION_STAFF
A,D=1|E=7,3360,3360,7,1,1,1
SECTION_COVER
0,D,1,100,1
"""


def test_penalties_learned_at_wild_prices_prove_nothing_false() -> None:
    instance = parse_instance(FULL_WEEK, name="week.txt")
    with Planner(instance, threads=1, cells=2_000_000) as planner:
        planner.penalty[:] = 1 << 27
        found = planner.plan(
            np.full((1, 7), -1, dtype=np.int16),
            np.zeros(1, dtype=np.int64),
            0,
            7,
            np.zeros((7, 2), dtype=np.int32),
            np.full(1, 1 << 28),
            care=Care.QUICK,
            most=1,
        )

    # Seven days of E, or six and one of D, cost nothing at these prices.
    assert found.bound[0] <= 0


def test_a_roster_of_two_weeks_on_two_threads(tmp_path: Path) -> None:
    instance, terms = read_both(BY_HAND, tmp_path)

    solution = solve_roster(instance, seconds=1.0, threads=2)

    write_roster(tmp_path / "roster.csv", instance, solution.roster)
    roster = read_roster(tmp_path / "roster.csv")
    assert broken_rules(terms, roster) == []
    assert cost_of(terms, roster) == solution.cost
    assert 0 <= solution.bound <= solution.cost


@pytest.mark.parametrize("employees", [1, 2, 3, 5])
def test_threads_leave_somebody_to_each_other(employees: int) -> None:
    instance = parse_instance(make_text(21, days=21, employees=employees), name="x.txt")
    planner = Planner(instance, threads=3, cells=2_000_000)
    state = Repair(
        planner=planner,
        roster=np.full((employees, 21), -1, dtype=np.int16),
        cost=0,
        price=np.zeros((21, instance.shifts)),
        pool=[[] for _ in range(employees)],
        window_days=21,
        seed=0,
        target=0,
        on_part=lambda: None,
        size=100.0,
    )
    for _ in range(min(3, employees)):
        drawn, _, _ = draw_part(state, np.random.default_rng(0))

        assert len(drawn) > 0
        assert not state.busy & set(drawn.tolist())
        state.busy.update(drawn.tolist())


def test_a_horizon_too_long_for_one_table_is_planned_in_parts(tmp_path: Path) -> None:
    text = BY_HAND.replace("\n14\n", "\n84\n").replace("14", "84").replace("2,2,1", "2,2,6")
    text = text.replace("3840,2880", "23040,17280").replace("1920,960", "11520,5760")
    instance, terms = read_both(text, tmp_path)

    with Planner(instance, threads=1, cells=30_000) as planner:
        assert part_days(planner) < instance.days
        roster = first_roster(planner, Deadline(at=0.0))

    write_roster(tmp_path / "roster.csv", instance, roster)
    assert broken_rules(terms, read_roster(tmp_path / "roster.csv")) == []


def year_text() -> str:
    """Return a roster of twelve weeks whose rules leave little room."""
    text = BY_HAND.replace("\n14\n", "\n84\n").replace("14", "84").replace("2,2,1", "3,3,5")
    return text.replace("3840,2880", "20160,19680").replace("1920,960", "11520,11040")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_program_of_one_employee_finds_a_plan_exactly_when_there_is_one(seed: int, tmp_path: Path) -> None:
    instance, terms = read_both(make_text(seed, employees=4), tmp_path)

    for place, who in enumerate(terms.staff):
        plan, certain = searched_plan(instance, place)

        good = all_plans(terms, who)
        assert (plan is None) is (not good)
        assert certain is (not good)
        if plan is not None:
            assert tuple("" if shift < 0 else instance.shift_ids[shift] for shift in plan) in good


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rough_plan_keeps_the_rules(seed: int, tmp_path: Path) -> None:
    instance, terms = read_both(make_text(seed, employees=4), tmp_path)
    price = np.zeros((instance.days, instance.shifts), dtype=np.int32)

    for place, who in enumerate(terms.staff):
        plan = rough_plan(instance, place, price)

        if plan is not None:
            names = tuple("" if shift < 0 else instance.shift_ids[shift] for shift in plan)
            assert names in all_plans(terms, who)


def test_somebody_with_little_room_has_a_plan_where_no_table_fits(tmp_path: Path) -> None:
    instance, terms = read_both(year_text(), tmp_path)
    price = np.zeros((instance.days, instance.shifts), dtype=np.int32)

    with Planner(instance, threads=1, cells=20_000) as planner:
        assert part_days(planner) < instance.days
        plans = [any_plan(planner, employee, price, 7) for employee in range(instance.employees)]

    write_roster(tmp_path / "roster.csv", instance, np.array(plans))
    assert broken_rules(terms, read_roster(tmp_path / "roster.csv")) == []


def test_somebody_without_a_plan_is_named_where_no_table_fits(tmp_path: Path) -> None:
    text = year_text().replace("Bo,5,6", "Bo," + ",".join(str(day) for day in range(0, 84, 2)))
    instance, _ = read_both(text, tmp_path)

    with (
        Planner(instance, threads=1, cells=20_000) as planner,
        pytest.raises(NoPlanError, match="employee Bo: no plan keeps all the rules"),
    ):
        first_roster(planner, Deadline(at=0.0))


@pytest.mark.parametrize("threads", [1, 2])
def test_chains_of_answers_make_a_roster_cheaper_and_keep_the_rules(threads: int, tmp_path: Path) -> None:
    text = BY_HAND.replace("\n14\n", "\n40\n").replace("3840,2880", "8640,4800").replace("14", "40")
    cover = "".join(f"{day},{shift},1,100,1\n" for day in range(12, 40) for shift in "EL")
    instance, terms = read_both(text + cover, tmp_path)

    with Planner(instance, threads=threads, cells=2_000_000) as planner:
        first = first_roster(planner, Deadline(at=0.0))
        state = Repair(
            planner=planner,
            roster=first,
            cost=instance.cost(first),
            price=np.zeros((instance.days, instance.shifts)),
            pool=[],
            window_days=28,
            seed=0,
            target=instance.cost(first) - 1,
            on_part=lambda: None,
        )
        respond(state, Deadline(at=time.perf_counter() + 20.0))

    write_roster(tmp_path / "roster.csv", instance, state.roster)
    roster = read_roster(tmp_path / "roster.csv")
    assert broken_rules(terms, roster) == []
    assert cost_of(terms, roster) == state.cost < instance.cost(first)
    assert (state.load == instance.loads(state.roster)).all()


@pytest.mark.parametrize(
    ("good", "bad", "line", "message"),
    [
        ("14\n", "many\n", 3, "horizon is 'many'; give a whole number from 1 to 3660"),
        ("L,480,E", "E,480,E", 7, "shift id 'E' is there twice"),
        ("L,480,E", "L,480,X", 7, "shift 'X' is not in its section"),
        ("3840,2880,5", "3840,3841,5", 10, "least minutes 3841 are above the most, 3840"),
        ("Bo,E=14|L=2", "Bo,E=14|L=two", 11, "most shifts L is 'two'"),
        ("Ann,0", "Ann,14", 15, "day is '14'; give a whole number from 0 to 13"),
        ("Cy,9,L,3", "Di,9,L,3", 20, "employee 'Di' is not in its section"),
        ("Bo,12,E,4", "Bo,12,E", 23, "3 fields in section SHIFT_OFF_REQUESTS; give 4"),
        ("1,E,1,100,1", "0,E,1,100,1", 28, "day 0 and shift 'E' are there twice, first on line 26"),
        ("SECTION_COVER", "SECTION_COVERS", 25, "section 'COVERS' is not known"),
    ],
)
def test_a_fault_names_line_value_and_mend(good: str, bad: str, line: int, message: str) -> None:
    with pytest.raises(ProblemError) as refusal:
        parse_instance(BY_HAND.replace(good, bad, 1), name="x.txt")

    found = [fault for fault in refusal.value.faults if message in fault.message]
    assert [fault.line for fault in found] == [line], refusal.value


@pytest.mark.parametrize(
    ("who", "plan", "rule"),
    [
        ("Ann", "E.............", "days_off_stay_free"),
        ("Bo", "..E...........", "enough_shifts_in_a_row"),
        ("Bo", "EE.EE.........", "enough_days_off_in_a_row"),
        ("Bo", "EE....EEEEEE..", "not_too_many_shifts_in_a_row"),
        ("Bo", "LLL...........", "not_too_many_of_a_shift"),
        ("Ann", ".LE...........", "next_shift_may_follow"),
        ("Cy", "....LL.....LLL", "not_too_many_weekends"),
        ("Bo", "..............", "minutes_are_in_range"),
        ("Bo", "XX............", "knows_only_shifts_of_the_file"),
    ],
)
def test_the_evaluator_sees_each_broken_rule(who: str, plan: str, rule: str, tmp_path: Path) -> None:
    _, terms = read_both(BY_HAND, tmp_path)
    cells = [cell.replace(".", "") for cell in plan]

    assert any(f"{who}: {rule}" in line for line in broken_rules(terms, {who: cells}))
