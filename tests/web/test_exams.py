from __future__ import annotations

import datetime as dt
import html
import json
import re
import secrets
import uuid
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import clock
from app.models import (
    Agent,
    AgentStatus,
    AttemptStatus,
    Certificate,
    ExamAnswer,
    ExamAttempt,
)
from exams.bank import shipped_bank
from exams.blueprints import PRACTICE_EXAM
from exams.forms import Form, assemble_form
from exams.items import KIND_NAMES, Kind
from exams.lessons import lessons_for
from tests.conftest import CountQueries, RoleClient
from tests.exam_keys import answers_for
from tests.make import NOON, Make

BANK = shipped_bank()
JSON = {"Accept": "application/json"}


class Clock:
    """The business's time, in the test's hands."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now

    def pass_time(self, **time: float) -> None:
        self.now += dt.timedelta(**time)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    watch = Clock(NOON)
    monkeypatch.setattr(clock, "utc_now", lambda: watch.now)
    return watch


@pytest.fixture
def agent(client: RoleClient, make: Make, time: Clock) -> Agent:
    """Somebody new, signed in."""
    agent = make.agent(status=AgentStatus.NEW)
    client.sign_in(make.user_of(agent), make.actor_of(agent))
    return agent


def start(client: RoleClient) -> str:
    """Start the base exam and return the attempt's address."""
    return str(client.post("/agent/exams/base").location)


def form_of(session: Session) -> Form:
    session.expire_all()
    return Form.from_json(session.scalars(select(ExamAttempt)).one().form)


def stamp_on(page: str) -> str:
    found = re.search(r'name="stamp" value="([^"]+)"', page)
    assert found is not None
    return found[1]


class TestRoad:
    def test_a_newcomer_reaches_certificate_and_pool_with_plain_forms(
        self, client: RoleClient, session: Session, agent: Agent
    ) -> None:
        address = start(client)
        answers = answers_for(form_of(session), BANK, right=20)

        for number, (item_id, values) in enumerate(answers.items(), start=1):
            go = str(number + 1) if number < len(answers) else "submit"
            data = {"item_id": item_id, "answer": values, "number": number, "go": go}
            response = client.post(f"{address}/answers", data=data)
        assert response.location == f"{address}/submit"
        assert "20 题都答了" in client.get(f"{address}/submit").text
        response = client.post(f"{address}/submit")

        page = client.get(response.location).text
        certificate_number = session.scalars(select(Certificate.number)).one()
        assert "通过了，100 分" in page
        assert certificate_number in page
        session.expire_all()
        assert session.get_one(Agent, agent.id).status is AgentStatus.IN_POOL
        assert certificate_number in client.get("/agent/certificates").text

    def test_the_check_before_handing_in_names_the_open_questions(
        self, client: RoleClient, session: Session, agent: Agent
    ) -> None:
        address = start(client)
        item_id, values = next(iter(answers_for(form_of(session), BANK, right=20).items()))
        client.post(f"{address}/answers", data={"item_id": item_id, "answer": values})

        page = client.get(f"{address}/submit").text

        assert "还有 19 题没答" in page
        assert f'{address}?question=1"' not in page
        assert f'{address}?question=2"' in page

    def test_a_failure_says_when_the_next_try_opens(
        self, client: RoleClient, session: Session, agent: Agent, time: Clock
    ) -> None:
        address = start(client)
        client.post(f"{address}/submit")

        assert "10 月 21 日 12:00 起可以再考" in client.get(f"{address}/result").text
        assert "开始考试" not in client.get("/agent/exams").text
        assert client.post("/agent/exams/base").status_code == 409

        time.pass_time(days=1)
        assert client.post("/agent/exams/base").status_code == 302

    def test_starting_again_leads_to_the_running_exam(self, client: RoleClient, agent: Agent) -> None:
        first = start(client)

        assert start(client) == first

    def test_a_running_exam_shows_no_result_and_a_finished_one_no_questions(
        self, client: RoleClient, agent: Agent
    ) -> None:
        address = start(client)
        assert client.get(f"{address}/result").location == address

        client.post(f"{address}/submit")

        assert client.get(address).location == f"{address}/result"
        assert client.get(f"{address}/submit").location == f"{address}/result"

    def test_extra_time_is_on_the_page_before_the_start(
        self, client: RoleClient, make: Make, agent: Agent
    ) -> None:
        make.needs(agent, exam_time_multiplier=1.5)

        page = client.get("/agent/exams").text

        assert "38 分钟" in page
        assert "已按你的需要放宽" in page


