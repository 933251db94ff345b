"""A plain greedy plan to hold the solver against: rows by value, each seat to the best person who fits."""

from __future__ import annotations

import numba
import numpy as np

from scheduling.matching.days import has_rules, mend
from scheduling.matching.layout import lay_out
from scheduling.matching.plans import make_frame
from scheduling.matching.problem import Problem
from scheduling.matching.units import MINUTES_PER_DAY, MINUTES_PER_WEEK, Ints


def solve_greedily(problem: Problem) -> tuple[Ints, Ints, int]:
    """Return (agents, demand rows, value) of the greedy plan; pins are not looked at."""
    layout = lay_out(problem)
    owner = np.repeat(np.arange(problem.agents), np.diff(problem.cert_first))
    by_project = np.lexsort((-problem.cert_score, problem.cert_project))
    first = np.searchsorted(problem.cert_project[by_project], np.arange(len(problem.project_ids) + 1))
    order = np.argsort(-layout.row_value, kind="stable")
    project = np.repeat(np.arange(len(problem.project_ids)), np.diff(layout.project_first))
    limits = np.stack(
        [
            problem.max_week_minutes,
            problem.max_day_minutes,
            problem.max_stretch_minutes,
            problem.min_rest_minutes,
            problem.max_consecutive_days,
        ]
    )
    frame = make_frame(layout, round_up=True)
    agents, rows, value = fill_rows(
        order,
        project,
        layout.row_span,
        layout.row_value,
        layout.capacity,
        layout.span_start,
        layout.span_end,
        first,
        owner[by_project],
        problem.cert_score[by_project],
        layout.open_first,
        layout.open_span,
        layout.open_preference,
        limits,
        frame,
    )
    return agents, layout.row_of[rows], int(value)


@numba.njit(cache=True, nogil=True)
def fill_rows(  # type: ignore[no-untyped-def]
    order,
    project,
    row_span,
    row_value,
    capacity,
    span_start,
    span_end,
    cert_first,
    cert_agent,
    cert_score,
    open_first,
    open_span,
    open_preference,
    limits,
    frame,
):
    """Fill the rows in this order; return agents, rows and points.

    What breaks the rules of `days` in the end goes again.
    """
    seats = capacity.sum()
    agents = np.empty(seats, dtype=np.int64)
    rows = np.empty(seats, dtype=np.int64)
    gains = np.empty(seats, dtype=np.int64)
    people = limits.shape[1]
    most = np.diff(open_first).max() + 1 if people > 0 else 1
    held = np.empty((people, most), dtype=np.int64)
    count = np.zeros(people, dtype=np.int64)
    filled = 0
    for row in order:
        left = capacity[row]
        span = row_span[row]
        for cert in range(cert_first[project[row]], cert_first[project[row] + 1]):
            if left == 0:
                break
            agent = cert_agent[cert]
            low = open_first[agent]
            place = low + np.searchsorted(open_span[low : open_first[agent + 1]], span)
            if place == open_first[agent + 1] or open_span[place] != span:
                continue
            at = slot_in(held[agent], count[agent], span)
            for k in range(count[agent], at, -1):
                held[agent, k] = held[agent, k - 1]
            held[agent, at] = span
            if keeps_rules(held[agent], count[agent] + 1, span_start, span_end, limits[:, agent]):
                count[agent] += 1
                left -= 1
                agents[filled] = agent
                rows[filled] = row
                filled += 1
                gains[filled - 1] = row_value[row] + cert_score[cert] + open_preference[place]
            else:
                for k in range(at, count[agent]):
                    held[agent, k] = held[agent, k + 1]
    mend_held(frame, held, count)
    keeps = np.ones(filled, dtype=np.bool_)
    for k in range(filled):
        keeps[k] = row_span[rows[k]] in held[agents[k], : count[agents[k]]]
    return agents[:filled][keeps], rows[:filled][keeps], gains[:filled][keeps].sum()


@numba.njit(cache=True, nogil=True)
def mend_held(frame, held, count):  # type: ignore[no-untyped-def]
    """Take out of what everybody holds whatever breaks the rules of `days`."""
    start, end = frame.span_start, frame.span_end
    no_pins = np.zeros(len(start), dtype=np.int64)
    for agent in range(len(count)):
        if has_rules(frame, agent):
            count[agent] = mend(frame, agent, frame.span_day, no_pins, start, end, held[agent], count[agent])


@numba.njit(cache=True, nogil=True)
def slot_in(held, count, span):  # type: ignore[no-untyped-def]
    """Return where the span belongs among those held."""
    at = 0
    while at < count and held[at] < span:
        at += 1
    return at


@numba.njit(cache=True, nogil=True)
def keeps_rules(held, count, span_start, span_end, limits):  # type: ignore[no-untyped-def]
    """Say whether these spans, in order, keep week, day, stretch, rest and run of days."""
    week = np.int64(0)
    day = np.int64(0)
    stretch = np.int64(0)
    run = 0
    for k in range(count):
        start = span_start[held[k]]
        length = span_end[held[k]] - start
        before = span_start[held[k - 1]] if k > 0 else np.int64(-(10**9))
        gap = start - span_end[held[k - 1]] if k > 0 else np.int64(10**9)
        days = start // MINUTES_PER_DAY - before // MINUTES_PER_DAY
        week = length + (week if start // MINUTES_PER_WEEK == before // MINUTES_PER_WEEK else 0)
        day = length + (day if days == 0 else 0)
        stretch = length + (stretch if gap == 0 else 0)
        if days > 0:
            run = run + 1 if days == 1 else 1
        rested = gap == 0 or gap >= limits[3]
        if not rested or week > limits[0] or day > limits[1] or stretch > limits[2] or run > limits[4]:
            return False
    return True
