"""What helps a person: say it, change it, take it back; and the one way to read a disability fact."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from decimal import Decimal

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.crypto import FieldCipher
from app.errors import ConsentMissingError, NotFoundError
from app.models import Agent, AgentNeeds, Consent, ConsentPurpose, DisabilityFact, DisclosureEntry, User
from app.queries.needs import NOTE_FIELD, find_needs, find_note, list_live_consents
from app.services import accommodations, audit


@dataclasses.dataclass(frozen=True, kw_only=True)
class Needs:
    """What a person may ask for; the defaults ask for nothing. Times are minutes.

    `max_weekends` counts those of a season on which they work; None: any number.
    """

    text_only: bool = False
    one_hand: bool = False
    screen_reader: bool = False
    max_day_minutes: int = 480
    max_stretch_minutes: int = 480
    min_rest_minutes: int = 660
    max_week_minutes: int = 2400
    max_consecutive_days: int = 6
    min_consecutive_days: int = 1
    min_days_off: int = 1
    max_weekends: int | None = None
    max_concurrent: int = 4
    break_minutes_an_hour: int = 0
    response_allowance: Decimal = Decimal("1.0")
    exam_time_multiplier: Decimal = Decimal("1.00")
    exam_time_unlimited: bool = False
    exam_extra_minutes: int = 0
    exam_breaks: int = 0
    exam_break_minutes: int = 0


NOTHING_ASKED = Needs()


def save_needs(
    session: Session,
    *,
    agent_id: uuid.UUID,
    needs: Needs,
    large_text: bool,
    consent: bool,
    actor_user_id: uuid.UUID | None,
    now: dt.datetime,
) -> None:
    """Save what helps the person; a running exam gets the new time at once.

    Raises ConsentMissingError when something is asked for that nobody may use: `consent` is false and no
    earlier consent is live. Large text is a matter of pages only and needs none.
    """
    agent = _lock_agent(session, agent_id)
    live = list_live_consents(session, agent_id)
    if ConsentPurpose.NEEDS_IN_MATCHING not in live and needs != NOTHING_ASKED:
        if not consent:
            raise ConsentMissingError
        _give_consent(session, agent, ConsentPurpose.NEEDS_IN_MATCHING, actor_user_id=actor_user_id, now=now)
    _write_needs(session, agent, needs, now=now)
    session.execute(update(User).where(User.id == agent.user_id).values(large_text=large_text))
    # What was asked for is nobody's business but the person's: the entry says only that it changed.
    audit.record(session, "needs.changed", agent, actor_user_id=actor_user_id, now=now)


def withdraw_consent(
    session: Session, *, agent_id: uuid.UUID, actor_user_id: uuid.UUID, now: dt.datetime
) -> None:
    """Stop using the person's needs: rota and exams go back to the defaults. Twice does no harm."""
    agent = _lock_agent(session, agent_id)
    _withdraw(session, agent, ConsentPurpose.NEEDS_IN_MATCHING, actor_user_id=actor_user_id, now=now)
    _write_needs(session, agent, NOTHING_ASKED, now=now)


def show_name(
    session: Session, *, agent_id: uuid.UUID, shown: bool, actor_user_id: uuid.UUID, now: dt.datetime
) -> None:
    """Show the full name on the public pages of certificates, or no longer. Twice does no harm."""
    agent = _lock_agent(session, agent_id)
    purpose = ConsentPurpose.NAME_ON_CERTIFICATES
    if not shown:
        _withdraw(session, agent, purpose, actor_user_id=actor_user_id, now=now)
    elif purpose not in list_live_consents(session, agent_id):
        _give_consent(session, agent, purpose, actor_user_id=actor_user_id, now=now)


