"""An agreed trial shift takes its person's time: no paid shift is planned into it, or too close to it."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import NoSubstituteError
from app.models import (
    Agent,
    ApplicationStatus,
    AssignmentStatus,
    MatchRun,
    MatchStatus,
    PlannedSeat,
    Role,
    TrialShift,
    TrialStatus,
)
from app.services.refills import refill_seat
from app.services.rota_checks import check_rota, is_outdated
from app.trial_rules import Criterion
from tests.make import NOON, PEAK, Make, shanghai
from tests.small_season import SmallSeason

HOUR = dt.timedelta(hours=1)
# Eleven hours of rest before the shift at eight in the evening, and after its end at midnight.
IN_THE_WAY = [shanghai(11, 20), shanghai(11, 8), shanghai(12, 10)]
FAR_ENOUGH = [shanghai(11, 7), shanghai(12, 11)]


@pytest.fixture
def season(session: Session, make: Make) -> SmallSeason:
    season = SmallSeason(session, make)
    season.book()
    return season


@pytest.fixture
def agent(season: SmallSeason) -> Agent:
    """Certified for the season's project, and with availability for the whole of its slot."""
    return season.certified_agent()


def put_trial(
    make: Make,
    agent: Agent,
    starts_at: dt.datetime,
    *,
    status: TrialStatus = TrialStatus.SCHEDULED,
    application: ApplicationStatus = ApplicationStatus.TRIAL,
) -> TrialShift:
    """Save a trial of two hours in a project of its own."""
    is_judged = status in (TrialStatus.PASSED, TrialStatus.AGAIN, TrialStatus.FAILED)
    return make.save(
        TrialShift(
            id=uuid.uuid4(),
            application_id=make.application(agent, project=make.project(), status=application).id,
            supervisor_id=make.user(role=Role.OPERATIONS).id,
            status=status,
            starts_at=starts_at,
            ends_at=starts_at + 2 * HOUR,
            scores=dict.fromkeys(Criterion, "good") if is_judged else None,
            remarks="答得准" if is_judged else None,
            decided_at=None if status is TrialStatus.SCHEDULED else NOON,
        )
    )


def plan(make: Make, season: SmallSeason, agent: Agent) -> MatchRun:
    """Save a finished run that gives the person the season's seat."""
    run = make.match_run(
        event_id=season.event.id, status=MatchStatus.DONE, seconds=1, value=1, bound=1, seats=1, filled=1
    )
    make.save(
        PlannedSeat(
            id=uuid.uuid4(),
            run_id=run.id,
            agent_id=agent.id,
            project_id=season.project.id,
            slot_id=season.slot.id,
            is_standby=False,
        )
    )
    return run


@pytest.mark.parametrize(
    ("starts_at", "is_planned"),
    [*((when, False) for when in IN_THE_WAY), *((when, True) for when in FAR_ENOUGH)],
)
def test_the_matcher_keeps_the_trial_and_the_rest_around_it(
    make: Make, season: SmallSeason, agent: Agent, starts_at: dt.datetime, is_planned: bool
) -> None:
    put_trial(make, agent, starts_at)

    loaded = season.load()

    assert season.staffed_by() == ([agent.id] if is_planned else [])
    assert loaded.frozen == 0
    assert (loaded.staffed.tolist(), loaded.standing_by.tolist()) == ([0], [0])


@pytest.mark.parametrize(
    ("status", "application", "takes_time"),
    [
        (TrialStatus.SCHEDULED, ApplicationStatus.TRIAL, True),
        (TrialStatus.PASSED, ApplicationStatus.CERTIFIED, True),
        (TrialStatus.FAILED, ApplicationStatus.DECLINED, True),
        (TrialStatus.MOVED, ApplicationStatus.TRIAL, False),
        (TrialStatus.SCHEDULED, ApplicationStatus.WITHDRAWN, False),
    ],
)
def test_trials_that_were_moved_or_given_up_take_none(
    session: Session,
    make: Make,
    season: SmallSeason,
    agent: Agent,
    status: TrialStatus,
    application: ApplicationStatus,
    takes_time: bool,
) -> None:
    put_trial(make, agent, PEAK, status=status, application=application)
    run = plan(make, season, agent)

    assert season.staffed_by() == ([] if takes_time else [agent.id])
    assert bool(check_rota(session, run).left_out) is takes_time


def test_other_peoples_trials_take_nothing_from_me(make: Make, season: SmallSeason, agent: Agent) -> None:
    put_trial(make, make.agent(), PEAK)

    assert season.staffed_by() == [agent.id]


@pytest.mark.parametrize(
    ("starts_at", "is_asked"),
    [*((when, False) for when in IN_THE_WAY), *((when, True) for when in FAR_ENOUGH)],
)
def test_a_substitute_is_not_asked_into_a_trial(
    session: Session, make: Make, season: SmallSeason, agent: Agent, starts_at: dt.datetime, is_asked: bool
) -> None:
    put_trial(make, agent, starts_at)
    gone = make.assignment(project=season.project, slot=season.slot, status=AssignmentStatus.RELEASED)

    if not is_asked:
        with pytest.raises(NoSubstituteError), transaction(session):
            refill_seat(session, gone.id, actor_user_id=None, now=NOON)
        return
    with transaction(session):
        found = refill_seat(session, gone.id, actor_user_id=None, now=NOON)

    assert found is not None
    assert found.agent_id == agent.id


class TestPublishing:
    @pytest.mark.parametrize(
        ("starts_at", "is_left_out"),
        [*((when, True) for when in IN_THE_WAY), *((when, False) for when in FAR_ENOUGH)],
    )
    def test_a_trial_agreed_since_the_plan_costs_the_seat(
        self,
        session: Session,
        make: Make,
        season: SmallSeason,
        agent: Agent,
        starts_at: dt.datetime,
        is_left_out: bool,
    ) -> None:
        run = plan(make, season, agent)
        put_trial(make, agent, starts_at)

        checked = check_rota(session, run)

        assert bool(checked.left_out) is is_left_out
        assert checked.broken == []
        assert is_outdated(session, run, checked, [agent.id]) is False

    def test_a_trial_agreed_since_the_check_is_seen(
        self, session: Session, make: Make, season: SmallSeason, agent: Agent
    ) -> None:
        run = plan(make, season, agent)
        checked = check_rota(session, run)
        assert is_outdated(session, run, checked, [agent.id]) is False

        put_trial(make, agent, PEAK)

        assert is_outdated(session, run, checked, [agent.id]) is True
