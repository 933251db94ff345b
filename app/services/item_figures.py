"""Figures of the bank's items from submitted attempts, and what reviewers make of those that stand out.

Times of the reckoning are the machine's: it comes every night, whatever the business's clock says.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.clock import BUSINESS_ZONE
from app.errors import NotFoundError, StaleStateError
from app.models import (
    Agent,
    AttemptStatus,
    ExamAnswer,
    ExamAttempt,
    FlagState,
    ItemFigure,
    ItemFlag,
    Topic,
    User,
)
from app.services import audit, item_versions, outbox
from app.services.item_bank import change_mark, current_bank
from exams.bank_figures import BankFigure, Key, Sitting
from exams.items import Kind
from exams.timing import NO_ACCOMMODATION, Accommodation

NIGHT_HOUR = 3
"""Local hour of the reckoning: few people sit exams then."""

ROWS_AT_ONCE = 500
Value = TypeVar("Value")


def is_due(session: Session, *, wall_now: dt.datetime) -> bool:
    """Say whether the last reckoning is older than the last night's hour."""
    last = session.scalars(select(func.max(ItemFigure.computed_at))).one()
    local = wall_now.astimezone(BUSINESS_ZONE)
    night = local.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    if local < night:
        night -= dt.timedelta(days=1)
    return last is None or last < night


def ask_for_figures(session: Session, *, wall_now: dt.datetime) -> None:
    """Have the figures reckoned now."""
    outbox.promise(session, Topic.COMPUTE_FIGURES, now=wall_now, asked="by-hand")


def read_sittings(session: Session) -> list[Sitting]:
    """Return every submitted attempt but those whose failure was waived: their technique failed, not they."""
    counted = (
        ExamAttempt.status == AttemptStatus.SUBMITTED,
        ExamAttempt.result.is_not(None),
        ExamAttempt.waived_at.is_(None),
    )
    chosen = [item.id for item in current_bank(session).items if item.kind in (Kind.SINGLE, Kind.TRUE_FALSE)]
    responses: dict[uuid.UUID, dict[str, object]] = {}
    answers = session.execute(
        select(ExamAnswer.attempt_id, ExamAnswer.item_id, ExamAnswer.response["value"])
        .join(ExamAttempt, ExamAttempt.id == ExamAnswer.attempt_id)
        .where(*counted, ExamAnswer.item_id.in_(chosen))
    )
    for attempt_id, item_id, value in answers:
        responses.setdefault(attempt_id, {})[item_id] = value
    rows = session.execute(
        select(
            ExamAttempt.id,
            ExamAttempt.exam,
            ExamAttempt.form["questions"],
            ExamAttempt.result["marks"],
            ExamAttempt.accommodation,
            ExamAttempt.started_at,
            User.locale,
        )
        .join(Agent, Agent.id == ExamAttempt.agent_id)
        .join(User, User.id == Agent.user_id)
        .where(*counted)
        .order_by(ExamAttempt.started_at, ExamAttempt.id)
    )
    sittings = []
    for attempt_id, exam, questions, marks, accommodation, started_at, locale in rows:
        versions = {asked["item_id"]: asked["version"] for asked in questions}
        given = responses.get(attempt_id, {})
        sittings.append(
            Sitting(
                exam=exam,
                started=started_at.timestamp(),
                points=_keyed({item_id: mark["points"] for item_id, mark in marks.items()}, versions),
                responses=_keyed(given, versions),
                accommodated=Accommodation(**accommodation) != NO_ACCOMMODATION,
                language=locale,
            )
        )
    return sittings


def _keyed(by_id: Mapping[str, Value], versions: Mapping[str, int]) -> dict[Key, Value]:
    return {(item_id, versions[item_id]): value for item_id, value in by_id.items() if item_id in versions}


def save_figures(session: Session, figures: Sequence[BankFigure], *, wall_now: dt.datetime) -> None:
    """Save the figures and flags; a second saving of the same changes nothing but the time.

    A flag that somebody decided keeps the decision; an open one that the numbers no longer say goes.
    """
    # One saving after the other: both would add the same flag.
    change_mark(session, "figures")
    for start in range(0, len(figures), ROWS_AT_ONCE):
        rows = [_row(figure, wall_now) for figure in figures[start : start + ROWS_AT_ONCE]]
        statement = insert(ItemFigure).values(rows)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=[ItemFigure.item_id, ItemFigure.version],
                set_={
                    name: statement.excluded[name]
                    for name in rows[0]
                    if name not in ("id", "item_id", "version")
                },
            )
        )
    there = {(flag.item_id, flag.version, flag.kind): flag for flag in session.scalars(select(ItemFlag))}
    for figure in figures:
        for found in figure.flags:
            flag = there.pop((figure.item_id, figure.version, found.kind.value), None)
            if flag is None:
                flag = ItemFlag(
                    id=uuid.uuid4(),
                    item_id=figure.item_id,
                    version=figure.version,
                    kind=found.kind.value,
                    state=FlagState.OPEN,
                    found_at=wall_now,
                )
                session.add(flag)
            flag.details = dict(found.details)
    for flag in there.values():
        if flag.state is FlagState.OPEN:
            session.delete(flag)


def _row(figure: BankFigure, wall_now: dt.datetime) -> dict[str, object]:
    plain = dataclasses.asdict(figure) | {
        "options": [dict(option) for option in figure.options],
        "flags": [flag.kind.value for flag in figure.flags],
    }
    return {"id": uuid.uuid4(), "computed_at": wall_now} | plain


def decide_flag(
    session: Session,
    flag_id: uuid.UUID,
    *,
    state: FlagState,
    reason: str,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
) -> ItemFlag:
    """Say what comes of a flag: seen, kept, or the item retired, with the reason.

    Raises NotFoundError, StaleStateError when it was decided (seen may still be decided), BankGapError as
    `item_versions.retire_item`, ValueError without a reason.
    """
    if not reason.strip() or state is FlagState.OPEN:
        raise ValueError("a decision has a reason")
    flag = session.get(ItemFlag, flag_id, with_for_update=True, populate_existing=True)
    if flag is None:
        raise NotFoundError(f"flag {flag_id}")
    if flag.state not in (FlagState.OPEN, FlagState.SEEN):
        raise StaleStateError
    if state is FlagState.RETIRED:
        item_versions.retire_item(session, flag.item_id, reason=reason, actor_user_id=actor_user_id, now=now)
    flag.state, flag.reason = state, reason.strip()
    flag.decided_at, flag.decided_by = now, actor_user_id
    audit.record(
        session,
        "item-flag.decided",
        flag,
        actor_user_id=actor_user_id,
        now=now,
        item=flag.item_id,
        version=flag.version,
        state=state.value,
    )
    return flag
