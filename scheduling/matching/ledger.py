"""Who has which seats while plans are made: seats taken and given back, and a log to undo it by.

All functions that work on it are compiled.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scheduling.matching.compiled import allocating, compiled
from scheduling.matching.layout import Layout
from scheduling.matching.plans import NEVER, SCALE
from scheduling.matching.problem import Ints

DEPTH = 16
"""How many agents a chain may move before those still waiting must be content with free seats."""
CHANGES_A_WAY = 2
"""The log has room for a plan every seat of which moves somebody out of each row of its span, twice."""


class Rota(NamedTuple):
    """Who has which seats. `loss` is by how much (1/64 points) an agent's plan falls short of their best one
    at the prices; the sum of losses and of the prices of free seats is the gap between value and bound.
    `asked` is what chains ask for a full seat: the price, or near it when the search is stuck.

    The rest is for `exchange`, with the rows in the order of `span_row`: the `fee` for a free seat, which
    spans and rows are out of date, and by row the way to a free seat: what it is worth, the next place and
    who moves there. `move_worth` and `mover` are the best moves from each row of a span to each other, from
    `move_first` of the span on, and `path` the places of a way.
    """

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
    fee: Ints
    stale: NDArray[np.bool_]
    untidy: NDArray[np.bool_]
    stale_row: NDArray[np.bool_]
    way_worth: Ints
    way_next: Ints
    way_agent: Ints
    move_worth: Ints
    mover: Ints
    path: Ints


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
    abreast = layout.most_exchanged
    moves = int(layout.move_first[-1]) if abreast > 0 else 0
    steps = (DEPTH + most_rows + 2) * (3 * most_rows + 1)
    steps = max(steps, 2 * most_rows * (CHANGES_A_WAY * abreast + 4))
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
        fee=np.zeros(rows, dtype=np.int64),
        stale=np.ones(len(layout.span_start), dtype=np.bool_),
        untidy=np.ones(len(layout.span_start), dtype=np.bool_),
        stale_row=np.ones(rows, dtype=np.bool_),
        way_worth=np.zeros(rows, dtype=np.int64),
        way_next=np.full(rows, -1, dtype=np.int64),
        way_agent=np.full(rows, -1, dtype=np.int64),
        move_worth=np.zeros(moves, dtype=np.int64),
        mover=np.zeros(moves, dtype=np.int64),
        path=np.zeros(abreast + 1, dtype=np.int64),
    )


@compiled
def draw(rota, below):  # type: ignore[no-untyped-def]
    """Return a random whole number from 0 to below - 1 (SplitMix64; the bias is under 1e-9)."""
    rota.random[0] += np.uint64(0x9E3779B97F4A7C15)
    z = rota.random[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return np.int64((z >> np.uint64(1)) % np.uint64(below))


@compiled
def is_exchanging(frame):  # type: ignore[no-untyped-def]
    """Say whether people may move to other rows of their span to make room."""
    return frame.row_for.shape[0] > 0


@compiled
def refresh(frame, rota, row, chain):  # type: ignore[no-untyped-def]
    """Bring the net values of a row up to date after its seats changed."""
    if is_exchanging(frame):
        span = frame.row_span[row]
        rota.stale[span] = True
        rota.untidy[span] = True
        rota.stale_row[frame.span_first[span] + frame.row_place[row]] = True
        return
    worth = frame.row_value[row] * SCALE
    if rota.taken[row] < frame.capacity[row]:
        rota.net_any[row] = worth
        rota.net_free[row] = worth
    else:
        barred = frame.capacity[row] == 0 or rota.barred_in[row] == chain
        rota.net_any[row] = NEVER if barred else worth - rota.asked[row]
        rota.net_free[row] = NEVER


@compiled
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


@compiled
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


@compiled
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


@allocating
def ask(frame, rota, asked):  # type: ignore[no-untyped-def]
    """Let the chains ask these prices from now on."""
    rota.asked[:] = asked
    for row in range(len(rota.taken)):
        refresh(frame, rota, row, -2)


@compiled
def count_seats(frame, plan_row, plan_count, agents, taken):  # type: ignore[no-untyped-def]
    """Count the seats of each row that these agents hold."""
    for agent in agents:
        first = frame.plan_first[agent]
        for place in range(first, first + plan_count[agent]):
            taken[plan_row[place]] += 1


@compiled
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


@compiled
def note(rota, logged, added, agent, row, gain):  # type: ignore[no-untyped-def]
    """Remember one change, so that it can be undone."""
    rota.log_added[logged] = added
    rota.log_agent[logged] = agent
    rota.log_row[logged] = row
    rota.log_gain[logged] = gain
    return logged + 1


@compiled
def undo(frame, rota, logged):  # type: ignore[no-untyped-def]
    """Take back the logged changes, last first."""
    for k in range(logged - 1, -1, -1):
        if rota.log_added[k]:
            remove(frame, rota, rota.log_agent[k], rota.log_row[k], -1)
        else:
            add(frame, rota, rota.log_agent[k], rota.log_row[k], rota.log_gain[k], -1)


@compiled
def release(frame, rota, agent, chain, logged):  # type: ignore[no-untyped-def]
    """Take all seats of an agent away; return the points they brought and the length of the log."""
    points = np.int64(0)
    while rota.plan_count[agent] > 0:
        row = rota.plan_row[frame.plan_first[agent] + rota.plan_count[agent] - 1]
        gain = remove(frame, rota, agent, row, chain)
        points += frame.row_value[row] + gain
        logged = note(rota, logged, False, agent, row, gain)
    return points, logged
