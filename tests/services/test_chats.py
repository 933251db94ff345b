"""A chat simulation in an exam: every acknowledged line is kept, nothing counts twice, and it is marked."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import AttemptClosedError, ChatOverError, ChatSequenceError, NotFoundError
from app.models import Agent, AttemptStatus, AuditEntry, ChatLine, ChatSitting, ExamAnswer, ExamAttempt
from app.queries.chats import list_lines
from app.services import attempts, chats
from exams.bank import shipped_bank
from exams.chat.check import play_model
from exams.chat.loader import get_script
from exams.chat.play import MAX_LINES, TOO_LONG, LineError, LineKind, Terms, replay
from exams.chat.script import End, UnknownConsumerError
from exams.forms import Form, Question, UnknownQuestionError
from tests.make import NOON, Make

BANK = shipped_bank()
ITEM = "as-chat-parcels"
SCRIPT = get_script("aftersales-parcels")
FORM = Form(
    exam_id="project-aftersales-chat",
    seed=1,
    minutes=22,
    pass_percent=70,
    questions=(Question(item_id=ITEM, version=1),),
)


def seconds(number: float) -> dt.timedelta:
    return dt.timedelta(seconds=number)


SOON = NOON + seconds(4)


@pytest.fixture
def agent(make: Make) -> Agent:
    return make.agent()


@pytest.fixture
def attempt(session: Session, make: Make, agent: Agent) -> ExamAttempt:
    return make_attempt(make, agent)


def make_attempt(make: Make, agent: Agent, *, deadline: bool = True) -> ExamAttempt:
    attempt: ExamAttempt = make.save(
        ExamAttempt(
            id=uuid.uuid4(),
            agent_id=agent.id,
            exam=FORM.exam_id,
            form=FORM.to_json(),
            accommodation={},
            status=AttemptStatus.RUNNING,
            started_at=NOON,
            deadline_at=NOON + dt.timedelta(minutes=22) if deadline else None,
        )
    )
    return attempt


def start(
    session: Session,
    attempt: ExamAttempt,
    *,
    item_id: str = ITEM,
    agent_id: uuid.UUID | None = None,
    by_script: bool = True,
    at_once: int | None = None,
    now: dt.datetime = NOON,
) -> ChatSitting:
    with transaction(session):
        return chats.start_chat(
            session,
            attempt_id=attempt.id,
            agent_id=agent_id or attempt.agent_id,
            item_id=item_id,
            bank=BANK,
            language="zh",
            by_script=by_script,
            at_once=at_once,
            now=now,
        )


def send(
    session: Session,
    attempt: ExamAttempt,
    text: str = "您好，抱歉让您久等",
    *,
    sequence: int = 1,
    consumer: str = "luo",
    kind: LineKind = LineKind.TYPED,
    agent_id: uuid.UUID | None = None,
    now: dt.datetime = SOON,
) -> bool:
    with transaction(session):
        return chats.send_line(
            session,
            attempt_id=attempt.id,
            agent_id=agent_id or attempt.agent_id,
            item_id=ITEM,
            consumer=consumer,
            kind=kind,
            text=text,
            sequence=sequence,
            now=now,
        )


def submit(session: Session, attempt: ExamAttempt, *, now: dt.datetime) -> ExamAttempt:
    with transaction(session):
        return attempts.submit_attempt(
            session,
            attempt_id=attempt.id,
            agent_id=attempt.agent_id,
            bank=BANK,
            actor_user_id=None,
            now=now,
            wall_now=now,
        )


def play_well(session: Session, attempt: ExamAttempt) -> dt.datetime:
    """Send the model's lines at their times and return when the last came."""
    log, ended_at = play_model(SCRIPT, "zh")
    for sequence, line in enumerate(log, start=1):
        send(
            session,
            attempt,
            line.text,
            sequence=sequence,
            consumer=line.consumer,
            now=NOON + seconds(line.at),
        )
    return NOON + seconds(ended_at)


def texts(session: Session, sitting: ChatSitting) -> list[str]:
    session.expire_all()
    return [row.text for row in list_lines(session, sitting.id)]


