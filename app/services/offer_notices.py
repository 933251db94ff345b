"""Tell many people at once about their new offers: one notice a person, however many shifts."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import and_, insert, select
from sqlalchemy.orm import Session

from app.models import (
    Agent,
    Assignment,
    Message,
    MessageChannel,
    MessageStatus,
    Notice,
    NoticeKind,
    NoticePreference,
    OutboxMessage,
    Project,
    Topic,
    User,
)
from app.notice_texts import TEXTS
from app.words import moment_text, slot_text

MORE_ZH = "{project} 等 {count} 班"
MORE_EN = "{project} and {more} more"


def tell_of_offers(
    session: Session,
    offers: Mapping[uuid.UUID, Sequence[Assignment]],
    *,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> None:
    """Add a notice for each agent with offers, and a mail where the person has an address and wants it.

    Four statements whatever their number. Offers of a person are in order of time.
    """
    if not offers:
        return
    kind = NoticeKind.OFFER_MADE
    project_ids = {offer.project_id for own in offers.values() for offer in own}
    projects = select(Project.id, Project.name).where(Project.id.in_(project_ids))
    names = {row.id: row.name for row in session.execute(projects)}
    readers = session.execute(
        select(Agent.id, User.id.label("user_id"), User.email, User.locale, NoticePreference.by_mail)
        .join(User, User.id == Agent.user_id)
        .outerjoin(NoticePreference, and_(NoticePreference.user_id == User.id, NoticePreference.kind == kind))
        .where(Agent.id.in_(list(offers)), User.is_active)
        .order_by(Agent.id)
    ).all()
    notices: list[dict[str, Any]] = []
    mails: list[dict[str, Any]] = []
    promises: list[dict[str, Any]] = []
    for reader in readers:
        params = _params(offers[reader.id], names, reader.locale)
        notices.append(
            {
                "id": uuid.uuid4(),
                "user_id": reader.user_id,
                "kind": kind,
                "params": params,
                "created_at": now,
            }
        )
        if reader.email is None or reader.by_mail is False:
            continue
        mail_id = uuid.uuid4()
        mails.append(
            {
                "id": mail_id,
                "channel": MessageChannel.MAIL,
                "recipient": reader.email,
                "subject": TEXTS[kind].title(reader.locale, params),
                "body": TEXTS[kind].body(reader.locale, params),
                "user_id": reader.user_id,
                "status": MessageStatus.WAITING,
                "created_at": now,
            }
        )
        promises.append(
            {
                "id": uuid.uuid4(),
                "topic": Topic.DELIVER_MESSAGE,
                "payload": {"message_id": str(mail_id)},
                "created_at": wall_now,
                "available_at": wall_now,
                "dispatches": 0,
                "attempt": 0,
            }
        )
    session.execute(insert(Notice), notices)
    if mails:
        session.execute(insert(Message), mails)
        session.execute(insert(OutboxMessage), promises)


def _params(offers: Sequence[Assignment], names: Mapping[uuid.UUID, str], locale: str) -> dict[str, str]:
    first = offers[0]
    project = names[first.project_id]
    if len(offers) > 1:
        words = MORE_EN if locale == "en" else MORE_ZH
        project = words.format(project=project, count=len(offers), more=len(offers) - 1)
    return {
        "project": project,
        "when": slot_text(first.starts_at, first.ends_at, locale),
        "respond_by": moment_text(min(offer.respond_by for offer in offers), locale),
    }
