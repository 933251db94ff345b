"""The adaptive exam in a real browser: by keyboard, with two pages, without network and without script."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, create_app
from app.db import db, transaction
from app.models import AdaptiveSitting, AgentStatus, AttemptStatus, ExamAttempt
from app.services import attempts
from app.services.sessions import start_session
from app.web.identity import COOKIE
from exams.bank import shipped_bank
from exams.items import Kind
from tests.adaptive import hold_adaptive
from tests.browser import PHONE, find_axe_violations, open_browser, serve_in_thread
from tests.conftest import fresh_database, settings_for
from tests.exam_keys import right_values
from tests.make import Make

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("exam-script")]

BANK = shipped_bank()
LONG = 20_000


@dataclasses.dataclass(frozen=True, kw_only=True)
class Exam:
    """A running adaptive exam of somebody who is signed in."""

    app: Flask
    address: str
    attempt_id: uuid.UUID
    token: str

    @property
    def url(self) -> str:
        return f"{self.address}/agent/attempts/{self.attempt_id}"

    def attempt(self) -> ExamAttempt:
        with self.app.app_context(), Session(db.engine, expire_on_commit=False) as session:
            return session.get_one(ExamAttempt, self.attempt_id)

    def answers(self) -> list[list[object]]:
        with self.app.app_context(), Session(db.engine) as session:
            sitting = session.scalars(
                select(AdaptiveSitting).where(AdaptiveSitting.attempt_id == self.attempt_id)
            ).one()
            return sitting.answers


@pytest.fixture(scope="module")
def site() -> Iterator[tuple[Flask, str]]:
    with fresh_database() as url:
        app = create_app(settings_for(url))
        app.config.update(TESTING=True, RATELIMIT_ENABLED=False)
        with app.app_context(), Session(db.engine) as session, transaction(session):
            hold_adaptive(session)
        with serve_in_thread(app) as address:
            yield app, address
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(scope="module")
def browser(site: tuple[Flask, str]) -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def exam(site: tuple[Flask, str]) -> Exam:
    app, address = site
    with app.app_context(), Session(db.engine, expire_on_commit=False) as session:
        agent = Make(session).agent(status=AgentStatus.NEW)
        with transaction(session):
            attempt = attempts.start_attempt(
                session,
                agent_id=agent.id,
                project_id=None,
                bank=BANK,
                seed=1,
                actor_user_id=agent.user_id,
                now=clock.utc_now(),
            )
            token = start_session(session, user_id=agent.user_id, device="test", now=clock.wall_now())
    return Exam(app=app, address=address, attempt_id=attempt.id, token=token)


def open_context(browser: Browser, exam: Exam, **options: bool) -> BrowserContext:
    context = browser.new_context(locale="zh-CN", viewport=PHONE, **options)  # type: ignore[arg-type]
    context.add_cookies([{"name": COOKIE, "value": exam.token, "url": exam.address}])
    context.set_default_timeout(LONG)
    return context


@pytest.fixture
def context(browser: Browser, exam: Exam) -> Iterator[BrowserContext]:
    context = open_context(browser, exam)
    yield context
    context.close()


def visit(context: BrowserContext, exam: Exam) -> Page:
    page = context.new_page()
    page.goto(exam.url)
    page.wait_for_selector("main[data-ready]", state="attached")
    return page


def at_question(page: Page, number: int) -> None:
    """Wait until the page shows this question and its script has begun."""
    expect(page.locator("#place")).to_have_text(f"第 {number} 题，最多 30 题", timeout=LONG)
    page.wait_for_selector("main[data-ready]", state="attached")


def answer(page: Page, exam: Exam, *, press: bool = True) -> None:
    """Answer the question in sight rightly and, if wanted, confirm, all by keyboard."""
    item_id = page.locator("input[name=item_id]").first.input_value()
    item = next(item for item in BANK.current if item.id == item_id)
    values = right_values(item)
    for value in values:
        if item.kind in (Kind.ORDERING, Kind.MATCHING):
            page.locator(f"select:has(option[value='{value}'])").select_option(value)
        elif item.kind in (Kind.NUMERIC, Kind.SHORT_ANSWER):
            page.locator("input[name=answer]").focus()
            page.keyboard.type(value)
        else:
            page.locator(f"input[name=answer][value='{value}']").focus()
            page.keyboard.press("Space")
    if press:
        page.get_by_role("button", name="确认，下一题").focus()
        page.keyboard.press("Enter")


def test_it_is_sat_by_keyboard_to_the_result(context: BrowserContext, exam: Exam) -> None:
    page = visit(context, exam)
    assert find_axe_violations(page) == []
    for number in range(1, 31):
        at_question(page, number)
        answer(page, exam)
        page.wait_for_function(
            "text => document.getElementById('place')?.textContent !== text",
            arg=f"第 {number} 题，最多 30 题",
        )
        if exam.attempt().status is AttemptStatus.SUBMITTED:
            break

    expect(page.locator("h1")).to_contain_text("通过了", timeout=LONG)
    expect(page.locator("#how")).to_be_visible()
    assert find_axe_violations(page) == []
    assert all(right == 1 for _, right in exam.answers())


def test_nothing_chosen_is_said_and_nothing_is_sent(context: BrowserContext, exam: Exam) -> None:
    page = visit(context, exam)

    page.get_by_role("button", name="确认，下一题").click()

    expect(page.locator("#told")).to_contain_text("先选好或写好答案再确认", timeout=LONG)
    assert exam.answers() == []
    page.get_by_role("button", name="不会，下一题").click()
    at_question(page, 2)
    assert [right for _, right in exam.answers()] == [0]


def test_what_was_confirmed_without_network_arrives_after_a_reload(
    context: BrowserContext, exam: Exam
) -> None:
    page = visit(context, exam)
    context.set_offline(True)
    answer(page, exam)
    expect(page.locator("#saved-words")).to_contain_text("现在连不上", timeout=LONG)
    assert exam.answers() == []
    page.close()

    context.set_offline(False)
    page = context.new_page()
    page.goto(exam.url)

    at_question(page, 2)
    assert [right for _, right in exam.answers()] == [1]


def test_two_pages_see_the_same_next_question(context: BrowserContext, exam: Exam) -> None:
    first, second = visit(context, exam), visit(context, exam)
    answer(first, exam)
    at_question(first, 2)

    # The other page still shows question 1: what it confirms was confirmed before.
    answer(second, exam)
    at_question(second, 2)

    assert len(exam.answers()) == 1
    shown = [page.locator("input[name=item_id]").first.input_value() for page in (first, second)]
    assert shown[0] == shown[1]


def test_without_script_every_button_works(browser: Browser, exam: Exam) -> None:
    context = open_context(browser, exam, java_script_enabled=False)
    page = context.new_page()
    page.goto(exam.url)
    page.get_by_role("button", name="确认，下一题").click()
    expect(page.locator(".govuk-error-message").first).to_contain_text("先选好或写好答案", timeout=LONG)
    answer(page, exam)
    expect(page.locator("#place")).to_have_text("第 2 题，最多 30 题", timeout=LONG)
    page.get_by_role("button", name="交卷").click()
    expect(page.locator("h1")).to_contain_text("还没考完", timeout=LONG)
    context.close()
