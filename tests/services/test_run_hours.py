"""Everybody's hours in a run: what is kept counts with what is new."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.models import AssignmentStatus
from app.services.run_hours import count_hours
from scheduling.matching.solver import solve
from tests.make import Make, shanghai
from tests.small_season import SmallSeason


@pytest.fixture
def season(session: Session, make: Make) -> SmallSeason:
    return SmallSeason(session, make)


def test_seats_kept_from_before_are_booked_and_given(season: SmallSeason) -> None:
    """Two of three work: one has had the shift since before the run, one gets the seat that is left."""
    season.book(2)
    agents = [season.certified_agent(standing=standing) for standing in (90, 80, 10)]
    season.make.assignment(
        agent=agents[0], project=season.project, slot=season.slot, status=AssignmentStatus.ACCEPTED
    )
    loaded = season.load()

    minutes = count_hours(loaded, solve(loaded.problem, effort=4))

    given = dict(zip(loaded.problem.agent_ids, minutes.given.tolist(), strict=True))
    assert [given[str(agent.id)] for agent in agents] == [240, 240, 0]
    # All three could reach the same two thirds of a shift.
    assert minutes.expected.tolist() == [160, 160, 160]


def test_who_offered_only_hours_without_seats_is_expected_nothing(season: SmallSeason) -> None:
    season.book(1)
    season.certified_agent()
    elsewhere = season.make.agent()
    season.make.certificate(elsewhere, project=season.project)
    season.make.availability(elsewhere, starts_at=shanghai(12, 4), ends_at=shanghai(12, 12))
    loaded = season.load()

    minutes = count_hours(loaded, solve(loaded.problem, effort=4))

    expected = dict(zip(loaded.problem.agent_ids, minutes.expected.tolist(), strict=True))
    assert expected[str(elsewhere.id)] == 0
    assert sum(minutes.expected) == sum(minutes.given) == 240
