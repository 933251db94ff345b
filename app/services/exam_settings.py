"""Take in calibrations, and decide how an exam is held: each decision a version of its own.

A calibration is judged before it is adopted: whether it has enough items of each topic, and how exact the
exam would be. Attempts freeze what they need at their start, so a decision touches no running attempt.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import CalibrationRefusedError, StaleStateError
from app.models import Calibration, ExamSetting, ItemExposure
from app.queries.exam_settings import find_setting, get_calibration
from app.services import audit
from exams.adaptive_exam import Cover, Forecast, ItemFigures, Plan, forecast, make_plan
from exams.bank import Bank
from exams.forms import Blueprint
from exams.irt.item_table import ItemTable

FORECAST_SEED = 1
"""Always the same made-up people, so that a calibration is judged the same way twice."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Judgement:
    """What a calibration would make of an exam. `plan` and `forecast` are None where items are missing."""

    calibration_id: uuid.UUID
    exam: str
    cover: Cover
    plan: Plan | None
    forecast: Forecast | None

    @property
    def is_fit(self) -> bool:
        return self.forecast is not None and self.forecast.is_exact


def figures_of(calibration: Calibration) -> list[ItemFigures]:
    """Return the parameters of a calibration."""
    return [ItemFigures(**item) for item in calibration.figures["items"]]


def import_calibration(
    session: Session,
    *,
    table: ItemTable,
    source: str,
    bank: Bank,
    created_by_id: uuid.UUID | None,
    now: dt.datetime,
) -> tuple[Calibration, tuple[str, ...]]:
    """Keep a file's parameters for the present versions of the items; return also the items we do not have.

    Raises CalibrationRefusedError when we have none of them.
    """
    current = {item.id: item.version for item in bank.current}
    items, unknown = table.items, []
    figures: list[ItemFigures] = []
    for at, name in enumerate(items.ids):
        if name not in current:
            unknown.append(name)
        elif items.a[at] != 0:
            figures.append(
                ItemFigures(
                    item_id=name,
                    version=current[name],
                    a=float(items.a[at]),
                    b=float(items.b[at]),
                    c=float(items.c[at]),
                )
            )
    if not figures:
        raise CalibrationRefusedError
    return keep_calibration(
        session,
        figures=figures,
        source=source,
        model=table.model,
        people=table.people,
        created_by_id=created_by_id,
        now=now,
    ), tuple(unknown)


def keep_calibration(
    session: Session,
    *,
    figures: list[ItemFigures],
    source: str,
    model: str | None,
    people: int | None,
    created_by_id: uuid.UUID | None,
    now: dt.datetime,
) -> Calibration:
    """Keep parameters as the next calibration. Raises StaleStateError when somebody kept one just now."""
    calibration = Calibration(
        id=uuid.uuid4(),
        number=(session.scalar(select(func.max(Calibration.number))) or 0) + 1,
        source=source,
        model=model,
        people=people,
        figures={"items": [dataclasses.asdict(item) for item in figures]},
        created_by_id=created_by_id,
        created_at=now,
    )
    _save(session, calibration)
    audit.record(
        session,
        "calibration.taken-in",
        calibration,
        actor_user_id=created_by_id,
        now=now,
        number=calibration.number,
        items=len(figures),
    )
    return calibration


def judge_calibration(
    session: Session, calibration_id: uuid.UUID, *, blueprint: Blueprint, bank: Bank
) -> Judgement:
    """Return what a calibration would make of an exam; takes some seconds. Raises NotFoundError."""
    cover, plan = make_plan(bank, blueprint, figures_of(get_calibration(session, calibration_id)))
    return Judgement(
        calibration_id=calibration_id,
        exam=blueprint.id,
        cover=cover,
        plan=plan,
        forecast=None if plan is None else forecast(plan, seed=FORECAST_SEED),
    )


def hold_adaptive(
    session: Session, judgement: Judgement, *, decided_by_id: uuid.UUID | None, now: dt.datetime
) -> ExamSetting:
    """Hold the exam adaptively from now on. Raises CalibrationRefusedError for one that is not fit."""
    if not judgement.is_fit or judgement.plan is None or judgement.forecast is None:
        raise CalibrationRefusedError
    setting = _decide(
        session,
        judgement.exam,
        calibration_id=judgement.calibration_id,
        plan=judgement.plan,
        told=judgement.forecast,
        decided_by_id=decided_by_id,
        now=now,
    )
    counts = dataclasses.asdict(judgement.forecast.exposure)
    session.add(
        ItemExposure(id=uuid.uuid4(), setting_id=setting.id, counts=counts, real_attempts=0, counted_at=now)
    )
    session.flush()
    return setting


def hold_fixed(
    session: Session, exam: str, *, decided_by_id: uuid.UUID | None, now: dt.datetime
) -> ExamSetting | None:
    """Hold the exam as a fixed form from now on; None when it is one already."""
    setting = find_setting(session, exam)
    if setting is None or setting.plan is None:
        return None
    return _decide(
        session, exam, calibration_id=None, plan=None, told=None, decided_by_id=decided_by_id, now=now
    )


def _decide(
    session: Session,
    exam: str,
    *,
    calibration_id: uuid.UUID | None,
    plan: Plan | None,
    told: Forecast | None,
    decided_by_id: uuid.UUID | None,
    now: dt.datetime,
) -> ExamSetting:
    newest = session.scalar(select(func.max(ExamSetting.number)).where(ExamSetting.exam == exam))
    setting = ExamSetting(
        id=uuid.uuid4(),
        exam=exam,
        number=(newest or 0) + 1,
        calibration_id=calibration_id,
        plan=None if plan is None else plan.to_json(),
        forecast=None if told is None else told.to_json(),
        decided_by_id=decided_by_id,
        decided_at=now,
    )
    _save(session, setting)
    audit.record(
        session,
        "exam-setting.fixed" if plan is None else "exam-setting.adaptive",
        setting,
        actor_user_id=decided_by_id,
        now=now,
        exam=exam,
        number=setting.number,
    )
    return setting


def _save(session: Session, row: Calibration | ExamSetting) -> None:
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        # Its number was taken by somebody who decided at the same moment.
        raise StaleStateError from error
