"""`zuoxi exams analyse`: what answers say about an exam, its items, their options, and groups of people."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from exams.analysis import ExamStatistics, analyse
from exams.distractors import GROUP_NAMES, ItemOptions, count_options
from exams.irt.commands import TableFile, read_table, refuse
from exams.irt.models import MODEL_NAMES
from exams.response_table import Cells, TableError, read_key
from exams.review import GroupComparison, Review, review


@click.command("analyse")
@click.argument("responses", type=TableFile)
@click.option(
    "--points",
    "points",
    multiple=True,
    metavar="ITEM=POINTS",
    help="What an item can bring, if not 1. Repeatable.",
)
@click.option("--key", "key_file", type=TableFile, help="CSV with item and key: the cells are options then.")
@click.option("--group", metavar="COLUMN", help="Compare the groups named in this column.")
@click.option("--skip", multiple=True, metavar="COLUMN", help="A column that is no item. Repeatable.")
@click.option("--missing", multiple=True, metavar="WORD", help="A word for an empty cell, as NA. Repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print machine-readable figures.")
def analyse_responses(
    responses: Path,
    points: tuple[str, ...],
    key_file: Path | None,
    group: str | None,
    skip: tuple[str, ...],
    missing: tuple[str, ...],
    as_json: bool,
) -> None:
    """Analyse RESPONSES, a CSV file with one line an attempt and one column an item.

    Cells hold the points (0, 1, or up to --points), or nothing where the attempt did not have the item. With
    --key they hold the option that was chosen, "-" where the item was left open.
    """
    limits = dict(_read_points(entry) for entry in points)
    if key_file is not None and limits:
        raise click.UsageError("--points and --key do not go together: an option is right or wrong.")
    key = _read_key(key_file)
    cells = Cells(
        max_points=limits, key=key, labels=() if group is None else (group,), ignored=skip, missing=missing
    )
    table = read_table(responses, cells, undone="nothing was analysed")
    try:
        statistics = analyse(
            table.points,
            item_ids=table.item_ids,
            max_points=[limits.get(name, 1.0) for name in table.item_ids],
        )
    except ValueError as error:
        raise click.ClickException(f"{responses.name}: {error}.") from None
    options: tuple[ItemOptions, ...] = ()
    if key is not None:
        options = count_options(table.choices, table.points, item_ids=table.item_ids, key=key)
    looked = review(
        table.points, item_ids=table.item_ids, groups=None if group is None else table.labels[group]
    )
    for warning in looked.warnings:
        click.echo(f"Warning: {warning}", err=True)
    if as_json:
        figures = statistics.to_json() | {
            "distractors": [dataclasses.asdict(item) for item in options],
            "review": looked.to_json(),
        }
        click.echo(json.dumps(figures, ensure_ascii=False, indent=2))
        return
    parts = [_write_statistics(statistics), _write_options(options), _write_review(looked)]
    parts += [_write_comparison(comparison) for comparison in looked.groups]
    parts.append("\n".join(flag.sentence for flag in looked.flags) or "Nothing for a reviewer.")
    click.echo("\n\n".join(part for part in parts if part))


def _read_points(entry: str) -> tuple[str, float]:
    name, _, number = entry.rpartition("=")
    try:
        points = float(number)
    except ValueError:
        points = 0.0
    if not name or not 0 < points < float("inf"):
        raise click.BadParameter(f"{entry!r} is not ITEM=POINTS with points above 0.", param_hint="--points")
    return name, points


def _read_key(path: Path | None) -> dict[str, str] | None:
    if path is None:
        return None
    try:
        return read_key(path)
    except TableError as error:
        raise refuse(error, path, undone="nothing was analysed") from None


def _write_statistics(statistics: ExamStatistics) -> str:
    width = max(len("item"), *(len(item.item_id) for item in statistics.items))
    alpha, error = _figure(statistics.alpha, 3), _figure(statistics.standard_error, 2)
    lines = [
        f"{statistics.attempts} attempts, mean {statistics.mean_percent:.1f} %, "
        f"alpha {alpha}, standard error {error}",
        f"{'item':<{width}} {'answers':>8} {'facility':>9} {'sd':>7} {'index':>7} {'effic.':>7} {'weight':>7}"
        "  remarks",
    ]
    for item in statistics.items:
        figures = (
            f"{_figure(item.facility_percent, 1):>9} {_figure(item.sd, 3):>7} "
            f"{_figure(item.discrimination_index, 1):>7} {_figure(item.discriminative_efficiency, 1):>7} "
            f"{_figure(item.effective_weight, 1):>7}"
        )
        lines.append(
            f"{item.item_id:<{width}} {item.answers:>8} {figures}  {'; '.join(item.remarks)}".rstrip()
        )
    return "\n".join(lines)


def _write_options(items: tuple[ItemOptions, ...]) -> str:
    if not items:
        return ""
    names = " ".join(f"{name:>15}" for name in GROUP_NAMES)
    lines = [f"{'option':<12} {'chosen':>7} {'%':>6} {names} {'index':>7}"]
    for item in items:
        lines.append(f"{item.item_id}  {'; '.join(item.remarks)}".rstrip())
        for option in item.options:
            groups = " ".join(f"{count:>15}" for count in option.groups)
            name = f"{option.option}{' (key)' if option.is_key else ''}"
            lines.append(
                f"  {name:<10} {option.count:>7} {option.percent:>6.1f} {groups} "
                f"{_figure(option.correlation, 1):>7}"
            )
    return "\n".join(lines)


def _write_review(looked: Review) -> str:
    if looked.model is None:
        return ""
    lines = [
        f"{MODEL_NAMES[looked.model]} curves, log likelihood {_figure(looked.log_likelihood, 1)}, "
        f"reliability {_figure(looked.reliability, 3)}",
        "test information " + ", ".join(f"{level:g}: {value:.2f}" for level, value in looked.information),
    ]
    if looked.fits:
        width = max(len("item"), *(len(fit.item_id) for fit in looked.fits))
        lines.append(
            f"{'item':<{width}} {'infit':>7} {'outfit':>7} {'S-X2':>8} {'df':>4} {'p':>7} {'RMSEA':>7}"
        )
        for fit in looked.fits:
            lines.append(
                f"{fit.item_id:<{width}} {fit.infit:>7.3f} {fit.outfit:>7.3f} {_figure(fit.s_x2, 2):>8} "
                f"{'-' if fit.df is None else fit.df:>4} {_figure(fit.p, 4):>7} {_figure(fit.rmsea, 3):>7}"
            )
    return "\n".join(lines)


def _write_comparison(found: GroupComparison) -> str:
    width = max(len("item"), *(len(item.item_id) for item in found.mantel_haenszel), 0)
    curves = {curve.item_id: curve for curve in found.curves}
    model = "" if found.model is None else f"; curves by {MODEL_NAMES[found.model]}"
    lines = [
        f"{found.group} ({found.people} people) beside {found.reference} ({found.reference_people}){model}",
        f"{'item':<{width}} {'odds':>7} {'chi2':>8} {'p':>7} {'delta':>7} {'class':>6} {'Lord':>8} {'p':>7} "
        f"{'points':>7}",
    ]
    for item in found.mantel_haenszel:
        curve = curves.get(item.item_id)
        told = (None, None, None) if curve is None else (curve.chi_square, curve.p, curve.difference_percent)
        lines.append(
            f"{item.item_id:<{width}} {_figure(item.odds_ratio, 3):>7} {_figure(item.chi_square, 2):>8} "
            f"{_figure(item.p, 4):>7} {_figure(item.delta, 2):>7} {item.ets_class or '-':>6} "
            f"{_figure(told[0], 2):>8} {_figure(told[1], 4):>7} {_figure(told[2], 1):>7}"
        )
    return "\n".join(lines)


def _figure(value: float | None, decimals: int) -> str:
    return "-" if value is None else f"{value:.{decimals}f}"
