"""The command that rehearses a day of calls against seats."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import click

from scheduling.demand.arrivals import (
    ArrivalsError,
    Day,
    busiest,
    fill_handling,
    mean_handling,
    mean_patience,
    read_calls,
    scale_day,
    seats_per_slot,
)
from scheduling.demand.queue import Replay, Service, replay
from scheduling.progress import ProgressBar


class SeatList(click.ParamType[tuple[int, ...]]):
    """Whole numbers separated by commas."""

    name = "numbers"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """Read the numbers."""
        if isinstance(value, tuple):
            return value
        try:
            seats = tuple(int(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is not a list of whole numbers like 2,1,12,20,18,25", param, ctx)
        if min(seats) < 0:
            self.fail("seats cannot be negative", param, ctx)
        return seats


@click.command(name="rehearse")
@click.argument("calls", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--scale", type=click.FloatRange(min=0, min_open=True), default=1.0, show_default=True)
@click.option("--date", "day_wanted", type=click.DateTime(["%Y-%m-%d"]), help="The busiest day if not given.")
@click.option(
    "--seats-per-slot", type=SeatList(), help="Seats for each slot of the day; what is needed if not given."
)
@click.option("--slots", type=click.IntRange(min=1, max=48), default=6, show_default=True)
@click.option(
    "--level",
    type=click.FloatRange(min=0, max=100, max_open=True),
    default=95.0,
    show_default=True,
    help="Percent of contacts to answer in time.",
)
@click.option("--within", type=click.FloatRange(min=0), default=30.0, show_default=True, help="Seconds.")
@click.option(
    "--at-once",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Conversations that one person holds at the same time.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def rehearse(
    calls: Path,
    scale: float,
    day_wanted: Any,
    seats_per_slot: tuple[int, ...] | None,
    slots: int,
    level: float,
    within: float,
    at_once: int,
    seed: int,
    as_json: bool,
) -> None:
    """Replay one day of CALLS, scaled, and show the level reached in each slot.

    CALLS is tab-separated with the columns date, vru_exit, q_time, outcome and ser_time.
    """
    if seats_per_slot is not None:
        slots = len(seats_per_slot)
    if 48 % slots:
        raise click.UsageError(f"{slots} slots do not divide a day of 48 half hours.")
    try:
        with ProgressBar("rehearse") as bar:
            bar.show(0.0, "reading the calls")
            days = read_calls(calls)
            day = busiest(days) if day_wanted is None else _pick(days, day_wanted.date())
            bar.show(0.3, f"{len(days)} days; {day.date}: {day.contacts:,} contacts, times {scale:g}")
            result = run_rehearsal(
                day,
                scale=scale,
                seats=seats_per_slot,
                slots=slots,
                level=level / 100,
                within_seconds=within,
                at_once=at_once,
                seed=seed,
            )
            bar.show(1.0, f"{result['day']['offered']:,} contacts replayed")
    except ArrivalsError as error:
        raise click.ClickException(str(error)) from None
    click.echo(json.dumps(result, indent=1) if as_json else _table(result))


def run_rehearsal(
    day: Day,
    *,
    scale: float,
    seats: tuple[int, ...] | None,
    slots: int,
    level: float,
    within_seconds: float,
    at_once: int,
    seed: int,
) -> dict[str, Any]:
    """Scale a day, find the seats it needs, replay it with the seats given (or needed), and return the
    figures.
    """
    scaled = fill_handling(scale_day(day, scale, seed=seed), seed=seed)
    handling, patience = mean_handling(day), mean_patience(day)
    needed = seats_per_slot(
        scaled.per_half_hour(),
        handling,
        slots=slots,
        level=level,
        within_seconds=within_seconds,
        at_once=at_once,
    )
    given = tuple(needed.tolist()) if seats is None else seats
    outcome = replay(
        scaled.arrival_seconds,
        scaled.handling_seconds,
        seats=given,
        within_seconds=within_seconds,
        patience_seconds=patience,
        at_once=at_once,
        seed=seed,
    )
    return {
        "date": day.date.isoformat(),
        "scale": scale,
        "mean_handling_seconds": round(handling, 1),
        "mean_patience_seconds": None if patience is None else round(patience, 1),
        "promised_level": level,
        "within_seconds": within_seconds,
        "at_once": at_once,
        "day": _figures(outcome.day),
        "slots": _slots(outcome, needed.tolist(), given),
    }


def _slots(outcome: Replay, needed: list[int], given: tuple[int, ...]) -> list[dict[str, Any]]:
    hours = 24 / len(given)
    return [
        {
            "slot": f"{_hour(place * hours)}-{_hour((place + 1) * hours)}",
            "seats_needed": needed[place],
            "seats": given[place],
            **_figures(service),
        }
        for place, service in enumerate(outcome.intervals)
    ]


def _hour(hours: float) -> str:
    return f"{int(hours):02}:{round(hours % 1 * 60):02}"


def _figures(service: Service) -> dict[str, Any]:
    return {
        name: round(value, 4) if isinstance(value, float) else value
        for name, value in dataclasses.asdict(service).items()
    }


def _table(result: dict[str, Any]) -> str:
    within = f"{result['within_seconds']:g} s"
    lines = [
        f"{result['date']} x {result['scale']:g}: {result['day']['offered']:,} contacts, "
        f"{result['mean_handling_seconds']:g} s of handling each",
        f"{'slot':<12}{'contacts':>9}{'needed':>8}{'seats':>7}{'in ' + within:>10}"
        f"{'hung up':>9}{'mean wait':>11}",
    ]
    for row in [*result["slots"], {"slot": "day", "seats_needed": "", "seats": "", **result["day"]}]:
        level = "-" if row["level"] is None else f"{row['level']:.1%}"
        wait = "-" if row["mean_wait_seconds"] is None else f"{row['mean_wait_seconds']:.1f} s"
        lines.append(
            f"{row['slot']:<12}{row['offered']:>9,}{row['seats_needed']:>8}{row['seats']:>7}"
            f"{level:>10}{row['abandoned']:>9,}{wait:>11}"
        )
    level = result["day"]["level"]
    kept = "kept" if level is not None and level >= result["promised_level"] else "not kept"
    lines.append(f"promise of {result['promised_level']:.1%} in {within}: {kept} over the day")
    return "\n".join(lines)


def _pick(days: list[Day], wanted: Any) -> Day:
    for day in days:
        if day.date == wanted:
            return day
    raise ArrivalsError(
        f"no calls on {wanted}; the file has {days[0].date} to {days[-1].date}" if days else "no calls"
    )
