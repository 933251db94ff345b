from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.models import (
    Agent,
    AgentNeeds,
    ApplicationStatus,
    AssignmentStatus,
    Certificate,
    CertificateKind,
    CertificateState,
    Consent,
    ConsentPurpose,
    ExamAttempt,
    Project,
)
from app.models.exam_attempt import AttemptStatus
from app.services.certificates import seal
from app.web.public.certificates import mask_name
from exams.certificates import make_certificate_number
from tests.conftest import CountQueries, RoleClient
from tests.make import NOON, Make

NUMBER = make_certificate_number(year=2026, entropy=20261111)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: NOON)


def certificate(
    make: Make,
    *,
    number: str = NUMBER,
    name: str = "林晓",
    project: Project | None = None,
    attempt: ExamAttempt | None = None,
    expires_at: dt.datetime = NOON + DAY,
    revoked_at: dt.datetime | None = None,
    forged_percent: int | None = None,
) -> Certificate:
    """Save a sealed certificate; with `forged_percent` its score is changed after the seal."""
    agent = make.agent(user=make.user(name=name))
    row = Certificate(
        id=uuid.uuid4(),
        number=number,
        kind=CertificateKind.PROJECT if project else CertificateKind.BASE,
        agent_id=agent.id,
        project_id=project.id if project else None,
        percent=86,
        attempt_id=attempt.id if attempt else None,
        issued_at=NOON - 30 * DAY,
        expires_at=expires_at,
        revoked_at=revoked_at,
    )
    row.digest = seal(row, attempt)
    if forged_percent is not None:
        row.percent = forged_percent
    return make.save(row)


def attempt_with(make: Make, result: dict[str, object]) -> ExamAttempt:
    return make.save(
        ExamAttempt(
            id=uuid.uuid4(),
            agent_id=make.agent().id,
            exam="base",
            form={},
            accommodation={},
            status=AttemptStatus.SUBMITTED,
            started_at=NOON,
            submitted_at=NOON,
            percent=86,
            passed=True,
            result=result,
        )
    )


