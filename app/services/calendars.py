"""The secret address of a person's calendar."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid

from sqlalchemy.orm import Session

from app.models import Agent
from app.services import audit


def change_token(session: Session, *, agent_id: uuid.UUID, actor_user_id: uuid.UUID, now: dt.datetime) -> str:
    """Give the person's calendar a new address, and return its token; the old one is dead from now on."""
    agent = session.get_one(Agent, agent_id, with_for_update=True, populate_existing=True)
    agent.calendar_token = secrets.token_urlsafe(32)
    audit.record(session, "calendar.address_changed", agent, actor_user_id=actor_user_id, now=now)
    return agent.calendar_token
