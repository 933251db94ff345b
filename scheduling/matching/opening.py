"""Prices to begin with, from a sample of the agents.

First one number: every row's value less the same amount an hour of work. Then one correction a span and one a
project, so that hours nobody wants and projects few are certified for are not priced like the rest: a search
that moves every row by itself would need many sweeps to carry a whole evening down to nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from scheduling.matching.crew import Budget
from scheduling.matching.plans import SCALE
from scheduling.matching.problem import Ints

if TYPE_CHECKING:
    from scheduling.matching.prices import Pricing

SAMPLE = 500
"""Agents asked for the one number, at least."""
WIDE_SAMPLE = 2_000
"""Agents asked for the corrections, at least."""
ROUNDS = 60
FIRST_STEP = 0.4
"""The first step of the corrections as a part of what a typical seat and score bring."""
DECAY = 5.0
MOMENTUM = 0.5
FARTHEST = 2.0
"""The largest correction, as a multiple of what a typical seat and score bring."""


PROBE_SECONDS = 0.02
"""Plans are timed for so long before the samples are drawn, when there is a clock."""
FLAT_PART, BENT_PART = 0.1, 0.35
"""Parts of the time that the one number and the corrections may take."""
FLAT_PLANS = 18
"""So many plans each agent of the first sample makes."""


def opening_prices(pricing: Pricing, budget: Budget, *, most: float, bend: bool) -> tuple[Ints, int]:
    """Return the prices from one number or, with `bend`, those with corrections if they are better, and the
    bound they prove in 1/64 points. The budget is enough for `most` plans.
    """
    flat = flat_prices(pricing, budget, sample=min(SAMPLE, most * FLAT_PART / FLAT_PLANS))
    if budget.overrun or not bend:
        return flat, pricing.bound(flat)
    bent = bend_prices(pricing, flat, budget, sample=min(WIDE_SAMPLE, most * BENT_PART / ROUNDS))
    bent_bound = pricing.bound(bent)
    flat_bound = bent_bound if budget.overrun else pricing.bound(flat)
    return (flat, flat_bound) if flat_bound < bent_bound else (bent, bent_bound)


def affordable_plans(pricing: Pricing, budget: Budget) -> float:
    """Return how many plans the budget's time is enough for; no limit when work is counted."""
    if budget.seconds is None:
        return float("inf")
    took, count = 0.0, 1
    # The very first plan also loads the compiled code, and the next few find no memory warm.
    pricing.best_values(pricing.worth // 2, pricing.everybody[:1], frame=pricing.crew.low)
    while took < PROBE_SECONDS and count < pricing.crew.layout.agents:
        count = min(pricing.crew.layout.agents, count * 4)
        probe = pricing.everybody[:: pricing.crew.layout.agents // count][:count]
        began = budget.elapsed
        pricing.best_values(pricing.worth // 2, probe, frame=pricing.crew.low)
        took = budget.elapsed - began
    pricing.plan_seconds = took / count
    return budget.seconds / max(1e-7, pricing.plan_seconds)


def _sample(pricing: Pricing, size: float) -> Ints:
    """Return at least so many agents, evenly spread, or everybody."""
    return pricing.everybody[:: max(1, int(pricing.crew.layout.agents // max(1, size)))]


def flat_prices(pricing: Pricing, budget: Budget, *, sample: float) -> Ints:
    """Return prices from one number: every row's value less the same amount an hour of work.

    The amount is found by golden-section search on a sample; the bound is convex in it.
    """
    layout, low = pricing.crew.layout, pricing.crew.low
    minutes = (layout.span_end - layout.span_start)[layout.row_span]
    seats = max(1, int(pricing.capacity.sum()))
    usual = max(1.0, float((minutes * pricing.capacity).sum()) / seats)
    asked = _sample(pricing, sample)
    spread = layout.agents / max(1, len(asked))

    def prices(amount: float) -> Ints:
        return np.maximum(0, np.rint(pricing.worth - amount * minutes / usual)).astype(np.int64)

    def cost(amount: float) -> float:
        scaled = prices(amount)
        values = pricing.best_values(scaled, asked, frame=low)
        return float(values.sum()) * spread + float((scaled * pricing.capacity).sum())

    most = float(pricing.worth[pricing.open_rows].max(initial=0))
    bonus = float(np.abs(layout.cert_score).max(initial=0)) + float(
        np.abs(layout.open_preference).max(initial=0)
    )
    return prices(_least(cost, budget, low=-bonus * SCALE, high=most + 1))


def _least(cost: Callable[[float], float], budget: Budget, *, low: float, high: float) -> float:
    """Return where a convex function is least, to about a thousandth of the range while there is time."""
    ratio = (5**0.5 - 1) / 2
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    at_left, at_right = cost(left), cost(right)
    for _ in range(FLAT_PLANS - 2):
        if budget.overrun:
            break
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - ratio * (high - low)
            at_left = cost(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + ratio * (high - low)
            at_right = cost(right)
    return left if at_left <= at_right else right


def bend_prices(pricing: Pricing, flat: Ints, budget: Budget, *, sample: float) -> Ints:
    """Return the prices with one correction a span and one a project, by subgradient steps on a sample."""
    layout, capacity = pricing.crew.layout, pricing.capacity
    asked = _sample(pricing, sample)
    spread = layout.agents / max(1, len(asked))
    spans, projects = len(layout.span_start), len(layout.project_first) - 1
    row_project = np.repeat(np.arange(projects), np.diff(layout.project_first))
    span_seats = np.maximum(1, np.bincount(layout.row_span, capacity, spans))
    project_seats = np.maximum(1, np.bincount(row_project, capacity, projects))
    by_span, by_project = np.zeros(spans), np.zeros(projects)
    pull_span, pull_project = np.zeros(spans), np.zeros(projects)
    typical = max(1.0, pricing.typical_points()) * SCALE
    scaled = flat
    for step in FIRST_STEP * typical * np.exp(-DECAY * np.arange(ROUNDS) / ROUNDS):
        if budget.overrun:
            break
        excess = pricing.loads(scaled, asked) * spread - capacity
        excess[(scaled == 0) & (excess < 0)] = 0
        of_span = np.bincount(layout.row_span, excess, spans) / span_seats
        of_project = np.bincount(row_project, excess, projects) / project_seats
        pull_span = MOMENTUM * pull_span + (1 - MOMENTUM) * np.clip(of_span, -1.0, 2.0)
        pull_project = MOMENTUM * pull_project + (1 - MOMENTUM) * np.clip(of_project, -1.0, 2.0)
        by_span = np.clip(by_span + step * pull_span, -FARTHEST * typical, FARTHEST * typical)
        by_project = np.clip(by_project + step / 2 * pull_project, -FARTHEST * typical, FARTHEST * typical)
        bent = flat + by_span[layout.row_span] + by_project[row_project]
        scaled = np.where(pricing.open_rows, np.rint(np.maximum(0.0, bent)), 0).astype(np.int64)
    return scaled
