"""A declined offer, many at once, and somebody who does not come: through web server, relay and worker each
reaches the next person, in the site and by mail.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app import passwords
from app.benchmarks import end_to_end
from app.db import db
from app.demo.season import PASSWORD
from app.models import (
    Agent,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    MatchStatus,
    Message,
    Notice,
    NoticeKind,
    User,
)
from tests.make import NOON, Make
from tests.site import Site, run_site
from tests.small_season import SmallSeason

# Apart from the journeys: an application cannot be made in a process whose browser is open.
pytestmark = pytest.mark.xdist_group("refilled-seats")

DECLINED, AT_ONCE, STAYING_AWAY = 2, 3, 1
FREE = DECLINED + AT_ONCE


@pytest.fixture
def small_site(tmp_path: Path) -> Iterator[Site]:
    with run_site(tmp_path, now=NOON) as site:
        yield site


def fill(site: Site) -> list[uuid.UUID]:
    """Give one slot to people with offers and one who said yes; return who is free, each with an address."""
    with site.app.app_context():
        make = Make(db.session)
        season = SmallSeason(db.session, make)
        season.book(FREE + STAYING_AWAY)
        run = make.match_run(event_id=season.event.id, status=MatchStatus.PUBLISHED)
        holders = [season.certified_agent() for _ in range(FREE + STAYING_AWAY)]
        standby = season.certified_agent()
        free = [season.certified_agent() for _ in range(FREE)]
        for holder in holders[:-STAYING_AWAY]:
            make.assignment(agent=holder, project=season.project, slot=season.slot)
        for agent, kind in ((holders[-1], AssignmentKind.FORMAL), (standby, AssignmentKind.STANDBY)):
            make.assignment(
                agent=agent,
                project=season.project,
                slot=season.slot,
                kind=kind,
                status=AssignmentStatus.ACCEPTED,
            )
        password_hash = passwords.hash_password(PASSWORD)
        for user in db.session.scalars(select(User)):
            user.password_hash = password_hash
        for number, agent in enumerate([*free, standby]):
            db.session.get_one(User, agent.user_id).email = f"free{number}@zuoxi.example"
        for assignment in db.session.scalars(select(Assignment)):
            assignment.run_id = run.id
        db.session.commit()
        return [agent.id for agent in (*free, standby)]


def test_each_fall_reaches_the_next_person(small_site: Site) -> None:
    next_people = fill(small_site)
    measured = end_to_end.Site(
        small_site.app, small_site.address, small_site.clock_file, small_site.supervisor.tend
    )

    one_by_one, answers = measured.decline_one_by_one(DECLINED)
    at_once = measured.decline_at_once(AT_ONCE)
    no_shows = measured.stay_away(STAYING_AWAY, rounds=1)

    assert len(answers) == len(one_by_one.offers) == DECLINED
    assert len(at_once.offers) == AT_ONCE
    assert len(no_shows.offers) == STAYING_AWAY
    assert one_by_one.nobody + at_once.nobody + no_shows.nobody == 0
    table = "\n".join(end_to_end.table_of(one_by_one, answers, at_once, no_shows))
    assert "nobody left for 0 seats" in table
    with small_site.app.app_context():
        given = db.session.scalars(
            select(Assignment.agent_id).where(Assignment.replaces_id.is_not(None))
        ).all()
        assert sorted(given) == sorted(next_people)
        told = dict(
            db.session.execute(
                select(Agent.id, Notice.kind).join(Notice, Notice.user_id == Agent.user_id)
            ).all()
        )
        assert told == {
            **dict.fromkeys(next_people[:-1], NoticeKind.OFFER_MADE),
            next_people[-1]: NoticeKind.STANDBY_CALLED,
        }
        mails = db.session.scalars(select(func.count()).select_from(Message)).one()
    assert mails == len(next_people)
    small_site.wait_for(lambda: len(small_site.mail.read_messages()) == len(next_people), "the mails arrive")
