"""`zuoxi exams calibrate`: item parameters from a table of answers."""

from __future__ import annotations

import json
from pathlib import Path

import click
import numpy as np

from exams.irt.calibrate import DEFAULT_PRIOR, Calibration, CalibrationError, calibrate
from exams.irt.models import MODEL_NAMES, Array, Model
from exams.response_table import Cells, ResponseTable, TableError, read_response_table

TableFile = click.Path(exists=True, dir_okay=False, path_type=Path)


def read_table(path: Path, cells: Cells, *, undone: str) -> ResponseTable:
    """Read a table for a command; its faults go to the person, and nothing else happens."""
    try:
        return read_response_table(path, cells)
    except TableError as error:
        raise refuse(error, path, undone=undone) from None


def refuse(error: TableError, path: Path, *, undone: str) -> click.ClickException:
    """Write the faults of a file and return how the command ends."""
    for fault in error.faults:
        click.echo(f"{path.name}, {fault}", err=True)
    faults = "1 fault" if error.count == 1 else f"{error.count} faults"
    return click.ClickException(f"{faults} in {path.name}; {undone}.")


def split_counts(table: ResponseTable, column: str | None, path: Path) -> Array | None:
    """Return the numbers of a column that says how many people a line stands for."""
    if column is None:
        return None
    counts = []
    for number, cell in enumerate(table.labels[column], start=1):
        if not (cell.isascii() and cell.isdigit()):
            raise click.ClickException(
                f"{path.name}, attempt {number}, {column}: {cell[:40]!r} is no count: write a whole number."
            )
        counts.append(float(cell))
    return np.array(counts)


@click.command("calibrate")
@click.argument("responses", type=TableFile)
@click.option(
    "--model",
    type=click.Choice(["auto", *(model.value for model in Model)]),
    default="auto",
    show_default=True,
    help="auto: Rasch, 2PL from 500 answers an item, 3PL from 1,000.",
)
@click.option("--no-prior", is_flag=True, help="3PL by plain maximum likelihood, without the prior of c.")
@click.option(
    "--count", "count_column", metavar="COLUMN", help="A column that says how many a line stands for."
)
@click.option("--skip", multiple=True, metavar="COLUMN", help="A column that is no item. Repeatable.")
@click.option("--missing", multiple=True, metavar="WORD", help="A word for an empty cell, as NA. Repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print machine-readable figures.")
def calibrate_items(
    responses: Path,
    model: str,
    no_prior: bool,
    count_column: str | None,
    skip: tuple[str, ...],
    missing: tuple[str, ...],
    as_json: bool,
) -> None:
    """Estimate the parameters of the items in RESPONSES, a table with one line a person, one column an item.

    Cells hold 1 (right), 0 (wrong) or nothing (the person did not have the item). Logistic metric:
    P = c + (1 - c) / (1 + exp(-a (theta - b))), abilities standard normal.
    """
    labels = () if count_column is None else (count_column,)
    cells = Cells(binary=True, missing=missing, ignored=skip, labels=labels)
    table = read_table(responses, cells, undone="nothing was estimated")
    counts = split_counts(table, count_column, responses)
    try:
        found = calibrate(
            table.points,
            item_ids=table.item_ids,
            model=None if model == "auto" else Model(model),
            prior=None if no_prior else DEFAULT_PRIOR,
            counts=counts,
        )
    except CalibrationError as error:
        raise click.ClickException(f"{responses.name}: {error}") from None
    for warning in found.warnings:
        click.echo(f"Warning: {warning}", err=True)
    click.echo(json.dumps(found.to_json(), ensure_ascii=False, indent=2) if as_json else write(found))


def write(found: Calibration) -> str:
    """Return the calibration as a table for people."""
    lines = [
        f"{MODEL_NAMES[found.model]}, {found.people:,} people. {found.reason}",
        f"log likelihood {found.log_likelihood:.3f}, {found.parameters} parameters, AIC {found.aic:.3f}, "
        f"BIC {found.bic:.3f}",
    ]
    if found.latent_sd is not None:
        lines.append(
            f"one common slope by marginal maximum likelihood; with slopes of 1 abilities have the standard "
            f"deviation {found.latent_sd:.4f}"
        )
    if found.cml_log_likelihood is not None:
        lines.append(
            f"cond. b: conditional maximum likelihood, slopes of 1, mean 0, "
            f"log likelihood {found.cml_log_likelihood:.3f}"
        )
    width = max(len("item"), *(len(item.item_id) for item in found.items))
    conditional = found.cml_log_likelihood is not None
    heads = ["a", "se", "b", "se", "c", "se", *(["cond. b", "se"] if conditional else [])]
    lines.append(f"{'item':<{width}} {'answers':>8} {'right':>8} " + " ".join(f"{head:>8}" for head in heads))
    for item in found.items:
        numbers = [item.a, item.se_a, item.b, item.se_b, item.c, item.se_c]
        numbers += [item.cml_b, item.cml_se] if conditional else []
        figures = " ".join(f"{'-' if number is None else format(number, '.4f'):>8}" for number in numbers)
        remarks = "; ".join(item.remarks)
        lines.append(
            f"{item.item_id:<{width}} {item.answers:>8} {item.right:>8} {figures}  {remarks}".rstrip()
        )
    return "\n".join(lines)