def save_note(
    session: Session,
    *,
    agent_id: uuid.UUID,
    note: str,
    cipher: FieldCipher,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
) -> None:
    """Keep what the person chose to tell about their health, encrypted; it replaces an earlier note.

    Saving it is the consent to keep it.
    """
    agent = _lock_agent(session, agent_id)
    if ConsentPurpose.DISABILITY_FACTS not in list_live_consents(session, agent_id):
        _give_consent(session, agent, ConsentPurpose.DISABILITY_FACTS, actor_user_id=actor_user_id, now=now)
    _delete_note(session, agent_id)
    fact_id = uuid.uuid4()
    session.add(
        DisabilityFact(
            id=fact_id,
            agent_id=agent_id,
            field=NOTE_FIELD,
            key_id=cipher.current_key_id,
            ciphertext=cipher.encrypt(note, row_id=fact_id),
            created_at=now,
        )
    )
    audit.record(session, "note.saved", agent, actor_user_id=actor_user_id, now=now)


def delete_note(session: Session, *, agent_id: uuid.UUID, actor_user_id: uuid.UUID, now: dt.datetime) -> None:
    """Delete the note and take back the consent to keep it. Twice does no harm."""
    agent = _lock_agent(session, agent_id)
    _delete_note(session, agent_id)
    _withdraw(session, agent, ConsentPurpose.DISABILITY_FACTS, actor_user_id=actor_user_id, now=now)


def read_own_note(session: Session, *, agent_id: uuid.UUID, cipher: FieldCipher) -> str | None:
    """Return the person's note to the person themselves."""
    fact = find_note(session, agent_id)
    return None if fact is None else cipher.decrypt(fact.ciphertext, row_id=fact.id, key_id=fact.key_id)


def disclose_note(
    session: Session,
    *,
    agent_id: uuid.UUID,
    reader_user_id: uuid.UUID,
    reason: str,
    cipher: FieldCipher,
    now: dt.datetime,
) -> str:
    """Return the note to somebody else, and write down who read it and why: the person sees that.

    Raises NotFoundError without a note or without a live consent, and ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError("a disability fact is read for a reason: name it")
    fact = find_note(session, agent_id)
    if fact is None or ConsentPurpose.DISABILITY_FACTS not in list_live_consents(session, agent_id):
        raise NotFoundError(f"note of agent {agent_id}")
    entry = DisclosureEntry(
        id=uuid.uuid4(),
        agent_id=agent_id,
        reader_user_id=reader_user_id,
        field=NOTE_FIELD,
        reason=reason.strip(),
        at=now,
    )
    session.add(entry)
    audit.record(session, "note.disclosed", entry, actor_user_id=reader_user_id, now=now)
    return cipher.decrypt(fact.ciphertext, row_id=fact.id, key_id=fact.key_id)


def _lock_agent(session: Session, agent_id: uuid.UUID) -> Agent:
    return session.get_one(Agent, agent_id, with_for_update=True, populate_existing=True)


def _write_needs(session: Session, agent: Agent, needs: Needs, *, now: dt.datetime) -> None:
    row = find_needs(session, agent.id)
    if row is None:
        row = AgentNeeds(id=uuid.uuid4(), agent_id=agent.id)
        session.add(row)
    for name, value in dataclasses.asdict(needs).items():
        setattr(row, name, value)
    row.updated_at = now
    accommodations.give_more_time(session, agent_id=agent.id, needs=row, now=now)


def _delete_note(session: Session, agent_id: uuid.UUID) -> None:
    session.execute(
        delete(DisabilityFact).where(DisabilityFact.agent_id == agent_id, DisabilityFact.field == NOTE_FIELD)
    )


def _give_consent(
    session: Session,
    agent: Agent,
    purpose: ConsentPurpose,
    *,
    actor_user_id: uuid.UUID | None,
    now: dt.datetime,
) -> None:
    session.add(Consent(id=uuid.uuid4(), agent_id=agent.id, purpose=purpose, given_at=now))
    audit.record(session, "consent.given", agent, actor_user_id=actor_user_id, now=now, purpose=purpose.value)


def _withdraw(
    session: Session,
    agent: Agent,
    purpose: ConsentPurpose,
    *,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
) -> None:
    withdrawn = session.scalars(
        update(Consent)
        .where(Consent.agent_id == agent.id, Consent.purpose == purpose, Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
        .returning(Consent.id)
    ).all()
    if withdrawn:
        audit.record(
            session, "consent.withdrawn", agent, actor_user_id=actor_user_id, now=now, purpose=purpose.value
        )
