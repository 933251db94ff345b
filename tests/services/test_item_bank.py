"""The bank is what we ship and what was approved; open attempts never lose an item."""

from __future__ import annotations

import dataclasses
import uuid

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.db import transaction
from app.models import ExamAttempt, ItemState, ItemVersion
from app.services import attempts, item_bank
from exams.bank import shipped_bank, write_body
from exams.forms import Form
from exams.items import Item
from tests.conftest import CountQueries
from tests.make import NOON, Make

SHIPPED = shipped_bank()


def keep(session: Session, item: Item, state: ItemState = ItemState.APPROVED) -> ItemVersion:
    row = ItemVersion(
        id=uuid.uuid4(),
        item_id=item.id,
        version=item.version,
        body=write_body(item),
        topic=item.topic,
        kind=item.kind,
        difficulty=item.difficulty,
        state=state,
        created_at=NOON,
        changed_at=NOON,
        decided_at=NOON,
    )
    with transaction(session):
        session.add(row)
        session.flush()
        item_bank.change_mark(session)
    return row


def second(item_id: str = "as-window-start") -> Item:
    return dataclasses.replace(SHIPPED.item(item_id, 1), version=2)


def test_without_editors_the_bank_is_the_shipped_one(session: Session) -> None:
    assert item_bank.current_bank(session) is SHIPPED


def test_an_approved_version_is_asked_and_the_old_one_stays_readable(session: Session) -> None:
    keep(session, second())

    bank = item_bank.current_bank(session)

    assert {item.version for item in bank.current if item.id == "as-window-start"} == {2}
    assert bank.item("as-window-start", 1) == SHIPPED.item("as-window-start", 1)


@pytest.mark.parametrize("state", [ItemState.DRAFT, ItemState.IN_REVIEW])
def test_what_is_not_approved_is_not_asked(session: Session, state: ItemState) -> None:
    keep(session, second(), state)

    assert item_bank.current_bank(session).items == SHIPPED.items


def test_a_retired_item_is_not_drawn_but_still_marks(session: Session) -> None:
    keep(session, SHIPPED.item("as-window-start", 1), ItemState.RETIRED)

    bank = item_bank.current_bank(session)

    assert "as-window-start" not in {item.id for item in bank.current}
    assert bank.item("as-window-start", 1).retired


def test_the_kept_bank_costs_one_small_read(session: Session, count_queries: CountQueries) -> None:
    keep(session, second())
    item_bank.current_bank(session)

    with count_queries() as statements:
        item_bank.current_bank(session)

    assert len(statements) == 1
    assert "exam_revision" in statements[0]


def test_a_form_in_hand_needs_no_read(session: Session, make: Make, count_queries: CountQueries) -> None:
    attempt = start(session, make)
    item_bank.current_bank(session)

    with count_queries() as statements:
        bank = item_bank.bank_for(session, attempt)

    assert statements == []
    assert all(bank.holds(one.item_id, one.version) for one in Form.from_json(attempt.form).questions)


def test_a_process_that_lacks_an_item_of_a_form_reads_anew(
    session: Session, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for item in SHIPPED.current:
        if item.topic == "escalation" and item.kind == "multiple":
            keep(session, dataclasses.replace(item, version=9))
    attempt = start(session, make)
    # Another process, which read the bank before the editors' versions were approved.
    monkeypatch.setattr(item_bank, "_kept", [item_bank._Kept(None, SHIPPED)])

    bank = item_bank.bank_for(session, attempt)

    assert any(one.version == 9 for one in Form.from_json(attempt.form).questions)
    assert all(bank.holds(one.item_id, one.version) for one in Form.from_json(attempt.form).questions)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE exam_item_version SET body = '{}'",
        "UPDATE exam_item_version SET version = 3",
        "UPDATE exam_item_version SET state = 'draft'",
        "DELETE FROM exam_item_version",
    ],
)
def test_an_approved_version_cannot_be_changed(session: Session, change: str) -> None:
    keep(session, second())

    with pytest.raises(DBAPIError, match="kept as it is"), transaction(session):
        session.execute(text(change))


def start(session: Session, make: Make) -> ExamAttempt:
    agent = make.agent()
    with transaction(session):
        return attempts.start_attempt(
            session,
            agent_id=agent.id,
            project_id=None,
            bank=item_bank.current_bank(session),
            seed=7,
            actor_user_id=agent.user_id,
            now=NOON,
        )
