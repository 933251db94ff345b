"""Keys never leave the server before the end: nothing that is sent would differ if the keys did."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import uuid
from collections.abc import Iterator
from decimal import Decimal

import pytest

from app import clock
from app.models import Agent, AttemptStatus, ExamAttempt
from exams.bank import Bank, shipped_bank
from exams.chat.loader import get_script
from exams.forms import Form, Question
from exams.items import (
    ChatItem,
    ChoiceItem,
    Item,
    Kind,
    MatchingItem,
    MultipleItem,
    NumericItem,
    OrderingItem,
    ShortAnswerItem,
    SingleItem,
    Text,
    TrueFalseItem,
)
from exams.timing import NO_ACCOMMODATION
from tests.conftest import RoleClient
from tests.exam_keys import right_values, wrong_values
from tests.make import NOON, Make

BANK = shipped_bank()
JSON = {"Accept": "application/json"}
# Signed with the machine's time, which no test holds still.
TOKEN = re.compile(rb'(?<=name="csrf_token" value=")[^"]+')
ANYTHING = Text(zh="天外来物", en="out of the blue")


def one_of_each_kind() -> dict[Kind, Item]:
    scored = [item for item in BANK.current if not item.practice]
    return {kind: next(item for item in scored if item.kind is kind) for kind in Kind}


ITEMS = one_of_each_kind()
FORM = Form(
    exam_id="base",
    seed=1,
    minutes=60,
    pass_percent=70,
    questions=tuple(
        Question(
            item_id=item.id,
            version=item.version,
            option_ids=item.option_ids if isinstance(item, ChoiceItem) else (),
        )
        for item in ITEMS.values()
    ),
)


def changed(item: Item) -> Item:
    """Return the item with another key, and with other words for whatever candidates see only afterwards."""
    item = dataclasses.replace(item, rationale=ANYTHING, feedback=ANYTHING)
    match item:
        case SingleItem():
            return dataclasses.replace(item, key=wrong_values(item)[0])
        case MultipleItem():
            others = [option for option in item.option_ids if option not in item.key]
            return dataclasses.replace(item, key=(item.key[0], others[0]))
        case TrueFalseItem():
            return dataclasses.replace(item, key=not item.key)
        case ShortAnswerItem():
            return dataclasses.replace(item, key=("天外来物",))
        case NumericItem():
            return dataclasses.replace(item, key=item.key + Decimal(17), tolerance=Decimal(1))
        case OrderingItem():
            return dataclasses.replace(item, key=(*item.key[1:], item.key[0]))
        case MatchingItem():
            prompts, options = zip(*item.key, strict=True)
            return dataclasses.replace(item, key=tuple(zip(prompts, (*options[1:], options[0]), strict=True)))
        case _:
            return item


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: NOON)


@pytest.fixture
def agent(client: RoleClient, make: Make) -> Agent:
    agent = make.agent()
    client.sign_in(make.user_of(agent), make.actor_of(agent))
    return agent


@pytest.fixture
def address(agent: Agent, make: Make) -> str:
    attempt = make.save(
        ExamAttempt(
            id=uuid.uuid4(),
            agent_id=agent.id,
            exam="base",
            form=FORM.to_json(),
            accommodation=dataclasses.asdict(NO_ACCOMMODATION),
            status=AttemptStatus.RUNNING,
            started_at=NOON - dt.timedelta(minutes=5),
            deadline_at=NOON + dt.timedelta(minutes=55),
        )
    )
    return f"/agent/attempts/{attempt.id}"


def pages(address: str) -> Iterator[str]:
    """Every page and answer that can be asked for while the exam runs."""
    yield "/agent/exams"
    yield "/agent/growth"
    yield f"{address}/submit"
    yield f"{address}/state"
    yield f"{address}/result"
    for number in range(1, len(FORM.questions) + 1):
        yield f"{address}?question={number}"
    yield f"{address}/chats/{ITEMS[Kind.CHAT].id}"
    yield f"{address}/chats/{ITEMS[Kind.CHAT].id}/messages"
    yield f"{address}/chats/{ITEMS[Kind.CHAT].id}/result"


def everything(client: RoleClient, address: str) -> dict[str, tuple[int, str | None, bytes]]:
    found: dict[str, tuple[int, str | None, bytes]] = {}
    for page in pages(address):
        for kind, headers in (("page", {}), ("data", JSON)):
            response = client.get(page, headers=headers)
            found[f"{kind} {page}"] = (
                response.status_code,
                response.location,
                TOKEN.sub(b"", response.data),
            )
    return found


def test_every_changed_key_would_be_marked_otherwise() -> None:
    """Shows that the comparison below can catch a key: if this fails, it proves nothing."""
    keyed = [item for item in ITEMS.values() if item.kind not in (Kind.TYPING, Kind.CHAT)]

    assert all(changed(item).key != item.key for item in keyed)  # type: ignore[attr-defined]
    assert len(keyed) == 7


@pytest.mark.parametrize("answered", [False, True])
def test_nothing_sent_before_the_end_depends_on_keys_feedback_or_rationales(
    client: RoleClient, address: str, monkeypatch: pytest.MonkeyPatch, answered: bool
) -> None:
    if answered:
        for item in ITEMS.values():
            if item.kind is Kind.TYPING:
                client.post(f"{address}/answers", data={"item_id": item.id, "start": "1"}, headers=JSON)
            if item.kind is not Kind.CHAT:
                data = {"item_id": item.id, "answer": right_values(item)}
                assert client.post(f"{address}/answers", data=data, headers=JSON).status_code == 200
        client.post(f"{address}/chats/{ITEMS[Kind.CHAT].id}/start")
    before = everything(client, address)
    assert before == everything(client, address)

    find = Bank.item
    monkeypatch.setattr(Bank, "item", lambda bank, *which: changed(find(bank, *which)))

    assert everything(client, address) == before


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.CHAT])
def test_a_right_and_a_wrong_answer_get_the_same_receipt(
    client: RoleClient, address: str, kind: Kind
) -> None:
    item = ITEMS[kind]
    if kind is Kind.TYPING:
        client.post(f"{address}/answers", data={"item_id": item.id, "start": "1"}, headers=JSON)
    receipts = [
        client.post(
            f"{address}/answers", data={"item_id": item.id, "answer": values, "sequence": place}, headers=JSON
        )
        for place, values in enumerate((right_values(item), wrong_values(item)), start=2)
    ]

    assert [receipt.status_code for receipt in receipts] == [200, 200]
    assert receipts[0].json == receipts[1].json
    assert set(receipts[0].json or {}) == {"saved_at", "stamp", "milliseconds_left"}


def test_what_a_conversation_is_judged_by_is_not_on_its_pages(client: RoleClient, address: str) -> None:
    chat = ITEMS[Kind.CHAT]
    assert isinstance(chat, ChatItem)
    client.post(f"{address}/chats/{chat.id}/start")
    script = get_script(chat.script)
    notes = "".join(line.zh for card in script.cards for line in card.lines)
    rules = [
        rule.text.zh
        for one in script.consumers
        for rules in (one.musts, one.forbidden)
        for rule in rules
        # What the shop's notes say in the same words is for everybody to read.
        if rule.text.zh not in notes
    ]

    sent = b"".join(data for _, _, data in everything(client, address).values()).decode()

    assert len(rules) > 5
    assert [rule for rule in rules if rule in sent] == []
    assert [turn.id for one in script.consumers for turn in one.turns if turn.model[0].zh in sent] == []
