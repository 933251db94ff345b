"""The exams as they stand: the blueprints we ship, and the newest versions that were approved.

As with items, somebody else approves what one person wrote, the kept copy is read anew when its mark has
changed, and nothing is approved that the bank cannot fill.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import BankGapError, NotFoundError, OwnWorkError, StaleStateError
from app.models import BlueprintState, BlueprintVersion, ExamRevision
from app.queries.exam_blueprints import OPEN, get_blueprint_version
from app.services import audit
from app.services.item_bank import change_mark, current_bank
from exams.blueprint_check import read_blueprint, write_blueprint
from exams.blueprints import BLUEPRINTS
from exams.forms import Blueprint, find_gaps

SUBJECT = "blueprints"


@dataclasses.dataclass(frozen=True)
class _Kept:
    mark: uuid.UUID | None
    blueprints: Mapping[str, Blueprint]


_kept: list[_Kept] = []


def current_blueprints(session: Session) -> Mapping[str, Blueprint]:
    """Return every exam by its id, as it is drawn now: one small read."""
    mark = session.scalar(select(ExamRevision.mark).where(ExamRevision.subject == SUBJECT))
    if not _kept or _kept[0].mark != mark:
        _kept[:] = [_Kept(mark, BLUEPRINTS if mark is None else _read_blueprints(session))]
    return _kept[0].blueprints


def _read_blueprints(session: Session) -> Mapping[str, Blueprint]:
    rows = session.scalars(
        select(BlueprintVersion)
        .where(BlueprintVersion.state == BlueprintState.APPROVED)
        .order_by(BlueprintVersion.exam, BlueprintVersion.version)
    )
    return {**BLUEPRINTS, **{row.exam: read_blueprint(row.body) for row in rows}}


def save_blueprint(
    session: Session, *, blueprint: Blueprint, actor_user_id: uuid.UUID, now: dt.datetime
) -> BlueprintVersion:
    """Save a draft of an exam's next version. Raises StaleStateError while one is in review."""
    rows = session.scalars(
        select(BlueprintVersion)
        .where(BlueprintVersion.exam == blueprint.id)
        .order_by(BlueprintVersion.version)
        .with_for_update()
    ).all()
    row = next((one for one in rows if one.state in OPEN), None)
    if row is not None and row.state is BlueprintState.IN_REVIEW:
        raise StaleStateError
    if row is None:
        # The shipped blueprint is version 1.
        number = rows[-1].version + 1 if rows else 2
        row = BlueprintVersion(id=uuid.uuid4(), exam=blueprint.id, version=number, state=BlueprintState.DRAFT)
    row.body, row.changed_at = write_blueprint(blueprint), now
    row.author_id, row.reviewer_id = actor_user_id, None
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise StaleStateError from error
    _record(session, "blueprint.saved", row, actor_user_id=actor_user_id, now=now)
    return row


def submit_blueprint(
    session: Session, version_id: uuid.UUID, *, actor_user_id: uuid.UUID, now: dt.datetime
) -> BlueprintVersion:
    """Hand a draft to somebody else. Raises NotFoundError, StaleStateError for anything but a draft."""
    row = get_blueprint_version(session, version_id, lock=True)
    if row.state is not BlueprintState.DRAFT:
        raise StaleStateError
    row.state, row.changed_at, row.note = BlueprintState.IN_REVIEW, now, None
    _record(session, "blueprint.submitted", row, actor_user_id=actor_user_id, now=now)
    return row


def decide_blueprint(
    session: Session,
    version_id: uuid.UUID,
    *,
    approved: bool,
    reason: str,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
) -> BlueprintVersion:
    """Approve a version for every attempt from now on, or send it back with a reason.

    Raises NotFoundError, StaleStateError when it is not in review, OwnWorkError for its author, BankGapError
    when the bank cannot fill it, ValueError for sending back without a reason.
    """
    if not approved and not reason.strip():
        raise ValueError("sending back has a reason")
    row = get_blueprint_version(session, version_id, lock=True)
    if row.state is not BlueprintState.IN_REVIEW:
        raise StaleStateError
    if row.author_id == actor_user_id:
        raise OwnWorkError
    row.reviewer_id, row.changed_at = actor_user_id, now
    if approved:
        if find_gaps(current_bank(session), read_blueprint(row.body)):
            raise BankGapError(exams=[row.exam])
        row.state, row.decided_at = BlueprintState.APPROVED, now
        session.flush()
        change_mark(session, SUBJECT)
    else:
        row.state, row.note = BlueprintState.DRAFT, reason.strip()
    action = "blueprint.approved" if approved else "blueprint.sent-back"
    _record(session, action, row, actor_user_id=actor_user_id, now=now)
    return row


def get_exam(session: Session, exam: str) -> Blueprint:
    """Return an exam that is passed or failed, as it is drawn now. Raises NotFoundError for any other."""
    blueprint = current_blueprints(session).get(exam)
    if blueprint is None or blueprint.is_practice:
        raise NotFoundError(f"exam {exam}")
    return blueprint


def _record(
    session: Session, action: str, row: BlueprintVersion, *, actor_user_id: uuid.UUID, now: dt.datetime
) -> None:
    audit.record(
        session, action, row, actor_user_id=actor_user_id, now=now, exam=row.exam, version=row.version
    )
