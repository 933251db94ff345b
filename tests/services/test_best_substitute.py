"""The person who gets a fallen seat is the best of all who may have it, by a search that shares no code.

Random seasons full of edges: certificates that begin or end with the shift, windows that just hold it, shifts
that touch, weeks that are full. Whether somebody may have the seat is said by the matcher's checker, which
knows only rules; what they are worth is reckoned here from the rows.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import random
import secrets
import uuid
from collections.abc import Sequence
from typing import Any, TypeVar

import pytest
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import NoSubstituteError
from app.models import (
    Agent,
    AgentBlock,
    AgentNeeds,
    AgentStatus,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    Availability,
    Base,
    Certificate,
    CertificateKind,
    Consent,
    ConsentPurpose,
    Project,
    Role,
    ServiceLine,
    ShiftSlot,
    User,
)
from app.services import refills
from scheduling.matching.checker import Person, Season, Shift, Window, check
from scheduling.workforce.attendance import learn_prior
from tests.make import NOON, SEASON_ENDS, SEASON_STARTS, SHANGHAI, Make, shanghai

PEOPLE = 36
FELLED = 24
DAYS = range(7, 12)
HOURS = (0, 4, 8, 12, 16, 20)
HOUSE_RULES = {
    "max_day_minutes": 480,
    "max_stretch_minutes": 480,
    "min_rest_minutes": 660,
    "max_week_minutes": 2400,
    "max_consecutive_days": 6,
    "min_consecutive_days": 1,
    "min_days_off": 1,
    "max_weekends": None,
    "max_concurrent": 4,
    "text_only": False,
}
Row = TypeVar("Row", bound=Base)
LIVE = {"offered", "accepted", "present", "done", "missing"}
MICROSECOND = dt.timedelta(microseconds=1)


@dataclasses.dataclass(kw_only=True)
class Somebody:
    """One agent as the test knows them."""

    agent: Agent
    certificates: list[Certificate]
    windows: list[Availability]
    rules: dict[str, Any]
    blocked: set[uuid.UUID]
    shifts: list[Assignment]
    works_here: bool = True


class RandomSeason:
    """Rows in the database, and the same rows in memory for the search."""

    def __init__(self, session: Session, make: Make, rng: random.Random) -> None:
        self.session, self.make, self.rng = session, make, rng
        self.event = make.event()
        merchants = [make.merchant(), make.merchant()]
        self.projects = [
            make.project(merchant=merchants[0], concurrent_chats=3),
            make.project(merchant=merchants[0], service_line=ServiceLine.HOTLINE, concurrent_chats=1),
            make.project(merchant=merchants[1], concurrent_chats=4),
        ]
        self.slots = [
            make.slot(event=self.event, starts_at=shanghai(day, hour)) for day in DAYS for hour in HOURS
        ]
        self.past = [make.slot(event=self.event, starts_at=shanghai(day, 8)) for day in (1, 3)]
        for slot in self.slots:
            cell = make.seat_cell(slot=slot)
            for project in self.projects:
                make.booking(project=project, cells={cell.id: 60}, event_id=self.event.id)
        self.people = [self._somebody() for _ in range(PEOPLE)]
        session.commit()
        session.expunge_all()

    def _somebody(self) -> Somebody:
        rng = self.rng
        user = User(
            id=uuid.uuid4(),
            role=Role.AGENT,
            name="林晓",
            mobile=f"139{secrets.randbelow(10**8):08d}",
            password_hash="no password",
            created_at=NOON,
            is_active=rng.random() < 0.95,
        )
        agent = Agent(
            id=uuid.uuid4(),
            user_id=user.id,
            region="寻乌县",
            status=AgentStatus.LEFT if rng.random() < 0.05 else AgentStatus.CERTIFIED,
            # Few different values, so that equals meet.
            standing=rng.choice((50, 60, 60, 70, 80)),
            shifts_worked=rng.choice((0, 0, 4, 9)),
            shifts_missed=rng.choice((0, 0, 0, 1, 3)),
            calendar_token=secrets.token_urlsafe(16),
            joined_at=NOON,
            identity_confirmed_at=NOON if rng.random() < 0.95 else None,
        )
        self._save(user)
        self._save(agent)
        one = Somebody(
            agent=agent,
            certificates=[cert for project in self.projects if (cert := self._certificate(agent, project))],
            windows=self._windows(agent),
            rules=self._rules(agent),
            blocked=set(),
            shifts=[],
            works_here=user.is_active
            and agent.status is not AgentStatus.LEFT
            and agent.identity_confirmed_at is not None,
        )
        if rng.random() < 0.1:
            merchant_id = rng.choice(self.projects).merchant_id
            one.blocked.add(merchant_id)
            self._save(
                AgentBlock(
                    id=uuid.uuid4(),
                    agent_id=agent.id,
                    merchant_id=merchant_id,
                    asked_by="agent",
                    created_at=NOON,
                )
            )
        for slot in rng.sample(self.past, rng.randrange(3)):
            kind = rng.choice((AssignmentKind.FORMAL, AssignmentKind.FORMAL, AssignmentKind.STANDBY))
            one.shifts.append(self._shift(agent, slot, AssignmentStatus.DONE, kind=kind))
        for slot in sorted(rng.sample(self.slots, rng.randrange(9)), key=lambda slot: slot.starts_at):
            status = rng.choice([status for status in AssignmentStatus if status != "done"])
            if status not in LIVE or self._keeps_rules(one, slot):
                one.shifts.append(self._shift(agent, slot, status))
        return one

    def _certificate(self, agent: Agent, project: Project) -> Certificate | None:
        if self.rng.random() < 0.25:
            return None
        edge = self.rng.choice(self.slots)
        issued_at, expires_at, revoked_at = NOON, NOON + dt.timedelta(days=365), None
        fate = self.rng.random()
        if fate < 0.1:
            issued_at = edge.starts_at + self.rng.choice((dt.timedelta(0), MICROSECOND))
        elif fate < 0.2:
            expires_at = edge.ends_at - self.rng.choice((dt.timedelta(0), MICROSECOND))
        elif fate < 0.25:
            revoked_at = NOON
        return self._save(
            Certificate(
                id=uuid.uuid4(),
                number=f"TEST-{secrets.token_hex(6)}",
                kind=CertificateKind.PROJECT,
                agent_id=agent.id,
                project_id=project.id,
                percent=85,
                issued_at=issued_at,
                expires_at=expires_at,
                revoked_at=revoked_at,
                digest="0" * 64,
            )
        )

    def _windows(self, agent: Agent) -> list[Availability]:
        """Give most people one long window, others a few that touch or stop short of a shift's end."""
        if self.rng.random() < 0.5:
            bounds = [(shanghai(DAYS[0], 0), shanghai(DAYS[-1], 24))]
        else:
            bounds = []
            for day in DAYS:
                first, last = sorted(self.rng.sample((0, 4, 8, 12, 16, 20, 24), 2))
                middle = (first + last) // 2
                bounds += [
                    (shanghai(day, first), shanghai(day, middle)),
                    (shanghai(day, middle), shanghai(day, last)),
                ]
        return [
            self._save(
                Availability(
                    id=uuid.uuid4(),
                    agent_id=agent.id,
                    starts_at=start,
                    ends_at=end - self.rng.choice((dt.timedelta(0),) * 5 + (MICROSECOND,)),
                    preference=self.rng.choice((0, 0, 5, 10)),
                )
            )
            for start, end in bounds
        ]

    def _rules(self, agent: Agent) -> dict[str, Any]:
        if self.rng.random() < 0.5:
            return HOUSE_RULES
        own: dict[str, Any] = {
            "max_day_minutes": self.rng.choice((240, 480)),
            "max_stretch_minutes": self.rng.choice((240, 480)),
            "min_rest_minutes": self.rng.choice((0, 240, 720)),
            "max_week_minutes": self.rng.choice((480, 960)),
            "max_consecutive_days": self.rng.choice((1, 2, 4)),
            "min_consecutive_days": 1,
            "min_days_off": self.rng.choice((1, 1, 2, 3)),
            "max_weekends": self.rng.choice((None, None, 0, 1)),
            "max_concurrent": self.rng.choice((2, 3, 4)),
            "text_only": self.rng.random() < 0.3,
        }
        own["min_consecutive_days"] = self.rng.randint(1, own["max_consecutive_days"])
        self._save(AgentNeeds(id=uuid.uuid4(), agent_id=agent.id, updated_at=NOON, **own))
        if self.rng.random() < 0.8:
            return own
        self._save(
            Consent(
                id=uuid.uuid4(),
                agent_id=agent.id,
                purpose=ConsentPurpose.NEEDS_IN_MATCHING,
                given_at=NOON,
                withdrawn_at=NOON,
            )
        )
        return HOUSE_RULES

    def _shift(
        self,
        agent: Agent,
        slot: ShiftSlot,
        status: AssignmentStatus,
        *,
        kind: AssignmentKind = AssignmentKind.FORMAL,
    ) -> Assignment:
        return self._save(
            Assignment(
                id=uuid.uuid4(),
                event_id=self.event.id,
                agent_id=agent.id,
                project_id=self.rng.choice(self.projects).id,
                slot_id=slot.id,
                kind=kind,
                status=status,
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                offered_at=NOON,
                respond_by=NOON + dt.timedelta(days=2),
            )
        )

    def _save(self, row: Row) -> Row:
        self.session.add(row)
        self.session.flush()
        return row

    def _keeps_rules(self, one: Somebody, slot: ShiftSlot) -> bool:
        """Say whether live shifts and this one keep the rules of time, whatever project they are in."""
        times = [(shift.starts_at, shift.ends_at) for shift in one.shifts if shift.status in LIVE]
        return not broken_rules(one.rules, [*times, (slot.starts_at, slot.ends_at)])

    def fell(self) -> uuid.UUID:
        """Let somebody of no interest say no to a seat of a random project and slot."""
        slot, project = self.rng.choice(self.slots), self.rng.choice(self.projects)
        return self.make.assignment(
            agent=self.make.agent(), project=project, slot=slot, status=AssignmentStatus.DECLINED
        ).id


