"""Two workers fill fallen seats at once, on real connections. Each control lacks the guard and must fail."""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, Select, create_engine, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import NoSubstituteError, StaleStateError
from app.models import (
    Agent,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    Project,
    ServiceLine,
    ShiftSlot,
)
from app.services import assignments, exchanges, refills
from tests.conftest import fresh_database
from tests.make import NOON, PEAK, Make, shanghai
from tests.small_season import SmallSeason

# So long one worker waits for the other where both can get; behind a lock the other never comes.
PATIENCE_SECONDS = 1.0
# Without it both come, however busy the machine is.
UNLOCKED_PATIENCE_SECONDS = 60.0


@pytest.fixture
def engine() -> Iterator[Engine]:
    with fresh_database() as url:
        engine = create_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture
def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let workers wait for each other as long as it takes: nothing keeps the other away."""
    monkeypatch.setattr(sys.modules[__name__], "PATIENCE_SECONDS", UNLOCKED_PATIENCE_SECONDS)


class Scene:
    """Fallen seats of a slot in a database of its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.session = Session(engine, expire_on_commit=False)
        self.season = SmallSeason(self.session, Make(self.session))

    def fallen_seat(self, project: Project | None = None, *, slot: ShiftSlot | None = None) -> uuid.UUID:
        """Save a person of the project who said no."""
        project = project or self.season.project
        return self.season.make.assignment(
            agent=self.season.certified_agent(project=project),
            project=project,
            slot=slot or self.season.slot,
            status=AssignmentStatus.DECLINED,
        ).id

    def two_projects(self) -> list[Project]:
        """Return two projects with a booked seat each."""
        other = self.season.make.project()
        cell = self.season.make.seat_cell(slot=self.season.slot)
        for project in (self.season.project, other):
            self.season.make.booking(project=project, cells={cell.id: 1}, event_id=self.season.event.id)
        return [self.season.project, other]

    def person_for(self, projects: list[Project], *, standing: int = 60) -> Agent:
        agent = self.season.certified_agent(project=projects[0], standing=standing)
        self.season.make.certificate(agent, project=projects[1])
        return agent

    def refill_at_once(
        self, seats: list[uuid.UUID], *, now: Any = NOON, workers: int = 2
    ) -> list[uuid.UUID | str | None]:
        """Refill seats in threads; say for each who got it, None for nobody needed, or "nobody left"."""
        self.session.close()

        def refill(seat: uuid.UUID) -> uuid.UUID | str | None:
            with Session(self.engine, expire_on_commit=False) as session:
                try:
                    with transaction(session):
                        found = refills.refill_seat(session, seat, actor_user_id=None, now=now)
                except NoSubstituteError:
                    return "nobody left"
                return found.agent_id if found else None

        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(refill, seats))


