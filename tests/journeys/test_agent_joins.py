"""Journey 1: from sign-up to the talent pool, a project and availability, on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.db import db
from app.models import Agent, AgentNeeds, AgentStatus, Availability, ExamAttempt, User
from exams.bank import shipped_bank
from exams.items import (
    Item,
    MatchingItem,
    MultipleItem,
    NumericItem,
    OrderingItem,
    ShortAnswerItem,
    SingleItem,
    TrueFalseItem,
)
from exams.lessons import lessons_for
from tests.browser import DESKTOP
from tests.exam_keys import right_values
from tests.journeys.steps import read_sms_code
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

MOBILE = "13812340001"
ITEMS = {item.id: item for item in shipped_bank().items}


def test_an_agent_joins(site: Site, browser: Browser, page: Page) -> None:
    sign_up(site, browser, page)
    say_what_helps(site, page)
    practise(site, page)
    attempt_id = sit_the_exam(site, page)
    check_the_certificate(site, browser, page)
    apply_and_give_availability(site, page)

    with site.app.app_context():
        agent = db.session.scalars(
            select(Agent).join(User).where(User.mobile == MOBILE).options(joinedload(Agent.user))
        ).one()
        needs = db.session.scalars(select(AgentNeeds).where(AgentNeeds.agent_id == agent.id)).one()
        attempt = db.session.scalars(select(ExamAttempt).where(ExamAttempt.agent_id == agent.id)).one()
        windows = db.session.scalars(select(Availability).where(Availability.agent_id == agent.id)).all()
    assert agent.status is AgentStatus.IN_POOL
    assert agent.user.large_text
    assert (needs.max_day_minutes, needs.text_only) == (240, True)
    assert str(attempt.id) == attempt_id
    assert attempt.deadline_at
    # Twenty-five minutes, and half as much again.
    assert (attempt.deadline_at - attempt.started_at).total_seconds() == 25 * 60 * 1.5
    assert windows


def sign_up(site: Site, browser: Browser, page: Page) -> None:
    page.goto(site.address)
    page.get_by_role("link", name=re.compile("我想接班")).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_label("姓名").fill("苏晴")
    page.get_by_label("你在哪个县或市").fill("寻乌县")
    page.get_by_label("手机号或邮箱").fill("138 1234 0001")
    page.get_by_label("我同意坐席这样使用我填的内容").check()
    page.get_by_role("button", name="发送验证码").click()
    desk = browser.new_context(locale="zh-CN", viewport=DESKTOP)  # type: ignore[arg-type]
    page.get_by_label("验证码").fill(read_sms_code(desk, site, MOBILE))
    desk.close()
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("密码", exact=True).fill("a long walk by the sea")
    page.get_by_role("button", name="开好账号").click()
    expect(page.get_by_role("navigation", name="主导航")).to_be_visible()


def say_what_helps(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/agent/needs")
    page.get_by_label("页面用大字").check()
    page.get_by_label(re.compile("只用文字|只做文字")).check()
    page.get_by_label("一天最多工作").select_option("240")
    page.get_by_label(re.compile("1.5|一倍半")).check()
    # Without a yes nothing is kept: the page says so and keeps what was chosen.
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("我同意：排班和考试按这些需要办").check()
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("排班和考试按这些需要办").first).to_be_visible()
    expect(page.locator("html")).to_have_class(re.compile("zx-large-text"))


def practise(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/agent/practice")
    while True:
        # What is counted below must all have arrived.
        page.wait_for_load_state()
        form = page.locator("form.zx-question")
        if form.locator("input[type=radio]").count():
            form.locator("input[type=radio]").first.check()
        elif form.locator("input[type=checkbox]").count():
            form.locator("input[type=checkbox]").first.check()
        elif form.get_by_role("button", name="开始打字").count():
            form.get_by_role("button", name="开始打字").click()
            form.get_by_label("在这里照着打").fill("您好")
        elif form.locator("select").count():
            form.locator("select").first.select_option(index=1)
        else:
            form.locator("input[name=answer]").fill("1")
        form.get_by_role("button", name="看看对不对").click()
        expect(page.locator("#feedback")).to_be_visible()
        page.wait_for_load_state()
        following = page.get_by_role("link", name="下一种题")
        if not following.count():
            break
        following.click()
    page.get_by_role("link", name="练完了，去考试页").click()


def sit_the_exam(site: Site, page: Page) -> str:
    page.get_by_role("button", name="开始考试").click()
    expect(page.get_by_role("timer")).to_have_attribute("aria-live", "off")
    page.wait_for_load_state()
    attempt_id = page.url.split("/attempts/")[1].split("?")[0].split("/")[0]
    count = page.locator("form.zx-question").count()
    for number in range(1, count + 1):
        form = page.locator(f"#question-{number}")
        expect(form).to_be_visible()
        answer(page, number, ITEMS[form.locator("input[name=item_id]").input_value()])
        # Saved by itself, before anything is pressed.
        expect(page.locator("#saved-words")).to_contain_text("已保存")
        form.locator("button.govuk-button").first.click()
    expect(page.get_by_role("heading", name=re.compile("都答了"))).to_be_visible()
    page.get_by_role("button", name="交卷").click()
    expect(page.get_by_role("heading", name=re.compile("通过了，100 分"))).to_be_visible()
    return attempt_id


def answer(page: Page, number: int, item: Item) -> None:
    """Give the right answer, as the bank's own key has it."""
    form = page.locator(f"#question-{number}")
    if isinstance(item, TrueFalseItem):
        form.locator(f"input[value={str(item.key).lower()}]").check()
    elif isinstance(item, SingleItem):
        form.locator(f"input[value='{item.key}']").check()
    elif isinstance(item, MultipleItem):
        for option in item.key:
            form.locator(f"input[value='{option}']").check()
    elif isinstance(item, OrderingItem | MatchingItem):
        for value in right_values(item):
            form.locator(f"select:has(option[value='{value}'])").select_option(value)
    elif isinstance(item, ShortAnswerItem):
        form.locator("input[name=answer]").fill(item.key[0])
    else:
        assert isinstance(item, NumericItem)
        form.locator("input[name=answer]").fill(str(item.key))


