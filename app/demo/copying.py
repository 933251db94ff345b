"""Fill tables by COPY: a season has hundreds of thousands of rows."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Cursor, sql
from sqlalchemy.orm import Session

from app.models import Assignment, AuditEntry, Base


def copy_rows(
    session: Session, model: type[Base], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """Copy rows into a model's table, in the session's transaction; return how many. Dicts become jsonb."""
    cursor: Cursor[Any] = session.connection().connection.cursor()  # type: ignore[assignment]
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model.__tablename__), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    count = 0
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([json.dumps(value) if isinstance(value, dict) else value for value in row])
            count += 1
    return count


@dataclasses.dataclass(frozen=True, kw_only=True)
class AuditLine:
    """One change of an assignment; `actor_user_id` is empty when a timer acted."""

    action: str
    at: dt.datetime
    actor_user_id: uuid.UUID | None
    assignment_id: uuid.UUID
    details: dict[str, object] = dataclasses.field(default_factory=dict)


def copy_audit(session: Session, lines: Iterable[AuditLine]) -> int:
    """Write down changes that were made to many assignments in one statement."""
    return copy_rows(
        session,
        AuditEntry,
        ("id", "at", "actor_user_id", "action", "subject_type", "subject_id", "details"),
        (
            (
                *(uuid.uuid4(), line.at, line.actor_user_id, line.action),
                *(Assignment.__tablename__, line.assignment_id, line.details),
            )
            for line in lines
        ),
    )
