from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy.orm import Session

from app.models import (
    AgentStatus,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    Contact,
    ContactChannel,
    PeakEvent,
    Project,
    ServiceLine,
)
from app.queries.front import SeasonFigures, find_season_figures
from tests.conftest import CountQueries
from tests.make import NOON, Make, shanghai


def figures(session: Session, now: dt.datetime = NOON) -> SeasonFigures:
    found = find_season_figures(session, now=now)
    assert found
    return found


def save_contact(make: Make, project: Project, *, at: dt.datetime, seconds: int | None) -> None:
    make.save(
        Contact(
            id=uuid.uuid4(),
            merchant_id=project.merchant_id,
            project_id=project.id,
            external_id=uuid.uuid4().hex,
            channel=ContactChannel.CHAT,
            started_at=at,
            first_manual_seconds=seconds,
            messages_in=1,
            messages_out=1,
        )
    )


def test_an_empty_database_has_no_season(session: Session) -> None:
    assert find_season_figures(session, now=NOON) is None


def test_adds_up_the_service_lines_of_a_slot(session: Session, make: Make) -> None:
    slot = make.slot()
    make.seat_cell(slot=slot, capacity=10, taken=4, price_fen=15600)
    make.seat_cell(slot=slot, service_line=ServiceLine.HOTLINE, capacity=5, taken=3, price_fen=12800)

    found = figures(session)

    assert (found.booked, found.seats_left, found.lowest_price_fen) == (7, 8, 12800)
    assert [(seats.starts_at, seats.booked) for seats in found.slots] == [(slot.starts_at, 7)]
    assert not found.has_rota


def test_seats_of_shifts_that_have_started_are_not_left(session: Session, make: Make) -> None:
    slot = make.slot(starts_at=shanghai(11, 20))
    make.seat_cell(slot=slot, capacity=10, taken=4)

    assert figures(session, shanghai(11, 20) - dt.timedelta(seconds=1)).seats_left == 6
    assert figures(session, shanghai(11, 20)).seats_left == 0


@pytest.mark.parametrize(
    ("status", "kind", "called", "staffed", "asked"),
    [
        (AssignmentStatus.OFFERED, AssignmentKind.FORMAL, False, 0, 1),
        (AssignmentStatus.ACCEPTED, AssignmentKind.FORMAL, False, 1, 0),
        (AssignmentStatus.PRESENT, AssignmentKind.FORMAL, False, 1, 0),
        (AssignmentStatus.DONE, AssignmentKind.FORMAL, False, 1, 0),
        (AssignmentStatus.MISSING, AssignmentKind.FORMAL, False, 0, 0),
        (AssignmentStatus.DECLINED, AssignmentKind.FORMAL, False, 0, 0),
        (AssignmentStatus.RELEASED, AssignmentKind.FORMAL, False, 0, 0),
        (AssignmentStatus.ACCEPTED, AssignmentKind.STANDBY, False, 0, 0),
        (AssignmentStatus.PRESENT, AssignmentKind.STANDBY, True, 1, 0),
    ],
)
def test_who_counts_as_staffing_a_seat(
    session: Session,
    make: Make,
    status: AssignmentStatus,
    kind: AssignmentKind,
    called: bool,
    staffed: int,
    asked: int,
) -> None:
    slot = make.slot()
    make.seat_cell(slot=slot, taken=3)
    assignment = make.assignment(slot=slot, status=status, kind=kind)
    if called:
        row = session.get_one(Assignment, assignment.id)
        row.called_at = NOON
        session.commit()

    found = figures(session)

    assert (found.staffed, found.asked, found.short) == (staffed, asked, 3 - staffed - asked)


def test_more_people_than_seats_are_never_a_negative_gap(session: Session, make: Make) -> None:
    slot = make.slot()
    make.seat_cell(slot=slot, taken=1)
    for status in (AssignmentStatus.ACCEPTED, AssignmentStatus.ACCEPTED, AssignmentStatus.OFFERED):
        make.assignment(slot=slot, status=status)

    found = figures(session)

    assert (found.staffed, found.asked, found.short) == (1, 0, 0)


def test_another_seasons_people_are_not_counted(session: Session, make: Make) -> None:
    make.seat_cell(slot=make.slot(), taken=1)
    last_year = make.event(starts_on=dt.date(2025, 10, 27), ends_on=dt.date(2025, 11, 13))
    make.assignment(
        slot=make.slot(event=last_year, starts_at=shanghai(11, 20) - dt.timedelta(days=365)),
        status=AssignmentStatus.DONE,
    )

    found = figures(session)

    assert (found.staffed, found.working_agents) == (0, 0)


@pytest.mark.parametrize(
    ("today", "wanted"),
    [
        (dt.date(2026, 6, 21), "618"),
        (dt.date(2026, 6, 22), "Double 11"),
        (dt.date(2026, 11, 13), "Double 11"),
        (dt.date(2026, 11, 14), "Double 11"),
    ],
)
def test_shows_the_season_that_runs_or_comes_next_else_the_last(
    session: Session, make: Make, today: dt.date, wanted: str
) -> None:
    make.event()
    make.save(
        PeakEvent(
            name_zh="618",
            name_en="618",
            starts_on=dt.date(2026, 6, 1),
            ends_on=dt.date(2026, 6, 21),
            booking_opens_at=NOON,
            booking_closes_at=NOON,
        )
    )
    noon = shanghai(1, 12).replace(year=today.year, month=today.month, day=today.day)

    assert figures(session, noon).event.name_en == wanted


def test_counts_certified_agents(session: Session, make: Make) -> None:
    make.event()
    for status in (AgentStatus.CERTIFIED, AgentStatus.IN_POOL, AgentStatus.NEW, AgentStatus.LEFT):
        make.agent(status=status)

    assert figures(session).certified_agents == 1


def test_the_thirty_second_level_is_of_the_last_seven_days(session: Session, make: Make) -> None:
    make.event()
    project = make.project()
    week = dt.timedelta(days=7)
    save_contact(make, project, at=NOON, seconds=30)
    save_contact(make, project, at=NOON - dt.timedelta(hours=1), seconds=31)
    save_contact(make, project, at=NOON - dt.timedelta(hours=1), seconds=None)
    save_contact(make, project, at=NOON - week, seconds=5)
    save_contact(make, project, at=NOON + dt.timedelta(seconds=1), seconds=5)

    found = figures(session)

    assert (found.recent_contacts, found.recent_in_time) == (3, 1)


def test_takes_six_queries_however_large_the_season(
    session: Session, make: Make, count_queries: CountQueries
) -> None:
    event = make.event()
    counts = []
    for day in (5, 6):
        for hour in (12, 16, 20):
            slot = make.slot(event=event, starts_at=shanghai(day, hour))
            make.seat_cell(slot=slot, taken=2)
            make.assignment(slot=slot, status=AssignmentStatus.ACCEPTED)
        with count_queries() as statements:
            figures(session)
        counts.append(len(statements))

    assert counts == [6, 6]
