"""Look at the site the way each role does: sign in over HTTP and open their pages."""

from __future__ import annotations

import http.cookiejar
import re
import urllib.error
import urllib.parse
import urllib.request

from app.demo.season import AGENT_EMAIL, MERCHANT_EMAIL, OPERATIONS_EMAIL, PASSWORD

PAGES = {
    None: ("/", "/certificates", "/sign-in", "/sign-up/agent", "/sign-up/merchant"),
    AGENT_EMAIL: (
        "/agent/",
        "/agent/offers",
        "/agent/growth",
        "/agent/scorecard",
        "/agent/needs",
        "/notices",
    ),
    MERCHANT_EMAIL: ("/merchant/season", "/merchant/bookings", "/merchant/live", "/merchant/projects"),
    OPERATIONS_EMAIL: (
        *("/operations/season", "/operations/day", "/operations/people", "/operations/imports"),
        *("/operations/desk", "/operations/audit"),
    ),
}
TIMEOUT_SECONDS = 30


class TourError(Exception):
    """A page did not answer as it should; the message says which and how."""


def visit_every_role(base_url: str) -> None:
    """Open every page above, or raise TourError."""
    for email, paths in PAGES.items():
        visitor = Visitor(base_url)
        if email:
            visitor.sign_in(email)
        for path in paths:
            visitor.open(path)


class Visitor:
    """A browser without script: cookies, forms, redirects."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._opener = urllib.request.build_opener(
            # A proxy of the environment has no business between us and our own machine.
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
        )

    def open(self, path: str, data: dict[str, str] | None = None) -> str:
        body = urllib.parse.urlencode(data).encode() if data else None
        request = urllib.request.Request(
            self._base_url + path, data=body, headers={"Referer": self._base_url + path}
        )
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                page: str = answer.read().decode()
                landed = urllib.parse.urlsplit(answer.url).path
        except urllib.error.HTTPError as error:
            raise TourError(f"{path} answered {error.code} instead of 200.") from error
        except urllib.error.URLError as error:
            raise TourError(f"{path} did not answer: {error.reason}.") from error
        if data is None and landed.startswith("/sign-in") and path != "/sign-in":
            raise TourError(f"{path} asked a signed-in visitor to sign in.")
        return page

    def sign_in(self, contact: str) -> None:
        page = self.open("/sign-in")
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        if token is None:
            raise TourError("/sign-in has no form.")
        self.open("/sign-in", {"csrf_token": token[1], "contact": contact, "password": PASSWORD})
