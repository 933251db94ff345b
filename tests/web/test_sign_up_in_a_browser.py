"""Signing up in Chromium: without script, by keyboard alone, and without barriers on the pages in between."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import create_engine, text

from app import create_app
from app.db import db
from app.web.i18n import LANGUAGE_COOKIE
from tests.browser import DESKTOP, NARROW, find_axe_violations, open_browser, overflows, serve_in_thread
from tests.conftest import fresh_database, settings_for
from tests.make import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("sign-up-browser")]


class Site:
    """A served site, a browser before it, and the messages it sent."""

    def __init__(self, app: Flask, address: str, browser: Browser, database_url: str) -> None:
        self.app, self.address, self.browser = app, address, browser
        self._database_url = database_url

    def open(self, path: str, *, locale: str = "zh", **options: Any) -> Page:
        context = self.browser.new_context(**{"viewport": NARROW, "bypass_csp": True, **options})
        context.add_cookies([{"name": LANGUAGE_COOKIE, "value": locale, "url": self.address}])
        page = context.new_page()
        page.goto(self.address + path)
        return page

    def code_for(self, contact: str) -> str:
        engine = create_engine(self._database_url)
        with engine.connect() as connection:
            body = connection.execute(
                text("SELECT body FROM message WHERE recipient = :contact ORDER BY created_at DESC LIMIT 1"),
                {"contact": contact},
            ).scalar_one()
        engine.dispose()
        found = re.search(r"\b\d{6}\b", body)
        assert found
        return found[0]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with fresh_database() as url:
        app = create_app(settings_for(url))
        app.config["TESTING"] = True
        with serve_in_thread(app) as address, open_browser() as browser:
            yield Site(app, address, browser, url)
        with app.app_context():
            db.engine.dispose()


def fill_first_page(page: Page, contact: str) -> None:
    page.fill("#name", "Lin Xiao")
    page.fill("#region", "Xunwu")
    page.fill("#contact", contact)
    page.check("#consent")
    page.click("main form [type=submit]")


def test_works_without_script(site: Site) -> None:
    page = site.open("/sign-up/agent", java_script_enabled=False)
    fill_first_page(page, "plain@a.example")
    page.fill("#code", site.code_for("plain@a.example"))
    page.click("main form [type=submit]")
    page.fill("#password", PASSWORD)
    page.click("main form [type=submit]")

    expect(page).to_have_url(f"{site.address}/agent/")
    page.context.close()


def test_works_by_keyboard_alone(site: Site) -> None:
    page = site.open("/sign-up/agent", viewport=DESKTOP)
    press = page.keyboard.press
    press("Tab")
    expect(page.locator(".govuk-skip-link")).to_be_focused()
    press("Enter")
    # From the content on: the link of the warning, then the fields in the order in which they are read.
    focused = []
    for typed in (None, "Lin Xiao", "Xunwu", "keys@a.example", None, " ", None):
        press("Tab")
        focused.append(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
        if typed:
            page.keyboard.type(typed)
    assert focused == ["A", "name", "region", "contact", "A", "consent", "BUTTON"]

    press("Enter")
    page.wait_for_url("**/verify*")

    assert site.code_for("keys@a.example")
    page.context.close()


def test_a_refused_form_takes_the_focus_to_its_summary(site: Site) -> None:
    page = site.open("/sign-up/agent")
    page.click("main form [type=submit]")

    expect(page).to_have_title(re.compile("^有错误："))
    # The script that moves the focus runs some time after the answer has arrived.
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    page.click(".govuk-error-summary a[href='#contact']")
    expect(page.locator("#contact")).to_be_focused()
    page.context.close()


@pytest.mark.parametrize("viewport", [NARROW, DESKTOP], ids=["320", "desktop"])
@pytest.mark.parametrize("locale", ["zh", "en"])
def test_no_page_on_the_way_has_a_barrier(site: Site, locale: str, viewport: dict[str, int]) -> None:
    contact = f"{locale}{viewport['width']}@a.example"
    faults: list[str] = []

    def look(page: Page, where: str) -> None:
        page.wait_for_load_state()
        faults.extend(f"{where}: {fault}" for fault in find_axe_violations(page))
        if overflows(page):
            faults.append(f"{where}: wider than {viewport['width']} px")

    page = site.open("/sign-up/agent", locale=locale, viewport=viewport)
    page.click("main form [type=submit]")
    look(page, "refused sign-up")
    fill_first_page(page, contact)
    look(page, "code")
    page.fill("#code", "1")
    page.click("main form [type=submit]")
    look(page, "refused code")
    page.fill("#code", site.code_for(contact))
    page.click("main form [type=submit]")
    look(page, "password")
    page.fill("#password", "short")
    page.click("main form [type=submit]")
    look(page, "refused password")
    page.context.close()

    assert faults == []
