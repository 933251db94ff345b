"""Journeys 5 and 6: contacts come in, everybody sees what they say; notices with preferences; the audit."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import uuid
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import delete, func, select, update

from app.clock import BUSINESS_ZONE
from app.db import db, transaction
from app.demo.season import AGENT_EMAIL, MERCHANT_EMAIL, OPERATIONS_EMAIL
from app.models import (
    Agent,
    Certificate,
    Contact,
    ContactImport,
    ImportStatus,
    Membership,
    Merchant,
    Notice,
    NoticeKind,
    Project,
    User,
)
from app.services import notices
from tests.browser import DESKTOP
from tests.journeys.steps import sign_in
from tests.make import NOON
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

CONTACTS = 60
HEADER = (
    *("external_id", "agent", "channel", "started_at", "ended_at", "first_manual_seconds"),
    *("messages_in", "messages_out", "handoffs", "satisfaction", "resolved", "ordered"),
)


def test_imported_contacts_reach_everybody(site: Site, browser: Browser, tmp_path: Path) -> None:
    project_id, project_name, mobile = project_of_the_demo_agent(site)
    desk = browser.new_context(locale="zh-CN", viewport=DESKTOP)  # type: ignore[arg-type]
    page = desk.new_page()
    sign_in(page, site, OPERATIONS_EMAIL)

    broken = tmp_path / "broken.csv"
    broken.write_text(contacts_csv(mobile).replace(",5,", ",9,", 3), encoding="utf-8")
    upload(site, page, project_name, broken, "CSV")
    site.wait_for(lambda: last_import(site) is ImportStatus.REFUSED, "the broken file is refused")
    page.reload()
    expect(page.locator("main")).to_contain_text(re.compile("没有收下"))
    assert count_contacts(site, project_id) == 0

    good = tmp_path / "good.csv"
    good.write_text(contacts_csv(mobile), encoding="utf-8")
    upload(site, page, project_name, good, "CSV")
    site.wait_for(lambda: last_import(site) is ImportStatus.DONE, "the file is taken in")
    assert count_contacts(site, project_id) == CONTACTS
    assert was_told(site)

    page.goto(f"{site.address}/operations/people")
    expect(page.locator("main svg").first).to_be_visible()
    expect(page.locator("main")).to_contain_text(re.compile("留"))
    page.goto(f"{site.address}/operations/audit")
    expect(page.locator("main")).to_contain_text("周敏")
    desk.close()

    see_the_scorecard(site, browser)
    see_the_merchants_board(site, browser)


def project_of_the_demo_agent(site: Site) -> tuple[uuid.UUID, str, str]:
    """Return a project of the demo's merchant that its agent is certified for, with no contacts yet."""
    with site.app.app_context(), transaction(db.session):
        project = db.session.scalars(
            select(Project)
            .join(Merchant, Merchant.id == Project.merchant_id)
            .join(Membership, Membership.merchant_id == Merchant.id)
            .join(User, User.id == Membership.user_id)
            .where(User.email == MERCHANT_EMAIL)
            .order_by(Project.name)
            .limit(1)
        ).one()
        agent = db.session.scalars(select(Agent).join(User).where(User.email == AGENT_EMAIL)).one()
        mobile = db.session.scalars(select(User.mobile).where(User.id == agent.user_id)).one()
        db.session.execute(delete(Contact).where(Contact.project_id == project.id))
        held = db.session.scalar(
            select(Certificate.id).where(
                Certificate.agent_id == agent.id, Certificate.project_id == project.id
            )
        )
        if held is None:
            db.session.execute(
                update(Certificate)
                .where(
                    Certificate.id
                    == select(Certificate.id)
                    .where(Certificate.agent_id == agent.id, Certificate.project_id.is_not(None))
                    .limit(1)
                    .scalar_subquery()
                )
                .values(project_id=project.id)
            )
        assert mobile
        return project.id, project.name, mobile


