"""Lines to order, pairs to match and a text to type: on the pages, saved, refused and explained."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
import uuid
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.db import transaction
from app.models import Agent, AgentStatus, AttemptStatus, ExamAnswer, ExamAttempt
from app.services import accommodations
from app.services.needs import Needs, save_needs
from app.web.agents.desks import show_report
from app.web.i18n import LANGUAGE_COOKIE
from exams.bank import shipped_bank
from exams.blueprints import PRACTICE_EXAM
from exams.chat.loader import get_script
from exams.chat.play import Terms
from exams.chat.record import Record
from exams.forms import Form, Question, assemble_form
from exams.items import Item, Kind, MatchingItem, OrderingItem, TypingItem
from exams.timing import NO_ACCOMMODATION
from tests.conftest import RoleClient
from tests.exam_keys import right_values, wrong_values
from tests.make import NOON, Make

BANK = shipped_bank()
JSON = {"Accept": "application/json"}
SECOND = dt.timedelta(seconds=1)


def first(item_type: type[Item]) -> Any:
    """Return the first scored item of a kind."""
    return next(item for item in BANK.current if isinstance(item, item_type) and not item.practice)


STEPS: OrderingItem = first(OrderingItem)
PAIRS: MatchingItem = first(MatchingItem)
TEXT: TypingItem = first(TypingItem)
FORM = Form(
    exam_id="base",
    seed=1,
    minutes=25,
    pass_percent=70,
    questions=(
        Question(item_id=STEPS.id, version=STEPS.version, option_ids=STEPS.option_ids),
        Question(item_id=PAIRS.id, version=PAIRS.version, option_ids=PAIRS.option_ids),
        Question(item_id=TEXT.id, version=TEXT.version),
    ),
)


class Clock:
    """The business's time, in the test's hands."""

    now = NOON

    def pass_time(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    watch = Clock()
    monkeypatch.setattr(clock, "utc_now", lambda: watch.now)
    return watch


@pytest.fixture
def agent(client: RoleClient, make: Make, time: Clock) -> Agent:
    """Somebody new, signed in."""
    agent = make.agent(status=AgentStatus.NEW)
    client.sign_in(make.user_of(agent), make.actor_of(agent))
    return agent


@pytest.fixture
def attempt(make: Make, agent: Agent) -> ExamAttempt:
    """A running exam with one question of each kind."""
    return make.save(
        ExamAttempt(
            id=uuid.uuid4(),
            agent_id=agent.id,
            exam="base",
            form=FORM.to_json(),
            # As attempts were stored before speed could be left out of account.
            accommodation={"multiplier": 1.0, "unlimited": False, "large_text": False},
            status=AttemptStatus.RUNNING,
            started_at=NOON,
            deadline_at=NOON + dt.timedelta(minutes=25),
        )
    )


def post(client: RoleClient, attempt: ExamAttempt, item: Item, **data: object) -> tuple[int, dict[str, Any]]:
    """Send what the page's script sends and return status and reply."""
    response = client.post(
        f"/agent/attempts/{attempt.id}/answers", data={"item_id": item.id, **data}, headers=JSON
    )
    return response.status_code, response.get_json(silent=True) or {}


def kept(session: Session, item: Item) -> Any:
    session.expire_all()
    answer = session.scalar(select(ExamAnswer).where(ExamAnswer.item_id == item.id))
    return None if answer is None else answer.response["value"]


def hand_in(client: RoleClient, session: Session, attempt: ExamAttempt) -> dict[str, Any]:
    """Hand in and return the marks by item id."""
    client.post(f"/agent/attempts/{attempt.id}/submit")
    session.expire_all()
    result = session.get_one(ExamAttempt, attempt.id).result
    assert result is not None
    marks: dict[str, Any] = result["marks"]
    return marks


