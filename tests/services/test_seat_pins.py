"""People whom operations put on a seat."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.errors import NotFoundError, PinRefusedError, StaleStateError
from app.models import (
    Agent,
    AgentBlock,
    AssignmentStatus,
    AuditEntry,
    Availability,
    Certificate,
    SeatPin,
    ServiceLine,
)
from app.queries.seat_pins import list_pins
from app.services.match_problem import load_problem
from app.services.seat_pins import pin_person, unpin_person
from scheduling.matching.solver import solve
from tests.make import NOON, Make, shanghai
from tests.small_season import SmallSeason


@pytest.fixture
def season(session: Session, make: Make) -> SmallSeason:
    return SmallSeason(session, make)


@pytest.fixture
def operator(make: Make) -> uuid.UUID:
    return make.user(name="周敏").id


def pin(season: SmallSeason, agent: Agent, operator: uuid.UUID, *, now: dt.datetime = NOON) -> SeatPin:
    found = pin_person(
        season.session,
        agent_id=agent.id,
        project_id=season.project.id,
        slot_id=season.slot.id,
        actor_user_id=operator,
        now=now,
    )
    season.session.flush()
    return found


def seated(season: SmallSeason) -> list[uuid.UUID]:
    """Return who sits where a run puts them, pins and all."""
    loaded = load_problem(season.session, season.event, now=NOON, with_pins=True)
    solution = solve(loaded.problem, effort=4)
    pairs = solution.pairs(loaded.problem)
    return [uuid.UUID(agent) for agent, row in pairs if not row.startswith("held/")]


def test_a_run_keeps_the_pinned_person_before_a_better_one(
    session: Session, season: SmallSeason, operator: uuid.UUID
) -> None:
    season.book(1)
    better, pinned = season.certified_agent(standing=95), season.certified_agent(standing=20)
    assert seated(season) == [better.id]

    pin(season, pinned, operator)

    assert seated(season) == [pinned.id]
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.details["agent_id"]) == ("seat_pin.made", str(pinned.id))


def test_let_go_the_seat_goes_by_points_again(
    session: Session, season: SmallSeason, operator: uuid.UUID
) -> None:
    season.book(1)
    better, pinned = season.certified_agent(standing=95), season.certified_agent(standing=20)
    made = pin(season, pinned, operator)

    unpin_person(session, made.id, actor_user_id=operator, now=NOON)
    session.flush()

    assert seated(season) == [better.id]
    actions = set(session.scalars(select(AuditEntry.action)))
    assert actions == {"seat_pin.made", "seat_pin.removed"}
    with pytest.raises(NotFoundError):
        unpin_person(session, made.id, actor_user_id=operator, now=NOON)


def lose_certificate(season: SmallSeason, agent: Agent) -> None:
    season.session.execute(
        update(Certificate).where(Certificate.agent_id == agent.id).values(revoked_at=NOON)
    )


def lose_time(season: SmallSeason, agent: Agent) -> None:
    season.session.execute(
        update(Availability).where(Availability.agent_id == agent.id).values(ends_at=shanghai(11, 23))
    )


def block(season: SmallSeason, agent: Agent) -> None:
    season.make.save(
        AgentBlock(
            id=uuid.uuid4(),
            agent_id=agent.id,
            merchant_id=season.project.merchant_id,
            asked_by="agent",
            created_at=NOON,
        )
    )


def need_short_days(season: SmallSeason, agent: Agent) -> None:
    season.make.needs(agent, max_day_minutes=60, max_stretch_minutes=60)


def fill_the_slot(season: SmallSeason, agent: Agent) -> None:
    season.make.assignment(project=season.project, slot=season.slot, status=AssignmentStatus.ACCEPTED)


def work_before(season: SmallSeason, agent: Agent) -> None:
    """A shift that ends two hours before: too little rest."""
    earlier = season.make.slot(event=season.event, starts_at=season.slot.starts_at - dt.timedelta(hours=6))
    season.make.assignment(
        agent=agent,
        project=season.make.project(service_line=ServiceLine.HOTLINE),
        slot=earlier,
        status=AssignmentStatus.ACCEPTED,
    )


BREAKERS: dict[str, Callable[[SmallSeason, Agent], None]] = {
    "agent_is_certified": lose_certificate,
    "shift_lies_in_one_window": lose_time,
    "agent_is_not_blocked": block,
    "day_is_not_too_long": need_short_days,
    "row_has_no_more_people_than_seats": fill_the_slot,
    "agent_rests_between_stretches": work_before,
}


@pytest.mark.parametrize("rule", BREAKERS)
def test_a_pin_against_a_rule_is_refused_with_the_rule(
    session: Session, season: SmallSeason, operator: uuid.UUID, rule: str
) -> None:
    season.book(1)
    agent = season.certified_agent()
    BREAKERS[rule](season, agent)

    with pytest.raises(PinRefusedError) as refused:
        pin(season, agent, operator)

    assert rule in refused.value.rules
    assert session.scalars(select(SeatPin)).all() == []


@pytest.mark.parametrize("rule", BREAKERS)
def test_a_pin_that_breaks_a_rule_by_now_is_dropped_and_the_run_goes_on(
    session: Session, season: SmallSeason, operator: uuid.UUID, rule: str
) -> None:
    season.book(1)
    agent = season.certified_agent()
    pin(season, agent, operator)
    BREAKERS[rule](season, agent)

    loaded = load_problem(session, season.event, now=NOON, with_pins=True)

    assert (len(loaded.pins.agent), loaded.pins_dropped, loaded.frozen) == (0, 1, 0)


def test_as_many_are_pinned_as_there_are_seats(
    session: Session, season: SmallSeason, operator: uuid.UUID
) -> None:
    season.book(1)
    first, second = season.certified_agent(), season.certified_agent()
    pin(season, first, operator)

    for agent, rule in ((second, "row_has_no_more_people_than_seats"), (first, "already_pinned")):
        with pytest.raises(PinRefusedError) as refused:
            pin(season, agent, operator)
        assert refused.value.rules == (rule,)


def test_a_shift_that_has_begun_takes_no_pin(season: SmallSeason, operator: uuid.UUID) -> None:
    season.book(1)

    with pytest.raises(StaleStateError):
        pin(season, season.certified_agent(), operator, now=season.slot.starts_at)


def test_the_offer_ends_the_pin_whatever_its_answer(
    session: Session, season: SmallSeason, operator: uuid.UUID
) -> None:
    season.book(1)
    agent = season.certified_agent()
    pin(season, agent, operator)
    assert [line.agent_id for line in list_pins(session, season.event.id, now=NOON)] == [agent.id]

    season.make.assignment(
        agent=agent, project=season.project, slot=season.slot, status=AssignmentStatus.DECLINED
    )

    assert list_pins(session, season.event.id, now=NOON) == []
    assert len(load_problem(session, season.event, now=NOON, with_pins=True).pins.agent) == 0
    # Asked again by hand, the person may be pinned anew.
    assert pin(season, agent, operator, now=NOON + dt.timedelta(minutes=1))
