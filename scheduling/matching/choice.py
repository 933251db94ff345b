"""One plan for everybody: built agent by agent at the prices, then improved by ejection chains.

A chain releases one agent, lets them plan as if full rows could be had for their price, puts out the occupant
of each such row who is worth least there, lets that one plan next, and so on. It stays when the points did
not fall. Glover, "Ejection chains, reference structures and alternating path methods", Discrete Applied
Mathematics 65 (1996).
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from scheduling.matching.layout import Layout
from scheduling.matching.plans import NEVER, SCALE, best_plan
from scheduling.matching.problem import Ints

DEPTH = 16
"""How many agents a chain may move before those still waiting must be content with free seats."""
NOISE = 100
"""Points drawn at random that blur who is put out, so that chains do not run the same way twice."""
CANDIDATES = 3
PASSES = (16, 15, 13)
"""Sixteenths of the price that the building passes ask for a free seat."""


class Rota(NamedTuple):
    """Who has which seats. `loss` is by how much (1/64 points) an agent's plan falls short of their best one
    at the prices; the sum of losses and of the prices of free seats is the gap between value and bound.
    `asked` is what chains ask for a full seat: the price, or near it when the search is stuck."""

    price: Ints
    asked: Ints
    plan_row: Ints
    plan_gain: Ints
    plan_count: Ints
    seat_first: Ints
    seat_agent: Ints
    seat_gain: Ints
    taken: Ints
    loss: Ints
    net_any: Ints
    net_free: Ints
    barred_in: Ints
    log_added: NDArray[np.bool_]
    log_agent: Ints
    log_row: Ints
    log_gain: Ints
    stack: Ints
    random: NDArray[np.uint64]


class Plans(NamedTuple):
    """What every agent works, in the places that `plan_first` gives them; parts of a rota share it."""

    plan_row: Ints
    plan_gain: Ints
    plan_count: Ints
    loss: Ints


def make_plans(layout: Layout) -> Plans:
    """Return empty plans."""
    places = int(layout.plan_first[-1])
    return Plans(
        plan_row=np.zeros(places, dtype=np.int64),
        plan_gain=np.zeros(places, dtype=np.int64),
        plan_count=np.zeros(layout.agents, dtype=np.int64),
        loss=np.zeros(layout.agents, dtype=np.int64),
    )


def make_rota(
    layout: Layout, plans: Plans, scaled_prices: Ints, asked: Ints, capacity: Ints, *, seed: int
) -> Rota:
    """Return a rota of these plans with `capacity` seats by row, none of them taken yet."""
    rows = len(layout.row_value)
    most_rows = int(np.diff(layout.plan_first).max(initial=1))
    seats = int(capacity.sum())
    worth = np.where(capacity > 0, layout.row_value * SCALE, NEVER)
    steps = (DEPTH + most_rows + 2) * (3 * most_rows + 1)
    return Rota(
        price=scaled_prices,
        asked=asked.copy(),
        **plans._asdict(),
        seat_first=np.concatenate([[0], np.cumsum(capacity)]),
        seat_agent=np.zeros(seats, dtype=np.int64),
        seat_gain=np.zeros(seats, dtype=np.int64),
        taken=np.zeros(rows, dtype=np.int64),
        net_any=worth.copy(),
        net_free=worth.copy(),
        barred_in=np.full(rows, -1, dtype=np.int64),
        log_added=np.zeros(steps, dtype=np.bool_),
        log_agent=np.zeros(steps, dtype=np.int64),
        log_row=np.zeros(steps, dtype=np.int64),
        log_gain=np.zeros(steps, dtype=np.int64),
        stack=np.zeros(DEPTH + most_rows + 2, dtype=np.int64),
        random=np.array([(seed * 2 + 1) & (2**64 - 1)], dtype=np.uint64),
    )


@numba.njit(cache=True, nogil=True)
def draw(rota, below):  # type: ignore[no-untyped-def]
    """Return a random whole number from 0 to below - 1 (SplitMix64; the bias is under 1e-9)."""
    rota.random[0] += np.uint64(0x9E3779B97F4A7C15)
    z = rota.random[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return np.int64((z >> np.uint64(1)) % np.uint64(below))


@numba.njit(cache=True, nogil=True)
def refresh(frame, rota, row, chain):  # type: ignore[no-untyped-def]
    """Bring the net values of a row up to date after its seats changed."""
    worth = frame.row_value[row] * SCALE
    if rota.taken[row] < frame.capacity[row]:
        rota.net_any[row] = worth
        rota.net_free[row] = worth
    else:
        barred = frame.capacity[row] == 0 or rota.barred_in[row] == chain
        rota.net_any[row] = NEVER if barred else worth - rota.asked[row]
        rota.net_free[row] = NEVER


@numba.njit(cache=True, nogil=True)
def add(frame, rota, agent, row, gain, chain):  # type: ignore[no-untyped-def]
    """Give a free seat of the row to the agent."""
    place = frame.plan_first[agent] + rota.plan_count[agent]
    rota.plan_row[place] = row
    rota.plan_gain[place] = gain
    rota.plan_count[agent] += 1
    seat = rota.seat_first[row] + rota.taken[row]
    rota.seat_agent[seat] = agent
    rota.seat_gain[seat] = gain
    rota.taken[row] += 1
    rota.loss[agent] -= (frame.row_value[row] + gain) * SCALE - rota.price[row]
    refresh(frame, rota, row, chain)


@numba.njit(cache=True, nogil=True)
def remove(frame, rota, agent, row, chain):  # type: ignore[no-untyped-def]
    """Take the agent's seat in the row away and return the points (score and preference) they had there."""
    first = frame.plan_first[agent]
    last = first + rota.plan_count[agent] - 1
    place = last
    while rota.plan_row[place] != row:
        place -= 1
    gain = rota.plan_gain[place]
    rota.plan_row[place] = rota.plan_row[last]
    rota.plan_gain[place] = rota.plan_gain[last]
    rota.plan_count[agent] -= 1
    end = rota.seat_first[row] + rota.taken[row] - 1
    seat = end
    while rota.seat_agent[seat] != agent:
        seat -= 1
    rota.seat_agent[seat] = rota.seat_agent[end]
    rota.seat_gain[seat] = rota.seat_gain[end]
    rota.taken[row] -= 1
    rota.loss[agent] += (frame.row_value[row] + gain) * SCALE - rota.price[row]
    refresh(frame, rota, row, chain)
    return gain


