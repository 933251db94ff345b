"""The exam's script in a real browser: answers survive a lost connection, a reload and a second tab."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import time
import uuid
from collections.abc import Callable, Iterator
from urllib.parse import unquote_plus

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import clock, create_app
from app.db import db, transaction
from app.models import Agent, AgentStatus, AttemptStatus, ExamAnswer, ExamAttempt
from app.services import attempts
from app.services.needs import Needs, save_needs
from app.services.sessions import start_session
from app.web.identity import COOKIE
from exams.bank import shipped_bank
from exams.forms import Form, Question
from exams.items import Kind, OrderingItem, TypingItem
from exams.timing import GRACE
from tests.browser import PHONE, find_axe_violations, open_browser, serve_in_thread
from tests.conftest import fresh_database, settings_for
from tests.make import PASSWORD, Make

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("exam-script")]

BANK = shipped_bank()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Exam:
    """A running exam of somebody who is signed in, and where the browser finds it."""

    app: Flask
    address: str
    attempt_id: uuid.UUID
    form: Form
    token: str
    contact: str

    @property
    def url(self) -> str:
        return f"{self.address}/agent/attempts/{self.attempt_id}"

    def responses(self) -> dict[str, object]:
        """Return what the server has, by item id."""
        with self.app.app_context(), Session(db.engine) as session:
            rows = session.scalars(select(ExamAnswer).where(ExamAnswer.attempt_id == self.attempt_id))
            return {row.item_id: row.response["value"] for row in rows}

    def attempt(self) -> ExamAttempt:
        with self.app.app_context(), Session(db.engine, expire_on_commit=False) as session:
            return session.get_one(ExamAttempt, self.attempt_id)


@pytest.fixture(scope="module")
def site() -> Iterator[tuple[Flask, str]]:
    with fresh_database() as url:
        app = create_app(settings_for(url))
        app.config.update(TESTING=True, RATELIMIT_ENABLED=False)
        with serve_in_thread(app) as address:
            yield app, address
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def exam(site: tuple[Flask, str]) -> Exam:
    app, address = site
    with app.app_context(), Session(db.engine, expire_on_commit=False) as session:
        make = Make(session)
        contact = f"{uuid.uuid4().hex[:12]}@zuoxi.example"
        agent = make.agent(status=AgentStatus.NEW, user=make.user(email=contact, password=PASSWORD))
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
    return Exam(
        app=app,
        address=address,
        attempt_id=attempt.id,
        form=Form.from_json(attempt.form),
        token=token,
        contact=contact,
    )


@pytest.fixture
def context(browser: Browser, exam: Exam) -> Iterator[BrowserContext]:
    context = browser.new_context(locale="zh-CN", viewport=PHONE)  # type: ignore[arg-type]
    context.add_cookies([{"name": COOKIE, "value": exam.token, "url": exam.address}])
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, exam: Exam) -> Page:
    page = context.new_page()
    page.goto(exam.url)
    return page


def place_of(exam: Exam, kind: Kind) -> tuple[int, str]:
    """Return the number and the item id of the first question of a kind."""
    return next(
        (number, question.item_id)
        for number, question in enumerate(exam.form.questions, start=1)
        if BANK.item(question.item_id, question.version).kind is kind
    )


def go_to(page: Page, number: int) -> None:
    page.locator(f"#places button[value='{number}']").click()
    expect(page.locator(f"#question-{number}")).to_be_visible()


def choose(page: Page, number: int, place: int) -> str:
    """Choose the option at a place of question `number` and return its id."""
    option = page.locator(f"#question-{number} input[name=answer]").nth(place)
    option.check()
    return str(option.get_attribute("value"))


def test_a_change_is_saved_without_a_press(exam: Exam, page: Page) -> None:
    number, item_id = place_of(exam, Kind.SINGLE)
    page.clock.install()
    page.reload()
    go_to(page, number)
    page.clock.pause_at(page.evaluate("Date.now() / 1000 + 1"))

    chosen = choose(page, number, 0)
    # Two seconds is the promise: by the page's own clock, whatever the machine does meanwhile.
    with page.expect_response("**/answers"):
        page.clock.run_for(2_000)
    page.clock.resume()

    expect(page.locator("#saved-words")).to_contain_text("已保存")
    assert exam.responses() == {item_id: chosen}


def test_what_is_answered_offline_arrives_when_the_network_is_back(
    exam: Exam, page: Page, context: BrowserContext
) -> None:
    number, item_id = place_of(exam, Kind.SINGLE)
    go_to(page, number)
    context.set_offline(True)

    choose(page, number, 0)
    chosen = choose(page, number, 1)
    expect(page.locator("#saved-words")).to_contain_text("断网了")
    go_to(page, number % 20 + 1)
    assert exam.responses() == {}

    context.set_offline(False)
    expect(page.locator("#saved-words")).to_contain_text("已保存")
    assert exam.responses() == {item_id: chosen}


def wait_for(is_so: Callable[[], bool]) -> None:
    """Wait until something is so on the server; a page that closes may still have sent its answer."""
    patience = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < patience
        time.sleep(0.1)


def test_an_answer_that_was_not_sent_survives_closing_the_page(
    exam: Exam, page: Page, context: BrowserContext
) -> None:
    number, item_id = place_of(exam, Kind.SHORT_ANSWER)
    go_to(page, number)
    page.route("**/answers", lambda route: route.abort())
    page.locator(f"#question-{number} input[name=answer]").fill("七天")
    expect(page.locator("#saved-words")).to_contain_text("断网了")
    page.close()

    later = context.new_page()
    later.goto(f"{exam.url}?question={number}")

    expect(later.locator(f"#question-{number} input[name=answer]")).to_have_value("七天")
    wait_for(lambda: exam.responses() == {item_id: "七天"})


def test_of_two_tabs_the_newest_answer_stays_whatever_arrives_first(
    exam: Exam, page: Page, context: BrowserContext
) -> None:
    number, item_id = place_of(exam, Kind.SINGLE)
    go_to(page, number)
    held = []
    page.route("**/answers", lambda route: held.append(route))
    with page.expect_request("**/answers"):
        choose(page, number, 0)

    second = context.new_page()
    # This tab finds the unsent answer in the device's own store, sends it, and then has a newer one.
    with second.expect_response("**/answers"):
        second.goto(f"{exam.url}?question={number}")
    with second.expect_response("**/answers", timeout=15_000):
        newest = choose(second, number, 1)
    assert exam.responses() == {item_id: newest}
    for route in held:
        with page.expect_response("**/answers"):
            route.continue_()

    assert exam.responses() == {item_id: newest}


def test_an_answer_from_another_device_stands_and_the_page_says_so(
    exam: Exam, page: Page, browser: Browser
) -> None:
    number, item_id = place_of(exam, Kind.SINGLE)
    go_to(page, number)
    mine = choose(page, number, 0)
    expect(page.locator("#saved-words")).to_contain_text("已保存")
    elsewhere = browser.new_context(locale="zh-CN")
    elsewhere.add_cookies([{"name": COOKIE, "value": exam.token, "url": exam.address}])
    second = elsewhere.new_page()
    second.goto(f"{exam.url}?question={number}")
    expect(second.locator(f"#question-{number} input[value='{mine}']")).to_be_checked()
    newest = choose(second, number, 1)
    expect(second.locator("#saved-words")).to_contain_text("已保存")

    # The page asks again when it comes into sight.
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    expect(page.locator(f"#question-{number} input[value='{newest}']")).to_be_checked()
    expect(page.locator("#told")).to_contain_text(f"第 {number} 题在另一台设备或窗口上改得更晚")
    assert exam.responses() == {item_id: newest}
    elsewhere.close()


def test_of_two_devices_an_older_answer_that_comes_late_is_replaced_and_that_is_said(
    exam: Exam, page: Page, browser: Browser, context: BrowserContext
) -> None:
    number, item_id = place_of(exam, Kind.SINGLE)
    go_to(page, number)
    context.set_offline(True)
    choose(page, number, 0)
    expect(page.locator("#saved-words")).to_contain_text("断网了")
    elsewhere = browser.new_context(locale="zh-CN")
    elsewhere.add_cookies([{"name": COOKIE, "value": exam.token, "url": exam.address}])
    second = elsewhere.new_page()
    second.goto(f"{exam.url}?question={number}")
    expect(second.locator("main[data-ready]")).to_be_attached()
    newest = choose(second, number, 1)
    expect(second.locator("#saved-words")).to_contain_text("已保存")

    context.set_offline(False)

    expect(page.locator(f"#question-{number} input[value='{newest}']")).to_be_checked()
    expect(page.locator("#told")).to_contain_text("改得更晚")
    assert exam.responses() == {item_id: newest}
    elsewhere.close()


def test_time_that_is_given_meanwhile_is_told_and_counts(exam: Exam, page: Page) -> None:
    expect(page.locator("#clock")).to_contain_text("还有 24 分")
    with exam.app.app_context(), Session(db.engine) as session, transaction(session):
        deadline_at = exam.attempt().deadline_at
        assert deadline_at is not None
        session.execute(
            update(ExamAttempt)
            .where(ExamAttempt.id == exam.attempt_id)
            .values(deadline_at=deadline_at + dt.timedelta(minutes=30))
        )

    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    expect(page.locator("#told")).to_contain_text("考试时间变了。还剩 54 分")
    expect(page.locator("#clock")).to_contain_text("还有 54 分")


def test_breaks_that_are_granted_meanwhile_are_offered_taken_and_freeze(exam: Exam, page: Page) -> None:
    expect(page.locator("main[data-ready]")).to_be_attached()
    with exam.app.app_context(), Session(db.engine) as session, transaction(session):
        agent = session.get_one(Agent, session.get_one(ExamAttempt, exam.attempt_id).agent_id)
        save_needs(
            session,
            agent_id=agent.id,
            needs=Needs(exam_breaks=1, exam_break_minutes=10),
            large_text=False,
            consent=True,
            actor_user_id=agent.user_id,
            now=clock.utc_now(),
        )
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    page.get_by_role("button", name="打开第 1 题").click()
    page.locator("#question-1").get_by_role("button", name="下一题").click()
    expect(page.locator("#question-2")).to_be_visible()
    page.get_by_text("休息一下（还有 1 次").click()
    page.get_by_role("button", name="停表休息").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("休息中，表停了")
    assert find_axe_violations(page) == []
    page.get_by_role("button", name="回来接着考").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("第 3 题还没打开")
    page.locator("#places a").nth(1).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("第 2 题锁定了")
    assert find_axe_violations(page) == []
    page.locator("#places a").nth(2).click()
    page.get_by_role("button", name="打开第 3 题").click()
    expect(page.locator("#question-3")).to_be_visible()
    expect(page.locator("main[data-ready]")).to_be_attached()


def test_who_is_signed_out_meanwhile_loses_nothing(exam: Exam, page: Page, context: BrowserContext) -> None:
    number, item_id = place_of(exam, Kind.SINGLE)
    go_to(page, number)
    context.clear_cookies()
    chosen = choose(page, number, 0)
    expect(page.locator("#saved-words")).to_contain_text("登录过期了")

    # Another window signs in, with a session and a form token of its own; the open page goes on by itself.
    other = context.new_page()
    other.goto(f"{exam.address}/sign-in?next=/account")
    other.get_by_label("手机号或邮箱").fill(exam.contact)
    other.get_by_label("密码", exact=True).fill(PASSWORD)
    other.get_by_role("button", name="登录", exact=True).click()
    other.wait_for_url("**/account")
    expect(page.locator("#saved-words")).to_contain_text("已保存", timeout=60_000)

    assert exam.responses() == {item_id: chosen}


def set_form(exam: Exam, form: Form) -> None:
    """Give the running exam other questions."""
    with exam.app.app_context(), Session(db.engine) as session, transaction(session):
        session.execute(
            update(ExamAttempt).where(ExamAttempt.id == exam.attempt_id).values(form=form.to_json())
        )


class TestOrdering:
    """Lines with a number each; the script adds buttons and keeps the numbers apart."""

    @pytest.fixture
    def number(self, exam: Exam, page: Page) -> int:
        item = next(one for one in BANK.current if isinstance(one, OrderingItem) and not one.practice)
        form = Form(
            exam_id="base",
            seed=1,
            minutes=25,
            pass_percent=70,
            questions=(
                Question(item_id=item.id, version=item.version, option_ids=item.option_ids),
                exam.form.questions[0],
            ),
        )
        set_form(exam, form)
        page.reload()
        return 1

    def test_moved_lines_are_saved_announced_and_there_after_a_reload(
        self, exam: Exam, page: Page, number: int
    ) -> None:
        lines = page.locator(f"#question-{number} .zx-arrange__line")
        words = lines.nth(2).locator(".zx-arrange__words").inner_text()

        # By the keyboard alone.
        lines.nth(2).locator(".zx-arrange__move--up").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")

        expect(page.locator(f"#question-{number} [role=status]")).to_have_text(
            f"{words}：现在第 1 位，共 {lines.count()} 位"
        )
        expect(lines.nth(0).locator(".zx-arrange__move--up")).to_be_focused()
        expect(page.locator("#saved-words")).to_contain_text("已保存")
        expect(page.locator(f"#places button[value='{number}']")).to_have_class(re.compile("is-answered"))
        page.reload()
        expect(lines.nth(0).locator(".zx-arrange__words")).to_have_text(words)
        shown = [select.get_attribute("id") for select in lines.locator("select").all()]
        [response] = exam.responses().values()
        assert isinstance(response, dict)
        assert sorted(response.values()) == list(range(1, len(shown) + 1))

    def test_a_number_that_is_taken_changes_hands(self, exam: Exam, page: Page, number: int) -> None:
        selects = page.locator(f"#question-{number} select")
        first, second = (page.locator(f"#{selects.nth(place).get_attribute('id')}") for place in (0, 1))
        first.select_option(label="2")
        second.select_option(label="1")

        second.select_option(label="2")

        expect(first.locator("option:checked")).to_have_text("1")
        expect(second.locator("option:checked")).to_have_text("2")

    def test_whoever_asked_for_words_only_gets_fields_and_nothing_moves_or_is_drawn(
        self, exam: Exam, page: Page, number: int
    ) -> None:
        with exam.app.app_context(), transaction(db.session):
            attempt = db.session.get_one(ExamAttempt, exam.attempt_id)
            attempt.accommodation = {**attempt.accommodation, "text_only": True}
        page.goto(f"{exam.url}?question={number}")
        expect(page.locator("#main")).to_have_attribute("data-ready", "1", timeout=20_000)
        lines = page.locator(f"#question-{number} .zx-arrange__line")
        words = lines.locator(".zx-arrange__words").all_inner_texts()

        # In the opposite order, which moves every line where lines do move.
        for place in range(len(words)):
            lines.nth(place).locator("select").select_option(label=str(len(words) - place))

        expect(page.locator("#saved-words")).to_contain_text("已保存", timeout=20_000)
        assert lines.locator(".zx-arrange__words").all_inner_texts() == words
        expect(page.locator(".zx-arrange__move")).to_have_count(0)
        assert (
            page.locator("svg").evaluate_all("all => all.filter((one) => one.checkVisibility()).length") == 0
        )
        expect(page.locator(f"#places button[value='{number}'] span")).to_have_text("已答")
        wait_for(lambda: len(exam.responses()) == 1)
        [response] = exam.responses().values()
        assert isinstance(response, dict)
        assert sorted(response.values()) == list(range(1, len(words) + 1))
        assert find_axe_violations(page) == []

    def test_what_was_not_sent_is_put_back_into_its_order(
        self, exam: Exam, page: Page, number: int, context: BrowserContext
    ) -> None:
        lines = page.locator(f"#question-{number} .zx-arrange__line")
        words = lines.nth(1).locator(".zx-arrange__words").inner_text()
        page.route("**/answers", lambda route: route.abort())
        lines.nth(1).locator(".zx-arrange__move--up").click()
        expect(page.locator("#saved-words")).to_contain_text("断网了")
        page.close()

        later = context.new_page()
        later.goto(f"{exam.url}?question={number}")

        expect(later.locator(f"#question-{number} .zx-arrange__words").first).to_have_text(words)
        wait_for(lambda: len(exam.responses()) == 1)


class TestTyping:
    """The text comes with the start; only what an input method has committed is saved."""

    @pytest.fixture
    def item(self, exam: Exam, page: Page) -> TypingItem:
        item = next(one for one in BANK.current if isinstance(one, TypingItem) and not one.practice)
        form = dataclasses.replace(
            exam.form,
            questions=(Question(item_id=item.id, version=item.version), *exam.form.questions[:1]),
        )
        set_form(exam, form)
        page.reload()
        return item

    def test_what_is_composed_counts_when_it_is_committed(
        self, exam: Exam, page: Page, context: BrowserContext, item: TypingItem
    ) -> None:
        expect(page.locator("body")).not_to_contain_text(item.passage.zh[:20])
        page.get_by_role("button", name="开始打字").click()
        expect(page.locator(".zx-passage").first).to_have_text(item.passage.zh)
        field = page.get_by_label("在这里照着打")
        expect(field).to_be_focused()

        keyboard = context.new_cdp_session(page)
        keyboard.send("Input.insertText", {"text": "您好，"})
        expect(page.locator("#saved-words")).to_contain_text("已保存")
        sent: list[str] = []
        page.on(
            "request",
            lambda request: (
                sent.append(unquote_plus(request.post_data or "")) if request.method == "POST" else None
            ),
        )
        keyboard.send("Input.imeSetComposition", {"text": "rang", "selectionStart": 4, "selectionEnd": 4})
        expect(field).to_have_value("您好，rang")
        # Whatever is waiting goes out at once when the network is back.
        page.evaluate("dispatchEvent(new Event('online'))")
        with page.expect_request("**/answers"):
            keyboard.send("Input.insertText", {"text": "让"})
        assert [("rang" in body, "让" in body) for body in sent] == [(False, True)]
        expect(field).to_have_value("您好，让")
        page.reload()
        expect(page.get_by_label("在这里照着打")).to_have_value("您好，让")

        [response] = exam.responses().values()
        assert isinstance(response, dict)
        assert response["text"] == "您好，让"
        assert response["ended"] > response["started"]

    def test_without_a_connection_it_does_not_start_and_says_so(
        self, page: Page, context: BrowserContext, item: TypingItem
    ) -> None:
        context.set_offline(True)
        page.get_by_role("button", name="开始打字").click()
        expect(page.locator("#saved-words")).to_contain_text("开始不了")

        context.set_offline(False)
        page.get_by_role("button", name="开始打字").click()
        expect(page.get_by_label("在这里照着打")).to_be_focused()


def test_the_time_is_told_when_asked_for(exam: Exam, page: Page) -> None:
    expect(page.locator("#told")).to_be_empty()

    page.get_by_role("button", name="还剩多少时间").click()

    expect(page.locator("#told")).to_contain_text("还剩 24 分")


def test_ten_five_and_one_minute_are_told_and_nothing_in_between(exam: Exam, page: Page) -> None:
    page.clock.install()
    # Only the page's own clock runs ahead: what the server says of the time would put it right again.
    page.route("**/state?*", lambda route: route.abort())
    page.reload()
    expect(page.locator("main[data-ready]")).to_be_attached()
    told = page.locator("#told")
    # The deadline is 25 minutes from the start, a few seconds of which are gone.
    page.clock.run_for(14 * 60_000)
    assert told.inner_text() == ""

    for minutes, words in ((1, "还剩 10 分钟。"), (5, "还剩 5 分钟。"), (4, "还剩 1 分钟。")):
        page.clock.run_for(minutes * 60_000)
        expect(told).to_have_text(words)
    assert page.locator("#clock").get_attribute("aria-live") == "off"


def test_what_was_kept_in_time_arrives_when_the_page_is_opened_after_the_end(
    exam: Exam, page: Page, context: BrowserContext
) -> None:
    number, item_id = place_of(exam, Kind.SINGLE)
    go_to(page, number)
    page.route("**/answers", lambda route: route.abort())
    chosen = choose(page, number, 0)
    expect(page.locator("#saved-words")).to_contain_text("断网了")
    page.route("**/answers", lambda route: None)
    with exam.app.app_context(), Session(db.engine) as session, transaction(session):
        ends_at = clock.utc_now()
        session.execute(
            update(ExamAttempt).where(ExamAttempt.id == exam.attempt_id).values(deadline_at=ends_at)
        )

    later = context.new_page()
    later.goto(exam.url)

    expect(later.get_by_role("heading", level=1)).to_have_text("时间到了")
    wait_for(lambda: exam.responses() == {item_id: chosen})


def test_when_time_is_over_it_hands_in_what_there_is(exam: Exam, page: Page) -> None:
    number, item_id = place_of(exam, Kind.SINGLE)
    go_to(page, number)
    choose(page, number, 0)
    expect(page.locator("#saved-words")).to_contain_text("已保存")
    with exam.app.app_context(), Session(db.engine) as session, transaction(session):
        ends_at = clock.utc_now() + GRACE / 20
        session.execute(
            update(ExamAttempt).where(ExamAttempt.id == exam.attempt_id).values(deadline_at=ends_at)
        )

    # The next save tells the page how much time is left by the server's clock.
    last = choose(page, number, 1)
    expect(page.get_by_role("heading", level=1)).to_contain_text("这次没通过", timeout=20_000)

    assert exam.attempt().status is AttemptStatus.SUBMITTED
    assert exam.responses() == {item_id: last}


def test_the_place_in_the_exam_is_in_title_address_and_focus(exam: Exam, page: Page) -> None:
    go_to(page, 3)

    expect(page).to_have_title("第 3 题，共 20 题 – 基础认证考试 – 坐席")
    expect(page).to_have_url(re.compile(r"\?question=3$"))
    expect(page.locator("#question-3 h1")).to_be_focused()


def test_the_browser_keeps_nothing_that_was_saved(exam: Exam, page: Page) -> None:
    number, _ = place_of(exam, Kind.SINGLE)
    go_to(page, number)
    choose(page, number, 0)
    expect(page.locator("#saved-words")).to_contain_text("已保存")

    kept = page.evaluate(
        """() => new Promise((resolve) => {
            const opening = indexedDB.open("zuoxi-exam", 1);
            opening.onsuccess = () => {
                const all = opening.result.transaction("answers").objectStore("answers").getAll();
                all.onsuccess = () => resolve(all.result);
            };
        })"""
    )

    assert kept == []
