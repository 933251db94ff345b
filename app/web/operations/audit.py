"""The audit: who did what and when, for every change of state."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.db import db
from app.permissions import Permission
from app.queries import audit as audit_queries
from app.queries.audit import SYSTEM, AuditFilter
from app.web.access import requires
from app.web.operations import bp
from app.web.operations.audit_texts import ACTIONS, SUBJECTS, action_words, details_text, subject_words
from app.web.operations.season import uuid_or_none
from app.web.paging import page_number, pages_of


@bp.get("/audit")
@requires(Permission.AUDIT_READ)
def list_audit() -> ResponseReturnValue:
    """The newest first; ?action=, ?subject=, ?id= and ?actor= narrow it down."""
    wanted = AuditFilter(
        action=request.args.get("action") or None,
        subject_type=request.args.get("subject") or None,
        subject_id=uuid_or_none(request.args.get("id")),
        actor=request.args.get("actor", "").strip() or None,
    )
    page = page_number()
    total = audit_queries.count_entries(db.session, wanted)
    return render_template(
        "operations/list_audit.html",
        entries=audit_queries.list_entries(db.session, wanted, page=page),
        total=total,
        pages=pages_of(total, audit_queries.PAGE_ROWS, page),
        wanted=wanted,
        actions=ACTIONS,
        subjects=SUBJECTS,
        system=SYSTEM,
        action_words=action_words,
        subject_words=subject_words,
        details_text=details_text,
    )
