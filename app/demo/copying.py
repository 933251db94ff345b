"""Fill tables by COPY: a season has hundreds of thousands of rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Cursor, sql
from sqlalchemy.orm import Session

from app.models import Base


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
