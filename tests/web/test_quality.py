"""Imports, scorecards, the merchant's day and people, as their readers see them."""

from __future__ import annotations

import datetime as dt
import io
import re
import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.models import (
    Agent,
    AssignmentStatus,
    AuditEntry,
    ContactImport,
    DisabilityFact,
    ImportFault,
    ImportStatus,
    OutboxMessage,
    Role,
    Topic,
)
from app.permissions import Actor
from app.web import charts
from tests.conftest import CountQueries, RoleClient
from tests.make import NOON, PEAK, Make

HEADER = "external_id,channel,started_at,messages_in,messages_out\n"


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: NOON)


def upload(client: RoleClient, content: bytes, **fields: str) -> str:
    """Send the form; return where it leads, or "" when it is shown again."""
    data = {"file_format": "csv", **fields, "file": (io.BytesIO(content), "/home/me/chats.csv")}
    response = client.post("/operations/imports/new", data=data, content_type="multipart/form-data")
    return response.location or ""


class TestUpload:
    def test_keeps_the_bytes_and_promises_the_reading(
        self, as_operations: RoleClient, session: Session, make: Make
    ) -> None:
        project = make.project()

        location = upload(as_operations, HEADER.encode(), project_id=str(project.id), skip_faulty_rows="y")

        row = session.scalars(select(ContactImport)).one()
        assert location == f"/operations/imports/{row.id}"
        assert (row.file_name, row.status, row.skip_faulty_rows) == ("chats.csv", ImportStatus.WAITING, True)
        assert row.content == HEADER.encode()
        message = session.scalars(select(OutboxMessage)).one()
        assert (message.topic, message.payload) == (
            Topic.IMPORT_CONTACTS,
            {"contact_import_id": str(row.id)},
        )
        assert session.scalars(select(AuditEntry.action)).one() == "contact-import.created"

    @pytest.mark.parametrize(
        ("content", "fields", "words"),
        [
            (b"", {}, "文件是空的"),
            (b"{}", {"file_format": "taobao"}, "淘宝对话不带时间"),
            (b"{}", {"file_format": "taobao", "started_on": "yesterday"}, "这些对话是哪一天的"),
            (b"{}", {"file_format": "taobao", "started_on": "0001-01-01"}, "请检查年份"),
            (b"{}", {"file_format": "taobao", "started_on": "9999-12-31"}, "请检查年份"),
            (b"x", {"project_id": str(uuid.UUID(int=1))}, "会话属于哪个项目"),
        ],
    )
    def test_a_refused_form_says_why_keeps_what_was_typed_and_saves_nothing(
        self,
        as_operations: RoleClient,
        session: Session,
        make: Make,
        content: bytes,
        fields: dict[str, str],
        words: str,
    ) -> None:
        project = make.project()
        data = {"file_format": "csv", "project_id": str(project.id), "skip_faulty_rows": "y", **fields}

        response = as_operations.post(
            "/operations/imports/new",
            data={**data, "file": (io.BytesIO(content), "a.csv")},
            content_type="multipart/form-data",
        )

        assert response.status_code == 422
        assert words in response.text
        assert re.search(r"<title>有错误：", response.text)
        assert re.search(r'name="skip_faulty_rows"[^>]*checked', response.text)
        assert session.scalars(select(ContactImport)).all() == []


def save_import(make: Make, status: ImportStatus, **values: object) -> ContactImport:
    row: dict[str, object] = {
        "id": uuid.uuid4(),
        "project_id": make.project().id,
        "uploaded_by": None,
        "file_name": "chats.csv",
        "file_format": "csv",
        "content": b"x",
        "status": status,
        "created_at": NOON,
    }
    return make.save(ContactImport(**row | values))


