"""Every way to save in an exam against every bad input: refused or made harmless, said plainly, nothing hurt.

The ways: the form of a question, the page's script, a text that is typed, a message in a conversation by form
and by script. The product of ways and faults is the test.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import html
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import clock
from app.models import (
    Agent,
    AgentStatus,
    AttemptStatus,
    ChatLine,
    ChatSitting,
    ExamAnswer,
    ExamAttempt,
)
from exams.bank import shipped_bank
from exams.chat.loader import get_script
from exams.forms import Form, Question
from exams.items import ChatItem, ShortAnswerItem, TypingItem
from tests.conftest import RoleClient
from tests.make import NOON, Make

BANK = shipped_bank()
JSON = {"Accept": "application/json"}
HAN = re.compile("[\u4e00-\u9fff]")
SHORT = next(one for one in BANK.current if isinstance(one, ShortAnswerItem) and not one.practice)
TYPED = next(one for one in BANK.current if isinstance(one, TypingItem) and not one.practice)
CHAT = next(one for one in BANK.current if isinstance(one, ChatItem) and one.id == "as-chat-parcels")
CONSUMER = get_script(CHAT.script).consumers[0].id
FORM = Form(
    exam_id="base",
    seed=1,
    minutes=25,
    pass_percent=70,
    questions=tuple(Question(item_id=item.id, version=item.version) for item in (SHORT, TYPED, CHAT)),
)
MARKUP = "<script>alert(1)</script>&lt;b&gt;"
MEGABYTE = "长" * 350_000


class World:
    """A running exam with one good answer on every way; `state` is all that is kept of it."""

    def __init__(self, client: RoleClient, session: Session, make: Make, patch: pytest.MonkeyPatch) -> None:
        self.client, self.session, self.make = client, session, make
        self.now = NOON
        patch.setattr(clock, "utc_now", lambda: self.now)
        self.agent: Agent = make.agent(status=AgentStatus.NEW)
        client.sign_in(make.user_of(self.agent), make.actor_of(self.agent))
        attempt = make.save(
            ExamAttempt(
                id=uuid.uuid4(),
                agent_id=self.agent.id,
                exam="base",
                form=FORM.to_json(),
                accommodation={},
                status=AttemptStatus.RUNNING,
                started_at=NOON,
                deadline_at=NOON + dt.timedelta(minutes=25),
            )
        )
        self.address = f"/agent/attempts/{attempt.id}"
        self.chat = f"{self.address}/chats/{CHAT.id}"
        client.post(f"{self.address}/answers", data={"item_id": TYPED.id, "start": "1"}, headers=JSON)
        client.post(f"{self.chat}/start", data={"script": "0"})
        self.pass_time(10)
        for way in WAYS.values():
            assert way(self, "第一次", 1000).status_code in (200, 302)
        self.pass_time(10)

    def pass_time(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)

    def become_another(self) -> None:
        stranger = self.make.agent(status=AgentStatus.NEW)
        self.client.sign_in(self.make.user_of(stranger), self.make.actor_of(stranger))

    def become_the_candidate(self) -> None:
        self.client.sign_in(self.make.user_of(self.agent), self.make.actor_of(self.agent))

    def state(self) -> dict[str, Any]:
        self.session.expire_all()
        answers = self.session.scalars(select(ExamAnswer).where(ExamAnswer.item_id != CHAT.id))
        lines = self.session.scalars(select(ChatLine).order_by(ChatLine.sequence))
        kept: dict[str, Any] = {one.item_id: one.response["value"] for one in answers}
        kept[TYPED.id] = kept[TYPED.id]["text"]
        sittings = self.session.scalars(select(ChatSitting.started_at)).all()
        return kept | {CHAT.id: [line.text for line in lines], "sittings": sittings}


Way = Callable[..., TestResponse]


def answer(item_id: str, *, by_script: bool) -> Way:
    def send(world: World, words: str, sequence: int, *, item: str = item_id) -> TestResponse:
        data = {"item_id": item, "number": "1", "answer": words, "sequence": str(sequence)}
        headers = JSON if by_script else {}
        return world.client.post(f"{world.address}/answers", data=data, headers=headers)

    return send


def message(*, by_script: bool) -> Way:
    def send(world: World, words: str, sequence: int, *, item: str = CHAT.id) -> TestResponse:
        # A conversation counts its messages, and the two ways share it: the form's comes first.
        number = 1 if sequence == 1000 and not by_script else sequence // 500
        data = {"consumer": CONSUMER, "text": words, "sequence": str(number)}
        headers = JSON if by_script else {}
        return world.client.post(f"{world.address}/chats/{item}/lines", data=data, headers=headers)

    return send


WAYS: dict[str, Way] = {
    "form": answer(SHORT.id, by_script=False),
    "script": answer(SHORT.id, by_script=True),
    "typing by form": answer(TYPED.id, by_script=False),
    "typing": answer(TYPED.id, by_script=True),
    "message by form": message(by_script=False),
    "message": message(by_script=True),
}


@dataclasses.dataclass(frozen=True)
class Fault:
    """One bad input: how it is sent and which statuses may answer it; `stays`: nothing may change."""

    send: Callable[[World, Way], TestResponse]
    statuses: tuple[int, ...]
    stays: bool = True


def late(world: World, way: Way) -> TestResponse:
    world.pass_time(26 * 60)
    return way(world, "太晚了", 1500)


def handed_in(world: World, way: Way) -> TestResponse:
    world.client.post(f"{world.address}/submit")
    return way(world, "太晚了", 1500)


def by_another(world: World, way: Way) -> TestResponse:
    world.become_another()
    response = way(world, "别人的", 1500)
    world.become_the_candidate()
    return response


def twice(world: World, way: Way) -> TestResponse:
    return way(world, "第一次", 1000)


def too_old(world: World, way: Way) -> TestResponse:
    return way(world, "旧的", 500 if way in (WAYS["message"],) else 999)


FAULTS = {
    "after time": Fault(late, (409,)),
    "after handing in": Fault(handed_in, (409,)),
    "another's attempt": Fault(by_another, (404,)),
    "item not in the form": Fault(lambda world, way: way(world, "新的", 1500, item="no-such-item"), (404,)),
    "twice": Fault(twice, (200, 302)),
    "out of order": Fault(too_old, (200, 302, 409, 422)),
    "a megabyte": Fault(lambda world, way: way(world, MEGABYTE, 1500), (422,)),
    "markup": Fault(lambda world, way: way(world, MARKUP, 1500), (200, 302), stays=False),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("way", WAYS)
def test_a_bad_save_is_refused_or_harmless_and_hurts_nothing(
    client: RoleClient, session: Session, make: Make, monkeypatch: pytest.MonkeyPatch, way: str, fault: str
) -> None:
    world = World(client, session, make, monkeypatch)
    before = world.state()

    response = FAULTS[fault].send(world, WAYS[way])

    assert response.status_code in FAULTS[fault].statuses
    if response.status_code >= 400:
        said = response.get_json() if response.is_json else {}
        # In a sentence; or the script is told where to go, or which message is the next.
        words = said.get("message", "") if response.is_json else re.sub("<[^>]*>", "", response.text)
        assert HAN.search(words) or said.get("over") or said.get("following")
        assert "Traceback" not in response.text
        assert len(response.data) < 200_000
    assert (world.state() == before) is FAULTS[fault].stays
    page = client.get(world.chat if "message" in way else world.address)
    if page.status_code == 200:
        assert MARKUP not in page.text
    if FAULTS[fault].stays is False:
        assert MARKUP in str(world.state())
        assert MARKUP in html.unescape(page.text)
    if fault.startswith("after"):
        return
    # The attempt goes on: the next good save on this way is kept.
    world.pass_time(5)
    assert WAYS[way](world, "好的答案", 2000).status_code in (200, 302)
    assert "好的答案" in str(world.state())
