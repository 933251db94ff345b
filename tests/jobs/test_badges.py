"""The job that proves badges: once however often it comes, and never for what was changed."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from openbadgeslib.ob3.ldp import verify_data_integrity_proof
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock
from app.db import transaction
from app.jobs import runner
from app.models import Badge, Certificate, OutboxMessage
from app.queries.badges import find_badge
from app.services.certificates import promise_proof, seal
from exams.badges.integrity import check_proof
from tests.make import NOON, Make


@pytest.fixture(autouse=True)
def _worker(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_app", app)
    # The renewing thread would need a second connection; the tests below are shorter than any lease.
    monkeypatch.setitem(app.config, "LEASE_SECONDS", 3600)
    monkeypatch.setattr(clock, "utc_now", lambda: NOON)


@pytest.fixture
def certificate(make: Make) -> Certificate:
    row = make.certificate(make.agent(), project=make.project())
    row.digest = seal(row, None)
    return make.save(row)


def prove(session: Session, certificate: Certificate, *, times: int = 1) -> OutboxMessage:
    with transaction(session):
        promise_proof(session, certificate.id, wall_now=clock.wall_now())
    message = session.scalars(select(OutboxMessage)).one()
    for _ in range(times):
        runner.handle(message_id=str(message.id))
    session.expire_all()
    return session.get_one(OutboxMessage, message.id)


def test_the_proof_is_made_and_holds(session: Session, app: Flask, certificate: Certificate) -> None:
    message = prove(session, certificate)

    badge = find_badge(session, certificate.id)
    issuer = app.config["BADGES"]
    assert badge is not None
    assert message.done_at is not None
    assert check_proof(badge.document, issuer.public)["id"].endswith(certificate.number)
    # The second implementation agrees, on what came back from the database.
    document = json.loads(json.dumps(badge.document))
    (key,) = issuer.public.values()
    verify_data_integrity_proof(document, key)


def test_delivered_twice_it_is_made_once(session: Session, certificate: Certificate) -> None:
    prove(session, certificate, times=2)

    assert session.scalar(select(func.count()).select_from(Badge)) == 1


def test_a_second_try_after_a_worker_died_finds_the_proof_and_leaves_it(
    session: Session, certificate: Certificate
) -> None:
    message = prove(session, certificate)
    first = session.scalars(select(Badge)).one()
    proof = dict(first.document)
    message.done_at = None
    message.leased_until = None
    session.commit()

    runner.handle(message_id=str(message.id))

    session.expire_all()
    assert session.scalars(select(Badge)).one().document == proof
    assert session.get_one(OutboxMessage, message.id).done_at is not None


def test_a_changed_certificate_is_not_signed_and_not_tried_again(
    session: Session, make: Make, certificate: Certificate
) -> None:
    certificate.percent = 100
    make.save(certificate)

    message = prove(session, certificate)

    assert find_badge(session, certificate.id) is None
    assert message.done_at is not None
    assert message.failure is None
