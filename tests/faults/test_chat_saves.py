"""No acknowledged message to a customer is lost or doubled, whatever is killed."""

from __future__ import annotations

import contextlib
import random
import time
from pathlib import Path

import pytest
from playwright.sync_api import Error, Locator, Page, expect, sync_playwright

from app.web.identity import COOKIE
from exams.chat.loader import get_script
from tests.faults.chat_load import Talker
from tests.faults.hall import PARTS, Chromium, Hall

pytestmark = pytest.mark.xdist_group("exam-saves")

ITEM = "as-chat-parcels"
CONSUMER = get_script("aftersales-parcels").consumers[0].id
TALKERS = 2


@pytest.mark.parametrize("seconds", [4, pytest.param(120, marks=pytest.mark.slow)])
def test_what_was_said_is_kept_once_and_in_order_whatever_is_killed(
    hall: Hall, rng: random.Random, seconds: int
) -> None:
    sittings = [hall.start_chat(ITEM) for _ in range(TALKERS)]
    talkers = [
        Talker(
            port=hall.wire.port,
            attempt_id=str(sitting.attempt_id),
            token=sitting.token,
            cookie=COOKIE,
            items=sitting.items,
            rng=random.Random(rng.getrandbits(32)),
            started=sitting.started,
            consumer=CONSUMER,
        )
        for sitting in sittings
    ]
    for talker in talkers:
        talker.start()
    ends_at = time.monotonic() + seconds
    plan = rng.sample(PARTS, len(PARTS))
    while plan or time.monotonic() < ends_at:
        time.sleep(rng.uniform(0.2, 0.8))
        hall.break_something(rng, plan.pop() if plan else rng.choice(PARTS))
        for sitting, talker in zip(sittings, talkers, strict=True):
            promised = list(talker.said)
            kept = hall.messages(sitting)
            assert kept == list(range(1, len(kept) + 1))
            assert len(kept) >= len(promised)
    for talker in talkers:
        talker.finish.set()
    for talker in talkers:
        talker.join(timeout=30)
        assert not talker.is_alive()

    for sitting, talker in zip(sittings, talkers, strict=True):
        talker.drain()
        assert hall.messages(sitting) == talker.said == list(range(1, talker.begun + 1))
        assert talker.surprises == []
    # If nothing was cut off, nothing was tried.
    assert sum(talker.failures for talker in talkers) > 0


@pytest.mark.browser
@pytest.mark.parametrize("lives", [2, pytest.param(15, marks=pytest.mark.slow)])
def test_what_the_page_showed_as_said_is_there_though_the_browser_is_killed(
    hall: Hall, rng: random.Random, tmp_path: Path, lives: int
) -> None:
    sitting = hall.start_chat(ITEM)
    address = f"http://127.0.0.1:{hall.wire.port}"
    url = f"{address}/agent/attempts/{sitting.attempt_id}/chats/{ITEM}?with={CONSUMER}"
    shown: set[int] = set()
    count = 0
    with sync_playwright() as playwright:
        chromium = Chromium(playwright, tmp_path / "profile")
        try:
            for _ in range(lives):
                page = chromium.open(address, sitting.token)
                visit(page, url)
                for _ in range(rng.randint(2, 4)):
                    count += 1
                    if rng.random() < 0.4:
                        hall.wire.cut()
                    if rng.random() < 0.4:
                        hall.server.kill_worker(rng)
                    say(page, count)
                    time.sleep(rng.uniform(0, 0.3))
                    hall.wire.mend()
                    if rng.random() < 0.6:
                        expect(bubbles(page).filter(has_text=f"第{count}次")).to_have_count(1, timeout=60_000)
                shown |= {number for number in range(1, count + 1) if is_shown(page, number)}
                chromium.kill()
                hall.wire.mend()
                hall.server.wait()
            kept = hall.messages(sitting)
            assert shown <= set(kept)
            assert len(set(kept)) == len(kept)
            # And who comes back finds what was said.
            page = chromium.open(address, sitting.token)
            visit(page, url)
            expect(bubbles(page)).to_have_count(len(kept), timeout=20_000)
        finally:
            chromium.kill()
    assert shown


def bubbles(page: Page) -> Locator:
    return page.locator(f"#chat-{CONSUMER} .zx-said--me")


def visit(page: Page, url: str) -> None:
    """Open the desk; a worker that was killed a moment ago may take the first request along."""
    patience = time.monotonic() + 60
    while True:
        with contextlib.suppress(Error):
            page.goto(url)
            page.wait_for_selector("body.has-chat-script", state="attached", timeout=20_000)
            return
        assert time.monotonic() < patience


def say(page: Page, count: int) -> None:
    field = page.locator(f"#text-{CONSUMER}")
    field.fill(f"第{count}次")
    field.press("Enter")


def is_shown(page: Page, number: int) -> bool:
    return bool(page.get_by_text(f"第{number}次", exact=True).count())
