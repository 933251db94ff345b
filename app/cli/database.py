"""Commands for the database's schema."""

from __future__ import annotations

import os
from pathlib import Path

import click
from alembic import command
from alembic.config import Config

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def alembic_config(database_url: str) -> Config:
    """Return Alembic's configuration for a database."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", database_url.replace("%", "%%"))
    return config


def _config() -> Config:
    url = os.environ.get("DATABASE_URL")
    if not url:
        raise click.ClickException("DATABASE_URL is not set: name the database, or use `zuoxi demo`.")
    return alembic_config(url)


@click.group(name="db")
def db_group() -> None:
    """Migrate the database."""


@db_group.command()
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the schema up to a revision (default: the newest)."""
    command.upgrade(_config(), revision)
    click.echo(f"The schema is at {revision}.")


@db_group.command()
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take the schema back to a revision."""
    command.downgrade(_config(), revision)
    click.echo(f"The schema is back at {revision}.")


@db_group.command()
def current() -> None:
    """Show the schema's revision."""
    command.current(_config(), verbose=True)


@db_group.command()
def check() -> None:
    """Say whether the models and the schema agree."""
    command.check(_config())
