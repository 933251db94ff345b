"""Commands for contacts: bring files in, and look at what they say."""

from __future__ import annotations

import datetime as dt
import threading
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.environment import app_from_env

if TYPE_CHECKING:
    from flask import Flask

    from app.models import ContactImport

POLL_SECONDS = 0.25


@click.group(name="contacts")
def contacts_group() -> None:
    """Imported conversations and their measures."""


@contacts_group.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--project", "project_id", type=click.UUID, required=True, help="The project's id.")
@click.option(
    "--format", "file_format", type=click.Choice(["csv", "jsonl", "taobao"]), help="Default: by name."
)
@click.option("--skip-faulty", is_flag=True, help="Take the good rows in and leave the faulty ones out.")
@click.option(
    "--started-on", type=click.DateTime(["%Y-%m-%d"]), help="Day of dialogues that tell no times (taobao)."
)
def import_file(
    file: Path,
    project_id: uuid.UUID,
    file_format: str | None,
    skip_faulty: bool,
    started_on: dt.datetime | None,
) -> None:
    """Import a file of contacts, all of it or nothing. The same external id replaces a contact.

    The work is promised like that of an uploaded file: stop this command at any moment, and a worker brings
    it to its end.
    """
    from app.contact_files import FileFormat  # noqa: PLC0415

    chosen = FileFormat(file_format or ("jsonl" if file.suffix.lower() in {".jsonl", ".ndjson"} else "csv"))
    if chosen is FileFormat.TAOBAO and started_on is None:
        raise click.UsageError("these dialogues tell no times: give their day with --started-on 2026-11-01.")
    begun = time.monotonic()
    app = app_from_env()
    day = started_on.date() if started_on else None
    import_id = _promise(app, file, project_id, chosen, skip_faulty=skip_faulty, started_on=day)
    row = _work_and_watch(app, import_id)
    seconds = time.monotonic() - begun
    click.echo(
        f"{row.rows_read:,} lines read, {row.rows_imported:,} taken in, {row.faults_total:,} faults, "
        f"{seconds:.1f} s."
    )
    _print_faults(app, row)
    if row.status != "done":
        raise click.ClickException("nothing was taken in: mend the lines above, or use --skip-faulty.")
    _print_ratios(app, project_id, import_id=import_id)


@contacts_group.command(name="ratios")
@click.option("--project", "project_id", type=click.UUID, required=True, help="The project's id.")
def show_ratios(project_id: uuid.UUID) -> None:
    """Print agent messages per customer message by satisfaction: the ratio of the totals."""
    _print_ratios(app_from_env(), project_id)


def _promise(
    app: Flask,
    file: Path,
    project_id: uuid.UUID,
    file_format: str,
    *,
    skip_faulty: bool,
    started_on: dt.date | None,
) -> uuid.UUID:
    from app import clock  # noqa: PLC0415
    from app.contact_files import FileFormat  # noqa: PLC0415
    from app.db import db, transaction  # noqa: PLC0415
    from app.errors import NotFoundError  # noqa: PLC0415
    from app.services import imports  # noqa: PLC0415

    with app.app_context():
        try:
            with transaction(db.session):
                return imports.create_import(
                    db.session,
                    project_id=project_id,
                    uploaded_by=None,
                    file_name=file.name,
                    file_format=FileFormat(file_format),
                    content=file.read_bytes(),
                    skip_faulty_rows=skip_faulty,
                    started_on=started_on,
                    now=clock.utc_now(),
                    wall_now=clock.wall_now(),
                ).id
        except NotFoundError as error:
            raise click.ClickException(f"there is no project {project_id}.") from error


def _work_and_watch(app: Flask, import_id: uuid.UUID) -> ContactImport:
    """Do the promised work in this process, unless a worker was quicker, and show how far it is."""
    from sqlalchemy import select  # noqa: PLC0415

    from app.db import db  # noqa: PLC0415
    from app.jobs import runner  # noqa: PLC0415
    from app.models import ContactImport, OutboxMessage  # noqa: PLC0415
    from app.services import imports  # noqa: PLC0415

    runner.use_app(app)
    key = imports.dedupe_key(import_id)
    with app.app_context():
        promised = select(OutboxMessage).where(OutboxMessage.dedupe_key == key)
        message_id = db.session.scalars(promised).one().id
        work = threading.Thread(target=runner.handle, kwargs={"message_id": str(message_id)}, daemon=True)
        work.start()
        with click.progressbar(length=1, label="Reading") as bar:
            while True:
                db.session.close()
                row = db.session.get_one(ContactImport, import_id, populate_existing=True)
                bar.length = max(row.rows_total or 1, 1)
                bar.update(row.rows_read - bar.pos)
                if row.finished_at is not None:
                    return row
                message = db.session.scalars(promised.execution_options(populate_existing=True)).one()
                if message.failure is not None:
                    raise click.ClickException(f"the work failed: {message.failure}")
                time.sleep(POLL_SECONDS)


def _print_faults(app: Flask, row: ContactImport) -> None:
    from app.db import db  # noqa: PLC0415
    from app.fault_texts import fault_sentence  # noqa: PLC0415
    from app.queries.imports import list_faults  # noqa: PLC0415

    with app.app_context():
        faults = list_faults(db.session, row.id)
    for fault in faults:
        sentence = fault_sentence(fault.code, fault.column, fault.params, "en")
        click.echo(f"line {fault.line}, {fault.column or 'whole line'}: {sentence}", err=True)
    if row.faults_total > len(faults):
        click.echo(f"... and {row.faults_total - len(faults):,} faults more.", err=True)


def _print_ratios(app: Flask, project_id: uuid.UUID, *, import_id: uuid.UUID | None = None) -> None:
    from app.db import db  # noqa: PLC0415
    from app.queries.contacts import list_ratios  # noqa: PLC0415

    with app.app_context():
        lines = list_ratios(db.session, project_id=project_id, import_id=import_id)
    if not lines:
        click.echo("The project has no contacts.")
        return
    click.echo(
        f"{'satisfaction':>12} {'contacts':>10} {'from agents':>12} {'from customers':>15} {'ratio':>6}"
    )
    for line in lines:
        rating = "not rated" if line.satisfaction is None else str(line.satisfaction)
        ratio = "–" if line.ratio is None else f"{line.ratio:.2f}"
        click.echo(
            f"{rating:>12} {line.contacts:>10,} {line.messages_out:>12,} {line.messages_in:>15,} {ratio:>6}"
        )
