"""Why these people have a seat, and why the others who are certified for it have not."""

from __future__ import annotations

import dataclasses
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence

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
    Project,
    SeatCell,
    ShiftSlot,
    Shortage,
    User,
)
from app.queries import run_plans
from app.queries.columns import uuid_of
from app.services.match_problem import LoadedProblem, load_problem
from app.services.match_reasons import fits_needs, read_holdings
from scheduling.matching.explain import POINT, Explainer, Explanation
from scheduling.matching.holdings import Holdings
from scheduling.matching.obstacles import Obstacle

MOST_PEOPLE = 30


@dataclasses.dataclass(frozen=True, kw_only=True)
class Candidate:
    """One certified person and one seat: points and rank, and what stood in the way of those without it.

    The first reason is the one that counts. `short` is how many points more the person would have needed, at
    the prices of the run, and `lead` how many the plan would lose without them here; None where points do not
    decide or the run kept no prices. `standing_by` says that the plan keeps the person ready instead.
    """

    agent_id: uuid.UUID
    name: str
    given: bool
    standing_by: bool
    points: int | None
    rank: int | None
    reasons: tuple[Obstacle, ...]
    short: int | None
    lead: int | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class SeatExplanation:
    """Everybody certified for a project, seen from one slot.

    `candidates` are open at that time, those with a seat first; `others` counts the rest by what keeps them.
    `price` is what one more seat here would have been worth, in points; None when the run kept no prices.
    """

    project: Project
    merchant: str
    slot: ShiftSlot
    seats: int
    certified: int
    eligible: int
    candidates: tuple[Candidate, ...]
    others: Mapping[Obstacle, int]
    price: int | None
    shortages: Sequence[Shortage]
    chosen: int


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
    names = _certified(session, project_id)
    loaded = load_problem(
        session,
        run.event,
        now=run.started_at,
        agent_ids=list(names),
        project_ids=[project_id],
        without_run=run.id,
    )
    row = loaded.row_of(project_id, slot_id)
    if row is None:
        return None
    cell = project_id, slot_id
    holdings, is_priced = read_holdings(session, run, loaded, project_ids=[project_id])
    crowd = _Crowd(holdings, loaded, row)
    shown = crowd.shown()
    found = _explain(session, run, [crowd.ids[agent] for agent in shown], cell=cell)
    return SeatExplanation(
        project=project,
        merchant=session.scalars(select(Merchant.name).where(Merchant.id == project.merchant_id)).one(),
        slot=slot,
        seats=_booked(session, run, project_id, slot_id),
        certified=loaded.problem.agents,
        eligible=len(crowd.order),
        chosen=len(crowd.given),
        candidates=tuple(
            _candidate(crowd, agent, found.people[crowd.ids[agent]], names, found.standing_by)
            for agent in shown
        ),
        others=dict(crowd.others().most_common()),
        price=int(holdings.scaled_price[row]) // POINT if is_priced else None,
        shortages=run_plans.list_cell_shortages(session, run.id, cell=cell),
    )


class _Crowd:
    """Everybody certified for a row's project: those who are open, in order, and the rest by what keeps
    them.
    """

    def __init__(self, holdings: Holdings, loaded: LoadedProblem, row: int) -> None:
        self._holdings, self._loaded, self._row = holdings, loaded, row
        self.ids = [uuid_of(raw) for raw in loaded.agent_ids]
        people, points = holdings.eligible(row)
        self.points = dict(zip(people.tolist(), points.tolist(), strict=True))
        self.given = set(holdings.people_on(row).tolist())
        self.order = sorted(
            set(self.points) | self.given,
            key=lambda agent: (agent not in self.given, -self.points.get(agent, 0), agent),
        )

    def shown(self) -> list[int]:
        """Return who is shown: at least half of the places are for people without a seat, where there are so
        many.
        """
        given = [agent for agent in self.order if agent in self.given]
        rest = [agent for agent in self.order if agent not in self.given]
        room = max(MOST_PEOPLE // 2, MOST_PEOPLE - len(rest))
        return [*given[:room], *rest[: MOST_PEOPLE - min(room, len(given))]]

    def rank(self, agent: int) -> int | None:
        """Return the place by points of somebody who is open."""
        own = self.points.get(agent)
        return None if own is None else 1 + sum(value > own for value in self.points.values())

    def others(self) -> Counter[Obstacle]:
        """Count those who could not be in the row at all by why."""
        problem, row = self._holdings.problem, self._row
        agents = np.arange(problem.agents)
        is_project = problem.block_project == problem.demand_project[row]
        blocked = np.isin(agents, problem.block_agent[is_project])
        unfit = ~fits_needs(self._loaded, row)
        certified = np.isin(agents, self._holdings.certified_for(row))
        reasons = np.select(
            [blocked, unfit, ~certified],
            [Obstacle.BLOCKED, Obstacle.NEEDS, Obstacle.NOT_CERTIFIED],
            default=Obstacle.NOT_AVAILABLE,
        )
        closed = ~np.isin(agents, self.order)
        return Counter(Obstacle(reason) for reason in reasons[closed].tolist())


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Found:
    people: Mapping[uuid.UUID, Explanation]
    standing_by: frozenset[uuid.UUID]


def _explain(
    session: Session, run: MatchRun, agent_ids: Sequence[uuid.UUID], *, cell: run_plans.Cell
) -> _Found:
    """Explain a few people, with all that they could do instead: every project they are certified for."""
    assert run.started_at is not None
    ids = run_plans.list_certified_projects(session, agent_ids)
    loaded = load_problem(
        session, run.event, now=run.started_at, agent_ids=agent_ids, project_ids=ids, without_run=run.id
    )
    holdings, is_priced = read_holdings(session, run, loaded, project_ids=ids)
    explainer = Explainer(holdings, with_bids=is_priced)
    row = loaded.row_of(*cell)
    people = {
        uuid_of(raw): explainer.explain(agent=agent, demand=row)
        for agent, raw in enumerate(loaded.agent_ids)
        if row is not None
    }
    planned = run_plans.list_planned(session, run.id, agent_ids=agent_ids)
    return _Found(
        people=people,
        standing_by=frozenset(
            agent_id for agent_id, (_, slot_id), is_standby in planned if is_standby and slot_id == cell[1]
        ),
    )


def _candidate(
    crowd: _Crowd,
    agent: int,
    one: Explanation,
    names: Mapping[uuid.UUID, str],
    standing_by: frozenset[uuid.UUID],
) -> Candidate:
    agent_id = crowd.ids[agent]
    return Candidate(
        agent_id=agent_id,
        name=names[agent_id],
        given=one.given,
        standing_by=agent_id in standing_by,
        points=crowd.points.get(agent),
        rank=crowd.rank(agent),
        reasons=tuple(reason.obstacle for reason in one.reasons),
        short=one.points_short,
        lead=None if one.lead is None else one.lead // POINT,
    )


def _certified(session: Session, project_id: uuid.UUID) -> dict[uuid.UUID, str]:
    """Return the names of everybody with a certificate for a project."""
    rows = session.execute(
        select(Agent.id, User.name)
        .join(User, User.id == Agent.user_id)
        .join(Certificate, Certificate.agent_id == Agent.id)
        .where(Certificate.project_id == project_id, Certificate.revoked_at.is_(None))
        .order_by(Agent.id)
    )
    return {row.id: row.name for row in rows}


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
