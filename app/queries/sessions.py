"""Reads of sign-ins."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.models import Agent, Membership, User, UserSession
from app.permissions import Actor


@dataclasses.dataclass(frozen=True, kw_only=True)
class SignedIn:
    """Who sends a request: the user, the open session and the actor that permissions see."""

    user: User
    session_id: uuid.UUID
    actor: Actor


# Asked at every request: put together once, for that takes as long as the answer.
_SIGNED_IN = (
    select(User, UserSession.id, Agent.id, Membership.merchant_id, Membership.role)
    .join(UserSession, UserSession.user_id == User.id)
    .outerjoin(Agent, Agent.user_id == User.id)
    .outerjoin(Membership, Membership.user_id == User.id)
    .where(
        UserSession.token_hash == bindparam("token_hash"),
        UserSession.ended_at.is_(None),
        UserSession.expires_at > bindparam("now"),
        User.is_active,
    )
)


def find_signed_in(session: Session, token_hash: str, *, now: dt.datetime) -> SignedIn | None:
    """Return the person behind an open session's token, in one query."""
    row = session.execute(_SIGNED_IN, {"token_hash": token_hash, "now": now}).one_or_none()
    if row is None:
        return None
    user, session_id, agent_id, merchant_id, member_role = row
    actor = Actor(
        user_id=user.id,
        role=user.role,
        agent_id=agent_id,
        merchant_id=merchant_id,
        member_role=member_role,
    )
    return SignedIn(user=user, session_id=session_id, actor=actor)


def list_sessions(session: Session, *, user_id: uuid.UUID, now: dt.datetime) -> Sequence[UserSession]:
    """Return a person's open sessions, newest first."""
    return session.scalars(
        select(UserSession)
        .where(UserSession.user_id == user_id, UserSession.ended_at.is_(None), UserSession.expires_at > now)
        .order_by(UserSession.created_at.desc(), UserSession.id)
    ).all()
