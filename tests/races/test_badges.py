"""Real connections, real commits: jobs at once keep one proof. Without the index they would keep several."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, create_engine, func, select, text
from sqlalchemy.orm import Session

from app.db import transaction
from app.models import Badge
from app.services import badges
from tests.conftest import fresh_database
from tests.make import NOON, Make

JOBS = 4


@pytest.fixture
def engine() -> Iterator[Engine]:
    """A database of its own, with a connection for every job."""
    with fresh_database() as url:
        engine = create_engine(url, pool_size=JOBS + 1, max_overflow=0)
        yield engine
        engine.dispose()


def keep_at_once(engine: Engine) -> int:
    """Let all jobs save a proof of one certificate at once; return how many proofs there are then."""
    with Session(engine, expire_on_commit=False) as session:
        make = Make(session)
        certificate_id: uuid.UUID = make.certificate(make.agent()).id
        session.commit()
    together = threading.Barrier(JOBS)

    def keep(job: int) -> None:
        with Session(engine) as session, transaction(session):
            session.connection()
            together.wait(timeout=60)
            badges.keep_badge(session, certificate_id, {"job": job}, now=NOON)

    with ThreadPoolExecutor(JOBS) as pool:
        list(pool.map(keep, range(JOBS)))
    with Session(engine) as session:
        return session.scalars(select(func.count()).select_from(Badge)).one()


def test_jobs_at_once_keep_one_proof(engine: Engine) -> None:
    assert keep_at_once(engine) == 1


def test_without_the_unique_index_they_would_keep_several(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE badge DROP CONSTRAINT uq_badge_certificate_id"))

    def keep_anyway(
        session: Session, certificate_id: uuid.UUID, document: dict[str, int], **_: object
    ) -> None:
        session.add(Badge(certificate_id=certificate_id, document=document, proved_at=NOON))

    monkeypatch.setattr(badges, "keep_badge", keep_anyway)

    assert keep_at_once(engine) == JOBS
