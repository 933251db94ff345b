"""Bring questions of another system into the bank as drafts, with a report of what was understood."""

from __future__ import annotations

import tempfile
from pathlib import Path

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from werkzeug.datastructures import FileStorage
from werkzeug.utils import secure_filename
from wtforms import BooleanField, SelectField

from app import clock
from app.db import db, transaction
from app.permissions import Permission
from app.services import item_versions
from app.web.access import requires
from app.web.choices import choice
from app.web.i18n import locale_code
from app.web.identity import the_user
from app.web.operations import bp
from app.web.operations.items import names
from exams.formats.importing import Import, import_questions
from exams.formats.questions import Finding, FormatError
from exams.formats.source import read_questions
from exams.items import TOPIC_NAMES, Topic

MOST_ITEMS = 500


class ItemImportForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    file = FileField(_l("文件"), validators=[FileRequired(_l("请选一个文件"))])
    topic = SelectField(_l("文件里没写主题的题，归到"))
    skip = BooleanField(_l("收不下的题跳过，其余收下"))


@bp.route("/bank/import", methods=["GET", "POST"])
@requires(Permission.BANK_EDIT)
def import_items() -> ResponseReturnValue:
    form = ItemImportForm()
    form.topic.choices = [choice(one.value, TOPIC_NAMES[one].in_language(locale_code())) for one in Topic]
    found: Import | None = None
    unreadable: tuple[Finding, ...] = ()
    format_name = ""
    if form.validate_on_submit():
        try:
            format_name, found = _read(form.file.data, Topic(form.topic.data))
        except FormatError as error:
            unreadable = error.findings
            form.file.errors = [_l("这个文件读不懂，什么也没有收下。原因写在下面。")]
        else:
            if len(found.items) > MOST_ITEMS:
                form.file.errors = [_l("一次最多收 500 道题。请把文件分成几个。")]
            elif found.problems and not form.skip.data:
                form.file.errors = [_l("有题收不下，所以什么也没有收。请改好文件，或勾选跳过。")]
            elif not found.items:
                form.file.errors = [_l("文件里没有能收下的题。")]
            elif request.form.get("do") == "save":
                return _save(found)
    page = render_template(
        "operations/import_items.html",
        form=form,
        found=found,
        unreadable=unreadable,
        format_name=format_name,
        **names(),
    )
    return page, 422 if form.errors else 200


def _read(upload: FileStorage, topic: Topic) -> tuple[str, Import]:
    """Read the file in a folder of its own: a QTI file may ask for its neighbours."""
    name = secure_filename(upload.filename or "") or "questions"
    with tempfile.TemporaryDirectory(prefix="zuoxi-items-") as folder:
        path = Path(folder) / name
        upload.save(path)
        format_name, entries = read_questions(path)
        return format_name, import_questions(entries, file=name, language=None, topic=topic)


def _save(found: Import) -> ResponseReturnValue:
    with transaction(db.session):
        drafts = item_versions.import_drafts(
            db.session, items=found.items, actor_user_id=the_user().id, now=clock.utc_now()
        )
    flash(ngettext("收下 %(num)s 道草稿。", "收下 %(num)s 道草稿。", len(drafts)))
    return redirect(url_for("operations.list_items", state="draft"))
