"""Know somebody before they work for pay: they write who they are, a provider or operations decide.

What they wrote is encrypted and deleted with the decision. `now` is business time, `wall_now` the machine's.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import BUSINESS_ZONE
from app.crypto import FieldCipher
from app.errors import NotFoundError, StaleStateError, UnderAgeError
from app.identity_rules import LEAST_AGE, Identity, age_on
from app.minor_rules import minor_until
from app.models import (
    Agent,
    IdentityCheck,
    IdentitySource,
    IdentityStatus,
    NoticeKind,
    User,
)
from app.providers.identity import Finding
from app.queries.identity_checks import find_last_check
from app.services import audit, notices


def submit_identity(
    session: Session,
    *,
    agent_id: uuid.UUID,
    identity: Identity,
    finding: Finding,
    source: IdentitySource,
    cipher: FieldCipher,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> IdentityCheck:
    """Keep what the person wrote, with what the provider says; nothing is kept of somebody too young.

    Raises UnderAgeError, and StaleStateError while another check waits or when the person is known already.
    """
    if age_on(now.astimezone(BUSINESS_ZONE).date(), born_on=identity.born_on) < LEAST_AGE:
        raise UnderAgeError
    agent = session.get_one(Agent, agent_id, with_for_update=True, populate_existing=True)
    last = find_last_check(session, agent_id)
    if agent.identity_confirmed_at is not None or (last and last.status is IdentityStatus.WAITING):
        raise StaleStateError
    check_id = uuid.uuid4()
    check = IdentityCheck(
        id=check_id,
        agent_id=agent_id,
        status=IdentityStatus.WAITING,
        source=source,
        key_id=cipher.current_key_id,
        ciphertext=cipher.encrypt(_to_text(identity), row_id=check_id),
        submitted_at=now,
    )
    session.add(check)
    session.flush()
    audit.record(session, "identity.submitted", check, actor_user_id=actor_user_id, now=now)
    if finding.status is not IdentityStatus.WAITING:
        _decide(
            session,
            check,
            agent,
            born_on=identity.born_on,
            status=finding.status,
            reason=finding.reason,
            actor_user_id=None,
            now=now,
            wall_now=wall_now,
        )
    return check


def decide_identity(
    session: Session,
    check_id: uuid.UUID,
    *,
    confirmed: bool,
    reason: str | None,
    cipher: FieldCipher,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> None:
    """Say yes, or no with a reason that the person reads. What they wrote is deleted; of somebody who is not
    eighteen yet, the day when they will be is kept, since their hours are limited until then.

    Raises NotFoundError, StaleStateError when it is decided, ValueError for a no without a reason.
    """
    if not confirmed and not (reason or "").strip():
        raise ValueError("a no has a reason")
    agent_id = session.scalar(select(IdentityCheck.agent_id).where(IdentityCheck.id == check_id))
    if agent_id is None:
        raise NotFoundError(f"identity check {check_id}")
    agent = session.get_one(Agent, agent_id, with_for_update=True, populate_existing=True)
    check = session.get_one(IdentityCheck, check_id, with_for_update=True, populate_existing=True)
    if check.status is not IdentityStatus.WAITING:
        raise StaleStateError
    written = read_identity(check, cipher=cipher)
    _decide(
        session,
        check,
        agent,
        born_on=written.born_on if written else None,
        status=IdentityStatus.CONFIRMED if confirmed else IdentityStatus.REFUSED,
        reason=None if confirmed else (reason or "").strip(),
        actor_user_id=actor_user_id,
        now=now,
        wall_now=wall_now,
    )


def read_identity(check: IdentityCheck, *, cipher: FieldCipher) -> Identity | None:
    """Return what the person wrote, for whoever decides; None once it is decided and deleted."""
    if check.ciphertext is None or check.key_id is None:
        return None
    kept = json.loads(cipher.decrypt(check.ciphertext, row_id=check.id, key_id=check.key_id))
    return Identity(
        name=kept["name"], born_on=dt.date.fromisoformat(kept["born_on"]), document=kept["document"]
    )


def _decide(
    session: Session,
    check: IdentityCheck,
    agent: Agent,
    *,
    born_on: dt.date | None,
    status: IdentityStatus,
    reason: str | None,
    actor_user_id: uuid.UUID | None,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> None:
    check.status, check.reason, check.decided_at, check.decided_by = status, reason, now, actor_user_id
    check.ciphertext = check.key_id = None
    is_known = status is IdentityStatus.CONFIRMED
    if is_known:
        agent.identity_confirmed_at = now
        agent.minor_until = minor_until(born_on, now=now) if born_on else None
    action = "identity.confirmed" if is_known else "identity.refused"
    audit.record(session, action, check, actor_user_id=actor_user_id, now=now)
    locale = session.scalars(select(User.locale).where(User.id == agent.user_id)).one()
    if is_known:
        verdict = "confirmed." if locale == "en" else "确认了。"
    else:
        verdict = f"not confirmed: {reason}" if locale == "en" else f"没有确认：{reason}"
    notices.notify(
        session,
        user_id=agent.user_id,
        kind=NoticeKind.IDENTITY_DECIDED,
        now=now,
        wall_now=wall_now,
        verdict=verdict,
    )


def _to_text(identity: Identity) -> str:
    return json.dumps(
        {"name": identity.name, "born_on": identity.born_on.isoformat(), "document": identity.document}
    )
