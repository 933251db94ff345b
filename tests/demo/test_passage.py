"""When the demo's clock is moved forward, the made-up people have lived meanwhile."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app import clock
from app.demo import passage
from app.demo.passage import MOST_CONTACTS, let_time_pass
from app.demo.season import AGENT_EMAIL
from app.models import (
    Agent,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    AuditEntry,
    Contact,
    PeakEvent,
    Project,
    ShiftSlot,
    User,
)
from app.services.assignments import watch_attendance
from tests.conftest import RoleClient
from tests.make import NOON, Make, shanghai

NOW = shanghai(11, 20) + dt.timedelta(minutes=7)
PEOPLE = 60


class Rota:
    """Sixty people and three slots: over, running since seven minutes, later. Ids are always the same."""

    def __init__(self, session: Session, make: Make) -> None:
        self.session = session
        self.event: PeakEvent = make.event()
        self.over: ShiftSlot = make.slot(event=self.event, starts_at=shanghai(11, 12))
        self.running: ShiftSlot = make.slot(event=self.event, starts_at=shanghai(11, 20))
        self.later: ShiftSlot = make.slot(event=self.event, starts_at=shanghai(13, 20))
        self.project: Project = make.project()
        self.agents: list[Agent] = [make.agent() for _ in range(PEOPLE)]

    def give(
        self,
        slot: ShiftSlot,
        agents: list[Agent] | None = None,
        *,
        status: AssignmentStatus = AssignmentStatus.ACCEPTED,
        kind: AssignmentKind = AssignmentKind.FORMAL,
        respond_by: dt.datetime = NOON + dt.timedelta(days=2),
    ) -> None:
        self.session.add_all(
            Assignment(
                id=uuid.uuid5(uuid.NAMESPACE_OID, f"{slot.starts_at} {kind} {number}"),
                event_id=self.event.id,
                agent_id=agent.id,
                project_id=self.project.id,
                slot_id=slot.id,
                kind=kind,
                status=status,
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                offered_at=NOON,
                respond_by=respond_by,
            )
            for number, agent in enumerate(agents or self.agents)
        )
        self.session.commit()

    def pass_time(self, now: dt.datetime = NOW) -> None:
        let_time_pass(self.session, now=now)
        self.session.commit()
        self.session.expire_all()

    def statuses(self, slot: ShiftSlot) -> Counter[AssignmentStatus]:
        return Counter(
            self.session.scalars(select(Assignment.status).where(Assignment.slot_id == slot.id)).all()
        )

    def count_audit(self, action: str) -> int:
        return self.session.scalars(
            select(func.count()).select_from(AuditEntry).where(AuditEntry.action == action)
        ).one()


@pytest.fixture
def rota(session: Session, make: Make) -> Rota:
    return Rota(session, make)


class TestShifts:
    def test_most_people_of_the_running_slot_are_there(self, rota: Rota, session: Session) -> None:
        rota.give(rota.running)

        rota.pass_time()

        found = rota.statuses(rota.running)
        assert found.keys() == {AssignmentStatus.PRESENT, AssignmentStatus.ACCEPTED}
        assert found[AssignmentStatus.ACCEPTED] == PEOPLE // 20
        arrivals = session.scalars(
            select(Assignment.checked_in_at).where(Assignment.status == AssignmentStatus.PRESENT)
        ).all()
        assert all(moment and 0 < (shanghai(11, 20) - moment).seconds <= 12 * 60 for moment in arrivals)
        assert rota.count_audit("assignment.checked-in") == found[AssignmentStatus.PRESENT]

    def test_only_those_who_do_not_come_are_missing_afterwards(self, rota: Rota, session: Session) -> None:
        rota.give(rota.over)
        rota.give(rota.running)
        rota.pass_time()
        absent = rota.statuses(rota.running)[AssignmentStatus.ACCEPTED]

        watch_attendance(session, now=NOW, wall_now=clock.wall_now())

        assert rota.statuses(rota.running)[AssignmentStatus.MISSING] == absent

    def test_slots_that_are_over_stand_in_peoples_records(self, rota: Rota, session: Session) -> None:
        rota.give(rota.over)

        rota.pass_time()

        found = rota.statuses(rota.over)
        assert found.keys() == {AssignmentStatus.DONE, AssignmentStatus.MISSING}
        assert found[AssignmentStatus.DONE] > PEOPLE * 0.85
        worked, missed = session.execute(
            select(func.sum(Agent.shifts_worked), func.sum(Agent.shifts_missed))
        ).one()
        assert (worked, missed) == (found[AssignmentStatus.DONE], found[AssignmentStatus.MISSING])
        assert set(session.scalars(select(Assignment.counted_at))) == {rota.over.ends_at}
        assert rota.count_audit("assignment.done") == worked
        assert rota.count_audit("assignment.missed") == missed

    def test_whoever_checked_in_before_has_worked(self, rota: Rota) -> None:
        rota.give(rota.over, status=AssignmentStatus.PRESENT)

        rota.pass_time()

        assert rota.statuses(rota.over) == {AssignmentStatus.DONE: PEOPLE}

    def test_standbys_wait_until_their_slot_is_over(self, rota: Rota) -> None:
        rota.give(rota.over, kind=AssignmentKind.STANDBY)
        rota.give(rota.running, kind=AssignmentKind.STANDBY)

        rota.pass_time()

        assert rota.statuses(rota.over) == {AssignmentStatus.DONE: PEOPLE}
        assert rota.statuses(rota.running) == {AssignmentStatus.ACCEPTED: PEOPLE}
        assert rota.count_audit("assignment.stood-by") == PEOPLE

    def test_later_slots_are_left_alone(self, rota: Rota) -> None:
        rota.give(rota.later)

        rota.pass_time()

        assert rota.statuses(rota.later) == {AssignmentStatus.ACCEPTED: PEOPLE}

    def test_the_printed_agent_is_left_the_running_shift(self, rota: Rota, session: Session) -> None:
        rota.give(rota.running)
        visitor = rota.agents[0]
        session.execute(
            update(User)
            .where(User.id == select(Agent.user_id).where(Agent.id == visitor.id).scalar_subquery())
            .values(email=AGENT_EMAIL)
        )
        session.commit()

        rota.pass_time()

        hers = select(Assignment.status).where(Assignment.agent_id == visitor.id)
        watch_attendance(session, now=NOW + dt.timedelta(minutes=14), wall_now=clock.wall_now())
        assert session.scalars(hers).one() is AssignmentStatus.ACCEPTED
        rota.pass_time(rota.running.ends_at)
        assert session.scalars(hers).one() is AssignmentStatus.DONE

    def test_nothing_is_counted_twice(self, rota: Rota, session: Session) -> None:
        rota.give(rota.over)
        rota.give(rota.running)
        rota.pass_time()
        before = session.scalars(select(func.count()).select_from(AuditEntry)).one()
        contacts = session.scalars(select(func.count()).select_from(Contact)).one()

        rota.pass_time()

        assert session.scalars(select(func.sum(Agent.shifts_worked + Agent.shifts_missed))).one() == PEOPLE
        assert session.scalars(select(func.count()).select_from(AuditEntry)).one() == before
        # At most the seconds since the newest contact get some more.
        assert session.scalars(select(func.count()).select_from(Contact)).one() < contacts + PEOPLE


class TestOffers:
    def test_most_are_accepted_before_their_time_is_over(self, rota: Rota, session: Session) -> None:
        rota.give(rota.later, status=AssignmentStatus.OFFERED)

        rota.pass_time()

        found = rota.statuses(rota.later)
        assert found.keys() == {AssignmentStatus.ACCEPTED, AssignmentStatus.OFFERED}
        assert found[AssignmentStatus.ACCEPTED] > PEOPLE * 0.85
        answered = session.scalars(
            select(Assignment.responded_at).where(Assignment.status == AssignmentStatus.ACCEPTED)
        ).all()
        assert all(moment and NOON <= moment < NOON + dt.timedelta(days=2) for moment in answered)
        assert rota.count_audit("assignment.accepted") == found[AssignmentStatus.ACCEPTED]

    def test_with_time_left_stay_open(self, rota: Rota) -> None:
        rota.give(rota.later, status=AssignmentStatus.OFFERED, respond_by=NOW + dt.timedelta(hours=1))

        rota.pass_time()

        assert rota.statuses(rota.later) == {AssignmentStatus.OFFERED: PEOPLE}


class TestContacts:
    def test_are_within_shifts_and_before_the_new_time(self, rota: Rota, session: Session) -> None:
        rota.give(rota.over)
        rota.give(rota.running)

        rota.pass_time()

        started = session.scalars(select(Contact.started_at)).all()
        assert max(started) < NOW
        assert any(moment >= rota.running.starts_at for moment in started)
        assert any(moment < rota.over.ends_at for moment in started)
        assert all(moment < rota.over.ends_at or moment >= rota.running.starts_at for moment in started)

    def test_are_at_most_so_many(self, rota: Rota, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(passage, "MOST_CONTACTS", 40)
        rota.give(rota.over)
        rota.give(rota.running)

        rota.pass_time()

        assert 0 < session.scalars(select(func.count()).select_from(Contact)).one() <= 40 < MOST_CONTACTS


class TestClockPage:
    @pytest.fixture(autouse=True)
    def _demo(self, app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        shift_file = tmp_path / "clock"
        monkeypatch.setitem(app.config, "DEMO", True)
        monkeypatch.setitem(app.config, "CLOCK_FILE", shift_file)
        monkeypatch.setattr(clock, "_shift_file", shift_file)
        clock.set_business_time(NOON, shift_file)

    def test_lets_people_live_through_what_is_skipped(
        self, as_operations: RoleClient, rota: Rota, session: Session
    ) -> None:
        rota.give(rota.running)

        as_operations.post("/operations/clock", data={"moment": "2026-11-11T20:07"})

        session.expire_all()
        assert rota.statuses(rota.running)[AssignmentStatus.PRESENT] > PEOPLE * 0.85

    def test_lets_them_be_when_it_goes_back(self, as_operations: RoleClient, rota: Rota) -> None:
        rota.give(rota.running)

        as_operations.post("/operations/clock", data={"moment": "2026-10-11T20:07"})

        assert rota.statuses(rota.running) == {AssignmentStatus.ACCEPTED: PEOPLE}
