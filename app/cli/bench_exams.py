"""Measure a peak of candidates: sign-ups, starts in one moment, and people who sit at once."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import resource
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

import click
from alembic import command

from app import create_app
from app.benchmarks import evidence, exam_load
from app.benchmarks.exam_load import Load, Phase
from app.benchmarks.processors import Processors
from app.cli.database import alembic_config
from app.cli.environment import configure_logs
from app.db import db
from app.embedded import Services, embedded_services
from app.embedded_server import EmbeddedServer, EmbeddedServerError
from app.settings import Settings
from app.supervisor import Supervisor, SupervisorError, zuoxi_children


@click.command(name="bench-exams")
@click.option("--people", default=8_000, show_default=True, help="Who sign up and start an exam; 0: nobody.")
@click.option("--minutes", default=10.0, show_default=True, help="Time over which they come.")
@click.option(
    "--rung",
    "rungs",
    multiple=True,
    type=click.IntRange(1),
    default=(250, 500, 1_000, 2_000),
    show_default=True,
    help="So many sit at once; may be given several times.",
)
@click.option("--think", default=60.0, show_default=True, help="Seconds between two answers, on average.")
@click.option("--sit", default=1.5, show_default=True, help="Minutes from the start to handing in.")
@click.option("--per-address", default=50, show_default=True, help="So many people share an address.")
@click.option("--workers", type=int, help="Processes of the web server, instead of the usual number.")
@click.option("--threads", type=int, help="Threads of each, instead of the usual number.")
@click.option("--seed", default=11, show_default=True)
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    help="Keep the servers' data and logs in this folder, which must be empty or new.",
)
def bench_exams(
    people: int,
    minutes: float,
    rungs: tuple[int, ...],
    think: float,
    sit: float,
    per_address: int,
    workers: int | None,
    threads: int | None,
    seed: int,
    state: Path | None,
) -> None:
    """Let people sign up, start and sit on a site of its own; print times and what gave out.

    Ends with 1 when a request failed, an acknowledged answer is not there, or saves of 1,000 were slow.
    """
    if state is not None and state.exists() and any(state.iterdir()):
        raise click.UsageError(f"{state} is not empty: its people have signed up already. Name a new folder.")
    _raise_file_limit()
    with tempfile.TemporaryDirectory(prefix="zuoxi-bench-") as temporary:
        folder = state or Path(temporary)
        try:
            with embedded_services(folder, database_url=None, redis_url=None) as services:
                command.upgrade(alembic_config(services.database_url), "head")
                with _supervisor(folder, services, workers=workers, threads=threads) as supervisor:
                    bench = _Bench(supervisor, services, per_address=per_address, seed=seed)
                    if people:
                        bench.sign_up(people, seconds=60 * minutes, think=think)
                    for count in rungs:
                        bench.sit(count, think=think, seconds=60 * sit)
                    faults = bench.find_faults()
        except (EmbeddedServerError, SupervisorError) as error:
            raise click.ClickException(str(error)) from error
    if faults:
        raise click.ClickException("; ".join(faults))


class _Bench:
    """The parts of the test on one running site."""

    def __init__(self, supervisor: Supervisor, services: Services, *, per_address: int, seed: int) -> None:
        configure_logs()
        self._app = create_app(Settings.from_env(supervisor.environ))
        supervisor.start()
        supervisor.wait_healthy()
        self._phases: list[Phase] = []
        self._load = Load(
            self._app,
            port=supervisor.port,
            processors=Processors(
                {
                    "web": lambda: supervisor.find_pid("web"),
                    **{server.title: _pid_of(server) for server in services.servers},
                    "queue": lambda: supervisor.find_pid("worker-quick-1"),
                    "relay": lambda: supervisor.find_pid("relay"),
                    "driver": os.getpid,
                }
            ),
            tend=supervisor.tend,
            say=click.echo,
            per_address=per_address,
            seed=seed,
        )

    def sign_up(self, people: int, *, seconds: float, think: float) -> None:
        self._keep(asyncio.run(self._load.sign_up(people, seconds=seconds, think=think)))

    def sit(self, people: int, *, think: float, seconds: float) -> None:
        self._keep(asyncio.run(self._load.sit(people, think=think, seconds=seconds)))

    def find_faults(self) -> list[str]:
        """Print what the rows say, and return what the test did not bear, in words."""
        sittings = [sitting for phase in self._phases for sitting in phase.sittings]
        signed_up = [mobile for phase in self._phases for mobile in phase.signed_up]
        with self._app.app_context():
            losses = list(evidence.find_losses(db.session, signed_up=signed_up, sittings=sittings))
            db.session.close()
            db.engine.dispose()
        told = evidence.count_saves(sittings)
        click.echo(
            f"\ntold and looked for: {len(signed_up):,} accounts, {told['attempts']:,} attempts, "
            f"{told['answers']:,} answers, {told['submitted']:,} handed in; lost: {len(losses)}"
        )
        for loss in losses[:10]:
            click.echo(f"  {loss}")
        return exam_load.faults_of(self._phases, losses)

    def _keep(self, phase: Phase) -> None:
        self._phases.append(phase)
        click.echo("\n".join(exam_load.table_of(phase)))


def _pid_of(server: EmbeddedServer) -> Callable[[], int | None]:
    return lambda: server.pid


def _supervisor(folder: Path, services: Services, *, workers: int | None, threads: int | None) -> Supervisor:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ZUOXI_")},
        "ZUOXI_SMS_PROVIDER": "sandbox",
        # The driver says, as a proxy would, which address each person comes from.
        "ZUOXI_TRUSTED_PROXIES": "1",
    }
    more = [
        *(["--workers", str(workers)] if workers else []),
        *(["--threads", str(threads)] if threads else []),
    ]
    children = [
        dataclasses.replace(child, command=(*child.command, *more)) if child.name == "web" else child
        for child in zuoxi_children(bind=f"127.0.0.1:{port}")
    ]
    return Supervisor(state_dir=folder, services=services, environ=environ, port=port, children=children)


def _raise_file_limit() -> None:
    """Let this process and those it starts hold a connection for every person."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
