"""Set what a season is made of."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import uuid
from collections.abc import Sequence

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.models import PeakEvent, SeasonPhase


@dataclasses.dataclass(frozen=True, kw_only=True)
class PhasePlan:
    """Days that are alike, with their contacts in percent of an ordinary day."""

    name_zh: str
    name_en: str
    starts_on: dt.date
    ends_on: dt.date
    lowest_demand_percent: int
    highest_demand_percent: int


# As the trade counts them: 2026's Double 11.
DOUBLE_11_PHASES = (
    PhasePlan(
        name_zh="预售",
        name_en="Pre-sale",
        starts_on=dt.date(2026, 10, 27),
        ends_on=dt.date(2026, 10, 30),
        lowest_demand_percent=110,
        highest_demand_percent=180,
    ),
    PhasePlan(
        name_zh="开门红",
        name_en="Opening days",
        starts_on=dt.date(2026, 10, 31),
        ends_on=dt.date(2026, 11, 3),
        lowest_demand_percent=250,
        highest_demand_percent=620,
    ),
    PhasePlan(
        name_zh="平稳期",
        name_en="Quiet days",
        starts_on=dt.date(2026, 11, 4),
        ends_on=dt.date(2026, 11, 9),
        lowest_demand_percent=170,
        highest_demand_percent=290,
    ),
    PhasePlan(
        name_zh="高峰",
        name_en="Peak",
        starts_on=dt.date(2026, 11, 10),
        ends_on=dt.date(2026, 11, 11),
        lowest_demand_percent=610,
        highest_demand_percent=900,
    ),
    PhasePlan(
        name_zh="返场",
        name_en="Encore",
        starts_on=dt.date(2026, 11, 12),
        ends_on=dt.date(2026, 11, 13),
        lowest_demand_percent=250,
        highest_demand_percent=420,
    ),
)


def set_phases(session: Session, event: PeakEvent, phases: Sequence[PhasePlan]) -> None:
    """Replace a season's phases; raises ValueError when they overlap or leave the season's days."""
    ordered = sorted(phases, key=lambda phase: phase.starts_on)
    for earlier, later in itertools.pairwise(ordered):
        if later.starts_on <= earlier.ends_on:
            raise ValueError(f"phases {earlier.name_zh} and {later.name_zh} overlap on {later.starts_on}")
    for phase in ordered:
        if phase.starts_on < event.starts_on or phase.ends_on > event.ends_on:
            raise ValueError(f"phase {phase.name_zh} leaves the season's days")
    session.execute(delete(SeasonPhase).where(SeasonPhase.event_id == event.id))
    session.add_all(
        SeasonPhase(id=uuid.uuid4(), event_id=event.id, **dataclasses.asdict(phase)) for phase in ordered
    )
