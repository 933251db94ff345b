"""Keep how likely seats are to be worked beside the run that planned them, and bring it up to date."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import numpy as np
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, joinedload

from app.clock import BUSINESS_ZONE
from app.models import Assignment, MatchRun, MatchStatus, PeakEvent, PlannedSeat, SeatCover, ShiftSlot
from app.queries.chances import microseconds_of, read_chances
from app.queries.columns import places_of, read_columns
from app.services.copying import as_ids, copy_columns, same_id
from app.services.match_problem import LoadedProblem, load_problem
from app.services.standbys import Roster, RotaCover, assess_roster, live_roster, rows_of
from scheduling.matching.pooled_cover import NOBODY

# Plans that nobody was offered in full yet: their people are counted although they know nothing of it.
UNPUBLISHED = (MatchStatus.DONE, MatchStatus.PUBLISHING)


def save_covers(
    session: Session, run_id: uuid.UUID, loaded: LoadedProblem, cover: RotaCover, *, now: dt.datetime
) -> None:
    """Write down the cover of a run's slots to come; what was known of them before goes."""
    _lock_covers(session, run_id)
    to_come = select(ShiftSlot.id).where(ShiftSlot.starts_at > now)
    session.execute(delete(SeatCover).where(SeatCover.run_id == run_id, SeatCover.slot_id.in_(to_come)))
    linked = cover.helps != NOBODY
    for rows, is_linked in ((np.flatnonzero(linked), True), (np.flatnonzero(~linked), False)):
        columns = {
            "run_id": same_id(run_id, len(rows)),
            "project_id": as_ids(loaded.project_ids[rows]),
            "slot_id": as_ids(loaded.slot_ids[rows]),
            "booked": loaded.booked[rows].astype(np.int32),
            "seated": cover.seated[rows].astype(np.int32),
            "standbys": cover.standbys[rows].astype(np.int32),
            "standbys_alone": cover.alone[rows].astype(np.int32),
            "chance": cover.chance[rows],
            "target": np.full(len(rows), cover.target),
            "cost_fen": cover.cost_fen[rows],
            "reckoned_at": np.full(len(rows), microseconds_of(now)),
        }
        if is_linked:
            columns["helps_id"] = as_ids(loaded.project_ids[cover.helps[rows]])
        copy_columns(session, SeatCover, columns)


def _lock_covers(session: Session, run_id: uuid.UUID) -> None:
    """Wait for whoever writes this run's cover down: two at once would not see each other's rows."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"seat-cover:{run_id}", 0))))


def list_runs_to_refresh(session: Session, *, now: dt.datetime) -> Sequence[MatchRun]:
    """Return the newest run of each status that has a plan, of seasons that are not over, with the season."""
    today = now.astimezone(BUSINESS_ZONE).date()
    runs = session.scalars(
        select(MatchRun)
        .join(PeakEvent, PeakEvent.id == MatchRun.event_id)
        .where(
            PeakEvent.ends_on >= today,
            MatchRun.status.in_((MatchStatus.DONE, MatchStatus.PUBLISHED)),
        )
        .options(joinedload(MatchRun.event))
        .order_by(MatchRun.event_id, MatchRun.number)
    )
    return list({(run.event_id, run.status): run for run in runs}.values())


def refresh_covers(session: Session, run: MatchRun, *, target: float, now: dt.datetime) -> RotaCover:
    """Reckon a run's cover anew from who has live shifts now, and from what it planned but did not offer."""
    loaded = load_problem(session, run.event, now=now)
    chances = read_chances(session, now=now)
    roster = live_roster(loaded)
    if run.status in UNPUBLISHED:
        roster = _with_plan(session, run.id, loaded, roster)
    cover = assess_roster(loaded, roster, chances, target=target)
    save_covers(session, run.id, loaded, cover, now=now)
    return cover


def _with_plan(session: Session, run_id: uuid.UUID, loaded: LoadedProblem, roster: Roster) -> Roster:
    offered = select(Assignment.id).where(Assignment.id == PlannedSeat.id).exists()
    planned = read_columns(
        session,
        select(
            PlannedSeat.agent_id, PlannedSeat.project_id, PlannedSeat.slot_id, PlannedSeat.is_standby
        ).where(PlannedSeat.run_id == run_id, ~offered),
    )
    agent = places_of(planned["agent_id"], loaded.agent_ids)
    row = rows_of(loaded, planned["project_id"], planned["slot_id"])
    known, standby = (agent >= 0) & (row >= 0), planned["is_standby"] == 1
    seat = known & ~standby
    with_seats = Roster(
        seat_agent=np.concatenate([roster.seat_agent, agent[seat]]),
        seat_row=np.concatenate([roster.seat_row, row[seat]]),
        standby_agent=roster.standby_agent,
        standby_row=roster.standby_row,
    )
    return with_seats.with_standbys(agent[known & standby], row[known & standby])