class TestPage:
    def test_keys_feedback_and_rationales_stay_on_the_server(
        self, client: RoleClient, session: Session, agent: Agent
    ) -> None:
        address = start(client)

        pages = client.get(address).text + client.get(f"{address}/submit").text

        for question in form_of(session).questions:
            item = BANK.item(question.item_id, question.version)
            for secret in (item.feedback.zh, item.feedback.en, item.rationale.zh, item.rationale.en):
                assert secret not in pages
        assert "key" not in re.findall(r'data-([a-z-]+)="', pages)
        assert " seed" not in pages

    def test_shows_one_question_and_keeps_the_others_for_a_lost_connection(
        self, client: RoleClient, agent: Agent
    ) -> None:
        page = client.get(f"{start(client)}?question=3").text

        forms = re.findall(r'<form [^>]*id="question-(\d+)"[^>]*>', page)
        shown = re.findall(r'<form [^>]*id="question-(\d+)"(?:(?!hidden)[^>])*>', page)
        assert (len(forms), shown) == (20, ["3"])

    def test_the_clock_is_quiet(self, client: RoleClient, agent: Agent) -> None:
        page = client.get(start(client)).text

        assert re.search(r'role="timer" aria-live="off"[^>]*>还有 25 分', page)
        told = re.search(r'data-announcements="([^"]+)"', page)
        assert told is not None
        assert [notice["text"] for notice in json.loads(html.unescape(told[1]))] == [
            "还剩 10 分钟。",
            "还剩 5 分钟。",
            "还剩 1 分钟。",
        ]

    def test_without_a_limit_there_is_no_clock_to_fear(
        self, client: RoleClient, make: Make, agent: Agent
    ) -> None:
        make.needs(agent, exam_time_unlimited=True)

        page = client.get(start(client)).text

        assert "按你的需要，这场考试不限时" in page
        assert 'data-left=""' in page

    def test_when_time_is_over_only_handing_in_is_left(
        self, client: RoleClient, agent: Agent, time: Clock
    ) -> None:
        address = start(client)
        time.pass_time(minutes=25)

        page = client.get(address).text

        assert "时间到了" in page
        assert "zx-question" not in page

    def test_takes_as_many_queries_with_answers_as_without(
        self, client: RoleClient, session: Session, agent: Agent, count_queries: CountQueries
    ) -> None:
        address = start(client)
        answers = list(answers_for(form_of(session), BANK, right=20).items())
        counts = []
        for number in (3, 15):
            for item_id, values in answers[:number]:
                client.post(f"{address}/answers", data={"item_id": item_id, "answer": values})
            with count_queries() as statements:
                client.get(address)
            counts.append(len(statements))

        assert counts[0] == counts[1]


