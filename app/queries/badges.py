"""Reads of badges, and which of them are withdrawn."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, false, func, select
from sqlalchemy.orm import Session

from app.models import Badge, Certificate
from exams.badges.status import LIST_BITS, Purpose


def find_badge(session: Session, certificate_id: uuid.UUID) -> Badge | None:
    """Return the badge of a certificate once its proof is made."""
    return session.scalar(select(Badge).where(Badge.certificate_id == certificate_id))


def count_status_lists(session: Session) -> int:
    """Return how many status lists there are: one more whenever the last is full, and never none."""
    last = session.scalar(select(func.max(Certificate.serial)))
    return (last or 0) // LIST_BITS + 1


def list_withdrawn(
    session: Session, purpose: Purpose, *, list_number: int, now: dt.datetime
) -> Sequence[int]:
    """Return the serial numbers of a list's certificates that are withdrawn now, in order."""
    first = list_number * LIST_BITS
    return session.scalars(
        select(Certificate.serial)
        .where(
            Certificate.serial >= first,
            Certificate.serial < first + LIST_BITS,
            _is_withdrawn(purpose, now),
        )
        .order_by(Certificate.serial)
    ).all()


def is_withdrawn(session: Session, serial: int, purpose: Purpose, *, now: dt.datetime) -> bool | None:
    """Say whether one certificate is withdrawn now; None when there is no such certificate."""
    # What never happened has no time, and comparing with that is neither true nor false.
    known = func.coalesce(_is_withdrawn(purpose, now), false())
    return session.scalar(select(known).where(Certificate.serial == serial))


def _is_withdrawn(purpose: Purpose, now: dt.datetime) -> ColumnElement[bool]:
    if purpose is Purpose.SUSPENSION:
        return and_(
            Certificate.revoked_at.is_(None),
            Certificate.suspended_at <= now,
            Certificate.suspended_until > now,
        )
    # Neither one that was renewed nor one that ran out and was put away then is revoked.
    return and_(
        Certificate.replaced_at.is_(None),
        Certificate.revoked_at <= now,
        Certificate.revoked_at < Certificate.expires_at,
    )
