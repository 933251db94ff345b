"""For one agent: what a run gave them in each time they offered, or the first reason why nothing."""

from __future__ import annotations

import dataclasses
import enum
import uuid
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy.orm import Session, joinedload

from app.models import Assignment, AssignmentKind, MatchRun, Project, ShiftSlot
from app.queries import run_plans
from app.queries.columns import uuid_of
from app.services.match_problem import load_problem
from app.services.match_reasons import read_holdings
from scheduling.matching.explain import POINT, Explainer, Explanation
from scheduling.matching.obstacles import Obstacle


class Outcome(enum.StrEnum):
    """What became of a time that an agent offered; SHIFT_STAYS is one they had before the run."""

    GIVEN = "given"
    STANDBY = "standby"
    SHIFT_STAYS = "shift_stays"
    NOT_GIVEN = "not_given"
    NO_SEATS = "no_seats"


@dataclasses.dataclass(frozen=True, kw_only=True)
class SlotReason:
    """One slot within a time that the agent offered.

    Where nothing was given, `project` is the one they came nearest to, `obstacle` the first reason there and
    `short` how many points more they would have needed; None where points do not decide, or the run kept no
    prices. Where something was given, `lead` says how many points the plan would lose without it.
    """

    slot: ShiftSlot
    outcome: Outcome
    project: Project | None = None
    obstacle: Obstacle | None = None
    short: int | None = None
    lead: int | None = None


# What came nearest is shown: the further down this list, the nearer.
_NEARNESS = list(Obstacle)


def explain_agent(
    session: Session, run: MatchRun, agent_id: uuid.UUID, *, slot_id: uuid.UUID | None = None
) -> list[SlotReason]:
    """Explain a run to one agent, slot by slot in order; with `slot_id`, this slot alone.

    Fourteen statements, whatever the size of the season.
    """
    assert run.started_at is not None
    slots = [
        slot
        for slot in run_plans.list_open_slots(
            session, event_id=run.event_id, agent_id=agent_id, since=run.started_at
        )
        if slot_id in (None, slot.id)
    ]
    project_ids = run_plans.list_certified_projects(session, [agent_id])
    loaded = load_problem(
        session,
        run.event,
        now=run.started_at,
        agent_ids=[agent_id],
        project_ids=project_ids,
        without_run=run.id,
    )
    planned = {
        at: (project_id, is_standby)
        for _, (project_id, at), is_standby in run_plans.list_planned(session, run.id, agent_ids=[agent_id])
    }
    found: dict[uuid.UUID, list[tuple[uuid.UUID, Explanation]]] = defaultdict(list)
    if loaded.problem.agents and loaded.rows:
        holdings, is_priced = read_holdings(session, run, loaded, project_ids=project_ids)
        explainer = Explainer(holdings, with_bids=is_priced)
        wanted = {slot.id for slot in slots}
        for row in range(loaded.rows):
            at = uuid_of(loaded.slot_ids[row])
            if at in wanted:
                found[at].append((uuid_of(loaded.project_ids[row]), explainer.explain(agent=0, demand=row)))
    projects = run_plans.list_projects(
        session, [*project_ids, *(project_id for project_id, _ in planned.values())]
    )
    return [_reason(slot, planned.get(slot.id), found[slot.id], projects) for slot in slots]


def find_lead(session: Session, assignment: Assignment) -> int | None:
    """Return how many points the rota would lose without this person in this shift; None where it was not
    given by a run, or the run kept no prices.
    """
    if assignment.run_id is None or assignment.kind is not AssignmentKind.FORMAL:
        return None
    run = session.get(MatchRun, assignment.run_id, options=[joinedload(MatchRun.event)])
    if run is None or run.started_at is None:
        return None
    found = explain_agent(session, run, assignment.agent_id, slot_id=assignment.slot_id)
    return next((one.lead for one in found if one.outcome is Outcome.GIVEN), None)


def _reason(
    slot: ShiftSlot,
    planned: tuple[uuid.UUID, bool] | None,
    found: Sequence[tuple[uuid.UUID, Explanation]],
    projects: dict[uuid.UUID, Project],
) -> SlotReason:
    if planned is not None:
        project_id, is_standby = planned
        lead = next((one.lead for other, one in found if other == project_id and one.given), None)
        return SlotReason(
            slot=slot,
            outcome=Outcome.STANDBY if is_standby else Outcome.GIVEN,
            project=projects[project_id],
            lead=None if lead is None else lead // POINT,
        )
    if any(_works_then(one) for _, one in found):
        return SlotReason(slot=slot, outcome=Outcome.SHIFT_STAYS)
    if not found:
        return SlotReason(slot=slot, outcome=Outcome.NO_SEATS)
    project_id, nearest = min(found, key=lambda pair: _distance(pair[1]))
    return SlotReason(
        slot=slot,
        outcome=Outcome.NOT_GIVEN,
        project=projects[project_id],
        obstacle=nearest.reasons[0].obstacle,
        short=nearest.points_short,
    )


def _works_then(one: Explanation) -> bool:
    return any(reason.obstacle is Obstacle.BUSY and reason.is_fixed for reason in one.reasons)


def _distance(one: Explanation) -> tuple[bool, int, int]:
    """Order explanations by how near the agent came: fixed reasons last, then by points, then by reason."""
    first = one.reasons[0]
    return first.is_fixed, one.short or 0, -_NEARNESS.index(first.obstacle)
