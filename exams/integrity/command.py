"""`zuoxi exams integrity`: answers that came too fast and pairs that agree too often, for a reviewer."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

import click

from exams.integrity.records import collect
from exams.integrity.similarity import LEAST_SHARED, Similarity, find_similar_pairs
from exams.integrity.speed import SpeedFinding, find_fast_answers
from exams.integrity.table import read_answers
from exams.irt.commands import TableFile, refuse
from exams.response_table import TableError


@click.command("integrity")
@click.argument("responses", type=TableFile)
@click.option(
    "--rate",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.05,
    show_default=True,
    help="The share of flags that chance may raise, among all people and all pairs.",
)
@click.option(
    "--least-shared",
    type=click.IntRange(1),
    default=LEAST_SHARED,
    show_default=True,
    help="Pairs that share fewer items are not compared.",
)
@click.option("--json", "as_json", is_flag=True, help="Print machine-readable figures.")
def check_integrity(responses: Path, rate: float, least_shared: int, as_json: bool) -> None:
    """Look for flags in RESPONSES, a CSV file with one line an answer.

    Columns: person, item, answer, right (1 or 0) and, where it is known, seconds. A flag is something for a
    person to look at and proves nothing by itself. Being slow is never one.
    """
    try:
        records = collect(read_answers(responses))
    except TableError as error:
        raise refuse(error, responses, undone="nothing was looked at") from None
    notes = []
    speed: tuple[SpeedFinding, ...] = ()
    try:
        speed = find_fast_answers(records, rate=rate)
    except ValueError as error:
        notes.append(f"times: {error}")
    similar = Similarity(found=(), pairs=0, limit=0.0)
    try:
        similar = find_similar_pairs(
            records, rate=rate, least_shared=least_shared, progress=None if as_json else _show_progress
        )
    except ValueError as error:
        notes.append(f"pairs: {error}")
    for note in notes:
        click.echo(f"Warning: {note}", err=True)
    if as_json:
        click.echo(json.dumps(_figures(speed, similar), ensure_ascii=False, indent=2))
        return
    click.echo(f"{len(records.people):,} people, {len(records.items):,} items, {similar.pairs:,} pairs")
    click.echo("\n".join(_sentences(speed, similar)) or "Nothing for a reviewer.")


def _show_progress(done: int, of: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\rpairs of {done:,} of {of:,} people", nl=done == of, err=True)


def _figures(speed: tuple[SpeedFinding, ...], similar: Similarity) -> dict[str, Any]:
    return {
        "fast": [dataclasses.asdict(finding) for finding in speed],
        "pairs_compared": similar.pairs,
        "pairs": [dataclasses.asdict(pair) for pair in similar.found],
    }


def _sentences(speed: tuple[SpeedFinding, ...], similar: Similarity) -> list[str]:
    told = [
        f"{found.person}: {found.fast} of {found.right} right answers came much faster than this person's "
        f"other answers lead to expect (by chance: {found.p:.1e})."
        for found in speed
        if found.flagged
    ]
    told += [
        f"{found.person}: several answers came very fast and most of these are wrong. That is giving up, not "
        "knowing; nothing to decide."
        for found in speed
        if found.guessed
    ]
    told += [
        f"{pair.first} and {pair.second}: {pair.alike} of {len(pair.shared)} shared items answered alike, "
        f"{pair.alike_wrong} of them wrong in the same way; {pair.expected:.1f} were to be expected (by "
        f"chance: {pair.p:.1e}; omega {pair.omega_first:.1f} and {pair.omega_second:.1f})."
        for pair in similar.found
    ]
    return told
