"""Times seats from their fall to the next person's offer, through web server, relay, queue and worker."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from flask import Flask
from sqlalchemy import Text, cast, func, select, update

from app import attendance_rules, clock
from app.benchmarks.figures import HEADING, row_of
from app.db import db, transaction
from app.demo.tour import Visitor
from app.models import (
    Agent,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    OutboxMessage,
    Topic,
    User,
)
from app.services import assignments

POLL_SECONDS = 0.01
PATIENCE_SECONDS = 120.0
# The clock is set so shortly before people are missed that all else which is due then is done.
BEFORE_DUE = dt.timedelta(seconds=4)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Latencies:
    """Milliseconds from the fall to the saved offer or call, and how many seats nobody was found for."""

    offers: list[float]
    nobody: int


class Site:
    """A running installation on a published season. `tend` keeps its processes alive."""

    def __init__(self, app: Flask, base_url: str, clock_file: Path, tend: Callable[[], object]) -> None:
        self._app, self._base_url = app, base_url
        self._clock_file, self._tend = clock_file, tend

    def decline_one_by_one(self, count: int) -> tuple[Latencies, list[float]]:
        """Let so many agents press "no" one after the other; also return how long the page took to answer."""
        found: list[float] = []
        answers: list[float] = []
        nobody = 0
        for offer_id, mobile in self._offers(count):
            visitor = Visitor(self._base_url)
            visitor.sign_in(mobile)
            token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', visitor.open("/agent/offers"))
            assert token
            pressed = time.perf_counter()
            visitor.open(f"/agent/offers/{offer_id}/decline", {"csrf_token": token[1]})
            answers.append(1000 * (time.perf_counter() - pressed))
            seen = self._wait_for([offer_id])
            found += [1000 * (moment - pressed) for moment in seen.values()]
            nobody += not seen
        return Latencies(offers=found, nobody=nobody), answers

    def decline_at_once(self, count: int) -> Latencies:
        """Let so many people say no in one moment: their answers are saved in a single transaction."""
        offers = [offer_id for offer_id, _ in self._offers(count)]
        with self._app.app_context(), transaction(db.session):
            for offer in db.session.scalars(select(Assignment).where(Assignment.id.in_(offers))):
                assignments.decline_offer(
                    db.session,
                    offer.id,
                    agent_id=offer.agent_id,
                    now=clock.utc_now(),
                    wall_now=clock.wall_now(),
                )
        return self._latencies(offers, since=time.perf_counter())

    def stay_away(self, count: int, *, rounds: int) -> Latencies:
        """Let so many people of a slot not come, in several slots; time runs from when they are missed."""
        with self._app.app_context(), transaction(db.session):
            # Weeks pass before the day: everybody has said yes meanwhile.
            db.session.execute(
                update(Assignment)
                .where(Assignment.status == AssignmentStatus.OFFERED)
                .values(status=AssignmentStatus.ACCEPTED)
            )
        found: list[float] = []
        nobody = 0
        for number in range(rounds):
            missing, starts_at = self._let_the_others_come(number, count)
            due = starts_at + attendance_rules.ON_TIME
            clock.set_business_time(due - BEFORE_DUE, self._clock_file)
            latencies = self._latencies(missing, since=time.perf_counter() + BEFORE_DUE.total_seconds())
            found += latencies.offers
            nobody += latencies.nobody
        return Latencies(offers=found, nobody=nobody)

    def _offers(self, count: int) -> list[tuple[uuid.UUID, str]]:
        """Return offers of different people, spread over the season, with their mobile numbers."""
        with self._app.app_context():
            first = (
                select(func.min(cast(Assignment.id, Text)).label("id"), Assignment.agent_id)
                .where(
                    Assignment.kind == AssignmentKind.FORMAL,
                    Assignment.status == AssignmentStatus.OFFERED,
                    Assignment.respond_by > clock.utc_now() + dt.timedelta(minutes=5),
                )
                .group_by(Assignment.agent_id)
                .subquery()
            )
            rows = db.session.execute(
                select(first.c.id, User.mobile)
                .join(Agent, Agent.id == first.c.agent_id)
                .join(User, User.id == Agent.user_id)
                .where(User.mobile.is_not(None))
                .order_by(first.c.id)
                .limit(count)
            ).all()
        return [(uuid.UUID(offer_id), mobile) for offer_id, mobile in rows]

    def _let_the_others_come(self, number: int, count: int) -> tuple[list[uuid.UUID], dt.datetime]:
        """Check in everybody of the season's slot of this number but so many people; return these."""
        with self._app.app_context(), transaction(db.session):
            slot_id, starts_at = db.session.execute(
                select(Assignment.slot_id, Assignment.starts_at)
                .where(Assignment.run_id.is_not(None))
                .distinct()
                .order_by(Assignment.starts_at)
                .offset(number)
                .limit(1)
            ).one()
            expected = db.session.scalars(
                select(Assignment.id)
                .where(
                    Assignment.slot_id == slot_id,
                    Assignment.kind == AssignmentKind.FORMAL,
                    Assignment.status == AssignmentStatus.ACCEPTED,
                )
                .order_by(Assignment.id)
            ).all()
            missing = list(expected[:count])
            db.session.execute(
                update(Assignment)
                .where(
                    Assignment.starts_at <= starts_at,
                    Assignment.kind == AssignmentKind.FORMAL,
                    Assignment.status == AssignmentStatus.ACCEPTED,
                    Assignment.id.not_in(missing),
                )
                .values(status=AssignmentStatus.PRESENT, checked_in_at=Assignment.starts_at)
            )
        return missing, starts_at

    def _latencies(self, fallen: Sequence[uuid.UUID], *, since: float) -> Latencies:
        seen = self._wait_for(fallen)
        return Latencies(
            offers=[1000 * (moment - since) for moment in seen.values()], nobody=len(fallen) - len(seen)
        )

    def _wait_for(self, fallen: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, float]:
        """Return when each of these seats had somebody new, as soon as all the work for them is done."""
        seen: dict[uuid.UUID, float] = {}
        keys = [f"refill:{seat_id}" for seat_id in fallen]
        deadline = time.perf_counter() + PATIENCE_SECONDS
        with self._app.app_context():
            while True:
                done = db.session.scalars(
                    select(func.count()).where(
                        OutboxMessage.topic == Topic.REFILL_SEAT,
                        OutboxMessage.dedupe_key.in_(keys),
                        OutboxMessage.done_at.is_not(None),
                    )
                ).one()
                replaced = db.session.scalars(
                    select(Assignment.replaces_id).where(Assignment.replaces_id.in_(fallen))
                ).all()
                # A new look must not see the old snapshot.
                db.session.close()
                moment = time.perf_counter()
                seen |= {
                    seat_id: moment for seat_id in replaced if seat_id is not None and seat_id not in seen
                }
                if done == len(fallen):
                    return seen
                if moment > deadline:
                    raise TimeoutError(f"{done} of {len(fallen)} seats after {PATIENCE_SECONDS:.0f} s")
                self._tend()
                time.sleep(POLL_SECONDS)


def table_of(
    one_by_one: Latencies, answers: Sequence[float], at_once: Latencies, no_shows: Latencies
) -> Iterator[str]:
    """Yield the lines of the report."""
    yield HEADING
    yield row_of("page answers a declined offer, ms", answers)
    yield row_of("declined to offered, ms", one_by_one.offers)
    yield row_of("missed to called or offered, ms", no_shows.offers)
    yield row_of("declined at once to offered, ms", at_once.offers)
    nobody = one_by_one.nobody + at_once.nobody + no_shows.nobody
    yield f"nobody left for {nobody} seats"