class TestProofPage:
    def test_says_valid_for_what_until_when(self, client: RoleClient, make: Make) -> None:
        project = make.project(merchant=make.merchant(name="小鹿家居旗舰店"))
        row = certificate(make, project=project)

        page = client.get(f"/certificates/{NUMBER}")

        assert page.status_code == 200
        assert "<h1>这张认证是真的，现在有效</h1>" in page.text
        assert "小鹿家居旗舰店·售前文字客服" in page.text
        assert "2026 年 9 月 20 日 – 2026 年 10 月 21 日" in page.text
        assert row.digest in page.text
        assert NUMBER in page.text

    def test_shows_the_family_name_only(self, client: RoleClient, make: Make) -> None:
        certificate(make, name="林晓")

        page = client.get(f"/certificates/{NUMBER}").text

        assert "林*" in page
        assert "林晓" not in page

    @pytest.mark.parametrize(
        ("expires_at", "verdict"),
        [(NOON + dt.timedelta(seconds=1), "现在有效"), (NOON, "已经过期")],
    )
    def test_runs_out_to_the_second(
        self, client: RoleClient, make: Make, expires_at: dt.datetime, verdict: str
    ) -> None:
        certificate(make, expires_at=expires_at)

        assert verdict in client.get(f"/certificates/{NUMBER}").text

    def test_a_revoked_one_says_since_when(self, client: RoleClient, make: Make) -> None:
        certificate(make, revoked_at=NOON - DAY)

        page = client.get(f"/certificates/{NUMBER}").text

        assert "已经撤销" in page
        assert "2026 年 10 月 19 日" in page
        assert "现在有效" not in page

    def test_one_that_was_renewed_after_it_ran_out_is_expired_not_revoked(
        self, client: RoleClient, make: Make
    ) -> None:
        certificate(make, expires_at=NOON - DAY, revoked_at=NOON - DAY)

        page = client.get(f"/certificates/{NUMBER}").text

        assert "已经过期" in page
        assert "撤销日期" not in page

    def test_one_that_was_changed_after_issue_is_not_to_be_trusted(
        self, client: RoleClient, make: Make
    ) -> None:
        certificate(make, forged_percent=100)

        page = client.get(f"/certificates/{NUMBER}").text

        assert "内容对不上" in page
        assert "现在有效" not in page

    def test_a_score_comes_with_its_uncertainty_where_it_is_stored(
        self, client: RoleClient, make: Make
    ) -> None:
        attempt = attempt_with(make, {"digest": "ab", "likely_percent": [79.6, 91.2]})
        certificate(make, attempt=attempt)

        page = client.get(f"/certificates/{NUMBER}").text

        assert "86 分" in page
        assert "80 到 91 分之间" in page

    def test_without_an_attempt_the_score_stands_alone(self, client: RoleClient, make: Make) -> None:
        certificate(make)

        page = client.get(f"/certificates/{NUMBER}").text

        assert "86 分" in page
        assert "真实水平" not in page

    def test_its_code_is_drawn_without_inline_style(self, client: RoleClient, make: Make) -> None:
        certificate(make)

        page = client.get(f"/certificates/{NUMBER}").text

        assert '<svg viewBox="0 0 ' in page
        assert "style=" not in page

    def test_english(self, client: RoleClient, make: Make) -> None:
        certificate(make)
        client.set_cookie("zuoxi_language", "en")

        page = client.get(f"/certificates/{NUMBER}").text

        assert "This certificate is genuine and valid now" in page
        assert "20 September 2026" in page

    def test_shows_the_steps_that_led_to_it(self, client: RoleClient, make: Make) -> None:
        project = make.project()
        row = certificate(make, project=project)
        agent = make.find(Agent, row.agent_id)
        make.certificate(agent, issued_at=NOON - 60 * DAY)
        make.application(agent, project=project, status=ApplicationStatus.CERTIFIED)
        for days in (2, 3):
            make.assignment(
                agent=agent,
                project=project,
                slot=make.slot(starts_at=NOON - days * DAY),
                status=AssignmentStatus.DONE,
            )

        page = client.get(f"/certificates/{NUMBER}").text

        assert "基础考试</strong><br>85 分" in page
        assert "项目考核</strong><br>86 分" in page
        assert "做完 2 班" in page

    def test_a_new_one_has_no_shifts_yet_and_other_peoples_do_not_count(
        self, client: RoleClient, make: Make
    ) -> None:
        project = make.project()
        certificate(make, project=project)
        make.assignment(project=project, status=AssignmentStatus.DONE)

        page = client.get(f"/certificates/{NUMBER}").text

        assert "还没上过" in page
        assert "试岗</strong>" not in page

    def test_takes_as_many_queries_after_many_shifts_as_before(
        self, client: RoleClient, make: Make, count_queries: CountQueries
    ) -> None:
        project = make.project()
        row = certificate(make, project=project)
        agent = make.find(Agent, row.agent_id)
        counts = []
        for days in (2, 3):
            make.assignment(
                agent=agent,
                project=project,
                slot=make.slot(starts_at=NOON - days * DAY),
                status=AssignmentStatus.DONE,
            )
            with count_queries() as statements:
                client.get(f"/certificates/{NUMBER}")
            counts.append(len(statements))

        assert counts == [6, 6]


