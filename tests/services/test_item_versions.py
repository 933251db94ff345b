"""Four eyes on every item, nothing changed once it is approved, and no exam left without items."""

from __future__ import annotations

import dataclasses
import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import BankGapError, ItemTakenError, NotFoundError, OwnWorkError, StaleStateError
from app.models import AuditEntry, ItemState, ItemVersion, Role
from app.services import item_versions
from app.services.item_bank import current_bank
from exams.bank import read_body, shipped_bank
from exams.items import Item, Kind, Topic
from tests.exams import make as items
from tests.make import NOON, Make

SHIPPED = shipped_bank()


@dataclasses.dataclass
class Desk:
    """Two people who write and review."""

    session: Session
    author: uuid.UUID
    colleague: uuid.UUID

    def save(self, item: Item, *, is_new: bool = True, by: uuid.UUID | None = None) -> ItemVersion:
        with transaction(self.session):
            return item_versions.save_draft(
                self.session, item=item, is_new=is_new, actor_user_id=by or self.author, now=NOON
            )

    def submit(self, row: ItemVersion) -> ItemVersion:
        with transaction(self.session):
            return item_versions.submit_for_review(self.session, row.id, actor_user_id=self.author, now=NOON)

    def approve(self, row: ItemVersion, *, by: uuid.UUID | None = None) -> ItemVersion:
        with transaction(self.session):
            return item_versions.approve_version(
                self.session, row.id, actor_user_id=by or self.colleague, now=NOON
            )

    def send_back(self, row: ItemVersion, *, reason: str, by: uuid.UUID | None = None) -> ItemVersion:
        with transaction(self.session):
            return item_versions.send_back(
                self.session, row.id, reason=reason, actor_user_id=by or self.colleague, now=NOON
            )

    def retire(self, item_id: str, reason: str = "The rule has changed.") -> ItemVersion:
        with transaction(self.session):
            return item_versions.retire_item(
                self.session, item_id, reason=reason, actor_user_id=self.colleague, now=NOON
            )

    def asked(self, item_id: str) -> Item | None:
        return next((one for one in current_bank(self.session).current if one.id == item_id), None)


@pytest.fixture
def desk(session: Session, make: Make) -> Desk:
    author, colleague = (make.user(role=Role.OPERATIONS).id for _ in range(2))
    return Desk(session, author, colleague)


def test_a_new_item_is_asked_only_after_somebody_else_approved_it(desk: Desk) -> None:
    row = desk.save(items.single("new-one"))
    assert desk.asked("new-one") is None
    desk.submit(row)
    assert desk.asked("new-one") is None

    desk.approve(row)

    assert desk.asked("new-one") == items.single("new-one")
    actions = desk.session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == row.id)).all()
    assert sorted(actions) == ["item.approved", "item.saved", "item.submitted"]


def test_the_author_neither_approves_nor_sends_back(desk: Desk) -> None:
    row = desk.submit(desk.save(items.single("new-one")))

    with pytest.raises(OwnWorkError):
        desk.approve(row, by=desk.author)
    with pytest.raises(OwnWorkError):
        desk.send_back(row, reason="no", by=desk.author)

    assert desk.asked("new-one") is None


def test_whoever_wrote_last_is_the_author(desk: Desk) -> None:
    row = desk.save(items.single("new-one"))
    desk.save(items.single("new-one", key="b"), is_new=False, by=desk.colleague)
    desk.submit(row)

    with pytest.raises(OwnWorkError):
        desk.approve(row, by=desk.colleague)

    desk.approve(row, by=desk.author)
    assert desk.asked("new-one") == items.single("new-one", key="b")


def test_what_is_sent_back_carries_its_reason_and_can_be_mended(desk: Desk) -> None:
    row = desk.submit(desk.save(items.single("new-one")))

    desk.send_back(row, reason=" Two options are right. ")

    assert (row.state, row.note) == (ItemState.DRAFT, "Two options are right.")
    desk.save(items.single("new-one", key="b"), is_new=False)
    desk.submit(row)
    assert row.note is None
    with pytest.raises(ValueError, match="reason"):
        desk.send_back(row, reason=" ")