@numba.njit(cache=True, nogil=True)
def seat_plans(frame, rota, agents):  # type: ignore[no-untyped-def]
    """Seat these agents by their plans in a new rota."""
    for agent in agents:
        first = frame.plan_first[agent]
        for place in range(first, first + rota.plan_count[agent]):
            row = rota.plan_row[place]
            seat = rota.seat_first[row] + rota.taken[row]
            rota.seat_agent[seat] = agent
            rota.seat_gain[seat] = rota.plan_gain[place]
            rota.taken[row] += 1
    for row in range(len(rota.taken)):
        refresh(frame, rota, row, -2)


@numba.njit(cache=True, nogil=True)
def ask(frame, rota, asked):  # type: ignore[no-untyped-def]
    """Let the chains ask these prices from now on."""
    rota.asked[:] = asked
    for row in range(len(rota.taken)):
        refresh(frame, rota, row, -2)


@numba.njit(cache=True, nogil=True)
def count_seats(frame, plan_row, plan_count, agents, taken):  # type: ignore[no-untyped-def]
    """Count the seats of each row that these agents hold."""
    for agent in agents:
        first = frame.plan_first[agent]
        for place in range(first, first + plan_count[agent]):
            taken[plan_row[place]] += 1


@numba.njit(cache=True, nogil=True)
def plan_points(frame, plan_row, plan_gain, plan_count):  # type: ignore[no-untyped-def]
    """Return the points of all plans and the seats they fill."""
    points = np.int64(0)
    seats = np.int64(0)
    for agent in range(len(plan_count)):
        first = frame.plan_first[agent]
        seats += plan_count[agent]
        for place in range(first, first + plan_count[agent]):
            points += frame.row_value[plan_row[place]] + plan_gain[place]
    return points, seats


@numba.njit(cache=True, nogil=True)
def build(frame, scratch, rota, order, sixteenths):  # type: ignore[no-untyped-def]
    """Let the agents plan anew, one after the other, from the seats that are free then."""
    net = np.empty(len(rota.taken), dtype=np.int64)
    for row in range(len(net)):
        asked = frame.row_value[row] * SCALE - rota.price[row] * sixteenths // 16
        net[row] = asked if rota.taken[row] < frame.capacity[row] else NEVER
    for agent in order:
        while rota.plan_count[agent] > 0:
            row = rota.plan_row[frame.plan_first[agent]]
            remove(frame, rota, agent, row, -1)
            net[row] = frame.row_value[row] * SCALE - rota.price[row] * sixteenths // 16
        _, rows = best_plan(frame, scratch, agent, net)
        for k in range(rows):
            row = scratch.plan_row[k]
            add(frame, rota, agent, row, scratch.plan_gain[k], -1)
            if rota.taken[row] == frame.capacity[row]:
                net[row] = NEVER


@numba.njit(cache=True, nogil=True)
def settle(frame, scratch, rota, agents):  # type: ignore[no-untyped-def]
    """Let each agent plan anew from their own seats and the free ones, and return the points won."""
    total = np.int64(0)
    for agent in agents:
        points, logged = release(frame, rota, agent, -2, 0)
        _, rows = best_plan(frame, scratch, agent, rota.net_free)
        won, logged, _ = seize(frame, scratch, rota, agent, rows, -2, logged, 0)
        if won < points:
            undo(frame, rota, logged)
        else:
            total += won - points
    return total