def contacts_csv(mobile: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    start = NOON.astimezone(BUSINESS_ZONE) - dt.timedelta(hours=2)
    for number in range(CONTACTS):
        begins = start + dt.timedelta(minutes=number)
        writer.writerow(
            (
                *(f"J-{number}", mobile, "chat", f"{begins:%Y-%m-%d %H:%M:%S}"),
                f"{begins + dt.timedelta(minutes=6):%Y-%m-%d %H:%M:%S}",
                *(4 if number % 10 else 45, 5, 6, 0, 5 if number % 2 else 4, "true", "false"),
            )
        )
    return out.getvalue()


def upload(site: Site, page: Page, project: str, file: Path, file_format: str) -> None:
    page.goto(f"{site.address}/operations/imports/new")
    choice = page.locator("select[name=project_id] option").filter(has_text=project).first
    page.locator("select[name=project_id]").select_option(choice.get_attribute("value"))
    page.get_by_label(re.compile(file_format)).first.check()
    page.locator("input[type=file]").set_input_files(str(file))
    page.get_by_role("button", name="开始导入").click()
    expect(page).to_have_url(re.compile(r"/operations/imports/[0-9a-f-]{36}"))


def last_import(site: Site) -> ImportStatus:
    with site.app.app_context():
        return db.session.scalars(
            select(ContactImport.status).order_by(ContactImport.created_at.desc()).limit(1)
        ).one()


def count_contacts(site: Site, project_id: uuid.UUID) -> int:
    with site.app.app_context():
        return db.session.scalars(
            select(func.count()).select_from(Contact).where(Contact.project_id == project_id)
        ).one()


def was_told(site: Site) -> bool:
    """Say whether who uploaded the file has a notice of what became of it."""
    with site.app.app_context():
        told = db.session.scalar(
            select(func.count())
            .select_from(Notice)
            .join(User, User.id == Notice.user_id)
            .where(User.email == OPERATIONS_EMAIL, Notice.kind == NoticeKind.IMPORT_FINISHED)
        )
    return bool(told)


def see_the_scorecard(site: Site, browser: Browser) -> None:
    context = browser.new_context(locale="en-GB", viewport=DESKTOP)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{site.address}/sign-in")
    page.get_by_label("Mobile number or e-mail").fill(AGENT_EMAIL)
    page.get_by_label("Password", exact=True).fill("zuoxi-demo")
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{site.address}/agent/scorecard")
    main = page.locator("main")
    # 54 of 60 answered within 30 s; six messages to five.
    expect(main).to_contain_text("1.2")
    expect(main).to_contain_text("90")
    context.close()


def see_the_merchants_board(site: Site, browser: Browser) -> None:
    context = browser.new_context(locale="zh-CN", viewport=DESKTOP)  # type: ignore[arg-type]
    page = context.new_page()
    sign_in(page, site, MERCHANT_EMAIL)
    day = NOON.astimezone(BUSINESS_ZONE).date()
    page.goto(f"{site.address}/merchant/live?day={day.isoformat()}")
    expect(page.locator("main")).to_contain_text("90")
    expect(page.locator("main")).to_contain_text("98")
    context.close()


def test_notices_follow_preferences(site: Site, browser: Browser) -> None:
    with site.app.app_context(), transaction(db.session):
        reader = db.session.scalars(select(User.id).where(User.email == OPERATIONS_EMAIL)).one()
        notices.notify(
            db.session,
            user_id=reader,
            kind=NoticeKind.IMPORT_FINISHED,
            now=NOON,
            file_name="good.csv",
            read=CONTACTS,
            imported=CONTACTS,
            faults=0,
        )
    context = browser.new_context(locale="zh-CN", viewport=DESKTOP)  # type: ignore[arg-type]
    page = context.new_page()
    sign_in(page, site, OPERATIONS_EMAIL)
    page.goto(f"{site.address}/notices")
    expect(page.locator("main")).to_contain_text("导入完成")
    page.get_by_role("button", name="全部标为看过").click()
    expect(page.locator(".zx-count")).to_have_count(0)
    page.goto(f"{site.address}/account")
    box = page.get_by_label(re.compile("导入"))
    box.uncheck()
    box.locator("xpath=ancestor::form").get_by_role("button").click()
    expect(page.get_by_label(re.compile("导入"))).not_to_be_checked()
    context.close()
