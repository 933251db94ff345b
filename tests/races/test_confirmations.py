"""Two pages confirm the same question at once: it is taken once, and both see the same next one.

The person's row and the attempt's are locked. The control takes both locks away and must not end so.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import DomainError
from app.models import AdaptiveSitting, Agent, ExamAttempt, ItemExposure
from app.services import adaptive_sittings, attempts, confirmations
from app.services.confirmations import Then, confirm_answer
from exams.bank import shipped_bank
from tests.adaptive import hold_adaptive
from tests.conftest import fresh_database
from tests.exam_keys import right_values
from tests.make import NOON, Make

BANK = shipped_bank()
PAGES = 2


@pytest.fixture
def engine() -> Iterator[Engine]:
    """A database of its own, in which the base exam is adaptive."""
    with fresh_database() as url:
        engine = create_engine(url, pool_size=8, max_overflow=0)
        with Session(engine) as session, transaction(session):
            hold_adaptive(session)
        yield engine
        engine.dispose()


def start(engine: Engine) -> ExamAttempt:
    with Session(engine, expire_on_commit=False) as session:
        agent = Make(session).agent()
        with transaction(session):
            return attempts.start_attempt(
                session,
                agent_id=agent.id,
                project_id=None,
                bank=BANK,
                seed=1,
                actor_user_id=agent.user_id,
                now=NOON,
            )


def confirm_at_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, attempt: ExamAttempt, *, locking: bool
) -> list[str]:
    """Confirm from two pages that both look whether it was answered before either says that it is."""
    if not locking:
        monkeypatch.setattr(confirmations, "hold_agent", lambda session, key: session.get_one(Agent, key))
        monkeypatch.setattr(
            confirmations, "hold_attempt", lambda session, key, agent_id: session.get_one(ExamAttempt, key)
        )
    both_looked = threading.Barrier(PAGES)
    look = adaptive_sittings.was_answered

    def look_then_wait(session: Session, attempt_id: uuid.UUID, item_id: str) -> bool:
        found = look(session, attempt_id, item_id)
        try:
            # Behind the lock the second never comes; without it, it does, however slow the machine is.
            both_looked.wait(timeout=1 if locking else 30)
        except threading.BrokenBarrierError:
            pass
        return found

    monkeypatch.setattr(adaptive_sittings, "was_answered", look_then_wait)
    item_id = attempt.form["questions"][0]["item_id"]
    item = next(item for item in BANK.current if item.id == item_id)

    def confirm(number: int) -> str:
        try:
            with Session(engine) as session, transaction(session):
                told = confirm_answer(
                    session,
                    attempt_id=attempt.id,
                    agent_id=attempt.agent_id,
                    item_id=item_id,
                    values=right_values(item),
                    sequence=number + 1,
                    then=Then.CONFIRM,
                    bank=BANK,
                    actor_user_id=uuid.uuid4(),
                    now=NOON,
                    wall_now=NOON,
                )
        except (OperationalError, DomainError):
            return "failed"
        with Session(engine) as session:
            sitting = session.scalars(select(AdaptiveSitting)).one()
            return f"{told.number}, {len(sitting.answers)} answered"

    with ThreadPoolExecutor(PAGES) as pool:
        return sorted(pool.map(confirm, range(PAGES)))


def test_without_the_locks_two_pages_do_not_end_alike(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shows that the set-up can catch the race; if this fails, the next test proves nothing."""
    attempt = start(engine)

    outcome = confirm_at_once(engine, monkeypatch, attempt, locking=False)

    assert outcome != ["2, 1 answered", "2, 1 answered"]


def test_two_pages_at_once_take_one_answer_and_one_next_question(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = start(engine)

    outcome = confirm_at_once(engine, monkeypatch, attempt, locking=True)

    assert outcome == ["2, 1 answered", "2, 1 answered"]
    with Session(engine) as session:
        assert len(session.get_one(ExamAttempt, attempt.id).form["questions"]) == 2


def test_of_many_who_count_exposure_at_once_one_does(engine: Engine) -> None:
    attempt = start(engine)
    with Session(engine) as session, transaction(session):
        attempts.submit_attempt(
            session,
            attempt_id=attempt.id,
            agent_id=attempt.agent_id,
            bank=BANK,
            actor_user_id=None,
            now=NOON,
            wall_now=NOON,
        )
        setting_id = session.scalars(select(ItemExposure.setting_id)).one()

    def count(_: int) -> int:
        with Session(engine) as session, transaction(session):
            return adaptive_sittings.count_exposure(session, setting_id, now=NOON)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(count, range(4))) == 1

    with Session(engine) as session:
        counts = session.scalars(select(ItemExposure)).one()
    assert counts.real_attempts == 1
    assert set(counts.counts["given"].values()) == {1}
