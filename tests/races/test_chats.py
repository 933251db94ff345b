"""Two pages of one conversation at once: each number is one line, and none comes behind the end."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import ChatOverError, ChatSequenceError
from app.models import ChatLine, ChatSitting, ExamAnswer, ExamAttempt
from app.queries.chats import list_lines
from app.services import chats
from tests.conftest import fresh_database
from tests.make import NOON, Make
from tests.services.test_chats import ITEM, make_attempt, seconds, send, start

SENDERS = 6


@pytest.fixture
def engine() -> Iterator[Engine]:
    """A database of its own, with a connection for every sender."""
    with fresh_database() as url:
        engine = create_engine(url, pool_size=SENDERS + 2, max_overflow=0)
        yield engine
        engine.dispose()


@pytest.fixture
def attempt(engine: Engine) -> ExamAttempt:
    with Session(engine, expire_on_commit=False) as session:
        make = Make(session)
        attempt = make_attempt(make, make.agent())
        start(session, attempt)
        return attempt


def plain_sitting(session: Session, attempt_id: uuid.UUID, item_id: str) -> ChatSitting:
    """Find the sitting as the service does, but take no lock."""
    wanted = select(ChatSitting).where(ChatSitting.attempt_id == attempt_id, ChatSitting.item_id == item_id)
    return session.scalars(wanted).one()


def send_at_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, attempt: ExamAttempt, *, guarded: bool
) -> list[str]:
    """Send line 1 from two pages, each with words of its own, both looking before either saves."""
    if not guarded:
        monkeypatch.setattr(chats, "_lock_sitting", plain_sitting)
    both_looked = threading.Barrier(2)

    def list_then_wait(session: Session, sitting_id: uuid.UUID) -> Sequence[ChatLine]:
        found = list_lines(session, sitting_id)
        try:
            # Behind the lock the second never comes; without it, it does, however slow the machine is.
            both_looked.wait(timeout=1 if guarded else 30)
        except threading.BrokenBarrierError:
            pass
        return found

    monkeypatch.setattr(chats, "list_lines", list_then_wait)

    def say(number: int) -> str:
        try:
            with Session(engine) as session:
                return "saved" if send(session, attempt, f"您好，我是第 {number} 个窗口") else "again"
        except ChatSequenceError:
            return "taken"

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(say, range(2)))


def test_without_the_lock_the_words_of_one_are_lost_without_a_sound(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, attempt: ExamAttempt
) -> None:
    """Shows that the set-up can catch the race; if this fails, the next test proves nothing."""
    assert send_at_once(engine, monkeypatch, attempt, guarded=False) == ["again", "saved"]


def test_of_two_pages_that_write_the_same_number_one_is_told_to_look_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, attempt: ExamAttempt
) -> None:
    assert send_at_once(engine, monkeypatch, attempt, guarded=True) == ["saved", "taken"]

    with Session(engine) as session:
        assert len(session.scalars(select(ChatLine)).all()) == 1


def test_every_line_that_was_taken_is_in_the_play_that_is_marked(
    engine: Engine, attempt: ExamAttempt
) -> None:
    """A line is saved before the conversation ends, or refused after it: none slips in behind."""
    ready = threading.Barrier(SENDERS)

    def work(number: int) -> str:
        ready.wait(timeout=10)
        with Session(engine) as session:
            try:
                if number == 0:
                    with transaction(session):
                        chats.end_chat(
                            session,
                            attempt_id=attempt.id,
                            agent_id=attempt.agent_id,
                            item_id=ITEM,
                            now=NOON + seconds(9),
                        )
                    return "ended"
                send(session, attempt, f"您好 {number}", sequence=number, now=NOON + seconds(5))
            except ChatOverError:
                return "refused"
        return "saved"

    with ThreadPoolExecutor(SENDERS) as pool:
        outcomes = list(pool.map(work, range(SENDERS)))

    with Session(engine) as session:
        answer = session.scalars(select(ExamAnswer)).one()
    assert outcomes.count("ended") == 1
    assert len(answer.response["value"]["lines"]) == outcomes.count("saved")
