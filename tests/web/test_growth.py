"""Needs, projects, availability and the decisions of operations, as their readers meet them."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import ClassVar

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.models import (
    Agent,
    AgentNeeds,
    AgentStatus,
    ApplicationStatus,
    AssignmentStatus,
    Availability,
    Certificate,
    Consent,
    DisabilityFact,
    IdentityCheck,
    PeakEvent,
    ProjectApplication,
    Role,
    ServiceLine,
    TrialShift,
)
from app.permissions import Actor
from app.services.availability import CAN, WANT
from app.trial_rules import Criterion
from tests.conftest import CountQueries, RoleClient
from tests.make import NOON, Make, shanghai
from tests.services.test_attempts import sit

FOUR_HOURS = {"max_day_minutes": "240", "abilities": "text_only", "exam_time": "1.50"}


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: NOON)


@pytest.fixture
def agent(client: RoleClient, make: Make) -> Agent:
    """Somebody in the pool, signed in."""
    agent = make.agent(status=AgentStatus.IN_POOL)
    make.certificate(agent)
    client.sign_in(make.user_of(agent), make.actor_of(agent))
    return agent


class TestNeeds:
    def test_without_consent_nothing_is_saved_and_what_was_chosen_stays(
        self, client: RoleClient, session: Session, agent: Agent
    ) -> None:
        response = client.post("/agent/needs", data=FOUR_HOURS)

        assert response.status_code == 422
        assert "请勾选同意" in response.text
        assert re.search(r'<option value="240" selected>', response.text)
        assert session.scalars(select(AgentNeeds)).all() == []

    def test_with_consent_they_are_saved_and_shown(
        self, client: RoleClient, session: Session, agent: Agent
    ) -> None:
        client.post("/agent/needs", data=FOUR_HOURS | {"consent": "y"})

        row = session.scalars(select(AgentNeeds)).one()
        assert (row.max_day_minutes, row.text_only, row.exam_time_multiplier) == (240, True, Decimal("1.50"))
        page = client.get("/agent/needs").text
        assert re.search(r'<option value="240" selected>', page)
        assert "你在 2026 年 10 月 20 日 12:00 同意了" in page

    def test_one_hour_and_one_day_are_said_as_one(self, client: RoleClient, agent: Agent) -> None:
        client.set_cookie("zuoxi_language", "en")

        page = client.get("/agent/needs").text

        assert re.findall(r">(1 (?:hour|day|weekend)s?)</option>", page) == ["1 hour", "1 day", "1 weekend"]
        assert ">2 days</option>" in page

    def test_withdrawing_clears_them(self, client: RoleClient, session: Session, agent: Agent) -> None:
        client.post("/agent/needs", data=FOUR_HOURS | {"consent": "y"})

        client.post("/agent/needs/withdraw")

        session.expire_all()
        assert session.scalars(select(AgentNeeds)).one().text_only is False
        assert session.scalars(select(Consent.withdrawn_at)).one() == NOON
        assert "撤回同意并清空" not in client.get("/agent/needs").text

    def test_unlimited_exam_time_can_be_chosen(
        self, client: RoleClient, session: Session, agent: Agent
    ) -> None:
        client.post("/agent/needs", data={"exam_time": "unlimited", "consent": "y"})

        assert session.scalars(select(AgentNeeds)).one().exam_time_unlimited is True

    def test_a_value_that_is_not_offered_is_refused(
        self, client: RoleClient, session: Session, agent: Agent
    ) -> None:
        response = client.post("/agent/needs", data={"max_day_minutes": "9999", "consent": "y"})

        assert response.status_code == 422
        assert session.scalars(select(AgentNeeds)).all() == []

    def test_days_and_weekends_are_saved_and_shown(
        self, client: RoleClient, session: Session, agent: Agent
    ) -> None:
        wanted = {"min_consecutive_days": "3", "min_days_off": "2", "max_weekends": "0", "consent": "y"}
        assert client.post("/agent/needs", data=wanted).status_code == 302

        row = session.scalars(select(AgentNeeds)).one()
        assert (row.min_consecutive_days, row.min_days_off, row.max_weekends) == (3, 2, 0)
        page = client.get("/agent/needs").text
        assert '<option value="0" selected>周末都不上</option>' in page

        assert client.post("/agent/needs", data=wanted | {"max_weekends": ""}).status_code == 302
        session.expire_all()
        assert session.scalars(select(AgentNeeds.max_weekends)).one() is None
        assert '<option value="" selected>几个都行</option>' in client.get("/agent/needs").text

    @pytest.mark.parametrize(
        ("wanted", "words"),
        [
            (
                {"min_consecutive_days": "4", "max_consecutive_days": "3"},
                "至少连着上 4 天，比最多连着上的 3 天还多",
            ),
            (
                {"min_consecutive_days": "6", "max_weekends": "0"},
                "周末都不上，最多只能连着上 5 天",
            ),
        ],
    )
    def test_days_that_cannot_be_are_refused_with_a_sentence(
        self, client: RoleClient, session: Session, agent: Agent, wanted: dict[str, str], words: str
    ) -> None:
        response = client.post("/agent/needs", data=wanted | {"consent": "y"})

        assert response.status_code == 422
        assert words in response.text
        assert session.scalars(select(AgentNeeds)).all() == []

    @pytest.mark.parametrize(
        "wanted",
        [
            {"min_consecutive_days": "3", "max_consecutive_days": "3"},
            {"min_consecutive_days": "5", "max_weekends": "0"},
        ],
    )
    def test_days_that_just_can_be_are_saved(
        self, client: RoleClient, agent: Agent, wanted: dict[str, str]
    ) -> None:
        assert client.post("/agent/needs", data=wanted | {"consent": "y"}).status_code == 302

    def test_the_note_is_kept_encrypted_shown_to_its_owner_and_deleted(
        self, client: RoleClient, session: Session, agent: Agent
    ) -> None:
        client.post("/agent/needs/note", data={"note": "坐不久，躺着工作"})
        assert "坐不久，躺着工作" in client.get("/agent/needs").text
        assert "坐不久".encode() not in session.scalars(select(DisabilityFact.ciphertext)).one()

        client.post("/agent/needs/note/delete")

        assert "坐不久" not in client.get("/agent/needs").text
        assert session.scalars(select(DisabilityFact)).all() == []

    def test_an_empty_note_is_refused(self, client: RoleClient, agent: Agent) -> None:
        assert client.post("/agent/needs/note", data={"note": " "}).status_code == 422


class TestProjects:
    def test_who_works_by_text_only_is_told_why_a_hotline_is_left_out(
        self, client: RoleClient, make: Make, agent: Agent
    ) -> None:
        make.needs(agent, text_only=True)
        hotline = make.project(name="北斗·热线", service_line=ServiceLine.HOTLINE)

        page = client.get("/agent/projects").text

        assert f"/agent/projects/{hotline.id}/apply" not in page
        assert "这是电话项目，你写的是只用文字" in page
        assert client.post(f"/agent/projects/{hotline.id}/apply").status_code == 409

    def test_without_the_base_certificate_there_is_nothing_to_press_and_nothing_to_post(
        self, client: RoleClient, session: Session, make: Make
    ) -> None:
        newcomer = make.agent(status=AgentStatus.NEW)
        client.sign_in(make.user_of(newcomer), make.actor_of(newcomer))
        project = make.project()

        assert "/apply" not in client.get("/agent/projects").text
        assert client.post(f"/agent/projects/{project.id}/apply").status_code == 409
        assert session.scalars(select(ProjectApplication)).all() == []

    def test_takes_as_many_queries_for_many_projects_as_for_few(
        self, client: RoleClient, make: Make, agent: Agent, count_queries: CountQueries
    ) -> None:
        counts = []
        for _ in range(2):
            for _ in range(3):
                make.application(agent, project=make.project())
                make.project()
            with count_queries() as statements:
                client.get("/agent/projects")
            counts.append(len(statements))

        assert counts[0] == counts[1]

    def test_growth_takes_as_many_queries_with_a_history_as_without(
        self, client: RoleClient, session: Session, make: Make, agent: Agent, count_queries: CountQueries
    ) -> None:
        counts = []
        for _ in range(2):
            project = make.project()
            make.application(agent, project=project)
            sit(session, agent, right=8, project_id=project.id)
            make.certificate(agent, project=make.project())
            with count_queries() as statements:
                client.get("/agent/growth")
                client.get("/agent/exams")
                client.get("/agent/certificates")
            counts.append(len(statements))

        assert counts[0] == counts[1]


class TestAvailability:
    @pytest.fixture
    def season(self, make: Make) -> PeakEvent:
        """A season whose days have the six slots, from Tuesday 27 October to Sunday 8 November."""
        event = make.event(starts_on=dt.date(2026, 10, 27), ends_on=dt.date(2026, 11, 8))
        for day in range(13):
            for hour in range(0, 24, 4):
                make.slot(
                    event=event,
                    starts_at=shanghai(27 + day, hour, month=10) if day < 5 else shanghai(day - 4, hour),
                )
        return event

    def cell(self, day: int, hour: int) -> str:
        return f"slot-{int(shanghai(day, hour).timestamp())}"

    def saved(self, session: Session) -> list[tuple[dt.datetime, dt.datetime, int]]:
        session.expire_all()
        rows = session.scalars(select(Availability).order_by(Availability.starts_at))
        return [(row.starts_at, row.ends_at, row.preference) for row in rows]

    def test_what_is_ticked_is_saved_as_stretches_and_shown_again(
        self, client: RoleClient, session: Session, agent: Agent, season: PeakEvent
    ) -> None:
        ticks = {
            self.cell(3, 16): "can",
            self.cell(3, 20): "can",
            self.cell(4, 20): ["can", "want"],
        }

        response = client.post("/agent/availability?week=2026-11-02", data=ticks)

        assert self.saved(session) == [
            (shanghai(3, 16), shanghai(3, 24), CAN),
            (shanghai(4, 20), shanghai(4, 24), WANT),
        ]
        page = client.get(response.location).text
        assert len(re.findall(r'value="can" checked', page)) == 3
        assert len(re.findall(r'value="want" checked', page)) == 1

    def test_a_wish_alone_means_can_too(
        self, client: RoleClient, session: Session, agent: Agent, season: PeakEvent
    ) -> None:
        client.post("/agent/availability?week=2026-11-02", data={self.cell(4, 20): "want"})

        assert self.saved(session) == [(shanghai(4, 20), shanghai(4, 24), WANT)]

    def test_copies_a_week_to_the_next(
        self, client: RoleClient, session: Session, agent: Agent, season: PeakEvent
    ) -> None:
        thursday = f"slot-{int(shanghai(29, 20, month=10).timestamp())}"

        response = client.post(
            "/agent/availability?week=2026-10-26", data={thursday: ["can", "want"], "action": "copy"}
        )

        assert response.location.endswith("week=2026-11-02")
        assert self.saved(session) == [
            (shanghai(29, 20, month=10), shanghai(29, 24, month=10), WANT),
            (shanghai(5, 20), shanghai(5, 24), WANT),
        ]

    def test_slots_that_have_begun_stay_as_they_are(
        self,
        client: RoleClient,
        session: Session,
        make: Make,
        agent: Agent,
        season: PeakEvent,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        make.availability(agent, starts_at=shanghai(3, 8), ends_at=shanghai(3, 16), preference=CAN)
        monkeypatch.setattr(clock, "utc_now", lambda: shanghai(3, 9))

        client.post("/agent/availability?week=2026-11-02", data={self.cell(3, 20): "can"})

        assert self.saved(session) == [
            (shanghai(3, 8), shanghai(3, 12), CAN),
            (shanghai(3, 20), shanghai(3, 24), CAN),
        ]

    def test_warns_of_accepted_shifts_that_are_no_longer_covered(
        self, client: RoleClient, make: Make, agent: Agent, season: PeakEvent
    ) -> None:
        slot = make.slot(event=make.event(), starts_at=shanghai(5, 20))
        make.assignment(agent=agent, slot=slot, status=AssignmentStatus.ACCEPTED)

        page = client.get("/agent/availability").text

        assert "11 月 5 日 20:00–24:00" in page
        assert "它们还算数" in page

    def test_a_week_outside_the_season_is_not_found(
        self, client: RoleClient, agent: Agent, season: PeakEvent
    ) -> None:
        assert client.get("/agent/availability?week=2027-01-04").status_code == 404

    def test_without_a_season_the_page_says_so(self, client: RoleClient, agent: Agent) -> None:
        assert "还没有要排班的大促" in client.get("/agent/availability").text

    def test_takes_as_many_queries_for_many_windows_as_for_few(
        self,
        client: RoleClient,
        make: Make,
        agent: Agent,
        season: PeakEvent,
        count_queries: CountQueries,
    ) -> None:
        counts = []
        for hours in ((0, 8), (12, 20)):
            for hour in hours:
                make.availability(
                    agent, starts_at=shanghai(3, hour), ends_at=shanghai(3, hour + 2), preference=CAN
                )
            with count_queries() as statements:
                client.get("/agent/availability?week=2026-11-02")
            counts.append(len(statements))

        assert counts[0] == counts[1]


class TestDecisions:
    def decide(self, client: RoleClient, application: ProjectApplication, **data: str) -> int:
        return client.post(f"/operations/applications/{application.id}", data=data).status_code

    def test_from_assessment_to_certificate(
        self, as_operations: RoleClient, session: Session, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        agent, project = make.agent(status=AgentStatus.IN_POOL), make.project()
        make.certificate(agent)
        application = make.application(agent, project=project)
        sit(session, agent, right=8, project_id=project.id)
        assert as_operations.user is not None
        asked = {"supervisor": str(as_operations.user.id), "starts_at": "2026-10-21T14:00", "hours": "2"}

        response = as_operations.post(f"/operations/applications/{application.id}/trial", data=asked)

        assert response.status_code == 302
        trial = session.scalars(select(TrialShift)).one()
        address = f"/operations/trials/{trial.id}"
        verdict = {criterion.value: "good" for criterion in Criterion} | {
            "verdict": "passed",
            "remarks": "答得准",
        }
        assert as_operations.post(address, data=verdict).status_code == 409
        monkeypatch.setattr(clock, "utc_now", lambda: trial.starts_at)
        assert as_operations.post(address, data=verdict | {"facts": "lacking"}).status_code == 422
        assert as_operations.post(address, data=verdict).status_code == 302
        assert session.scalars(select(Certificate).where(Certificate.project_id == project.id)).one()
        client = as_operations
        client.sign_in(make.user_of(agent), make.actor_of(agent))
        page = client.get(f"/agent/applications/{application.id}").text
        assert "答得准" in page
        assert "已认证，可以上正式班" in page

    def test_without_a_passed_assessment_there_is_no_trial(
        self, as_operations: RoleClient, session: Session, make: Make
    ) -> None:
        application = make.application(make.agent())
        assert as_operations.user is not None
        asked = {"supervisor": str(as_operations.user.id), "starts_at": "2026-10-21T14:00", "hours": "2"}

        response = as_operations.post(f"/operations/applications/{application.id}/trial", data=asked)

        assert response.status_code == 409
        session.expire_all()
        assert session.get_one(ProjectApplication, application.id).status is ApplicationStatus.APPLIED

    @pytest.mark.parametrize("status", [ApplicationStatus.APPLIED, ApplicationStatus.TRIAL])
    def test_a_no_needs_its_reason(
        self, as_operations: RoleClient, make: Make, status: ApplicationStatus
    ) -> None:
        application = make.application(make.agent(), status=status)

        assert self.decide(as_operations, application, reason=" ") == 422
        assert self.decide(as_operations, application, reason="资料不熟") == 302

    def test_what_is_decided_is_decided(self, as_operations: RoleClient, make: Make) -> None:
        application = make.application(make.agent(), status=ApplicationStatus.DECLINED)

        assert self.decide(as_operations, application, reason="再说一次") == 409

    def test_the_list_takes_as_many_queries_for_many_as_for_few(
        self, as_operations: RoleClient, make: Make, count_queries: CountQueries
    ) -> None:
        counts = []
        for _ in range(2):
            for _ in range(3):
                make.application(make.agent())
            with count_queries() as statements:
                as_operations.get("/operations/applications")
            counts.append(len(statements))

        assert counts[0] == counts[1]


class TestIdentity:
    """Handing in who one is, and deciding about it."""

    WRITTEN: ClassVar[dict[str, str]] = {
        "name": "苏晴",
        "born_on": "1949-12-31",
        "document": "110105 19491231 002x",
        "consent": "y",
    }

    def test_what_is_written_is_looked_at_once_and_deleted(
        self, client: RoleClient, session: Session, make: Make
    ) -> None:
        newcomer, operator = make.agent(status=AgentStatus.NEW), make.user(role=Role.OPERATIONS)
        client.sign_in(make.user_of(newcomer), make.actor_of(newcomer))
        assert client.post("/agent/identity", data=self.WRITTEN).status_code == 302
        assert "正在核实" in client.get("/agent/identity").text
        check = session.scalars(select(IdentityCheck)).one()

        client.sign_in(operator, Actor(user_id=operator.id, role=Role.OPERATIONS))
        address = f"/operations/identities/{check.id}"
        assert "11010519491231002X" in client.get(address).text
        assert client.post(address, data={"decision": "refuse", "reason": " "}).status_code == 422
        assert client.post(address, data={"decision": "confirm"}).status_code == 302

        assert "11010519491231002X" not in client.get(address).text
        client.sign_in(make.user_of(newcomer), make.actor_of(newcomer))
        assert "身份已经确认" in client.get("/agent/identity").text

    @pytest.mark.parametrize(
        ("field", "typed", "words"),
        [
            ("name", " ", "请填证件上的姓名"),
            ("born_on", "2011-01-01", "要满 16 周岁才能接班"),
            ("born_on", "1949-12-30", "身份证号里的生日和上面填的不一样"),
            ("born_on", "31.12.1949", "请填出生日期"),
            ("document", "110105194912310021", "证件号不对"),
            ("consent", "", "请勾选同意"),
        ],
    )
    def test_a_slip_is_told_beside_its_field(
        self, client: RoleClient, session: Session, make: Make, field: str, typed: str, words: str
    ) -> None:
        newcomer = make.agent(status=AgentStatus.NEW)
        client.sign_in(make.user_of(newcomer), make.actor_of(newcomer))
        written = self.WRITTEN | {field: typed}
        if typed == "2011-01-01":
            written["document"] = "E12345678"

        response = client.post("/agent/identity", data={k: v for k, v in written.items() if v})

        assert response.status_code == 422
        assert words in response.text
        assert session.scalars(select(IdentityCheck)).all() == []
