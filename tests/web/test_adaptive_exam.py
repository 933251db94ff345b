"""The adaptive base exam by plain forms and by the script's requests, and how operations choose it."""

from __future__ import annotations

import io
import json
import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Agent, AgentStatus, AttemptStatus, Calibration, ExamAttempt, ExamSetting, Role
from app.permissions import Actor
from exams.adaptive_exam import ItemFigures
from exams.bank import shipped_bank
from tests.adaptive import figures, hold_adaptive
from tests.conftest import RoleClient
from tests.exam_keys import right_values, wrong_values
from tests.make import Make
from tests.web.test_exams import JSON, Clock, start, time  # noqa: F401 - the fixture `time`

BANK = shipped_bank()


@pytest.fixture
def agent(client: RoleClient, session: Session, make: Make, time: Clock) -> Agent:  # noqa: F811
    """Somebody new, signed in, while the base exam is adaptive."""
    hold_adaptive(session)
    session.commit()
    agent = make.agent(status=AgentStatus.NEW)
    client.sign_in(make.user_of(agent), make.actor_of(agent))
    return agent


def attempt_of(session: Session) -> ExamAttempt:
    session.expire_all()
    return session.scalars(select(ExamAttempt)).one()


def current_item(session: Session) -> str:
    return str(attempt_of(session).form["questions"][-1]["item_id"])


def values_of(item_id: str, *, right: bool = True) -> list[str]:
    item = next(item for item in BANK.current if item.id == item_id)
    return (right_values if right else wrong_values)(item)


class TestByForms:
    def test_a_newcomer_reaches_the_certificate(
        self,
        client: RoleClient,
        session: Session,
        agent: Agent,
        time: Clock,  # noqa: F811
    ) -> None:
        assert "最多 30" in client.get("/agent/exams").text
        address = start(client)
        for number in range(1, 31):
            page = client.get(address).text
            assert f"第 {number} 题，最多 30 题" in page
            assert page.count('class="zx-card zx-question"') == 1
            item_id = current_item(session)
            data = {"item_id": item_id, "answer": values_of(item_id), "go": "confirm"}
            time.pass_time(seconds=40)
            response = client.post(f"{address}/confirm", data=data)
            assert response.status_code == 302
            if response.location != address:
                break

        assert response.location == f"{address}/result"
        page = client.get(response.location).text
        assert "通过了，" in page
        assert "普通卷子" in page
        assert "已经看得够准" in page or "到了最多的题数" in page
        assert "和总体差不多" in page or "这类更强" in page
        assert attempt_of(session).status is AttemptStatus.SUBMITTED

    def test_nothing_chosen_is_asked_for_again(
        self, client: RoleClient, session: Session, agent: Agent
    ) -> None:
        address = start(client)
        item_id = current_item(session)

        response = client.post(f"{address}/confirm", data={"item_id": item_id, "go": "confirm"})

        assert response.status_code == 422
        assert "先选好或写好答案再确认" in response.text
        assert current_item(session) == item_id
        assert client.post(f"{address}/confirm", data={"item_id": item_id, "go": "skip"}).location == address
        assert current_item(session) != item_id

    def test_the_page_never_says_what_is_right_or_how_hard(
        self, client: RoleClient, session: Session, agent: Agent
    ) -> None:
        address = start(client)
        page = client.get(address).text

        assert "theta" not in page
        for other in figures():
            assert other.item_id == current_item(session) or f'"{other.item_id}"' not in page

    def test_handing_in_early_is_warned_of_and_explained(
        self, client: RoleClient, session: Session, agent: Agent
    ) -> None:
        address = start(client)
        item_id = current_item(session)
        client.post(f"{address}/confirm", data={"item_id": item_id, "answer": values_of(item_id)})

        assert "后面本来要答的题都按答错算" in client.get(f"{address}/submit").text
        response = client.post(f"{address}/submit")

        page = client.get(response.location).text
        assert "这次没通过" in page
        assert "后面本来要答的题，按答错算" in page

    def test_after_a_break_a_button_brings_the_next_question(
        self,
        client: RoleClient,
        session: Session,
        make: Make,
        agent: Agent,
        time: Clock,  # noqa: F811
    ) -> None:
        make.needs(agent, exam_breaks=1, exam_break_minutes=5)
        address = start(client)
        first = current_item(session)
        assert "确认，然后休息" in client.get(address).text

        client.post(f"{address}/confirm", data={"item_id": first, "answer": values_of(first), "go": "rest"})
        assert "休息中，表停了" in client.get(address).text
        time.pass_time(minutes=1)
        client.post(f"{address}/break/end")
        page = client.get(address).text
        assert "休息好了，接着考" in page
        client.post(f"{address}/confirm", data={"item_id": first, "empty": "1"})

        assert current_item(session) != first
        assert "第 2 题，最多 30 题" in client.get(address).text


