"""A plan on its way to people: checked, offered, told, repeated without harm."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app import clock
from app.attendance_rules import respond_by
from app.db import db, transaction
from app.errors import MatchRunningError, StaleStateError
from app.jobs import rota as jobs_rota
from app.jobs import runner
from app.models import (
    Agent,
    AgentBlock,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    AuditEntry,
    Availability,
    BookingLine,
    Certificate,
    MatchRun,
    MatchStatus,
    Message,
    Notice,
    NoticeKind,
    OutboxMessage,
    PlannedSeat,
    Project,
    Role,
    ShiftSlot,
    Shortage,
    Topic,
    User,
)
from app.services import rota, rota_checks
from app.services.outbox import MAX_ATTEMPTS, WORN_OUT
from tests.make import NOON, Make, shanghai
from tests.small_season import SmallSeason


@pytest.fixture(autouse=True)
def _worker(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_app", app)
    monkeypatch.setitem(app.config, "LEASE_SECONDS", 3600)
    monkeypatch.setattr(clock, "utc_now", lambda: NOON)


class Plan:
    """A finished run whose plan a test writes itself."""

    def __init__(self, season: SmallSeason) -> None:
        self.season, self.make = season, season.make
        self.user: User = self.make.user(role=Role.OPERATIONS)
        self.run = self._run(1, MatchStatus.DONE)

    def _run(self, number: int, status: MatchStatus) -> MatchRun:
        return self.make.match_run(
            event_id=self.season.event.id,
            number=number,
            status=status,
            seconds=1,
            value=1,
            bound=1,
            seats=1,
            filled=1,
        )

    def older_run(self, status: MatchStatus) -> MatchRun:
        return self._run(0, status)

    def seat(
        self,
        agent: Agent,
        *,
        project: Project | None = None,
        slot: ShiftSlot | None = None,
        is_standby: bool = False,
    ) -> PlannedSeat:
        return self.make.save(
            PlannedSeat(
                id=uuid.uuid4(),
                run_id=self.run.id,
                agent_id=agent.id,
                project_id=(project or self.season.project).id,
                slot_id=(slot or self.season.slot).id,
                is_standby=is_standby,
            )
        )

    def publish(self) -> MatchRun:
        session = self.season.session
        with transaction(session):
            rota.request_publish(
                session, self.run.id, actor_user_id=self.user.id, now=NOON, wall_now=clock.wall_now()
            )
        return self.deliver()

    def deliver(self) -> MatchRun:
        session = self.season.session
        message = session.scalars(
            select(OutboxMessage.id).where(OutboxMessage.topic == Topic.PUBLISH_ROTA)
        ).one()
        runner.handle(message_id=str(message))
        session.expire_all()
        return session.get_one(MatchRun, self.run.id)


@pytest.fixture
def season(session: Session, make: Make) -> SmallSeason:
    return SmallSeason(session, make)


@pytest.fixture
def plan(season: SmallSeason) -> Iterator[Plan]:
    return Plan(season)  # type: ignore[return-value]


def assignments(session: Session) -> list[Assignment]:
    session.expire_all()
    return list(session.scalars(select(Assignment).order_by(Assignment.kind)))


def test_offers_every_planned_seat_and_standby(session: Session, season: SmallSeason, plan: Plan) -> None:
    season.book()
    worker, standby = season.certified_agent(), season.certified_agent()
    planned = plan.seat(worker)
    plan.seat(standby, is_standby=True)

    run = plan.publish()

    formal, ready = assignments(session)
    assert (formal.id, formal.agent_id, formal.kind) == (planned.id, worker.id, AssignmentKind.FORMAL)
    assert (formal.status, formal.run_id) == (AssignmentStatus.OFFERED, plan.run.id)
    assert (formal.starts_at, formal.ends_at) == (season.slot.starts_at, season.slot.ends_at)
    assert formal.respond_by == respond_by(offered_at=NOON, starts_at=formal.starts_at)
    assert (ready.agent_id, ready.kind) == (standby.id, AssignmentKind.STANDBY)
    assert (run.status, run.published_at) == (MatchStatus.PUBLISHED, NOON)
    assert run.report is not None
    assert (run.report["offered"], run.report["standbys_offered"], run.report["dropped"]) == (1, 1, 0)


def test_tells_each_person_once_and_operations(session: Session, season: SmallSeason, plan: Plan) -> None:
    later = season.make.slot(event=season.event, starts_at=shanghai(12, 20))
    season.book()
    season.book(slot=later)
    agent = season.make.agent(user=season.make.user(email="lin@example.com"))
    season.make.certificate(agent, project=season.project)
    season.make.availability(agent, starts_at=shanghai(10, 0), ends_at=shanghai(13, 0))
    plan.seat(agent)
    plan.seat(agent, slot=later)

    plan.publish()

    told = session.scalars(select(Notice).where(Notice.user_id == agent.user_id)).one()
    assert told.kind is NoticeKind.OFFER_MADE
    assert told.params["project"] == "小鹿家居·售前 等 2 班"
    assert told.params["when"] == "11 月 11 日 20:00–24:00"
    mail = session.scalars(select(Message)).one()
    assert mail.recipient == "lin@example.com"
    assert "小鹿家居·售前 等 2 班" in mail.body
    sent = session.scalars(select(OutboxMessage).where(OutboxMessage.topic == Topic.DELIVER_MESSAGE)).one()
    assert sent.payload == {"message_id": str(mail.id)}
    published = session.scalars(select(Notice).where(Notice.user_id == plan.user.id)).one()
    assert (published.kind, published.params["offers"]) == (NoticeKind.ROTA_PUBLISHED, 2)


def test_takes_over_from_the_rota_before(session: Session, season: SmallSeason, plan: Plan) -> None:
    older = plan.older_run(MatchStatus.PUBLISHED)

    plan.publish()

    assert session.get_one(MatchRun, older.id, populate_existing=True).status is MatchStatus.SUPERSEDED


def test_delivered_twice_it_offers_once(session: Session, season: SmallSeason, plan: Plan) -> None:
    season.book()
    plan.seat(season.certified_agent())

    plan.publish()
    plan.deliver()

    assert len(assignments(session)) == 1
    assert session.scalar(select(func.count()).select_from(Notice)) == 2


def test_a_second_worker_goes_on_where_the_first_died(
    session: Session, season: SmallSeason, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    season.book(2)
    for _ in range(2):
        plan.seat(season.certified_agent())
    monkeypatch.setattr(rota, "PEOPLE_A_BATCH", 1)
    offer_seats = rota.offer_seats
    calls: list[int] = []

    def die_at_the_second_batch(*arguments: object, **options: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("power cut")
        return offer_seats(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(rota, "offer_seats", die_at_the_second_batch)
    run = plan.publish()
    assert (run.status, len(assignments(session))) == (MatchStatus.PUBLISHING, 1)

    run = plan.deliver()

    assert (run.status, len(assignments(session))) == (MatchStatus.PUBLISHED, 2)
    assert session.scalar(select(func.count()).where(Notice.kind == NoticeKind.OFFER_MADE)) == 2


def break_certificate(plan: Plan, agent: Agent) -> str:
    session = plan.season.session
    session.execute(update(Certificate).where(Certificate.agent_id == agent.id).values(revoked_at=NOON))
    return "agent_is_certified"


def break_availability(plan: Plan, agent: Agent) -> str:
    plan.season.session.execute(delete(Availability).where(Availability.agent_id == agent.id))
    return "shift_lies_in_one_window"


def break_block(plan: Plan, agent: Agent) -> str:
    plan.make.save(
        AgentBlock(
            id=uuid.uuid4(),
            agent_id=agent.id,
            merchant_id=plan.season.project.merchant_id,
            asked_by="merchant",
            created_at=NOON,
        )
    )
    return "agent_is_not_blocked"


def break_week(plan: Plan, agent: Agent) -> str:
    plan.make.needs(agent, max_week_minutes=180)
    return "week_is_not_too_long"


def break_day(plan: Plan, agent: Agent) -> str:
    plan.make.needs(agent, max_day_minutes=180)
    return "day_is_not_too_long"


def break_stretch(plan: Plan, agent: Agent) -> str:
    plan.make.needs(agent, max_stretch_minutes=180)
    return "stretch_is_not_too_long"


def break_concurrency(plan: Plan, agent: Agent) -> str:
    plan.make.needs(agent, max_concurrent=2)
    return "agent_is_certified"


def break_rest(plan: Plan, agent: Agent) -> str:
    night = plan.make.slot(event=plan.season.event, starts_at=shanghai(12, 4))
    plan.season.book(slot=night)
    plan.seat(agent, slot=night)
    return "agent_rests_between_stretches"


def break_overlap(plan: Plan, agent: Agent) -> str:
    plan.make.assignment(agent=agent, slot=plan.season.slot)
    return "agent_does_one_thing_at_a_time"


@pytest.mark.parametrize(
    "break_rule",
    [
        break_certificate,
        break_availability,
        break_block,
        break_week,
        break_day,
        break_stretch,
        break_concurrency,
        break_rest,
        break_overlap,
    ],
)
def test_one_persons_change_costs_their_seats_and_no_others(
    session: Session, season: SmallSeason, plan: Plan, break_rule: Callable[[Plan, Agent], str]
) -> None:
    season.book(2)
    agent, other = season.certified_agent(), season.certified_agent()
    for person in (agent, other):
        plan.seat(person)
    rule = break_rule(plan, agent)
    lost = session.scalar(select(func.count()).where(PlannedSeat.agent_id == agent.id))

    run = plan.publish()

    assert offered_by(session, run) == [other.id]
    assert run.status is MatchStatus.PUBLISHED
    assert run.report is not None
    assert run.report["dropped"] == lost
    assert rule in {violation["rule"] for violation in run.report["violations"]}
    shortages = session.scalars(select(Shortage)).all()
    assert {shortage.cause for shortage in shortages} == {rota.CHANGED_MEANWHILE}
    assert sum(shortage.seats for shortage in shortages) == lost
    told = session.scalars(select(Notice).where(Notice.user_id == plan.user.id)).one()
    assert (told.kind, told.params["dropped"]) == (NoticeKind.ROTA_PUBLISHED, lost)


def live_shift(season: SmallSeason, agent: Agent, slot: ShiftSlot) -> Assignment:
    return Assignment(
        id=uuid.uuid4(),
        event_id=season.event.id,
        agent_id=agent.id,
        project_id=season.project.id,
        slot_id=slot.id,
        kind=AssignmentKind.STANDBY,
        status=AssignmentStatus.ACCEPTED,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        offered_at=NOON,
        respond_by=NOON,
    )


def offered_by(session: Session, run: MatchRun) -> list[uuid.UUID]:
    return list(session.scalars(select(Assignment.agent_id).where(Assignment.run_id == run.id)))


def test_people_beyond_the_seats_still_booked_are_left_out_and_nothing_is_short(
    session: Session, season: SmallSeason, plan: Plan
) -> None:
    season.book(2)
    for _ in range(2):
        plan.seat(season.certified_agent())
    session.execute(update(MatchRun).values(seats=2, filled=2))
    session.execute(update(BookingLine).values(seats=1))

    run = plan.publish()

    assert len(offered_by(session, run)) == 1
    assert (run.status, run.seats, run.filled) == (MatchStatus.PUBLISHED, 1, 1)
    assert session.scalars(select(Shortage)).all() == []


def test_a_standby_that_breaks_a_rule_is_left_out(session: Session, season: SmallSeason, plan: Plan) -> None:
    season.book()
    agent, stranger = season.certified_agent(), season.make.agent()
    season.make.availability(stranger, starts_at=shanghai(10, 0), ends_at=shanghai(13, 0))
    plan.seat(agent)
    plan.seat(stranger, is_standby=True)

    run = plan.publish()

    assert offered_by(session, run) == [agent.id]
    assert run.report is not None
    assert run.report["dropped"] == 0


def test_a_plan_whose_rest_still_breaks_a_rule_is_not_published(
    session: Session, season: SmallSeason, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    season.book(1)
    for _ in range(2):
        plan.seat(season.certified_agent())
    monkeypatch.setattr(rota_checks, "_surplus", lambda *_: set())

    run = plan.publish()

    assert run.status is MatchStatus.FAILED
    assert run.report is not None
    assert run.report["failure"] == "rules-broken"
    assert [violation["rule"] for violation in run.report["violations"]] == [
        "row_has_no_more_people_than_seats"
    ]
    assert offered_by(session, run) == []
    assert session.scalar(select(func.count()).where(AuditEntry.action == "match_run.failed")) == 1
    told = session.scalars(select(Notice).where(Notice.user_id == plan.user.id)).one()
    assert told.kind is NoticeKind.MATCH_FAILED


def test_a_publication_that_kills_its_workers_fails(
    session: Session, season: SmallSeason, plan: Plan
) -> None:
    with transaction(session):
        rota.request_publish(
            session, plan.run.id, actor_user_id=plan.user.id, now=NOON, wall_now=clock.wall_now()
        )
        session.execute(update(OutboxMessage).values(attempt=MAX_ATTEMPTS))

    run = plan.deliver()

    assert (run.status, run.failure) == (MatchStatus.FAILED, WORN_OUT)
    told = session.scalars(select(Notice).where(Notice.user_id == plan.user.id)).one()
    assert told.kind is NoticeKind.MATCH_FAILED


def test_a_shift_given_between_check_and_offer_is_seen(
    session: Session, season: SmallSeason, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new shift leaves no rest before the planned one, and overlaps nothing."""
    season.book(2)
    lucky, tired = season.certified_agent(), season.certified_agent()
    plan.seat(lucky)
    plan.seat(tired)
    night = season.make.slot(event=season.event, starts_at=shanghai(12, 4))
    check = rota_checks.check_rota

    def check_then_give(*arguments: Any) -> rota_checks.RotaCheck:
        monkeypatch.setattr(jobs_rota, "check_rota", check)
        checked = check(*arguments)
        db.session.add(live_shift(season, tired, night))
        return checked

    monkeypatch.setattr(jobs_rota, "check_rota", check_then_give)

    run = plan.publish()

    assert offered_by(session, run) == [lucky.id]
    assert session.scalars(select(Shortage.cause)).all() == [rota.CHANGED_MEANWHILE]