class TestArranging:
    @pytest.mark.parametrize("item", [STEPS, PAIRS], ids=lambda item: str(item.kind))
    def test_what_is_chosen_is_there_again_and_marked(
        self, client: RoleClient, session: Session, attempt: ExamAttempt, time: Clock, item: Item
    ) -> None:
        values = right_values(item)
        time.pass_time(5)

        assert post(client, attempt, item, answer=values)[0] == 200

        page = client.get(f"/agent/attempts/{attempt.id}").text
        chosen = re.findall(r'<option value="([^"]+)" selected>', page)
        assert sorted(chosen) == sorted(values)
        assert hand_in(client, session, attempt)[item.id]["correct"]

    def test_a_half_done_answer_is_kept_and_still_counts_as_open(
        self, client: RoleClient, session: Session, attempt: ExamAttempt, time: Clock
    ) -> None:
        time.pass_time(5)
        post(client, attempt, STEPS, answer=[right_values(STEPS)[0], "", ""])

        assert kept(session, STEPS) == {STEPS.key[0]: 1}
        assert "还有 3 题没答" in client.get(f"/agent/attempts/{attempt.id}/submit").text

    def test_a_number_given_twice_is_told_and_the_lists_keep_what_was_chosen(
        self, client: RoleClient, session: Session, attempt: ExamAttempt
    ) -> None:
        values = [f"{line}=1" for line in STEPS.option_ids[:2]]

        page = client.post(
            f"/agent/attempts/{attempt.id}/answers",
            data={"item_id": STEPS.id, "answer": values, "number": "1", "go": "2"},
        )

        assert page.status_code == 422
        assert "有两行写了同一个序号，请给每一行写不同的序号。" in page.text
        assert re.findall(r'<option value="([^"]+)" selected>', page.text) == values
        assert kept(session, STEPS) is None

    @pytest.mark.parametrize(
        ("item", "values"),
        [(STEPS, ["zz=1"]), (STEPS, ["a=99"]), (PAIRS, ["zz=q"]), (PAIRS, [f"{PAIRS.prompt_ids[0]}=zz"])],
        ids=str,
    )
    def test_what_was_not_on_the_page_is_refused(
        self, client: RoleClient, session: Session, attempt: ExamAttempt, item: Item, values: list[str]
    ) -> None:
        status, reply = post(client, attempt, item, answer=values)

        assert status == 422
        assert "不在这道题里" in reply["message"]
        assert kept(session, item) is None

    def test_the_result_sets_the_right_arrangement_beside_the_persons_own(
        self, client: RoleClient, session: Session, attempt: ExamAttempt, time: Clock
    ) -> None:
        time.pass_time(5)
        for item in (STEPS, PAIRS):
            post(client, attempt, item, answer=wrong_values(item))
        page = client.get(f"/agent/attempts/{attempt.id}").text
        assert "对的是" not in page

        hand_in(client, session, attempt)

        page = html.unescape(client.get(f"/agent/attempts/{attempt.id}/result").text)
        own, right = (re.findall(rf"{words}</p>(.*?)</dl>", page, re.S) for words in ("你答的：", "对的是："))
        words = {option.id: option.text.zh for option in STEPS.options}
        assert listed(own[0]) == [words[line] for line in reversed(STEPS.key)]
        assert listed(right[0]) == [words[line] for line in STEPS.key]
        targets = {option.id: option.text.zh for option in PAIRS.options}
        assert listed(right[1]) == [targets[dict(PAIRS.key)[prompt]] for prompt in PAIRS.prompt_ids]


def listed(fragment: str) -> list[str]:
    return re.findall(r"<dd>(.*?)</dd>", fragment)


