"""Codes that prove whose an e-mail address or a mobile number is. Times here are wall-clock times."""

from __future__ import annotations

import dataclasses
import datetime as dt
import secrets
import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app import codes, verification_texts
from app.contacts import is_mobile
from app.errors import CodeRefusedError, TooManyCodesError
from app.models import MessageChannel, Verification, VerificationPurpose
from app.queries import accounts as account_queries
from app.services import messages

CODE_DIGITS = 6
CODE_LIFETIME = dt.timedelta(minutes=10)
MAX_TRIES = 5
# Once the code was right there is time to choose a password, with any aid and at any speed.
PASSWORD_TIME = dt.timedelta(hours=1)
RESEND_AFTER = dt.timedelta(seconds=60)
MAX_CODES_AN_HOUR = 5
# What was typed for an account that never came about is not kept.
FORGET_AFTER = dt.timedelta(days=1)
FORGET_AT_ONCE = 100


@dataclasses.dataclass(frozen=True, kw_only=True)
class CodeCheck:
    """Whether the code was right, and how often another one may still be typed."""

    right: bool
    tries_left: int


def send_code(
    session: Session,
    *,
    contact: str,
    purpose: VerificationPurpose,
    details: Mapping[str, Any],
    locale: str,
    now: dt.datetime,
) -> Verification:
    """Send a code to a normalised contact and return its row.

    The row looks the same whether or not the contact has an account: where a code is no use, the message
    says so and no code fits the row. Raises TooManyCodesError within a minute of the last code, and after
    five codes in an hour.
    """
    lock_contact(session, contact)
    refuse_too_many(session, contact=contact, purpose=purpose, now=now)
    forget_old(session, now=now)
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    user = account_queries.find_user_by_contact(session, contact)
    if purpose is VerificationPurpose.SIGN_UP:
        useful = user is None
        texts = verification_texts.SIGN_UP_CODE if useful else verification_texts.SIGN_UP_KNOWN
    else:
        useful = user is not None and user.is_active
        texts = verification_texts.RESET_CODE if useful else verification_texts.RESET_UNKNOWN
    row_id = uuid.uuid4()
    verification = Verification(
        id=row_id,
        contact=contact,
        purpose=purpose,
        details=dict(details),
        code_hash=codes.hash_code(code if useful else secrets.token_urlsafe(32), row_id=row_id),
        tries_left=MAX_TRIES,
        created_at=now,
        expires_at=now + CODE_LIFETIME,
    )
    session.add(verification)
    send_words(session, texts, contact=contact, locale=locale, now=now, code=code)
    return verification


def lock_contact(session: Session, contact: str) -> None:
    """Let codes of one contact be counted one after the other, until the end of the transaction."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(contact, 0))))


def send_words(
    session: Session,
    texts: Mapping[str, verification_texts.Words],
    *,
    contact: str,
    locale: str,
    now: dt.datetime,
    code: str = "",
    user_id: uuid.UUID | None = None,
) -> None:
    """Send words of app/verification_texts.py by the channel that fits the contact."""
    words = texts["en" if locale == "en" else "zh"]
    messages.send_message(
        session,
        channel=MessageChannel.SMS if is_mobile(contact) else MessageChannel.MAIL,
        recipient=contact,
        subject=words.subject,
        body=words.body.format(code=code),
        now=now,
        user_id=user_id,
    )


def try_code(session: Session, verification_id: uuid.UUID, *, code: str, now: dt.datetime) -> CodeCheck:
    """Use up one try, and confirm the contact when the code is right.

    A wrong code is an answer, not an error: the try must be saved. An unknown, used, confirmed or expired row
    and one without tries left answer alike.
    """
    # One statement takes the try, so that tries sent at the same time cannot share one.
    row = session.execute(
        update(Verification)
        .where(
            Verification.id == verification_id,
            Verification.tries_left > 0,
            Verification.confirmed_at.is_(None),
            Verification.used_at.is_(None),
            Verification.expires_at > now,
        )
        .values(tries_left=Verification.tries_left - 1)
        .returning(Verification.code_hash, Verification.tries_left)
    ).one_or_none()
    if row is None:
        return CodeCheck(right=False, tries_left=0)
    typed = "".join(unicodedata.normalize("NFKC", code).split())
    if not codes.code_matches(row.code_hash, typed, row_id=verification_id):
        return CodeCheck(right=False, tries_left=row.tries_left)
    session.execute(
        update(Verification)
        .where(Verification.id == verification_id)
        .values(confirmed_at=now, expires_at=now + PASSWORD_TIME)
    )
    return CodeCheck(right=True, tries_left=row.tries_left)


def take_confirmed(
    session: Session, verification_id: uuid.UUID, *, purpose: VerificationPurpose, now: dt.datetime
) -> Verification:
    """Use a confirmed contact, once; raises CodeRefusedError when it is not confirmed, used or too old."""
    verification = session.scalar(
        update(Verification)
        .where(
            Verification.id == verification_id,
            Verification.purpose == purpose,
            Verification.confirmed_at.is_not(None),
            Verification.used_at.is_(None),
            Verification.expires_at > now,
        )
        .values(used_at=now)
        .returning(Verification)
        .execution_options(populate_existing=True)
    )
    if verification is None:
        raise CodeRefusedError(tries_left=0)
    return verification


def forget_old(session: Session, *, now: dt.datetime) -> None:
    """Delete some rows of yesterday and before, with what was typed into them."""
    # Rows that another sender is deleting are his: waiting for them could end in a deadlock.
    old = (
        select(Verification.id)
        .where(Verification.expires_at < now - FORGET_AFTER)
        .limit(FORGET_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    session.execute(
        delete(Verification).where(Verification.id.in_(old)).execution_options(synchronize_session=False)
    )


def refuse_too_many(
    session: Session, *, contact: str, purpose: VerificationPurpose, now: dt.datetime
) -> None:
    """Raise TooManyCodesError when this contact may not get another code yet."""
    hour = dt.timedelta(hours=1)
    sent: Sequence[dt.datetime] = session.scalars(
        select(Verification.created_at)
        .where(
            Verification.contact == contact,
            Verification.purpose == purpose,
            Verification.created_at > now - hour,
        )
        .order_by(Verification.created_at.desc())
    ).all()
    if sent and sent[0] + RESEND_AFTER > now:
        raise TooManyCodesError(again_at=sent[0] + RESEND_AFTER)
    if len(sent) >= MAX_CODES_AN_HOUR:
        raise TooManyCodesError(again_at=sent[MAX_CODES_AN_HOUR - 1] + hour)