def broken_rules(
    rules: dict[str, Any],
    shifts: Sequence[tuple[dt.datetime, dt.datetime]],
    windows: Sequence[Availability] | None = None,
) -> set[str]:
    """Return what the checker says of one person with these shifts; the last must lie in a window."""
    always = [Window(start=local(NOON) - dt.timedelta(days=99), end=local(NOON) + dt.timedelta(days=99))]
    season = Season(
        people={
            "she": Person(
                id="she",
                **{
                    name: rules[name]
                    for name in (
                        "max_week_minutes",
                        "max_stretch_minutes",
                        "min_rest_minutes",
                        "max_consecutive_days",
                        "max_day_minutes",
                        "min_consecutive_days",
                        "min_days_off",
                        "max_weekends",
                    )
                },
            )
        },
        scores={("she", "p"): 0},
        windows={"she": always},
        shifts={
            str(number): Shift(
                id=str(number), project_id="p", start=local(start), end=local(end), seats=1, value=0
            )
            for number, (start, end) in enumerate(shifts)
        },
        # What somebody holds stays, and the season's ends are those of the event.
        pinned=tuple(("she", str(number)) for number in range(len(shifts) - 1)),
        horizon=(SEASON_STARTS, SEASON_ENDS),
    )
    found = {violation.rule for violation in check(season, [("she", name) for name in season.shifts])}
    start, end = shifts[-1]
    found.discard("agent_has_enough_weekends_off")
    if has_too_many_weekends(rules["max_weekends"], [begin for begin, _ in shifts[:-1]], start):
        found.add("weekends")
    if windows is not None and not any(w.starts_at <= start and end <= w.ends_at for w in windows):
        found.add("not available")
    return found


