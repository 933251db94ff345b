"""What the demo's agents may do and when: certificates, needs, availability."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.random import Generator
from sqlalchemy.orm import Session

from app.clock import BUSINESS_ZONE
from app.demo.calendar import DEMO_NOW
from app.demo.copying import copy_rows
from app.demo.plans import Person, ProjectPlan, new_id
from app.models import AgentNeeds, Availability, Certificate, Consent
from exams.certificates import SPACE, make_certificate_number, payload_digest

NEEDS_SHARE = 0.2
# Of those with needs, every so many want days in a row, days off in a row, or few weekends: by turns.
EVERY_SO_MANY_WANT_DAYS = 20
DAYS_WANTED = ((2, 1, None), (1, 2, None), (1, 1, 1), (3, 2, None), (1, 1, 0))
NO_DAYS_WANTED = (1, 1, None)
VALID_DAYS = 365
# Which parts of a day people offer: slots from and to, and how common that is.
WINDOWS = ((2, 4), (2, 5), (4, 6), (5, 6), (3, 6), (2, 6), (0, 1), (0, 2), (5, 6))
WINDOW_SHARES = (0.12, 0.12, 0.2, 0.16, 0.12, 0.1, 0.06, 0.04, 0.08)
AVAILABLE_SHARE = 0.62


def make_certificates(
    session: Session, rng: Generator, people: Sequence[Person], plans: Sequence[ProjectPlan]
) -> int:
    """Give everybody the base certificate, and those who are here one to six projects, large ones oftener."""
    weights = np.array([plan.peak_seats for plan in plans], dtype=float) ** 0.8
    voice = np.array([plan.service_line.is_voice for plan in plans])
    text_weights = np.where(voice, 0.0, weights)
    weights, text_weights = weights / weights.sum(), text_weights / text_weights.sum()

    def rows() -> Iterator[Sequence[Any]]:
        for person in people:
            issued_at = person.joined_at + dt.timedelta(days=3)
            yield _certificate(rng, person, None, issued_at)
            if person.left_at is not None:
                continue
            mine = text_weights if person.text_only else weights
            count = min(int(rng.integers(1, 7)), int((mine > 0).sum()))
            for index in rng.choice(len(plans), size=count, replace=False, p=mine):
                trained = issued_at + dt.timedelta(days=float(rng.uniform(3, 14)))
                yield _certificate(rng, person, plans[int(index)].id, trained)

    return copy_rows(
        session,
        Certificate,
        (
            *("id", "number", "kind", "agent_id", "project_id", "percent"),
            *("issued_at", "expires_at", "digest"),
        ),
        rows(),
    )


def _certificate(
    rng: Generator, person: Person, project_id: uuid.UUID | None, issued_at: dt.datetime
) -> Sequence[Any]:
    kind = "project" if project_id else "base"
    number = make_certificate_number(year=issued_at.year, entropy=int(rng.integers(SPACE)))
    percent = int(np.clip(rng.normal(84, 7), 70, 100))
    # A certificate never runs out in the middle of the season that the demo shows.
    expires_at = max(issued_at, DEMO_NOW - dt.timedelta(days=300)) + dt.timedelta(days=VALID_DAYS)
    digest = payload_digest(
        {
            "number": number,
            "kind": kind,
            "agent_id": str(person.agent_id),
            "project_id": str(project_id) if project_id else None,
            "percent": percent,
            "issued_at": issued_at.astimezone(dt.UTC).isoformat(),
            "expires_at": expires_at.astimezone(dt.UTC).isoformat(),
        }
    )
    return (
        *(new_id(rng), number, kind, person.agent_id, project_id),
        *(percent, issued_at, expires_at, digest),
    )


def make_needs(session: Session, rng: Generator, people: Sequence[Person]) -> int:
    """Write down needs of one person in five, and of everybody who works by text only."""
    needs: list[Sequence[Any]] = []
    consents = []
    for person in people:
        if not person.text_only and rng.random() >= NEEDS_SHARE:
            continue
        turn, is_between = divmod(len(needs), EVERY_SO_MANY_WANT_DAYS)
        days = NO_DAYS_WANTED if is_between else DAYS_WANTED[turn % len(DAYS_WANTED)]
        short = bool(rng.random() < 0.6)
        extra_time = rng.random() < 0.4
        needs.append(
            (
                *(new_id(rng), person.agent_id, person.text_only),
                *(bool(rng.random() < 0.2), bool(rng.random() < 0.15)),
                *(240 if short else 480, 240 if short else 480, 660, 1200 if short else 2400, 5),
                *days,
                *(int(rng.integers(2, 5)), 10 if rng.random() < 0.3 else 0),
                *(
                    Decimal("1.5") if extra_time else Decimal("1.0"),
                    Decimal("1.50") if extra_time else Decimal(1),
                ),
                *(False, DEMO_NOW),
            )
        )
        consents.append((new_id(rng), person.agent_id, "needs-in-matching", person.joined_at))
    copy_rows(session, Consent, ("id", "agent_id", "purpose", "given_at"), consents)
    return copy_rows(
        session,
        AgentNeeds,
        (
            *("id", "agent_id", "text_only", "one_hand", "screen_reader", "max_day_minutes"),
            *("max_stretch_minutes", "min_rest_minutes", "max_week_minutes", "max_consecutive_days"),
            *("min_consecutive_days", "min_days_off", "max_weekends"),
            *("max_concurrent", "break_minutes_an_hour", "response_allowance", "exam_time_multiplier"),
            *("exam_time_unlimited", "updated_at"),
        ),
        needs,
    )


def make_availability(
    session: Session, rng: Generator, people: Sequence[Person], starts_on: dt.date, ends_on: dt.date
) -> int:
    """Let everybody who is here offer parts of some days, with a preference for the hours they like."""
    days = [starts_on + dt.timedelta(days=index) for index in range((ends_on - starts_on).days + 1)]
    midnights = [
        dt.datetime.combine(day, dt.time(0), tzinfo=BUSINESS_ZONE).astimezone(dt.UTC) for day in days
    ]

    def rows() -> Iterator[Sequence[Any]]:
        for person in people:
            if person.left_at is not None:
                continue
            habit = int(rng.choice(len(WINDOWS), p=WINDOW_SHARES))
            for midnight in midnights:
                if rng.random() >= AVAILABLE_SHARE:
                    continue
                usual = rng.random() < 0.7
                first, last = WINDOWS[habit if usual else int(rng.choice(len(WINDOWS), p=WINDOW_SHARES))]
                yield (
                    new_id(rng),
                    person.agent_id,
                    midnight + dt.timedelta(hours=4 * first),
                    midnight + dt.timedelta(hours=4 * last),
                    int(rng.integers(5, 11)) if usual else int(rng.integers(0, 5)),
                )

    return copy_rows(session, Availability, ("id", "agent_id", "starts_at", "ends_at", "preference"), rows())
