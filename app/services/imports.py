"""Uploaded files of contacts: promised, read, and taken in whole or refused."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence

from sqlalchemy import update
from sqlalchemy.orm import Session, undefer

from app.contact_files import Fault, FaultCode, FileFormat, Row, read_contacts
from app.errors import NotFoundError, StaleStateError
from app.models import ContactImport, ImportFault, ImportStatus, NoticeKind, Project, Topic
from app.services import audit, contacts, notices, outbox
from app.services.contacts import ContactSpool

FAULTS_KEPT = 100
# Agents are looked up and progress is saved once for so many rows.
BATCH_ROWS = 5_000

# Saves how many rows are read and returns the agents behind references: {reference: agent id}.
Checkpoint = Callable[[int, Collection[str]], Mapping[str, uuid.UUID]]


def dedupe_key(import_id: uuid.UUID) -> str:
    """Return the name under which the work of an import is promised."""
    return f"contact-import:{import_id}"


def create_import(
    session: Session,
    *,
    project_id: uuid.UUID,
    uploaded_by: uuid.UUID | None,
    file_name: str,
    file_format: FileFormat,
    content: bytes,
    skip_faulty_rows: bool,
    started_on: dt.date | None,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> ContactImport:
    """Keep an uploaded file and promise its reading.

    Raises NotFoundError for an unknown project, ValueError for Taobao dialogues without a day.
    """
    if session.get(Project, project_id) is None:
        raise NotFoundError(f"project {project_id}")
    if file_format is FileFormat.TAOBAO and started_on is None:
        raise ValueError("Taobao dialogues tell no times: started_on is needed")
    row = ContactImport(
        id=uuid.uuid4(),
        project_id=project_id,
        uploaded_by=uploaded_by,
        file_name=file_name,
        file_format=file_format,
        content=content,
        skip_faulty_rows=skip_faulty_rows,
        started_on=started_on,
        status=ImportStatus.WAITING,
        created_at=now,
    )
    session.add(row)
    audit.record(
        session,
        "contact-import.created",
        row,
        actor_user_id=uploaded_by,
        now=now,
        file_name=file_name,
        bytes=len(content),
    )
    outbox.promise(
        session,
        Topic.IMPORT_CONTACTS,
        now=wall_now,
        dedupe_key=dedupe_key(row.id),
        contact_import_id=str(row.id),
    )
    return row


def import_again_skipping(
    session: Session,
    import_id: uuid.UUID,
    *,
    uploaded_by: uuid.UUID,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> ContactImport:
    """Read a refused file once more, leaving its faulty rows out.

    Raises NotFoundError for an unknown import, StaleStateError for one that was not refused.
    """
    refused = session.get(ContactImport, import_id, options=[undefer(ContactImport.content)])
    if refused is None:
        raise NotFoundError(f"import {import_id}")
    if refused.status is not ImportStatus.REFUSED:
        raise StaleStateError
    return create_import(
        session,
        project_id=refused.project_id,
        uploaded_by=uploaded_by,
        file_name=refused.file_name,
        file_format=FileFormat(refused.file_format),
        content=refused.content,
        skip_faulty_rows=True,
        started_on=refused.started_on,
        now=now,
        wall_now=wall_now,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Upload:
    """What the reading needs of an import."""

    import_id: uuid.UUID
    file_format: FileFormat
    started_on: dt.date | None
    skip_faulty_rows: bool
    content: bytes = dataclasses.field(repr=False)


def start_reading(session: Session, import_id: uuid.UUID, *, now: dt.datetime) -> Upload | None:
    """Mark an import as running and return its file, or None when it is finished already.

    Called again after a crash, it starts from the first line: nothing was taken in yet.
    """
    row = session.get(
        ContactImport, import_id, options=[undefer(ContactImport.content)], populate_existing=True
    )
    if row is None or row.finished_at is not None:
        return None
    row.status = ImportStatus.RUNNING
    row.started_at = row.started_at or now
    # A last line without its line break counts too. Blank lines make the total a little too large.
    row.rows_total = row.content.count(b"\n") + (not row.content.endswith(b"\n"))
    row.rows_read = 0
    upload = Upload(
        import_id=row.id,
        file_format=FileFormat(row.file_format),
        started_on=row.started_on,
        skip_faulty_rows=row.skip_faulty_rows,
        content=row.content,
    )
    session.flush()
    session.expunge(row)
    return upload


def save_progress(session: Session, import_id: uuid.UUID, *, rows_read: int) -> None:
    """Note how many rows are read, for whoever watches."""
    session.execute(update(ContactImport).where(ContactImport.id == import_id).values(rows_read=rows_read))


@dataclasses.dataclass(kw_only=True)
class Reading:
    """What a file turned out to hold. `kept` are the first faults; `faults_total` counts them all."""

    spool: ContactSpool
    rows_read: int = 0
    faults_total: int = 0
    kept: list[Fault] = dataclasses.field(default_factory=list)
    is_fatal: bool = False

    def may_be_taken_in(self, *, skip_faulty_rows: bool) -> bool:
        """All or nothing, unless told to skip; an unusable header leaves nothing to take in either way."""
        return self.faults_total == 0 or (skip_faulty_rows and not self.is_fatal and self.spool.count > 0)


def read_upload(upload: Upload, spool: ContactSpool, *, checkpoint: Checkpoint) -> Reading:
    """Read a whole file: good records into the spool, faults into the result. Needs no open transaction."""
    reading = Reading(spool=spool)
    agents: dict[str, uuid.UUID] = {}
    asked: set[str] = set()
    batch: list[Row] = []

    def settle() -> None:
        wanted = {row.agent for row in batch if row.agent} - asked
        agents.update(checkpoint(reading.rows_read, sorted(wanted)))
        asked.update(wanted)
        for row in batch:
            _sort_out(row, agents, reading)
        batch.clear()

    for row in read_contacts(upload.content, upload.file_format, started_on=upload.started_on):
        reading.rows_read += row.is_data
        batch.append(row)
        if len(batch) == BATCH_ROWS:
            settle()
    settle()
    return reading


def _sort_out(row: Row, agents: Mapping[str, uuid.UUID], reading: Reading) -> None:
    faults: Sequence[Fault] = row.faults
    agent_id = agents.get(row.agent) if row.agent else None
    if row.agent and agent_id is None:
        params = {"value": row.agent}
        faults = (*faults, Fault(line=row.line, column="agent", code=FaultCode.AGENT_UNKNOWN, params=params))
    elif row.record is not None:
        reading.spool.add(row.record, agent_id=agent_id)
    reading.is_fatal = reading.is_fatal or row.fatal
    reading.faults_total += len(faults)
    reading.kept.extend(faults[: FAULTS_KEPT - len(reading.kept)])


def finish_import(
    session: Session, upload: Upload, reading: Reading, *, now: dt.datetime, wall_now: dt.datetime
) -> ContactImport:
    """Take the good rows in, or refuse the file, and say so to whoever uploaded it."""
    row = session.get_one(ContactImport, upload.import_id, populate_existing=True)
    if reading.may_be_taken_in(skip_faulty_rows=upload.skip_faulty_rows):
        row.rows_imported = contacts.take_in(
            session, reading.spool, project_id=row.project_id, import_id=row.id
        )
        row.status = ImportStatus.DONE
    else:
        row.status = ImportStatus.REFUSED
    row.rows_read = row.rows_total = reading.rows_read
    row.faults_total = reading.faults_total
    row.finished_at = now
    session.add_all(
        ImportFault(
            id=uuid.uuid4(),
            import_id=row.id,
            line=fault.line,
            column=fault.column,
            code=fault.code,
            params=dict(fault.params),
        )
        for fault in reading.kept
    )
    figures = {"read": row.rows_read, "imported": row.rows_imported, "faults": row.faults_total}
    audit.record(session, f"contact-import.{row.status}", row, actor_user_id=None, now=now, **figures)
    if row.uploaded_by is not None:
        notices.notify(
            session,
            user_id=row.uploaded_by,
            kind=NoticeKind.IMPORT_FINISHED,
            now=now,
            wall_now=wall_now,
            file_name=row.file_name,
            **figures,
        )
    return row
