"""A calibration is adopted only if the exam it makes is good enough; each decision is a version."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import CalibrationRefusedError
from app.models import AuditEntry, Calibration, ExamSetting, ItemExposure, ItemFigure
from app.queries.exam_settings import list_settings
from app.services import exam_settings
from app.services.adaptive_sittings import find_plan
from app.services.item_parameters import list_parameters
from exams.adaptive_exam import EXPOSURE, MOST_PREDICTED_SE, ItemFigures, make_plan
from exams.bank import shipped_bank
from exams.blueprints import BASE_EXAM
from exams.forms import Quota
from exams.irt.item_table import parse_item_table
from tests.adaptive import calibration_row, figures
from tests.make import NOON, Make

BANK = shipped_bank()


def judge(session: Session, make: Make, found: list[ItemFigures]) -> exam_settings.Judgement:
    calibration = make.save(calibration_row(found))
    return exam_settings.judge_calibration(session, calibration.id, blueprint=BASE_EXAM, bank=BANK)


def test_a_good_calibration_is_adopted_and_can_be_left_again(session: Session, make: Make) -> None:
    judged = judge(session, make, figures())
    assert judged.forecast is not None
    assert judged.forecast.mean_se <= MOST_PREDICTED_SE
    assert judged.forecast.exposure_max <= EXPOSURE

    with transaction(session):
        setting = exam_settings.hold_adaptive(session, judged, decided_by_id=None, now=NOON)

    found = find_plan(session, BASE_EXAM, BANK)
    assert found is not None
    assert found[0] == setting.id
    # Counts begin with those of made-up people, or the first hundred would see the same few items.
    assert session.scalars(select(ItemExposure)).one().counts["attempts"] > 0
    with transaction(session):
        exam_settings.hold_fixed(session, BASE_EXAM.id, decided_by_id=None, now=NOON)
        assert exam_settings.hold_fixed(session, BASE_EXAM.id, decided_by_id=None, now=NOON) is None
    assert find_plan(session, BASE_EXAM, BANK) is None
    assert [row[:2] for row in list_settings(session, BASE_EXAM.id)] == [(2, None), (1, 1)]
    actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.action)).all()
    assert actions == ["exam-setting.adaptive", "exam-setting.fixed"]


def test_too_few_items_of_a_topic_are_refused_with_the_count(session: Session, make: Make) -> None:
    topics = {item.id: item.topic for item in BANK.current}
    tools = [item for item in figures() if topics[item.item_id] == "tools"]
    found = [item for item in figures() if item not in tools[3:]]

    judged = judge(session, make, found)

    assert [(part.topic, part.calibrated, part.needed) for part in judged.cover.short] == [("tools", 3, 10)]
    assert judged.forecast is None
    with pytest.raises(CalibrationRefusedError):
        exam_settings.hold_adaptive(session, judged, decided_by_id=None, now=NOON)
    assert session.scalars(select(ExamSetting)).all() == []


def test_items_that_tell_too_little_are_refused_with_the_error(session: Session, make: Make) -> None:
    dull = [dataclasses.replace(item, a=0.35) for item in figures()]

    judged = judge(session, make, dull)

    assert judged.cover.is_enough
    assert judged.forecast is not None
    assert judged.forecast.mean_se > MOST_PREDICTED_SE
    assert not judged.is_fit
    with pytest.raises(CalibrationRefusedError):
        exam_settings.hold_adaptive(session, judged, decided_by_id=None, now=NOON)


def test_figures_of_another_version_and_flat_items_are_left_out(session: Session, make: Make) -> None:
    found = figures()
    found[0] = dataclasses.replace(found[0], version=found[0].version + 1)
    found[1] = dataclasses.replace(found[1], a=-0.5)

    judged = judge(session, make, found)

    assert (judged.cover.outdated, judged.cover.weak) == (1, 1)
    assert judged.plan is not None
    assert not {found[0].item_id, found[1].item_id} & set(judged.plan.pool.items.ids)


def test_a_blueprint_with_a_part_of_any_topic_stays_a_fixed_form() -> None:
    anything = dataclasses.replace(BASE_EXAM, quotas=(*BASE_EXAM.quotas, Quota(count=1)))

    cover, plan = make_plan(BANK, anything, figures())

    assert plan is None
    assert cover.empty_quotas == ("any",)


def test_a_file_is_taken_in_for_the_present_versions(session: Session) -> None:
    lines = ["item,a,b,c", *(f"{item.item_id},1.2,-0.5,0.2" for item in figures()[:3]), "strange,1,0,0"]
    with transaction(session):
        calibration, unknown = exam_settings.import_calibration(
            session,
            table=parse_item_table("\n".join(lines).encode()),
            source="figures.csv",
            bank=BANK,
            created_by_id=None,
            now=NOON,
        )

    assert unknown == ("strange",)
    assert calibration.number == 1
    kept = exam_settings.figures_of(calibration)
    assert kept[0].item_id == figures()[0].item_id
    assert (kept[0].version, kept[0].a, kept[0].c) == (1, 1.2, 0.2)
    assert kept[0].b == pytest.approx(-0.5)


def test_a_file_of_other_items_is_refused(session: Session) -> None:
    with pytest.raises(CalibrationRefusedError):
        exam_settings.import_calibration(
            session,
            table=parse_item_table(b"item,a,b\nstrange,1,0"),
            source="figures.csv",
            bank=BANK,
            created_by_id=None,
            now=NOON,
        )
    assert session.scalars(select(Calibration)).all() == []


def test_our_own_figures_serve_where_the_answers_tell_any(session: Session, make: Make) -> None:
    for item_id, slope in (("as-window-starts", 1.1), ("mn-plain-words", None)):
        make.save(
            ItemFigure(
                item_id=item_id,
                version=1,
                a=slope,
                b=0.5,
                answers=900,
                options=[],
                flags=[],
                computed_at=NOON,
            )
        )

    assert list_parameters(session) == [ItemFigures(item_id="as-window-starts", version=1, a=1.1, b=0.5)]