class TestTyping:
    def start(self, client: RoleClient, attempt: ExamAttempt) -> dict[str, Any]:
        status, reply = post(client, attempt, TEXT, start="1")
        assert status == 200
        return reply

    def test_the_text_comes_with_the_start_and_not_before(
        self, client: RoleClient, attempt: ExamAttempt
    ) -> None:
        assert TEXT.passage.zh not in client.get(f"/agent/attempts/{attempt.id}").text

        reply = self.start(client, attempt)

        assert (reply["passage"], reply["language"]) == (TEXT.passage.zh, "zh")
        assert TEXT.passage.zh in client.get(f"/agent/attempts/{attempt.id}").text

    def test_the_clock_runs_from_the_first_start_to_the_last_change(
        self, client: RoleClient, session: Session, attempt: ExamAttempt, time: Clock
    ) -> None:
        time.pass_time(60)
        self.start(client, attempt)
        time.pass_time(30)
        self.start(client, attempt)
        time.pass_time(90)
        post(client, attempt, TEXT, answer=TEXT.passage.zh)
        time.pass_time(300)
        # The same text again, as when the page is left: no more time has been used.
        post(client, attempt, TEXT, answer=TEXT.passage.zh)

        assert kept(session, TEXT) == {
            "language": "zh",
            "started": 60_000,
            "ended": 180_000,
            "text": TEXT.passage.zh,
        }

    def test_an_answer_is_measured_and_the_result_says_so(
        self, client: RoleClient, session: Session, attempt: ExamAttempt, time: Clock
    ) -> None:
        self.start(client, attempt)
        time.pass_time(240)
        post(client, attempt, TEXT, answer=TEXT.passage.zh)

        mark = hand_in(client, session, attempt)[TEXT.id]

        speed = len(TEXT.passage.zh) / 4
        assert mark["points"] == pytest.approx(speed / 40)
        assert mark["evidence"]["characters_per_minute"] == pytest.approx(speed, abs=0.1)
        page = client.get(f"/agent/attempts/{attempt.id}/result").text
        assert f"每分钟 {round(speed)} 个字，打对 100%" in page

    def test_it_works_with_plain_forms(
        self, client: RoleClient, session: Session, attempt: ExamAttempt, time: Clock
    ) -> None:
        address = f"/agent/attempts/{attempt.id}"
        stamp = re.findall(r'name="stamp" value="([^"]+)"', client.get(address).text)[0]
        common = {"item_id": TEXT.id, "number": "3", "stamp": stamp}

        response = client.post(f"{address}/answers", data={**common, "start": "1"})
        assert response.location == f"{address}?question=3"
        assert TEXT.passage.zh in client.get(response.location).text
        time.pass_time(120)
        client.post(f"{address}/answers", data={**common, "answer": TEXT.passage.zh, "go": "submit"})

        # The page was made before the typing: its stamp says nothing about when the typing was done.
        assert kept(session, TEXT)["ended"] == 120_000

    def test_a_text_without_a_start_is_refused_and_an_empty_one_is_nothing(
        self, client: RoleClient, session: Session, attempt: ExamAttempt, time: Clock
    ) -> None:
        time.pass_time(5)
        status, reply = post(client, attempt, TEXT, answer=TEXT.passage.zh)
        assert (status, reply["message"]) == (422, "请先按“开始”，再照着打。")
        assert post(client, attempt, TEXT, answer="")[0] == 200
        assert kept(session, TEXT) is None

        # Neither stands in the way of a real start.
        time.pass_time(5)
        self.start(client, attempt)
        assert kept(session, TEXT)["started"] == 10_000

    @pytest.mark.parametrize("item", [STEPS, None], ids=["another kind", "not on the form"])
    def test_only_a_text_on_the_form_can_be_started(
        self, client: RoleClient, attempt: ExamAttempt, item: Item | None
    ) -> None:
        other = next(one for one in BANK.current if isinstance(one, TypingItem) and one.id != TEXT.id)

        assert post(client, attempt, item or other, start="1")[0] == 404

    def test_after_the_time_nothing_starts(
        self, client: RoleClient, session: Session, attempt: ExamAttempt, time: Clock
    ) -> None:
        time.pass_time(25 * 60 + 1)

        assert post(client, attempt, TEXT, start="1")[0] == 409
        assert kept(session, TEXT) is None

    @pytest.mark.parametrize(
        ("age_ms", "ended"),
        [(30_000, 60_000), (95_000, 95_000), (0, 60_000), (900_000, 120_000)],
        ids=["90 s late", "25 s late", "no age", "from the future"],
    )
    def test_a_lost_connection_makes_nobody_slow_for_a_minute(
        self,
        client: RoleClient,
        session: Session,
        attempt: ExamAttempt,
        time: Clock,
        age_ms: int,
        ended: int,
    ) -> None:
        """Saved 120 s after the start; the page says how old its answer is, from the time it got then."""
        stamp = self.start(client, attempt)["stamp"]
        time.pass_time(120)

        post(client, attempt, TEXT, answer=TEXT.passage.zh, stamp=stamp, age=str(age_ms))

        assert kept(session, TEXT)["ended"] == ended

    def test_the_language_of_the_start_stays(
        self, client: RoleClient, session: Session, attempt: ExamAttempt, time: Clock
    ) -> None:
        client.set_cookie(LANGUAGE_COOKIE, "en")
        assert self.start(client, attempt)["passage"] == TEXT.passage.en
        client.set_cookie(LANGUAGE_COOKIE, "zh")

        page = html.unescape(client.get(f"/agent/attempts/{attempt.id}").text)

        assert TEXT.passage.en in page
        assert re.search(r'<textarea [^>]*lang="en"', page)

    @pytest.mark.parametrize(
        "needs", [Needs(one_hand=True), Needs(screen_reader=True)], ids=["one hand", "screen reader"]
    )
    def test_needs_said_during_the_exam_take_the_speed_out_of_account(
        self,
        client: RoleClient,
        session: Session,
        make: Make,
        agent: Agent,
        attempt: ExamAttempt,
        needs: Needs,
    ) -> None:
        assert "速度不计分" not in client.get(f"/agent/attempts/{attempt.id}").text

        save_needs(
            session,
            agent_id=agent.id,
            needs=needs,
            large_text=False,
            consent=True,
            actor_user_id=agent.user_id,
            now=NOON,
        )

        session.expire_all()
        assert session.get_one(ExamAttempt, attempt.id).accommodation["typing_untimed"]
        assert "速度不计分" in client.get(f"/agent/attempts/{attempt.id}").text

    def test_slow_typing_with_one_hand_earns_full_marks(
        self,
        client: RoleClient,
        session: Session,
        make: Make,
        agent: Agent,
        attempt: ExamAttempt,
        time: Clock,
    ) -> None:
        needs = make.needs(agent, one_hand=True)
        with transaction(session):
            accommodations.give_more_time(session, agent_id=agent.id, needs=needs, now=NOON)
        self.start(client, attempt)
        time.pass_time(1200)
        post(client, attempt, TEXT, answer=TEXT.passage.zh)

        assert hand_in(client, session, attempt)[TEXT.id]["correct"]
        assert "速度不计分" in client.get(f"/agent/attempts/{attempt.id}/result").text