def test_a_new_version_follows_the_newest_and_leaves_the_old_one(desk: Desk) -> None:
    shipped = SHIPPED.item("as-window-start", 1)
    changed = dataclasses.replace(shipped, points=2)

    row = desk.save(changed, is_new=False)
    desk.approve(desk.submit(row))

    assert row.version == 2
    assert desk.asked("as-window-start") == dataclasses.replace(changed, version=2)
    assert current_bank(desk.session).item("as-window-start", 1) == shipped


def test_an_id_is_taken_once(desk: Desk) -> None:
    desk.save(items.single("new-one"))

    for item_id in ("new-one", "as-window-start"):
        with pytest.raises(ItemTakenError):
            desk.save(items.single(item_id))


def test_each_step_has_its_state(desk: Desk) -> None:
    row = desk.save(items.single("new-one"))
    with pytest.raises(StaleStateError):
        desk.approve(row)
    desk.submit(row)
    with pytest.raises(StaleStateError):
        desk.submit(row)
    with pytest.raises(StaleStateError):
        desk.save(items.single("new-one", key="b"), is_new=False)
    with pytest.raises(StaleStateError), transaction(desk.session):
        item_versions.discard_draft(desk.session, row.id, actor_user_id=desk.author, now=NOON)
    desk.approve(row)
    with pytest.raises(StaleStateError):
        desk.send_back(row, reason="too late")
    with pytest.raises(NotFoundError), transaction(desk.session):
        item_versions.submit_for_review(desk.session, uuid.uuid4(), actor_user_id=desk.author, now=NOON)


def test_a_draft_can_be_thrown_away(desk: Desk) -> None:
    row = desk.save(items.single("new-one"))

    with transaction(desk.session):
        item_versions.discard_draft(desk.session, row.id, actor_user_id=desk.author, now=NOON)

    assert desk.session.scalars(select(ItemVersion)).all() == []
    desk.save(items.single("new-one"))


def test_a_retired_item_is_out_and_its_next_version_brings_it_back(desk: Desk) -> None:
    row = desk.retire("as-window-start")

    assert desk.asked("as-window-start") is None
    assert (row.state, row.note) == (ItemState.RETIRED, "The rule has changed.")
    with pytest.raises(NotFoundError):
        desk.retire("as-window-start")
    mended = desk.save(dataclasses.replace(read_body(row.body), points=2), is_new=False)
    desk.approve(desk.submit(mended))
    assert desk.asked("as-window-start") is not None


def test_an_exam_keeps_the_items_it_needs(desk: Desk) -> None:
    """Typing items of tools: the assessments for chat need one, and the bank has only so many."""
    typing = [
        item
        for item in SHIPPED.current
        if item.kind is Kind.TYPING and item.topic is Topic.TOOLS and not item.practice
    ]
    for item in typing[:-1]:
        desk.retire(item.id)

    with pytest.raises(BankGapError) as refused:
        desk.retire(typing[-1].id)

    assert set(refused.value.exams) == {"project-presales-chat", "project-aftersales-chat"}
    assert desk.asked(typing[-1].id) is not None


def test_imported_items_get_ids_of_their_own(desk: Desk) -> None:
    desk.save(items.single("quiz-1"))
    found = [items.single("quiz-1"), items.multiple("as-window-start"), items.single("fresh")]

    with transaction(desk.session):
        drafts = item_versions.import_drafts(desk.session, items=found, actor_user_id=desk.author, now=NOON)

    assert [draft.item_id for draft in drafts] == ["quiz-1-2", "as-window-start-2", "fresh"]
    assert [read_body(draft.body).id for draft in drafts] == ["quiz-1-2", "as-window-start-2", "fresh"]
    assert {draft.state for draft in drafts} == {ItemState.DRAFT}
