"""Keep the latest answer to each item of an attempt."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import ExamAnswer
from exams.responses import Response

_ROWS = ExamAnswer.__table__
# The one statement of an exam that everybody sends all the time: put together once, and without the
# mapper, which would take longer than the database.
_NEW = insert(_ROWS).values({column.name: bindparam(f"new_{column.name}") for column in _ROWS.columns})  # type: ignore[arg-type]
_UPSERT = _NEW.on_conflict_do_update(
    index_elements=["attempt_id", "item_id"],
    set_={name: _NEW.excluded[name] for name in ("response", "sequence", "saved_at")},
    where=_ROWS.c.sequence < _NEW.excluded.sequence,
).returning(_ROWS.c.id)


def upsert_answer(
    session: Session,
    attempt_id: uuid.UUID,
    item_id: str,
    response: Response | None,
    *,
    sequence: int,
    now: dt.datetime,
) -> bool:
    """Save an answer unless what is there is as new, and return whether it was saved."""
    saved = session.execute(
        _UPSERT,
        {
            "new_id": uuid.uuid4(),
            "new_attempt_id": attempt_id,
            "new_item_id": item_id,
            "new_response": {"value": response},
            "new_sequence": sequence,
            "new_first_sequence": sequence,
            "new_saved_at": now,
        },
    ).one_or_none()
    return saved is not None