class TestSaving:
    def save(
        self, client: RoleClient, address: str, item_id: str, values: list[str], **data: str
    ) -> tuple[int, dict[str, object]]:
        response = client.post(
            f"{address}/answers", data={"item_id": item_id, "answer": values, **data}, headers=JSON
        )
        return response.status_code, response.get_json()

    def saved(self, session: Session) -> ExamAnswer:
        session.expire_all()
        return session.scalars(select(ExamAnswer)).one()

    def test_two_tabs_saving_out_of_order_leave_the_newest_answer(
        self, client: RoleClient, session: Session, agent: Agent, time: Clock
    ) -> None:
        address = start(client)
        form = form_of(session)
        item_id = form.questions[0].item_id
        newest = answers_for(form, BANK, right=20)[item_id]
        older = answers_for(form, BANK, right=0)[item_id]
        time.pass_time(seconds=10)

        self.save(client, address, item_id, newest, sequence="9000")
        status, _ = self.save(client, address, item_id, older, sequence="4000")

        assert status == 200
        assert self.saved(session).sequence == 9000
        client.post(f"{address}/submit")
        session.expire_all()
        result = session.scalars(select(ExamAttempt)).one().result
        assert result is not None
        assert result["marks"][item_id]["correct"]

    def test_a_sender_cannot_reserve_the_future(
        self, client: RoleClient, session: Session, agent: Agent, time: Clock
    ) -> None:
        address = start(client)
        item_id, values = next(iter(answers_for(form_of(session), BANK, right=20).items()))
        time.pass_time(seconds=5)
        self.save(client, address, item_id, [], sequence="2000000000")
        time.pass_time(seconds=5)

        self.save(client, address, item_id, values, sequence="9999")

        assert self.saved(session).response["value"] is not None

    def test_says_when_it_was_saved_and_how_much_time_is_left(
        self, client: RoleClient, session: Session, agent: Agent, time: Clock
    ) -> None:
        address = start(client)
        item_id, values = next(iter(answers_for(form_of(session), BANK, right=20).items()))
        time.pass_time(minutes=5)

        _, reply = self.save(client, address, item_id, values)

        assert reply["saved_at"] == "12:05"
        assert reply["milliseconds_left"] == 20 * 60 * 1000

    def test_an_answer_of_no_shape_is_told_and_not_saved(
        self, client: RoleClient, session: Session, agent: Agent
    ) -> None:
        address = start(client)
        item_id = form_of(session).questions[0].item_id
        too_long = ["x" * 300]

        status, reply = self.save(client, address, item_id, too_long)
        page = client.post(f"{address}/answers", data={"item_id": item_id, "answer": too_long, "number": "1"})

        assert (status, page.status_code) == (422, 422)
        assert str(reply["message"]) in page.text
        assert session.scalars(select(ExamAnswer)).all() == []

    def test_an_item_that_was_not_asked_is_not_found(self, client: RoleClient, agent: Agent) -> None:
        assert client.post(f"{start(client)}/answers", data={"item_id": "other"}).status_code == 404

    @pytest.mark.parametrize(("seconds_late", "status"), [(0, 200), (60, 200), (61, 409)])
    def test_what_was_made_in_time_arrives_within_the_grace(
        self,
        client: RoleClient,
        session: Session,
        agent: Agent,
        time: Clock,
        seconds_late: int,
        status: int,
    ) -> None:
        address = start(client)
        stamp = stamp_on(client.get(address).text)
        item_id, values = next(iter(answers_for(form_of(session), BANK, right=20).items()))
        time.pass_time(minutes=25, seconds=seconds_late)

        # Made one millisecond before the deadline, by the page's reckoning from the signed time.
        age = str(25 * 60 * 1000 - 1)
        assert self.save(client, address, item_id, values, stamp=stamp, age=age)[0] == status

    @pytest.mark.parametrize("proof", ["none", "forged", "of another attempt", "too old"])
    def test_without_proof_there_is_no_grace(
        self,
        client: RoleClient,
        app: Flask,
        session: Session,
        make: Make,
        agent: Agent,
        time: Clock,
        proof: str,
    ) -> None:
        address = start(client)
        own = stamp_on(client.get(address).text)
        form = form_of(session)
        item_id, values = next(iter(answers_for(form, BANK, right=20).items()))
        with app.test_request_context():
            from app.web.agents.exam_time import make_stamp

            foreign = make_stamp(uuid.uuid4(), now=NOON)
        data = {
            "none": {},
            "forged": {"stamp": own[:-2] + "xx"},
            "of another attempt": {"stamp": foreign},
            "too old": {"stamp": own, "age": str(25 * 60 * 1000 + 1)},
        }[proof]
        time.pass_time(minutes=25, seconds=1)

        assert self.save(client, address, item_id, values, **data)[0] == 409
        assert session.scalars(select(ExamAnswer)).all() == []