def has_too_many_weekends(most: int | None, held: Sequence[dt.datetime], start: dt.datetime) -> bool:
    """Say whether a shift is on one weekend of the season more than somebody wants. Whoever works too many by
    now goes on with weekdays, and with the other day of those weekends.
    """

    def weekend(moment: dt.datetime) -> dt.date | None:
        day = local(moment).date()
        saturday = day - dt.timedelta(days=day.weekday() - 5)
        touches = saturday + dt.timedelta(days=1) >= SEASON_STARTS and saturday <= SEASON_ENDS
        return saturday if day.weekday() >= 5 and touches else None

    worked = {weekend(moment) for moment in held} - {None}
    return most is not None and weekend(start) not in {None, *worked} and len(worked) >= most


def local(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(SHANGHAI).replace(tzinfo=None)


def may_have(one: Somebody, seat: Assignment, project: Project) -> bool:
    certified = any(
        certificate.project_id == project.id
        and certificate.revoked_at is None
        and certificate.issued_at <= seat.starts_at
        and seat.ends_at <= certificate.expires_at
        for certificate in one.certificates
    )
    voice = project.service_line is ServiceLine.HOTLINE
    suits = not one.rules["text_only"] if voice else one.rules["max_concurrent"] >= project.concurrent_chats
    asked = any(shift.slot_id == seat.slot_id for shift in one.shifts)
    live = [(shift.starts_at, shift.ends_at) for shift in one.shifts if shift.status in LIVE]
    return (
        one.works_here
        and certified
        and suits
        and not asked
        and project.merchant_id not in one.blocked
        and not broken_rules(one.rules, [*live, (seat.starts_at, seat.ends_at)], one.windows)
    )


def worth(one: Somebody, seat: Assignment, season: RandomSeason, project: Project) -> float:
    """Reckon value, standing, continuity and preference, times the chance to come."""
    theirs = {other.id for other in season.projects if other.merchant_id == project.merchant_id}
    worked = sum(
        shift.status == "done" and shift.kind == "formal" and shift.project_id in theirs
        for shift in one.shifts
    )
    wish = next(
        w.preference for w in one.windows if w.starts_at <= seat.starts_at and seat.ends_at <= w.ends_at
    )
    points = 1000 + 156 + one.agent.standing + min(60, 6 * worked) + 3 * wish
    prior = learn_prior(
        [person.agent.shifts_worked for person in season.people],
        [person.agent.shifts_missed for person in season.people],
    )
    came, missed = one.agent.shifts_worked, one.agent.shifts_missed
    return points * (prior.alpha + came) / (prior.weight + came + missed)


def search(season: RandomSeason, seat: Assignment) -> uuid.UUID | None:
    """Go over everybody."""
    project = next(project for project in season.projects if project.id == seat.project_id)
    able = [one for one in season.people if may_have(one, seat, project)]
    able.sort(key=lambda one: (-worth(one, seat, season, project), one.agent.id))
    return able[0].agent.id if able else None


@pytest.mark.parametrize("first_look", [30, 2])
def test_the_best_of_all_who_may_gets_the_seat(
    session: Session, make: Make, monkeypatch: pytest.MonkeyPatch, first_look: int
) -> None:
    """With a first look at two people only, the best is often further down: none may be lost there."""
    # The same in every run of `make test`: somebody over their weekends is asked for a weekday.
    seed = secrets.randbelow(10**6) if os.environ.get("ZUOXI_NEW_EXAMPLES") else 874_008
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails
    monkeypatch.setattr(refills, "FIRST_LOOK", first_look)
    # Open offers that move are another matter: here it is about people who are free.
    monkeypatch.setattr(refills, "exchange_offers", lambda *_, **__: None)
    season = RandomSeason(session, make, random.Random(seed))
    people = {one.agent.id: one for one in season.people}
    outcomes = []
    for _ in range(FELLED):
        fallen = season.fell()
        expected = search(season, session.get_one(Assignment, fallen))
        session.expunge_all()
        try:
            with transaction(session):
                found = refills.refill_seat(session, fallen, actor_user_id=None, now=NOON)
        except NoSubstituteError:
            found = None
        given = found.agent_id if found else None
        outcomes.append(given)
        assert given == expected, f"seed {seed}, seat {len(outcomes)}"
        if found:
            people[found.agent_id].shifts.append(found)
    assert len(set(outcomes)) > 5, f"seed {seed}: the season is too simple to show anything"
