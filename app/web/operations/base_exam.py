"""How the base exam is held: as a fixed form, or adaptively by a calibration that is fit for it."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired

from app import clock
from app.db import db, transaction
from app.errors import CalibrationRefusedError
from app.permissions import Permission
from app.queries import exam_settings as setting_queries
from app.services import exam_settings
from app.services.adaptive_sittings import find_plan
from app.services.exam_blueprints import current_blueprints
from app.services.item_bank import current_bank
from app.services.item_parameters import list_parameters
from app.web.access import requires
from app.web.i18n import locale_code
from app.web.identity import the_user
from app.web.operations import bp
from exams.adaptive_exam import EXPOSURE, MOST, MOST_PREDICTED_SE, SE, Forecast, make_plan
from exams.blueprints import BASE_EXAM
from exams.forms import Blueprint
from exams.irt.item_table import parse_item_table
from exams.items import TOPIC_NAMES
from exams.response_table import TableError

LONGEST_NAME = 120
MOST_BYTES = 2_000_000
UNKNOWN_SHOWN = 5


class CalibrationForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    file = FileField(_l("参数文件"), validators=[FileRequired(_l("请选一个文件"))])


@bp.get("/base-exam")
@requires(Permission.EXAM_SET)
def show_base_exam() -> ResponseReturnValue:
    return _show(CalibrationForm())


def _show(form: CalibrationForm) -> ResponseReturnValue:
    setting = setting_queries.find_setting(db.session, BASE_EXAM.id)
    in_force = find_plan(db.session, _base_exam(), current_bank(db.session))
    counts = None if setting is None else setting_queries.find_exposure(db.session, setting.id)
    page = render_template(
        "operations/base_exam.html",
        form=form,
        setting=setting,
        plan=None if in_force is None else in_force[1],
        forecast=_forecast(setting.forecast if setting else None),
        counts=counts,
        calibrations=setting_queries.list_calibrations(db.session),
        decisions=setting_queries.list_settings(db.session, BASE_EXAM.id),
        exam=_base_exam(),
        limits={"se": SE, "most": MOST, "exposure": EXPOSURE},
    )
    return page, 422 if form.errors else 200


@bp.post("/base-exam/calibrations")
@requires(Permission.EXAM_SET)
def import_calibration() -> ResponseReturnValue:
    """Take in a file of item parameters."""
    form = CalibrationForm()
    if not form.validate_on_submit():
        return _show(form)
    content = form.file.data.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        form.file.errors = [_("文件太大。题目参数的文件不到 2 MB，请检查是不是选错了。")]
        return _show(form)
    try:
        table = parse_item_table(content)
        with transaction(db.session):
            calibration, unknown = exam_settings.import_calibration(
                db.session,
                table=table,
                source=_short_name(form.file.data.filename),
                bank=current_bank(db.session),
                created_by_id=the_user().id,
                now=clock.utc_now(),
            )
    except TableError as error:
        form.file.errors = [_("这个文件读不了，什么也没存：%(fault)s", fault=fault) for fault in error.faults]
        return _show(form)
    except CalibrationRefusedError:
        form.file.errors = [_("文件里没有一道题是题库里的。请检查 item 那一列是不是题目编号。")]
        return _show(form)
    if unknown:
        shown = "、".join(unknown[:UNKNOWN_SHOWN])
        flash(_("有 %(count)s 道题不在题库里，没有收：%(names)s", count=len(unknown), names=shown))
    flash(_("收下了，是第 %(number)s 版题目参数。采用之前先看够不够用。", number=calibration.number))
    return redirect(url_for("operations.show_calibration", calibration_id=calibration.id))


@bp.post("/base-exam/figures")
@requires(Permission.EXAM_SET)
def take_own_figures() -> ResponseReturnValue:
    """Keep the parameters that our own attempts give as a calibration."""
    found = list_parameters(db.session)
    if not found:
        flash(_("还没有算出题目参数：每题要有 200 人答过。可以先从文件收。"))
        return redirect(url_for("operations.show_base_exam"))
    with transaction(db.session):
        calibration = exam_settings.keep_calibration(
            db.session,
            figures=found,
            source="",
            model=None,
            people=None,
            created_by_id=the_user().id,
            now=clock.utc_now(),
        )
    return redirect(url_for("operations.show_calibration", calibration_id=calibration.id))


@bp.route("/base-exam/calibrations/<uuid:calibration_id>", methods=["GET", "POST"])
@requires(Permission.EXAM_SET)
def show_calibration(calibration_id: uuid.UUID) -> ResponseReturnValue:
    """Show what a calibration covers; posted, hold the base exam by it, or say why it is not fit."""
    calibration = setting_queries.get_calibration(db.session, calibration_id)
    bank, forecast, form = current_bank(db.session), None, FlaskForm()
    if form.validate_on_submit():
        # Seconds of reckoning, before anything is locked.
        judged = exam_settings.judge_calibration(
            db.session, calibration_id, blueprint=_base_exam(), bank=bank
        )
        forecast = judged.forecast
        if judged.is_fit:
            with transaction(db.session):
                exam_settings.hold_adaptive(
                    db.session, judged, decided_by_id=the_user().id, now=clock.utc_now()
                )
            flash(_("从现在起，新开始的基础考试都是自适应的。正在考的不变。"))
            return redirect(url_for("operations.show_base_exam"))
    cover, _plan = make_plan(bank, _base_exam(), exam_settings.figures_of(calibration))
    page = render_template(
        "operations/calibration.html",
        calibration=calibration,
        form=form,
        cover=cover,
        topics=[(TOPIC_NAMES[part.topic].in_language(locale_code()), part) for part in cover.topics],
        forecast=forecast,
        exam=_base_exam(),
        limits={"se": SE, "most": MOST, "exposure": EXPOSURE, "predicted_se": MOST_PREDICTED_SE},
        refused=form.is_submitted(),
    )
    return page, 422 if form.is_submitted() else 200


@bp.post("/base-exam/fixed")
@requires(Permission.EXAM_SET)
def hold_fixed() -> ResponseReturnValue:
    with transaction(db.session):
        exam_settings.hold_fixed(db.session, BASE_EXAM.id, decided_by_id=the_user().id, now=clock.utc_now())
    flash(_("从现在起，新开始的基础考试都是固定卷。正在考的不变。"))
    return redirect(url_for("operations.show_base_exam"))


def _forecast(stored: dict[str, object] | None) -> Forecast | None:
    return None if stored is None else Forecast.from_json(stored)


def _short_name(name: str | None) -> str:
    """Return the file's name without its folders, short enough for a heading."""
    plain = (name or "").replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in plain if letter.isprintable())[-LONGEST_NAME:] or _("没有名字的文件")


def _base_exam() -> Blueprint:
    """Return the base exam as it is drawn now."""
    return current_blueprints(db.session)[BASE_EXAM.id]
