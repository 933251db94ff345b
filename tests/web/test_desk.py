"""The desk of operations: what waits, the audit, messages, jobs, and the demo's clock."""

from __future__ import annotations

import ast
import datetime as dt
import uuid
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.models import (
    AuditEntry,
    Message,
    MessageChannel,
    MessageStatus,
    OutboxMessage,
    Role,
    Topic,
)
from app.providers.sms import SmsSandbox
from app.queries import audit as audit_queries
from app.queries import jobs as job_queries
from app.queries import messages as message_queries
from app.web.operations.audit_texts import ACTIONS, SUBJECTS
from tests.architecture.test_rules import APP, calls, modules
from tests.conftest import CountQueries, RoleClient
from tests.make import NOON, Make, shanghai


def make_entry(make: Make, action: str, *, actor: uuid.UUID | None = None, **values: object) -> AuditEntry:
    return make.save(
        AuditEntry(
            **{
                "id": uuid.uuid4(),
                "at": NOON,
                "actor_user_id": actor,
                "action": action,
                "subject_type": "match_run",
                "subject_id": uuid.uuid4(),
                "details": {"number": 7, "secret_code": "machine"},
                **values,
            }
        )
    )


def make_job(make: Make, **values: object) -> OutboxMessage:
    return make.save(
        OutboxMessage(
            **{
                "id": uuid.uuid4(),
                "topic": Topic.IMPORT_CONTACTS,
                "payload": {},
                "created_at": clock.wall_now(),
                "available_at": clock.wall_now(),
                "dispatches": 0,
                "attempt": 0,
                **values,
            }
        )
    )


def make_message(make: Make, **values: object) -> Message:
    return make.save(
        Message(
            **{
                "id": uuid.uuid4(),
                "channel": MessageChannel.SMS,
                "recipient": "13912345678",
                "subject": "验证码",
                "body": "你的验证码是 135790。\n十分钟内有效。",
                "status": MessageStatus.SENT,
                "created_at": NOON,
                **values,
            }
        )
    )


class TestDesk:
    def test_counts_what_waits(self, as_operations: RoleClient, make: Make) -> None:
        make_job(make, dead_at=NOON)
        make_message(make, status=MessageStatus.FAILED)

        page = as_operations.get("/operations/desk").text

        assert "2 件事等你处理" in page
        assert "1 件放弃了" in page

    def test_counts_what_left_by_the_machines_clock_however_it_is_dated(
        self, as_operations: RoleClient, make: Make
    ) -> None:
        make_message(make, created_at=clock.wall_now() - dt.timedelta(days=300), sent_at=clock.wall_now())
        make_message(make, created_at=clock.wall_now(), sent_at=clock.wall_now() - dt.timedelta(days=2))

        assert "这一天发了 1 条" in as_operations.get("/operations/desk").text

    def test_has_no_clock_unless_it_is_a_demo(self, as_operations: RoleClient) -> None:
        assert "拨钟" not in as_operations.get("/operations/desk").text
        assert as_operations.post("/operations/clock", data={"moment": "2026-11-11T20:05"}).status_code == 404


