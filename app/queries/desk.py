"""What waits at the desk of operations, as counts."""

from __future__ import annotations

import dataclasses
import datetime as dt

from sqlalchemy import ColumnElement, ScalarSelect, func, select
from sqlalchemy.orm import Session

from app.models import (
    Appeal,
    AppealState,
    ApplicationStatus,
    Base,
    FlagState,
    IdentityCheck,
    IdentityStatus,
    IntegrityFlag,
    ItemFlag,
    ItemState,
    ItemVersion,
    Message,
    MessageStatus,
    OutboxMessage,
    Payment,
    PaymentStatus,
    ProjectApplication,
    SignState,
)

A_DAY = dt.timedelta(hours=24)


@dataclasses.dataclass(frozen=True, kw_only=True)
class DeskCounts:
    """What waits: money to confirm and to send back, people to decide about, jobs that gave up, mail that
    failed.
    """

    payments: int
    refunds: int
    appeals: int
    applications: int
    trials: int
    flags: int
    identities: int
    dead_jobs: int
    waiting_jobs: int
    items_in_review: int
    items_flagged: int
    failed_messages: int
    messages_today: int


def count_desk(session: Session, *, wall_now: dt.datetime) -> DeskCounts:
    """Count it all in one statement."""
    counts = {
        "payments": _count(Payment, Payment.status == PaymentStatus.PENDING),
        "refunds": _count(Payment, Payment.status == PaymentStatus.REFUND_DUE),
        "appeals": _count(Appeal, Appeal.state == AppealState.OPEN),
        "applications": _count(ProjectApplication, ProjectApplication.status == ApplicationStatus.APPLIED),
        "trials": _count(ProjectApplication, ProjectApplication.status == ApplicationStatus.TRIAL),
        "flags": _count(
            IntegrityFlag,
            (IntegrityFlag.state == SignState.OPEN)
            | ((IntegrityFlag.state == SignState.RETEST) & IntegrityFlag.outcome.is_not(None)),
        ),
        "identities": _count(IdentityCheck, IdentityCheck.status == IdentityStatus.WAITING),
        "dead_jobs": _count(OutboxMessage, OutboxMessage.dead_at.is_not(None)),
        "waiting_jobs": _count(
            OutboxMessage, OutboxMessage.done_at.is_(None), OutboxMessage.dead_at.is_(None)
        ),
        "items_flagged": _count(ItemFlag, ItemFlag.state == FlagState.OPEN),
        "items_in_review": _count(ItemVersion, ItemVersion.state == ItemState.IN_REVIEW),
        "failed_messages": _count(Message, Message.status == MessageStatus.FAILED),
        "messages_today": _count(Message, Message.sent_at > wall_now - A_DAY),
    }
    row = session.execute(select(*(count.label(name) for name, count in counts.items()))).one()
    return DeskCounts(**row._mapping)


def _count(model: type[Base], *conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).select_from(model).where(*conditions).scalar_subquery()
