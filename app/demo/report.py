"""What happened, on the terminal: people, seats, bound and gap, shortages with their cause."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import Flask
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select

from app.db import db
from app.models import (
    Agent,
    AgentStatus,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    MatchRun,
    Merchant,
    Project,
    Shortage,
)
from app.services.rota import CHANGED_MEANWHILE, TAKEN_MEANWHILE
from scheduling.matching.report import Cause

MOST_SHORTAGES = 8
# The words that operations read on their pages.
CAUSES: Mapping[str, str] = {
    Cause.NOBODY_CERTIFIED: "Too few people certified",
    Cause.NOBODY_AVAILABLE: "Too few people available then",
    Cause.REST: "Too little rest between shifts",
    Cause.STRETCH: "Longer than they can work at a stretch",
    Cause.DAY_LIMIT: "Their day is full",
    Cause.WEEK_LIMIT: "Their week is full",
    Cause.DAYS_IN_A_ROW: "Too many days in a row",
    Cause.SHORT_RUN: "A single day, no run of days",
    Cause.DAYS_OFF: "Too few days off in a row",
    Cause.WEEKENDS: "Weekends worked are at their limit",
    Cause.DEARER_SEATS: "Everybody available sits elsewhere",
    Cause.NOT_WORTH_IT: "Not reached in the time given",
    TAKEN_MEANWHILE: "Took another shift before publishing",
    CHANGED_MEANWHILE: "No longer fits at publishing",
}


def print_report(app: Flask, console: Console, run_id: uuid.UUID) -> None:
    """Print a short report of a published run."""
    with app.app_context():
        run = db.session.get_one(MatchRun, run_id)
        seats, filled = run.seats or 0, run.filled or 0
        value, bound = run.value or 0, run.bound or 0
        counts = {
            "agents": _count(Agent, Agent.status != AgentStatus.LEFT),
            "merchants": _count(Merchant),
            "projects": _count(Project),
        }
        standbys = _count(Assignment, Assignment.kind == AssignmentKind.STANDBY)
        accepted = _count(
            Assignment,
            Assignment.run_id == run_id,
            Assignment.kind == AssignmentKind.FORMAL,
            Assignment.status == AssignmentStatus.ACCEPTED,
        )
        shortages = db.session.execute(
            select(Shortage.cause, func.sum(Shortage.seats).label("seats"), func.count().label("places"))
            .where(Shortage.run_id == run_id)
            .group_by(Shortage.cause)
            .order_by(func.sum(Shortage.seats).desc())
        ).all()
        seconds = (run.report or {}).get("seconds", {})
        peak_mb = (run.report or {}).get("peak_mb")
    gap = (bound - value) / bound if bound else 0.0
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_row(
        "People",
        f"{counts['agents']:,} agents, {counts['merchants']:,} merchants, {counts['projects']:,} projects",
    )
    table.add_row(
        "Seats", f"{seats:,} booked seat-shifts, {filled:,} staffed ({filled / seats if seats else 1:.2%})"
    )
    table.add_row(
        "Matcher",
        f"value {value:,}, bound {bound:,}, gap {gap:.4%}" + (f", {peak_mb:,.0f} MB" if peak_mb else ""),
    )
    if isinstance(seconds, dict) and seconds:
        table.add_row("Seconds", ", ".join(f"{phase} {length:.1f}" for phase, length in seconds.items()))
    table.add_row("Offers", f"{accepted:,} accepted so far, {standbys:,} standbys")
    console.print(table)
    if shortages:
        console.print("Short of people:")
        for row in shortages[:MOST_SHORTAGES]:
            console.print(f"  {row.seats:>6,} seats in {row.places:,} shifts: {CAUSES[row.cause]}")
    else:
        console.print("Every booked seat is staffed.")


def _count(model: type, *conditions: object) -> int:
    return db.session.scalars(select(func.count()).select_from(model).where(*conditions)).one()  # type: ignore[arg-type]
