"""The road of a sign: a confirmation is asked for and sat, a void result is appealed, all of it is told."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.models import Agent, Appeal, AppealState, ExamAttempt, IntegrityFlag, Role, SignState, User
from app.permissions import Actor
from app.services import integrity_reviews
from tests.conftest import RoleClient
from tests.make import NOON, Make
from tests.web.pages import World
from tests.web.pages.growth import make_attempt
from tests.web.pages.integrity import make_flag
from tests.web.world import make_world


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: NOON)


@pytest.fixture
def world(make: Make) -> World:
    return make_world(make)


def as_agent(client: RoleClient, world: World, agent: Agent) -> None:
    client.sign_in(world.make.user_of(agent), world.make.actor_of(agent))


def as_operations(client: RoleClient, user: User) -> None:
    client.sign_in(user, Actor(user_id=user.id, role=Role.OPERATIONS))


def test_a_confirmation_is_asked_for_sat_and_read(client: RoleClient, session: Session, world: World) -> None:
    flag = make_flag(world, make_attempt(world, world.agent, is_done=True))
    as_agent(client, world, world.agent)
    assert client.get(f"/agent/confirmations/{flag.id}").status_code == 404

    as_operations(client, world.operations)
    assert "1 处等你看" in client.get("/operations/integrity").text
    page = client.get(f"/operations/integrity/{flag.id}").text
    assert "用了 4 秒，预计 30 秒" in page
    assert "大约 1/50,000 的人会这样" in page
    data = {"decision": "retest", "reason": "两道题都在四秒内答对。"}
    assert client.post(f"/operations/integrity/{flag.id}", data=data).status_code == 302

    as_agent(client, world, world.agent)
    assert "前确认一次成绩。在那之前，什么都不变。" in client.get("/agent/exams").text
    page = client.get(f"/agent/confirmations/{flag.id}").text
    assert "两道题都在四秒内答对。" in page
    assert "10 道你没见过的题" in page
    address = str(client.post(f"/agent/confirmations/{flag.id}/start").location)
    assert "成绩确认" in client.get(address).text
    assert client.post(f"{address}/submit").status_code == 302
    assert client.get(f"{address}/result").location == f"/agent/confirmations/{flag.id}"

    integrity_reviews.settle_retest(session, flag.id, now=NOON, wall_now=NOON)
    session.commit()
    assert "确认时答对" in client.get(f"/agent/confirmations/{flag.id}").text


def test_a_void_result_is_explained_and_appealed_and_somebody_else_answers(
    client: RoleClient, session: Session, make: Make, world: World
) -> None:
    flag = make_flag(world, make_attempt(world, world.agent, is_done=True))
    as_operations(client, world.operations)
    data = {"decision": "void", "reason": "两道题都在四秒内答对。"}
    client.post(f"/operations/integrity/{flag.id}", data=data)

    as_agent(client, world, world.agent)
    page = client.get(f"/agent/confirmations/{flag.id}").text
    assert "这次成绩不算数" in page
    assert "30 天内可以申诉" in page
    told = client.post(f"/agent/appeals/integrity/{flag.id}", data={"reason": "我练过这类题。"})
    assert told.location == "/agent/appeals"
    assert "最晚 2026 年 10 月 27 日" in client.get("/agent/appeals").text

    appeal = session.scalars(select(Appeal)).one()
    as_operations(client, world.operations)
    assert "这个决定是你做的" in client.get(f"/operations/appeals/{appeal.id}").text
    answer = {"decision": "grant", "answer": "练习记录说明了速度。"}
    assert client.post(f"/operations/appeals/{appeal.id}", data=answer).status_code == 409

    as_operations(client, make.user(role=Role.OPERATIONS, name="吴桐"))
    assert client.post(f"/operations/appeals/{appeal.id}", data=answer).status_code == 302
    session.expire_all()
    assert session.get_one(Appeal, appeal.id).state is AppealState.GRANTED
    assert session.get_one(IntegrityFlag, flag.id).state is SignState.CLEARED
    as_agent(client, world, world.agent)
    assert "练习记录说明了速度。" in client.get("/agent/appeals").text


def test_an_exam_is_marked_again_from_the_appeal_s_page(
    client: RoleClient, session: Session, world: World
) -> None:
    as_agent(client, world, world.agent)
    failed = make_attempt(world, world.agent, is_done=True)
    client.post(f"/agent/appeals/exam-result/{failed.id}", data={"reason": "第 4 题有两个答案。"})
    appeal = session.scalars(select(Appeal)).one()

    as_operations(client, world.operations)
    page = client.post(f"/operations/appeals/{appeal.id}", data={"decision": "waive", "answer": ""})
    assert page.status_code == 422
    assert "请写理由，本人会读到" in page.text
    client.post(f"/operations/appeals/{appeal.id}", data={"decision": "waive", "answer": "题目有歧义。"})

    session.expire_all()
    assert session.get_one(ExamAttempt, failed.id).waived_at == NOON
    as_agent(client, world, world.agent)
    late = client.get(f"/agent/appeals/exam-result/{make_attempt(world, world.agent, is_done=True).id}")
    assert f"{NOON + dt.timedelta(days=30):%Y}" in late.text
