"""Tell people what happened: in the site always, by mail unless they said no."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import MessageChannel, Notice, NoticeKind, NoticePreference, User
from app.notice_texts import TEXTS
from app.services import messages


def notify(
    session: Session,
    *,
    user_id: uuid.UUID,
    kind: NoticeKind,
    now: dt.datetime,
    wall_now: dt.datetime | None = None,
    **params: str | int,
) -> None:
    """Add a notice, and promise a mail when the person has an address and did not decline this kind.

    `params` fill the words of app/notice_texts.py. `now` is always business time: it is what the person
    reads, and what the list is ordered by. `wall_now`, where it differs, is for the promise of the mail.
    """
    session.add(Notice(id=uuid.uuid4(), user_id=user_id, kind=kind, params=params, created_at=now))
    declined = (
        select(NoticePreference.id)
        .where(
            NoticePreference.user_id == user_id,
            NoticePreference.kind == kind,
            NoticePreference.by_mail.is_(False),
        )
        .exists()
    )
    reader = session.execute(
        select(User.email, User.locale).where(
            User.id == user_id, User.email.is_not(None), User.is_active, ~declined
        )
    ).one_or_none()
    if reader is None:
        return
    words = TEXTS[kind]
    messages.send_message(
        session,
        channel=MessageChannel.MAIL,
        recipient=reader.email,
        subject=words.title(reader.locale, params),
        body=words.body(reader.locale, params),
        now=now,
        wall_now=wall_now,
        user_id=user_id,
    )


def mark_read(session: Session, *, user_id: uuid.UUID, now: dt.datetime) -> None:
    """Mark all of a person's notices as read."""
    session.execute(
        update(Notice).where(Notice.user_id == user_id, Notice.read_at.is_(None)).values(read_at=now)
    )


def set_preference(session: Session, *, user_id: uuid.UUID, kind: NoticeKind, by_mail: bool) -> None:
    """Choose whether a kind of notice also goes out by mail."""
    session.execute(
        insert(NoticePreference)
        .values(id=uuid.uuid4(), user_id=user_id, kind=kind, by_mail=by_mail)
        .on_conflict_do_update(
            index_elements=[NoticePreference.user_id, NoticePreference.kind], set_={"by_mail": by_mail}
        )
    )