class TestBadInput:
    """What cannot be an answer is refused in plain words, and the attempt goes on unharmed."""

    def send(self, client: RoleClient, address: str, **data: object) -> TestResponse:
        return client.post(f"{address}/answers", data=data, headers=JSON)

    def answers(self, session: Session) -> dict[str, object]:
        session.expire_all()
        return {one.item_id: one.response["value"] for one in session.scalars(select(ExamAnswer))}

    @pytest.fixture
    def address(self, client: RoleClient, agent: Agent, time: Clock, monkeypatch: pytest.MonkeyPatch) -> str:
        # A form that has a short answer.
        monkeypatch.setattr(secrets, "randbits", lambda _bits: 1)
        address = start(client)
        time.pass_time(seconds=30)
        return address

    @pytest.fixture
    def item_id(self, session: Session, address: str) -> str:
        return next(
            asked.item_id
            for asked in form_of(session).questions
            if BANK.item(asked.item_id, asked.version).kind is Kind.SHORT_ANSWER
        )

    @pytest.fixture(autouse=True)
    def unharmed(
        self, client: RoleClient, session: Session, address: str, item_id: str, time: Clock
    ) -> Iterator[None]:
        """Before: an answer is there. After: the page opens, and an answer can be given and handed in."""
        other = next(one.item_id for one in form_of(session).questions if one.item_id != item_id)
        values = answers_for(form_of(session), BANK, right=20)
        assert self.send(client, address, item_id=other, answer=values[other]).status_code == 200
        yield
        assert self.answers(session)[other] is not None
        time.pass_time(seconds=1)
        if session.scalars(select(ExamAttempt.status)).one() is AttemptStatus.RUNNING:
            assert client.get(address).status_code == 200
            assert self.send(client, address, item_id=item_id, answer="七天").status_code == 200
            assert self.answers(session)[item_id] == "七天"

    def test_a_megabyte(self, client: RoleClient, session: Session, address: str, item_id: str) -> None:
        refused = self.send(client, address, item_id=item_id, answer="长" * 350_000)

        assert refused.status_code == 422
        assert refused.get_json()["message"] == "答案太长，请写在 200 个字以内。"
        assert item_id not in self.answers(session)

    def test_markup_is_only_text(
        self, client: RoleClient, session: Session, address: str, item_id: str
    ) -> None:
        words = "<script>alert(1)</script>&lt;b&gt;\x1b"

        assert self.send(client, address, item_id=item_id, answer=words).status_code == 200

        assert self.answers(session)[item_id] == "<script>alert(1)</script>&lt;b&gt;"
        page = client.get(address).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;lt;b&amp;gt;" in page

    @pytest.mark.parametrize(
        "data",
        [
            {"age": "9" * 400},
            {"age": "-5"},
            {"sequence": "9" * 400},
            {"sequence": "-1"},
            {"sequence": "many"},
            {"number": "9" * 5000},
            {"stamp": "x" * 1_000_000},
            {"stamp": "无"},
        ],
        ids=lambda data: next(iter(data)) + next(iter(data.values()))[:3],
    )
    def test_nonsense_about_the_answer_does_not_touch_it(
        self, client: RoleClient, session: Session, address: str, item_id: str, data: dict[str, str]
    ) -> None:
        stamp = stamp_on(client.get(address).text)

        sent = self.send(client, address, **{"item_id": item_id, "answer": "换货", "stamp": stamp} | data)

        assert sent.status_code == 200
        assert self.answers(session)[item_id] == "换货"

    @pytest.mark.parametrize("go", ["9" * 5000, "-1", "0", "٣", "elsewhere"])
    def test_a_way_on_that_leads_nowhere(
        self, client: RoleClient, address: str, item_id: str, go: str
    ) -> None:
        response = client.post(f"{address}/answers", data={"item_id": item_id, "answer": "七天", "go": go})

        assert response.status_code == 302
        assert client.get(response.location).status_code == 200

    @pytest.mark.parametrize("item", ["", "other", "x" * 1_000_000, "../../etc/passwd"])
    def test_an_item_that_is_not_on_the_form(
        self, client: RoleClient, session: Session, address: str, item: str
    ) -> None:
        refused = self.send(client, address, item_id=item, answer="七天")

        assert refused.status_code == 404
        assert "不在这场考试里" in refused.get_json()["message"]
        assert item not in self.answers(session)

    def test_another_s_attempt(
        self, client: RoleClient, session: Session, make: Make, agent: Agent, address: str, item_id: str
    ) -> None:
        stranger = make.agent(status=AgentStatus.NEW)
        client.sign_in(make.user_of(stranger), make.actor_of(stranger))

        refused = self.send(client, address, item_id=item_id, answer="七天")

        assert refused.status_code == 404
        assert client.get(f"{address}/state").status_code == 404
        assert item_id not in self.answers(session)
        client.sign_in(make.user_of(agent), make.actor_of(agent))

    def test_twice_and_out_of_order(
        self, client: RoleClient, session: Session, address: str, item_id: str
    ) -> None:
        for words, sequence in (("七天", "2000"), ("七天", "2000"), ("十天", "1000")):
            sent = self.send(client, address, item_id=item_id, answer=words, sequence=sequence)
            assert sent.status_code == 200

        # The late one is told what stands instead of it.
        assert sent.get_json()["kept"] == {"values": ["七天"], "sequence": 2000}
        assert self.answers(session)[item_id] == "七天"

    def test_after_time_and_after_handing_in(
        self, client: RoleClient, session: Session, address: str, item_id: str, time: Clock
    ) -> None:
        time.pass_time(minutes=25)
        late = self.send(client, address, item_id=item_id, answer="七天")
        client.post(f"{address}/submit")
        later = self.send(client, address, item_id=item_id, answer="七天")

        for refused in (late, later):
            assert refused.status_code == 409
            assert refused.get_json()["message"] == "时间已到或已交卷，不再收答案。"
        assert item_id not in self.answers(session)


