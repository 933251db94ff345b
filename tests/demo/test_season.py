"""The made-up season at a small scale: shops, last season's books, first answers, the report's words."""

from __future__ import annotations

import datetime as dt
import io
import uuid

import pytest
from flask import Flask
from flask_babel import force_locale
from rich.console import Console
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.demo import answers, report
from app.demo.calendar import DEMO_NOW, PEAK_STARTS_AT
from app.demo.season import AGENT_EMAIL, LAST_STARTS_ON, MERCHANT_EMAIL, find_demo_event, make_season
from app.models import (
    Agent,
    AgentStatus,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    AuditEntry,
    Booking,
    BookingLine,
    MatchRun,
    MatchStatus,
    Membership,
    PeakEvent,
    Project,
    SeatCell,
    ServiceLine,
    ShiftSlot,
    Shortage,
    User,
)
from app.queries.bookings import find_seat_drift
from app.web.operations.match_texts import CAUSES
from scheduling.matching.report import Cause


@pytest.fixture
def season(session: Session) -> PeakEvent:
    make_season(session, scale=0.05, seed=7, progress=lambda *_: None)
    session.commit()
    event = find_demo_event(session)
    assert event is not None
    return event


@pytest.fixture
def run(session: Session, season: PeakEvent) -> MatchRun:
    """A published run that asked everybody who is here for three evenings, a few of them for the busiest."""
    run = MatchRun(
        id=uuid.uuid4(),
        event_id=season.id,
        number=1,
        status=MatchStatus.PUBLISHED,
        requested_by=session.scalars(select(User.id).limit(1)).one(),
        requested_at=DEMO_NOW,
        started_at=DEMO_NOW,
        seed=7,
        seconds=8,
    )
    session.add(run)
    session.flush()
    slots = session.scalars(
        select(ShiftSlot)
        .where(ShiftSlot.event_id == season.id, ShiftSlot.starts_at <= PEAK_STARTS_AT)
        .order_by(ShiftSlot.starts_at.desc())
    ).all()
    project_id = session.scalars(select(Project.id).limit(1)).one()
    people = session.scalars(
        select(Agent.id).where(Agent.status != AgentStatus.LEFT).order_by(Agent.joined_at)
    ).all()
    for number, agent_id in enumerate(people):
        wanted = slots[0:18:6] if number % 10 == 3 else slots[6:24:6]
        for slot in wanted:
            session.add(
                Assignment(
                    id=uuid.uuid4(),
                    event_id=season.id,
                    run_id=run.id,
                    agent_id=agent_id,
                    project_id=project_id,
                    slot_id=slot.id,
                    kind=AssignmentKind.FORMAL,
                    status=AssignmentStatus.OFFERED,
                    starts_at=slot.starts_at,
                    ends_at=slot.ends_at,
                    offered_at=DEMO_NOW,
                    respond_by=DEMO_NOW + dt.timedelta(days=2),
                )
            )
    session.commit()
    return run


def test_the_printed_shop_is_large_and_books_every_line(session: Session, season: PeakEvent) -> None:
    booked = session.execute(
        select(Booking.merchant_id, Project.service_line, func.sum(BookingLine.seats))
        .join(Project, Project.id == Booking.project_id)
        .join(BookingLine, BookingLine.booking_id == Booking.id)
        .where(Booking.event_id == season.id)
        .group_by(Booking.merchant_id, Project.service_line)
    ).all()
    mine = session.scalars(
        select(Membership.merchant_id)
        .join(User, User.id == Membership.user_id)
        .where(User.email == MERCHANT_EMAIL)
    ).one()
    seats: dict[uuid.UUID, int] = {}
    for merchant_id, _, count in booked:
        seats[merchant_id] = seats.get(merchant_id, 0) + count

    assert {line for merchant_id, line, _ in booked if merchant_id == mine} == set(ServiceLine)
    assert seats[mine] == max(seats.values())


def test_last_seasons_shifts_were_booked(session: Session, season: PeakEvent) -> None:
    last = session.scalars(select(PeakEvent).where(PeakEvent.starts_on == LAST_STARTS_ON)).one()
    worked = session.execute(
        select(Assignment.project_id, Assignment.slot_id, func.count())
        .where(Assignment.event_id == last.id)
        .group_by(Assignment.project_id, Assignment.slot_id)
    )
    booked = session.execute(
        select(Booking.project_id, SeatCell.slot_id, func.sum(BookingLine.seats))
        .join(BookingLine, BookingLine.booking_id == Booking.id)
        .join(SeatCell, SeatCell.id == BookingLine.seat_cell_id)
        .where(Booking.event_id == last.id, Booking.status == "confirmed")
        .group_by(Booking.project_id, SeatCell.slot_id)
    )

    shifts = {tuple(row) for row in worked}
    assert shifts
    assert {tuple(row) for row in booked} == shifts
    assert find_seat_drift(session) == []


class TestFirstAnswers:
    def test_the_printed_agent_has_a_shift_and_open_offers(self, session: Session, run: MatchRun) -> None:
        visitor_id = answers.give_login_a_rota(session, run.id)
        answers.let_people_answer(session, visitor_id, now=DEMO_NOW)
        session.expire_all()

        user = session.scalars(select(User).where(User.email == AGENT_EMAIL)).one()
        hers = session.execute(
            select(Assignment.status, Assignment.starts_at)
            .join(Agent, Agent.id == Assignment.agent_id)
            .where(Agent.user_id == user.id, Assignment.run_id == run.id)
            .order_by(Assignment.starts_at.desc())
        ).all()
        assert user.name == "林晓"
        assert session.scalars(select(func.count()).where(User.name == "林晓")).one() == 1
        assert [(row.status, row.starts_at == PEAK_STARTS_AT) for row in hers] == [
            (AssignmentStatus.ACCEPTED, True),
            (AssignmentStatus.OFFERED, False),
            (AssignmentStatus.OFFERED, False),
        ]

    def test_every_yes_is_in_the_audit(self, session: Session, run: MatchRun) -> None:
        answers.let_people_answer(session, None, now=DEMO_NOW)

        accepted = session.execute(
            select(Assignment.id, Agent.user_id)
            .join(Agent, Agent.id == Assignment.agent_id)
            .where(Assignment.status == AssignmentStatus.ACCEPTED)
        ).all()
        entries = session.execute(
            select(AuditEntry.subject_id, AuditEntry.actor_user_id).where(
                AuditEntry.action == "assignment.accepted", AuditEntry.subject_type == "assignment"
            )
        ).all()
        assert len(accepted) > 150
        assert sorted(map(tuple, entries)) == sorted(map(tuple, accepted))


class TestReport:
    def test_says_causes_in_words(self, app: Flask, session: Session, run: MatchRun) -> None:
        session.add(
            Shortage(
                id=uuid.uuid4(),
                run_id=run.id,
                project_id=session.scalars(select(Project.id).limit(1)).one(),
                slot_id=session.scalars(select(ShiftSlot.id).limit(1)).one(),
                cause=Cause.DEARER_SEATS,
                seats=3,
                details={},
            )
        )
        session.commit()
        out = io.StringIO()

        report.print_report(app, Console(file=out, width=120), run.id)

        assert "3 seats in 1 shifts: Everybody available sits elsewhere" in out.getvalue()
        assert Cause.DEARER_SEATS not in out.getvalue()

    def test_uses_the_words_of_the_pages(self, app: Flask) -> None:
        with app.test_request_context(), force_locale("en"):
            words = {cause: str(texts.short) for cause, texts in CAUSES.items()}

        assert words == report.CAUSES
