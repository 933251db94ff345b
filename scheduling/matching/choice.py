"""One plan for everybody: built agent by agent at the prices, then improved by ejection chains.

A chain releases one agent, lets them plan as if full rows could be had for their price, puts out the occupant
of each such row who is worth least there, lets that one plan next, and so on. It stays when the points did
not fall. Glover, "Ejection chains, reference structures and alternating path methods", Discrete Applied
Mathematics 65 (1996).
"""

from __future__ import annotations

import numpy as np

from scheduling.matching.compiled import allocating, compiled
from scheduling.matching.ledger import DEPTH, add, draw, note, refresh, release, remove, undo
from scheduling.matching.plans import NEVER, SCALE, best_plan

NOISE = 100
"""Points drawn at random that blur who is put out, so that chains do not run the same way twice."""
CANDIDATES = 3
PASSES = (16, 15, 13)
"""Sixteenths of the price that the building passes ask for a free seat."""


@allocating
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


@compiled
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


@compiled
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


@compiled
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


@compiled
def is_waiting(rota, waiting, agent):  # type: ignore[no-untyped-def]
    """Say whether the agent waits to plan already."""
    found = False
    for k in range(waiting):
        found |= rota.stack[k] == agent
    return found


@compiled
def worst_off(rota, agents):  # type: ignore[no-untyped-def]
    """Return the worst off of a few agents drawn at random."""
    worst = agents[draw(rota, len(agents))]
    for _ in range(CANDIDATES - 1):
        other = agents[draw(rota, len(agents))]
        if rota.loss[other] > rota.loss[worst]:
            worst = other
    return worst


@compiled
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