class TestPractice:
    @pytest.fixture
    def number(self) -> int:
        form = assemble_form(BANK, PRACTICE_EXAM, 0)
        kinds = [BANK.item(asked.item_id, asked.version).kind for asked in form.questions]
        return kinds.index(Kind.TYPING) + 1

    def test_typing_is_tried_with_a_clock_of_its_own(
        self, client: RoleClient, session: Session, agent: Agent, time: Clock, number: int
    ) -> None:
        item = next(one for one in BANK.current if isinstance(one, TypingItem) and one.practice)
        before = client.get(f"/agent/practice?question={number}").text
        assert item.passage.zh not in before
        # It has a clock, so it must not be called untimed.
        assert "不计时" not in before
        page = client.get(f"/agent/practice?question={number}&start=1").text
        assert item.passage.zh in page
        started = re.findall(r'name="started" value="([^"]+)"', page)[0]
        time.pass_time(60)

        query = {"question": number, "started": started, "answer": item.passage.zh, "check": "1"}
        page = client.get("/agent/practice", query_string=query).text

        assert "对了。" in page
        assert f"每分钟 {len(item.passage.zh)} 个字，打对 100%" in page
        assert session.scalars(select(ExamAnswer)).all() == []

    def test_a_forged_start_is_none(self, client: RoleClient, agent: Agent, time: Clock, number: int) -> None:
        query = {"question": number, "started": "[1,2]", "answer": "您好", "check": "1"}

        assert "还不对" in client.get("/agent/practice", query_string=query).text


def test_without_needs_typing_is_timed() -> None:
    assert not NO_ACCOMMODATION.typing_untimed
    assert not accommodations.accommodation_of(None, large_text=True).typing_untimed


def test_the_result_of_a_conversation_names_the_customers_in_the_script_s_order(app: Flask) -> None:
    script = get_script("aftersales-parcels")
    record = Record(script=script.id, language="zh", terms=Terms(), lines=(), ended_at=60.0)
    # As the database gives it back: keys by length, then by letter.
    stored = json.loads(json.dumps(record.score().to_json()))
    for part in stored["parts"]:
        part["consumers"] = dict(sorted(part["consumers"].items(), reverse=True))
    stored["ends"] = dict(sorted(stored["ends"].items(), reverse=True))
    names = [consumer.name.zh for consumer in script.consumers]

    with app.test_request_context():
        shown = show_report(script, stored)

    assert [name for name, _end in shown["ends"]] == names
    for part in shown["parts"]:
        assert [customer["name"] for customer in part["customers"]] == names
