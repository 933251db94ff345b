"""The best possible value of a small season by integer programming (HiGHS), modelled on its own from the
records.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from scheduling.matching.checker import Person, Season, Shift

MINUTE = dt.timedelta(minutes=1)


@dataclasses.dataclass
class _Model:
    """Rows of `sum(coefficient * x) <= limit`."""

    gains: list[float] = dataclasses.field(default_factory=list)
    entries: list[tuple[int, int, float]] = dataclasses.field(default_factory=list)
    limits: list[float] = dataclasses.field(default_factory=list)
    least: list[float] = dataclasses.field(default_factory=list)

    def variable(self, gain: float, *, fixed: bool = False) -> int:
        self.gains.append(gain)
        self.least.append(1.0 if fixed else 0.0)
        return len(self.gains) - 1

    def at_most(self, limit: float, terms: dict[int, float]) -> None:
        for variable, coefficient in terms.items():
            self.entries.append((len(self.limits), variable, coefficient))
        self.limits.append(limit)

    def best(self) -> int:
        if not self.gains:
            return 0
        count = len(self.gains)
        rows, columns, values = zip(*self.entries, strict=True) if self.entries else ((), (), ())
        matrix = coo_array((values, (rows, columns)), shape=(len(self.limits), count)).tocsr()
        answer = milp(
            -np.array(self.gains),
            integrality=np.ones(count, dtype=np.int64),
            bounds=Bounds(np.array(self.least), np.ones(count)),
            constraints=[LinearConstraint(matrix, -np.inf, np.array(self.limits))] if self.limits else (),
            options={"mip_rel_gap": 0.0},
        )
        assert answer.success, answer.message
        return round(-float(answer.fun))


def best_value(season: Season) -> int:
    """Return the points of the best plan there is."""
    model = _Model()
    on_row: dict[str, dict[int, float]] = defaultdict(dict)
    pinned = set(season.pinned)
    for agent_id in season.people:
        held: list[tuple[Shift, int]] = []
        for shift in season.shifts.values():
            points = _points(season, agent_id, shift)
            if points is not None:
                variable = model.variable(points, fixed=(agent_id, shift.id) in pinned)
                held.append((shift, variable))
                on_row[shift.id][variable] = 1.0
        _add_agent(model, season, agent_id, held)
    for demand_id, terms in on_row.items():
        model.at_most(season.shifts[demand_id].seats, terms)
    return model.best()


def _points(season: Season, agent_id: str, shift: Shift) -> int | None:
    score = season.scores.get((agent_id, shift.project_id))
    if score is None or (agent_id, shift.project_id) in season.blocked:
        return None
    around = [
        window.preference
        for window in season.windows.get(agent_id, ())
        if window.start <= shift.start and shift.end <= window.end
    ]
    return shift.value + score + max(around) if around else None


def _add_agent(model: _Model, season: Season, agent_id: str, held: list[tuple[Shift, int]]) -> None:
    person = season.people[agent_id]
    _add_breaks(model, person, held)
    worked = _add_counts(model, person, held)
    _add_days_off(model, season, person, worked)
    _add_weekends(model, person, worked)


def _add_days_off(model: _Model, season: Season, person: Person, worked: dict[dt.date, int]) -> None:
    """Forbid every short run of days and of days off, one pattern of worked and free days at a time."""
    starts = [shift.start.date() for shift in season.shifts.values()]
    staying = {season.shifts[row].start.date() for agent_id, row in season.pinned if agent_id == person.id}
    for first in worked:
        for length in range(1, person.min_consecutive_days):
            run = [first + dt.timedelta(days=later) for later in range(length)]
            around = [first - dt.timedelta(days=1), first + dt.timedelta(days=length)]
            if all(day in worked and day not in (min(starts), max(starts), *staying) for day in run):
                terms = {worked[day]: 1.0 for day in run}
                terms |= {worked[day]: -1.0 for day in around if day in worked}
                model.at_most(length - 1, terms)
        for length in range(1, person.min_days_off):
            back = first + dt.timedelta(days=length + 1)
            free = [first + dt.timedelta(days=1 + later) for later in range(length)]
            if back in worked and not {first, back} <= staying:
                terms = {worked[first]: 1.0, worked[back]: 1.0}
                terms |= {worked[day]: -1.0 for day in free if day in worked}
                model.at_most(1, terms)


def _add_weekends(model: _Model, person: Person, worked: dict[dt.date, int]) -> None:
    if person.max_weekends is None:
        return
    weekends: dict[dt.date, int] = {}
    for day, is_worked in worked.items():
        if day.weekday() >= 5:
            saturday = day - dt.timedelta(days=day.weekday() - 5)
            if saturday not in weekends:
                weekends[saturday] = model.variable(0)
            model.at_most(0, {is_worked: 1, weekends[saturday]: -1})
    model.at_most(person.max_weekends, dict.fromkeys(weekends.values(), 1.0))


def _add_breaks(model: _Model, person: Person, held: list[tuple[Shift, int]]) -> None:
    rest = person.min_rest_minutes * MINUTE
    for first, x in held:
        for other, y in held:
            if x < y and first.start < other.end and other.start < first.end:
                model.at_most(1, {x: 1, y: 1})
            if first.end < other.start < first.end + rest:
                # Both are allowed when touching shifts fill the time between them.
                bridge = {
                    z: -1.0 for shift, z in held if shift.start == first.end and shift.end <= other.start
                }
                model.at_most(1, {x: 1, y: 1, **bridge})
        _forbid_long_stretches(model, held, [(first, x)], person.max_stretch_minutes)


def _add_counts(model: _Model, person: Person, held: list[tuple[Shift, int]]) -> dict[dt.date, int]:
    """Limit weeks, days and runs of days; return, by day, the variable that says whether it is worked."""
    weeks: dict[tuple[int, int], dict[int, float]] = defaultdict(dict)
    days: dict[dt.date, dict[int, float]] = defaultdict(dict)
    for shift, x in held:
        year, week, _ = shift.start.isocalendar()
        weeks[year, week][x] = shift.minutes
        days[shift.start.date()][x] = shift.minutes
    for terms in weeks.values():
        model.at_most(person.max_week_minutes, terms)
    worked = {}
    for day, terms in days.items():
        if person.max_day_minutes is not None:
            model.at_most(person.max_day_minutes, terms)
        worked[day] = model.variable(0)
        for x in terms:
            model.at_most(0, {x: 1, worked[day]: -1})
        model.at_most(0, {worked[day]: 1, **dict.fromkeys(terms, -1.0)})
    run = person.max_consecutive_days
    for day in days:
        row = [day + dt.timedelta(days=later) for later in range(run + 1)]
        if all(other in worked for other in row):
            model.at_most(run, {worked[other]: 1.0 for other in row})
    return worked


def _forbid_long_stretches(
    model: _Model, held: list[tuple[Shift, int]], path: list[tuple[Shift, int]], limit: int
) -> None:
    """Forbid every shortest run of touching shifts that is longer than the limit."""
    if sum(shift.minutes for shift, _ in path) > limit:
        model.at_most(len(path) - 1, {x: 1.0 for _, x in path})
        return
    for shift, x in held:
        if shift.start == path[-1][0].end:
            _forbid_long_stretches(model, held, [*path, (shift, x)], limit)
