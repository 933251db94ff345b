"""Take contacts in, many at a time: the same external id in the same project replaces the row."""

from __future__ import annotations

import csv
import io
import tempfile
import uuid
from collections.abc import Iterator
from types import TracebackType

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.contact_files import ContactRecord

_TOLD = (
    *("external_id", "channel", "started_at", "ended_at", "first_manual_seconds", "messages_in"),
    *("messages_out", "handoffs", "satisfaction", "resolved", "ordered"),
)
_STAGED = ("id", "agent_id", *_TOLD)
_SLICE_CHARACTERS = 1 << 18


class ContactSpool:
    """Checked records on disk, in the form that COPY takes: a file of any size needs little memory."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(  # noqa: SIM115 - closed by __exit__
            mode="w+", encoding="utf-8", newline=""
        )
        self._writer = csv.writer(self._file)
        self.count = 0

    def __enter__(self) -> ContactSpool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, record: ContactRecord, *, agent_id: uuid.UUID | None) -> None:
        """Keep one record. An empty cell without quotes is NULL to COPY."""
        # Read once from the record, in the order of _STAGED: this line runs for every contact there is.
        self._writer.writerow(
            (uuid.uuid4(), agent_id, *(getattr(record, name) for name in _TOLD))  # None is written empty
        )
        self.count += 1

    def slices(self) -> Iterator[str]:
        """Yield all that was added, piece by piece, from the start."""
        self._file.seek(0)
        while piece := self._file.read(_SLICE_CHARACTERS):
            yield piece
        self._file.seek(0, io.SEEK_END)


def take_in(session: Session, spool: ContactSpool, *, project_id: uuid.UUID, import_id: uuid.UUID) -> int:
    """Add or replace a project's contacts from a spool and return how many there were.

    All or none, with the caller's transaction. Rows are taken in the order of their external ids, so that two
    imports of one project wait for each other instead of deadlocking.
    """
    staged = ", ".join(_STAGED)
    session.execute(
        text(
            "CREATE TEMP TABLE IF NOT EXISTS contact_stage ON COMMIT DROP AS "
            f"SELECT {staged} FROM contact WITH NO DATA"
        )
    )
    session.execute(text("TRUNCATE contact_stage"))
    driver = session.connection().connection.driver_connection
    assert driver is not None
    with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY contact_stage ({staged}) FROM STDIN (FORMAT csv)") as copy,
    ):
        for piece in spool.slices():
            copy.write(piece)
    replaced = ", ".join(f"{name} = excluded.{name}" for name in ("agent_id", "import_id", *_TOLD[1:]))
    columns = ", ".join(f"s.{name}" for name in _STAGED)
    result = session.execute(
        text(
            f"INSERT INTO contact ({staged}, merchant_id, project_id, import_id) "
            f"SELECT {columns}, p.merchant_id, p.id, :import_id "
            "FROM contact_stage s JOIN project p ON p.id = :project_id ORDER BY s.external_id "
            f"ON CONFLICT (project_id, external_id) DO UPDATE SET {replaced}"
        ),
        {"project_id": project_id, "import_id": import_id},
    )
    return int(result.rowcount)  # type: ignore[attr-defined]
