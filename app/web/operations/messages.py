"""Mail and SMS as they left: what was said to whom. The SMS sandbox ends here."""

from __future__ import annotations

import re

from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue

from app.db import db
from app.models import Message, MessageChannel
from app.permissions import Permission
from app.queries import messages as message_queries
from app.web.access import requires
from app.web.operations import bp
from app.web.paging import page_number, pages_of

# A code opens its reader's account: in operations it is nobody's to read once it leaves for the right person.
CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
MASK = "••••••"


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
        body_of=_body_of,
        sms_provider=current_app.config["SMS_PROVIDER"],
    )


def _body_of(message: Message) -> str:
    """Return what was said; codes show only in a demo, and where the sandbox keeps an SMS from leaving."""
    provider = current_app.config["SMS_PROVIDER"]
    stays_here = message.channel is MessageChannel.SMS and provider is not None and provider.is_sandbox
    if current_app.config["DEMO"] or stays_here:
        return message.body
    return CODE.sub(MASK, message.body)
