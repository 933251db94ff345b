"""Who takes over a fallen seat: every rule of the substitute, standbys, and when nobody is looked for."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import NoSubstituteError, NotFoundError
from app.models import (
    Agent,
    AgentBlock,
    AgentStatus,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    AuditEntry,
    Base,
    Booking,
    BookingStatus,
    Certificate,
    Consent,
    ConsentPurpose,
    Notice,
    NoticeKind,
    Project,
    Role,
    ServiceLine,
    User,
)
from app.services import refills
from tests.make import NOON, PEAK, Make, shanghai
from tests.small_season import SmallSeason

START = PEAK
END = PEAK + dt.timedelta(hours=4)
MINUTE = dt.timedelta(minutes=1)
MICROSECOND = dt.timedelta(microseconds=1)
URGENT_FROM = START - dt.timedelta(hours=2)
DECLINED, MISSING = AssignmentStatus.DECLINED, AssignmentStatus.MISSING


class Seat(SmallSeason):
    """One booked seat whose holder has just fallen out."""

    def __init__(
        self, session: Session, make: Make, status: AssignmentStatus = DECLINED, seats: int = 1
    ) -> None:
        super().__init__(session, make)
        self.book(seats)
        self.fallen = self.put(self.certified_agent(standing=100), status)

    def put(
        self,
        agent: Agent,
        status: AssignmentStatus,
        *,
        kind: AssignmentKind = AssignmentKind.FORMAL,
        project: Project | None = None,
        **changes: object,
    ) -> uuid.UUID:
        row = self.make.assignment(
            agent=agent, project=project or self.project, slot=self.slot, status=status, kind=kind
        )
        self.change(Assignment, row.id, **changes)
        return row.id

    def standby(self, *, standing: int = 50, project: Project | None = None) -> Agent:
        agent = self.certified_agent(standing=standing)
        if project is not None:
            self.make.certificate(agent, project=project)
        self.put(agent, AssignmentStatus.ACCEPTED, kind=AssignmentKind.STANDBY, project=project)
        return agent

    def change(self, table: type[Base], row_id: uuid.UUID, **changes: object) -> None:
        row = self.session.get_one(table, row_id)
        for name, value in changes.items():
            setattr(row, name, value)
        self.session.commit()
        self.session.expunge_all()

    def refill(self, now: dt.datetime = NOON, assignment_id: uuid.UUID | None = None) -> Assignment | None:
        with transaction(self.session):
            return refills.refill_seat(
                self.session, assignment_id or self.fallen, actor_user_id=None, now=now
            )


@pytest.fixture
def seat(session: Session, make: Make) -> Seat:
    return Seat(session, make)


class TestTheNextPerson:
    def test_gets_an_offer_with_a_deadline_and_a_notice(self, session: Session, seat: Seat) -> None:
        agent = seat.certified_agent()

        found = seat.refill()

        assert found is not None
        assert (found.agent_id, found.status) == (agent.id, AssignmentStatus.OFFERED)
        assert (found.starts_at, found.ends_at, found.replaces_id) == (START, END, seat.fallen)
        assert found.respond_by == NOON + dt.timedelta(days=2)
        notice = session.scalars(select(Notice).where(Notice.user_id == agent.user_id)).one()
        assert notice.kind is NoticeKind.OFFER_MADE
        assert notice.params["respond_by"] == "10 月 22 日 12:00"

    def test_is_the_one_with_the_best_standing(self, seat: Seat) -> None:
        seat.certified_agent(standing=70)
        best = seat.certified_agent(standing=71)

        found = seat.refill()

        assert found is not None
        assert found.agent_id == best.id

    def test_continuity_beats_a_little_standing(self, seat: Seat) -> None:
        seat.certified_agent(standing=65)
        known = seat.certified_agent(standing=60)
        earlier = seat.make.slot(event=seat.event, starts_at=shanghai(1, 8))
        seat.make.assignment(agent=known, project=seat.project, slot=earlier, status=AssignmentStatus.DONE)

        found = seat.refill()

        assert found is not None
        assert found.agent_id == known.id  # 60 + 6 against 65

    def test_having_stood_by_is_no_continuity(self, seat: Seat) -> None:
        best = seat.certified_agent(standing=65)
        waited = seat.certified_agent(standing=60)
        earlier = seat.make.slot(event=seat.event, starts_at=shanghai(1, 8))
        seat.make.assignment(
            agent=waited,
            project=seat.project,
            slot=earlier,
            status=AssignmentStatus.DONE,
            kind=AssignmentKind.STANDBY,
        )

        found = seat.refill()

        assert found is not None
        assert found.agent_id == best.id

    def test_wanting_the_time_counts(self, seat: Seat) -> None:
        seat.certified_agent(standing=62)
        eager = seat.make.agent(standing=60)
        seat.make.certificate(eager, project=seat.project)
        seat.make.availability(eager, starts_at=START, ends_at=END, preference=1)

        found = seat.refill()

        assert found is not None
        assert found.agent_id == eager.id  # 60 + 3 against 62

    def test_who_already_fell_out_is_not_asked_again(self, seat: Seat) -> None:
        with pytest.raises(NoSubstituteError):
            seat.refill()

    @pytest.mark.parametrize("status", [DECLINED, AssignmentStatus.LAPSED, AssignmentStatus.RELEASED])
    def test_nor_is_who_said_no_to_another_project_then(self, seat: Seat, status: AssignmentStatus) -> None:
        seat.put(seat.certified_agent(), status, project=seat.make.project())

        with pytest.raises(NoSubstituteError):
            seat.refill()

    def test_the_operator_who_asked_is_in_the_audit(self, session: Session, seat: Seat, make: Make) -> None:
        seat.certified_agent()
        operator = make.user(role=Role.OPERATIONS)

        with transaction(session):
            found = refills.refill_seat(session, seat.fallen, actor_user_id=operator.id, now=NOON)

        assert found is not None
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "assignment.refilled")).one()
        assert (entry.actor_user_id, entry.subject_id) == (operator.id, found.id)
        assert entry.details == {"replaces": str(seat.fallen), "called": False}


def _left(seat: Seat, agent: Agent) -> None:
    seat.change(Agent, agent.id, status=AgentStatus.LEFT)


def _account_closed(seat: Seat, agent: Agent) -> None:
    seat.change(User, agent.user_id, is_active=False)


def _blocked(seat: Seat, agent: Agent) -> None:
    seat.make.save(
        AgentBlock(
            id=uuid.uuid4(),
            agent_id=agent.id,
            merchant_id=seat.project.merchant_id,
            asked_by="agent",
            created_at=NOON,
        )
    )


def _certificate(**changes: object) -> Callable[[Seat, Agent], None]:
    def apply(seat: Seat, agent: Agent) -> None:
        row = seat.session.scalars(select(Certificate.id).where(Certificate.agent_id == agent.id)).one()
        seat.change(Certificate, row, **changes)

    return apply


def _needs(**values: object) -> Callable[[Seat, Agent], None]:
    def apply(seat: Seat, agent: Agent) -> None:
        seat.make.needs(agent, **values)

    return apply


def _holds(start: dt.datetime) -> Callable[[Seat, Agent], None]:
    def apply(seat: Seat, agent: Agent) -> None:
        other = seat.make.slot(event=seat.make.event(), starts_at=start)
        seat.make.assignment(
            agent=agent, project=seat.make.project(), slot=other, status=AssignmentStatus.ACCEPTED
        )

    return apply


def _rings(seat: Seat, _agent: Agent) -> None:
    seat.change(Project, seat.project.id, service_line=ServiceLine.HOTLINE)


# What rules a person out, and what is just not enough to.
RULES: dict[str, tuple[tuple[Callable[[Seat, Agent], None], ...], tuple[Callable[[Seat, Agent], None], ...]]]
RULES = {
    "left": ((_left,), ()),
    "account closed": ((_account_closed,), ()),
    "blocked pair": ((_blocked,), ()),
    "certificate revoked": ((_certificate(revoked_at=NOON),), ()),
    "certificate too young": (
        (_certificate(issued_at=START + MICROSECOND),),
        (_certificate(issued_at=START),),
    ),
    "certificate runs out": ((_certificate(expires_at=END - MICROSECOND),), (_certificate(expires_at=END),)),
    "text only": ((_needs(text_only=True), _rings), (_needs(text_only=True),)),
    "too many conversations": ((_needs(max_concurrent=2),), (_needs(max_concurrent=3),)),
    "a call is one call": ((_needs(text_only=True), _rings), (_needs(max_concurrent=1), _rings)),
    "busy": ((_holds(shanghai(11, 16) + MINUTE),), (_holds(shanghai(11, 16)),)),
    "rest": ((_holds(shanghai(11, 5) + MINUTE),), (_holds(shanghai(11, 5)),)),
    "stretch": (
        (_needs(max_stretch_minutes=479), _holds(shanghai(11, 16))),
        (_needs(max_stretch_minutes=480), _holds(shanghai(11, 16))),
    ),
    "hours a day": (
        (_needs(max_day_minutes=479), _holds(shanghai(11, 16))),
        (_needs(max_day_minutes=480), _holds(shanghai(11, 16))),
    ),
    "hours a week": (
        (_needs(max_week_minutes=479), _holds(shanghai(10, 20))),
        (_needs(max_week_minutes=480), _holds(shanghai(10, 20))),
    ),
    "last week is another week": (
        (_needs(max_week_minutes=479), _holds(shanghai(9, 20))),
        (_needs(max_week_minutes=240), _holds(shanghai(8, 20))),
    ),
    "days in a row": (
        (_needs(max_consecutive_days=1), _holds(shanghai(10, 20))),
        (_needs(max_consecutive_days=1), _holds(shanghai(9, 20))),
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_rules_out_and_its_edge_does_not(session: Session, make: Make, rule: str) -> None:
    breaking, keeping = RULES[rule]
    seat = Seat(session, make)
    agent = seat.certified_agent()
    for change in breaking:
        change(seat, agent)
    with pytest.raises(NoSubstituteError):
        seat.refill()

    seat = Seat(session, make)
    agent = seat.certified_agent()
    for change in keeping:
        change(seat, agent)
    found = seat.refill()
    assert found is not None
    assert found.agent_id == agent.id


def test_who_is_free_for_only_part_of_the_shift_is_not_asked(seat: Seat) -> None:
    agent = seat.make.agent()
    seat.make.certificate(agent, project=seat.project)
    seat.make.availability(agent, starts_at=START, ends_at=END - MICROSECOND)

    with pytest.raises(NoSubstituteError):
        seat.refill()


def test_needs_whose_consent_was_withdrawn_are_not_used(seat: Seat) -> None:
    agent = seat.certified_agent()
    seat.make.needs(agent, max_concurrent=1)
    seat.make.save(
        Consent(
            id=uuid.uuid4(),
            agent_id=agent.id,
            purpose=ConsentPurpose.NEEDS_IN_MATCHING,
            given_at=NOON,
            withdrawn_at=NOON,
        )
    )

    found = seat.refill()

    assert found is not None
    assert found.agent_id == agent.id


class TestStandbys:
    def test_are_called_when_it_is_urgent(self, session: Session, seat: Seat) -> None:
        seat.certified_agent(standing=99)
        standby = seat.standby()
        now = URGENT_FROM + MICROSECOND

        found = seat.refill(now)

        assert found is not None
        assert (found.agent_id, found.kind, found.status) == (
            standby.id,
            AssignmentKind.FORMAL,
            AssignmentStatus.ACCEPTED,
        )
        assert (found.called_at, found.replaces_id) == (now, seat.fallen)
        notice = session.scalars(select(Notice)).one()
        assert (notice.kind, notice.params["come_by"]) == (NoticeKind.STANDBY_CALLED, "20:05")

    def test_are_left_waiting_as_long_as_others_can_be_asked(self, seat: Seat) -> None:
        asked = seat.certified_agent(standing=10)
        seat.standby()

        found = seat.refill(URGENT_FROM)

        assert found is not None
        assert found.agent_id == asked.id

    def test_are_called_early_when_nobody_else_is_left(self, seat: Seat) -> None:
        standby = seat.standby()

        found = seat.refill(NOON)

        assert found is not None
        assert found.agent_id == standby.id

    def test_when_none_is_left_somebody_else_is_asked_even_late(self, seat: Seat) -> None:
        other = seat.certified_agent()

        found = seat.refill(START + 6 * MINUTE)

        assert found is not None
        assert (found.agent_id, found.status) == (other.id, AssignmentStatus.OFFERED)
        assert found.respond_by == START + 16 * MINUTE

    def test_of_this_project_come_first_then_the_best(self, seat: Seat) -> None:
        seat.standby(standing=90, project=seat.make.project())
        weak, strong = seat.standby(standing=40), seat.standby(standing=50)

        found = seat.refill(START)

        assert found is not None
        assert (found.agent_id, found.project_id) == (strong.id, seat.project.id)
        assert weak.id != strong.id

    def test_of_other_projects_come_from_where_most_stand_by(self, seat: Seat) -> None:
        """Whoever is the only one of a project stays for it, however good."""
        few, many = seat.make.project(), seat.make.project()
        only = seat.standby(standing=90, project=few)
        spare = {seat.standby(standing=40, project=many).id for _ in range(2)}

        found = seat.refill(START)

        assert found is not None
        assert found.agent_id in spare
        assert found.agent_id != only.id

    def test_of_another_project_move_to_the_seats(self, seat: Seat) -> None:
        standby = seat.standby(project=seat.make.project())

        found = seat.refill(START)

        assert found is not None
        assert (found.agent_id, found.project_id) == (standby.id, seat.project.id)

    @pytest.mark.parametrize("status", [s for s in AssignmentStatus if s is not AssignmentStatus.ACCEPTED])
    def test_who_did_not_say_yes_is_not_called(self, seat: Seat, status: AssignmentStatus) -> None:
        seat.put(seat.certified_agent(), status, kind=AssignmentKind.STANDBY)

        with pytest.raises(NoSubstituteError):
            seat.refill(START)

    def test_of_another_slot_are_not_called(self, seat: Seat) -> None:
        agent = seat.make.agent()
        seat.make.certificate(agent, project=seat.project)
        later = seat.make.slot(event=seat.event, starts_at=shanghai(12, 0))
        seat.make.assignment(
            agent=agent,
            project=seat.project,
            slot=later,
            kind=AssignmentKind.STANDBY,
            status=AssignmentStatus.ACCEPTED,
        )

        with pytest.raises(NoSubstituteError):
            seat.refill(START)

    @pytest.mark.parametrize(
        "changes",
        [
            (_left,),
            (_account_closed,),
            (_blocked,),
            (_certificate(revoked_at=NOON),),
            (_certificate(expires_at=END - MICROSECOND),),
            (_needs(text_only=True), _rings),
            (_needs(max_concurrent=2),),
        ],
    )
    def test_are_bound_by_the_same_rules(
        self, seat: Seat, changes: tuple[Callable[[Seat, Agent], None], ...]
    ) -> None:
        standby = seat.standby()
        for change in changes:
            change(seat, standby)

        with pytest.raises(NoSubstituteError):
            seat.refill(START)

    def test_are_called_once_each(self, session: Session, make: Make) -> None:
        seat = Seat(session, make, MISSING, seats=2)
        second = seat.put(seat.certified_agent(), MISSING)
        seat.standby()

        assert seat.refill(START + 6 * MINUTE) is not None
        with pytest.raises(NoSubstituteError):
            seat.refill(START + 6 * MINUTE, second)


class TestNobodyIsNeeded:
    def test_when_the_seat_was_taken_over(self, seat: Seat) -> None:
        seat.certified_agent()
        seat.certified_agent()

        assert seat.refill() is not None
        assert seat.refill() is None

    @pytest.mark.parametrize("status", [BookingStatus.CANCELLED, BookingStatus.HELD, BookingStatus.EXPIRED])
    def test_when_it_is_not_booked(self, session: Session, seat: Seat, status: BookingStatus) -> None:
        seat.certified_agent()
        booking = session.scalars(select(Booking.id)).one()
        seat.change(Booking, booking, status=status)

        assert seat.refill() is None

    def test_when_others_hold_all_that_is_booked(self, seat: Seat) -> None:
        seat.certified_agent()
        seat.put(seat.certified_agent(), AssignmentStatus.OFFERED)

        assert seat.refill() is None

    def test_but_a_missing_person_holds_nothing(self, session: Session, make: Make) -> None:
        seat = Seat(session, make, MISSING)
        seat.certified_agent()

        assert seat.refill(START + 6 * MINUTE) is not None

    @pytest.mark.parametrize(
        "status",
        [
            AssignmentStatus.OFFERED,
            AssignmentStatus.ACCEPTED,
            AssignmentStatus.PRESENT,
            AssignmentStatus.DONE,
        ],
    )
    def test_when_the_holder_holds_it(self, session: Session, make: Make, status: AssignmentStatus) -> None:
        seat = Seat(session, make, status, seats=2)
        seat.certified_agent()

        assert seat.refill() is None

    def test_when_a_standby_fell_out(self, seat: Seat) -> None:
        seat.certified_agent()
        standby = seat.put(seat.certified_agent(), DECLINED, kind=AssignmentKind.STANDBY)

        assert seat.refill(assignment_id=standby) is None

    def test_in_the_last_half_hour(self, seat: Seat) -> None:
        seat.certified_agent()

        assert seat.refill(END - 30 * MINUTE + MICROSECOND) is None
        assert seat.refill(END - 30 * MINUTE) is not None

    def test_and_a_seat_that_never_was_is_not_found(self, seat: Seat) -> None:
        with pytest.raises(NotFoundError):
            seat.refill(assignment_id=uuid.uuid4())


def test_operations_are_told_in_their_language_when_nobody_is_left(
    session: Session, seat: Seat, make: Make
) -> None:
    chinese = make.user(role=Role.OPERATIONS)
    english = make.user(role=Role.OPERATIONS, locale="en")
    make.user(role=Role.MERCHANT)

    with transaction(session):
        refills.report_unstaffed(session, seat.fallen, now=NOON)

    notices = {notice.user_id: notice for notice in session.scalars(select(Notice))}
    assert set(notices) == {chinese.id, english.id}
    assert notices[english.id].params["when"] == "11 November 20:00–24:00"
    assert notices[chinese.id].params["when"] == "11 月 11 日 20:00–24:00"
    assert {notice.kind for notice in notices.values()} == {NoticeKind.SEAT_UNSTAFFED}
    assert notices[english.id].params["reason"] == "Of 1 people certified: 1 asked already. No standby."
    assert notices[chinese.id].params["reason"] == "有认证的 1 人：1 人问过了。没有候补。"


def test_operations_are_told_what_keeps_each_certified_person(
    session: Session, seat: Seat, make: Make
) -> None:
    operator = make.user(role=Role.OPERATIONS)
    make.needs(seat.certified_agent(), max_concurrent=1)
    _blocked(seat, seat.certified_agent())
    away = make.agent()
    make.certificate(away, project=seat.project)
    seat.put(seat.certified_agent(), AssignmentStatus.LAPSED)
    _holds(START)(seat, seat.certified_agent())
    _holds(shanghai(12, 4))(seat, seat.certified_agent())
    _left(seat, seat.certified_agent())

    with pytest.raises(NoSubstituteError):
        seat.refill()
    with transaction(session):
        refills.report_unstaffed(session, seat.fallen, now=NOON)

    notice = session.scalars(select(Notice).where(Notice.user_id == operator.id)).one()
    assert notice.params["reason"] == (
        "有认证的 7 人：2 人因为需要或屏蔽不合适，1 人没写这时有空，2 人问过了，1 人这时有别的班，"
        "1 人歇不够、工时满了，或上班的日子不合。没有候补。"
    )
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "assignment.unstaffed")).one()
    assert entry.details == {"needs": 2, "away": 1, "asked": 2, "busy": 1, "limits": 1}


def test_an_unstaffed_seat_of_a_project_nobody_is_certified_for() -> None:
    assert refills.unstaffed_text({}, "zh") == "这个项目没有有认证的人，也没有候补。"
    assert "Nobody is certified" in refills.unstaffed_text({}, "en")


class TestOpenOffersOfTheSameTime:
    """Nobody is free for the seat, but somebody is for the seat of one whose offer is open."""

    def other_seat(self, seat: Seat, status: AssignmentStatus) -> tuple[Agent, uuid.UUID, Project]:
        """Give somebody certified for both projects a seat of another project in the same slot."""
        other = seat.make.project(service_line=ServiceLine.AFTERSALES_CHAT)
        seat.book(project=other)
        mover = seat.certified_agent()
        seat.make.certificate(mover, project=other)
        held = seat.put(mover, status, project=other, respond_by=NOON + dt.timedelta(days=2))
        return mover, held, other

    def test_the_one_moves_and_the_free_person_follows(self, session: Session, seat: Seat) -> None:
        mover, held, other = self.other_seat(seat, AssignmentStatus.OFFERED)
        free = seat.certified_agent(project=other)

        found = seat.refill()

        assert found is not None
        assert (found.agent_id, found.project_id, found.status) == (
            mover.id,
            seat.project.id,
            AssignmentStatus.OFFERED,
        )
        follower = session.scalars(select(Assignment).where(Assignment.replaces_id == held)).one()
        assert (follower.agent_id, follower.project_id) == (free.id, other.id)
        old = session.get_one(Assignment, held)
        assert (old.status, old.respond_by) == (AssignmentStatus.LAPSED, NOON)
        told = session.execute(select(Notice.user_id, Notice.kind)).all()
        assert sorted(told, key=str) == sorted(
            [
                (mover.user_id, NoticeKind.SHIFT_CHANGED),
                (mover.user_id, NoticeKind.OFFER_MADE),
                (free.user_id, NoticeKind.OFFER_MADE),
            ],
            key=str,
        )

    def test_the_one_moves_from_where_too_many_are(self, session: Session, seat: Seat) -> None:
        mover, held, other = self.other_seat(seat, AssignmentStatus.OFFERED)
        seat.put(seat.certified_agent(project=other), AssignmentStatus.ACCEPTED, project=other)

        found = seat.refill()

        assert found is not None
        assert found.agent_id == mover.id
        assert session.scalars(select(Assignment).where(Assignment.replaces_id == held)).all() == []

    @pytest.mark.parametrize(
        "status", [AssignmentStatus.ACCEPTED, AssignmentStatus.PRESENT, AssignmentStatus.MISSING]
    )
    def test_nobody_who_said_yes_is_moved(
        self, session: Session, seat: Seat, status: AssignmentStatus
    ) -> None:
        _, held, other = self.other_seat(seat, status)
        seat.certified_agent(project=other)

        with pytest.raises(NoSubstituteError):
            seat.refill()
        assert session.get_one(Assignment, held).status is status

    def test_nobody_is_moved_when_their_seat_would_stay_empty(self, session: Session, seat: Seat) -> None:
        _, held, _ = self.other_seat(seat, AssignmentStatus.OFFERED)

        with pytest.raises(NoSubstituteError):
            seat.refill()
        assert session.get_one(Assignment, held).status is AssignmentStatus.OFFERED

    def test_nobody_is_moved_while_somebody_is_free(self, session: Session, seat: Seat) -> None:
        _, held, other = self.other_seat(seat, AssignmentStatus.OFFERED)
        seat.certified_agent(project=other)
        free = seat.certified_agent(standing=1)

        found = seat.refill()

        assert found is not None
        assert found.agent_id == free.id
        assert session.get_one(Assignment, held).status is AssignmentStatus.OFFERED

    def test_nobody_is_moved_shortly_before_the_start(self, session: Session, seat: Seat) -> None:
        _, held, other = self.other_seat(seat, AssignmentStatus.OFFERED)
        seat.change(Assignment, held, respond_by=START)
        seat.certified_agent(project=other)

        with pytest.raises(NoSubstituteError):
            seat.refill(URGENT_FROM + MICROSECOND)
        assert session.get_one(Assignment, held).status is AssignmentStatus.OFFERED

    @pytest.mark.parametrize("change", [_blocked, _needs(max_concurrent=2), _certificate(revoked_at=NOON)])
    def test_nobody_is_moved_to_where_they_may_not_work(
        self, session: Session, seat: Seat, change: Callable[[Seat, Agent], None]
    ) -> None:
        other = seat.make.project(service_line=ServiceLine.AFTERSALES_CHAT, concurrent_chats=2)
        seat.book(project=other)
        mover = seat.certified_agent()
        change(seat, mover)
        seat.make.certificate(mover, project=other)
        held = seat.put(mover, AssignmentStatus.OFFERED, project=other)
        seat.certified_agent(project=other)

        with pytest.raises(NoSubstituteError):
            seat.refill()
        assert session.get_one(Assignment, held).status is AssignmentStatus.OFFERED
