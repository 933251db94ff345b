"""Steps that several journeys take."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page, expect

from app.demo.season import OPERATIONS_EMAIL, PASSWORD
from tests.site import Site


def sign_in(page: Page, site: Site, contact: str, password: str = PASSWORD) -> None:
    """Sign in through the page."""
    page.goto(f"{site.address}/sign-in")
    page.get_by_label("手机号或邮箱").fill(contact)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("navigation", name="主导航")).to_be_visible()


def read_sms_code(context: BrowserContext, site: Site, mobile: str) -> str:
    """Read the newest code sent to a number, the way operations see it in the sandbox."""
    page = context.new_page()
    sign_in(page, site, OPERATIONS_EMAIL)
    page.goto(f"{site.address}/operations/messages?channel=sms&recipient={mobile}")
    body = page.locator("article p.zx-message").first.inner_text()
    page.close()
    return _code_in(body)


def read_mail_code(site: Site, address: str) -> str:
    """Read the newest code that arrived by real mail."""

    def find() -> str | None:
        letters = [mail for mail in site.mail.read_messages() if mail["To"] == address]
        return str(letters[-1].get_content()) if letters else None

    return _code_in(site.wait_for(find, f"mail to {address}"))


def _code_in(text: str) -> str:
    found = re.search(r"\b(\d{6})\b", text)
    assert found, f"no code in {text!r}"
    return found[1]
