"""The command line: `zuoxi`. Commands import what they need when they run, so that help is quick."""

from __future__ import annotations

import importlib
import os
import sys

import click

from app.settings import SettingsError

# Where each command is found. The libraries' commands need neither database nor server.
COMMANDS = {
    "serve": "app.cli.processes:serve",
    "worker": "app.cli.processes:worker",
    "relay": "app.cli.processes:relay",
    "demo": "app.cli.demo:demo",
    "db": "app.cli.database:db_group",
    "user": "app.cli.users:user_group",
    "contacts": "app.cli.contacts:contacts_group",
    "accommodations": "app.cli.accommodations:accommodations_group",
    "audit": "app.cli.audit:audit_group",
    "base-exam": "app.cli.base_exam:base_exam_group",
    "certificates": "app.cli.certificates:certificates_group",
    "scheduling": "scheduling.commands:scheduling_group",
    "bench-exams": "app.cli.bench_exams:bench_exams",
    "bench-refill": "app.cli.bench_refill:bench_refill",
    "exams": "exams.commands:exams_group",
    "quality": "scheduling.commands:quality_group",
}


class LazyGroup(click.Group):
    """A group that imports a command's module only when the command is called or described."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=LazyGroup)
def cli() -> None:
    """Zuoxi, the seat exchange for peak-season customer service."""


def main() -> None:
    """Run the command line; a faulty environment is one sentence, not a stack trace."""
    # Our matrices are small: a second thread in each product waits more than it works, and on a busy machine
    # a calibration takes ten times the processor. Read when numpy is loaded, here and in processes we start.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        cli()
    except SettingsError as error:
        click.echo(f'zuoxi: {error}. See "Running it for real" in README.md.', err=True)
        sys.exit(2)
