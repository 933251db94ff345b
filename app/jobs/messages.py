"""Send mail through SMTP and SMS through the provider."""

from __future__ import annotations

import smtplib
import uuid
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from flask import current_app

from app import clock
from app.db import db, transaction
from app.models import Message, MessageChannel, MessageStatus
from app.providers.sms import SmsProvider
from app.services import outbox
from app.services.outbox import Claim

SMTP_TIMEOUT_SECONDS = 10


def deliver_message(claim: Claim, *, message_id: str) -> None:
    """Send one message. If the worker dies before saving, it is sent again under the same Message-ID."""
    message = db.session.get_one(Message, uuid.UUID(message_id))
    db.session.close()
    if message.status is not MessageStatus.SENT:
        try:
            send(message)
        except Exception as error:
            keep_failure(claim, message.id, failure=str(error))
            raise
    with transaction(db.session):
        outbox.finish_message(db.session, claim, now=clock.wall_now())
        sent = db.session.get_one(Message, message.id, populate_existing=True)
        sent.status, sent.sent_at, sent.failure = MessageStatus.SENT, clock.wall_now(), None


def send(message: Message) -> None:
    """Send by the message's channel; raises what the channel raises, and ValueError where there is none."""
    config = current_app.config
    if message.channel is MessageChannel.MAIL:
        send_mail(message, smtp_url=config["SMTP_URL"], sender=config["MAIL_FROM"])
        return
    provider: SmsProvider | None = config["SMS_PROVIDER"]
    if provider is None:
        raise ValueError("ZUOXI_SMS_PROVIDER is not set: no SMS can leave")
    provider.send(message.recipient, message.body, message_id=message.id)


def keep_failure(claim: Claim, message_id: uuid.UUID, *, failure: str) -> None:
    """Write down why a message did not leave. It counts as failed once its work is buried."""
    with transaction(db.session):
        outbox.hold_claim(db.session, claim)
        message = db.session.get_one(Message, message_id, populate_existing=True)
        message.failure = failure


def send_mail(message: Message, *, smtp_url: str, sender: str) -> None:
    """Send a plain-text mail by `smtp_url` (smtp:// or smtps://, with user and password when needed).

    Raises what smtplib raises, and ValueError when no server is set.
    """
    url = urlsplit(smtp_url)
    if not url.hostname:
        raise ValueError("SMTP_URL is not set: no mail can leave")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, message.recipient, message.subject
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = f"<{message.id}@zuoxi>"
    mail.set_content(message.body)
    connect = smtplib.SMTP_SSL if url.scheme == "smtps" else smtplib.SMTP
    with connect(url.hostname, url.port or 0, timeout=SMTP_TIMEOUT_SECONDS) as server:
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(mail)
