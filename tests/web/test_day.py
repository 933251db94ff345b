"""The day board: what it counts, whom it lists first, and the one key that finds somebody else."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.models import Agent, Assignment, AssignmentKind, AssignmentStatus, AuditEntry, Project, Role
from app.permissions import Actor
from app.queries.day_board import find_slot, get_day_board, list_empty_seats
from tests.conftest import CountQueries, RoleClient
from tests.make import NOON, Make, shanghai
from tests.small_season import SmallSeason

START = shanghai(11, 20)
MINUTE = dt.timedelta(minutes=1)
S = AssignmentStatus


class Board(SmallSeason):
    """Operations in front of one slot."""

    def __init__(self, session: Session, make: Make, client: RoleClient, patch: pytest.MonkeyPatch) -> None:
        super().__init__(session, make)
        self.client, self._patch = client, patch
        self.operator = make.user(role=Role.OPERATIONS)
        client.sign_in(self.operator, Actor(user_id=self.operator.id, role=Role.OPERATIONS))
        self.at(START + 20 * MINUTE)

    def at(self, now: dt.datetime) -> None:
        self._patch.setattr(clock, "utc_now", lambda: now)

    def put(
        self,
        status: AssignmentStatus,
        *,
        name: str = "林晓",
        kind: AssignmentKind = AssignmentKind.FORMAL,
        project: Project | None = None,
        replaces_id: uuid.UUID | None = None,
    ) -> Assignment:
        agent: Agent = self.make.agent(user=self.make.user(name=name))
        self.make.certificate(agent, project=project or self.project)
        row = self.make.assignment(
            agent=agent, project=project or self.project, slot=self.slot, status=status, kind=kind
        )
        if replaces_id is not None:
            self.session.get_one(Assignment, row.id).replaces_id = replaces_id
            self.session.commit()
            self.session.expunge_all()
        return row

    def page(self, **arguments: object) -> str:
        query = "&".join(f"{name}={value}" for name, value in arguments.items())
        response = self.client.get(f"/operations/day?{query}")
        assert response.status_code == 200
        return response.text

    def refill(self, seat: Assignment) -> str:
        response = self.client.post(f"/operations/day/seats/{seat.id}/refill", follow_redirects=True)
        assert response.status_code == 200
        return response.text


@pytest.fixture
def board(client: RoleClient, session: Session, make: Make, monkeypatch: pytest.MonkeyPatch) -> Board:
    return Board(session, make, client, monkeypatch)


class TestCounting:
    def test_each_state_counts_in_its_column(self, session: Session, board: Board) -> None:
        board.book(9)
        for status in (S.PRESENT, S.DONE, S.ACCEPTED, S.OFFERED, S.MISSING, S.DECLINED, S.LAPSED, S.RELEASED):
            board.put(status)
        board.put(S.ACCEPTED, kind=AssignmentKind.STANDBY)
        board.put(S.OFFERED, kind=AssignmentKind.STANDBY)
        board.put(S.DONE, kind=AssignmentKind.STANDBY)

        (line,) = get_day_board(session, slot_id=board.slot.id).lines

        assert (line.booked, line.present, line.expected, line.asked) == (9, 2, 1, 1)
        assert (line.missing, line.standbys, line.empty) == (1, 1, 5)

    def test_too_many_in_one_project_fill_no_seat_of_another(self, session: Session, board: Board) -> None:
        board.book(1)
        other = board.make.project(name="山野茶行·售前")
        board.put(S.PRESENT, project=other)
        board.put(S.PRESENT, project=other)

        found = get_day_board(session, slot_id=board.slot.id)

        assert found.empty == 1
        assert [line.empty for line in found.lines] == [1, 0]

    def test_seats_that_somebody_took_over_are_not_empty(self, session: Session, board: Board) -> None:
        first = board.put(S.MISSING)
        board.put(S.ACCEPTED, replaces_id=first.id)
        left = board.put(S.RELEASED)

        found = list_empty_seats(session, slot_id=board.slot.id, limit=10)

        assert [seat.id for seat in found] == [left.id]


class TestChoosingTheSlot:
    def test_is_the_running_one_then_the_next_then_the_last(self, session: Session, board: Board) -> None:
        later = board.make.slot(event=board.event, starts_at=shanghai(12, 8))

        def found(now: dt.datetime) -> uuid.UUID | None:
            slot = find_slot(session, slot_id=None, now=now)
            return slot.id if slot else None

        assert found(START - MINUTE) == board.slot.id
        assert found(shanghai(11, 24) - MINUTE) == board.slot.id
        assert found(shanghai(11, 24)) == later.id
        assert found(shanghai(12, 12)) == later.id
        assert found(shanghai(13, 12)) == later.id

    def test_by_link_to_the_same_hour_of_the_next_day(self, board: Board) -> None:
        board.make.slot(event=board.event, starts_at=shanghai(12, 8))
        same_hour = board.make.slot(event=board.event, starts_at=shanghai(12, 20))

        page = board.page()

        assert f"slot={same_hour.id}" in page
        assert "前一天" not in page  # no slots there
        assert "回到现在" not in page
        assert "回到现在" in board.page(slot=same_hour.id)

    @pytest.mark.parametrize("slot", [str(uuid.UUID(int=7)), "nonsense"])
    def test_an_unknown_slot(self, board: Board, slot: str) -> None:
        response = board.client.get(f"/operations/day?slot={slot}")

        assert response.status_code == (200 if slot == "nonsense" else 404)

    def test_without_any_slot_the_page_says_what_comes_first(self, as_operations: RoleClient) -> None:
        assert "还没有班次" in as_operations.get("/operations/day").text

    def test_an_empty_slot_names_the_next_with_bookings(self, board: Board) -> None:
        later = board.make.slot(event=board.event, starts_at=shanghai(12, 8))
        board.book(2, slot=later)

        page = board.page()

        assert "下一个有订座的班次：11 月 12 日 08:00–12:00" in page
        assert f"slot={later.id}" in page


class TestWhatIsSaid:
    def test_before_the_start_who_is_expected(self, board: Board) -> None:
        board.book(1)
        board.put(S.ACCEPTED)
        board.at(START - 60 * MINUTE)

        page = board.page()

        assert "坐席都有人，<wbr>等 1 人来" in page
        assert "<dt>要来</dt>" in page
        assert "补上了" not in page
        assert "还没报到" not in page.split('id="people"', 1)[0]

    def test_before_the_start_nobody_can_be_missing_from_empty_seats(self, board: Board) -> None:
        board.book(3)
        board.put(S.ACCEPTED)
        assert "缺 2 席，<wbr>没有人缺勤" in board.page()

        board.at(START - 60 * MINUTE)

        assert "缺 2 席，<wbr>等 1 人来" in board.page()

    def test_seats_were_filled_again_only_where_somebody_was_missing(self, board: Board) -> None:
        board.book(1)
        gone = board.put(S.PRESENT)
        assert "补上了" not in board.page()

        board.session.get_one(Assignment, gone.id).status = S.MISSING
        board.session.commit()
        board.put(S.PRESENT, replaces_id=gone.id)

        assert "坐席都补上了" in board.page()

    def test_what_is_short_comes_first_in_each_row(self, board: Board) -> None:
        board.book(3)
        board.put(S.PRESENT)

        figures = re.findall(r'data-unit="(\w+)">(?:<strong>)?(\d)', board.page())

        assert figures[:3] == [("还缺", "2"), ("已订", "3"), ("到了", "1")]


class TestTheOneKey:
    def test_stands_beside_missing_people_first(self, board: Board) -> None:
        board.book(2)
        board.put(S.RELEASED, name="先放出")
        board.put(S.MISSING, name="没来的")

        page = board.page()

        assert page.index("没来的") < page.index("先放出")
        assert "缺 2 席，" in page
        assert len(re.findall("叫人接上", page)) == 2

    def test_is_not_there_for_more_seats_than_are_empty(self, board: Board) -> None:
        board.book(1)
        board.put(S.DECLINED)
        board.put(S.LAPSED)

        assert len(re.findall("叫人接上", board.page())) == 1

    def test_is_gone_in_the_last_half_hour(self, board: Board) -> None:
        board.book(1)
        board.put(S.MISSING)
        board.at(shanghai(11, 24) - 29 * MINUTE)

        page = board.page()

        assert "叫人接上" not in page
        assert "快下班了，不再找人" in page

    def test_calls_a_standby(self, session: Session, board: Board) -> None:
        board.book(1)
        seat = board.put(S.MISSING)
        standby = board.put(S.ACCEPTED, kind=AssignmentKind.STANDBY, name="韦小芳")

        page = board.refill(seat)

        assert "叫了候补 韦小芳，已经通知到本人" in page
        assert "韦小芳 接" in page
        row = session.get_one(Assignment, standby.id)
        assert (row.kind, row.replaces_id) == (AssignmentKind.FORMAL, seat.id)
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "assignment.refilled")).one()
        assert entry.actor_user_id == board.operator.id

    def test_asks_the_best_substitute_when_there_is_time(self, board: Board) -> None:
        board.at(NOON)
        board.book(1)
        seat = board.put(S.DECLINED)
        board.certified_agent()

        assert "邀约发给了 林晓，等答复到 10 月 22 日 12:00" in board.refill(seat)

    def test_says_so_when_nobody_is_left(self, board: Board) -> None:
        board.book(1)
        seat = board.put(S.MISSING)

        assert "没有找到人" in board.refill(seat)

    def test_pressed_twice_finds_one(self, session: Session, board: Board) -> None:
        board.book(1)
        seat = board.put(S.MISSING)
        for _ in range(2):
            board.put(S.ACCEPTED, kind=AssignmentKind.STANDBY)
        board.refill(seat)

        assert "不用再找人" in board.refill(seat)
        called = session.scalars(select(Assignment).where(Assignment.called_at.is_not(None))).all()
        assert len(called) == 1


class TestPeople:
    def test_are_listed_with_state_and_check_in(self, session: Session, board: Board) -> None:
        row = board.put(S.PRESENT, name="王雪梅")
        session.get_one(Assignment, row.id).checked_in_at = START - 4 * MINUTE
        session.commit()
        session.expunge_all()

        page = board.page()

        assert "王雪梅" in page
        assert "19:56 报到" in page

    def test_can_be_narrowed_to_a_project(self, board: Board) -> None:
        other = board.make.project(name="山野茶行·售前")
        board.put(S.PRESENT, name="王雪梅")
        board.put(S.PRESENT, name="陈志远", project=other)

        page = board.page(project=other.id)

        assert "陈志远" in page
        assert "王雪梅" not in page

    def test_go_over_several_pages(self, board: Board) -> None:
        for number in range(61):
            board.put(S.PRESENT, name=f"人{number}")

        first, second = board.page(), board.page(page=2)

        assert first.count("zx-person__face") == 60
        assert second.count("zx-person__face") == 1
        assert "page=2" in first


def test_the_board_renews_itself_only_while_the_slot_is_not_over(board: Board) -> None:
    board.put(S.PRESENT)
    assert 'hx-trigger="every 15s"' in board.page()

    board.at(shanghai(11, 24))
    assert "hx-trigger" not in board.page(slot=board.slot.id)


def test_the_board_takes_as_many_queries_however_many_people_there_are(
    board: Board, count_queries: CountQueries
) -> None:
    counts = []
    for _ in range(2):
        project = board.make.project()
        for status in (S.PRESENT, S.MISSING, S.ACCEPTED, S.OFFERED, S.RELEASED):
            board.put(status, project=project)
            board.put(status, project=project)
        with count_queries() as statements:
            board.page()
        counts.append(len(statements))

    assert counts[0] == counts[1]