def check_the_certificate(site: Site, browser: Browser, page: Page) -> None:
    page.goto(f"{site.address}/agent/certificates")
    number = page.get_by_text(re.compile(r"ZX-26-")).first.inner_text()
    found = re.search(r"ZX-26-[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]", number)
    assert found
    anybody = browser.new_context(locale="zh-CN", viewport=DESKTOP)  # type: ignore[arg-type]
    stranger = anybody.new_page()
    stranger.goto(f"{site.address}/certificates")
    stranger.get_by_label(re.compile("认证编号|编号")).fill(found[0].lower())
    stranger.get_by_role("button", name="核验").click()
    expect(stranger.get_by_text("这张认证是真的，现在有效")).to_be_visible()
    # The public page names nobody in full.
    expect(stranger.locator("body")).not_to_contain_text("苏晴")
    anybody.close()


def apply_and_give_availability(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/agent/projects")
    # Text only: no hotline among the projects that fit, and the reason is said plainly.
    expect(page.get_by_role("button", name=re.compile("申请.*热线"))).to_have_count(0)
    page.get_by_role("button", name=re.compile("申请")).first.click()
    # The assessment stays closed until the training is read, lesson by lesson.
    page.get_by_role("link", name="开始看").click()
    done = page.get_by_role("heading", name="培训看完了")
    following = page.get_by_role("button", name=re.compile("^看完了"))
    for _lesson in range(len(lessons_for("presales-chat"))):
        title = page.title()
        following.click()
        expect(page).not_to_have_title(title)
    expect(done).to_be_visible()
    page.get_by_role("link", name="去考核").click()
    expect(page.get_by_role("button", name="开始考核")).to_be_visible()
    page.goto(f"{site.address}/agent/availability")
    page.locator("input[value=can]").nth(4).check()
    page.locator("input[value=can]").nth(5).check()
    page.get_by_role("button", name="保存这一周").click()
    expect(page.locator("input[value=can]").nth(4)).to_be_checked()
