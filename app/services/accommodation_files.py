"""Take accommodations in from an AfA PNP file, and give them out as one."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.contacts import normalise_contact
from app.errors import ConsentMissingError
from app.models import Agent, AgentNeeds, DisclosureEntry, User
from app.queries.needs import find_needs
from app.services import audit, needs
from app.services.needs import Needs
from exams.pnp import SOURCE_SYSTEM, Profile, Wishes

EXAM_NEEDS_FIELD = "exam-needs"
BREAKS, BREAK_MINUTES = 2, 10
"""A profile only says that there must be breaks; so many are granted to whoever had none."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why a person's profile was not taken: `reason` is "unknown-person", "two-persons" or "no-consent"."""

    person: str
    line: int
    reason: str


def import_profiles(
    session: Session,
    profiles: Sequence[Profile],
    *,
    consented: bool,
    actor_user_id: uuid.UUID | None,
    now: dt.datetime,
) -> list[Refusal]:
    """Save what the profiles say, also for exams that are running, and return who could not be served.

    What a profile does not mention stays. `consented` says that whoever brings the file holds the persons'
    agreement; without it only those are served who have agreed on the site. The caller decides whether
    anything is kept when somebody is refused.
    """
    refusals = []
    served: set[uuid.UUID] = set()
    for profile in profiles:
        agent = _find_agent(session, profile)
        if agent is None:
            refusals.append(Refusal(person=profile.person, line=profile.line, reason="unknown-person"))
            continue
        if agent.id in served:
            refusals.append(Refusal(person=profile.person, line=profile.line, reason="two-persons"))
            continue
        served.add(agent.id)
        user = session.get_one(User, agent.user_id)
        wishes = profile.wishes
        try:
            needs.save_needs(
                session,
                agent_id=agent.id,
                needs=_merge(find_needs(session, agent.id), wishes),
                large_text=user.large_text if wishes.large_text is None else wishes.large_text,
                consent=consented,
                actor_user_id=actor_user_id,
                now=now,
            )
        except ConsentMissingError:
            refusals.append(Refusal(person=profile.person, line=profile.line, reason="no-consent"))
            continue
        audit.record(session, "accommodation.imported", agent, actor_user_id=actor_user_id, now=now)
    return refusals


def export_profiles(
    session: Session, *, actor_user_id: uuid.UUID | None, now: dt.datetime
) -> list[tuple[str, Wishes]]:
    """Return everybody's profile who needs anything in an exam, by agent id, and write down who asked."""
    rows = session.execute(
        select(Agent, AgentNeeds, User.large_text)
        .join(User, User.id == Agent.user_id)
        .outerjoin(AgentNeeds, AgentNeeds.agent_id == Agent.id)
        .where(or_(AgentNeeds.id.is_not(None), User.large_text))
        .order_by(Agent.id)
    )
    people = []
    for agent, row, large_text in rows:
        wishes = _wishes(row, large_text=large_text)
        if wishes != Wishes(large_text=False, text_only=False, screen_reader=False, breaks=False):
            people.append((str(agent.id), wishes))
            audit.record(session, "accommodation.exported", agent, actor_user_id=actor_user_id, now=now)
    return people


def pick_profile(session: Session, profiles: Sequence[Profile], *, agent_id: uuid.UUID) -> Profile | None:
    """Return the profile that is about this person, addressed by our own id; None when none is."""
    for profile in profiles:
        agent = _find_agent(session, profile)
        if agent is not None and agent.id == agent_id:
            return dataclasses.replace(profile, person=str(agent_id), source_system=SOURCE_SYSTEM)
    return None


def hand_out_profile(
    session: Session,
    *,
    agent_id: uuid.UUID,
    reason: str,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
) -> Wishes:
    """Return one person's profile to somebody else, and write down who took it and why: the person sees that.

    Raises ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError("what a person needs is read for a reason: name it")
    agent = session.get_one(Agent, agent_id)
    user = session.get_one(User, agent.user_id)
    session.add(
        DisclosureEntry(
            id=uuid.uuid4(),
            agent_id=agent_id,
            reader_user_id=actor_user_id,
            field=EXAM_NEEDS_FIELD,
            reason=reason.strip(),
            at=now,
        )
    )
    audit.record(session, "accommodation.exported", agent, actor_user_id=actor_user_id, now=now)
    return _wishes(find_needs(session, agent_id), large_text=user.large_text)


def _find_agent(session: Session, profile: Profile) -> Agent | None:
    """Return whom a profile is about: by our own id, or by the mobile number or e-mail address."""
    if profile.source_system == SOURCE_SYSTEM:
        try:
            return session.get(Agent, uuid.UUID(profile.person))
        except ValueError:
            return None
    contact = normalise_contact(profile.person[:200])
    if contact is None:
        return None
    return session.scalar(
        select(Agent)
        .join(User, User.id == Agent.user_id)
        .where(or_(User.email == contact, User.mobile == contact))
    )


def _merge(row: AgentNeeds | None, wishes: Wishes) -> Needs:
    """Return the person's needs with what the profile says in place of what was there."""
    names = [field.name for field in dataclasses.fields(Needs)]
    had = Needs() if row is None else Needs(**{name: getattr(row, name) for name in names})
    changes: dict[str, object] = {}
    if wishes.says_time:
        changes |= {
            "exam_time_multiplier": Decimal(f"{wishes.multiplier:.2f}"),
            "exam_time_unlimited": wishes.unlimited,
            "exam_extra_minutes": wishes.fixed_minutes,
        }
    if wishes.breaks is False:
        changes |= {"exam_breaks": 0, "exam_break_minutes": 0}
    elif wishes.breaks and not had.exam_breaks:
        changes |= {"exam_breaks": BREAKS, "exam_break_minutes": BREAK_MINUTES}
    for name in ("text_only", "screen_reader"):
        if getattr(wishes, name) is not None:
            changes[name] = getattr(wishes, name)
    return dataclasses.replace(had, **changes)  # type: ignore[arg-type]


def _wishes(row: AgentNeeds | None, *, large_text: bool) -> Wishes:
    if row is None:
        return Wishes(large_text=large_text, text_only=False, screen_reader=False, breaks=False)
    unlimited, multiplier = row.exam_time_unlimited, float(row.exam_time_multiplier)
    minutes = 0 if unlimited or multiplier > 1 else row.exam_extra_minutes
    return Wishes(
        says_time=unlimited or multiplier > 1 or minutes > 0,
        multiplier=1.0 if unlimited else multiplier,
        fixed_minutes=minutes,
        unlimited=unlimited,
        breaks=row.exam_breaks > 0,
        large_text=large_text,
        text_only=row.text_only,
        screen_reader=row.screen_reader,
    )