class TestByScript:
    def test_a_confirmation_says_where_to_go_and_twice_the_same(
        self, client: RoleClient, session: Session, agent: Agent
    ) -> None:
        address = start(client)
        item_id = current_item(session)
        data = {"item_id": item_id, "answer": values_of(item_id), "go": "confirm", "sequence": "5"}

        first = client.post(f"{address}/confirm", data=data, headers=JSON)
        form = attempt_of(session).form
        again = client.post(f"{address}/confirm", data=data, headers=JSON)

        assert first.json == again.json == {"next": address}
        assert attempt_of(session).form == form

    def test_an_open_page_learns_that_another_has_gone_on(
        self, client: RoleClient, session: Session, agent: Agent
    ) -> None:
        address = start(client)
        before = client.get(f"{address}/state", headers=JSON).json
        item_id = current_item(session)
        client.post(f"{address}/confirm", data={"item_id": item_id, "answer": values_of(item_id)})

        after = client.get(f"{address}/state", headers=JSON).json

        assert before is not None
        assert after is not None
        assert before["page"] != after["page"]

    def test_a_save_for_a_confirmed_question_is_refused_plainly(
        self, client: RoleClient, session: Session, agent: Agent
    ) -> None:
        address = start(client)
        item_id = current_item(session)
        data = {"item_id": item_id, "answer": values_of(item_id)}
        client.post(f"{address}/confirm", data=data)

        response = client.post(f"{address}/answers", data=data | {"sequence": "9"}, headers=JSON)

        assert response.status_code == 422
        assert response.json is not None
        assert "已经确认过" in response.json["message"]
        assert client.post(f"{address}/answers", data=data).status_code == 409

    @pytest.mark.parametrize(
        "data",
        [
            {"item_id": "no-such-item", "answer": "a"},
            {"item_id": "current", "answer": "x" * 10**6},
        ],
    )
    def test_bad_input_is_refused_and_the_attempt_unharmed(
        self, client: RoleClient, session: Session, agent: Agent, data: dict[str, str]
    ) -> None:
        address = start(client)
        item_id = current_item(session)
        sent = {**data, "item_id": item_id if data["item_id"] == "current" else data["item_id"]}

        response = client.post(f"{address}/confirm", data=sent, headers=JSON)

        assert response.status_code in (404, 422)
        assert response.json is not None
        assert response.json["message"]
        assert current_item(session) == item_id


class TestOperations:
    @pytest.fixture(autouse=True)
    def _operations(self, client: RoleClient, make: Make, time: Clock) -> None:  # noqa: F811
        user = make.user(role=Role.OPERATIONS)
        client.sign_in(user, Actor(user_id=user.id, role=Role.OPERATIONS))

    def upload(self, client: RoleClient, found: list[ItemFigures]) -> str:
        rows = [{"item_id": one.item_id, "a": one.a, "b": one.b, "c": one.c} for one in found]
        content = json.dumps({"model": "3pl", "people": 4000, "items": rows}).encode()
        response = client.post(
            "/operations/base-exam/calibrations",
            data={"file": (io.BytesIO(content), "found.json")},
            content_type="multipart/form-data",
        )
        assert response.status_code == 302
        return str(response.location)

    def test_a_file_is_taken_in_checked_adopted_and_left_again(
        self, client: RoleClient, session: Session
    ) -> None:
        address = self.upload(client, figures())
        assert "第 1 版：题够了" in client.get(address).text

        assert client.post(address).location == "/operations/base-exam"

        page = client.get("/operations/base-exam").text
        assert "基础考试现在是自适应的" in page
        assert re.search(r"自适应，用第 1 版参数", page)
        client.post("/operations/base-exam/fixed")
        assert "基础考试现在是固定卷" in client.get("/operations/base-exam").text
        assert len(session.scalars(select(ExamSetting)).all()) == 2

    def test_too_few_items_are_refused_with_the_figures(self, client: RoleClient, session: Session) -> None:
        address = self.upload(client, figures()[:40])
        page = client.get(address).text
        assert "题不够" in page
        assert "检验并采用" not in page

        response = client.post(address)

        assert response.status_code == 422
        assert "没有采用" in response.text
        assert "差 10 题" in response.text
        assert session.scalars(select(ExamSetting)).all() == []

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"item,a,b\nstrange,1,0", "没有一道题是题库里的"),
            (b"no,table", "there is no column a"),
            (b"\xff\xfe\x00", "not UTF-8"),
            (b'{"items": 3}', "not a calibration"),
        ],
    )
    def test_a_file_that_is_no_calibration_is_refused(
        self, client: RoleClient, session: Session, content: bytes, words: str
    ) -> None:
        response = client.post(
            "/operations/base-exam/calibrations",
            data={"file": (io.BytesIO(content), "found.json")},
            content_type="multipart/form-data",
        )

        assert response.status_code == 422
        assert words in response.text
        assert session.scalars(select(Calibration)).all() == []

    def test_without_answers_there_are_no_figures_of_our_own(self, client: RoleClient) -> None:
        client.post("/operations/base-exam/figures")

        assert "每题要有 200 人答过" in client.get("/operations/base-exam").text
