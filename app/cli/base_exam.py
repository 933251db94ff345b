"""`zuoxi base-exam`: take in item parameters, and decide how the base exam is held."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.environment import app_from_env

if TYPE_CHECKING:
    from app.services.exam_settings import Judgement


@click.group(name="base-exam")
def base_exam_group() -> None:
    """How the base exam is held: a fixed form, or adaptive by a calibration."""


@base_exam_group.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_calibration(file: Path) -> None:
    """Take in FILE: what `zuoxi exams calibrate --json` printed, or a CSV with item, a, b and c.

    The parameters count for the versions that the items have now.
    """
    from app import clock  # noqa: PLC0415
    from app.db import db, transaction  # noqa: PLC0415
    from app.errors import CalibrationRefusedError  # noqa: PLC0415
    from app.services import exam_settings, item_bank  # noqa: PLC0415
    from exams.irt.item_table import read_item_table  # noqa: PLC0415
    from exams.response_table import TableError  # noqa: PLC0415

    try:
        table = read_item_table(file)
    except TableError as error:
        for fault in error.faults:
            click.echo(f"{file.name}, {fault}", err=True)
        raise click.ClickException(f"nothing was taken in from {file.name}.") from None
    with app_from_env().app_context():
        try:
            with transaction(db.session):
                calibration, unknown = exam_settings.import_calibration(
                    db.session,
                    table=table,
                    source=file.name,
                    bank=item_bank.current_bank(db.session),
                    created_by_id=None,
                    now=clock.utc_now(),
                )
        except CalibrationRefusedError:
            raise click.ClickException(
                f"none of the items in {file.name} is in the bank: check that the column item holds item ids."
            ) from None
        for name in unknown:
            click.echo(f"{file.name}: {name} is not in the bank and was left out.", err=True)
        items = len(exam_settings.figures_of(calibration))
        click.echo(f"Calibration {calibration.number}: {items} items. `zuoxi base-exam adopt` checks it.")


@base_exam_group.command(name="adopt")
@click.argument("number", type=click.IntRange(1))
@click.option("--dry-run", is_flag=True, help="Check it and change nothing.")
def adopt_calibration(number: int, dry_run: bool) -> None:
    """Hold the base exam adaptively by calibration NUMBER, if it is fit for that; print what it would be."""
    from app import clock  # noqa: PLC0415
    from app.db import db, transaction  # noqa: PLC0415
    from app.errors import NotFoundError  # noqa: PLC0415
    from app.queries.exam_settings import get_calibration_by_number  # noqa: PLC0415
    from app.services import exam_settings, item_bank  # noqa: PLC0415
    from app.services.exam_blueprints import current_blueprints  # noqa: PLC0415
    from exams.blueprints import BASE_EXAM  # noqa: PLC0415

    with app_from_env().app_context():
        try:
            calibration = get_calibration_by_number(db.session, number)
        except NotFoundError:
            raise click.ClickException(f"there is no calibration {number}: import one first.") from None
        judged = exam_settings.judge_calibration(
            db.session,
            calibration.id,
            blueprint=current_blueprints(db.session)[BASE_EXAM.id],
            bank=item_bank.current_bank(db.session),
        )
        click.echo("\n".join(describe(judged)))
        if not judged.is_fit:
            raise click.ClickException("it cannot carry the base exam, and nothing was changed.")
        if dry_run:
            return
        with transaction(db.session):
            exam_settings.hold_adaptive(db.session, judged, decided_by_id=None, now=clock.utc_now())
        click.echo("New base exams are adaptive from now on; running ones stay as they are.")


@base_exam_group.command(name="fixed")
def hold_fixed() -> None:
    """Hold the base exam as a fixed form from now on."""
    from app import clock  # noqa: PLC0415
    from app.db import db, transaction  # noqa: PLC0415
    from app.services import exam_settings  # noqa: PLC0415
    from exams.blueprints import BASE_EXAM  # noqa: PLC0415

    with app_from_env().app_context():
        with transaction(db.session):
            setting = exam_settings.hold_fixed(
                db.session, BASE_EXAM.id, decided_by_id=None, now=clock.utc_now()
            )
        click.echo("It was a fixed form already." if setting is None else "New base exams are fixed forms.")


def describe(judged: Judgement) -> list[str]:
    """Return what a calibration would make of the exam, a line each."""
    from exams.adaptive_exam import MOST_PREDICTED_SE  # noqa: PLC0415

    cover, told = judged.cover, judged.forecast
    lines = [
        f"{part.topic.value}: {part.calibrated} items of {part.needed} needed"
        + ("" if part.calibrated >= part.needed else " - too few")
        for part in cover.topics
    ]
    lines += [f"no item for {quota} of the blueprint" for quota in cover.empty_quotas]
    if cover.outdated or cover.weak:
        lines.append(
            f"left out: {cover.outdated} of another version, {cover.weak} that do not tell people apart"
        )
    if told is not None:
        near = "nobody" if told.near_cut_se is None else f"{told.near_cut_se:.3f}"
        cut = "nobody reaches it" if told.cut is None else f"ability {told.cut:.2f}"
        lines += [
            f"pass mark: {cut}",
            f"standard error: {told.mean_se:.3f} on average, near the pass mark {near}"
            f" (at most {MOST_PREDICTED_SE})",
            f"{told.mean_items:.1f} questions on average, RMSE {told.rmse:.3f},"
            f" the item asked most in {100 * told.exposure_max:.1f} % of the exams",
        ]
    return lines
