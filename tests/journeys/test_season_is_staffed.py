"""Journeys 3 and 4: operations match and publish; an agent answers, checks in; somebody does not come."""

from __future__ import annotations

import datetime as dt
import re
import urllib.request
import uuid
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import func, select, update
from sqlalchemy.orm import joinedload

from app.db import db, transaction
from app.demo.season import OPERATIONS_EMAIL, PASSWORD
from app.models import (
    Agent,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    AuditEntry,
    MatchRun,
    MatchStatus,
    Notice,
    Shortage,
    User,
)
from app.services.rota import check_rota
from tests.browser import DESKTOP, PHONE
from tests.journeys.steps import sign_in
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]


def test_a_season_is_staffed_and_worked(site: Site, browser: Browser) -> None:
    desk = browser.new_context(locale="zh-CN", viewport=DESKTOP)  # type: ignore[arg-type]
    board = desk.new_page()
    sign_in(board, site, OPERATIONS_EMAIL)
    match(site, board)
    publish(site, board)
    accepted, declined = two_offers_of_one_agent(site)
    phone = browser.new_context(locale="zh-CN", viewport=PHONE)  # type: ignore[arg-type]
    answer(site, phone, accepted, declined)
    add_the_calendar(site, phone, accepted)
    work_the_day(site, phone, board, accepted)
    phone.close()
    desk.close()


