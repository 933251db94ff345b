"""The calendar feed: what is in it, who can read it, and how its address dies."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.models import Agent, AssignmentKind, AssignmentStatus, AuditEntry
from tests.conftest import RoleClient
from tests.make import NOON, Make, shanghai

S = AssignmentStatus


@pytest.fixture
def agent(make: Make, monkeypatch: pytest.MonkeyPatch) -> Agent:
    monkeypatch.setattr(clock, "utc_now", lambda: NOON)
    return make.agent()


def feed(client: FlaskClient, token: str) -> str:
    response = client.get(f"/calendar/{token}.ics")
    assert response.status_code == 200
    assert response.content_type == "text/calendar; charset=utf-8"
    return response.text.replace("\r\n ", "")


def test_has_every_shift_somebody_said_yes_to(client: RoleClient, make: Make, agent: Agent) -> None:
    event = make.event()
    rows = {
        status: make.assignment(
            agent=agent,
            slot=make.slot(event=event, starts_at=shanghai(1, 4 * number)),
            status=status,
        )
        for number, status in enumerate(AssignmentStatus)
    }

    text = feed(client, agent.calendar_token)

    shown = {status for status, row in rows.items() if f"UID:{row.id}@zuoxi" in text}
    assert shown == {S.ACCEPTED, S.PRESENT, S.DONE, S.RELEASED}
    assert text.count("STATUS:CONFIRMED") == 3
    assert text.count("STATUS:CANCELLED") == 1
    assert text.count("TRIGGER:-PT30M") == 3


def test_marks_standbys_as_tentative(client: RoleClient, make: Make, agent: Agent) -> None:
    make.assignment(agent=agent, status=S.ACCEPTED, kind=AssignmentKind.STANDBY)

    text = feed(client, agent.calendar_token)

    assert "STATUS:TENTATIVE" in text
    assert "坐席候补" in text


def test_speaks_the_owners_language(client: RoleClient, make: Make, agent: Agent) -> None:
    english = make.agent(user=make.user(locale="en"))
    make.assignment(agent=english, status=S.ACCEPTED, project=make.project(name="Tea"))

    assert "SUMMARY:Zuoxi shift\\, Tea" in feed(client, english.calendar_token)


def test_says_nothing_of_needs_or_persons(client: RoleClient, make: Make, agent: Agent) -> None:
    make.needs(agent, text_only=True, break_minutes_an_hour=10)
    make.assignment(agent=agent, status=S.ACCEPTED)

    names = set(re.findall(r"^([A-Z-]+)[:;]", feed(client, agent.calendar_token), flags=re.M))

    assert names <= {
        *("BEGIN", "END", "VERSION", "PRODID", "CALSCALE", "METHOD", "NAME", "X-WR-CALNAME"),
        *("REFRESH-INTERVAL", "X-PUBLISHED-TTL", "UID", "DTSTAMP", "LAST-MODIFIED", "DTSTART", "DTEND"),
        *("SUMMARY", "DESCRIPTION", "URL", "STATUS", "TRANSP", "ACTION", "TRIGGER"),
    }


def test_a_new_address_makes_the_old_one_dead(
    client: RoleClient, session: Session, make: Make, agent: Agent
) -> None:
    client.sign_in(make.user_of(agent), make.actor_of(agent))

    client.post("/agent/calendar/address")

    assert client.get(f"/calendar/{agent.calendar_token}.ics").status_code == 404
    fresh = session.get_one(Agent, agent.id).calendar_token
    assert fresh in client.get("/agent/calendar").text
    feed(client, fresh)
    assert session.scalars(select(AuditEntry.action)).all() == ["calendar.address_changed"]


def test_nobody_reads_it_by_guessing(client: RoleClient, agent: Agent) -> None:
    assert client.get(f"/calendar/{agent.id}.ics").status_code == 404
    assert client.get("/calendar/.ics").status_code == 404


def test_of_somebody_who_left_is_dead(client: RoleClient, session: Session, agent: Agent) -> None:
    session.get_one(Agent, agent.id).status = "left"  # type: ignore[assignment]
    session.commit()
    session.expunge_all()

    assert client.get(f"/calendar/{agent.calendar_token}.ics").status_code == 404
