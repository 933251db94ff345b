"""No acknowledged answer is lost, whatever is killed: workers, server, network, database, browser.

Everything is real: gunicorn, a PostgreSQL whose commits are durable, Chromium with its profile on disk.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections import defaultdict
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, expect, sync_playwright

from app.web.identity import COOKIE
from tests.faults.exam_load import Candidate
from tests.faults.hall import CANDIDATES, PARTS, QUESTIONS, Chromium, Hall

pytestmark = pytest.mark.xdist_group("exam-saves")


@pytest.mark.parametrize("seconds", [5, pytest.param(180, marks=pytest.mark.slow)])
def test_what_the_server_acknowledged_is_kept_whatever_is_killed(
    hall: Hall, rng: random.Random, seconds: int
) -> None:
    sittings = [hall.start_sitting() for _ in range(CANDIDATES)]
    candidates = [
        Candidate(
            port=hall.wire.port,
            attempt_id=str(sitting.attempt_id),
            token=sitting.token,
            cookie=COOKIE,
            items=sitting.items,
            rng=random.Random(rng.getrandbits(32)),
            started=sitting.started,
        )
        for sitting in sittings
    ]
    for candidate in candidates:
        candidate.start()

    ends_at = time.monotonic() + seconds
    plan = rng.sample(PARTS, len(PARTS))
    broken = 0
    while plan or time.monotonic() < ends_at:
        time.sleep(rng.uniform(0.2, 0.8))
        hall.break_something(
            rng, plan.pop() if plan else rng.choice(["worker", "wire", "server", "database"])
        )
        broken += 1
        for sitting, candidate in zip(sittings, candidates, strict=True):
            promised = dict(candidate.acknowledged)
            assert not lost(promised, hall.answers(sitting))
    for candidate in candidates:
        candidate.finish.set()
    for candidate in candidates:
        candidate.join(timeout=30)
        assert not candidate.is_alive()
    acknowledged = [dict(candidate.acknowledged) for candidate in candidates]
    for sitting, promised in zip(sittings, acknowledged, strict=True):
        assert not lost(promised, hall.answers(sitting))

    # What was still waiting arrives when everything is back.
    for sitting, candidate in zip(sittings, candidates, strict=True):
        candidate.drain()
        assert hall.answers(sitting) == dict(candidate.written)
        assert candidate.surprises == []
    requests = sum(candidate.requests for candidate in candidates)
    failures = sum(candidate.failures for candidate in candidates)
    print(f"{broken} times broken, {requests} saves sent, {failures} cut off")  # noqa: T201 - as above
    # If nothing was cut off, nothing was tried.
    assert failures > 0


def lost(promised: dict[str, int], kept: dict[str, int]) -> dict[str, tuple[int, int]]:
    """Return the items of which less is kept than was promised."""
    return {
        item: (number, kept.get(item, 0)) for item, number in promised.items() if kept.get(item, 0) < number
    }


@pytest.mark.browser
@pytest.mark.parametrize("lives", [3, pytest.param(25, marks=pytest.mark.slow)])
def test_what_the_browser_has_kept_arrives_though_it_is_killed(
    hall: Hall, rng: random.Random, tmp_path: Path, lives: int
) -> None:
    sitting = hall.start_sitting()
    address = f"http://127.0.0.1:{hall.wire.port}"
    url = f"{address}/agent/attempts/{sitting.attempt_id}"
    kept: dict[str, int] = defaultdict(int)
    count = 0
    with sync_playwright() as playwright:
        chromium = Chromium(playwright, tmp_path / "profile")
        try:
            for life in range(lives):
                page = chromium.open(address, sitting.token)
                visit(page, url)
                for _ in range(rng.randint(2, 5)):
                    count += 1
                    number = rng.randint(1, QUESTIONS)
                    # The first life is all offline: what it leaves behind is on the device alone.
                    if life == 0 or rng.random() < 0.4:
                        hall.wire.cut()
                    if rng.random() < 0.3:
                        hall.server.kill_worker(rng)
                    if write(page, number, count, wait=life == 0 or rng.random() < 0.7):
                        kept[sitting.items[number - 1]] = count
                    if life and rng.random() < 0.5:
                        hall.wire.mend()
                chromium.kill()
                if life == 0:
                    assert hall.answers(sitting) == {}
                hall.wire.mend()
                hall.server.wait()
            page = chromium.open(address, sitting.token)
            visit(page, url)
            patience = time.monotonic() + 60
            while missing := lost(kept, hall.answers(sitting)):
                assert time.monotonic() < patience, f"kept on the device, and never arrived: {missing}"
                time.sleep(0.1)
            # And the page shows what the server has.
            for number, item in enumerate(sitting.items, start=1):
                stored = hall.answers(sitting).get(item)
                field = page.locator(f"#question-{number} input[name=answer]")
                expect(field).to_have_value(f"第{stored}次" if stored else "", timeout=20_000)
        finally:
            chromium.kill()
    print(f"{lives} browsers killed, {count} answers written")  # noqa: T201 - as above
    assert kept


def visit(page: Page, url: str) -> None:
    """Open the exam; a worker that was killed a moment ago may take the first request along."""
    patience = time.monotonic() + 60
    while True:
        with contextlib.suppress(Error):
            page.goto(url)
            page.wait_for_selector("main[data-ready]", state="attached", timeout=20_000)
            return
        assert time.monotonic() < patience


def write(page: Page, number: int, count: int, *, wait: bool) -> bool:
    """Write an answer; return whether the page said that it is kept on this device."""
    before = page.evaluate("Number(document.getElementById('main').dataset.kept ?? 0)")
    page.locator(f"#places button[value='{number}']").click()
    page.locator(f"#question-{number} input[name=answer]").fill(f"第{count}次")
    if not wait:
        return False
    page.wait_for_function(
        "before => Number(document.getElementById('main').dataset.kept ?? 0) > before", arg=before
    )
    return True
