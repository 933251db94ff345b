"""The blueprints of exams: what they ask for, whether the bank can fill it, and their review before use."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.db import db, transaction
from app.errors import BankGapError
from app.models import BlueprintState
from app.permissions import Permission
from app.queries import exam_blueprints as blueprint_queries
from app.queries import items as item_queries
from app.services import exam_blueprints
from app.services.item_bank import current_bank
from app.web.access import requires
from app.web.i18n import locale_code
from app.web.identity import the_user
from app.web.operations import bp
from app.web.operations.blueprint_forms import blueprint_form, read_blueprint_form
from app.web.operations.item_decisions import APPROVE, DecideForm
from app.web.operations.item_review import gap_words
from app.web.operations.item_words import quota_words
from app.web.operations.items import names
from exams.blueprint_check import BankReport, check_blueprint, read_blueprint
from exams.forms import assemble_form, find_gaps


@bp.get("/bank/blueprints")
@requires(Permission.BANK_READ)
def list_blueprints() -> ResponseReturnValue:
    bank = current_bank(db.session)
    opened = {row.exam: row for row in blueprint_queries.list_open_blueprints(db.session)}
    return render_template(
        "operations/blueprints.html",
        exams=[
            (blueprint, not find_gaps(bank, blueprint), opened.get(blueprint.id))
            for blueprint in exam_blueprints.current_blueprints(db.session).values()
            if not blueprint.is_practice
        ],
        **names(),
    )


@bp.get("/bank/blueprints/<string(maxlength=60):exam>")
@requires(Permission.BANK_READ)
def show_blueprint(exam: str) -> ResponseReturnValue:
    return _render(exam)


@bp.route("/bank/blueprints/<string(maxlength=60):exam>/edit", methods=["GET", "POST"])
@requires(Permission.BANK_EDIT)
def edit_blueprint(exam: str) -> ResponseReturnValue:
    """Change the draft, or begin one from what is in force; the bank's answer comes with each look."""
    in_force = exam_blueprints.get_exam(db.session, exam)
    opened = _open_version(exam)
    if opened is not None and opened.state is BlueprintState.IN_REVIEW:
        return redirect(url_for("operations.show_blueprint", exam=exam))
    blueprint = read_blueprint(opened.body) if opened else in_force
    form = blueprint_form(blueprint)
    if form.validate_on_submit():
        written = read_blueprint_form(form, blueprint)
        if written is not None:
            if request.form.get("do") == "save":
                with transaction(db.session):
                    exam_blueprints.save_blueprint(
                        db.session, blueprint=written, actor_user_id=the_user().id, now=clock.utc_now()
                    )
                flash(_("草稿存好了。看过再交给同事审。"))
                return redirect(url_for("operations.show_blueprint", exam=exam))
            blueprint = written
    page = render_template(
        "operations/edit_blueprint.html",
        form=form,
        exam=exam,
        blueprint=blueprint,
        words=lambda quota: quota_words(quota, locale_code()),
        **_told(check_blueprint(current_bank(db.session), blueprint)),
    )
    return page, 422 if form.errors else 200


@bp.post("/bank/blueprints/versions/<uuid:version_id>/submit")
@requires(Permission.BANK_EDIT)
def submit_blueprint(version_id: uuid.UUID) -> ResponseReturnValue:
    with transaction(db.session):
        row = exam_blueprints.submit_blueprint(
            db.session, version_id, actor_user_id=the_user().id, now=clock.utc_now()
        )
    flash(_("交给同事审了。审过以后，新开考的人才用它。"))
    return redirect(url_for("operations.show_blueprint", exam=row.exam))


@bp.post("/bank/blueprints/versions/<uuid:version_id>/decide")
@requires(Permission.BANK_REVIEW)
def decide_blueprint(version_id: uuid.UUID) -> ResponseReturnValue:
    row = blueprint_queries.get_blueprint_version(db.session, version_id)
    form = DecideForm()
    if not form.validate_on_submit():
        return _render(row.exam, form=form, status=422)
    try:
        with transaction(db.session):
            exam_blueprints.decide_blueprint(
                db.session,
                version_id,
                approved=form.decision.data == APPROVE,
                reason=form.reason.data or "",
                actor_user_id=the_user().id,
                now=clock.utc_now(),
            )
    except BankGapError as error:
        form.decision.errors = [gap_words(error)]
        return _render(row.exam, form=form, status=409)
    approved = form.decision.data == APPROVE
    flash(_("通过了，新开考的人用它。") if approved else _("退回给作者了。"))
    return redirect(url_for("operations.show_blueprint", exam=row.exam))


def _open_version(exam: str) -> Any:
    rows = blueprint_queries.list_blueprint_versions(db.session, exam)
    return next((row for row in rows if row.state in blueprint_queries.OPEN), None)


def _render(exam: str, *, form: DecideForm | None = None, status: int = 200) -> ResponseReturnValue:
    in_force = exam_blueprints.get_exam(db.session, exam)
    rows = blueprint_queries.list_blueprint_versions(db.session, exam)
    opened = next((row for row in rows if row.state in blueprint_queries.OPEN), None)
    blueprint = read_blueprint(opened.body) if opened else in_force
    bank = current_bank(db.session)
    report = check_blueprint(bank, blueprint)
    seed = max(0, request.args.get("seed", 1, type=int)) % 1_000_000
    drawn = [] if report.gaps else assemble_form(bank, blueprint, seed).questions
    people = {row.author_id for row in rows} | {row.reviewer_id for row in rows if row.reviewer_id}
    page = render_template(
        "operations/blueprint.html",
        exam=exam,
        blueprint=blueprint,
        in_force=in_force,
        opened=opened,
        mine=opened is not None and opened.author_id == the_user().id,
        rows=rows,
        people=item_queries.name_users(db.session, people),
        seed=seed,
        drawn=[bank.item(question.item_id, question.version) for question in drawn],
        decide_form=form or DecideForm(formdata=None),
        **_told(report),
        **names(),
    )
    return page, status


def _told(report: BankReport) -> dict[str, Any]:
    language = locale_code()
    return {
        "report": report,
        "gaps": [(quota_words(gap.quota, language), gap.missing) for gap in report.gaps],
        "pools": [(quota_words(pool.quota, language), pool.quota.count, pool.items) for pool in report.pools],
    }
