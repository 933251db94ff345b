"""The chat's page in a real browser: a candidate serves three customers by keyboard, and sees the result."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, create_app
from app.db import db
from app.models import AttemptStatus, ChatLine, ChatSitting, ExamAttempt
from app.services.sessions import start_session
from app.web.identity import COOKIE
from exams.chat.loader import get_script
from exams.forms import Form, Question
from tests.browser import DESKTOP, NARROW, open_browser, serve_in_thread
from tests.conftest import fresh_database, settings_for
from tests.make import Make

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("chat-script")]

ITEM = "as-chat-parcels"
SCRIPT = get_script("aftersales-parcels")
FORM = Form(
    exam_id="project-aftersales-chat",
    seed=1,
    minutes=22,
    pass_percent=70,
    questions=(Question(item_id=ITEM, version=1),),
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Exam:
    """A running exam of somebody who is signed in, and where the browser finds it."""

    app: Flask
    address: str
    attempt_id: uuid.UUID
    token: str

    @property
    def url(self) -> str:
        return f"{self.address}/agent/attempts/{self.attempt_id}"

    def lines(self) -> list[str]:
        with self.app.app_context(), Session(db.engine) as session:
            rows = session.scalars(
                select(ChatLine)
                .join(ChatSitting, ChatSitting.id == ChatLine.sitting_id)
                .where(ChatSitting.attempt_id == self.attempt_id)
                .order_by(ChatLine.sequence)
            )
            return [row.text for row in rows]


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
def browser(site: tuple[Flask, str]) -> Iterator[Browser]:
    """A browser, opened when the server is up: what starts the server cannot run inside Playwright's loop."""
    with open_browser() as browser:
        yield browser


@pytest.fixture
def exam(site: tuple[Flask, str]) -> Exam:
    app, address = site
    with app.app_context(), Session(db.engine, expire_on_commit=False) as session:
        make = Make(session)
        agent = make.agent()
        now = clock.utc_now()
        attempt = make.save(
            ExamAttempt(
                id=uuid.uuid4(),
                agent_id=agent.id,
                exam=FORM.exam_id,
                form=FORM.to_json(),
                accommodation={},
                status=AttemptStatus.RUNNING,
                started_at=now,
                deadline_at=now + dt.timedelta(minutes=22),
            )
        )
        token = start_session(session, user_id=agent.user_id, device="test", now=clock.wall_now())
        session.commit()
    return Exam(app=app, address=address, attempt_id=attempt.id, token=token)


def open_context(
    browser: Browser, exam: Exam, *, viewport: object = DESKTOP, script: bool = True
) -> BrowserContext:
    context = browser.new_context(
        locale="zh-CN",
        viewport=viewport,  # type: ignore[arg-type]
        java_script_enabled=script,
    )
    context.add_cookies([{"name": COOKIE, "value": exam.token, "url": exam.address}])
    context.set_default_timeout(30_000)
    return context


@pytest.fixture
def context(browser: Browser, exam: Exam) -> Iterator[BrowserContext]:
    context = open_context(browser, exam)
    yield context
    context.close()


def begin(page: Page, exam: Exam) -> None:
    page.goto(exam.url)
    page.get_by_role("link", name="打开对话").click()
    page.get_by_role("button", name="开始接待").click()
    expect(page.locator("#chat-luo .zx-said")).to_have_count(1)


def begin_with_script(page: Page, exam: Exam) -> None:
    begin(page, exam)
    wait_for_script(page)


def wait_for_script(page: Page) -> None:
    """The boxes can be seen before they listen to the keyboard."""
    expect(page.locator("body.has-chat-script")).to_be_visible()


def answer(page: Page, name: str, text: str) -> None:
    """Type into the box that has the focus and press Enter, as one does."""
    box = page.get_by_label(f"回复{name}")
    expect(box).to_be_focused()
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(page.locator(".zx-said--me").filter(has_text=text)).to_be_visible()


def test_three_customers_are_served_by_keyboard(context: BrowserContext, exam: Exam) -> None:
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    begin_with_script(page, exam)

    page.keyboard.press("Alt+1")
    answer(page, "罗先生", "您好，很抱歉，我马上向快递发起催查")
    # They react to what was written, and the one who does not see hears it.
    expect(page.locator("#chat-luo")).to_contain_text("我明天能收到吗")
    expect(page.locator("#told")).to_contain_text("罗先生说：")
    answer(page, "罗先生", "我不能保证明天到，24小时内给您回复。谢谢您，再见")

    expect(page.locator("#chat-fang .zx-said")).to_have_count(1)
    page.keyboard.press("Alt+2")
    answer(page, "方女士", "您好，退款已经处理，原路退回银行卡")
    expect(page.locator("#chat-fang")).to_contain_text("今天能到账吗")
    expect(page.locator("#chat-ye .zx-said").first).to_be_visible()
    page.keyboard.press("Alt+3")
    answer(page, "小叶", "您好，非常抱歉，请拍张照片给我看看")
    expect(page.locator("#chat-ye")).to_contain_text("拍好了")

    page.get_by_role("button", name="结束全部对话").click()
    expect(page.get_by_text("分数交卷后看得到").first).to_be_visible()
    page.goto(f"{exam.url}/submit")
    page.get_by_role("button", name="交卷").click()
    page.get_by_role("link", name="看对话和每一部分的分数").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("这场对话得")
    expect(page.get_by_role("heading", name="首次人工响应")).to_be_visible()
    expect(page.locator(".zx-verdict").filter(has_text="说明 24 小时内回复")).to_contain_text("做到了")
    assert len(exam.lines()) == 4
    assert errors == []


