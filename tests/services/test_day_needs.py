"""Days in a row, days off in a row and weekends, wherever a shift is given or taken."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import NoSubstituteError, PinRefusedError
from app.models import (
    Agent,
    Assignment,
    AssignmentStatus,
    Consent,
    ConsentPurpose,
    MatchStatus,
    Notice,
    NoticeKind,
    PeakEvent,
    PlannedSeat,
    Project,
    SeatPin,
    ServiceLine,
    ShiftSlot,
)
from app.services import refills
from app.services.day_texts import remains_texts
from app.services.match_pins import Held
from app.services.match_problem import LoadedProblem, load_problem
from app.services.rota_checks import check_rota
from app.services.rota_withdrawals import withdraw_unbooked_offers
from app.services.seat_pins import pin_person, stands_alone
from app.services.standby_runs import keep_whole_runs
from app.services.time_rules import Remains, remains_of
from scheduling.matching.checker import check
from scheduling.matching.obstacles import Obstacle
from scheduling.matching.problem import NO_WEEKEND_LIMIT
from scheduling.matching.seasons import season_of
from scheduling.matching.solver import solve
from tests.make import NOON, Make, shanghai

FIRST, LAST = dt.date(2026, 11, 1), dt.date(2026, 11, 30)
ACCEPTED, DECLINED, OFFERED = AssignmentStatus.ACCEPTED, AssignmentStatus.DECLINED, AssignmentStatus.OFFERED
RUN, OFF, WEEKENDS = (
    "run_of_days_is_not_too_short",
    "agent_gets_enough_days_off_in_a_row",
    "agent_has_enough_weekends_off",
)


class November:
    """A season from Sunday 1 to Monday 30 November, with one shift a day, at noon. Day 0 is 31 October."""

    def __init__(self, session: Session, make: Make) -> None:
        self.session, self.make = session, make
        self.event: PeakEvent = make.event(starts_on=FIRST, ends_on=LAST)
        self.project: Project = make.project()
        self._slots: dict[int, ShiftSlot] = {}

    def slot(self, day: int) -> ShiftSlot:
        if day not in self._slots:
            starts_at = shanghai(1, 12) + dt.timedelta(days=day - 1)
            event = self.event if day > 0 else self.make.event(starts_on=FIRST - dt.timedelta(days=40))
            self._slots[day] = self.make.slot(event=event, starts_at=starts_at)
        return self._slots[day]

    def book(self, *days: int, project: Project | None = None) -> None:
        project = project or self.project
        for day in days:
            cell = self.make.seat_cell(slot=self.slot(day), service_line=project.service_line)
            self.make.booking(project=project, cells={cell.id: 1}, event_id=self.event.id)

    def agent(self, project: Project | None = None, **needs: Any) -> Agent:
        agent = self.make.agent()
        self.make.certificate(agent, project=project or self.project)
        self.make.availability(agent, starts_at=shanghai(1, 0), ends_at=shanghai(30, 24))
        if needs:
            self.make.needs(agent, **needs)
        return agent

    def hold(
        self,
        agent: Agent,
        *days: int,
        status: AssignmentStatus = ACCEPTED,
        project: Project | None = None,
    ) -> list[uuid.UUID]:
        project = project or self.project
        return [
            self.make.assignment(agent=agent, project=project, slot=self.slot(day), status=status).id
            for day in days
        ]

    def load(self, *, with_pins: bool = False, agent_ids: list[uuid.UUID] | None = None) -> LoadedProblem:
        return load_problem(self.session, self.event, now=NOON, with_pins=with_pins, agent_ids=agent_ids)

    def given(self, *, with_pins: bool = False) -> list[int]:
        """Solve, and return the days of November on which somebody new works."""
        loaded = self.load(with_pins=with_pins)
        solution = solve(loaded.problem, effort=4)
        assert check(season_of(loaded.problem), solution.pairs(loaded.problem)) == []
        starts = loaded.problem.demand_start[solution.demand[solution.demand < loaded.rows]]
        return sorted(loaded.problem.local_time(minute).day for minute in starts.tolist())

    def refill(self, day: int, project: Project | None = None) -> uuid.UUID | None:
        """Let somebody say no to a booked seat of this day, and return who is asked instead."""
        project = project or self.project
        self.book(day, project=project)
        (fallen,) = self.hold(self.make.agent(), day, status=DECLINED, project=project)
        try:
            with transaction(self.session):
                found = refills.refill_seat(self.session, fallen, actor_user_id=None, now=NOON)
        except NoSubstituteError:
            return None
        assert found is not None
        return found.agent_id

    def pin(self, agent: Agent, day: int) -> SeatPin:
        pin = pin_person(
            self.session,
            agent_id=agent.id,
            project_id=self.project.id,
            slot_id=self.slot(day).id,
            actor_user_id=self.make.user().id,
            now=NOON,
        )
        self.session.flush()
        return pin


@pytest.fixture
def november(session: Session, make: Make) -> November:
    return November(session, make)


# Needs, days held, days booked, days given. 7 and 8, 14 and 15, 21 and 22, 28 and 29 are weekends.
RUNS = [
    ({"min_consecutive_days": 2}, (), (11,), []),
    ({"min_consecutive_days": 2}, (), (11, 12), [11, 12]),
    ({"min_consecutive_days": 3}, (), (11, 12), []),
    ({"min_consecutive_days": 3}, (10,), (11, 17), [11]),
    ({"min_consecutive_days": 3}, (), (1, 17), [1]),
    ({"min_consecutive_days": 3}, (), (2, 29), []),
    ({"min_consecutive_days": 3}, (), (30,), [30]),
    ({"min_days_off": 2}, (), (10, 12), [0]),
    ({"min_days_off": 2}, (), (10, 13), [10, 13]),
    ({"min_days_off": 2}, (10,), (12, 13), [13]),
    ({"min_days_off": 2}, (10, 12), (11,), [11]),
    ({"max_weekends": 1}, (), (7, 8, 14), [7, 8]),
    ({"max_weekends": 0}, (), (7, 9), [9]),
    ({"max_weekends": 1}, (7,), (8, 14), [8]),
    # 24 and 25 October are before the season, 31 October is half of its first weekend.
    ({"max_weekends": 1}, (-6,), (7,), [7]),
    ({"max_weekends": 0}, (-6,), (7, 9), [9]),
    ({"max_weekends": 1}, (0,), (1, 7), [1]),
    # More are held than wanted since: no further one, but days of the week.
    ({"max_weekends": 1}, (7, 14), (15, 18, 21), [15, 18]),
]


class TestARun:
    @pytest.mark.parametrize(("needs", "held", "booked", "given"), RUNS)
    def test_keeps_what_somebody_wants(
        self,
        november: November,
        needs: dict[str, Any],
        held: tuple[int, ...],
        booked: tuple[int, ...],
        given: list[int],
    ) -> None:
        november.hold(november.agent(**needs), *held)
        november.book(*booked)

        found = november.given()

        assert found == given if given != [0] else len(found) == 1
        assert november.load().frozen == 0

    def test_knows_nothing_of_needs_whose_use_was_taken_back(self, november: November) -> None:
        agent = november.agent(min_consecutive_days=3, min_days_off=3, max_weekends=0)
        november.make.save(
            Consent(
                id=uuid.uuid4(),
                agent_id=agent.id,
                purpose=ConsentPurpose.NEEDS_IN_MATCHING,
                given_at=NOON,
                withdrawn_at=NOON,
            )
        )
        november.book(7, 9)

        assert november.given() == [7, 9]

    def test_goes_from_the_seasons_first_day_to_its_last_whatever_others_work(
        self, november: November
    ) -> None:
        agent = november.agent(min_consecutive_days=3)
        november.hold(november.make.agent(), -3, 20)
        november.book(1, 15)

        assert november.given() == [1]
        everybody, alone = november.load().problem, november.load(agent_ids=[agent.id]).problem
        assert (everybody.first_day, everybody.last_day) == (alone.first_day, alone.last_day)
        assert alone.local_time(alone.first_day * 1440).date() == FIRST
        assert alone.local_time(alone.last_day * 1440).date() == LAST

    def test_reads_no_limit_where_nothing_was_asked_for(self, november: November) -> None:
        november.agent()

        problem = november.load().problem

        assert problem.min_consecutive_days.tolist() == problem.min_days_off.tolist() == [1]
        assert problem.max_weekends.tolist() == [NO_WEEKEND_LIMIT]


# Needs, days held, the day that falls, whether it is offered.
OFFERS = [
    ({"min_consecutive_days": 2}, (), 11, False),
    ({"min_consecutive_days": 2}, (10,), 11, True),
    ({"min_consecutive_days": 2}, (13,), 11, False),
    ({"min_consecutive_days": 3}, (10,), 11, True),
    ({"min_consecutive_days": 3}, (10, 12), 11, True),
    ({"min_consecutive_days": 3}, (), 1, True),
    ({"min_consecutive_days": 3}, (), 2, False),
    ({"min_consecutive_days": 3}, (), 30, True),
    ({"min_consecutive_days": 3}, (), 29, False),
    ({"min_days_off": 2}, (9,), 11, False),
    ({"min_days_off": 2}, (13,), 11, False),
    ({"min_days_off": 2}, (8,), 11, True),
    ({"min_days_off": 2}, (10, 12), 11, True),
    ({"max_weekends": 1}, (8,), 14, False),
    ({"max_weekends": 1}, (8,), 7, True),
    ({"max_weekends": 0}, (), 7, False),
    ({"max_weekends": 0}, (), 9, True),
    ({"max_weekends": 1}, (-6,), 7, True),
    ({"max_weekends": 1}, (0,), 7, False),
    # Two weeks and more away, but of the same season.
    ({"max_weekends": 1}, (7,), 29, False),
    ({"max_weekends": 1}, (28,), 8, False),
    ({"max_weekends": 1}, (7, 14), 15, True),
    ({"max_weekends": 1}, (7, 14), 21, False),
    ({"max_weekends": 1}, (7, 14), 18, True),
]


class TestARefill:
    @pytest.mark.parametrize(("needs", "held", "day", "is_asked"), OFFERS)
    def test_asks_only_whom_the_day_suits(
        self, november: November, needs: dict[str, Any], held: tuple[int, ...], day: int, is_asked: bool
    ) -> None:
        agent = november.agent(**needs)
        november.hold(agent, *held)

        assert november.refill(day) == (agent.id if is_asked else None)

    @pytest.mark.parametrize("beside", [(), (12,)])
    def test_moves_an_open_offer_only_where_the_follower_wants_the_day(
        self, november: November, beside: tuple[int, ...]
    ) -> None:
        """Nobody is free for the seat; who follows to the mover's seat keeps their own rules too."""
        other = november.make.project(service_line=ServiceLine.AFTERSALES_CHAT)
        mover = november.agent()
        november.make.certificate(mover, project=other)
        november.book(11, project=other)
        (held,) = november.hold(mover, 11, status=OFFERED, project=other)
        follower = november.agent(project=other, min_consecutive_days=2)
        november.hold(follower, *beside, project=other)

        assert november.refill(11) == (mover.id if beside else None)

        followers = select(Assignment.agent_id).where(Assignment.replaces_id == held)
        assert november.session.scalars(followers).all() == ([follower.id] if beside else [])


