"""The command groups `scheduling` and `quality`; they need neither database nor server.

The commands are loaded when they are called: numba and scipy take a second to import, and `zuoxi --help` must
not.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Mapping
from typing import Any

import click

BEGAN = "scheduling.began"
"""In the context of a command: when its loading began, a moment of `time.perf_counter`."""


class LazyGroup(click.Group):
    """A group whose commands are named as "module:attribute" with their one line of help."""

    def __init__(self, *args: Any, commands_at: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.commands_at = commands_at

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names without loading anything."""
        return sorted({*super().list_commands(ctx), *self.commands_at})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        if cmd_name not in self.commands_at:
            return super().get_command(ctx, cmd_name)
        ctx.meta.setdefault(BEGAN, time.perf_counter())
        module, attribute = self.commands_at[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table."""
        rows = [
            (name, self.commands_at[name][1]) for name in self.list_commands(ctx) if name in self.commands_at
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


scheduling_group = LazyGroup(
    "scheduling",
    help="Staff seats and rehearse a day, from files.",
    commands_at={
        "match": ("scheduling.matching.commands:match", "Staff the seats of a folder of CSV files."),
        "check": ("scheduling.matching.commands:check_plan", "Go over a plan, rule by rule."),
        "curtois": ("scheduling.matching.rosters.commands:curtois", "Make a roster for a benchmark file."),
        "fairness": ("scheduling.matching.fairness_command:fairness", "Compare who gets a plan's hours."),
        "generate": ("scheduling.matching.commands:generate", "Write a made-up season as CSV files."),
        "bench": ("scheduling.matching.commands:bench", "Time the matcher on seasons of several sizes."),
        "warm": ("scheduling.matching.commands:warm", "Compile the matcher, so that its first run is quick."),
        "rehearse": ("scheduling.demand.commands:rehearse", "Replay a day of calls against seats."),
    },
)

quality_group = LazyGroup(
    "quality",
    help="How long people stay.",
    commands_at={
        "attrition": (
            "scheduling.workforce.commands:attrition",
            "Show how long people stay, from a CSV file.",
        ),
    },
)
