"""Two people with one contact: one account, whatever comes first."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import AlreadyRegisteredError, CodeRefusedError, TooManyCodesError
from app.models import Role, User, Verification, VerificationPurpose
from app.services import accounts, verifications
from app.services.accounts import SignUpDetails
from tests.conftest import fresh_database
from tests.make import NOON, Make

MOBILE = "13900001111"
DETAILS = SignUpDetails(role=Role.AGENT, name="林晓", region="寻乌县", locale="zh")


def save_confirmed(session: Session) -> uuid.UUID:
    return (
        Make(session)
        .save(
            Verification(
                id=uuid.uuid4(),
                contact=MOBILE,
                purpose=VerificationPurpose.SIGN_UP,
                details=DETAILS.as_json(),
                code_hash="no code",
                tries_left=4,
                created_at=NOON,
                confirmed_at=NOON,
                expires_at=NOON + dt.timedelta(hours=1),
            )
        )
        .id
    )


def sign_up_at_once(engine: Engine, verification_ids: list[uuid.UUID]) -> list[str]:
    """Finish these sign-ups from threads of their own that start together; return what became of each."""
    barrier = threading.Barrier(len(verification_ids))
    outcomes: list[str] = []

    def finish(verification_id: uuid.UUID) -> None:
        with Session(engine) as session:
            barrier.wait()
            try:
                with transaction(session):
                    accounts.sign_up(
                        session,
                        verification_id=verification_id,
                        password_hash="a hash",
                        now=NOON,
                        wall_now=NOON,
                    )
                outcomes.append("signed up")
            except (AlreadyRegisteredError, CodeRefusedError) as refusal:
                outcomes.append(type(refusal).__name__)

    threads = [threading.Thread(target=finish, args=(each,)) for each in verification_ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def test_one_contact_confirmed_in_two_browsers_gets_one_account() -> None:
    with fresh_database() as url:
        engine = create_engine(url)
        with Session(engine, expire_on_commit=False) as session:
            ids = [save_confirmed(session), save_confirmed(session)]

        outcomes = sign_up_at_once(engine, ids)

        with Session(engine) as session:
            assert session.scalar(select(func.count()).select_from(User)) == 1
        engine.dispose()
    assert outcomes == ["AlreadyRegisteredError", "signed up"]


def test_one_form_sent_twice_makes_one_account() -> None:
    with fresh_database() as url:
        engine = create_engine(url)
        with Session(engine, expire_on_commit=False) as session:
            verification_id = save_confirmed(session)

        outcomes = sign_up_at_once(engine, [verification_id, verification_id])

        with Session(engine) as session:
            assert session.scalar(select(func.count()).select_from(User)) == 1
        engine.dispose()
    assert outcomes == ["CodeRefusedError", "signed up"]


def test_tries_sent_at_once_are_each_counted() -> None:
    with fresh_database() as url:
        engine = create_engine(url, pool_size=8)
        with Session(engine, expire_on_commit=False) as session, transaction(session):
            row = verifications.send_code(
                session,
                contact=MOBILE,
                purpose=VerificationPurpose.SIGN_UP,
                details={},
                locale="zh",
                now=NOON,
            )
        barrier = threading.Barrier(8)
        left: list[int] = []

        def guess() -> None:
            with Session(engine) as session:
                barrier.wait()
                with transaction(session):
                    # No code has letters: every guess is wrong.
                    check = verifications.try_code(session, row.id, code="guess!", now=NOON)
                left.append(check.tries_left)

        threads = [threading.Thread(target=guess) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        engine.dispose()

    assert sorted(left) == [0, 0, 0, 0, 1, 2, 3, 4]


def ask_twice_at_once(monkeypatch: pytest.MonkeyPatch, *, locking: bool) -> list[str]:
    """Ask for two codes so that both are counted before either is saved, if nothing prevents it."""
    counted = threading.Barrier(2)
    outcomes: list[str] = []
    count = verifications.refuse_too_many

    def count_and_wait(session: Session, **values: Any) -> None:
        count(session, **values)
        if not locking:
            counted.wait(timeout=10)

    monkeypatch.setattr(verifications, "refuse_too_many", count_and_wait)
    if not locking:
        monkeypatch.setattr(verifications, "lock_contact", lambda *_: None)
    with fresh_database() as url:
        engine = create_engine(url)

        def ask() -> None:
            with Session(engine) as session:
                try:
                    with transaction(session):
                        accounts.ask_to_sign_up(session, contact=MOBILE, details=DETAILS, wall_now=NOON)
                    outcomes.append("sent")
                except TooManyCodesError:
                    outcomes.append("too many")

        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        engine.dispose()
    return sorted(outcomes)


def test_without_the_lock_two_codes_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shows that the set-up can catch the race; if this fails, the next test proves nothing."""
    assert ask_twice_at_once(monkeypatch, locking=False) == ["sent", "sent"]


def test_with_the_lock_one_code_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask_twice_at_once(monkeypatch, locking=True) == ["sent", "too many"]
