"""axe-core finds nothing on any GET page x role x {zh, en} x {320 px, desktop}; nothing scrolls sideways."""

from __future__ import annotations

import dataclasses
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, url_for
from playwright.sync_api import Browser, BrowserContext
from playwright.sync_api import Page as BrowserPage
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, create_app
from app.db import db, transaction
from app.demo.season import make_season
from app.models import ShiftSlot, User
from app.services.sessions import start_session
from app.web.i18n import LANGUAGE_COOKIE
from app.web.identity import COOKIE
from tests.browser import DESKTOP, NARROW, find_axe_violations, open_browser, overflows, serve_in_thread
from tests.conftest import fresh_database, settings_for
from tests.make import NOON, PEAK, Make
from tests.web.all_pages import AREAS, pages_of
from tests.web.pages import AGENT, MERCHANT, OPERATIONS, VISITOR, Page, World
from tests.web.world import make_world

pytestmark = pytest.mark.browser

HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Stage:
    """A site with people in it, and a browser before it."""

    app: Flask
    address: str
    browser: Browser
    world: World
    pages: dict[str, list[Page]]
    tokens: dict[str, str | None]

    def context(self, role: str, locale: str, viewport: dict[str, int]) -> BrowserContext:
        context = self.browser.new_context(
            locale="en-GB" if locale == "en" else "zh-CN",
            viewport=viewport,  # type: ignore[arg-type]
            bypass_csp=True,
        )
        cookies: dict[str, str | None] = {COOKIE: self.tokens[role], LANGUAGE_COOKIE: locale}
        context.add_cookies(
            [
                {"name": name, "value": value, "url": self.address}
                for name, value in cookies.items()
                if value is not None
            ]
        )
        return context

    def url(self, page: Page) -> str:
        arguments: dict[str, Any] = dict(page.own)
        with self.app.test_request_context():
            return self.address + url_for(page.endpoint, **arguments)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    patch = pytest.MonkeyPatch()
    patch.setattr(clock, "utc_now", lambda: NOON)
    with fresh_database() as url:
        app = create_app(settings_for(url, demo=True))
        app.config.update(TESTING=True, RATELIMIT_ENABLED=False)
        with app.app_context():
            with transaction(db.session):
                # Full lists and charts: an empty page hides most faults.
                make_season(db.session, scale=0.03, seed=5, progress=lambda *_: None)
            with Session(db.engine, expire_on_commit=False) as session:
                world = make_world(Make(session), slot=_peak_slot(session))
                pages = {area: pages_of(area, world) for area in AREAS}
                people: dict[str, User | None] = {
                    VISITOR: None,
                    AGENT: world.make.user_of(world.agent),
                    MERCHANT: world.make.user_of(world.member),
                    OPERATIONS: world.operations,
                }
                tokens = {role: _sign_in(session, user) for role, user in people.items()}
            db.engine.dispose()
        with serve_in_thread(app) as address, open_browser() as browser:
            yield Stage(app=app, address=address, browser=browser, world=world, pages=pages, tokens=tokens)
        with app.app_context():
            db.engine.dispose()
    patch.undo()


def _peak_slot(session: Session) -> ShiftSlot:
    return session.scalars(select(ShiftSlot).where(ShiftSlot.starts_at == PEAK)).one()


def _sign_in(session: Session, user: User | None) -> str | None:
    if user is None:
        return None
    with transaction(session):
        return start_session(session, user_id=user.id, device="test", now=clock.wall_now())


def role_of(page: Page) -> str:
    """Return whose page it is, by its address: those who may open it see the same."""
    for role, prefix in ((AGENT, "agents."), (MERCHANT, "merchants."), (OPERATIONS, "operations.")):
        if page.endpoint.startswith(prefix):
            return role
    return VISITOR if page.access is None else AGENT


def looked_at(pages: list[Page]) -> list[Page]:
    return [page for page in pages if page.method == "GET" and page.look and page.allowed == 200]


def in_groups(locale: str) -> list[object]:
    """Every area for one language, kept together on one worker: the two languages run side by side."""
    mark = pytest.mark.xdist_group(f"accessibility-{locale}")
    return [pytest.param(area, locale, marks=mark, id=f"{area}-{locale}") for area in AREAS]


@pytest.mark.parametrize(("area", "locale"), [*in_groups("zh"), *in_groups("en")])
def test_no_page_has_a_barrier(stage: Stage, area: str, locale: str) -> None:
    """Each page is opened once, and looked at in a narrow window and at a desk."""
    faults = []
    opened: dict[str, BrowserPage] = {}
    for entry in looked_at(stage.pages[area]):
        role = role_of(entry)
        if role not in opened:
            opened[role] = stage.context(role, locale, NARROW).new_page()
        page = opened[role]
        for viewport in (NARROW, DESKTOP):
            page.set_viewport_size(viewport)  # type: ignore[arg-type]
            if viewport is NARROW:
                response = page.goto(stage.url(entry))
                assert response is not None
                assert response.status == 200, f"{entry.endpoint}: {response.status}"
                page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true })")
            where = f"{entry.endpoint} at {viewport['width']} px"
            faults += [f"{where}: {fault}" for fault in find_axe_violations(page)]
            if overflows(page):
                faults.append(f"{where}: wider than the window")
    for page in opened.values():
        page.context.close()

    assert faults == []


@pytest.mark.xdist_group("accessibility-en")
@pytest.mark.parametrize("area", AREAS)
def test_english_pages_have_no_chinese_but_names(stage: Stage, area: str) -> None:
    """What the site itself says is English; made-up people and shops of the demo keep their names."""
    faults = []
    for entry in looked_at(stage.pages[area]):
        context = stage.context(role_of(entry), "en", DESKTOP)
        page = context.new_page()
        page.goto(stage.url(entry))
        texts: list[str] = page.evaluate(
            """() => [...document.querySelectorAll(
                "h1, h2, h3, legend, label, button, th[scope=col], summary, .govuk-hint, nav a span")]
                .filter(e => !e.closest("[lang^=zh]")).map(e => e.textContent.trim())"""
        )
        faults += [f"{entry.endpoint}: {text}" for text in texts if _is_ours(text)]
        context.close()

    assert faults == []


def _is_ours(text: str) -> bool:
    """Say whether a text has Chinese that is not a name of the demo (a shop, a place, a person)."""
    names = re.compile(r"[\u4e00-\u9fff]{2,}(店|县|区)|·|坐席")
    return bool(HAN.search(text)) and not names.search(text) and len(HAN.findall(text)) > 4


@pytest.mark.xdist_group("accessibility-zh")
def test_another_object_id_never_reaches_a_page_of_the_wrong_role(stage: Stage) -> None:
    context = stage.context(AGENT, "zh", DESKTOP)
    page = context.new_page()
    response = page.goto(f"{stage.address}/operations/season")
    assert response is not None
    assert response.status == 403
    assert find_axe_violations(page) == []
    response = page.goto(f"{stage.address}/merchant/bookings/{uuid.uuid4()}")
    assert response is not None
    assert response.status == 403
    context.close()
