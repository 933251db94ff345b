"""What the reader was told, newest first."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.db import db, transaction
from app.notice_texts import TEXTS
from app.permissions import Permission
from app.queries import notices as notice_queries
from app.services import notices
from app.web.access import requires
from app.web.auth import bp
from app.web.i18n import locale_code
from app.web.identity import the_actor
from app.web.paging import page_number

ON_A_PAGE = 30


@bp.get("/notices")
@requires(Permission.NOTICE_READ)
def list_notices() -> ResponseReturnValue:
    page = page_number()
    # One more than is shown tells whether there is an older page.
    found = notice_queries.list_notices(
        db.session,
        user_id=the_actor().user_id,
        limit=ON_A_PAGE + 1,
        offset=(page - 1) * ON_A_PAGE,
    )
    language = locale_code()
    entries = [
        {
            "notice": notice,
            "title": TEXTS[notice.kind].title(language, notice.params),
            "body": TEXTS[notice.kind].body(language, notice.params),
            "endpoint": TEXTS[notice.kind].endpoint,
        }
        for notice in found[:ON_A_PAGE]
    ]
    return render_template("auth/notices.html", entries=entries, page=page, has_older=len(found) > ON_A_PAGE)


@bp.post("/notices/read")
@requires(Permission.NOTICE_READ)
def mark_notices_read() -> ResponseReturnValue:
    with transaction(db.session):
        notices.mark_read(db.session, user_id=the_actor().user_id, now=clock.utc_now())
    return redirect(url_for("auth.list_notices"))