@numba.njit(cache=True, nogil=True)
def cheapest_occupant(rota, row):  # type: ignore[no-untyped-def]
    """Return who is worth least in the row, give or take the noise."""
    chosen = np.int64(-1)
    least = np.int64(0)
    for seat in range(rota.seat_first[row], rota.seat_first[row] + rota.taken[row]):
        points = rota.seat_gain[seat] + draw(rota, NOISE + 1)
        if chosen < 0 or points < least:
            chosen = np.int64(rota.seat_agent[seat])
            least = points
    return chosen


@numba.njit(cache=True, nogil=True)
def note(rota, logged, added, agent, row, gain):  # type: ignore[no-untyped-def]
    """Remember one change, so that it can be undone."""
    rota.log_added[logged] = added
    rota.log_agent[logged] = agent
    rota.log_row[logged] = row
    rota.log_gain[logged] = gain
    return logged + 1


@numba.njit(cache=True, nogil=True)
def undo(frame, rota, logged):  # type: ignore[no-untyped-def]
    """Take back the logged changes, last first."""
    for k in range(logged - 1, -1, -1):
        if rota.log_added[k]:
            remove(frame, rota, rota.log_agent[k], rota.log_row[k], -1)
        else:
            add(frame, rota, rota.log_agent[k], rota.log_row[k], rota.log_gain[k], -1)


@numba.njit(cache=True, nogil=True)
def release(frame, rota, agent, chain, logged):  # type: ignore[no-untyped-def]
    """Take all seats of an agent away; return the points they brought and the length of the log."""
    points = np.int64(0)
    while rota.plan_count[agent] > 0:
        row = rota.plan_row[frame.plan_first[agent] + rota.plan_count[agent] - 1]
        gain = remove(frame, rota, agent, row, chain)
        points += frame.row_value[row] + gain
        logged = note(rota, logged, False, agent, row, gain)
    return points, logged


@numba.njit(cache=True, nogil=True)
def seize(frame, scratch, rota, agent, rows, chain, logged, waiting):  # type: ignore[no-untyped-def]
    """Give the agent the rows just planned, putting somebody out of each full one.

    Returns the points won, the length of the log and how many agents wait to plan.
    """
    won = np.int64(0)
    for k in range(rows):
        row = scratch.plan_row[k]
        gain = scratch.plan_gain[k]
        if rota.taken[row] == frame.capacity[row]:
            out = cheapest_occupant(rota, row)
            rota.barred_in[row] = chain
            lost = remove(frame, rota, out, row, chain)
            won -= frame.row_value[row] + lost
            logged = note(rota, logged, False, out, row, lost)
            if not is_waiting(rota, waiting, out):
                rota.stack[waiting] = out
                waiting += 1
        add(frame, rota, agent, row, gain, chain)
        won += frame.row_value[row] + gain
        logged = note(rota, logged, True, agent, row, gain)
    return won, logged, waiting


@numba.njit(cache=True, nogil=True)
def is_waiting(rota, waiting, agent):  # type: ignore[no-untyped-def]
    """Say whether the agent waits to plan already."""
    found = False
    for k in range(waiting):
        found |= rota.stack[k] == agent
    return found


@numba.njit(cache=True, nogil=True)
def worst_off(rota, agents):  # type: ignore[no-untyped-def]
    """Return the worst off of a few agents drawn at random."""
    worst = agents[draw(rota, len(agents))]
    for _ in range(CANDIDATES - 1):
        other = agents[draw(rota, len(agents))]
        if rota.loss[other] > rota.loss[worst]:
            worst = other
    return worst


@numba.njit(cache=True, nogil=True)
def run_chains(frame, scratch, rota, agents, chains, first_chain):  # type: ignore[no-untyped-def]
    """Run so many chains and return the points won. A chain that loses points is undone.

    A chain may begin with an agent who loses nothing: a free seat may still have a price, and be worth
    taking.
    """
    total = np.int64(0)
    for chain in range(first_chain, first_chain + chains):
        won = np.int64(0)
        logged = 0
        planned = 0
        waiting = 1
        rota.stack[0] = worst_off(rota, agents)
        while waiting > 0:
            waiting -= 1
            mover = rota.stack[waiting]
            points, logged = release(frame, rota, mover, chain, logged)
            net = rota.net_any if planned + waiting < DEPTH else rota.net_free
            planned += 1
            _, rows = best_plan(frame, scratch, mover, net)
            gained, logged, waiting = seize(frame, scratch, rota, mover, rows, chain, logged, waiting)
            won += gained - points
        if won < 0:
            undo(frame, rota, logged)
            won = np.int64(0)
        total += won
        # A row barred in this chain shows NEVER where it is full; put its price back for the next one.
        for k in range(logged):
            refresh(frame, rota, rota.log_row[k], -2)
    return total
