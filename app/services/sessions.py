"""Sign in and out. Times here are wall-clock times."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid

from sqlalchemy import update
from sqlalchemy.orm import Session

from app import passwords
from app.errors import NotFoundError, SignInRefusedError
from app.models import User, UserSession

LIFETIME = dt.timedelta(days=30)
DEVICE_LENGTH = 200


def hash_token(token: str) -> str:
    """Return what is stored of a session's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def check_password(user: User | None, *, password: str) -> User:
    """Return the user if they are active and this is their password, or raise SignInRefusedError.

    It takes a while, also for nobody: call it with no transaction open.
    """
    matches = passwords.password_matches(user.password_hash if user else passwords.NOBODYS_HASH, password)
    if user is None or not matches or not user.is_active:
        raise SignInRefusedError
    return user


def start_session(session: Session, *, user_id: uuid.UUID, device: str, now: dt.datetime) -> str:
    """Open a session and return the token for the cookie: 256 random bits, stored only as a hash."""
    token = secrets.token_urlsafe(32)
    session.add(
        UserSession(
            id=uuid.uuid4(),
            user_id=user_id,
            token_hash=hash_token(token),
            device=device[:DEVICE_LENGTH],
            created_at=now,
            expires_at=now + LIFETIME,
        )
    )
    return token


def end_session(session: Session, session_id: uuid.UUID, *, user_id: uuid.UUID, now: dt.datetime) -> None:
    """End one of a person's own sessions; another's is not found."""
    ended = session.scalar(
        update(UserSession)
        .where(UserSession.id == session_id, UserSession.user_id == user_id, UserSession.ended_at.is_(None))
        .values(ended_at=now)
        .returning(UserSession.id)
    )
    if ended is None:
        raise NotFoundError(f"session {session_id}")


def end_other_sessions(
    session: Session, *, user_id: uuid.UUID, keep: uuid.UUID | None, now: dt.datetime
) -> None:
    """End all of a person's sessions but one, for instance after a new password."""
    session.execute(
        update(UserSession)
        .where(UserSession.user_id == user_id, UserSession.ended_at.is_(None), UserSession.id != keep)
        .values(ended_at=now)
    )
