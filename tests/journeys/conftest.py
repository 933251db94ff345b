"""One installation and one browser for all journeys; each journey has people and seats of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from app.db import db, transaction
from app.demo.season import make_season
from tests.browser import PHONE, open_browser
from tests.make import NOON
from tests.site import Site, run_site


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    state: Path = tmp_path_factory.mktemp("site")
    with run_site(state, now=NOON) as site:
        with site.app.app_context(), transaction(db.session):
            make_season(db.session, scale=0.1, seed=3, progress=lambda *_: None)
        yield site


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A person's phone, in Chinese."""
    context = browser.new_context(locale="zh-CN", viewport=PHONE)  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