class TestPublishing:
    def broken(self, november: November, agent: Agent, *days: int) -> tuple[set[str], int]:
        """Plan these days, and return the rules that the check finds broken and how many it leaves out."""
        run = november.make.match_run(status=MatchStatus.DONE, event_id=november.event.id)
        for day in days:
            november.make.save(
                PlannedSeat(
                    id=uuid.uuid4(),
                    run_id=run.id,
                    agent_id=agent.id,
                    project_id=november.project.id,
                    slot_id=november.slot(day).id,
                    is_standby=False,
                )
            )
        checked = check_rota(november.session, run)
        assert checked.broken == []
        return {violation.rule for violation in checked.found}, len(checked.left_out)

    @pytest.mark.parametrize(
        ("needs", "held", "planned", "rules", "left_out"),
        [
            ({"min_consecutive_days": 2}, (), (11,), {RUN}, 1),
            ({"min_consecutive_days": 2}, (), (11, 12), set(), 0),
            ({"min_consecutive_days": 3}, (10,), (11,), set(), 0),
            ({"min_consecutive_days": 3}, (), (1, 30), set(), 0),
            ({"min_days_off": 2}, (9,), (11,), {OFF}, 1),
            ({"min_days_off": 2}, (10, 12), (11,), set(), 0),
            ({"max_weekends": 1}, (7,), (14,), {WEEKENDS}, 1),
            ({"max_weekends": 1}, (-6,), (14,), set(), 0),
            ({"max_weekends": 1}, (7, 14), (15, 18), set(), 0),
            ({"max_weekends": 1}, (7, 14), (18, 21), {WEEKENDS}, 1),
        ],
    )
    def test_leaves_out_what_somebody_does_not_want_any_more(
        self,
        november: November,
        needs: dict[str, Any],
        held: tuple[int, ...],
        planned: tuple[int, ...],
        rules: set[str],
        left_out: int,
    ) -> None:
        agent = november.agent(**needs)
        november.hold(agent, *held)
        november.book(*planned)

        assert self.broken(november, agent, *planned) == (rules, left_out)

    def test_is_not_led_by_what_others_work_before_the_season(self, november: November) -> None:
        november.hold(november.agent(), -3)
        agent = november.agent(min_consecutive_days=3)
        november.book(1)

        assert self.broken(november, agent, 1) == (set(), 0)


