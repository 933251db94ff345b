"""Importing a file: all or none, delivered twice once, killed anywhere the same."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock
from app.contact_files import FileFormat
from app.db import db, transaction
from app.jobs import runner
from app.models import (
    AuditEntry,
    Contact,
    ContactImport,
    ImportFault,
    ImportStatus,
    Notice,
    OutboxMessage,
    Role,
)
from app.queries import contacts as contact_queries
from app.services import imports, outbox
from tests.make import NOON, Make

HEADER = "external_id,agent,channel,started_at,messages_in,messages_out,satisfaction"


@pytest.fixture(autouse=True)
def _worker(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_app", app)
    # The renewing thread would need a second connection; the tests below are shorter than any lease.
    monkeypatch.setitem(app.config, "LEASE_SECONDS", 3600)


def line(name: str, *, agent: str = "", satisfaction: str = "5") -> str:
    return f"{name},{agent},chat,2026-11-11 20:15:03,5,6,{satisfaction}"


def upload(
    session: Session,
    make: Make,
    *lines: str,
    project_id: uuid.UUID | None = None,
    skip: bool = False,
    uploaded_by: uuid.UUID | None = None,
) -> uuid.UUID:
    project_id = project_id or make.project().id
    with transaction(session):
        row = imports.create_import(
            session,
            project_id=project_id,
            uploaded_by=uploaded_by,
            file_name="contacts.csv",
            file_format=FileFormat.CSV,
            content="\n".join((HEADER, *lines)).encode(),
            skip_faulty_rows=skip,
            started_on=None,
            now=NOON,
            wall_now=clock.wall_now(),
        )
    return row.id


def run(session: Session, import_id: uuid.UUID) -> ContactImport:
    """Deliver the work of an import once, and read the row anew."""
    message_id = session.scalars(
        select(OutboxMessage.id).where(OutboxMessage.dedupe_key == imports.dedupe_key(import_id))
    ).one()
    runner.handle(message_id=str(message_id))
    session.expire_all()
    return session.get_one(ContactImport, import_id)


def names(session: Session) -> list[str]:
    return list(session.scalars(select(Contact.external_id).order_by(Contact.external_id)))


class TestImportContacts:
    def test_good_rows_are_taken_in_with_the_agents_they_name(self, session: Session, make: Make) -> None:
        mobile = make.agent(user=make.user(mobile="13900001111"))
        mail = make.agent(user=make.user(email="lin@zuoxi.example"))
        numbered = make.agent()
        make.certificate(numbered, number="ZX-2026-000017")
        project = make.project()

        row = run(
            session,
            upload(
                session,
                make,
                line("a", agent="+86 139 0000 1111"),
                line("b", agent="Lin@zuoxi.example"),
                line("c", agent="ZX-2026-000017"),
                line("d", agent=str(mobile.id)),
                line("e"),
                project_id=project.id,
            ),
        )

        assert (row.status, row.rows_total, row.rows_read, row.rows_imported) == (ImportStatus.DONE, 5, 5, 5)
        found = session.execute(
            select(Contact.external_id, Contact.agent_id, Contact.merchant_id).order_by(Contact.external_id)
        ).all()
        assert [agent_id for _, agent_id, _ in found] == [mobile.id, mail.id, numbered.id, mobile.id, None]
        assert {merchant_id for *_, merchant_id in found} == {project.merchant_id}

    def test_one_fault_keeps_everything_out(self, session: Session, make: Make) -> None:
        row = run(session, upload(session, make, line("a"), line("b", satisfaction="9"), line("c")))

        assert (row.status, row.faults_total, row.rows_imported) == (ImportStatus.REFUSED, 1, 0)
        assert names(session) == []
        fault = session.scalars(select(ImportFault)).one()
        assert (fault.line, fault.column, fault.code) == (3, "satisfaction", "out-of-scale")

    def test_told_to_skip_it_takes_the_good_rows_and_names_the_others(
        self, session: Session, make: Make
    ) -> None:
        row = run(
            session,
            upload(
                session, make, line("a"), line("b", satisfaction="9"), line("c", agent="nobody"), skip=True
            ),
        )

        assert (row.status, row.faults_total, row.rows_imported) == (ImportStatus.DONE, 2, 1)
        assert names(session) == ["a"]

    def test_all_faults_are_counted_and_the_first_hundred_kept(self, session: Session, make: Make) -> None:
        lines = [line(f"c{n}", satisfaction="9") for n in range(150)]

        row = run(session, upload(session, make, *lines, line("good")))

        assert row.faults_total == 150
        kept = session.scalars(select(ImportFault.line).order_by(ImportFault.line)).all()
        assert kept == list(range(2, 102))
        assert names(session) == []

    def test_somebody_who_is_no_agent_is_unknown(self, session: Session, make: Make) -> None:
        make.user(role=Role.MERCHANT, mobile="13900002222")

        row = run(session, upload(session, make, line("a", agent="13900002222")))

        assert row.status is ImportStatus.REFUSED
        assert session.scalars(select(ImportFault.params)).one() == {"value": "13900002222"}

    def test_a_line_with_one_fault_is_looked_through_for_an_unknown_agent_too(
        self, session: Session, make: Make
    ) -> None:
        row = run(session, upload(session, make, line("a", agent="nobody", satisfaction="9")))

        assert row.faults_total == 2

    def test_the_same_id_again_replaces_the_row_and_counts_it_once(
        self, session: Session, make: Make
    ) -> None:
        project = make.project()
        run(session, upload(session, make, line("a", satisfaction="1"), line("b"), project_id=project.id))
        first_id = session.scalars(select(Contact.id).where(Contact.external_id == "a")).one()

        second = upload(session, make, line("a", satisfaction="4"), project_id=project.id)
        run(session, second)

        contact = session.scalars(select(Contact).where(Contact.external_id == "a")).one()
        assert (contact.id, contact.satisfaction, contact.import_id) == (first_id, 4, second)
        assert names(session) == ["a", "b"]

    def test_the_same_id_in_another_project_is_another_contact(self, session: Session, make: Make) -> None:
        for _ in range(2):
            run(session, upload(session, make, line("a")))

        assert names(session) == ["a", "a"]

    def test_the_uploader_is_told_and_the_audit_says_what_happened(
        self, session: Session, make: Make
    ) -> None:
        user = make.user(role=Role.OPERATIONS)

        run(session, upload(session, make, line("a"), uploaded_by=user.id))

        notice = session.scalars(select(Notice).where(Notice.user_id == user.id)).one()
        assert notice.params == {"file_name": "contacts.csv", "read": 1, "imported": 1, "faults": 0}
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.action)).all()
        assert actions == ["contact-import.created", "contact-import.done"]


class TestClaim:
    def test_delivered_twice_it_is_taken_in_once(self, session: Session, make: Make) -> None:
        import_id = upload(session, make, line("a"))

        for _ in range(2):
            row = run(session, import_id)

        assert (row.status, row.rows_imported) == (ImportStatus.DONE, 1)
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 2

    @pytest.mark.parametrize("stage", ["start_reading", "save_progress", "finish_import"])
    def test_killed_at_any_stage_another_worker_brings_the_same_result(
        self, session: Session, make: Make, monkeypatch: pytest.MonkeyPatch, stage: str
    ) -> None:
        import_id = upload(session, make, line("a"), line("b", satisfaction="9"), skip=True)
        message_id = session.scalars(select(OutboxMessage.id)).one()
        with monkeypatch.context() as dying:

            def die(*_: object, **__: object) -> None:
                raise KeyboardInterrupt

            dying.setattr(imports, stage, die)
            with pytest.raises(KeyboardInterrupt):
                runner.handle(message_id=str(message_id))
        session.expire_all()
        assert names(session) == []
        assert session.get_one(ContactImport, import_id).finished_at is None

        # The dead worker's lease runs out.
        session.get_one(OutboxMessage, message_id).leased_until = clock.wall_now() - dt.timedelta(seconds=1)
        session.commit()
        row = run(session, import_id)

        assert (row.status, row.rows_read, row.rows_imported, row.faults_total) == (
            ImportStatus.DONE,
            2,
            1,
            1,
        )
        assert session.scalar(select(func.count()).select_from(ImportFault)) == 1
        assert names(session) == ["a"]

    def test_a_worker_that_lost_its_claim_takes_nothing_in(
        self, session: Session, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import_id = upload(session, make, line("a"))
        message_id = session.scalars(select(OutboxMessage.id)).one()
        real = imports.read_upload

        def read_and_lose(*args: object, **kwargs: object) -> imports.Reading:
            reading = real(*args, **kwargs)  # type: ignore[arg-type]
            with transaction(db.session):
                later = clock.wall_now() + dt.timedelta(hours=2)
                assert outbox.claim_message(db.session, message_id, lease=dt.timedelta(1), now=later)
            return reading

        monkeypatch.setattr(imports, "read_upload", read_and_lose)

        row = run(session, import_id)

        assert row.status is ImportStatus.RUNNING
        assert names(session) == []

    def test_progress_is_seen_while_the_file_is_read(
        self, session: Session, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(imports, "BATCH_ROWS", 2)
        seen: list[tuple[int, int | None]] = []
        real = contact_queries.find_agents

        def look(session: Session, references: list[str]) -> Mapping[str, uuid.UUID]:
            row = session.scalars(select(ContactImport)).one()
            session.refresh(row)
            seen.append((row.rows_read, row.rows_total))
            return real(session, references)

        monkeypatch.setattr("app.jobs.imports.find_agents", look)

        run(session, upload(session, make, line("a"), line("b"), line("c")))

        assert seen == [(2, 4), (3, 4)]