class TestClock:
    @pytest.fixture(autouse=True)
    def _demo(self, app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        self.shift_file = tmp_path / "clock"
        monkeypatch.setitem(app.config, "DEMO", True)
        monkeypatch.setitem(app.config, "CLOCK_FILE", self.shift_file)
        monkeypatch.setattr(clock, "_shift_file", self.shift_file)

    def test_moves_the_business_time(self, as_operations: RoleClient) -> None:
        response = as_operations.post("/operations/clock", data={"moment": "2026-11-11T20:05"})

        assert response.status_code == 302
        assert abs(clock.utc_now() - shanghai(11, 20) - dt.timedelta(minutes=5)) < dt.timedelta(minutes=1)

    @pytest.mark.parametrize("typed", ["", "tomorrow", "2026-13-40T99:99", "0001-01-01T00:00"])
    def test_refuses_what_is_no_time(self, as_operations: RoleClient, typed: str) -> None:
        response = as_operations.post("/operations/clock", data={"moment": typed})

        assert response.status_code == 422
        assert "请填日期和时间" in response.text
        assert not self.shift_file.exists()


class TestAudit:
    def test_says_who_did_what_in_words(self, as_operations: RoleClient, make: Make) -> None:
        user = make.user(role=Role.OPERATIONS, name="周敏")
        make_entry(make, "rota.published")
        make_entry(make, "match_run.requested", actor=user.id)

        page = as_operations.get("/operations/audit").text

        assert "系统 把排班发给了大家" in page
        assert "周敏 开始了一次排班" in page
        assert "编号 7" in page
        assert "machine" not in page

    def test_names_the_person_project_and_slot_of_what_was_changed(
        self,
        as_operations: RoleClient,
        make: Make,
        count_queries: CountQueries,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(clock, "utc_now", lambda: NOON)
        event, project = make.event(), make.project(name="小鹿家居·售前")
        slot = make.slot(event=event)
        counts: list[int] = []
        for name in ("林晓", "王雪梅"):
            agent = make.agent(user=make.user(name=name))
            shift = make.assignment(agent=agent, project=project, slot=slot)
            make_entry(make, "assignment.refilled", subject_type="assignment", subject_id=shift.id)
            with count_queries() as statements:
                page = as_operations.get("/operations/audit").text
            facts = (name, "小鹿家居·售前", "11 月 11 日 20:00–24:00")
            assert " · ".join(f"<span>{words}</span>" for words in facts) in page
            counts.append(len(statements))

        assert counts[0] == counts[1]

    def test_names_whoever_acted_only_once(self, as_operations: RoleClient, make: Make) -> None:
        agent = make.agent(user=make.user(name="石勇"))
        make_entry(
            make, "agent.created", actor=agent.user_id, subject_type="agent", subject_id=agent.id, details={}
        )

        assert as_operations.get("/operations/audit").text.count("石勇") == 1

    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            ("action=rota.published", {"系统 把排班发给了大家"}),
            ("subject=booking", {"周敏 占了坐席"}),
            ("actor=周", {"周敏 占了坐席"}),
            ("actor=system", {"系统 把排班发给了大家"}),
            ("id=nonsense", {"系统 把排班发给了大家", "周敏 占了坐席"}),
        ],
    )
    def test_can_be_narrowed_down(
        self, as_operations: RoleClient, make: Make, query: str, shown: set[str]
    ) -> None:
        make_entry(make, "rota.published")
        make_entry(make, "booking.held", actor=make.user(name="周敏").id, subject_type="booking")

        page = as_operations.get(f"/operations/audit?{query}").text

        assert {one for one in ("系统 把排班发给了大家", "周敏 占了坐席") if one in page} == shown

    def test_is_read_by_the_page_in_as_many_statements(
        self, as_operations: RoleClient, make: Make, count_queries: CountQueries
    ) -> None:
        counts: list[int] = []
        for _ in range(2):
            for _ in range(audit_queries.PAGE_ROWS):
                make_entry(make, "rota.published")
            with count_queries() as statements:
                page = as_operations.get("/operations/audit").text
            assert page.count("系统 把排班发给了大家") == audit_queries.PAGE_ROWS
            counts.append(len(statements))

        assert counts[0] == counts[1]
        assert "第 1 页，共 2 页" in page

    def test_every_action_and_subject_has_words(self) -> None:
        """Finds the actions by reading the calls of audit.record in the code."""
        recorded = {
            literal.value
            for _, tree in modules(APP)
            for call, name in calls(tree)
            if name == "record" and len(call.args) > 1
            for literal in ast.walk(call.args[1])
            if isinstance(literal, ast.Constant)
        }

        # What is put together from parts ("assignment." and a status) is named by hand.
        whole = {action for action in recorded if isinstance(action, str) and not action.endswith(".")}
        assert whole - set(ACTIONS) == set()
        assert {"match_run", "booking", "assignment", "user_account"} <= set(SUBJECTS)


