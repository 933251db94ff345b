"""The three kinds of process: web, worker, relay."""

from __future__ import annotations

import datetime as dt
import gc
import resource
import signal
import sys
import threading

import click


@click.command()
@click.option("--bind", default="127.0.0.1:8000", show_default=True, help="Address and port.")
@click.option("--workers", default=2, show_default=True, help="Processes.")
@click.option("--threads", default=8, show_default=True, help="Threads of each process.")
def serve(bind: str, workers: int, threads: int) -> None:
    """Serve the site with gunicorn."""
    from app.cli.environment import configure_logs  # noqa: PLC0415

    # Gunicorn forks its workers from this process: they inherit the form of the logs, and how many files they
    # may hold open. Each visitor's kept connection is one.
    configure_logs()
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
    from gunicorn.app.wsgiapp import WSGIApplication  # type: ignore[import-untyped]  # noqa: PLC0415

    class Site(WSGIApplication):  # type: ignore[misc]  # gunicorn ships no types
        def load(self) -> object:
            site = super().load()
            _collect_less()
            return site

    sys.argv = [
        "gunicorn",
        *("--bind", bind, "--workers", str(workers), "--threads", str(threads)),
        *("--worker-class", "gthread", "--no-control-socket", "--access-logfile", "-"),
        # An exam's page speaks every 30 s, and several thousand people may sit at once: at the limit, whoever
        # comes next waits until somebody's connection has been idle for long enough.
        *("--keep-alive", "75", "--worker-connections", "5000"),
        *("--logger-class", "app.cli.access_log.AccessLogger"),
        "wsgi:app",
    ]
    Site("%(prog)s [OPTIONS] [APP_MODULE]", prog="gunicorn").run()


def _collect_less() -> None:
    """Keep the garbage collector from what was loaded for good, and let it look less often.

    A page makes and drops thousands of objects, and each look went over modules, mappers and templates.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@click.command()
@click.option("--queue", type=click.Choice(["quick", "long"]), default="quick", show_default=True)
def worker(queue: str) -> None:
    """Do promised work from one queue. Run one process a queue at least."""
    from rq import SimpleWorker  # noqa: PLC0415

    from app import task_queue  # noqa: PLC0415
    from app.cli.environment import app_from_env  # noqa: PLC0415
    from app.jobs import runner  # noqa: PLC0415

    app = app_from_env()
    runner.use_app(app)
    connection = task_queue.connect(app.config["REDIS_URL"], blocking=True)
    # Jobs run in this process: the engine and the compiled solver stay warm. A crash takes the process along,
    # its supervisor starts another, and the lease in PostgreSQL decides when the work is taken up again.
    SimpleWorker(
        [task_queue.make_queue(queue, connection)],
        connection=connection,
        serializer="json",
        worker_ttl=30,
        maintenance_interval=60,
    ).work(logging_level="WARNING")


@click.command()
def relay() -> None:
    """Hand promised work to the queues, and promise what the clock asks for. Two do no harm."""
    from app import task_queue  # noqa: PLC0415
    from app.cli.environment import app_from_env  # noqa: PLC0415
    from app.jobs.relay import run_relay  # noqa: PLC0415

    app = app_from_env()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    connection = task_queue.connect(app.config["REDIS_URL"])
    queues = {name: task_queue.make_queue(name, connection) for name in (task_queue.QUICK, task_queue.LONG)}
    with app.app_context():
        run_relay(queues, stop, resend_after=dt.timedelta(seconds=app.config["LEASE_SECONDS"]))
