from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import OverlapError
from app.models import Agent, AssignmentStatus, Availability
from app.queries.availability import list_shifts_outside
from app.services.availability import CAN, WANT, Window, merge_windows, replace_availability
from tests.conftest import CountQueries
from tests.make import NOON, Make, shanghai


def window(day: int, hour: int, hours: int = 4, preference: int = CAN) -> Window:
    return Window(starts_at=shanghai(day, hour), ends_at=shanghai(day, hour + hours), preference=preference)


def replace(session: Session, agent: Agent, *windows: Window, first: int = 2, last: int = 8) -> None:
    """Replace what the agent said about the days from `first` to `last` November."""
    with transaction(session):
        replace_availability(
            session,
            agent_id=agent.id,
            starts_at=shanghai(first, 0),
            ends_at=shanghai(last, 24),
            windows=windows,
            actor_user_id=agent.user_id,
            now=NOON,
        )


def saved(session: Session, agent: Agent) -> list[Window]:
    rows = session.scalars(
        select(Availability).where(Availability.agent_id == agent.id).order_by(Availability.starts_at)
    )
    return [Window(starts_at=row.starts_at, ends_at=row.ends_at, preference=row.preference) for row in rows]


class TestMerge:
    def test_slots_that_touch_and_are_equally_wanted_become_one(self) -> None:
        assert merge_windows([window(3, 8), window(3, 4), window(3, 12)]) == [window(3, 4, 12)]

    def test_a_gap_or_another_wish_keeps_them_apart(self) -> None:
        apart = [window(3, 4), window(3, 12), window(3, 16, preference=WANT)]

        assert merge_windows(apart) == apart

    def test_an_overlap_is_refused(self) -> None:
        with pytest.raises(OverlapError):
            merge_windows([window(3, 4, 5), window(3, 8)])


class TestReplace:
    def test_saves_stretches_not_slots(self, session: Session, make: Make) -> None:
        agent = make.agent()

        replace(session, agent, window(3, 16), window(3, 20), window(4, 20, preference=WANT))

        assert saved(session, agent) == [window(3, 16, 8), window(4, 20, preference=WANT)]

    def test_replaces_its_days_and_leaves_the_others(self, session: Session, make: Make) -> None:
        agent = make.agent()
        replace(session, agent, window(3, 16))
        replace(session, agent, window(10, 8), first=9, last=13)

        replace(session, agent, window(5, 0))

        assert saved(session, agent) == [window(5, 0), window(10, 8)]

    def test_across_the_edge_of_the_week_it_is_still_one_stretch(self, session: Session, make: Make) -> None:
        agent = make.agent()
        replace(session, agent, window(8, 20))

        replace(session, agent, window(9, 0), first=9, last=13)

        assert saved(session, agent) == [window(8, 20, 8)]

    def test_clearing_one_week_cuts_a_stretch_at_its_edge(self, session: Session, make: Make) -> None:
        agent = make.agent()
        replace(session, agent, window(8, 20, 8), first=2, last=13)

        replace(session, agent)

        assert saved(session, agent) == [window(9, 0)]

    def test_a_window_outside_the_stretch_is_a_mistake(self, session: Session, make: Make) -> None:
        with pytest.raises(ValueError, match="outside"):
            replace(session, make.agent(), window(9, 0))

    def test_an_overlap_saves_nothing(self, session: Session, make: Make) -> None:
        agent = make.agent()
        replace(session, agent, window(3, 16))

        with pytest.raises(OverlapError):
            replace(session, agent, window(4, 16), window(4, 18))
        assert saved(session, agent) == [window(3, 16)]

    def test_the_database_refuses_an_overlap_by_itself(self, session: Session, make: Make) -> None:
        agent = make.agent()
        make.availability(agent, starts_at=shanghai(3, 8), ends_at=shanghai(3, 12))

        with pytest.raises(IntegrityError, match="ex_availability_agent_time"):
            make.availability(agent, starts_at=shanghai(3, 11), ends_at=shanghai(3, 16))


class TestShiftsOutside:
    def accepted(self, make: Make, agent: Agent, *, hour: int = 20) -> None:
        slot = make.slot(starts_at=shanghai(5, hour))
        make.assignment(agent=agent, slot=slot, status=AssignmentStatus.ACCEPTED)

    def test_a_shift_inside_is_no_matter(self, session: Session, make: Make) -> None:
        agent = make.agent()
        self.accepted(make, agent)
        replace(session, agent, window(5, 16, preference=CAN), window(5, 20, preference=WANT))

        assert list_shifts_outside(session, agent.id, now=NOON) == []

    def test_a_shift_that_is_no_longer_covered_is_named(self, session: Session, make: Make) -> None:
        agent = make.agent()
        self.accepted(make, agent)
        replace(session, agent, window(5, 16))

        (shift,) = list_shifts_outside(session, agent.id, now=NOON)

        assert shift.starts_at == shanghai(5, 20)
        assert shift.project.name

    def test_half_a_cover_is_none(self, session: Session, make: Make) -> None:
        agent = make.agent()
        self.accepted(make, agent)
        session.execute(delete(Availability))
        replace(session, agent, window(5, 16, 6))

        assert len(list_shifts_outside(session, agent.id, now=NOON)) == 1

    def test_what_is_over_is_not_named(self, session: Session, make: Make) -> None:
        agent = make.agent()
        self.accepted(make, agent)

        assert list_shifts_outside(session, agent.id, now=shanghai(5, 20)) == []

    def test_it_takes_one_query_however_many_there_are(
        self, session: Session, make: Make, count_queries: CountQueries
    ) -> None:
        agent, counts = make.agent(), []
        for hours in ((0, 4), (8, 12)):
            for hour in hours:
                self.accepted(make, agent, hour=hour)
            with count_queries() as statements:
                assert [
                    shift.project.name
                    for shift in list_shifts_outside(session, agent.id, now=NOON - dt.timedelta(days=1))
                ]
            counts.append(len(statements))

        assert counts == [1, 1]