def test_a_message_written_without_a_network_arrives_once(context: BrowserContext, exam: Exam) -> None:
    page = context.new_page()
    begin_with_script(page, exam)
    context.set_offline(True)
    page.get_by_label("回复罗先生").fill("您好，我查一下")
    page.get_by_label("回复罗先生").press("Enter")
    expect(page.locator("#saved-words")).to_contain_text("断网了")
    context.set_offline(False)

    expect(page.locator("#chat-luo .zx-said--me")).to_have_count(1)
    assert exam.lines() == ["您好，我查一下"]


def test_a_message_whose_answer_was_lost_is_there_once(context: BrowserContext, exam: Exam) -> None:
    page = context.new_page()
    begin_with_script(page, exam)
    tries: list[str] = []

    def lose(route: Route) -> None:
        tries.append(str(route.request.post_data))
        if len(tries) == 1:
            route.fetch()
        # Twice, so that news of the message comes before it is sent again.
        if len(tries) < 3:
            route.abort()
        else:
            route.continue_()

    page.route("**/lines", lose)
    page.get_by_label("回复罗先生").fill("您好，我查一下")
    page.get_by_label("回复罗先生").press("Enter")
    expect(page.locator("#chat-luo .zx-said--me")).to_have_count(1)
    page.get_by_label("回复罗先生").fill("查到了，马上催")
    page.get_by_label("回复罗先生").press("Enter")

    expect(page.locator("#chat-luo .zx-said--me")).to_have_count(2, timeout=20_000)
    assert exam.lines() == ["您好，我查一下", "查到了，马上催"]


def test_two_windows_send_at_once_and_both_messages_stay(context: BrowserContext, exam: Exam) -> None:
    first, second = context.new_page(), context.new_page()
    begin_with_script(first, exam)
    second.goto(f"{exam.url}/chats/{ITEM}")
    for page, text in ((first, "您好，我是客服"), (second, "我马上催快递")):
        page.get_by_label("回复罗先生").fill(text)
        page.get_by_label("回复罗先生").press("Enter")

    for page in (first, second):
        expect(page.locator("#chat-luo .zx-said--me")).to_have_count(2)
    assert sorted(exam.lines()) == sorted(["您好，我是客服", "我马上催快递"])


def test_what_is_refused_stays_in_its_box_with_a_sentence(context: BrowserContext, exam: Exam) -> None:
    page = context.new_page()
    begin_with_script(page, exam)
    box = page.get_by_label("回复罗先生")
    box.fill("好" * 501)
    box.press("Enter")

    expect(page.locator("#error-luo")).to_contain_text("这条消息太长")
    expect(box).to_have_value("好" * 501)
    box.fill("<img src=x onerror=alert(1)>您好")
    box.press("Enter")
    expect(page.locator("#chat-luo .zx-said--me")).to_contain_text("<img src=x onerror=alert(1)>您好")
    expect(page.locator("#error-luo")).to_be_hidden()


def test_shortcuts_can_be_turned_off(context: BrowserContext, exam: Exam) -> None:
    page = context.new_page()
    begin_with_script(page, exam)
    page.locator("#shortcuts").uncheck()
    page.keyboard.press("Alt+1")
    expect(page.get_by_label("回复罗先生")).not_to_be_focused()
    page.reload()
    expect(page.locator("#shortcuts")).not_to_be_checked()


def test_without_script_on_a_narrow_phone(browser: Browser, exam: Exam) -> None:
    context = open_context(browser, exam, viewport=NARROW, script=False)
    page = context.new_page()
    begin(page, exam)
    page.get_by_label("回复罗先生").fill("您好，很抱歉，我马上向快递发起催查")
    page.get_by_role("button", name="发送 给罗先生").click()
    expect(page.locator("#chat-luo .zx-said--me")).to_have_count(1)

    page.get_by_label("回复罗先生").fill("？！")
    page.get_by_role("button", name="发送 给罗先生").click()
    expect(page.locator("#error-luo")).to_contain_text("还没有写内容")
    page.get_by_text("快捷短语").first.click()
    page.get_by_role("button", name="请稍等，我马上为您查询。").first.click()
    expect(page.locator("#chat-luo .zx-said--me")).to_have_count(2)
    page.get_by_role("link", name="看有没有新消息").click()
    expect(page.locator("#chat-luo .zx-said--me")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    context.close()


def test_practice_plays_without_keeping_anything(context: BrowserContext, exam: Exam) -> None:
    page = context.new_page()
    page.goto(f"{exam.address}/agent/practice/chat")
    page.get_by_role("button", name="开始接待").click()
    wait_for_script(page)
    box = page.get_by_label("回复小梅")
    box.fill("您好，容量 1.7 升，有现货")
    box.press("Enter")
    expect(page.locator("#chat-mei")).to_contain_text("明天能到吗")
    page.get_by_role("button", name="结束全部对话").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("这场对话得")
    expect(page.get_by_text("告诉顾客容量 1.7 升")).to_be_visible()
    assert exam.lines() == []