class TestState:
    def test_tells_the_time_and_what_other_pages_have_saved(
        self, client: RoleClient, session: Session, agent: Agent, time: Clock
    ) -> None:
        address = start(client)
        first, second = list(answers_for(form_of(session), BANK, right=20).items())[:2]
        client.post(f"{address}/answers", data={"item_id": first[0], "answer": first[1]})
        time.pass_time(minutes=5)
        client.post(f"{address}/answers", data={"item_id": second[0], "answer": second[1]})

        every = client.get(f"{address}/state").get_json()
        since = client.get(f"{address}/state?since={4 * 60_000}").get_json()

        assert every["milliseconds_left"] == 20 * 60_000
        assert {answer["item"] for answer in every["answers"]} == {first[0], second[0]}
        assert [answer["item"] for answer in since["answers"]] == [second[0]]
        assert since["answers"][0]["sequence"] == 5 * 60_000

    def test_changes_when_the_exam_is_handed_in(self, client: RoleClient, agent: Agent) -> None:
        address = start(client)
        before = client.get(f"{address}/state").get_json()["page"]
        client.post(f"{address}/submit")

        assert client.get(f"{address}/state").get_json()["page"] != before
        assert client.get(f"{address}/state?since={'9' * 400}").status_code == 200


class TestBreaks:
    """Pages for somebody who may take breaks: questions come one by one, seen ones freeze."""

    @pytest.fixture
    def address(self, client: RoleClient, make: Make, agent: Agent) -> str:
        make.needs(agent, exam_breaks=1, exam_break_minutes=10)
        return start(client)

    def test_a_question_is_on_the_page_only_when_it_is_opened(
        self, client: RoleClient, session: Session, address: str
    ) -> None:
        questions = form_of(session).questions
        stems = [BANK.item(one.item_id, one.version).stem.zh for one in questions]
        assert html.unescape(client.get(address).text).count("data-needed=") == 1
        unopened = html.unescape(client.get(f"{address}?question=2").text)
        assert "第 2 题还没打开" in unopened
        assert stems[1] not in unopened

        client.post(f"{address}/questions", data={"number": "2"})

        assert stems[1] in html.unescape(client.get(f"{address}?question=2").text)

    def test_the_way_on_opens_the_next_question(
        self, client: RoleClient, session: Session, address: str
    ) -> None:
        data = {"item_id": form_of(session).questions[0].item_id, "number": "1", "go": "2"}
        response = client.post(f"{address}/answers", data=data)

        assert "第 2 题还没打开" not in client.get(response.location).text

    def test_the_page_rests_and_goes_on(
        self, client: RoleClient, session: Session, address: str, time: Clock
    ) -> None:
        before = client.get(f"{address}/state").get_json()["page"]
        assert "还有 1 次，每次最多 10 分钟" in client.get(address).text
        time.pass_time(minutes=5)

        client.post(f"{address}/break")

        page = client.get(address).text
        assert "休息中，表停了" in page
        assert "回来以后还有 20 分钟" in page
        assert "data-needed" not in page
        assert client.get(f"{address}/state").get_json()["page"] != before
        first = form_of(session).questions[0].item_id
        refused = client.post(f"{address}/answers", data={"item_id": first, "answer": "a"}, headers=JSON)
        assert refused.status_code == 422
        assert "已经锁定" in refused.get_json()["message"]

        time.pass_time(minutes=3)
        client.post(f"{address}/break/end")

        assert "第 2 题还没打开" in client.get(address).text
        assert "第 1 题锁定了" in client.get(f"{address}?question=1").text
        assert "停表休息" not in client.get(f"{address}?question=2").text
        client.post(f"{address}/break")
        assert "休息的次数用完了" in client.get(f"{address}?question=2").text
        client.post(f"{address}/questions", data={"number": "2"})
        assert re.search(r'id="clock">还有 20 分', client.get(f"{address}?question=2").text)

    @pytest.mark.parametrize("number", ["", "0", "-1", "99", "9" * 5000, "two"])
    def test_a_number_without_a_question_opens_none(
        self, client: RoleClient, address: str, number: str
    ) -> None:
        response = client.post(f"{address}/questions", data={"number": number})

        assert client.get(response.location).status_code == 200


