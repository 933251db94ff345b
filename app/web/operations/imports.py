"""Files of contacts: upload one, watch it being read, mend what it says."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, DateField, RadioField, SelectField
from wtforms.validators import InputRequired, Optional, StopValidation, ValidationError

from app import clock
from app.contact_files import COLUMNS, FileFormat
from app.db import db, transaction
from app.fault_texts import fault_sentence
from app.permissions import Permission
from app.queries import contacts as contact_queries
from app.queries import imports as import_queries
from app.services import imports
from app.web.access import requires
from app.web.choices import choice
from app.web.i18n import locale_code
from app.web.identity import the_actor
from app.web.operations import bp
from app.web.paging import page_number, pages_of

LONGEST_NAME = 120


def needed_for_taobao(form: FlaskForm, field: DateField) -> None:
    """Dialogues without times need a day; the other kinds bring their own."""
    if form.file_format.data == FileFormat.TAOBAO and not any(field.raw_data or ()):
        raise StopValidation(_("淘宝对话不带时间。请填是哪一天的，例如 2026-11-10。"))


def is_day_of_ours(form: FlaskForm, field: DateField) -> None:  # noqa: ARG001 - WTForms passes the form
    """Refuse years that only a typing error can mean."""
    if field.data is not None and field.data.year not in clock.YEARS:
        raise ValidationError(_("请检查年份。请写成例如 2026-11-10。"))


class ImportForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    project_id = SelectField(
        _l("会话属于哪个项目"), validators=[InputRequired(_l("请选一个项目"))], coerce=str
    )
    file = FileField(_l("文件"), validators=[FileRequired(_l("请选一个文件"))])
    file_format = RadioField(
        _l("文件是哪一种"),
        choices=[
            choice(FileFormat.CSV.value, _l("CSV 表格")),
            choice(FileFormat.JSONL.value, _l("JSONL，一行一个对象")),
            choice(FileFormat.TAOBAO.value, _l("淘宝对话 JSONL（sid、score、turns）")),
        ],
        default=FileFormat.CSV.value,
        validators=[InputRequired(_l("请选文件是哪一种"))],
    )
    started_on = DateField(
        _l("这些对话是哪一天的"), validators=[needed_for_taobao, Optional(), is_day_of_ours]
    )
    skip_faulty_rows = BooleanField(_l("有问题的行跳过，其余收下"))


@bp.get("/imports")
@requires(Permission.CONTACT_IMPORT)
def list_imports() -> ResponseReturnValue:
    page = page_number()
    total = import_queries.count_imports(db.session)
    return render_template(
        "operations/list_imports.html",
        imports=import_queries.list_imports(db.session, page=page),
        pages=pages_of(total, import_queries.PAGE_ROWS, page),
        total=total,
    )


@bp.route("/imports/new", methods=["GET", "POST"])
@requires(Permission.CONTACT_IMPORT)
def create_import() -> ResponseReturnValue:
    form = ImportForm()
    form.project_id.choices = [
        choice(str(project_id), name) for project_id, name in import_queries.list_projects(db.session)
    ]
    if form.validate_on_submit():
        content = form.file.data.read()
        if not content:
            form.file.errors = [_("文件是空的。请导出有内容的文件再传。")]
        else:
            with transaction(db.session):
                row = imports.create_import(
                    db.session,
                    project_id=uuid.UUID(form.project_id.data),
                    uploaded_by=the_actor().user_id,
                    file_name=_short_name(form.file.data.filename),
                    file_format=FileFormat(form.file_format.data),
                    content=content,
                    skip_faulty_rows=form.skip_faulty_rows.data,
                    started_on=form.started_on.data,
                    now=clock.utc_now(),
                    wall_now=clock.wall_now(),
                )
            return redirect(url_for("operations.show_import", import_id=row.id))
    return (
        render_template("operations/create_import.html", form=form, columns=COLUMNS.values()),
        422 if form.errors else 200,
    )


@bp.get("/imports/<uuid:import_id>")
@requires(Permission.CONTACT_IMPORT)
def show_import(import_id: uuid.UUID) -> ResponseReturnValue:
    row, project, merchant = import_queries.get_import(db.session, import_id)
    faults = import_queries.list_faults(db.session, import_id) if row.faults_total else []
    locale = locale_code()
    until = row.finished_at or clock.utc_now()
    return render_template(
        "operations/show_import.html",
        row=row,
        project=project,
        merchant=merchant,
        faults=[(fault, fault_sentence(fault.code, fault.column, fault.params, locale)) for fault in faults],
        ratios=contact_queries.list_ratios(db.session, project_id=row.project_id, import_id=row.id)
        if row.rows_imported
        else [],
        share=min(row.rows_read / row.rows_total, 1) if row.rows_total else 0,
        seconds=max((until - row.started_at).total_seconds(), 0) if row.started_at else None,
    )


@bp.post("/imports/<uuid:import_id>/skip-faulty")
@requires(Permission.CONTACT_IMPORT)
def skip_faulty_rows(import_id: uuid.UUID) -> ResponseReturnValue:
    with transaction(db.session):
        row = imports.import_again_skipping(
            db.session,
            import_id,
            uploaded_by=the_actor().user_id,
            now=clock.utc_now(),
            wall_now=clock.wall_now(),
        )
    flash(_("同一个文件又读一遍，这次跳过有问题的行。"))
    return redirect(url_for("operations.show_import", import_id=row.id))


def _short_name(name: str | None) -> str:
    """Return the file's name without its folders, short enough for a heading."""
    plain = (name or "").replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in plain if letter.isprintable())[-LONGEST_NAME:] or _("没有名字的文件")
