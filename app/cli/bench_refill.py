"""Measure how a fallen seat gets its next person, on a season of the real size."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from pathlib import Path

import click
from alembic import command
from rich.console import Console
from sqlalchemy import create_engine, make_url, text

from app import clock, create_app
from app.benchmarks import end_to_end, refills
from app.cli.database import alembic_config
from app.cli.demo_story import Story
from app.cli.environment import configure_logs
from app.db import db
from app.demo.calendar import DEMO_NOW
from app.embedded import Services, embedded_services
from app.settings import Settings
from app.supervisor import Supervisor

COPY = "bench"


@click.command(name="bench-refill")
@click.option("--scale", default=10.0, show_default=True, help="10: 18,000 agents, 2,000 seats at the peak.")
@click.option("--seats", default=500, show_default=True, help="Seats that fall one after the other; 0: none.")
@click.option("--declines", default=30, show_default=True, help="Offers declined on the site; 0: none.")
@click.option("--at-once", default=200, show_default=True, help="Offers declined in one moment.")
@click.option("--seed", default=11, show_default=True)
@click.option("--port", default=8020, show_default=True)
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    help="Keep the season here and use it again; else it is made for this run, which takes minutes.",
)
def bench_refill(
    scale: float, seats: int, declines: int, at_once: int, seed: int, port: int, state: Path | None
) -> None:
    """Make and publish a season, fell its seats, and print how long the next person took to find."""
    with tempfile.TemporaryDirectory(prefix="zuoxi-bench-") as temporary:
        folder = state or Path(temporary)
        with embedded_services(folder, database_url=None, redis_url=None) as services:
            command.upgrade(alembic_config(services.database_url), "head")
            _Bench(folder, services, port=port, seed=seed).make_season(scale)
            # Measuring uses a season up, so it is done on a copy.
            copied = dataclasses.replace(services, database_url=_copy_database(services.database_url))
            bench = _Bench(folder, copied, port=port, seed=seed)
            if seats:
                bench.time_replacements(seats)
            if declines:
                bench.time_the_site(declines=declines, at_once=at_once)


def _copy_database(url: str) -> str:
    """Copy a database that nobody uses in this moment, and return the copy's URL."""
    source = make_url(url)
    engine = create_engine(source.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {COPY} WITH (FORCE)"))
        connection.execute(text(f'CREATE DATABASE {COPY} TEMPLATE "{source.database}"'))
    engine.dispose()
    return source.set(database=COPY).render_as_string(hide_password=False)


class _Bench:
    """The steps, on one state folder and its servers."""

    def __init__(self, folder: Path, services: Services, *, port: int, seed: int) -> None:
        self._folder, self._services, self._port, self._seed = folder, services, port, seed
        self._clock_file = folder / "clock"

    def make_season(self, scale: float) -> None:
        """Make, match and publish a season through its worker, unless the folder has one."""
        clock.set_business_time(DEMO_NOW, self._clock_file)
        with self._supervisor() as supervisor:
            configure_logs()
            app = create_app(Settings.from_env(supervisor.environ))
            story = Story(app, Console(highlight=False), supervisor.tend)
            if not story.season_exists():
                story.make_season(scale=scale, seed=self._seed)
            supervisor.start()
            supervisor.wait_healthy()
            story.match_and_publish(seed=self._seed)
        with app.app_context():
            db.engine.dispose()

    def time_replacements(self, seats: int) -> None:
        """Fell seats inside this process, with no other at work."""
        with self._supervisor() as supervisor:
            app = create_app(Settings.from_env(supervisor.environ))
        with app.app_context():
            measured = refills.replace_seats(db.engine, seats=seats, seed=self._seed, now=clock.utc_now())
        click.echo("\n".join(refills.table_of(measured)))

    def time_the_site(self, *, declines: int, at_once: int) -> None:
        """Fell seats through the running site."""
        with self._supervisor() as supervisor:
            app = create_app(Settings.from_env(supervisor.environ))
            supervisor.start()
            supervisor.wait_healthy()
            site = end_to_end.Site(app, supervisor.base_url, self._clock_file, supervisor.tend)
            one_by_one, answers = site.decline_one_by_one(declines)
            together = site.decline_at_once(at_once)
            no_shows = site.stay_away(declines // 3, rounds=3)
        click.echo("\n".join(end_to_end.table_of(one_by_one, answers, together, no_shows)))

    def _supervisor(self) -> Supervisor:
        environ = {**os.environ, "ZUOXI_DEMO": "1", "ZUOXI_CLOCK_FILE": str(self._clock_file)}
        return Supervisor(state_dir=self._folder, services=self._services, environ=environ, port=self._port)
