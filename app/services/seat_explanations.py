"""Why these people have a seat, and why the others who are certified for it have not."""

from __future__ import annotations

import dataclasses
import uuid
from collections import Counter
from collections.abc import Mapping

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import (
    Agent,
    Booking,
    BookingLine,
    BookingStatus,
    Certificate,
    MatchRun,
    Merchant,
    PlannedSeat,
    Project,
    SeatCell,
    ShiftSlot,
    User,
)
from app.queries.columns import places_of, raw_id, uuid_of
from app.services.match_problem import LoadedProblem, load_problem
from scheduling.matching.explain import Explanation, explain_from
from scheduling.matching.holdings import Holdings
from scheduling.matching.obstacles import Obstacle
from scheduling.matching.solution import Solution

MOST_PEOPLE = 30


@dataclasses.dataclass(frozen=True, kw_only=True)
class Candidate:
    """One certified person and one seat: points and rank, and what stood in the way of those without it.

    The first reason is the one that counts. `standing_by` says that the plan keeps the person ready instead.
    """

    agent_id: uuid.UUID
    name: str
    given: bool
    standing_by: bool
    points: int | None
    rank: int | None
    reasons: tuple[Obstacle, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class SeatExplanation:
    """Everybody certified for a project, seen from one slot.

    `candidates` are open at that time, those with a seat first; `others` counts the rest by what keeps them.
    """

    project: Project
    merchant: str
    slot: ShiftSlot
    seats: int
    certified: int
    eligible: int
    candidates: tuple[Candidate, ...]
    others: Mapping[Obstacle, int]

    @property
    def chosen(self) -> int:
        return sum(candidate.given for candidate in self.candidates)


def explain_seat(
    session: Session, run: MatchRun, *, project_id: uuid.UUID, slot_id: uuid.UUID
) -> SeatExplanation | None:
    """Explain a run's choice for one project and slot; None where the run had no such seats.

    The run's own offers are left out of account, so that the choice is seen as it was made. What changed
    since in certificates, needs or time is not.
    """
    project = session.get(Project, project_id)
    slot = session.get(ShiftSlot, slot_id)
    if project is None or slot is None or slot.event_id != run.event_id or run.started_at is None:
        return None
    names = {
        row.id: row.name
        for row in session.execute(
            select(Agent.id, User.name)
            .join(User, User.id == Agent.user_id)
            .join(Certificate, Certificate.agent_id == Agent.id)
            .where(Certificate.project_id == project_id, Certificate.revoked_at.is_(None))
            .order_by(Agent.id)
        )
    }
    loaded = load_problem(session, run.event, now=run.started_at, agent_ids=list(names), without_run=run.id)
    row = loaded.row_of(project_id, slot_id)
    if row is None:
        return None
    plan = _plan(session, run, loaded)
    holdings = Holdings.of(loaded.problem, plan)
    standing_by = set(
        session.scalars(
            select(PlannedSeat.agent_id).where(
                PlannedSeat.run_id == run.id,
                PlannedSeat.slot_id == slot_id,
                PlannedSeat.is_standby.is_(True),
            )
        )
    )
    agents = range(loaded.problem.agents)
    points = [holdings.points(agent, row) for agent in agents]
    given = set(holdings.people_on(row).tolist())
    open_people = [agent for agent in agents if agent in given or points[agent] is not None]
    open_people.sort(key=lambda agent: (agent not in given, -(points[agent] or 0)))
    # A project of the real size has thousands of certified people: only those who are shown are explained.
    shown = [explain_from(holdings, agent=agent, demand=row) for agent in open_people[:MOST_PEOPLE]]
    closed = sorted(set(agents) - set(open_people))
    others = Counter(_closed_to(holdings, agent, row) for agent in closed)
    return SeatExplanation(
        project=project,
        merchant=session.scalars(select(Merchant.name).where(Merchant.id == project.merchant_id)).one(),
        slot=slot,
        seats=_booked(session, run, project_id, slot_id),
        certified=len(agents),
        eligible=len(open_people),
        candidates=tuple(_candidate(one, names, standing_by) for one in shown),
        others=dict(others.most_common()),
    )


def _candidate(one: Explanation, names: dict[uuid.UUID, str], standing_by: set[uuid.UUID]) -> Candidate:
    agent_id = uuid.UUID(one.agent_id)
    return Candidate(
        agent_id=agent_id,
        name=names[agent_id],
        given=one.given,
        standing_by=agent_id in standing_by,
        points=one.points,
        rank=one.rank,
        reasons=tuple(reason.obstacle for reason in one.reasons),
    )


def _closed_to(holdings: Holdings, agent: int, row: int) -> Obstacle:
    """Return why somebody with the project's certificate could not be in a row at all."""
    problem = holdings.problem
    if ((problem.block_agent == agent) & (problem.block_project == problem.demand_project[row])).any():
        return Obstacle.BLOCKED
    return Obstacle.NOT_CERTIFIED if holdings.score(agent, row) is None else Obstacle.NOT_AVAILABLE


def _booked(session: Session, run: MatchRun, project_id: uuid.UUID, slot_id: uuid.UUID) -> int:
    return sum(
        session.scalars(
            select(BookingLine.seats)
            .join(Booking, Booking.id == BookingLine.booking_id)
            .join(SeatCell, SeatCell.id == BookingLine.seat_cell_id)
            .where(
                Booking.event_id == run.event_id,
                Booking.status == BookingStatus.CONFIRMED,
                Booking.project_id == project_id,
                SeatCell.slot_id == slot_id,
            )
        )
    )


def _plan(session: Session, run: MatchRun, loaded: LoadedProblem) -> Solution:
    """Return what the run planned for the loaded people, beside the time they hold already."""
    rows = session.execute(
        select(PlannedSeat.agent_id, PlannedSeat.project_id, PlannedSeat.slot_id).where(
            PlannedSeat.run_id == run.id,
            PlannedSeat.is_standby.is_(False),
            PlannedSeat.agent_id.in_([uuid_of(raw) for raw in loaded.agent_ids]),
        )
    ).all()
    place = {name: number for number, name in enumerate(loaded.problem.demand_ids)}
    ids = np.array([raw_id(row.agent_id) for row in rows], dtype="S16")
    agents = places_of(ids, loaded.agent_ids)
    demand = np.array([place.get(f"{row.project_id}/{row.slot_id}", -1) for row in rows], dtype=np.int64)
    known = (agents >= 0) & (demand >= 0)
    agent = np.concatenate([agents[known], loaded.problem.pin_agent])
    demand = np.concatenate([demand[known], loaded.problem.pin_demand])
    order = np.lexsort((agent, demand))
    nothing = np.zeros(loaded.problem.rows, dtype=np.int64)
    return Solution(
        agent=agent[order],
        demand=demand[order],
        price=nothing,
        scaled_price=nothing,
        value=run.value or 0,
        bound=run.bound or 0,
        seats=loaded.problem.seats,
        filled=len(agent),
        sweeps=0,
        chains=0,
        seconds={},
        stopped_early=False,
    )
