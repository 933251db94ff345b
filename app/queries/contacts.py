"""Reads of contacts and of the people behind them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import CompoundSelect, String, literal, select, union_all
from sqlalchemy.orm import Session

from app.contacts import normalise_contact
from app.models import Agent, Certificate, User


def find_agents(session: Session, references: Collection[str]) -> Mapping[str, uuid.UUID]:
    """Return the agents that references name: by mobile number, e-mail, certificate number or id.

    A reference that names nobody is left out.
    """
    if not references:
        return {}
    wanted: dict[str, list[str]] = {}
    for reference in references:
        stored = normalise_contact(reference) or reference
        wanted.setdefault(stored, []).append(reference)
    ids = {stored: key for stored in wanted if (key := _as_id(stored)) is not None}
    by_id = {key: stored for stored, key in ids.items()}
    found: CompoundSelect[Any] = union_all(
        select(User.mobile.label("stored"), Agent.id.label("agent_id"))
        .join(Agent, Agent.user_id == User.id)
        .where(User.mobile.in_(wanted)),
        select(User.email, Agent.id).join(Agent, Agent.user_id == User.id).where(User.email.in_(wanted)),
        select(Certificate.number, Certificate.agent_id).where(Certificate.number.in_(wanted)),
        select(literal(None, String), Agent.id).where(Agent.id.in_(by_id)),
    )
    return {
        reference: agent_id
        for stored, agent_id in session.execute(found)
        for reference in wanted[stored if stored is not None else by_id[agent_id]]
    }


def _as_id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