class TestCheck:
    def test_a_number_in_any_spelling_leads_to_its_page(self, client: RoleClient) -> None:
        bare = NUMBER.replace("-", "").lower()

        assert client.get(f"/certificates?number={bare}").location == f"/certificates/{NUMBER}"
        assert client.get(f"/certificates/{bare}").location == f"/certificates/{NUMBER}"

    def test_a_typing_error_is_told_beside_the_field_and_kept(self, client: RoleClient) -> None:
        typo = NUMBER[:-1] + ("2" if NUMBER[-1] != "2" else "3")

        page = client.get(f"/certificates?number={typo}")

        assert page.status_code == 422
        assert "<title>有错误：" in page.text
        assert "有一处输错了" in page.text
        assert f'value="{typo}"' in page.text

    def test_a_typing_error_in_the_address_is_told_as_well(self, client: RoleClient) -> None:
        page = client.get("/certificates/ZX-26-7KQM")

        assert page.status_code == 404
        assert "证书编号的样子是" in page.text

    def test_the_sentence_comes_in_english_too(self, client: RoleClient) -> None:
        client.set_cookie("zuoxi_language", "en")

        assert "A certificate number looks like" in client.get("/certificates?number=x").text

    def test_an_empty_field_is_a_typing_error(self, client: RoleClient) -> None:
        assert client.get("/certificates?number=").status_code == 422

    def test_a_number_that_was_never_issued_is_not_found(self, client: RoleClient) -> None:
        page = client.get(f"/certificates/{NUMBER}")

        assert page.status_code == 404
        assert "没有这张认证" in page.text
        assert f'value="{NUMBER}"' in page.text

    def test_what_was_typed_is_not_markup(self, client: RoleClient) -> None:
        assert "<script>alert" not in client.get("/certificates?number=<script>alert(1)</script>").text


@pytest.mark.parametrize(
    ("name", "shown"),
    [("林晓", "林*"), ("欧阳明月", "欧***"), ("林", "林*"), ("Xiao Lin", "* Lin"), ("Xiao", "X***")],
)
def test_masked_names(name: str, shown: str) -> None:
    assert mask_name(name) == shown


class TestManaging:
    def test_a_suspension_is_shown_to_everybody_who_checks(
        self, as_operations: RoleClient, make: Make, session: Session
    ) -> None:
        certificate = make.certificate(make.agent(), project=make.project())
        address = f"/operations/certificates/{certificate.id}"

        refused = as_operations.post(
            address, data={"action": "suspend", "until": "2026-10-20", "reason": " "}
        )
        done = as_operations.post(
            address, data={"action": "suspend", "until": "2026-11-01", "reason": "先补一次培训"}
        )

        assert refused.status_code == 422
        assert "请填从明天起一年以内的日期" in refused.text
        assert done.status_code == 302
        page = as_operations.get(address).text
        assert "先补一次培训" in page
        assert "2026 年 11 月 1 日 00:00" in page
        session.expire_all()
        assert session.get_one(Certificate, certificate.id).state_at(NOON) is CertificateState.SUSPENDED


class TestName:
    def test_the_full_name_is_there_only_while_the_holder_agrees(
        self, client: RoleClient, session: Session, make: Make
    ) -> None:
        row = certificate(make, name="林晓")
        agent = session.get_one(Agent, row.agent_id)

        def page_for_strangers() -> str:
            client.user = client.actor = None
            return client.get(f"/certificates/{NUMBER}").text

        def choose(shown: str) -> None:
            client.sign_in(make.user_of(agent), make.actor_of(agent))
            assert client.post("/agent/certificates/name", data={"shown": shown}).status_code == 302

        assert "林晓" not in page_for_strangers()
        choose("yes")
        choose("yes")
        assert "林晓" in page_for_strangers()
        assert "林晓" not in client.get(f"/certificates/{NUMBER}/badge.svg").text
        choose("no")
        assert "林晓" not in page_for_strangers()
        given = session.scalars(select(Consent).where(Consent.agent_id == agent.id)).all()
        assert [(one.purpose, one.withdrawn_at) for one in given] == [
            (ConsentPurpose.NAME_ON_CERTIFICATES, NOON)
        ]
        # One person's yes says nothing about another's.
        other = certificate(make, number=make_certificate_number(year=2026, entropy=7), name="林明")
        choose("yes")
        assert "林明" not in client.get(f"/certificates/{other.number}").text

    def test_the_needs_are_not_touched_by_it(self, client: RoleClient, session: Session, make: Make) -> None:
        row = certificate(make)
        agent = session.get_one(Agent, row.agent_id)
        make.needs(agent, text_only=True)
        client.sign_in(make.user_of(agent), make.actor_of(agent))

        client.post("/agent/certificates/name", data={"shown": "yes"})
        client.post("/agent/certificates/name", data={"shown": "no"})

        assert session.scalars(select(AgentNeeds.text_only)).one() is True
