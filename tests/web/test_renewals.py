"""What agents read about certificates that end, and how a merchant says how long they hold."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.models import Agent, ExamAttempt, Project
from tests.conftest import RoleClient
from tests.make import NOON, Make

DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: NOON)


@pytest.fixture
def project(make: Make) -> Project:
    return make.project(name="灯灯灯具")


@pytest.fixture
def agent(client: RoleClient, make: Make) -> Agent:
    agent = make.agent()
    make.certificate(agent)
    client.sign_in(make.user_of(agent), make.actor_of(agent))
    return agent


@pytest.mark.parametrize(("days", "shown"), [(61, False), (60, True), (1, True)])
def test_the_last_sixty_days_offer_the_renewal(
    client: RoleClient, make: Make, agent: Agent, project: Project, days: int, shown: bool
) -> None:
    make.certificate(agent, project=project, expires_at=NOON + days * DAY)

    growth, exams, certificates = (
        client.get(f"/agent/{page}").text for page in ("growth", "exams", "certificates")
    )

    assert ("去续期" in growth) is shown
    assert (f"还剩 {days} 天" in growth) is shown
    assert ("续期" in exams) is shown
    assert ("现在可以续期" in certificates) is shown
    # The base certificate says from when on; the project's as well, before its sixty days.
    assert certificates.count("起可以续期") == (1 if shown else 2)


def test_what_ran_out_says_what_comes_next(
    client: RoleClient, make: Make, agent: Agent, project: Project
) -> None:
    make.certificate(agent, project=project, issued_at=NOON - 190 * DAY, expires_at=NOON)

    assert "重新申请" in client.get("/agent/growth").text
    assert "重新申请这个项目" in client.get("/agent/certificates").text


def test_pressing_renew_starts_the_assessment_when_the_lessons_are_read(
    client: RoleClient, session: Session, make: Make, agent: Agent, project: Project
) -> None:
    make.certificate(agent, project=project, expires_at=NOON + 60 * DAY)
    assert f"/agent/projects/{project.id}/training" in client.get("/agent/exams").text
    assert client.post(f"/agent/projects/{project.id}/exam").status_code == 409
    for lesson in lessons_on(client.get(f"/agent/projects/{project.id}/training").text):
        client.post(lesson)
    assert f'action="/agent/projects/{project.id}/exam"' in client.get("/agent/exams").text

    client.post(f"/agent/projects/{project.id}/exam")

    assert session.scalars(select(ExamAttempt.project_id)).one() == project.id


def lessons_on(page: str) -> list[str]:
    return sorted(set(re.findall(r'href="(/agent/projects/[\w-]+/training/[\w-]+)"', page)))


@pytest.mark.parametrize(("months", "status", "kept"), [("24", 302, 24), ("0", 302, None), ("7", 422, 12)])
def test_a_merchant_says_how_long_certificates_hold(
    as_merchant: RoleClient, session: Session, make: Make, months: str, status: int, kept: int | None
) -> None:
    assert as_merchant.actor is not None
    project = make.project(merchant_id=as_merchant.actor.merchant_id)
    session.get_one(Project, project.id).certificate_months = 12
    session.commit()

    response = as_merchant.post(f"/merchant/projects/{project.id}/validity", data={"months": months})

    assert response.status_code == status
    session.expire_all()
    assert session.get_one(Project, project.id).certificate_months == kept
    if status == 422:
        assert "请选一个有效期" in response.text
