"""Hold a plan against the rules before it is published, and say which of its seats have to stay out."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import (
    LIVE_STATUSES,
    ApplicationStatus,
    Assignment,
    MatchRun,
    PlannedSeat,
    ProjectApplication,
    ShiftSlot,
    TrialShift,
    TrialStatus,
)
from app.queries.rota_records import LOOK_BACK, STANDING_BY, Pair, read_rota
from scheduling.matching.checker import Season, Violation, check


@dataclasses.dataclass(frozen=True, kw_only=True)
class RotaCheck:
    """What the checker found in a plan.

    `left_out` are the planned seats that must not be offered, `unwanted` those among them that nobody books
    any more. `broken` is what the rest still breaks: then nothing may be offered. `known` are the people and
    slots that the check saw.
    """

    found: Sequence[Violation]
    broken: Sequence[Violation]
    left_out: frozenset[uuid.UUID]
    unwanted: frozenset[uuid.UUID]
    known: frozenset[Pair]


def check_rota(session: Session, run: MatchRun) -> RotaCheck:
    """Go over a plan with the checker, on records read back, and leave out what breaks a rule.

    A person who changed their mind costs their own seats, not everybody's. What live shifts break among
    themselves is not the plan's doing.
    """
    season, pairs, added = read_rota(session, run)
    planned, live = pairs[: len(added)], pairs[len(added) :]
    found = broken = _broken_by_plan(season, planned, live)
    out: set[Pair] = set()
    unwanted: set[Pair] = set()
    # What goes may lay bare what it hid, so the rest is checked again.
    while broken:
        personal = {
            (violation.agent_id, shift_id)
            for violation in broken
            if violation.agent_id is not None
            for shift_id in violation.demand_ids
        } & set(planned)
        planned = [pair for pair in planned if pair not in personal]
        surplus = _surplus(season, broken, planned, live)
        planned = [pair for pair in planned if pair not in surplus]
        if not personal and not surplus:
            break
        out |= personal | surplus
        unwanted |= surplus
        broken = _broken_by_plan(season, planned, live)
    ids = _ids_of(session, run, out)
    return RotaCheck(
        found=found,
        broken=broken,
        left_out=frozenset(ids.values()),
        unwanted=frozenset(ids[pair] for pair in unwanted),
        known=frozenset((agent_id, _slot_of(shift_id)) for agent_id, shift_id in pairs),
    )


def is_outdated(session: Session, run: MatchRun, checked: RotaCheck, people: Sequence[uuid.UUID]) -> bool:
    """Say whether one of these people got a shift of the season, or a trial, since the check. Lock them
    first.
    """
    live = session.execute(
        select(Assignment.agent_id, Assignment.slot_id).where(
            Assignment.event_id == run.event_id,
            Assignment.agent_id.in_(people),
            Assignment.status.in_(LIVE_STATUSES),
        )
    )
    first = select(func.min(ShiftSlot.starts_at)).where(ShiftSlot.event_id == run.event_id).scalar_subquery()
    trials = session.execute(
        select(ProjectApplication.agent_id, TrialShift.id)
        .join(ProjectApplication, ProjectApplication.id == TrialShift.application_id)
        .where(
            ProjectApplication.agent_id.in_(people),
            ProjectApplication.status == ApplicationStatus.TRIAL,
            TrialShift.status == TrialStatus.SCHEDULED,
            TrialShift.starts_at >= first - LOOK_BACK,
        )
    )
    return any((str(agent_id), str(place)) not in checked.known for agent_id, place in [*live, *trials])


def _broken_by_plan(season: Season, planned: Sequence[Pair], live: Sequence[Pair]) -> list[Violation]:
    pairs = set(planned)
    shifts = {shift_id for _, shift_id in planned}
    return [
        violation
        for violation in check(season, [*planned, *live])
        if (
            any(shift_id in shifts for shift_id in violation.demand_ids)
            if violation.agent_id is None
            else any((violation.agent_id, shift_id) in pairs for shift_id in violation.demand_ids)
        )
    ]


def _surplus(
    season: Season, broken: Sequence[Violation], planned: Sequence[Pair], live: Sequence[Pair]
) -> set[Pair]:
    """Return the planned people beyond a shift's seats, the last ones first."""
    surplus: set[Pair] = set()
    for violation in broken:
        if violation.agent_id is not None:
            continue
        for shift_id in violation.demand_ids:
            free = season.shifts[shift_id].seats - sum(pair[1] == shift_id for pair in live)
            own = [pair for pair in planned if pair[1] == shift_id]
            surplus.update(own[max(0, free) :])
    return surplus


def _ids_of(session: Session, run: MatchRun, pairs: AbstractSet[Pair]) -> dict[Pair, uuid.UUID]:
    rows = session.execute(
        select(PlannedSeat.id, PlannedSeat.agent_id, PlannedSeat.slot_id).where(
            PlannedSeat.run_id == run.id, PlannedSeat.agent_id.in_({pair[0] for pair in pairs})
        )
    )
    # A run gives a person one row in a slot at most.
    ids = {(str(row.agent_id), str(row.slot_id)): row.id for row in rows}
    return {(agent_id, shift_id): ids[agent_id, _slot_of(shift_id)] for agent_id, shift_id in pairs}


def _slot_of(shift_id: str) -> str:
    return shift_id.removeprefix(STANDING_BY).split("/")[1]