class TestShowImport:
    def test_while_it_is_read_the_page_shows_how_far_and_asks_again(
        self, as_operations: RoleClient, make: Make
    ) -> None:
        row = save_import(
            make,
            ImportStatus.RUNNING,
            rows_total=100_000,
            rows_read=45_000,
            started_at=NOON - dt.timedelta(seconds=7),
        )

        page = as_operations.get(f"/operations/imports/{row.id}").text

        assert "正在读：45%" in page
        assert "已读 45,000 行，共约 100,000 行" in page
        assert "用了 7 秒" in page
        assert 'hx-trigger="every 2s"' in page
        assert "刷新看进度" in page

    @pytest.mark.parametrize(
        ("locale", "words"), [("zh", "不在 1 到 5 之间"), ("en", "is not between 1 and 5")]
    )
    def test_each_fault_is_told_with_line_column_and_mend_in_the_readers_language(
        self, as_operations: RoleClient, make: Make, locale: str, words: str
    ) -> None:
        row = save_import(
            make, ImportStatus.REFUSED, rows_read=9, faults_total=250, started_at=NOON, finished_at=NOON
        )
        params = {"value": "<9>", "lowest": 1, "highest": 5}
        make.save(
            ImportFault(
                id=uuid.uuid4(),
                import_id=row.id,
                line=1234,
                column="satisfaction",
                code="out-of-scale",
                params=params,
            )
        )
        as_operations.set_cookie("zuoxi_language", locale)

        page = as_operations.get(f"/operations/imports/{row.id}").text

        assert "1,234" in page
        assert "250" in page
        assert "satisfaction" in page
        assert words in page
        assert "&lt;9&gt;" in page
        assert "hx-get" not in page

    def test_a_refused_file_can_be_read_again_without_its_faulty_lines(
        self, as_operations: RoleClient, session: Session, make: Make
    ) -> None:
        row = save_import(make, ImportStatus.REFUSED, finished_at=NOON, faults_total=1)

        response = as_operations.post(f"/operations/imports/{row.id}/skip-faulty")

        again = session.scalars(select(ContactImport).where(ContactImport.id != row.id)).one()
        assert response.location == f"/operations/imports/{again.id}"
        assert (again.skip_faulty_rows, again.content, again.status) == (True, b"x", ImportStatus.WAITING)

    def test_one_that_was_taken_in_is_not_read_again(
        self, as_operations: RoleClient, session: Session, make: Make
    ) -> None:
        row = save_import(make, ImportStatus.DONE, finished_at=NOON)

        assert as_operations.post(f"/operations/imports/{row.id}/skip-faulty").status_code == 409
        assert len(session.scalars(select(ContactImport)).all()) == 1


class TestScorecardPage:
    def test_agent_and_operations_read_the_same_figures(
        self, as_agent: RoleClient, session: Session, make: Make
    ) -> None:
        assert as_agent.actor is not None
        agent_id = as_agent.actor.agent_id
        agent = session.get_one(Agent, agent_id)
        session.expunge_all()
        project = make.project()
        for seconds in (2, 4, 9):
            make.contact(agent=agent, project=project, first_manual_seconds=seconds)
        make.contact(agent=make.agent(), project=project)

        own = as_agent.get("/agent/scorecard").text
        user = make.user(role=Role.OPERATIONS)
        as_agent.sign_in(user, Actor(user_id=user.id, role=Role.OPERATIONS))
        theirs = as_agent.get(f"/operations/people/{agent_id}").text

        def figures(page: str) -> list[str]:
            table = page[page.index("zx-measures") : page.index("</table>", page.index("zx-measures"))]
            return re.findall(r">\s*([\d.,%–]+)\s*<", table)

        assert figures(own)
        assert figures(own) == figures(theirs)

    def test_the_ratio_below_one_is_marked(self, as_agent: RoleClient, session: Session, make: Make) -> None:
        assert as_agent.actor is not None
        agent = session.get_one(Agent, as_agent.actor.agent_id)
        session.expunge_all()
        make.contact(agent=agent, messages_in=5, messages_out=3)

        page = as_agent.get("/agent/scorecard").text

        assert "低于 1：顾客说得比客服多" in page

    def test_the_contacts_behind_a_figure_are_the_agents_own(
        self, as_agent: RoleClient, session: Session, make: Make
    ) -> None:
        assert as_agent.actor is not None
        agent = session.get_one(Agent, as_agent.actor.agent_id)
        session.expunge_all()
        mine = make.contact(agent=agent, first_manual_seconds=60)
        quick = make.contact(agent=agent, first_manual_seconds=2)
        strange = make.contact(agent=make.agent(), first_manual_seconds=60)

        page = as_agent.get("/agent/scorecard/contacts?behind=slow").text

        assert mine.external_id in page
        assert quick.external_id not in page
        assert strange.external_id not in page