class TestStart:
    def test_a_second_start_is_the_first(self, session: Session, attempt: ExamAttempt) -> None:
        first = start(session, attempt)

        assert start(session, attempt, now=NOON + seconds(60)).started_at == first.started_at == NOON

    def test_another_s_attempt_is_not_found(self, session: Session, make: Make, attempt: ExamAttempt) -> None:
        with pytest.raises(NotFoundError):
            start(session, attempt, agent_id=make.agent().id)

    def test_an_item_that_is_not_on_the_form_is_refused(self, session: Session, attempt: ExamAttempt) -> None:
        with pytest.raises(UnknownQuestionError):
            start(session, attempt, item_id="as-chat-fraud")

    def test_no_start_after_the_time(self, session: Session, attempt: ExamAttempt) -> None:
        with pytest.raises(AttemptClosedError):
            start(session, attempt, now=NOON + dt.timedelta(minutes=23))

    def test_needs_set_the_terms(self, session: Session, make: Make) -> None:
        found = []
        for needs in (
            {"exam_time_multiplier": Decimal("1.50")},
            {"response_allowance": Decimal("2.0")},
            {"screen_reader": True},
            {"one_hand": True},
            {"exam_time_unlimited": True},
            {"max_concurrent": 1},
        ):
            agent = make.agent()
            make.needs(agent, **needs)
            sitting = start(session, make_attempt(make, agent))
            found.append((float(sitting.pace), sitting.timed, sitting.at_once))

        assert found == [
            (1.5, True, 3),
            (2.0, True, 3),
            (1.0, False, 3),
            (1.0, False, 3),
            (1.0, False, 3),
            (1.0, True, 1),
        ]

    def test_a_page_without_script_is_not_timed(self, session: Session, attempt: ExamAttempt) -> None:
        assert not start(session, attempt, by_script=False).timed

    def test_fewer_at_once_lengthens_the_exam(self, session: Session, make: Make, agent: Agent) -> None:
        make.needs(agent, max_concurrent=1)
        attempt_id = make_attempt(make, agent).id
        start(session, session.get_one(ExamAttempt, attempt_id))

        attempt = session.get_one(ExamAttempt, attempt_id, populate_existing=True)
        assert attempt.deadline_at == NOON + dt.timedelta(minutes=22 + 2 * SCRIPT.minutes)

    def test_nobody_chooses_more_than_they_need_allows(
        self, session: Session, make: Make, agent: Agent
    ) -> None:
        make.needs(agent, max_concurrent=2)

        assert start(session, make_attempt(make, agent), at_once=3).at_once == 2


class TestLines:
    def test_a_line_is_kept_with_the_server_s_time(self, session: Session, attempt: ExamAttempt) -> None:
        sitting = start(session, attempt)

        assert send(session, attempt)
        [row] = list_lines(session, sitting.id)
        assert (row.text, row.received_at, row.sequence) == ("您好，抱歉让您久等", NOON + seconds(4), 1)

    def test_the_same_line_again_changes_nothing(self, session: Session, attempt: ExamAttempt) -> None:
        sitting = start(session, attempt)
        send(session, attempt)

        assert not send(session, attempt, now=NOON + seconds(30))
        assert texts(session, sitting) == ["您好，抱歉让您久等"]

    def test_another_line_with_the_same_number_is_told_the_next(
        self, session: Session, attempt: ExamAttempt
    ) -> None:
        sitting = start(session, attempt)
        send(session, attempt)

        with pytest.raises(ChatSequenceError) as refused:
            send(session, attempt, "我马上催快递", now=NOON + seconds(8))
        assert refused.value.following == 2
        assert send(session, attempt, "我马上催快递", sequence=2, now=NOON + seconds(8))
        assert texts(session, sitting) == ["您好，抱歉让您久等", "我马上催快递"]

    def test_a_clock_set_back_keeps_the_order(self, session: Session, attempt: ExamAttempt) -> None:
        sitting = start(session, attempt)
        send(session, attempt, now=NOON + seconds(10))
        send(session, attempt, "我马上催快递", sequence=2, now=NOON + seconds(5))

        assert [row.received_at for row in list_lines(session, sitting.id)] == [NOON + seconds(10)] * 2

    def test_quick_phrases_are_sent_by_number_in_the_play_s_language(
        self, session: Session, attempt: ExamAttempt
    ) -> None:
        sitting = start(session, attempt)
        send(session, attempt, "2", kind=LineKind.QUICK)

        assert texts(session, sitting) == [SCRIPT.quick[1].zh]
        with pytest.raises(NotFoundError):
            send(session, attempt, "9", kind=LineKind.QUICK, sequence=2)

    def test_markup_is_text_and_control_characters_go(self, session: Session, attempt: ExamAttempt) -> None:
        sitting = start(session, attempt)
        send(session, attempt, "<script>alert(1)</script>\x00您好\n在的")

        assert texts(session, sitting) == ["<script>alert(1)</script>您好 在的"]

    def test_a_megabyte_is_refused_with_a_sentence(self, session: Session, attempt: ExamAttempt) -> None:
        sitting = start(session, attempt)

        with pytest.raises(LineError) as refused:
            send(session, attempt, "好" * 1_000_000)
        assert refused.value.sentence == TOO_LONG
        assert texts(session, sitting) == []

    def test_a_thousand_messages_are_refused_after_the_last(
        self, session: Session, attempt: ExamAttempt
    ) -> None:
        sitting = start(session, attempt)
        session.add_all(
            ChatLine(
                sitting_id=sitting.id,
                sequence=number,
                consumer="luo",
                kind=LineKind.TYPED,
                text="在",
                received_at=NOON + seconds(1),
            )
            for number in range(1, MAX_LINES + 1)
        )
        session.commit()

        with pytest.raises(LineError, match=str(MAX_LINES)):
            send(session, attempt, sequence=MAX_LINES + 1)

    def test_another_s_attempt_a_stranger_and_no_start_are_refused(
        self, session: Session, make: Make, attempt: ExamAttempt
    ) -> None:
        with pytest.raises(NotFoundError):
            send(session, attempt)
        start(session, attempt)
        with pytest.raises(NotFoundError):
            send(session, attempt, agent_id=make.agent().id)
        with pytest.raises(UnknownConsumerError):
            send(session, attempt, consumer="bao")

    def test_nothing_is_taken_after_the_end(self, session: Session, attempt: ExamAttempt) -> None:
        sitting = start(session, attempt)
        with transaction(session):
            chats.end_chat(
                session,
                attempt_id=attempt.id,
                agent_id=attempt.agent_id,
                item_id=ITEM,
                now=NOON + seconds(60),
            )
        with pytest.raises(ChatOverError):
            send(session, attempt, now=NOON + seconds(61))
        assert texts(session, sitting) == []

    def test_the_play_s_own_time_ends_it(self, session: Session, attempt: ExamAttempt) -> None:
        start(session, attempt)

        with pytest.raises(ChatOverError):
            send(session, attempt, now=NOON + dt.timedelta(minutes=SCRIPT.minutes))

    def test_nothing_is_taken_after_the_exam(self, session: Session, attempt: ExamAttempt) -> None:
        start(session, attempt)
        submit(session, attempt, now=NOON + seconds(60))

        with pytest.raises(AttemptClosedError):
            send(session, attempt, now=NOON + seconds(61))


