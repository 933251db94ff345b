"""One employee alone, where the usual tables fail: any plan that keeps every rule, whatever it costs.

With shifts of one length only minutes are a small count, and a table over the whole horizon fits. Where no
one length will do, an integer program of this employee finds a plan or proves that there is none.
"""

from __future__ import annotations

import dataclasses

import highspy
import numpy as np

from scheduling.matching.rosters.instance import OFF, Instance, Ints, Roster
from scheduling.matching.rosters.market import quiet_solver

PROGRAM_SECONDS = 120.0
"""Most seconds for the integer program of one employee."""
FEW = 4
"""Most kinds of shift of one length that are looked at together."""


def lengths(instance: Instance, employee: int) -> list[Ints]:
    """Return kinds of shift of one length each, those first of which most minutes can be worked."""
    most = np.minimum(instance.max_shifts[employee], instance.days)
    groups = []
    for length in np.unique(instance.shift_minutes[most > 0]):
        same = np.flatnonzero((instance.shift_minutes == length) & (most > 0))
        groups.append(np.sort(same[np.argsort(-most[same], kind="stable")][:FEW]))
    groups.sort(key=lambda those: -int(min(most[those].sum(), instance.days)))
    return groups


def alone(instance: Instance, employee: int, chosen: Ints) -> Instance:
    """Return the instance with this employee and these kinds of shift only."""
    one = slice(employee, employee + 1)
    return dataclasses.replace(
        instance,
        shift_ids=tuple(instance.shift_ids[shift] for shift in chosen),
        shift_minutes=instance.shift_minutes[chosen],
        follows=instance.follows[np.ix_(chosen, chosen)],
        employee_ids=instance.employee_ids[one],
        max_shifts=instance.max_shifts[one, chosen],
        max_minutes=instance.max_minutes[one],
        min_minutes=instance.min_minutes[one],
        max_run=instance.max_run[one],
        min_run=instance.min_run[one],
        min_off=instance.min_off[one],
        max_weekends=instance.max_weekends[one],
        day_off=instance.day_off[one],
        request_cost=instance.request_cost[one][:, :, chosen],
        need=instance.need[:, chosen],
        under=instance.under[:, chosen],
        over=instance.over[:, chosen],
    )


def searched_plan(instance: Instance, employee: int) -> tuple[Roster | None, bool]:
    """Return a plan found by an integer program, and whether it is certain that there is none."""
    if not (instance.max_shifts[employee] > 0).any():
        idle = instance.min_minutes[employee] <= 0
        return (np.full(instance.days, OFF, dtype=np.int16), False) if idle else (None, True)
    program = _Program(instance, employee)
    program.solver.run()
    status = program.solver.getModelStatus()
    if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return None, True
    values = np.asarray(program.solver.getSolution().col_value)
    info = program.solver.getInfo()
    if len(values) == 0 or info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return None, False
    worked = values[: instance.days * len(program.kinds)].reshape(instance.days, -1) > 0.5
    plan = np.full(instance.days, OFF, dtype=np.int16)
    day, kind = np.nonzero(worked)
    plan[day] = program.kinds[kind]
    return plan, False


class _Program:
    """The rules of one employee: a column for each kind of shift of each day, and one for each weekend."""

    def __init__(self, instance: Instance, employee: int) -> None:
        self.instance, self.employee = instance, employee
        self.kinds = np.flatnonzero(instance.max_shifts[employee] > 0)
        self.solver = quiet_solver()
        for option, value in (
            ("presolve", "choose"),
            ("solver", "choose"),
            ("time_limit", PROGRAM_SECONDS),
            ("mip_rel_gap", 1e9),
        ):
            self.solver.setOptionValue(option, value)
        days, kinds = instance.days, len(self.kinds)
        self.weekends = -(-days // 7)
        columns = days * kinds + self.weekends
        none = np.array([], dtype=np.int32)
        upper = np.ones(columns)
        upper[: days * kinds] = np.repeat(np.where(instance.day_off[employee], 0.0, 1.0), kinds)
        starts = np.zeros(columns, dtype=np.int32)
        self.solver.addCols(
            columns, np.zeros(columns), np.zeros(columns), upper, 0, starts, none, none.astype(np.float64)
        )
        for column in range(columns):
            self.solver.changeColIntegrality(column, highspy.HighsVarType.kInteger)
        self._add_counts()
        self._add_runs()
        self._add_successions()

    def _row(self, lower: float, upper: float, *terms: tuple[Ints, float]) -> None:
        index = np.concatenate([columns for columns, _ in terms]).astype(np.int32)
        value = np.concatenate([np.full(len(columns), factor) for columns, factor in terms])
        self.solver.addRow(lower, upper, len(index), index, value)

    def _day(self, day: int) -> Ints:
        return np.arange(day * len(self.kinds), (day + 1) * len(self.kinds))

    def _add_counts(self) -> None:
        """Minutes, kinds of shift, one shift a day, weekends."""
        instance, who = self.instance, self.employee
        days, kinds = instance.days, len(self.kinds)
        endless = float(highspy.kHighsInf)
        work = np.arange(days * kinds)
        minutes = np.tile(instance.shift_minutes[self.kinds], days).astype(np.float64)
        self.solver.addRow(
            float(instance.min_minutes[who]),
            float(instance.max_minutes[who]),
            len(work),
            work.astype(np.int32),
            minutes,
        )
        for place, kind in enumerate(self.kinds):
            self._row(-endless, float(instance.max_shifts[who, kind]), (work[place::kinds], 1.0))
        weekend = days * kinds + np.arange(self.weekends)
        self._row(-endless, float(instance.max_weekends[who]), (weekend, 1.0))
        for day in range(days):
            self._row(-endless, 1.0, (self._day(day), 1.0))
            if day % 7 >= 5:
                self._row(-endless, 0.0, (self._day(day), 1.0), (weekend[day // 7 : day // 7 + 1], -1.0))

    def _add_runs(self) -> None:
        """Most shifts in a row; least shifts and least days off in a row, except at either end."""
        instance, who = self.instance, self.employee
        endless = float(highspy.kHighsInf)
        most = int(instance.max_run[who])
        for first in range(instance.days - most):
            block = np.concatenate([self._day(day) for day in range(first, first + most + 1)])
            self._row(-endless, float(most), (block, 1.0))
        for least, sign in ((int(instance.min_run[who]), 1.0), (int(instance.min_off[who]), -1.0)):
            for day in range(1, instance.days):
                for later in range(day + 1, min(instance.days, day + least)):
                    self._row(
                        -endless,
                        0.0 if sign > 0 else 1.0,
                        (self._day(day), sign),
                        (self._day(day - 1), -sign),
                        (self._day(later), -sign),
                    )

    def _add_successions(self) -> None:
        instance = self.instance
        for place, kind in enumerate(self.kinds):
            barred = np.flatnonzero(~instance.follows[kind, self.kinds])
            if len(barred):
                for day in range(instance.days - 1):
                    self._row(
                        -float(highspy.kHighsInf),
                        1.0,
                        (self._day(day)[place : place + 1], 1.0),
                        (self._day(day + 1)[barred], 1.0),
                    )
