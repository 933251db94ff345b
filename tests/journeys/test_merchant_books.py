"""Journey 2: a merchant signs up, books seats, pays by transfer and by the sandbox, and cancels a part."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.db import db
from app.demo.season import OPERATIONS_EMAIL
from app.models import Booking, BookingStatus, Merchant, SeatCell
from app.queries.bookings import find_seat_drift
from tests.browser import DESKTOP
from tests.journeys.steps import read_mail_code, sign_in
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

EMAIL = "boss@tea.example"
SHOP = "听雨茶铺"


def test_a_merchant_books_and_cancels(site: Site, browser: Browser) -> None:
    context = browser.new_context(locale="zh-CN", viewport=DESKTOP)  # type: ignore[arg-type]
    page = context.new_page()
    sign_up(site, page)
    make_a_project(site, page)
    hold(site, page, cells=3)
    page.get_by_role("button", name=re.compile("演示付款")).click()
    expect(page.get_by_role("heading", name=re.compile("6 席已确认"))).to_be_visible()
    cancel_two_seats(page)
    hold(site, page, cells=1)
    page.get_by_role("button", name=re.compile("银行转账")).click()
    expect(page.get_by_text("转账时照抄这三项")).to_be_visible()
    address = page.url
    confirm_the_transfer(site, browser)
    page.goto(address)
    expect(page.get_by_role("heading", name=re.compile("2 席已确认"))).to_be_visible()
    context.close()

    with site.app.app_context():
        bookings = db.session.scalars(
            select(Booking)
            .join(Merchant)
            .where(Merchant.name == SHOP)
            .options(selectinload(Booking.lines))
            .order_by(Booking.created_at)
        ).all()
        cells = db.session.scalars(
            select(SeatCell).where(SeatCell.id.in_([line.seat_cell_id for line in bookings[0].lines]))
        ).all()
        assert find_seat_drift(db.session) == []
    assert [booking.status for booking in bookings] == [BookingStatus.CONFIRMED] * 2
    assert [sum(line.seats for line in booking.lines) for booking in bookings] == [4, 2]
    assert all(cell.taken <= cell.capacity for cell in cells)


def sign_up(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/sign-up/merchant")
    page.get_by_label("店铺名称").fill(SHOP)
    page.get_by_label("店铺在哪个城市").fill("杭州")
    page.get_by_label("你的姓名").fill("何雨")
    page.get_by_label("手机号或邮箱").fill(EMAIL)
    page.get_by_label("我同意坐席这样使用我填的内容").check()
    page.get_by_role("button", name="发送验证码").click()
    page.get_by_label("验证码").fill(read_mail_code(site, EMAIL))
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("密码", exact=True).fill("a long walk by the sea")
    page.get_by_role("button", name="开好账号").click()
    expect(page.get_by_role("navigation", name="主导航")).to_be_visible()


def make_a_project(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/merchant/projects/new")
    page.get_by_label("项目名称").fill("听雨茶铺·售前")
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="建好").click()
    expect(page.get_by_text("听雨茶铺·售前").first).to_be_visible()


def hold(site: Site, page: Page, *, cells: int) -> None:
    """Pick cells that have room, two seats each, see price and deposit, and hold them."""
    page.goto(f"{site.address}/merchant/season")
    page.get_by_label("每格订几席").fill("2")
    boxes = page.locator(".zx-season input[type=checkbox]:not([disabled])")
    for index in range(cells):
        boxes.nth(index * 7 + 1).check(force=True)
    expect(page.locator("#basket")).to_contain_text(f"篮子：{cells} 个班次，{cells * 2} 席")
    expect(page.locator("#basket")).to_contain_text("定金 30%")
    page.get_by_role("button", name=re.compile("先占住")).click()
    expect(page.get_by_role("heading", name=re.compile(f"{cells * 2} 席占住了"))).to_be_visible()


def cancel_two_seats(page: Page) -> None:
    page.get_by_role("link", name=re.compile("取消全部或几席")).click()
    page.locator("input[name^=seats-]").first.fill("2")
    page.get_by_role("button", name="看要付多少").click()
    # The fee stands there in figures before anything is cancelled.
    expect(page.get_by_role("heading", level=1)).to_contain_text("取消")
    expect(page.get_by_role("heading", level=1)).to_contain_text("¥")
    page.get_by_role("button", name="取消这 2 席").click()
    expect(page.get_by_role("heading", name=re.compile("4 席已确认"))).to_be_visible()


def confirm_the_transfer(site: Site, browser: Browser) -> None:
    context = browser.new_context(locale="zh-CN", viewport=DESKTOP)  # type: ignore[arg-type]
    page = context.new_page()
    sign_in(page, site, OPERATIONS_EMAIL)
    page.goto(f"{site.address}/operations/payments")
    page.get_by_role("button", name=re.compile("到账")).first.click()
    context.close()
