"""Reads of what helps a person, of what they agreed to, and of who looked."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.models import AgentNeeds, Consent, ConsentPurpose, DisabilityFact, DisclosureEntry, User

NOTE_FIELD = "note"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Disclosure:
    """One reading of a disability fact, as its owner sees it."""

    reader_name: str
    reason: str
    at: dt.datetime


def find_needs(session: Session, agent_id: uuid.UUID) -> AgentNeeds | None:
    """Return what the person asked for, or None when they never said anything."""
    return session.scalar(select(AgentNeeds).where(AgentNeeds.agent_id == agent_id))


def list_people_with_days(session: Session, agent_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return who of these people asked for days in a row or days off in a row."""
    found = session.scalars(
        select(AgentNeeds.agent_id).where(
            AgentNeeds.agent_id.in_(agent_ids),
            or_(AgentNeeds.min_consecutive_days > 1, AgentNeeds.min_days_off > 1),
        )
    )
    return set(found)


def list_live_consents(session: Session, agent_id: uuid.UUID) -> Mapping[ConsentPurpose, Consent]:
    """Return the consents that were given and not withdrawn, by purpose."""
    found = session.scalars(
        select(Consent)
        .where(Consent.agent_id == agent_id, Consent.withdrawn_at.is_(None))
        .order_by(Consent.given_at, Consent.id)
    )
    return {consent.purpose: consent for consent in found}


def find_note(session: Session, agent_id: uuid.UUID) -> DisabilityFact | None:
    """Return the person's own note, still encrypted."""
    return session.scalar(
        select(DisabilityFact).where(DisabilityFact.agent_id == agent_id, DisabilityFact.field == NOTE_FIELD)
    )


def list_disclosures(session: Session, agent_id: uuid.UUID) -> Sequence[Disclosure]:
    """Return who read the person's disability facts, newest first."""
    rows = session.execute(
        select(User.name, DisclosureEntry.reason, DisclosureEntry.at)
        .join(User, User.id == DisclosureEntry.reader_user_id)
        .where(DisclosureEntry.agent_id == agent_id)
        .order_by(DisclosureEntry.at.desc(), DisclosureEntry.id)
    )
    return [Disclosure(reader_name=name, reason=reason, at=at) for name, reason, at in rows]
