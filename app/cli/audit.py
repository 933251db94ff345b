"""Commands that prove the books from the rows."""

from __future__ import annotations

import click

from app.cli.environment import app_from_env
from app.db import db
from app.queries import bookings


@click.group(name="audit")
def audit_group() -> None:
    """Prove that what is counted agrees with what was booked."""


@audit_group.command()
def seats() -> None:
    """Compare every cell's counter with its bookings; leave with status 1 when one differs."""
    with app_from_env().app_context():
        drift = bookings.find_seat_drift(db.session)
        cells, sold = bookings.count_seats_sold(db.session)
    for item in drift:
        click.echo(
            f"{item.starts_at:%Y-%m-%d %H:%M}Z {item.service_line}: taken {item.taken}, "
            f"booked {item.booked}, capacity {item.capacity} (cell {item.cell_id})"
        )
    if drift:
        raise click.ClickException(f"{len(drift)} of {cells} cells do not agree with their bookings.")
    click.echo(f"{cells} cells and {sold} booked seats agree.")