class TestAPin:
    def test_alone_is_kept_and_counts_once_its_neighbour_is_pinned(self, november: November) -> None:
        agent = november.agent(min_consecutive_days=2)
        november.book(11, 12)
        first = november.pin(agent, 11)
        assert stands_alone(november.session, first)
        alone = november.load(with_pins=True)
        assert (len(alone.pins.agent), alone.pins_dropped, alone.frozen) == (0, 1, 0)

        second = november.pin(agent, 12)

        assert not stands_alone(november.session, first)
        assert not stands_alone(november.session, second)
        assert len(november.load(with_pins=True).pins.agent) == 2
        assert november.given(with_pins=True) == [11, 12]

    @pytest.mark.parametrize(("held", "day"), [((10,), 11), ((), 1), ((), 30)])
    def test_counts_alone_beside_a_shift_and_at_the_seasons_ends(
        self, november: November, held: tuple[int, ...], day: int
    ) -> None:
        agent = november.agent(min_consecutive_days=3)
        november.hold(agent, *held)
        november.book(*held, day)

        assert not stands_alone(november.session, november.pin(agent, day))
        assert len(november.load(with_pins=True).pins.agent) == 1

    @pytest.mark.parametrize(
        ("needs", "held", "day", "rule"),
        [
            ({"min_days_off": 2}, 9, 11, OFF),
            ({"max_weekends": 1}, 7, 14, WEEKENDS),
        ],
    )
    def test_against_days_off_or_weekends_is_refused(
        self, november: November, needs: dict[str, Any], held: int, day: int, rule: str
    ) -> None:
        agent = november.agent(**needs)
        november.hold(agent, held)
        november.book(held, day)

        with pytest.raises(PinRefusedError) as refused:
            november.pin(agent, day)

        assert refused.value.rules == (rule,)


