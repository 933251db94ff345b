"""The agents of a demo season: who joined when, from where, and who left again."""

from __future__ import annotations

import datetime as dt
import secrets

import numpy as np
from numpy.random import Generator
from sqlalchemy.orm import Session

from app.demo.calendar import DEMO_NOW
from app.demo.copying import copy_rows
from app.demo.names import RECRUITERS, REGIONS, person_name
from app.demo.plans import Person, new_id
from app.models import Agent, Role, User

MONTHS_OF_HISTORY = 18
# Chance to leave in a month: high at first, lower for those who stay (a little below the trade's 10 %).
FIRST_MONTH_HAZARD = 0.16
LATER_HAZARD = 0.055
RECRUITER_SHARES = (0.45, 0.3, 0.15, 0.1)
# People brought by a county's programme or the federation stay longer than those who came alone.
RECRUITER_HAZARD = {"self": 1.2, "county": 0.8, "federation": 0.65, "school": 1.4}


def make_people(
    session: Session, rng: Generator, *, count: int, password_hash: str, first_email: str
) -> list[Person]:
    """Make agents until `count` of them are still here; the others have left and tell the retention curve."""
    people: list[Person] = []
    users, agents = [], []
    here = 0
    while here < count:
        index = len(people)
        recruiter = RECRUITERS[int(rng.choice(len(RECRUITERS), p=RECRUITER_SHARES))]
        joined_at = DEMO_NOW - dt.timedelta(days=float(rng.uniform(20, MONTHS_OF_HISTORY * 30)))
        left_at = None if index == 0 else _leaving(rng, joined_at, RECRUITER_HAZARD[recruiter])
        here += left_at is None
        person = Person(
            agent_id=new_id(rng),
            user_id=new_id(rng),
            joined_at=joined_at,
            left_at=left_at,
            text_only=bool(rng.random() < 0.15) and index > 0,
            standing=int(np.clip(rng.normal(68, 12), 20, 98)),
        )
        people.append(person)
        name = "林晓" if index == 0 else person_name(rng)
        users.append(
            (
                *(person.user_id, name, Role.AGENT.value, first_email if index == 0 else None),
                *(f"199{index:08d}", password_hash, "zh", False, left_at is None, joined_at),
            )
        )
        agents.append(
            (
                *(person.agent_id, person.user_id, REGIONS[int(rng.integers(len(REGIONS)))], recruiter),
                *("left" if left_at else "certified", person.standing, 0, 0),
                *(secrets.token_urlsafe(16), joined_at, left_at, joined_at + dt.timedelta(days=2)),
            )
        )
    copy_rows(
        session,
        User,
        (
            *("id", "name", "role", "email", "mobile", "password_hash"),
            *("locale", "large_text", "is_active", "created_at"),
        ),
        users,
    )
    copy_rows(
        session,
        Agent,
        (
            *("id", "user_id", "region", "recruited_by", "status", "standing"),
            *("shifts_worked", "shifts_missed", "calendar_token", "joined_at", "left_at"),
            "identity_confirmed_at",
        ),
        agents,
    )
    return people


def _leaving(rng: Generator, joined_at: dt.datetime, factor: float) -> dt.datetime | None:
    """Draw a leaving date month by month; None when it lies after today."""
    month = 0
    while True:
        hazard = (FIRST_MONTH_HAZARD if month < 2 else LATER_HAZARD) * factor
        if rng.random() < hazard:
            left_at = joined_at + dt.timedelta(days=30 * (month + float(rng.random())))
            return left_at if left_at < DEMO_NOW else None
        month += 1
        if joined_at + dt.timedelta(days=30 * month) > DEMO_NOW:
            return None
