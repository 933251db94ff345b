"""A whole season on this machine from one command."""

from __future__ import annotations

import click


@click.command()
def demo() -> None:
    """Run a demo season."""
