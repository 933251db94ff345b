"""Say when one can work. What is saved replaces everything within the given stretch, in one transaction."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.errors import OverlapError
from app.models import Agent, Availability
from app.queries.availability import list_windows
from app.services import audit

# Points for the matcher: a wish counts for something, a mere "can" for little.
WANT = 8
CAN = 2
# From how many points on a stretch reads as a wish.
WANTED_FROM = 5


@dataclasses.dataclass(frozen=True, kw_only=True, order=True)
class Window:
    """A stretch in which a person is willing to work, with points from 0 to 10."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    preference: int


def merge_windows(windows: Iterable[Window]) -> list[Window]:
    """Return the windows in order of time, those that touch and are equally wanted made into one.

    Raises OverlapError when two of them overlap.
    """
    merged: list[Window] = []
    for window in sorted(windows):
        last = merged[-1] if merged else None
        if last is not None and window.starts_at < last.ends_at:
            raise OverlapError
        if last is not None and window.starts_at == last.ends_at and window.preference == last.preference:
            merged[-1] = dataclasses.replace(last, ends_at=window.ends_at)
        else:
            merged.append(window)
    return merged


def replace_availability(
    session: Session,
    *,
    agent_id: uuid.UUID,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    windows: Sequence[Window],
    actor_user_id: uuid.UUID,
    now: dt.datetime,
) -> Sequence[Window]:
    """Make `windows` all the person's availability from `starts_at` to `ends_at`; the rest stays as it is.

    Returns what is saved around that stretch. Raises OverlapError for windows that overlap, and ValueError
    for one that reaches outside the stretch.
    """
    # The agent's row is the lock: two tabs that save are taken one after the other.
    agent = session.get_one(Agent, agent_id, with_for_update=True, populate_existing=True)
    for window in windows:
        if window.starts_at < starts_at or window.ends_at > ends_at:
            raise ValueError(f"{window} reaches outside {starts_at} to {ends_at}")
    around = list_windows(session, agent_id, starts_at=starts_at, ends_at=ends_at)
    merged = merge_windows([*windows, *_outside(around, starts_at=starts_at, ends_at=ends_at)])
    session.execute(delete(Availability).where(Availability.id.in_([row.id for row in around])))
    session.add_all(
        Availability(id=uuid.uuid4(), agent_id=agent_id, **dataclasses.asdict(window)) for window in merged
    )
    audit.record(
        session,
        "availability.changed",
        agent,
        actor_user_id=actor_user_id,
        now=now,
        starts_at=starts_at.isoformat(),
        ends_at=ends_at.isoformat(),
        windows=len(windows),
    )
    return merged


def _outside(
    rows: Sequence[Availability], *, starts_at: dt.datetime, ends_at: dt.datetime
) -> Iterable[Window]:
    """Yield what sticks out of the stretch at either end."""
    for row in rows:
        if row.starts_at < starts_at:
            yield Window(
                starts_at=row.starts_at, ends_at=min(row.ends_at, starts_at), preference=row.preference
            )
        if row.ends_at > ends_at:
            yield Window(
                starts_at=max(row.starts_at, ends_at), ends_at=row.ends_at, preference=row.preference
            )
