"""Journeys 3 and 4: operations match and publish; an agent answers, checks in; somebody does not come."""

from __future__ import annotations

import datetime as dt
import re
import urllib.request
import uuid

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import aliased, joinedload

from app.db import db, transaction
from app.demo.season import OPERATIONS_EMAIL, PASSWORD
from app.models import (
    Agent,
    Assignment,
    AssignmentKind,
    AssignmentStatus,
    AuditEntry,
    Certificate,
    MatchRun,
    MatchStatus,
    Notice,
    Shortage,
    User,
)
from app.services.refills import find_substitutes, weigh
from app.services.rota_checks import check_rota
from tests.browser import DESKTOP, PHONE
from tests.journeys.steps import sign_in
from tests.make import PEAK
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
    wait_for_the_card(page)
    expect(page.locator("#matcher")).to_contain_text("差距")
    with site.app.app_context():
        run = db.session.scalars(select(MatchRun)).one()
        causes = db.session.scalars(select(Shortage.cause).where(Shortage.run_id == run.id)).all()
        # The checker shares no code with the solver, and reads the rows that are to be published.
        assert check_rota(db.session, run).found == []
    assert run.value is not None
    assert run.bound is not None
    assert run.seats is not None
    assert run.filled is not None
    assert run.value <= run.bound
    assert run.filled <= run.seats
    assert bool(causes) == (run.filled < run.seats)


def wait_for_the_card(page: Page) -> None:
    """Wait until the run's card has noticed that the work is done: it then loads the page anew by itself,
    and that must not meet another step's going elsewhere.
    """
    expect(page.locator("#matcher")).to_be_visible()
    expect(page.locator("#matcher[hx-get]")).to_have_count(0)
    page.wait_for_load_state()


def publish(site: Site, page: Page) -> None:
    page.get_by_role("button", name=re.compile("发布")).first.click()
    site.wait_for(lambda: run_with(site, MatchStatus.PUBLISHED), "the rota is published")
    wait_for_the_card(page)
    with site.app.app_context():
        offered = db.session.scalars(select(func.count()).select_from(Assignment)).one()
    assert offered


def run_with(site: Site, status: MatchStatus) -> uuid.UUID | None:
    with site.app.app_context():
        return db.session.scalar(select(MatchRun.id).where(MatchRun.status == status))


def two_offers_of_one_agent(site: Site) -> tuple[Assignment, Assignment]:
    """Return two offers of one agent, with others who could take the second; the agent gets an address."""
    with site.app.app_context(), transaction(db.session):
        offers = db.session.scalars(
            select(Assignment)
            .where(Assignment.kind == AssignmentKind.FORMAL, Assignment.status == AssignmentStatus.OFFERED)
            .options(joinedload(Assignment.project))
            # The busiest slots first: others, and standbys, are there with them.
            .order_by(func.abs(func.extract("epoch", Assignment.starts_at - PEAK)), Assignment.agent_id)
        ).all()
        for accepted in offers[:50]:
            for declined in offers:
                mine = declined.agent_id == accepted.agent_id and declined.id != accepted.id
                if mine and substitutes_of(declined) >= 3:
                    user_id = select(Agent.user_id).where(Agent.id == accepted.agent_id).scalar_subquery()
                    db.session.execute(
                        update(User).where(User.id == user_id).values(email="worker@zuoxi.example")
                    )
                    return accepted, declined
    raise AssertionError("nobody has two offers of which one could go to somebody else")


def substitutes_of(seat: Assignment) -> int:
    return len(list(find_substitutes(db.session, seat, weigh(db.session))))


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

    everybody_else_comes(site, accepted, absent_id)
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
    """Let another agent of the slot accept, and a standby who may work in the same project."""
    standby = aliased(Assignment)
    with site.app.app_context(), transaction(db.session):
        absent_id, standby_id = db.session.execute(
            select(Assignment.id, standby.id)
            .join(standby, standby.slot_id == Assignment.slot_id)
            .join(
                Certificate,
                and_(
                    Certificate.agent_id == standby.agent_id,
                    Certificate.project_id == Assignment.project_id,
                ),
            )
            .where(
                Assignment.slot_id == accepted.slot_id,
                Assignment.id != accepted.id,
                Assignment.kind == AssignmentKind.FORMAL,
                Assignment.status == AssignmentStatus.OFFERED,
                standby.kind == AssignmentKind.STANDBY,
                standby.agent_id != accepted.agent_id,
            )
            .order_by(Assignment.id, standby.id)
            .limit(1)
        ).one()
        assert standby_id
        # Weeks pass before the day: everybody else has said yes meanwhile.
        db.session.execute(
            update(Assignment)
            .where(Assignment.status == AssignmentStatus.OFFERED)
            .values(status=AssignmentStatus.ACCEPTED)
        )
        return uuid.UUID(str(absent_id))


def everybody_else_comes(site: Site, accepted: Assignment, absent_id: uuid.UUID) -> None:
    """Check in the rest of the slot."""
    with site.app.app_context(), transaction(db.session):
        db.session.execute(
            update(Assignment)
            .where(
                Assignment.slot_id == accepted.slot_id,
                Assignment.kind == AssignmentKind.FORMAL,
                Assignment.status == AssignmentStatus.ACCEPTED,
                Assignment.id != absent_id,
            )
            .values(
                status=AssignmentStatus.PRESENT,
                checked_in_at=accepted.starts_at - dt.timedelta(minutes=5),
            )
        )


def status_of(site: Site, assignment_id: uuid.UUID) -> AssignmentStatus:
    with site.app.app_context():
        return db.session.scalars(select(Assignment.status).where(Assignment.id == assignment_id)).one()
