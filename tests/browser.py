"""A real browser on a real page: Debian's Chromium through Playwright."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).resolve().parents[1] / "node_modules" / "axe-core" / "axe.min.js"
# A closed network makes Chromium's own errands fail one by one; they are switched off.
ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)
PHONE = {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 640}
DESKTOP = {"width": 1440, "height": 900}


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start Chromium for as long as the block runs; what is expected of a page may take 20 seconds."""
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def serve_in_thread(app: Flask) -> Iterator[str]:
    """Serve the app from this process; yield its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def find_axe_violations(page: Page) -> list[str]:
    """Run axe-core with every rule, target-size too, over the open page."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE.read_text())
    result: dict[str, Any] = page.evaluate(
        """() => axe.run(document, {
            resultTypes: ["violations"],
            rules: {
                "aria-roledescription": {enabled: true},
                "audio-caption": {enabled: true},
                "color-contrast-enhanced": {enabled: true},
                "duplicate-id": {enabled: true},
                "duplicate-id-active": {enabled: true},
                "identical-links-same-purpose": {enabled: true},
                "landmark-complementary-is-top-level": {enabled: true},
                "meta-refresh-no-exceptions": {enabled: true},
                "target-size": {enabled: true},
            },
        })"""
    )
    return [
        f"{violation['id']}: {node['target']} {node['html'][:160]}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


def overflows(page: Page) -> bool:
    """Say whether the page is wider than the window: a reader would have to scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"))