def match(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/operations/season")
    page.get_by_label(re.compile("算多久|时间|秒")).first.select_option(index=0)
    page.get_by_role("button", name=re.compile("开始排班")).click()
    expect(page.locator("#matcher")).to_contain_text(re.compile("正在算|排队中|算完了"))
    site.wait_for(lambda: run_with(site, MatchStatus.DONE), "the run is done")
    page.goto(f"{site.address}/operations/season")
    expect(page.locator("#matcher")).to_contain_text("差距")
    with site.app.app_context():
        run = db.session.scalars(select(MatchRun)).one()
        causes = db.session.scalars(select(Shortage.cause).where(Shortage.run_id == run.id)).all()
        # The checker shares no code with the solver, and reads the rows that are to be published.
        assert check_rota(db.session, run) == []
    assert run.value is not None
    assert run.bound is not None
    assert run.seats is not None
    assert run.filled is not None
    assert run.value <= run.bound
    assert run.filled <= run.seats
    assert bool(causes) == (run.filled < run.seats)


def publish(site: Site, page: Page) -> None:
    page.get_by_role("button", name=re.compile("发布")).first.click()
    site.wait_for(lambda: run_with(site, MatchStatus.PUBLISHED), "the rota is published")
    with site.app.app_context():
        offered = db.session.scalars(select(func.count()).select_from(Assignment)).one()
    assert offered


def run_with(site: Site, status: MatchStatus) -> uuid.UUID | None:
    with site.app.app_context():
        return db.session.scalar(select(MatchRun.id).where(MatchRun.status == status))


def two_offers_of_one_agent(site: Site) -> tuple[Assignment, Assignment]:
    """Return an agent's two offers, and give that person an address to sign in with."""
    with site.app.app_context(), transaction(db.session):
        agent_id = db.session.scalars(
            select(Assignment.agent_id)
            .where(Assignment.kind == AssignmentKind.FORMAL, Assignment.status == AssignmentStatus.OFFERED)
            .group_by(Assignment.agent_id)
            .having(func.count() >= 2)
            .order_by(Assignment.agent_id)
            .limit(1)
        ).one()
        user_id = db.session.scalars(select(Agent.user_id).where(Agent.id == agent_id)).one()
        db.session.execute(update(User).where(User.id == user_id).values(email="worker@zuoxi.example"))
        offers = db.session.scalars(
            select(Assignment)
            .where(Assignment.agent_id == agent_id, Assignment.status == AssignmentStatus.OFFERED)
            .options(joinedload(Assignment.project))
            .order_by(Assignment.starts_at)
        ).all()
    return offers[0], offers[1]


def answer(site: Site, phone: BrowserContext, accepted: Assignment, declined: Assignment) -> None:
    page = phone.new_page()
    sign_in(page, site, "worker@zuoxi.example", PASSWORD)
    page.goto(f"{site.address}/agent/offers")
    page.locator(f"form[action*='{accepted.id}/accept'] button").click()
    page.goto(f"{site.address}/agent/offers")
    page.locator(f"form[action*='{declined.id}/decline'] button").click()

    def somebody_else() -> Assignment | None:
        with site.app.app_context():
            return db.session.scalar(select(Assignment).where(Assignment.replaces_id == declined.id))

    other = site.wait_for(somebody_else, "the declined seat is offered to somebody else")
    assert other.agent_id != declined.agent_id
    assert status_of(site, accepted.id) is AssignmentStatus.ACCEPTED
    with site.app.app_context():
        told = db.session.scalars(
            select(Notice.id)
            .join(User, User.id == Notice.user_id)
            .join(Agent, Agent.user_id == User.id)
            .where(Agent.id == other.agent_id, Notice.kind == "offer-made")
        ).all()
    assert told
    page.close()


def add_the_calendar(site: Site, phone: BrowserContext, accepted: Assignment) -> None:
    """The feed's address works without signing in, as a phone's calendar needs it."""
    with site.app.app_context():
        token = db.session.scalars(select(Agent.calendar_token).where(Agent.id == accepted.agent_id)).one()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{site.address}/calendar/{token}.ics", timeout=10) as answer:
        feed = answer.read().decode()
        assert answer.headers["Content-Type"].startswith("text/calendar")
    assert f"DTSTART:{accepted.starts_at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}" in feed
    assert feed.count("BEGIN:VEVENT") == 1


def work_the_day(site: Site, phone: BrowserContext, board: Page, accepted: Assignment) -> None:
    """Check in on time; somebody else of the same slot does not come, and a standby is called."""
    absent_id = somebody_who_will_not_come(site, accepted)
    site.set_time(accepted.starts_at - dt.timedelta(minutes=10))
    page = phone.new_page()
    page.goto(f"{site.address}/agent/")
    page.get_by_role("button", name=re.compile("我到了")).click()
    expect(page.locator("main")).to_contain_text(re.compile("已报到|在岗|报到了"))
    assert status_of(site, accepted.id) is AssignmentStatus.PRESENT

    site.set_time(accepted.starts_at + dt.timedelta(minutes=6))
    site.wait_for(
        lambda: status_of(site, absent_id) is AssignmentStatus.MISSING, "the missing person is noticed"
    )

    def called() -> Assignment | None:
        with site.app.app_context():
            return db.session.scalar(select(Assignment).where(Assignment.replaces_id == absent_id))

    standby = site.wait_for(called, "a standby is called")
    assert standby.called_at is not None
    board.goto(f"{site.address}/operations/day")
    expect(board.locator("main")).to_contain_text(re.compile("没来|缺席|未到"))
    with site.app.app_context():
        actions = set(db.session.scalars(select(AuditEntry.action)).all())
    assert {
        "assignment.accepted",
        "assignment.declined",
        "assignment.checked-in",
        "assignment.missing",
        "assignment.refilled",
    } <= actions
    board.goto(f"{site.address}/operations/audit")
    expect(board.get_by_role("heading", level=1)).to_be_visible()


def somebody_who_will_not_come(site: Site, accepted: Assignment) -> uuid.UUID:
    """Let another agent of the slot accept, with a standby for the same project who said yes too."""
    with site.app.app_context(), transaction(db.session):
        absent = db.session.scalars(
            select(Assignment)
            .where(
                Assignment.slot_id == accepted.slot_id,
                Assignment.id != accepted.id,
                Assignment.kind == AssignmentKind.FORMAL,
                Assignment.status == AssignmentStatus.OFFERED,
            )
            .order_by(Assignment.id)
            .limit(1)
        ).one()
        absent.status = AssignmentStatus.ACCEPTED
        standby: Any = db.session.scalars(
            select(Assignment)
            .where(Assignment.slot_id == accepted.slot_id, Assignment.kind == AssignmentKind.STANDBY)
            .order_by(Assignment.project_id != absent.project_id, Assignment.id)
            .limit(1)
        ).one()
        standby.status = AssignmentStatus.ACCEPTED
        return absent.id


def status_of(site: Site, assignment_id: uuid.UUID) -> AssignmentStatus:
    with site.app.app_context():
        return db.session.scalars(select(Assignment.status).where(Assignment.id == assignment_id)).one()
