"""`zuoxi exams score` and `zuoxi exams simulate-adaptive`: what known item parameters are used for."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import click
import numpy as np

from exams.irt.adaptive import NO_EXPOSURE, AdaptiveError, Pool, Settings
from exams.irt.commands import TableFile, read_table, refuse
from exams.irt.item_table import ItemTable, read_item_table
from exams.irt.models import Array
from exams.irt.scoring import Method, Scores, empirical_reliability, score_people, total_information
from exams.irt.simulate import Summary, simulate, summarise, warm_up
from exams.response_table import Cells, TableError

INFORMATION_AT = np.linspace(-3.0, 3.0, 13)


@click.command("score")
@click.argument("responses", type=TableFile)
@click.option(
    "--items", "items_file", type=TableFile, required=True, help="Item parameters: CSV or calibration."
)
@click.option("--method", type=click.Choice([method.value for method in Method]), default=Method.EAP.value)
@click.option("--skip", multiple=True, metavar="COLUMN", help="A column that is no item. Repeatable.")
@click.option("--missing", multiple=True, metavar="WORD", help="A word for an empty cell, as NA. Repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print machine-readable figures.")
def score_responses(
    responses: Path,
    items_file: Path,
    method: str,
    skip: tuple[str, ...],
    missing: tuple[str, ...],
    as_json: bool,
) -> None:
    """Estimate the ability of each person in RESPONSES, in the units of the items' parameters."""
    known = _read_items(items_file).items
    table = read_table(
        responses, Cells(binary=True, ignored=skip, missing=missing), undone="nobody was scored"
    )
    strange = sorted(set(table.item_ids) - set(known.ids))
    if strange:
        raise click.ClickException(
            f"{items_file.name} has no parameters of {', '.join(strange)}: add them, or leave the columns "
            "out with --skip."
        )
    items = known.pick([known.ids.index(name) for name in table.item_ids])
    chosen = Method(method)
    found = score_people(items, table.points, method=chosen)
    figures = {
        "method": method,
        "reliability": empirical_reliability(found, method=chosen),
        "theta": _plain(found.theta),
        "se": _plain(found.se),
        "information": [
            {"theta": float(at), "information": float(value)}
            for at, value in zip(INFORMATION_AT, total_information(items, INFORMATION_AT), strict=True)
        ],
    }
    click.echo(json.dumps(figures, indent=2) if as_json else _write_scores(found, figures))


@click.command("simulate-adaptive")
@click.argument("bank", type=TableFile)
@click.option("--people", type=click.IntRange(2, 1_000_000), default=2000, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--se", type=float, default=0.4, show_default=True, help="Stop at this standard error.")
@click.option(
    "--most", type=click.IntRange(1), default=30, show_default=True, help="Stop at this many items."
)
@click.option("--least", type=click.IntRange(1), default=1, show_default=True, help="No fewer items.")
@click.option(
    "--exposure", type=float, default=None, help="No item to more than this share of people, as 0.3."
)
@click.option("--content", is_flag=True, help="Items of each topic in the bank's own shares.")
@click.option("--json", "as_json", is_flag=True, help="Print machine-readable figures.")
def simulate_adaptive(
    bank: Path,
    people: int,
    seed: int,
    se: float,
    most: int,
    least: int,
    exposure: float | None,
    content: bool,
    as_json: bool,
) -> None:
    """Hold adaptive exams from BANK with made-up people of standard normal ability.

    BANK has the columns a, b and, if wanted, c, d (upper limit), item and topic (or group).
    """
    table = _read_items(bank)
    pool = Pool(items=table.items, topics=table.topics)
    shares = {name: float(count) for name, count in Counter(table.topics).items() if name}
    if content and len(shares) < 2:
        raise click.ClickException(
            f"{bank.name} has no column of topics: --content needs two topics at least."
        )
    try:
        settings = Settings(
            se=se, least=least, most=most, exposure=exposure, shares=shares if content else None
        )
    except AdaptiveError as error:
        raise click.ClickException(f"{error}.") from None
    # Exposure counts begin with those of other made-up people, as they do in use.
    before = NO_EXPOSURE if exposure is None else warm_up(pool, settings, seed=seed + 1000)
    theta = np.random.default_rng(seed).normal(size=people)
    found = summarise(pool, simulate(pool, settings, theta=theta, seed=seed, exposure=before))
    click.echo(
        json.dumps(found.to_json(), ensure_ascii=False, indent=2) if as_json else _write_summary(found)
    )


def _read_items(path: Path) -> ItemTable:
    try:
        return read_item_table(path)
    except TableError as error:
        raise refuse(error, path, undone="nothing was done") from None


def _plain(values: Array) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]


def _write_scores(found: Scores, figures: dict[str, Any]) -> str:
    reliability = figures["reliability"]
    lines = [
        f"{len(found.theta):,} people, {figures['method']}, reliability "
        f"{'-' if reliability is None else format(reliability, '.3f')}",
        "information "
        + ", ".join(f"{at['theta']:g}: {at['information']:.2f}" for at in figures["information"]),
        f"{'person':>8} {'theta':>8} {'se':>8}",
    ]
    for number, (theta, se) in enumerate(zip(figures["theta"], figures["se"], strict=True), start=1):
        told = ["-" if value is None else f"{value:.4f}" for value in (theta, se)]
        lines.append(f"{number:>8} {told[0]:>8} {told[1]:>8}")
    return "\n".join(lines)


def _write_summary(found: Summary) -> str:
    lines = [
        f"{found.people:,} people: {found.mean_items:.2f} items on average, {found.longest} at most; "
        f"{found.precise_percent:.1f} % reached the standard error",
        f"RMSE {found.rmse:.3f}, bias {found.bias:+.3f}, correlation {found.correlation:.3f}, "
        f"mean standard error {found.mean_se:.3f}",
        f"exposure: at most {found.exposure_max:.3f}, mean {found.exposure_mean:.3f}; "
        f"{found.unused} items never given; overlap of two people {found.overlap:.3f}",
    ]
    if any(found.topics):
        lines.append("topics: " + ", ".join(f"{name} {part:.1f} %" for name, part in found.topics.items()))
    return "\n".join(lines)