@pytest.mark.parametrize(
    ("needs", "held", "found", "taken", "kept"),
    [
        ({"min_consecutive_days": 3}, (), (11, 12, 13), (11, 12, 13), (11, 12, 13)),
        ({"min_consecutive_days": 3}, (), (11, 12, 13), (11, 12), ()),
        ({"min_consecutive_days": 3}, (10,), (11, 12, 13), (11, 12), (11, 12)),
        ({"min_consecutive_days": 3}, (), (1, 2, 3), (1,), (1,)),
        ({"min_days_off": 2}, (), (11, 12, 13), (11, 13), ()),
        ({"min_days_off": 2}, (), (11, 12, 13, 14), (11, 14), (11, 14)),
        ({"min_days_off": 2}, (10, 14), (11, 12, 13), (11, 12, 13), (11, 12, 13)),
        ({}, (), (11, 12, 13), (11, 13), (11, 13)),
    ],
)
def test_standbys_let_go_leave_nobody_with_days_they_do_not_want(
    november: November,
    needs: dict[str, Any],
    held: tuple[int, ...],
    found: tuple[int, ...],
    taken: tuple[int, ...],
    kept: tuple[int, ...],
) -> None:
    november.hold(november.agent(**needs), *held)
    november.book(*found)
    loaded = november.load()
    row = np.argsort(loaded.problem.demand_start[: loaded.rows])
    nobody = np.zeros(0, dtype=np.int64)
    before: Held = loaded.held if held else Held(agent=nobody, start=nobody, end=nobody)

    mask = keep_whole_runs(
        loaded.problem, before, np.zeros(len(found), dtype=np.int64), row, np.isin(found, taken)
    )

    assert tuple(np.array(found)[mask].tolist()) == kept


@dataclasses.dataclass(frozen=True, kw_only=True)
class Wanted:
    """The needs of a person of whom only the days matter."""

    max_day_minutes: int = 480
    max_stretch_minutes: int = 480
    min_rest_minutes: int = 660
    max_week_minutes: int = 2400
    max_consecutive_days: int = 6
    min_consecutive_days: int = 1
    min_days_off: int = 1
    max_weekends: int = NO_WEEKEND_LIMIT