def test_what_live_shifts_break_among_themselves_does_not_stop_the_plan(
    session: Session, season: SmallSeason, plan: Plan
) -> None:
    season.book()
    plan.seat(season.certified_agent())
    tired = season.make.agent()
    season.make.assignment(agent=tired, slot=season.slot)
    season.make.assignment(agent=tired, slot=season.make.slot(event=season.event, starts_at=shanghai(12, 4)))

    assert plan.publish().status is MatchStatus.PUBLISHED


def test_the_exclusion_constraint_drops_one_seat_into_the_shortages_not_the_batch(
    session: Session, season: SmallSeason, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shift that collides comes between the check and the offer, from somebody who locks nothing."""
    season.book(2)
    lucky, taken = season.certified_agent(), season.certified_agent()
    plan.seat(lucky)
    plan.seat(taken)

    def collide(*_: object) -> bool:
        db.session.add(live_shift(season, taken, season.slot))
        return False

    monkeypatch.setattr(jobs_rota, "is_outdated", collide)

    run = plan.publish()

    assert run.status is MatchStatus.PUBLISHED
    offered = session.scalars(select(Assignment.agent_id).where(Assignment.run_id == run.id)).all()
    assert offered == [lucky.id]
    shortage = session.scalars(select(Shortage)).one()
    assert (shortage.cause, shortage.seats) == (rota.TAKEN_MEANWHILE, 1)


def test_only_a_finished_run_can_be_published(session: Session, season: SmallSeason, plan: Plan) -> None:
    plan.publish()

    with pytest.raises(StaleStateError), transaction(session):
        rota.request_publish(
            session, plan.run.id, actor_user_id=plan.user.id, now=NOON, wall_now=clock.wall_now()
        )


def test_nothing_is_published_while_another_run_computes(
    session: Session, season: SmallSeason, plan: Plan
) -> None:
    plan.older_run(MatchStatus.RUNNING)

    with pytest.raises(MatchRunningError), transaction(session):
        rota.request_publish(
            session, plan.run.id, actor_user_id=plan.user.id, now=NOON, wall_now=clock.wall_now()
        )
