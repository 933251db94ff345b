"""Write an item, let another person look at it, and take it out of the exams.

One version of an item is open at a time: a draft or in review. Whoever saved it last is its author, and
somebody else approves it. What is approved never changes again; whoever changes what exams are made of holds
the bank's mark until the end of the transaction, so two such changes are decided one after the other.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import BankGapError, ItemTakenError, NotFoundError, OwnWorkError, StaleStateError
from app.models import ItemState, ItemVersion
from app.queries.items import find_open_version
from app.services import audit
from app.services.exam_blueprints import current_blueprints
from app.services.item_bank import change_mark, current_bank, merge_items
from exams.bank import Bank, read_body, write_body
from exams.forms import Blueprint, find_gaps
from exams.items import Item


def save_draft(
    session: Session, *, item: Item, is_new: bool, actor_user_id: uuid.UUID, now: dt.datetime
) -> ItemVersion:
    """Save an item as the open version of its id, made if there is none; the number is given here.

    Raises ItemTakenError for a new item whose id the bank has, StaleStateError while the open version is in
    review or when somebody else opens one at the same moment.
    """
    bank = current_bank(session)
    last = max((one.version for one in bank.items if one.id == item.id), default=0)
    row = find_open_version(session, item.id, lock=True)
    if is_new and (last or row is not None):
        raise ItemTakenError
    if row is not None and row.state is not ItemState.DRAFT:
        raise StaleStateError
    if row is None:
        row = ItemVersion(
            id=uuid.uuid4(), item_id=item.id, version=last + 1, state=ItemState.DRAFT, created_at=now
        )
    item = dataclasses.replace(item, version=row.version, retired=False)
    row.body = write_body(item)
    row.topic, row.kind, row.difficulty = item.topic.value, item.kind.value, item.difficulty.value
    row.author_id, row.reviewer_id, row.changed_at = actor_user_id, None, now
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise StaleStateError from error
    _record(session, "item.saved", row, actor_user_id=actor_user_id, now=now)
    return row


def import_drafts(
    session: Session, *, items: Sequence[Item], actor_user_id: uuid.UUID, now: dt.datetime
) -> list[ItemVersion]:
    """Save imported items as drafts of new items; an id that is taken gets a number behind it."""
    taken = {item.id for item in current_bank(session).items}
    taken |= set(session.scalars(select(ItemVersion.item_id)))
    drafts = []
    for item in items:
        item_id, number = item.id, 2
        while item_id in taken:
            item_id, number = f"{item.id}-{number}", number + 1
        taken.add(item_id)
        named = dataclasses.replace(item, id=item_id)
        drafts.append(save_draft(session, item=named, is_new=True, actor_user_id=actor_user_id, now=now))
    return drafts


def discard_draft(
    session: Session, version_id: uuid.UUID, *, actor_user_id: uuid.UUID, now: dt.datetime
) -> None:
    """Throw a draft away. Raises NotFoundError, and StaleStateError for anything but a draft."""
    row = _lock_version(session, version_id)
    if row.state is not ItemState.DRAFT:
        raise StaleStateError
    _record(session, "item.discarded", row, actor_user_id=actor_user_id, now=now)
    session.delete(row)


def submit_for_review(
    session: Session, version_id: uuid.UUID, *, actor_user_id: uuid.UUID, now: dt.datetime
) -> ItemVersion:
    """Hand a draft to somebody else. Raises NotFoundError, and StaleStateError for anything but a draft."""
    row = _lock_version(session, version_id)
    if row.state is not ItemState.DRAFT:
        raise StaleStateError
    row.state, row.submitted_at, row.changed_at, row.note = ItemState.IN_REVIEW, now, now, None
    _record(session, "item.submitted", row, actor_user_id=actor_user_id, now=now)
    return row


def approve_version(
    session: Session, version_id: uuid.UUID, *, actor_user_id: uuid.UUID, now: dt.datetime
) -> ItemVersion:
    """Let a version into the exams from now on; attempts begun before keep theirs.

    Raises NotFoundError, StaleStateError when it is not in review, OwnWorkError for its author, and
    BankGapError when the item would leave a place that nothing else can fill.
    """
    change_mark(session)
    row = _lock_version(session, version_id)
    _check_reviewer(row, actor_user_id)
    bank = current_bank(session)
    _check_exams(session, bank, merge_items(bank.items, [read_body(row.body)]))
    row.state, row.reviewer_id = ItemState.APPROVED, actor_user_id
    row.decided_at = row.changed_at = now
    session.flush()
    # Anew: the bank read above is kept under the mark of before.
    change_mark(session)
    _record(session, "item.approved", row, actor_user_id=actor_user_id, now=now)
    return row


def send_back(
    session: Session, version_id: uuid.UUID, *, reason: str, actor_user_id: uuid.UUID, now: dt.datetime
) -> ItemVersion:
    """Give a version back to its author with the reason. Raises as `approve_version`, ValueError without."""
    if not reason.strip():
        raise ValueError("sending back has a reason")
    row = _lock_version(session, version_id)
    _check_reviewer(row, actor_user_id)
    row.state, row.reviewer_id = ItemState.DRAFT, actor_user_id
    row.note, row.changed_at = reason.strip(), now
    _record(session, "item.sent-back", row, actor_user_id=actor_user_id, now=now)
    return row


def retire_item(
    session: Session, item_id: str, *, reason: str, actor_user_id: uuid.UUID, now: dt.datetime
) -> ItemVersion:
    """Take an item out of the exams from now on; old attempts are still marked by it.

    Raises NotFoundError for an item that is not asked now, BankGapError when an exam could not be put
    together without it, ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError("retiring has a reason")
    change_mark(session)
    bank = current_bank(session)
    item = next((one for one in bank.current if one.id == item_id), None)
    if item is None:
        raise NotFoundError(f"item {item_id}")
    retired = dataclasses.replace(item, retired=True)
    _check_exams(session, bank, Bank(tuple(retired if one is item else one for one in bank.items)))
    row = session.scalar(
        select(ItemVersion).where(ItemVersion.item_id == item_id, ItemVersion.version == item.version)
    )
    if row is None:
        # A shipped item: the row only says that it is out.
        row = ItemVersion(
            id=uuid.uuid4(),
            item_id=item_id,
            version=item.version,
            body=write_body(item),
            topic=item.topic.value,
            kind=item.kind.value,
            difficulty=item.difficulty.value,
            created_at=now,
        )
        session.add(row)
    row.state, row.note = ItemState.RETIRED, reason.strip()
    row.decided_at = row.changed_at = now
    session.flush()
    change_mark(session)
    _record(session, "item.retired", row, actor_user_id=actor_user_id, now=now)
    return row