def short(least: int, *days: int) -> Remains:
    dates = tuple(dt.date(2026, 11, day) for day in days)
    return Remains(obstacle=Obstacle.SHORT_RUN, days=dates, least=least)


def off(least: int, day: int) -> Remains:
    return Remains(obstacle=Obstacle.DAYS_OFF, days=(dt.date(2026, 11, day),), least=least)


class TestWhatIsLeft:
    @pytest.mark.parametrize(
        ("wanted", "held", "given_up", "left"),
        [
            (Wanted(min_consecutive_days=3), (10, 11), 12, [short(3, 10, 11)]),
            (Wanted(min_consecutive_days=3), (10, 11, 12), 13, []),
            (Wanted(min_consecutive_days=3), (9, 10, 12), 11, [short(3, 9, 10), short(3, 12)]),
            (Wanted(min_consecutive_days=3), (), 12, []),
            (Wanted(min_consecutive_days=3), (9,), 12, []),
            (Wanted(min_consecutive_days=3), (10, 11, 12), 12, []),
            # The season's ends excuse, and what is over cannot be given up any more.
            (Wanted(min_consecutive_days=3), (1,), 2, []),
            (Wanted(min_consecutive_days=3), (30,), 29, []),
            (Wanted(min_consecutive_days=3), (4,), 5, []),
            (Wanted(min_consecutive_days=3), (4, 6), 5, [short(3, 6)]),
            (Wanted(min_days_off=2), (10, 12), 11, [off(2, 11)]),
            (Wanted(min_days_off=2), (10, 13), 11, []),
            (Wanted(min_days_off=1), (10, 12), 11, []),
            (Wanted(max_weekends=0), (7,), 14, []),
        ],
    )
    def test_is_told(
        self, november: November, wanted: Wanted, held: tuple[int, ...], given_up: int, left: list[Remains]
    ) -> None:
        times = [(shanghai(day, 12), shanghai(day, 16)) for day in held]

        found = remains_of(wanted, times, shanghai(given_up, 12), event=november.event, now=shanghai(4, 18))

        assert found == left

    def test_in_words(self) -> None:
        left = [short(3, 10, 11), short(3, 13), off(2, 12)]

        assert remains_texts(left, "zh") == [
            "11 月 10 日到 11 月 11 日就只连着上 2 天了；你要的是至少 3 天。不合适的话，也可以放出去。",
            "11 月 13 日就只连着上 1 天了；你要的是至少 3 天。不合适的话，也可以放出去。",
            "11 月 12 日前后都有班，只歇这一天；你要的是至少连着歇 2 天。",
        ]
        assert remains_texts(left, "en") == [
            "On 10 November to 11 November you then work only 2 days in a row; you want at least 3. "
            "If that does not suit you, you may give that up too.",
            "On 13 November you then work only 1 day in a row; you want at least 3. "
            "If that does not suit you, you may give that up too.",
            "12 November is then a single day off between shifts; you want at least 2 in a row.",
        ]

    @pytest.mark.parametrize(("least", "is_told"), [(2, True), (1, False)])
    def test_of_offers_taken_back_together_is_in_the_notice(
        self, session: Session, november: November, least: int, is_told: bool
    ) -> None:
        agent = november.agent(min_consecutive_days=least)
        november.hold(agent, 10)
        november.book(10)
        november.hold(agent, 11, 12, status=OFFERED)

        assert withdraw_unbooked_offers(session, november.event.id, now=NOON) == 2

        session.flush()
        notices = session.scalars(select(Notice).where(Notice.kind == NoticeKind.SHIFT_CHANGED))
        said = [("只连着上 1 天" in notice.params["change"]) for notice in notices]
        # Once, by the shift that lay beside what is left.
        assert sorted(said) == [False, is_told]


@pytest.mark.parametrize(
    "needs",
    [
        {"min_consecutive_days": 0},
        {"min_consecutive_days": 4, "max_consecutive_days": 3},
        {"min_days_off": 0},
        {"min_days_off": 8},
        {"max_weekends": -1},
        {"max_weekends": 11},
    ],
)
def test_the_database_refuses_what_nobody_may_ask_for(make: Make, needs: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        make.needs(make.agent(), **needs)
