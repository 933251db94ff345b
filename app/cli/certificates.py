"""Commands for certificates: check a badge's file, and make the key that signs badges."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exams.badges.keys import make_badge_key_setting, read_issuer
from exams.badges.status import Purpose
from exams.badges.verification import (
    Finding,
    Keys,
    NoBadgeError,
    Verdict,
    check_badge,
    look_up_in,
    read_status_list,
)

if TYPE_CHECKING:
    from flask import Flask

ReadableFile = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(name="certificates")
def certificates_group() -> None:
    """Certificates and their signed badges."""


@certificates_group.command(name="new-key")
def print_new_key() -> None:
    """Print a fresh value for ZUOXI_BADGE_KEYS. To change keys, put it before the old one, with a comma."""
    click.echo(make_badge_key_setting())


@certificates_group.command(name="verify")
@click.argument("file", type=ReadableFile)
@click.option(
    "--issuer",
    "issuer_file",
    type=ReadableFile,
    help="The issuer's did.json. With it neither database nor settings are needed.",
)
@click.option(
    "--status-list",
    "list_files",
    type=ReadableFile,
    multiple=True,
    help="A fetched status list, with --issuer; give both, of revocation and of suspension.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the finding as JSON.")
@click.pass_context
def verify_file(
    context: click.Context, file: Path, issuer_file: Path | None, list_files: tuple[Path, ...], as_json: bool
) -> None:
    """Say whether the badge in FILE (.jwt, .json or .svg) is valid, expired, revoked, suspended or tampered.

    Without --issuer it is checked against this installation: its keys, and its certificates as they are now.
    Leaves with 0 when the badge is valid, with 1 when it is not, with 2 when FILE is no badge or its status
    cannot be told.
    """
    if list_files and issuer_file is None:
        raise click.UsageError("--status-list goes with --issuer: without it the database is asked.")
    try:
        finding = _check_alone(file, issuer_file, list_files) if issuer_file else _check_here(file)
    except NoBadgeError as error:
        click.echo(f"{file}: {error}.", err=True)
        context.exit(2)
    _print(file, finding, as_json=as_json)
    context.exit({Verdict.VALID: 0, Verdict.UNCERTAIN: 2}.get(finding.verdict, 1))


def _check_here(file: Path) -> Finding:
    from app import clock  # noqa: PLC0415
    from app.cli.environment import app_from_env  # noqa: PLC0415

    app = app_from_env()
    with app.app_context():
        now = clock.utc_now()
        return check_badge(
            file.read_bytes(),
            keys=app.config["BADGES"].public,
            look_up=lambda address, purpose, index: _look_up(app, address, purpose, index, now=now),
            now=now,
        )


def _look_up(app: Flask, address: str, purpose: Purpose, index: int, *, now: dt.datetime) -> bool:
    from app.db import db  # noqa: PLC0415
    from app.queries.badges import is_withdrawn  # noqa: PLC0415
    from app.services.badges import list_address  # noqa: PLC0415
    from exams.badges.documents import serial_at  # noqa: PLC0415

    number = address.rpartition("/")[2]
    if not number.isdigit() or address != list_address(app.config["BADGES"], purpose, int(number)):
        raise ValueError(f"{address} is no list of this installation")
    withdrawn = is_withdrawn(db.session, serial_at(int(number), index), purpose, now=now)
    if withdrawn is None:
        raise ValueError("this installation has no such certificate any more")
    return withdrawn


def _check_alone(file: Path, issuer_file: Path, list_files: tuple[Path, ...]) -> Finding:
    from app import clock  # noqa: PLC0415

    now = clock.utc_now()
    keys = _read_keys(issuer_file)
    lists = []
    for path in list_files:
        try:
            lists.append(read_status_list(path.read_bytes(), keys=keys, now=now))
        except ValueError as error:
            raise click.ClickException(f"{path} cannot be used as a status list: {error}.") from None
    return check_badge(file.read_bytes(), keys=keys, look_up=look_up_in(lists), now=now)


def _read_keys(path: Path) -> Keys:
    try:
        document = json.loads(path.read_bytes())
        if not isinstance(document, dict):
            raise ValueError("it is not a JSON object")
        return read_issuer(document)
    except ValueError as error:
        raise click.ClickException(f"{path} is no issuer's document (did.json): {error}.") from None


def _print(file: Path, finding: Finding, *, as_json: bool) -> None:
    credential = finding.credential or {}
    subject = credential.get("credentialSubject", {})
    facts = {
        "verdict": finding.verdict.value,
        "reason": finding.reason,
        "proof": finding.proof,
        "certificate": credential.get("id"),
        "achievement": credential.get("name"),
        "validFrom": credential.get("validFrom"),
        "validUntil": credential.get("validUntil"),
        "score": (subject.get("result") or [{}])[0].get("value"),
    }
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    click.echo(f"{file}: {finding.verdict.value.upper()} - {finding.reason}.")
    for name in ("proof", "certificate", "achievement", "validFrom", "validUntil", "score"):
        if facts[name] is not None:
            click.echo(f"  {name}: {facts[name]}")