def exams_with_gaps(bank: Bank, blueprints: Collection[Blueprint]) -> list[str]:
    """Return the ids of the exams that this bank cannot fill."""
    return [blueprint.id for blueprint in blueprints if find_gaps(bank, blueprint)]


def _check_exams(session: Session, before: Bank, after: Bank) -> None:
    """Refuse what takes the last item that an exam needs; gaps that were there already stop nobody."""
    blueprints = list(current_blueprints(session).values())
    torn = set(exams_with_gaps(after, blueprints)) - set(exams_with_gaps(before, blueprints))
    if torn:
        raise BankGapError(exams=sorted(torn))


def _check_reviewer(row: ItemVersion, actor_user_id: uuid.UUID) -> None:
    if row.state is not ItemState.IN_REVIEW:
        raise StaleStateError
    if row.author_id == actor_user_id:
        raise OwnWorkError


def _lock_version(session: Session, version_id: uuid.UUID) -> ItemVersion:
    row = session.get(ItemVersion, version_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFoundError(f"item version {version_id}")
    return row


def _record(
    session: Session, action: str, row: ItemVersion, *, actor_user_id: uuid.UUID, now: dt.datetime
) -> None:
    audit.record(
        session, action, row, actor_user_id=actor_user_id, now=now, item=row.item_id, version=row.version
    )
