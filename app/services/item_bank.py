"""The question bank as it stands: the items we ship, and what editors wrote and others approved.

The bank is kept in the process and read anew when its mark in the database has changed. An approved version
never changes again, so whoever has a form in hand needs no look at the mark: `bank_for` asks the database
only when the kept bank lacks one of the form's items.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import ExamAttempt, ExamRevision, ItemState, ItemVersion
from exams.bank import Bank, read_body, shipped_bank
from exams.items import Item

ITEMS = "items"


@dataclasses.dataclass(frozen=True)
class _Kept:
    """A bank and the mark it was read under, replaced as one so that no thread sees half."""

    mark: uuid.UUID | None
    bank: Bank


_kept: list[_Kept] = []


def current_bank(session: Session) -> Bank:
    """Return the shipped items and the approved and retired versions of the database: one small read.

    A version of the database stands in the place of a shipped one with the same number.
    """
    mark = session.scalar(select(ExamRevision.mark).where(ExamRevision.subject == ITEMS))
    if not _kept or _kept[0].mark != mark:
        _kept[:] = [_Kept(mark, shipped_bank() if mark is None else _read_bank(session))]
    return _kept[0].bank


def bank_for(session: Session, attempt: ExamAttempt) -> Bank:
    """Return a bank that holds every item of the attempt's form, mostly without asking the database."""
    if _kept:
        bank = _kept[0].bank
        if all(bank.holds(asked["item_id"], asked["version"]) for asked in attempt.form["questions"]):
            return bank
    return current_bank(session)


def change_mark(session: Session, subject: str = ITEMS) -> None:
    """Tell every process to read anew, with the caller's transaction."""
    row = insert(ExamRevision).values(id=uuid.uuid4(), subject=subject, mark=uuid.uuid4())
    session.execute(
        row.on_conflict_do_update(index_elements=[ExamRevision.subject], set_={"mark": row.excluded.mark})
    )


def _read_bank(session: Session) -> Bank:
    rows = session.execute(
        select(ItemVersion.body, ItemVersion.state)
        .where(ItemVersion.state.in_((ItemState.APPROVED, ItemState.RETIRED)))
        .order_by(ItemVersion.item_id, ItemVersion.version)
    )
    written = [
        dataclasses.replace(read_body(body), retired=state is ItemState.RETIRED) for body, state in rows
    ]
    return merge_items(shipped_bank().items, written)


def merge_items(shipped: Iterable[Item], written: Iterable[Item]) -> Bank:
    """Return the bank of both; a written version replaces the shipped one of its number, in its place."""
    merged = {(item.id, item.version): item for item in shipped}
    merged.update(((item.id, item.version), item) for item in written)
    return Bank(tuple(merged.values()))
