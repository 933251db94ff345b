"""Mail and SMS as they left: what was said to whom. The SMS sandbox ends here."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.db import db
from app.models import MessageChannel
from app.permissions import Permission
from app.queries import messages as message_queries
from app.web.access import requires
from app.web.operations import bp
from app.web.paging import page_number, pages_of


@bp.get("/messages")
@requires(Permission.MESSAGE_READ)
def list_messages() -> ResponseReturnValue:
    channel = next((one for one in MessageChannel if one.value == request.args.get("channel")), None)
    recipient = request.args.get("recipient", "").strip()
    page = page_number()
    total = message_queries.count_messages(db.session, channel=channel, recipient=recipient)
    return render_template(
        "operations/list_messages.html",
        messages=message_queries.list_messages(db.session, channel=channel, recipient=recipient, page=page),
        total=total,
        pages=pages_of(total, message_queries.PAGE_ROWS, page),
        channel=channel,
        recipient=recipient,
    )
