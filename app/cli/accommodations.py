"""`zuoxi accommodations import|export FILE`: what people need in exams, as AfA PNP."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.environment import app_from_env

REASONS = {
    "unknown-person": "nobody here has this id, number or address: ask the person to sign up, or correct it.",
    "two-persons": "an earlier record is about the same person: keep one.",
    "no-consent": "the person has not agreed yet: they can do so under 'My needs', "
    "or use --consented if you hold their agreement.",
}


class _RefusedError(Exception):
    """Ends the transaction, so that nothing is kept."""


@click.group(name="accommodations")
def accommodations_group() -> None:
    """What people need in every exam: more time, breaks, large text, text only."""


@accommodations_group.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--person", help="Whose profile it is (mobile number or e-mail), for a file without records.")
@click.option("--dry-run", is_flag=True, help="Read and judge the file, change nothing.")
@click.option("--skip", is_flag=True, help="Leave out what cannot be honoured, and take the rest.")
@click.option("--consented", is_flag=True, help="You hold the agreement of everybody in the file.")
def import_file(file: Path, person: str | None, dry_run: bool, skip: bool, consented: bool) -> None:
    """Take in FILE, an AfA PNP 3.0 document; a running exam gets the new time at once.

    People are found by our own id (source-system "zuoxi"), or by mobile number or e-mail. Whatever no exam
    here can do is named with its line. Exits 0 when all was understood, or when --skip leaves the rest out;
    otherwise 1, and nothing is changed. What a profile does not mention stays as it is.
    """
    from app import clock  # noqa: PLC0415
    from app.db import db, transaction  # noqa: PLC0415
    from app.services.accommodation_files import import_profiles  # noqa: PLC0415
    from exams.formats.questions import FormatError  # noqa: PLC0415
    from exams.pnp import list_unknown, read_pnp  # noqa: PLC0415

    try:
        profiles = read_pnp(file.read_bytes(), person=person)
    except FormatError as error:
        for finding in error.findings:
            click.echo(f"{file.name}:{finding.line}: {finding.message}", err=True)
        raise click.ClickException("nothing was changed.") from None
    unknown = list_unknown(profiles)
    for who, finding in unknown:
        click.echo(f"{file.name}:{finding.line}: {who}: {finding.message}", err=True)
    with app_from_env().app_context():
        refusals = []
        try:
            with transaction(db.session):
                refusals = import_profiles(
                    db.session, profiles, consented=consented, actor_user_id=None, now=clock.utc_now()
                )
                if dry_run or (not skip and (refusals or unknown)):
                    raise _RefusedError
        except _RefusedError:
            pass
    for refusal in refusals:
        click.echo(f"{file.name}:{refusal.line}: {refusal.person}: {REASONS[refusal.reason]}", err=True)
    served = len(profiles) - len(refusals)
    if not skip and (refusals or unknown):
        raise click.ClickException("nothing was changed: mend the lines above, or use --skip.")
    click.echo(f"{served} of {len(profiles)} people{' would be' if dry_run else ''} served.")


@accommodations_group.command(name="export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export_file(file: Path) -> None:
    """Write FILE, an AfA PNP 3.0 document with everybody who needs anything in an exam.

    Typing with one hand has no word in AfA PNP and is not in it.
    """
    import os  # noqa: PLC0415

    from app import clock  # noqa: PLC0415
    from app.db import db, transaction  # noqa: PLC0415
    from app.services.accommodation_files import export_profiles  # noqa: PLC0415
    from exams.pnp import write_pnp  # noqa: PLC0415

    with app_from_env().app_context(), transaction(db.session):
        people = export_profiles(db.session, actor_user_id=None, now=clock.utc_now())
    if not people:
        raise click.ClickException("nobody needs anything in an exam, so nothing was written.")
    # Only for its owner: it says what people need.
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as target:
        target.write(write_pnp(people))
    click.echo(f"{len(people)} people written to {file}.")
