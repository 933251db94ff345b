"""Accommodations from and for other systems: whose they are, what they change, and nobody without a yes."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.models import Agent, AuditEntry, User
from app.queries.needs import find_needs
from app.services.accommodation_files import Refusal, export_profiles, import_profiles
from app.services.needs import Needs, save_needs
from exams.pnp import Profile, Wishes, read_pnp, write_pnp
from tests.make import NOON, Make
from tests.services.test_attempts import BASE_MINUTES, start

LONGER = Wishes(says_time=True, multiplier=1.5, breaks=True, large_text=True, text_only=True)


@pytest.fixture
def agent(make: Make) -> Agent:
    return make.agent(user=make.user(email="lin@zuoxi.example"))


def profile(wishes: Wishes, *, person: str = "lin@zuoxi.example", system: str = "county") -> Profile:
    return Profile(person=person, source_system=system, line=3, wishes=wishes)


def take_in(session: Session, *profiles: Profile, consented: bool = True) -> list[Refusal]:
    with transaction(session):
        return import_profiles(session, profiles, consented=consented, actor_user_id=None, now=NOON)


def test_what_the_file_says_belongs_to_the_person_from_now_on(session: Session, agent: Agent) -> None:
    assert take_in(session, profile(LONGER, person=" LIN@zuoxi.example")) == []

    needs = find_needs(session, agent.id)
    assert needs is not None
    assert (float(needs.exam_time_multiplier), needs.exam_breaks, needs.exam_break_minutes) == (1.5, 2, 10)
    assert needs.text_only
    assert session.get_one(User, agent.user_id, populate_existing=True).large_text


def test_a_running_exam_gets_its_time_at_once(session: Session, agent: Agent) -> None:
    attempt = start(session, agent)

    take_in(session, profile(Wishes(says_time=True, fixed_minutes=15)))

    assert attempt.deadline_at == NOON + BASE_MINUTES + dt.timedelta(minutes=15)


def test_what_the_file_does_not_mention_stays(session: Session, agent: Agent, make: Make) -> None:
    take_in(session, profile(LONGER))
    take_in(session, profile(Wishes(screen_reader=True)))

    needs = find_needs(session, agent.id)
    assert needs is not None
    assert (float(needs.exam_time_multiplier), needs.exam_breaks, needs.screen_reader) == (1.5, 2, True)

    take_in(session, profile(Wishes(says_time=True, unlimited=True, breaks=False)))
    session.refresh(needs)
    assert (needs.exam_time_unlimited, needs.exam_breaks, needs.text_only) == (True, 0, True)


def test_nobody_is_served_without_an_agreement(session: Session, agent: Agent) -> None:
    assert [one.reason for one in take_in(session, profile(LONGER), consented=False)] == ["no-consent"]
    assert find_needs(session, agent.id) is None

    with transaction(session):
        save_needs(
            session,
            agent_id=agent.id,
            needs=Needs(one_hand=True),
            large_text=False,
            consent=True,
            actor_user_id=agent.user_id,
            now=NOON,
        )
    assert take_in(session, profile(LONGER), consented=False) == []


@pytest.mark.parametrize(
    ("person", "system"), [("nobody@zuoxi.example", "county"), ("", ""), ("x" * 5000, ""), ("7", "zuoxi")]
)
def test_who_is_not_here_is_named_with_the_line(
    session: Session, agent: Agent, person: str, system: str
) -> None:
    [refusal] = take_in(session, profile(LONGER, person=person, system=system))

    assert (refusal.person, refusal.line, refusal.reason) == (person, 3, "unknown-person")


def test_two_records_of_one_person_are_told(session: Session, agent: Agent) -> None:
    by_id = profile(LONGER, person=str(agent.id), system="zuoxi")

    assert [one.reason for one in take_in(session, profile(LONGER), by_id)] == ["two-persons"]


def test_what_goes_out_comes_in_again_and_is_written_down(session: Session, agent: Agent, make: Make) -> None:
    make.agent()
    take_in(session, profile(LONGER))

    with transaction(session):
        people = export_profiles(session, actor_user_id=None, now=NOON)

    assert [person for person, _ in people] == [str(agent.id)]
    [again] = read_pnp(write_pnp(people).encode())
    assert again.wishes == LONGER
    assert take_in(session, again) == []
    actions = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == agent.id)).all()
    assert actions.count("accommodation.imported") == 2
    assert actions.count("accommodation.exported") == 1
