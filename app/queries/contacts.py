"""Reads of contacts and of the people behind them."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import CompoundSelect, String, func, literal, select, union_all
from sqlalchemy.orm import Session

from app.contacts import normalise_contact
from app.models import Agent, Certificate, Contact, User


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


@dataclasses.dataclass(frozen=True, kw_only=True)
class RatioLine:
    """Messages each way of the contacts that share a satisfaction; None stands for those without one."""

    satisfaction: int | None
    contacts: int
    messages_in: int
    messages_out: int

    @property
    def ratio(self) -> float | None:
        """Agent messages per customer message, of the totals; None when customers wrote nothing."""
        return self.messages_out / self.messages_in if self.messages_in else None


def list_ratios(
    session: Session, *, project_id: uuid.UUID, import_id: uuid.UUID | None = None
) -> Sequence[RatioLine]:
    """Return messages each way by satisfaction, the unrated last: of a project, or of one import into it."""
    chosen = [Contact.project_id == project_id]
    if import_id is not None:
        chosen.append(Contact.import_id == import_id)
    rows = session.execute(
        select(
            Contact.satisfaction,
            func.count(),
            func.sum(Contact.messages_in),
            func.sum(Contact.messages_out),
        )
        .where(*chosen)
        .group_by(Contact.satisfaction)
        .order_by(Contact.satisfaction.nulls_last())
    )
    return [
        RatioLine(satisfaction=satisfaction, contacts=count, messages_in=into, messages_out=out)
        for satisfaction, count, into, out in rows
    ]
