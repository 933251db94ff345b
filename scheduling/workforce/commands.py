"""The command that shows how long people stay, from a CSV file."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import click

from scheduling.workforce.retention import RetentionCurve, retention_by_group, retention_curve

EVENTS = {
    "1": True,
    "true": True,
    "yes": True,
    "left": True,
    "0": False,
    "false": False,
    "no": False,
    "": False,
}
FAULTS_SHOWN = 100
BAR = 40
ROWS_SHOWN = 13


@click.command(name="attrition")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--duration", required=True, metavar="COLUMN", help="How long each person stayed, or is there so far."
)
@click.option(
    "--event", required=True, metavar="COLUMN", help="1 for somebody who left, 0 for somebody still there."
)
@click.option("--group", metavar="COLUMN", help="Draw one curve for each value of this column.")
@click.option("--encoding", default="utf-8-sig", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the whole curves as JSON.")
def attrition(file: Path, duration: str, event: str, group: str | None, encoding: str, as_json: bool) -> None:
    """Show how long people stay: the Kaplan-Meier curve of FILE, with its 95 % interval."""
    durations, left, groups = _read(file, duration, event, group, encoding)
    curves = {"all": retention_curve(durations, left)}
    if group is not None:
        curves |= retention_by_group(durations, left, groups)
    if as_json:
        click.echo(
            json.dumps({name: _plain(curve) for name, curve in curves.items()}, ensure_ascii=False, indent=1)
        )
        return
    click.echo("\n\n".join(_drawn(name, curve) for name, curve in curves.items()))


def _read(
    file: Path, duration: str, event: str, group: str | None, encoding: str
) -> tuple[list[float], list[bool], list[str]]:
    """Read the columns, or list every fault and leave with status 1."""
    durations: list[float] = []
    left: list[bool] = []
    groups: list[str] = []
    faults: list[str] = []
    try:
        with file.open(newline="", encoding=encoding) as stream:
            reader = csv.DictReader(stream)
            missing = [
                name for name in (duration, event, group) if name and name not in (reader.fieldnames or ())
            ]
            if missing:
                known = ", ".join(reader.fieldnames or ()) or "none"
                raise click.ClickException(
                    f"{file.name} has no column {', '.join(missing)}; its columns are {known}."
                )
            for row in reader:
                number, gone = _duration(row[duration]), EVENTS.get((row[event] or "").strip().lower())
                if number is None:
                    faults.append(
                        f"line {reader.line_num}: {duration} is {row[duration]!r}; give a number from 0"
                    )
                elif gone is None:
                    faults.append(f"line {reader.line_num}: {event} is {row[event]!r}; give 1 or 0")
                else:
                    durations.append(number)
                    left.append(gone)
                    groups.append(row[group] or "" if group else "")
    except UnicodeDecodeError:
        raise click.ClickException(
            f"{file.name} is not {encoding}; name its encoding with --encoding."
        ) from None
    if faults or not durations:
        shown = faults[:FAULTS_SHOWN] or ["there are no people in it"]
        raise click.ClickException("\n".join([f"{file.name} cannot be used ({len(faults)} faults):", *shown]))
    return durations, left, groups


def _duration(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _plain(curve: RetentionCurve) -> dict[str, Any]:
    return {
        "people": curve.people,
        "left": curve.leavers,
        "median": curve.median(),
        "median_interval": curve.median_interval(),
        "confidence": curve.confidence,
        "times": curve.times.tolist(),
        "staying": curve.staying.round(6).tolist(),
        "low": curve.low.round(6).tolist(),
        "high": curve.high.round(6).tolist(),
        "at_risk": curve.at_risk.tolist(),
        "left_at": curve.left.tolist(),
    }


def _drawn(name: str, curve: RetentionCurve) -> str:
    median = curve.median()
    low, high = curve.median_interval()
    between = f" ({'?' if low is None else f'{low:g}'} to {'?' if high is None else f'{high:g}'})"
    lines = [
        f"{name}: {curve.people:,} people, {curve.leavers:,} left; half had left by "
        + ("- (more than half stay)" if median is None else f"{median:g}{between}")
    ]
    last = float(curve.times[-1])
    for step in range(ROWS_SHOWN):
        time = last * step / (ROWS_SHOWN - 1)
        share = curve.staying_at(time)
        below, above = curve.interval_at(time)
        lines.append(
            f"{time:>10.1f} {'#' * round(BAR * share):<{BAR}} {share:>6.1%}  {below:.1%} to {above:.1%}"
        )
    return "\n".join(lines)
