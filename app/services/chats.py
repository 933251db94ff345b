"""Sit a chat simulation: start it, take what the candidate writes, end it, and put it with the answers.

What the consumers say is worked out from the stored lines each time (`exams.chat.play`), so a message that
was acknowledged is all that has to survive. Whoever writes a line holds the sitting's row: lines of two pages
are taken one after the other, and none comes before what was already answered.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import uuid
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import AttemptClosedError, ChatOverError, ChatSequenceError, NotFoundError
from app.models import AgentNeeds, AttemptStatus, ChatLine, ChatSitting, ExamAnswer, ExamAttempt
from app.queries.chats import find_sitting, list_lines, list_sittings
from app.queries.needs import find_needs
from app.services import audit, breaks
from exams.bank import Bank
from exams.chat.loader import get_script
from exams.chat.play import Line, LineKind, Terms, check_line, clean, time_limit
from exams.chat.record import Record
from exams.chat.score import Report
from exams.chat.script import Script
from exams.forms import Form, UnknownQuestionError
from exams.items import ChatItem
from exams.timing import SaveVerdict, judge_save

MOST_AT_ONCE = 3


def terms_for(needs: AgentNeeds | None, *, by_script: bool, at_once: int | None = None) -> Terms:
    """Return the terms that a person's needs ask for.

    A page without script (`by_script` False) cannot know when a message was seen: it is not timed either.
    `at_once` is the person's own choice of fewer consumers at a time; needs may ask for fewer still.
    """
    terms = Terms.for_person(
        time_multiplier=1.0 if needs is None else float(needs.exam_time_multiplier),
        response_allowance=1.0 if needs is None else float(needs.response_allowance),
        unlimited=needs is not None and needs.exam_time_unlimited,
        slow_input=needs is not None and (needs.screen_reader or needs.one_hand),
        max_concurrent=3 if needs is None else needs.max_concurrent,
    )
    chosen = terms.at_once if at_once is None else max(1, min(at_once, terms.at_once))
    return dataclasses.replace(terms, timed=terms.timed and by_script, at_once=chosen)


def may_choose_fewer(needs: AgentNeeds | None) -> bool:
    """Whether a person may ask for the consumers to come in turn: where any need touches speed or number."""
    return needs is not None and (
        needs.screen_reader
        or needs.one_hand
        or needs.exam_time_unlimited
        or needs.exam_time_multiplier > 1
        or needs.response_allowance > 1
        or needs.max_concurrent < MOST_AT_ONCE
    )


def chat_script(bank: Bank, attempt: ExamAttempt, item_id: str) -> Script:
    """Return the script of a chat question. Raises UnknownQuestionError for any other item."""
    question = Form.from_json(attempt.form).question(item_id)
    item = bank.item(question.item_id, question.version)
    if not isinstance(item, ChatItem):
        raise UnknownQuestionError(f"item {item_id} is no chat simulation")
    return get_script(item.script)


def terms_of(sitting: ChatSitting) -> Terms:
    return Terms(pace=float(sitting.pace), timed=sitting.timed, at_once=sitting.at_once)


def lines_of(sitting: ChatSitting, rows: Sequence[ChatLine]) -> list[Line]:
    """Return the stored lines with their seconds since the start."""
    return [
        Line(
            at=(row.received_at - sitting.started_at).total_seconds(),
            consumer=row.consumer,
            kind=row.kind,
            text=row.text,
        )
        for row in rows
    ]


def seconds_played(sitting: ChatSitting, *, now: dt.datetime) -> float:
    """Return how long a sitting has lasted: until now, its end, or the end of its time."""
    until = now if sitting.ended_at is None else min(now, sitting.ended_at)
    played = max(0.0, (until - sitting.started_at).total_seconds())
    limit = time_limit(get_script(sitting.script), terms_of(sitting))
    return played if limit is None else min(played, limit)


def is_over(sitting: ChatSitting, *, now: dt.datetime) -> bool:
    """Whether nothing can be sent any more."""
    limit = time_limit(get_script(sitting.script), terms_of(sitting))
    return sitting.ended_at is not None or (
        limit is not None and (now - sitting.started_at).total_seconds() >= limit
    )


def start_chat(
    session: Session,
    *,
    attempt_id: uuid.UUID,
    agent_id: uuid.UUID,
    item_id: str,
    bank: Bank,
    language: str,
    by_script: bool,
    at_once: int | None,
    now: dt.datetime,
) -> ChatSitting:
    """Start a chat question, or return its sitting when it was started already.

    Whoever serves fewer consumers at once gets the longer time added to the exam. Raises NotFoundError for
    another's attempt, UnknownQuestionError for an item that is no chat of this form, AttemptClosedError.
    """
    attempt = _lock_open_attempt(session, attempt_id, agent_id=agent_id, now=now, share=False)
    breaks.check_open(attempt, item_id, now=now)
    script = chat_script(bank, attempt, item_id)
    sitting = find_sitting(session, attempt_id, item_id=item_id)
    if sitting is not None:
        return sitting
    terms = terms_for(find_needs(session, agent_id), by_script=by_script, at_once=at_once)
    sitting = ChatSitting(
        id=uuid.uuid4(),
        attempt_id=attempt_id,
        item_id=item_id,
        script=script.id,
        language="en" if language.lower().startswith("en") else "zh",
        pace=Decimal(str(terms.pace)),
        timed=terms.timed,
        at_once=terms.at_once,
        started_at=now,
    )
    session.add(sitting)
    rounds = math.ceil(len(script.consumers) / terms.at_once)
    if rounds > 1 and attempt.deadline_at is not None:
        attempt.deadline_at += dt.timedelta(minutes=script.minutes * terms.pace * (rounds - 1))
        audit.record(session, "attempt.extended", attempt, actor_user_id=None, now=now, item_id=item_id)
    session.flush()
    return sitting


def send_line(
    session: Session,
    *,
    attempt_id: uuid.UUID,
    agent_id: uuid.UUID,
    item_id: str,
    consumer: str,
    kind: LineKind,
    text: str,
    sequence: int,
    now: dt.datetime,
    made_at: dt.datetime | None = None,
) -> bool:
    """Take one line and return whether it was new; the same line sent again changes nothing.

    Raises NotFoundError before the start and for another's attempt, AttemptClosedError and ChatOverError
    after the end, ChatSequenceError when another line has the number, LineError and UnknownConsumerError for
    what cannot be sent.
    """
    attempt = _lock_open_attempt(session, attempt_id, agent_id=agent_id, now=now, share=True)
    breaks.check_open(attempt, item_id, now=now)
    sitting = _lock_sitting(session, attempt_id, item_id)
    script = get_script(sitting.script)
    words = _words(script, sitting, kind, text)
    rows = list_lines(session, sitting.id)
    there = next((row for row in rows if row.sequence == sequence), None)
    if there is not None:
        if (there.consumer, there.kind, there.text) == (consumer, kind, words):
            return False
        raise ChatSequenceError(following=rows[-1].sequence + 1)
    if is_over(sitting, now=now):
        raise ChatOverError
    # A clock that was set back must not put a line before what was already answered.
    received_at = max([now, *(row.received_at for row in rows)])
    at = (received_at - sitting.started_at).total_seconds()
    line = Line(at=at, consumer=consumer, kind=kind, text=words)
    check_line(script, lines_of(sitting, rows), line, terms_of(sitting), language=sitting.language)
    saved = session.scalar(
        insert(ChatLine)
        .values(
            id=uuid.uuid4(),
            sitting_id=sitting.id,
            sequence=sequence,
            consumer=consumer,
            kind=kind,
            text=words,
            received_at=received_at,
            made_at=made_at,
        )
        .on_conflict_do_nothing(index_elements=[ChatLine.sitting_id, ChatLine.sequence])
        .returning(ChatLine.id)
    )
    return saved is not None


def end_chat(
    session: Session, *, attempt_id: uuid.UUID, agent_id: uuid.UUID, item_id: str, now: dt.datetime
) -> None:
    """End a chat question; ended already, nothing changes. Raises NotFoundError, AttemptClosedError."""
    attempt = _lock_open_attempt(session, attempt_id, agent_id=agent_id, now=now, share=True)
    sitting = _lock_sitting(session, attempt_id, item_id)
    if sitting.ended_at is None:
        sitting.ended_at = _end_of(session, sitting, now=now)
        _save_answer(session, attempt, sitting, now=now)


def settle_chats(session: Session, attempt: ExamAttempt, *, now: dt.datetime) -> None:
    """End what an attempt has left open and put each play with the answers, ready to be marked.

    The caller holds the attempt's row and hands the attempt in.
    """
    for sitting in list_sittings(session, attempt.id):
        if sitting.ended_at is None:
            sitting.ended_at = _end_of(session, sitting, now=now)
            _save_answer(session, attempt, sitting, now=now)


def reports_of(session: Session, attempt: ExamAttempt) -> dict[str, Report]:
    """Return what the plays of an attempt are worth, by item id."""
    return {
        sitting.item_id: _record(session, sitting).score() for sitting in list_sittings(session, attempt.id)
    }


def _record(session: Session, sitting: ChatSitting) -> Record:
    assert sitting.ended_at is not None
    return Record(
        script=sitting.script,
        language=sitting.language,
        terms=terms_of(sitting),
        lines=tuple(lines_of(sitting, list_lines(session, sitting.id))),
        ended_at=seconds_played(sitting, now=sitting.ended_at),
    )


def _save_answer(session: Session, attempt: ExamAttempt, sitting: ChatSitting, *, now: dt.datetime) -> None:
    """Put the finished play with the answers of the attempt."""
    session.flush()
    answer = insert(ExamAnswer).values(
        id=uuid.uuid4(),
        attempt_id=attempt.id,
        item_id=sitting.item_id,
        response={"value": _record(session, sitting).to_json()},
        sequence=1,
        saved_at=now,
    )
    session.execute(
        answer.on_conflict_do_update(
            index_elements=[ExamAnswer.attempt_id, ExamAnswer.item_id],
            set_={"response": answer.excluded.response, "saved_at": now},
        )
    )


def _end_of(session: Session, sitting: ChatSitting, *, now: dt.datetime) -> dt.datetime:
    """Return when a sitting ends that is ended now: no later than its time, no sooner than its last line."""
    ended_at = sitting.started_at + dt.timedelta(seconds=seconds_played(sitting, now=now))
    last = session.scalar(select(func.max(ChatLine.received_at)).where(ChatLine.sitting_id == sitting.id))
    return ended_at if last is None else max(ended_at, last)


def _words(script: Script, sitting: ChatSitting, kind: LineKind, text: str) -> str:
    if kind is LineKind.CLOSE:
        return ""
    if kind is LineKind.TYPED:
        return clean(text)
    if not text.isdecimal() or not 0 < int(text) <= len(script.quick):
        raise NotFoundError(f"quick phrase {text[:20]!r}")
    return script.quick[int(text) - 1].in_language(sitting.language)


def _lock_open_attempt(
    session: Session, attempt_id: uuid.UUID, *, agent_id: uuid.UUID, now: dt.datetime, share: bool
) -> ExamAttempt:
    attempt = session.scalar(
        select(ExamAttempt)
        .where(ExamAttempt.id == attempt_id, ExamAttempt.agent_id == agent_id)
        .with_for_update(read=share)
        .execution_options(populate_existing=True)
    )
    if attempt is None:
        raise NotFoundError(f"attempt {attempt_id}")
    verdict = judge_save(deadline_at=attempt.deadline_at, received_at=now)
    if attempt.status is not AttemptStatus.RUNNING or verdict is not SaveVerdict.ON_TIME:
        raise AttemptClosedError
    return attempt


def _lock_sitting(session: Session, attempt_id: uuid.UUID, item_id: str) -> ChatSitting:
    sitting = session.scalar(
        select(ChatSitting)
        .where(ChatSitting.attempt_id == attempt_id, ChatSitting.item_id == item_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if sitting is None:
        raise NotFoundError(f"chat {item_id} of attempt {attempt_id}")
    return sitting