class TestMessages:
    @pytest.mark.parametrize("channel", list(MessageChannel))
    def test_can_be_read_but_for_their_codes(
        self, as_operations: RoleClient, make: Make, channel: MessageChannel
    ) -> None:
        make_message(make, channel=channel, body="你的验证码是135790。\n回拨 13912345678，款号 1234567。")

        page = as_operations.get("/operations/messages").text

        assert "你的验证码是••••••。\n回拨 13912345678，款号 1234567。" in page
        assert "135790" not in page

    def test_in_a_demo_can_be_read_in_full(
        self, app: Flask, as_operations: RoleClient, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(app.config, "DEMO", True)
        make_message(make, channel=MessageChannel.MAIL)

        assert "你的验证码是 135790。\n十分钟内有效。" in as_operations.get("/operations/messages").text

    def test_of_the_sandbox_show_what_would_have_been_sent_and_mails_do_not(
        self, app: Flask, as_operations: RoleClient, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(app.config, "SMS_PROVIDER", SmsSandbox())
        make_message(make)
        make_message(make, channel=MessageChannel.MAIL, body="代码 246802")

        page = as_operations.get("/operations/messages").text

        assert "你的验证码是 135790。" in page
        assert "短信现在走演示通道" in page
        assert "246802" not in page

    def test_say_that_no_sms_can_leave(self, as_operations: RoleClient, make: Make) -> None:
        make_message(make)

        page = as_operations.get("/operations/messages").text

        assert "还没有短信通道" in page
        assert "演示通道" not in page

    def test_come_newest_first_and_by_channel_and_recipient(
        self, as_operations: RoleClient, make: Make
    ) -> None:
        make_message(make, subject="older")
        make_message(make, subject="newer", created_at=NOON + dt.timedelta(minutes=1))
        make_message(make, subject="by mail", channel=MessageChannel.MAIL, recipient="lin@example.com")

        page = as_operations.get("/operations/messages?channel=sms").text
        assert page.index("newer") < page.index("older")
        assert "by mail" not in page
        assert "by mail" in as_operations.get("/operations/messages?recipient=lin@").text
        assert "没有这样的邮件和短信" in as_operations.get("/operations/messages?recipient=%25").text

    def test_are_read_by_the_page_in_as_many_statements(
        self, as_operations: RoleClient, make: Make, count_queries: CountQueries
    ) -> None:
        counts: list[int] = []
        for _ in range(2):
            for _ in range(message_queries.PAGE_ROWS):
                make_message(make)
            with count_queries() as statements:
                as_operations.get("/operations/messages")
            counts.append(len(statements))

        assert counts[0] == counts[1]


class TestJobs:
    def test_stand_under_their_state(self, as_operations: RoleClient, make: Make) -> None:
        later = clock.wall_now() + dt.timedelta(hours=1)
        make_job(make, dead_at=NOON, failure="dead end", attempt=8)
        make_job(make, failure="no server yet", attempt=1)
        make_job(make, leased_until=later, attempt=1, topic=Topic.RUN_MATCH)
        make_job(make, topic=Topic.PUBLISH_ROTA)
        make_job(make, done_at=NOON, topic=Topic.REFILL_SEAT)

        first = as_operations.get("/operations/jobs").text
        assert "1 件工作放弃了，要有人看" in first
        assert "dead end" in first
        assert "no server yet" in as_operations.get("/operations/jobs?state=failed").text
        assert "租约到" in as_operations.get("/operations/jobs?state=running").text
        assert "发布排班" in as_operations.get("/operations/jobs?state=waiting").text
        assert "给空出的坐席找人" in as_operations.get("/operations/jobs?state=done").text

    def test_that_gave_up_can_be_given_another_life(
        self, as_operations: RoleClient, make: Make, session: Session
    ) -> None:
        job = make_job(make, dead_at=NOON, failure="dead end", attempt=8)

        as_operations.post(f"/operations/jobs/{job.id}/revive")

        revived = session.get_one(OutboxMessage, job.id, populate_existing=True)
        assert (revived.dead_at, revived.attempt) == (None, 0)
        assert session.scalars(select(AuditEntry.action)).all() == ["job.revived"]

    def test_that_run_are_left_alone(self, as_operations: RoleClient, make: Make, session: Session) -> None:
        job = make_job(make, attempt=1)

        as_operations.post(f"/operations/jobs/{job.id}/revive")

        assert session.get_one(OutboxMessage, job.id, populate_existing=True).attempt == 1
        assert session.scalars(select(AuditEntry)).all() == []

    def test_are_read_by_the_page_in_as_many_statements(
        self, as_operations: RoleClient, make: Make, count_queries: CountQueries
    ) -> None:
        counts: list[int] = []
        for _ in range(2):
            for _ in range(job_queries.PAGE_ROWS):
                make_job(make)
            with count_queries() as statements:
                as_operations.get("/operations/jobs?state=waiting")
            counts.append(len(statements))

        assert counts[0] == counts[1]
