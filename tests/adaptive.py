"""An adaptive base exam for tests: a made-up calibration of the shipped bank, and people who sit it."""

from __future__ import annotations

import dataclasses
import random
import uuid

import numpy as np
from sqlalchemy.orm import Session

from app.models import Calibration, ExamSetting, ItemExposure
from exams.adaptive_exam import Forecast, ItemFigures, make_plan
from exams.bank import Bank, shipped_bank
from exams.blueprints import BASE_EXAM
from exams.irt.adaptive import NO_EXPOSURE, Exposure
from exams.irt.models import Items
from tests.make import NOON


def figures(bank: Bank | None = None, *, seed: int = 1) -> list[ItemFigures]:
    """Return made-up parameters of every item that the base exam may ask."""
    rng = np.random.default_rng(seed)
    items = [item for item in (bank or shipped_bank()).current if not item.practice]
    return [
        ItemFigures(
            item_id=item.id,
            version=item.version,
            a=float(rng.lognormal(0.25, 0.25)),
            b=float(rng.normal(-0.3, 1)),
            c=0.15,
        )
        for item in items
        if any(quota.admits(item) for quota in BASE_EXAM.quotas)
    ]


def calibration_row(found: list[ItemFigures], *, number: int = 1) -> Calibration:
    """Return a calibration, not saved yet."""
    return Calibration(
        id=uuid.uuid4(),
        number=number,
        source="made-up.json",
        model="3pl",
        people=4000,
        figures={"items": [dataclasses.asdict(item) for item in found]},
        created_at=NOON,
    )


def setting_rows(*, exposure: Exposure = NO_EXPOSURE) -> tuple[Calibration, ExamSetting, ItemExposure]:
    """Return what holds the base exam adaptively, without the seconds of a forecast, not saved yet."""
    calibration = calibration_row(figures())
    _, plan = make_plan(shipped_bank(), BASE_EXAM, figures())
    assert plan is not None
    told = Forecast(
        cut=plan.scale.ability_at(plan.pass_percent),
        mean_items=14.0,
        longest=30,
        mean_se=0.4,
        near_cut_se=0.4,
        rmse=0.4,
        precise_percent=95.0,
        exposure_max=0.29,
        exposure=exposure,
    )
    setting = ExamSetting(
        id=uuid.uuid4(),
        exam=BASE_EXAM.id,
        number=1,
        calibration_id=calibration.id,
        plan=plan.to_json(),
        forecast=told.to_json(),
        decided_at=NOON,
    )
    counts = ItemExposure(
        id=uuid.uuid4(),
        setting_id=setting.id,
        counts=dataclasses.asdict(exposure),
        real_attempts=0,
        counted_at=NOON,
    )
    return calibration, setting, counts


def hold_adaptive(session: Session, *, exposure: Exposure = NO_EXPOSURE) -> ExamSetting:
    """Hold the base exam adaptively."""
    rows = setting_rows(exposure=exposure)
    for row in rows:
        session.add(row)
        session.flush()
    return rows[1]


class Simulee:
    """Somebody of known ability, who answers by the model."""

    def __init__(self, items: Items, theta: float, rng: random.Random) -> None:
        self._chances = dict(zip(items.ids, items.probability(theta)[:, 0], strict=True))
        self._rng = rng

    def knows(self, item_id: str) -> bool:
        return self._rng.random() < float(self._chances[item_id])