class TestOrderOfSteps:
    def test_no_assessment_before_an_application(
        self, client: RoleClient, session: Session, make: Make, agent: Agent
    ) -> None:
        make.certificate(agent)
        project = make.project()

        assert client.post(f"/agent/projects/{project.id}/exam").status_code == 409
        assert session.scalars(select(ExamAttempt)).all() == []

    def test_an_application_opens_the_training_and_that_the_assessment(
        self, client: RoleClient, session: Session, make: Make, agent: Agent
    ) -> None:
        make.certificate(agent)
        project = make.project()
        training = client.post(f"/agent/projects/{project.id}/apply").location

        assert "开始考核" not in client.get("/agent/exams").text
        refused = client.post(f"/agent/projects/{project.id}/exam")
        assert refused.status_code == 409
        assert "培训还没看完" in refused.text
        for lesson in lessons_for(project.service_line):
            assert client.post(f"{training}/{lesson.id}").status_code == 302
        assert "开始考核" in client.get("/agent/exams").text
        client.post(f"/agent/projects/{project.id}/exam")

        attempt = session.scalars(select(ExamAttempt)).one()
        assert (attempt.project_id, attempt.status) == (project.id, AttemptStatus.RUNNING)


class TestPractice:
    def test_tries_every_kind_once(self, client: RoleClient, agent: Agent) -> None:
        titles = [
            re.findall(r"<title>练习：(\S+)", client.get(f"/agent/practice?question={number}").text)[0]
            for number in range(1, len(KIND_NAMES))
        ]

        assert sorted(titles) == sorted(name.zh for kind, name in KIND_NAMES.items() if kind is not Kind.CHAT)

    def test_gives_feedback_at_once_and_keeps_nothing(
        self, client: RoleClient, session: Session, agent: Agent
    ) -> None:
        form = assemble_form(BANK, PRACTICE_EXAM, 0)
        number, asked = next(
            (number, asked)
            for number, asked in enumerate(form.questions, start=1)
            if BANK.item(asked.item_id, asked.version).kind is Kind.SINGLE
        )
        for right, word in ((len(form.questions), "对了。"), (0, "还不对。")):
            values = answers_for(form, BANK, right=right)[asked.item_id]
            query = {"question": number, "check": "1", "answer": values}
            page = client.get("/agent/practice", query_string=query).text
            item = BANK.item(asked.item_id, asked.version)
            assert word in page
            assert item.feedback.zh in page

        assert session.scalars(select(ExamAttempt)).all() == []


@pytest.mark.parametrize("text_only", [True, False])
def test_words_only_holds_on_every_page_of_exams(
    client: RoleClient, make: Make, agent: Agent, text_only: bool
) -> None:
    make.needs(agent, text_only=text_only)
    attempt = start(client)
    before = [client.get(page).text for page in (attempt, f"{attempt}/submit")]
    client.post(f"{attempt}/submit")
    others = ("/agent/exams", "/agent/practice", "/agent/practice/chat", f"{attempt}/result")

    pages = [*before, *(client.get(page).text for page in others)]
    pages.append(client.post("/agent/practice/chat", data={"action": "start"}).text)

    assert ["zx-text-only" in page for page in pages] == [text_only] * len(pages)