def meet_after(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Make both workers wait for each other after this step of the refill, once."""
    barrier = threading.Barrier(2)
    step: Callable[..., Any] = getattr(refills, name)

    def step_and_wait(*args: Any, **kwargs: Any) -> Any:
        found = step(*args, **kwargs)
        try:
            barrier.wait(PATIENCE_SECONDS)
        except threading.BrokenBarrierError:
            pass
        return found

    monkeypatch.setattr(refills, name, step_and_wait)


class TestOnePersonForTwoSeats:
    """The exclusion constraint is the last guard, for whoever gives a shift without locking the person."""

    def offer_both(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> tuple[Scene, list[Any], Agent]:
        scene = Scene(engine)
        projects = scene.two_projects()
        seats = [scene.fallen_seat(project) for project in projects]
        wanted = scene.person_for(projects, standing=90)
        scene.person_for(projects, standing=50)
        monkeypatch.setattr(refills, "lock_people", lambda *_: None)
        meet_after(monkeypatch, "list_held_times")
        return scene, scene.refill_at_once(seats), wanted

    @pytest.mark.usefixtures("unlocked")
    def test_without_the_exclusion_they_are_booked_twice(
        self, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Shows that the set-up can catch the race; if this fails, the next test proves nothing."""
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE assignment DROP CONSTRAINT ex_assignment_agent_time"))

        _, found, wanted = self.offer_both(engine, monkeypatch)

        assert found == [wanted.id, wanted.id]

    def test_with_it_one_seat_falls_to_the_next_person(
        self, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scene, found, wanted = self.offer_both(engine, monkeypatch)

        assert len(set(found)) == 2
        assert wanted.id in found
        offered = scene.session.scalars(
            select(Assignment.agent_id).where(Assignment.status == AssignmentStatus.OFFERED)
        ).all()
        assert sorted(offered) == sorted(found)


class TestOnePersonForTwoSeatsWithNoRestBetween:
    def offer_both(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Any], Agent]:
        scene = Scene(engine)
        night = scene.season.make.slot(event=scene.season.event, starts_at=shanghai(12, 4))
        for slot in (scene.season.slot, night):
            scene.season.book(slot=slot)
        seats = [scene.fallen_seat(), scene.fallen_seat(slot=night)]
        wanted = scene.season.certified_agent(standing=90)
        scene.season.certified_agent(standing=80)
        meet_after(monkeypatch, "list_held_times")
        return scene.refill_at_once(seats), wanted

    @pytest.mark.usefixtures("unlocked")
    def test_without_the_lock_they_get_both(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        """Shows that the set-up can catch the race; if this fails, the next test proves nothing."""
        monkeypatch.setattr(refills, "lock_people", lambda *_: None)

        found, wanted = self.offer_both(engine, monkeypatch)

        assert found == [wanted.id, wanted.id]

    def test_with_it_one_seat_falls_to_the_next_person(
        self, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found, wanted = self.offer_both(engine, monkeypatch)

        assert len(set(found)) == 2
        assert wanted.id in found


class TestOneStandbyForTwoSeats:
    def call_both(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Any], Agent]:
        scene = Scene(engine)
        projects = scene.two_projects()
        seats = [scene.fallen_seat(project) for project in projects]
        standby = scene.person_for(projects)
        scene.season.make.assignment(
            agent=standby,
            project=projects[0],
            slot=scene.season.slot,
            kind=AssignmentKind.STANDBY,
            status=AssignmentStatus.ACCEPTED,
        )
        meet_after(monkeypatch, "take_standby")
        return scene.refill_at_once(seats, now=PEAK), standby

    @pytest.mark.usefixtures("unlocked")
    def test_without_the_lock_they_are_called_to_both(
        self, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Shows that the set-up can catch the race; if this fails, the next test proves nothing."""
        monkeypatch.setattr(Select, "with_for_update", lambda self, **_: self)

        found, standby = self.call_both(engine, monkeypatch)

        assert found == [standby.id, standby.id]

    def test_with_it_they_are_called_to_one(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        found, standby = self.call_both(engine, monkeypatch)

        assert sorted(map(str, found)) == sorted([str(standby.id), "nobody left"])


class TestTwoFallenAndOneBooked:
    def refill_both(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
        scene = Scene(engine)
        scene.season.book(1)
        seats = [scene.fallen_seat(), scene.fallen_seat()]
        scene.season.certified_agent()
        scene.season.certified_agent()
        meet_after(monkeypatch, "count_empty_seats")
        return scene.refill_at_once(seats)

    @pytest.mark.usefixtures("unlocked")
    def test_without_the_lock_the_one_seat_gets_two_people(
        self, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Shows that the set-up can catch the race; if this fails, the next test proves nothing."""
        monkeypatch.setattr(refills, "lock_seats", lambda *_, **__: None)

        assert None not in self.refill_both(engine, monkeypatch)

    def test_with_it_one_is_enough(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        found = self.refill_both(engine, monkeypatch)

        assert found.count(None) == 1


class TestTheMissingPersonComesAfterAll:
    """Their substitute said no: the seat is theirs again, unless the next one gets it in this moment."""

    def come_and_refill(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        scene = Scene(engine)
        scene.season.book(1)
        late = scene.season.certified_agent()
        first, second = scene.fallen_seat(), scene.fallen_seat()
        seat = scene.session.get_one(Assignment, first)
        seat.agent_id, seat.status = late.id, AssignmentStatus.MISSING
        scene.session.get_one(Assignment, second).replaces_id = first
        scene.session.commit()
        scene.season.certified_agent()
        meet_after(monkeypatch, "count_empty_seats")
        monkeypatch.setattr(assignments, "count_empty_seats", vars(refills)["count_empty_seats"])
        now = PEAK + dt.timedelta(minutes=10)
        scene.session.close()

        def come() -> str:
            with Session(engine) as session:
                try:
                    with transaction(session):
                        assignments.check_in(session, first, agent_id=late.id, now=now)
                except StaleStateError:
                    return "too late"
            return "came"

        with ThreadPoolExecutor(2) as pool:
            coming = pool.submit(come)
            found = pool.submit(scene.refill_at_once, [second], now=now)
            return [coming.result(), "asked" if found.result()[0] else "nobody asked"]

    @pytest.mark.usefixtures("unlocked")
    def test_without_the_lock_the_seat_has_two_people(
        self, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Shows that the set-up can catch the race; if this fails, the next test proves nothing."""
        for module in (refills, assignments):
            monkeypatch.setattr(module, "lock_seats", lambda *_, **__: None)

        assert self.come_and_refill(engine, monkeypatch) == ["came", "asked"]

    def test_with_it_one_of_them_has_it(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        found = self.come_and_refill(engine, monkeypatch)

        assert found in (["came", "nobody asked"], ["too late", "asked"])


class TestManySeatsOfOneSlot:
    SEATS_OF_A_PROJECT = 8

    def test_all_go_to_different_people(self, engine: Engine) -> None:
        """Everybody wants the same few best: eight workers meet at each of them, and none gives up a seat."""
        scene = Scene(engine)
        make, lines = scene.season.make, tuple(ServiceLine)
        projects = [make.project(service_line=line) for line in lines]
        for project in projects:
            scene.season.book(self.SEATS_OF_A_PROJECT, project=project)
        seats = [scene.fallen_seat(project) for project in projects * self.SEATS_OF_A_PROJECT]
        people = [scene.season.certified_agent(project=projects[0]) for _ in seats]
        for person in people:
            for project in projects[1:]:
                make.certificate(person, project=project)

        found = scene.refill_at_once(seats, workers=8)

        assert sorted(map(str, found)) == sorted(str(person.id) for person in people)


class TestTwoWhoWouldMoveEachOthersOffers:
    """Each holds its own seat and wants the other's: neither waits for ever."""

    def test_both_end(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        scene = Scene(engine)
        other = scene.season.make.project(service_line=ServiceLine.AFTERSALES_CHAT)
        projects = [scene.season.project, other]
        for project in projects:
            scene.season.book(2, project=project)
        seats = [scene.fallen_seat(project) for project in projects]
        movers = [scene.person_for(projects) for _ in projects]
        for mover, project in zip(movers, projects, strict=True):
            scene.season.make.assignment(agent=mover, project=project, slot=scene.season.slot)
        meet_after(monkeypatch, "count_empty_seats")

        assert scene.refill_at_once(seats) == ["nobody left", "nobody left"]


class TestTwoWhoGiveUpAnOfferAndTryTheNext:
    """Each finds the follower of its first offer changed, and goes on to the one whom the other just held."""

    def move_both(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Any], list[uuid.UUID]]:
        scene = Scene(engine)
        season, make = scene.season, scene.season.make
        cell = make.seat_cell(slot=season.slot)
        fallen, first, second = ([make.project() for _ in range(2)] for _ in range(3))
        for project in (*fallen, *first, *second):
            make.booking(project=project, cells={cell.id: 1}, event_id=season.event.id)
        seats = [scene.fallen_seat(project) for project in fallen]
        movers = []
        for projects, standing in ((first, 90), (second, 80)):
            for place, project in enumerate(projects):
                movers.append(scene.person_for([fallen[place], project], standing=standing))
                make.assignment(agent=movers[-1], project=project, slot=season.slot)
        # Who could follow on one worker's first offer could follow on the other's second.
        for place in range(2):
            scene.person_for([first[place], second[1 - place]])
        better = [season.certified_agent(project=season.project, standing=90) for _ in first]
        barrier, seen = threading.Barrier(2), threading.local()
        lock = vars(exchanges)["lock_people"]

        def lock_and_wait(session: Session, agent_ids: list[uuid.UUID]) -> None:
            lock(session, agent_ids)
            if hasattr(seen, "before"):
                return
            seen.before = True
            place = 0 if movers[0].id in agent_ids else 1
            with Session(engine) as meanwhile:
                Make(meanwhile).certificate(better[place], project=first[place])
                meanwhile.commit()
            barrier.wait(UNLOCKED_PATIENCE_SECONDS)

        monkeypatch.setattr(exchanges, "lock_people", lock_and_wait)
        return scene.refill_at_once(seats), [mover.id for mover in movers[2:]]

    def test_without_the_savepoint_they_wait_in_a_circle(
        self, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Shows that the set-up can catch the race; if this fails, the next test proves nothing."""
        monkeypatch.setattr(Session, "begin_nested", lambda _: contextlib.nullcontext())

        with pytest.raises(OperationalError, match="deadlock detected"):
            self.move_both(engine, monkeypatch)

    def test_with_it_both_move_the_next(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        found, movers = self.move_both(engine, monkeypatch)

        assert found == movers
