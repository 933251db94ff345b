"""Take the pictures of the screens that matter: `make screenshots`.

Makes a demo season in a folder of its own, runs and publishes the match by the worker, and photographs the
pages on a phone and at a desk, in both languages, into var/screenshots. With `--readme`, the picture that
README.md shows is written too.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from alembic import command
from playwright.sync_api import Browser, BrowserContext, Page
from rich.console import Console
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, create_app
from app.cli.database import alembic_config
from app.cli.demo_story import Story
from app.clock import BUSINESS_ZONE
from app.db import db, transaction
from app.demo.calendar import DEMO_NOW
from app.demo.season import AGENT_EMAIL, MERCHANT_EMAIL, OPERATIONS_EMAIL
from app.embedded import embedded_services
from app.models import (
    Agent,
    AgentStatus,
    ApplicationStatus,
    Certificate,
    Project,
    TrialShift,
    TrialStatus,
    User,
)
from app.queries.attempts import find_running_attempt
from app.services import attempts, breaks
from app.services.sessions import start_session
from app.settings import Settings
from app.supervisor import Supervisor
from app.web.i18n import LANGUAGE_COOKIE
from app.web.identity import COOKIE
from exams.bank import shipped_bank
from tests.browser import DESKTOP, NARROW, PHONE, open_browser
from tests.make import Make

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "var" / "screenshots"
PICTURE = ROOT / "docs" / "pictures" / "season-board.png"
PEAK_EVENING = dt.datetime(2026, 11, 11, 20, 4, tzinfo=BUSINESS_ZONE)
VIEWPORTS = {"phone": PHONE, "desktop": DESKTOP, "320": NARROW}

# Somebody who waits for what the demo season's people have behind them.
CANDIDATE = "candidate@demo.zuoxi.example"

# Name, whose page (None: everybody's), address.
PAGES: Sequence[tuple[str, str | None, str]] = (
    ("front", None, "/"),
    ("sign-up", None, "/sign-up/agent"),
    ("certificate", None, "/certificates/{certificate}"),
    ("agent-today", AGENT_EMAIL, "/agent/"),
    ("agent-offers", AGENT_EMAIL, "/agent/offers"),
    ("agent-needs", AGENT_EMAIL, "/agent/needs"),
    ("agent-growth", AGENT_EMAIL, "/agent/growth"),
    ("agent-exams", AGENT_EMAIL, "/agent/exams"),
    ("agent-appeals", AGENT_EMAIL, "/agent/appeals"),
    ("agent-practice", AGENT_EMAIL, "/agent/practice"),
    ("agent-chat-start", AGENT_EMAIL, "/agent/practice/chat"),
    ("agent-certificates", AGENT_EMAIL, "/agent/certificates"),
    ("agent-identity", CANDIDATE, "/agent/identity"),
    ("agent-training", CANDIDATE, "/agent/projects/{project}/training"),
    ("agent-break", CANDIDATE, "/agent/attempts/{attempt}"),
    ("agent-availability", AGENT_EMAIL, "/agent/availability"),
    ("agent-scorecard", AGENT_EMAIL, "/agent/scorecard"),
    ("merchant-season", MERCHANT_EMAIL, "/merchant/season"),
    ("merchant-bookings", MERCHANT_EMAIL, "/merchant/bookings"),
    ("merchant-live", MERCHANT_EMAIL, "/merchant/live"),
    ("operations-season", OPERATIONS_EMAIL, "/operations/season"),
    ("operations-people", OPERATIONS_EMAIL, "/operations/people"),
    ("operations-exam-needs", OPERATIONS_EMAIL, "/operations/people/{candidate}/accommodations"),
    ("operations-identities", OPERATIONS_EMAIL, "/operations/identities"),
    ("operations-trial", OPERATIONS_EMAIL, "/operations/trials/{trial}"),
    ("operations-certificate", OPERATIONS_EMAIL, "/operations/certificates/{certificate_id}"),
    ("operations-desk", OPERATIONS_EMAIL, "/operations/desk"),
    ("operations-appeals", OPERATIONS_EMAIL, "/operations/appeals"),
    ("operations-audit", OPERATIONS_EMAIL, "/operations/audit"),
    ("operations-base-exam", OPERATIONS_EMAIL, "/operations/base-exam"),
    ("operations-bank", OPERATIONS_EMAIL, "/operations/bank"),
    ("operations-item", OPERATIONS_EMAIL, "/operations/bank/items/as-window-start"),
    ("operations-flags", OPERATIONS_EMAIL, "/operations/bank/flags"),
    ("operations-blueprint", OPERATIONS_EMAIL, "/operations/bank/blueprints/base"),
    ("operations-item-edit", OPERATIONS_EMAIL, "/operations/bank/items/as-window-start/edit"),
    ("notices", OPERATIONS_EMAIL, "/notices"),
)
# Taken again on the peak evening, when people are at work.
ON_THE_DAY: Sequence[tuple[str, str | None, str]] = (
    ("day-agent-today", AGENT_EMAIL, "/agent/"),
    ("day-merchant-live", MERCHANT_EMAIL, "/merchant/live"),
    ("day-operations", OPERATIONS_EMAIL, "/operations/day"),
)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="only pages whose name contains this")
    parser.add_argument("--readme", action="store_true", help="also write the README's picture")
    options = parser.parse_args(arguments)
    console = Console(highlight=False)
    state = ROOT / "var" / "screenshots-state"
    with embedded_services(state, database_url=None, redis_url=None) as services:
        command.upgrade(alembic_config(services.database_url), "head")
        environ = {**os.environ, "ZUOXI_DEMO": "1", "ZUOXI_CLOCK_FILE": str(state / "clock")}
        with Supervisor(state_dir=state, services=services, environ=environ, port=8123) as supervisor:
            app = create_app(Settings.from_env(supervisor.environ))
            story = Story(app, console, supervisor.tend)
            story.set_clock(DEMO_NOW, state / "clock")
            if not story.season_exists():
                story.make_season(scale=1, seed=11)
            supervisor.start()
            supervisor.wait_healthy()
            story.match_and_publish(seed=11)
            with app.app_context(), Session(db.engine, expire_on_commit=False) as session:
                places = _stage(session)
                session.commit()
            with app.app_context(), transaction(db.session):
                people = (AGENT_EMAIL, MERCHANT_EMAIL, OPERATIONS_EMAIL, CANDIDATE)
                tokens = {email: _sign_in(email) for email in people}
            OUT.mkdir(parents=True, exist_ok=True)
            with open_browser() as browser:
                _take(browser, supervisor, tokens, PAGES, only=options.only, places=places)
                if options.readme:
                    _take_for_readme(browser, supervisor, tokens)
                clock.set_business_time(PEAK_EVENING, state / "clock")
                _take(browser, supervisor, tokens, ON_THE_DAY, only=options.only, places=places)
    console.print(f"{len(list(OUT.glob('*.png')))} pictures in {OUT.relative_to(ROOT)}")


def _stage(session: Session) -> Mapping[str, object]:
    """Save a candidate in a break of the exam and somebody on trial; return what addresses are made of."""
    make, now = Make(session), clock.utc_now()
    project = session.scalars(select(Project).order_by(Project.name).limit(1)).one()
    user = session.scalar(select(User).where(User.email == CANDIDATE))
    candidate = session.scalar(select(Agent).where(Agent.user_id == user.id)) if user else None
    if candidate is None:
        user = make.user(name="陈晓", email=CANDIDATE)
        candidate = make.agent(user=user, status=AgentStatus.NEW, joined_at=now)
        make.needs(candidate, exam_breaks=2, exam_break_minutes=10)
        make.application(candidate, project=project, status=ApplicationStatus.APPLIED, applied_at=now)
    attempt = find_running_attempt(session, candidate.id) or attempts.start_attempt(
        session,
        agent_id=candidate.id,
        project_id=None,
        bank=shipped_bank(),
        seed=1,
        actor_user_id=candidate.user_id,
        now=now,
    )
    breaks.start_break(
        session, attempt_id=attempt.id, agent_id=candidate.id, actor_user_id=candidate.user_id, now=now
    )
    learner = make.agent(joined_at=now)
    supervisor = session.scalars(select(User).where(User.email == OPERATIONS_EMAIL)).one()
    trial = make.save(
        TrialShift(
            id=uuid.uuid4(),
            application_id=make.application(learner, project=project, status=ApplicationStatus.TRIAL).id,
            supervisor_id=supervisor.id,
            status=TrialStatus.SCHEDULED,
            starts_at=now - dt.timedelta(hours=3),
            ends_at=now - dt.timedelta(hours=1),
        )
    )
    certificate = session.scalars(select(Certificate).limit(1)).one()
    return {
        "certificate": certificate.number,
        "certificate_id": certificate.id,
        "project": project.id,
        "attempt": attempt.id,
        "candidate": candidate.id,
        "trial": trial.id,
    }


def _sign_in(email: str) -> str:
    user_id = db.session.scalars(select(User.id).where(User.email == email)).one()
    return start_session(db.session, user_id=user_id, device="screenshots", now=clock.wall_now())


def _context(
    browser: Browser, base_url: str, token: str | None, locale: str, viewport: dict[str, int]
) -> BrowserContext:
    context = browser.new_context(viewport=viewport)  # type: ignore[arg-type]
    cookies = {LANGUAGE_COOKIE: locale, **({COOKIE: token} if token else {})}
    context.add_cookies([{"name": name, "value": value, "url": base_url} for name, value in cookies.items()])
    return context


def _take(
    browser: Browser,
    supervisor: Supervisor,
    tokens: dict[str, str],
    pages: Sequence[tuple[str, str | None, str]],
    *,
    only: str,
    places: Mapping[str, object],
) -> None:
    for name, email, path in pages:
        if only not in name:
            continue
        for locale in ("zh", "en"):
            for size, viewport in VIEWPORTS.items():
                if size == "320" and locale == "en":
                    continue
                token = tokens[email] if email else None
                context = _context(browser, supervisor.base_url, token, locale, viewport)
                page: Page = context.new_page()
                page.goto(supervisor.base_url + path.format(**places))
                page.screenshot(path=OUT / f"{name}-{locale}-{size}.png", full_page=True)
                context.close()
        supervisor.tend()


def _take_for_readme(browser: Browser, supervisor: Supervisor, tokens: dict[str, str]) -> None:
    context = _context(browser, supervisor.base_url, tokens[OPERATIONS_EMAIL], "en", DESKTOP)
    page = context.new_page()
    page.goto(f"{supervisor.base_url}/operations/season")
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURE, full_page=False)
    context.close()


if __name__ == "__main__":
    main(sys.argv[1:])
