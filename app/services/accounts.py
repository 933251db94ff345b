"""Accounts: made after a confirmed contact, given a new password, and set up as their owner likes.

`now` is business time (for what the audit and the season see), `wall_now` the machine's (for codes and
sign-ins).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import secrets
import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import passwords, verification_texts
from app.contacts import is_mobile
from app.errors import AlreadyRegisteredError, CodeRefusedError, SignInRefusedError
from app.models import (
    Agent,
    AgentStatus,
    MemberRole,
    Membership,
    Merchant,
    NoticeKind,
    Role,
    User,
    Verification,
    VerificationPurpose,
)
from app.queries import accounts as account_queries
from app.services import audit, notices, sessions, verifications

# The text on the privacy page that people say yes to; it changes when that text changes its meaning.
CONSENT_VERSION = "2026-11"


@dataclasses.dataclass(frozen=True, kw_only=True)
class SignUpDetails:
    """What the first page of signing up asks for; `shop` is empty for agents."""

    role: Role
    name: str
    region: str
    locale: str
    shop: str = ""

    def as_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> SignUpDetails:
        return cls(**{**values, "role": Role(values["role"])})


def ask_to_sign_up(
    session: Session, *, contact: str, details: SignUpDetails, wall_now: dt.datetime
) -> Verification:
    """Send a sign-up code to a normalised contact; raises TooManyCodesError."""
    return verifications.send_code(
        session,
        contact=contact,
        purpose=VerificationPurpose.SIGN_UP,
        details=details.as_json(),
        locale=details.locale,
        now=wall_now,
    )


def sign_up(
    session: Session,
    *,
    verification_id: uuid.UUID,
    password_hash: str,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> User:
    """Make the account that a confirmed contact asked for, with its agent or its merchant.

    Raises CodeRefusedError when the contact is not confirmed (any more), and AlreadyRegisteredError when an
    account with the contact was made in the meantime.
    """
    verification = verifications.take_confirmed(
        session, verification_id, purpose=VerificationPurpose.SIGN_UP, now=wall_now
    )
    details = SignUpDetails.from_json(verification.details)
    contact = verification.contact
    user = User(
        id=uuid.uuid4(),
        name=details.name,
        role=details.role,
        email=None if is_mobile(contact) else contact,
        mobile=contact if is_mobile(contact) else None,
        password_hash=password_hash,
        locale=details.locale,
        created_at=now,
    )
    session.add(user)
    try:
        session.flush()
    except IntegrityError as error:
        raise AlreadyRegisteredError from error
    audit.record(
        session,
        "user.created",
        user,
        actor_user_id=user.id,
        now=now,
        role=details.role.value,
        consent=CONSENT_VERSION,
    )
    if details.role is Role.AGENT:
        _add_agent(session, user, region=details.region, now=now)
    else:
        _add_merchant(session, user, name=details.shop, region=details.region, now=now)
    # The details served their purpose; the account has them now.
    verification.details = {}
    return user


def ask_for_password_reset(
    session: Session, *, contact: str, locale: str, wall_now: dt.datetime
) -> Verification:
    """Send a code for a new password to a normalised contact; raises TooManyCodesError."""
    return verifications.send_code(
        session,
        contact=contact,
        purpose=VerificationPurpose.RESET_PASSWORD,
        details={},
        locale=locale,
        now=wall_now,
    )


def reset_password(
    session: Session,
    *,
    verification_id: uuid.UUID,
    password_hash: str,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> User:
    """Give the owner of a confirmed contact a new password and end every sign-in of theirs.

    Raises CodeRefusedError when the contact is not confirmed (any more) or its account is gone.
    """
    verification = verifications.take_confirmed(
        session, verification_id, purpose=VerificationPurpose.RESET_PASSWORD, now=wall_now
    )
    user = account_queries.find_user_by_contact(session, verification.contact)
    if user is None or not user.is_active:
        raise CodeRefusedError(tries_left=0)
    _set_password(session, user, password_hash=password_hash, keep=None, wall_now=wall_now)
    audit.record(session, "user.password-reset", user, actor_user_id=user.id, now=now)
    return user


def change_password(
    session: Session,
    *,
    user_id: uuid.UUID,
    current: str,
    new: str,
    session_id: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> None:
    """Change a person's own password and end their other sign-ins.

    Raises SignInRefusedError when the current password is wrong.
    """
    user = session.get_one(User, user_id, with_for_update=True, populate_existing=True)
    if not passwords.password_matches(user.password_hash, current):
        raise SignInRefusedError
    _set_password(
        session, user, password_hash=passwords.hash_password(new), keep=session_id, wall_now=wall_now
    )
    audit.record(session, "user.password-changed", user, actor_user_id=user.id, now=now)


def save_profile(
    session: Session, *, user_id: uuid.UUID, name: str, locale: str, large_text: bool, now: dt.datetime
) -> None:
    """Save a person's name, language and text size."""
    user = session.get_one(User, user_id, populate_existing=True)
    wanted = {"name": name, "locale": locale, "large_text": large_text}
    changed = sorted(field for field, value in wanted.items() if getattr(user, field) != value)
    for field, value in wanted.items():
        setattr(user, field, value)
    if changed:
        audit.record(session, "user.changed", user, actor_user_id=user_id, now=now, fields=changed)


def choose_mails(
    session: Session,
    *,
    user_id: uuid.UUID,
    kinds: Collection[NoticeKind],
    wanted: Collection[NoticeKind],
    now: dt.datetime,
) -> None:
    """Choose which of these kinds of notices also go out by mail."""
    for kind in kinds:
        notices.set_preference(session, user_id=user_id, kind=kind, by_mail=kind in wanted)
    user = session.get_one(User, user_id)
    audit.record(
        session,
        "user.mails-chosen",
        user,
        actor_user_id=user_id,
        now=now,
        declined=sorted(kind.value for kind in kinds if kind not in wanted),
    )


def _add_agent(session: Session, user: User, *, region: str, now: dt.datetime) -> None:
    agent = Agent(
        id=uuid.uuid4(),
        user_id=user.id,
        region=region,
        status=AgentStatus.NEW,
        calendar_token=secrets.token_urlsafe(32),
        joined_at=now,
    )
    session.add(agent)
    audit.record(session, "agent.created", agent, actor_user_id=user.id, now=now)


def _add_merchant(session: Session, user: User, *, name: str, region: str, now: dt.datetime) -> None:
    merchant = Merchant(id=uuid.uuid4(), name=name, region=region, created_at=now)
    session.add(merchant)
    session.flush()
    session.add(Membership(id=uuid.uuid4(), merchant_id=merchant.id, user_id=user.id, role=MemberRole.OWNER))
    audit.record(session, "merchant.created", merchant, actor_user_id=user.id, now=now)


def _set_password(
    session: Session, user: User, *, password_hash: str, keep: uuid.UUID | None, wall_now: dt.datetime
) -> None:
    user.password_hash = password_hash
    sessions.end_other_sessions(session, user_id=user.id, keep=keep, now=wall_now)
    contact = user.email or user.mobile
    if contact:
        verifications.send_words(
            session,
            verification_texts.PASSWORD_CHANGED,
            contact=contact,
            locale=user.locale,
            now=wall_now,
            user_id=user.id,
        )
