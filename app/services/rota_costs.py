"""What publishing a draft costs, in pay."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence

from app.clock import BUSINESS_ZONE
from app.models import SeasonPhase
from app.pay_rules import Shift, pay_of, surcharge_percent
from app.queries.rota_change_lists import PaidGroup
from app.queries.rota_changes import Change


@dataclasses.dataclass(frozen=True, kw_only=True)
class PayDifference:
    """Pay of the seats that are added, of the standbys, and of the offers that are taken back, in fen."""

    seats_fen: int
    standbys_fen: int
    withdrawn_fen: int

    @property
    def total_fen(self) -> int:
        return self.seats_fen + self.standbys_fen - self.withdrawn_fen


def pay_difference(groups: Iterable[PaidGroup], phases: Sequence[SeasonPhase]) -> PayDifference:
    """Add up what the changes pay if everybody comes; standbys as if none is called."""
    fen = {"seats": 0, "standbys": 0, "withdrawn": 0}
    for group in groups:
        pay = pay_of(
            Shift(
                starts_at=group.starts_at,
                ends_at=group.ends_at,
                is_standby=group.is_standby,
                pay_fen_an_hour=group.pay_fen_an_hour,
                surcharge_percent=_surcharge(phases, group.starts_at),
            )
        )
        part = (
            "withdrawn" if group.change is Change.WITHDRAWN else "standbys" if group.is_standby else "seats"
        )
        fen[part] += pay.total_fen * group.shifts
    return PayDifference(seats_fen=fen["seats"], standbys_fen=fen["standbys"], withdrawn_fen=fen["withdrawn"])


def _surcharge(phases: Sequence[SeasonPhase], starts_at: dt.datetime) -> int:
    day = starts_at.astimezone(BUSINESS_ZONE).date()
    return next(
        (
            surcharge_percent(phase.highest_demand_percent)
            for phase in phases
            if phase.starts_on <= day <= phase.ends_on
        ),
        0,
    )
