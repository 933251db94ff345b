"""Reads of agents as persons."""

from __future__ import annotations

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.errors import NotFoundError
from app.models import Agent


def get_agent(session: Session, agent_id: uuid.UUID) -> Agent:
    """Return the agent with their account."""
    agent = session.scalar(select(Agent).where(Agent.id == agent_id).options(joinedload(Agent.user)))
    if agent is None:
        raise NotFoundError(f"agent {agent_id}")
    return agent