class TestMarks:
    def test_what_was_played_is_marked_with_the_exam(self, session: Session, attempt: ExamAttempt) -> None:
        start(session, attempt)
        done = submit(session, attempt, now=play_well(session, attempt))

        assert (done.percent, done.passed) == (100, True)
        assert done.result is not None
        assert done.result["chats"][ITEM]["ends"] == dict.fromkeys(("luo", "fang", "ye"), End.CONTENT)

    def test_silence_earns_nothing(self, session: Session, attempt: ExamAttempt) -> None:
        start(session, attempt)

        assert submit(session, attempt, now=NOON + dt.timedelta(minutes=10)).percent == 0

    def test_never_started_it_is_not_answered(self, session: Session, attempt: ExamAttempt) -> None:
        assert submit(session, attempt, now=NOON + seconds(60)).percent == 0

    def test_walking_past_the_question_wipes_nothing_out(
        self, session: Session, attempt: ExamAttempt
    ) -> None:
        start(session, attempt)
        ended_at = play_well(session, attempt)
        with transaction(session):
            chats.end_chat(
                session, attempt_id=attempt.id, agent_id=attempt.agent_id, item_id=ITEM, now=ended_at
            )
        with transaction(session):
            saved = attempts.save_answer(
                session,
                attempt_id=attempt.id,
                agent_id=attempt.agent_id,
                item_id=ITEM,
                values=[],
                sequence=999_999,
                bank=BANK,
                now=ended_at,
            )

        assert not saved
        assert submit(session, attempt, now=ended_at + seconds(5)).percent == 100

    def test_rows_read_anew_give_the_same_conversations(self, session: Session, attempt: ExamAttempt) -> None:
        sitting = start(session, attempt)
        ended_at = play_well(session, attempt)
        log, length = play_model(SCRIPT, "zh")
        before = replay(SCRIPT, log, now=length, terms=Terms(), language="zh")

        session.expire_all()
        lines = chats.lines_of(sitting, list_lines(session, sitting.id))
        after = replay(
            SCRIPT,
            lines,
            now=chats.seconds_played(sitting, now=ended_at),
            terms=chats.terms_of(sitting),
            language="zh",
        )
        assert [(m.text, m.at) for c in after.conversations for m in c.messages] == [
            (m.text, m.at) for c in before.conversations for m in c.messages
        ]

    def test_doubtful_sentences_are_put_before_a_reviewer(
        self, session: Session, attempt: ExamAttempt
    ) -> None:
        start(session, attempt)
        send(session, attempt, "您好，如果今天发出，保证明天到")
        submit(session, attempt, now=NOON + seconds(60))

        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "attempt.chat-flagged")).one()
        assert entry.details == {"item_id": ITEM, "flags": 1}

    def test_the_answer_is_stored_as_it_was_played(self, session: Session, attempt: ExamAttempt) -> None:
        start(session, attempt)
        send(session, attempt)
        submit(session, attempt, now=NOON + seconds(60))

        answer = session.scalars(select(ExamAnswer)).one()
        assert answer.response["value"]["lines"] == [
            {"at_ms": 4000, "consumer": "luo", "kind": "typed", "text": "您好，抱歉让您久等"}
        ]
        assert answer.response["value"]["ended_at_ms"] == 60_000
