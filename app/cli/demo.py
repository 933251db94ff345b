"""A whole season on this machine from one command: servers, people, bookings, the matcher, the site."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import click
from alembic import command
from rich.console import Console

from app import create_app
from app.cli.database import alembic_config
from app.cli.demo_story import Story, StoryError
from app.cli.environment import configure_logs
from app.demo import report, tour
from app.demo.calendar import DEMO_NOW
from app.demo.season import AGENT_EMAIL, MERCHANT_EMAIL, OPERATIONS_EMAIL, PASSWORD
from app.embedded import embedded_services
from app.embedded_server import EmbeddedServerError
from app.settings import Settings
from app.supervisor import Supervisor, SupervisorError

STATE = Path(__file__).resolve().parents[2] / "var"


@click.command()
@click.option("--scale", default=1.0, show_default=True, help="1: 1,800 agents; 10: the real size.")
@click.option("--seed", default=11, show_default=True, help="The same seed makes the same season.")
@click.option("--port", default=8000, show_default=True)
@click.option(
    "--check", is_flag=True, help="Do it all, request a page of each role, and exit instead of serving."
)
@click.option(
    "--state", type=click.Path(path_type=Path), default=STATE, show_default="var", help="Where data lies."
)
def demo(scale: float, seed: int, port: int, check: bool, state: Path) -> None:
    """Run a demo season: Double 11 2026, made up, on 127.0.0.1."""
    console = Console(highlight=False)
    started = time.monotonic()
    try:
        with embedded_services(
            state,
            database_url=os.environ.get("DATABASE_URL"),
            redis_url=os.environ.get("REDIS_URL"),
        ) as services:
            ours = " and ".join(server.title for server in services.servers) or "no server of our own"
            console.print(f"Servers: {ours}, {time.monotonic() - started:.1f} s")
            command.upgrade(alembic_config(services.database_url), "head")
            environ = {
                **os.environ,
                "ZUOXI_DEMO": "1",
                "ZUOXI_CLOCK_FILE": str(state / "clock"),
            }
            with Supervisor(state_dir=state, services=services, environ=environ, port=port) as supervisor:
                _run(console, supervisor, scale=scale, seed=seed, check=check, state=state, started=started)
    except (EmbeddedServerError, StoryError, SupervisorError, tour.TourError) as error:
        raise click.ClickException(str(error)) from error


def _run(
    console: Console,
    supervisor: Supervisor,
    *,
    scale: float,
    seed: int,
    check: bool,
    state: Path,
    started: float,
) -> None:
    configure_logs()
    app = create_app(Settings.from_env(supervisor.environ))
    story = Story(app, console, supervisor.tend)
    if story.season_exists():
        story.catch_up()
    else:
        story.set_clock(DEMO_NOW, state / "clock")
        story.make_season(scale=scale, seed=seed)
    supervisor.start()
    supervisor.wait_healthy()
    run_id = story.match_and_publish(seed=seed)
    report.print_report(app, console, run_id)
    tour.visit_every_role(supervisor.base_url)
    console.print(f"Every role's pages answer. Ready after {time.monotonic() - started:.1f} s.")
    if check:
        return
    console.print(f"\n  [bold]{supervisor.base_url}[/bold]   password for everybody: [bold]{PASSWORD}[/bold]")
    for role, email in (
        ("agent", AGENT_EMAIL),
        ("merchant", MERCHANT_EMAIL),
        ("operations", OPERATIONS_EMAIL),
    ):
        console.print(f"    {role:<11} {email}")
    console.print(f"\nMail arrives in {state / 'mail'}, logs in {state / 'log'}. Ctrl-C ends it; data stays.")
    sys.stdout.flush()
    supervisor.run_until_signal()
    console.print("Ending the processes ...")
