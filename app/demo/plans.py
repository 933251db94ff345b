"""What the makers of a demo season hand to each other."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

from numpy.random import Generator

from app.models import ServiceLine


@dataclasses.dataclass(frozen=True, kw_only=True)
class ProjectPlan:
    """A project that was made: its seats at the busiest slot of the season."""

    id: uuid.UUID
    merchant_id: uuid.UUID
    service_line: ServiceLine
    peak_seats: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Person:
    """An agent that was made. `left_at` is empty for those who are still here."""

    agent_id: uuid.UUID
    user_id: uuid.UUID
    joined_at: dt.datetime
    left_at: dt.datetime | None
    text_only: bool
    standing: int


def new_id(rng: Generator) -> uuid.UUID:
    """Return a version 4 id from the season's own randomness."""
    return uuid.UUID(bytes=rng.bytes(16), version=4)
