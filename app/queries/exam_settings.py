"""Reads of calibrations, of how exams are held, and of how often items were seen."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from app.errors import NotFoundError
from app.models import AdaptiveSitting, Calibration, ExamSetting, ItemExposure, User


def get_calibration(session: Session, calibration_id: uuid.UUID) -> Calibration:
    """Return a calibration or raise NotFoundError."""
    found = session.get(Calibration, calibration_id)
    if found is None:
        raise NotFoundError(f"calibration {calibration_id}")
    return found


def get_calibration_by_number(session: Session, number: int) -> Calibration:
    """Return a calibration by its number or raise NotFoundError."""
    found = session.scalar(select(Calibration).where(Calibration.number == number))
    if found is None:
        raise NotFoundError(f"calibration number {number}")
    return found


def list_calibrations(session: Session) -> Sequence[tuple[Calibration, str | None]]:
    """Return all calibrations with the name of who took them in, newest first, without their figures."""
    rows = session.execute(
        select(Calibration, User.name)
        .outerjoin(User, User.id == Calibration.created_by_id)
        .options(defer(Calibration.figures, raiseload=True))
        .order_by(Calibration.number.desc())
    )
    return [(calibration, name) for calibration, name in rows]


def find_setting(session: Session, exam: str) -> ExamSetting | None:
    """Return how the exam is held now; None is a fixed form, as nobody has ever decided."""
    return session.scalar(
        select(ExamSetting).where(ExamSetting.exam == exam).order_by(ExamSetting.number.desc()).limit(1)
    )


def find_setting_id(session: Session, exam: str) -> uuid.UUID | None:
    """Return the id of the setting that holds now, without reading its plan; None for a fixed form."""
    row = session.execute(
        select(ExamSetting.id, ExamSetting.calibration_id)
        .where(ExamSetting.exam == exam)
        .order_by(ExamSetting.number.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None or row.calibration_id is None else row.id


def list_settings(session: Session, exam: str) -> Sequence[tuple[int, int | None, Any, str | None]]:
    """Return (number, calibration's number, decided at, name of who decided), newest first."""
    rows = session.execute(
        select(ExamSetting.number, Calibration.number, ExamSetting.decided_at, User.name)
        .outerjoin(Calibration, Calibration.id == ExamSetting.calibration_id)
        .outerjoin(User, User.id == ExamSetting.decided_by_id)
        .where(ExamSetting.exam == exam)
        .order_by(ExamSetting.number.desc())
    )
    return [(number, calibration, at, name) for number, calibration, at, name in rows]


def get_sitting(session: Session, attempt_id: uuid.UUID) -> AdaptiveSitting:
    """Return the sitting of an adaptive attempt."""
    return session.scalars(select(AdaptiveSitting).where(AdaptiveSitting.attempt_id == attempt_id)).one()


def find_exposure(session: Session, setting_id: uuid.UUID) -> ItemExposure | None:
    """Return the counts of a setting."""
    return session.scalar(select(ItemExposure).where(ItemExposure.setting_id == setting_id))