class TestPeoplePage:
    def test_no_fact_about_health_reaches_it(self, as_operations: RoleClient, make: Make) -> None:
        agent = make.agent()
        make.needs(agent, text_only=True, one_hand=True, screen_reader=True)
        make.save(
            DisabilityFact(
                id=uuid.uuid4(),
                agent_id=agent.id,
                field="note",
                key_id="t1",
                ciphertext=b"secret",
                created_at=NOON,
            )
        )

        pages = [
            as_operations.get(address).text
            for address in ("/operations/people", f"/operations/people/{agent.id}")
        ]

        for page in pages:
            assert not re.search("读屏|单手|残疾|只打字|只做文字|secret", page)

    def test_takes_as_many_queries_for_many_people_as_for_few(
        self, as_operations: RoleClient, make: Make, count_queries: CountQueries
    ) -> None:
        project = make.project()
        counts = []
        for _ in range(2):
            for _ in range(4):
                agent = make.agent(joined_at=NOON - dt.timedelta(days=100))
                make.contact(agent=agent, project=project)
            with count_queries() as statements:
                assert as_operations.get("/operations/people?cohort=region").status_code == 200
            counts.append(len(statements))

        assert counts[0] == counts[1]

    def test_the_curve_counts_those_still_here_as_far_as_they_have_come(
        self, as_operations: RoleClient, make: Make
    ) -> None:
        for days, left_after in ((100, 10), (100, None), (100, None), (5, None)):
            joined_at = NOON - dt.timedelta(days=days)
            left_at = joined_at + dt.timedelta(days=left_after) if left_after else None
            make.agent(joined_at=joined_at, left_at=left_at)

        page = as_operations.get("/operations/people").text

        # One of the three who were followed to day 10 left then; the fourth says nothing about day 90.
        assert "做满 90 天的有 67%" in page


class TestLivePage:
    def test_says_first_what_is_wrong(
        self, as_merchant: RoleClient, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(clock, "utc_now", lambda: PEAK + dt.timedelta(minutes=10))
        assert as_merchant.actor is not None
        project = make.project(merchant_id=as_merchant.actor.merchant_id)
        slot = make.slot()
        make.booking(project=project, event_id=slot.event_id, cells={make.seat_cell(slot=slot).id: 2})
        make.assignment(project=project, slot=slot, status=AssignmentStatus.PRESENT)
        short = as_merchant.get("/merchant/live").text
        make.assignment(project=project, slot=slot, status=AssignmentStatus.PRESENT)
        full = as_merchant.get("/merchant/live").text
        make.contact(project=project, started_at=PEAK, first_manual_seconds=31)
        late = as_merchant.get("/merchant/live").text

        assert "现在少 1 席，订了 2 席" in short
        assert "现在一切正常，2 席全在" in full
        assert "现在 30 秒接起率 0.0%，低于承诺" in late

    def test_a_day_without_contacts_leads_to_the_last_one_that_had_some(
        self, as_merchant: RoleClient, make: Make
    ) -> None:
        assert as_merchant.actor is not None
        project = make.project(merchant_id=as_merchant.actor.merchant_id)
        make.contact(project=project, started_at=NOON - dt.timedelta(days=3))

        page = as_merchant.get("/merchant/live").text

        assert "day=2026-10-17" in page
        assert "100.0%" in as_merchant.get("/merchant/live?day=2026-10-17").text

    @pytest.mark.parametrize(
        "query",
        ["?day=never", "?day=2026-10-17&all=1", "?project=", "?day=0001-01-01", "?day=9999-12-31"],
    )
    def test_a_crooked_address_still_shows_a_day(self, as_merchant: RoleClient, query: str) -> None:
        assert as_merchant.get(f"/merchant/live{query}").status_code == 200

    def test_a_project_that_is_no_id_is_not_found(self, as_merchant: RoleClient) -> None:
        assert as_merchant.get("/merchant/live?project=x").status_code == 404


class TestCharts:
    def test_a_gap_breaks_line_and_area(self) -> None:
        points = [(0.0, 10.0), (1.0, 20.0), None, (3.0, 30.0)]

        assert charts.line(points) == "M0.00 10.00 L1.00 20.00 M3.00 30.00 h.6"
        assert charts.area(points, 50).count("M") == 2

    def test_a_stair_holds_each_height_until_the_next(self) -> None:
        assert charts.steps([(0, 0), (10, 20)], 100) == "M0.00 0.00 H10.00 V20.00 H100.00"

    def test_values_beyond_the_scale_stay_at_its_edge(self) -> None:
        scale = charts.Scale(low=0.9, high=1)

        assert (scale.height(1.5), scale.height(0.95), scale.height(0.1)) == (0, 50, 100)
