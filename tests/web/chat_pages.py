"""Simulated conversations: before the start, at the desk, their result, and practice."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import TypeAlias

from app.models import AttemptStatus, ChatLine, ChatSitting, ExamAttempt
from app.permissions import Permission
from exams.chat.play import LineKind, Terms
from exams.chat.record import Record
from exams.forms import Question
from tests.make import NOON, Make
from tests.web.pages import Page

ITEM = "as-chat-parcels"
SCRIPT = "aftersales-parcels"
UNSTARTED = "as-chat-fraud"
QUESTIONS = (Question(item_id=ITEM, version=1), Question(item_id=UNSTARTED, version=1))

Address: TypeAlias = dict[str, uuid.UUID | str]


def chat_pages(running: Address, strange: Address, done: Address, strange_done: Address) -> list[Page]:
    """Return the pages of simulated conversations, for attempts that `start_chat` was called with."""
    sit = Permission.EXAM_SIT
    chat, others = running | {"item_id": ITEM}, strange | {"item_id": ITEM}
    return [
        Page(endpoint="agents.practise_chat", access=sit),
        Page(
            endpoint="agents.practise_chat", access=sit, method="POST", data={"action": "start"}, look=False
        ),
        Page(endpoint="agents.show_chat", access=sit, own=chat, other=others),
        Page(endpoint="agents.show_chat", access=sit, own=running | {"item_id": UNSTARTED}),
        Page(endpoint="agents.list_chat_messages", access=sit, own=chat, other=others, look=False),
        Page(
            endpoint="agents.send_chat_line",
            access=sit,
            method="POST",
            own=chat,
            other=others,
            data={"consumer": "luo", "text": "您好", "sequence": "9"},
            allowed=302,
        ),
        Page(
            endpoint="agents.show_chat_result",
            access=sit,
            own=done | {"item_id": ITEM},
            other=strange_done | {"item_id": ITEM},
        ),
        Page(endpoint="agents.start_chat", access=sit, method="POST", own=chat, other=others, allowed=302),
        Page(endpoint="agents.end_chat", access=sit, method="POST", own=chat, other=others, allowed=302),
    ]


def start_chat(make: Make, attempt: ExamAttempt) -> None:
    """Save a chat in which two messages were written; of an attempt handed in, its report too."""
    is_done = attempt.status is AttemptStatus.SUBMITTED
    sitting: ChatSitting = make.save(
        ChatSitting(
            id=uuid.uuid4(),
            attempt_id=attempt.id,
            item_id=ITEM,
            script=SCRIPT,
            language="zh",
            pace=Decimal(1),
            timed=False,
            at_once=3,
            started_at=NOON - dt.timedelta(minutes=1),
            ended_at=NOON if is_done else None,
        )
    )
    for sequence, text in enumerate(("您好，很抱歉让您久等", "如果今天发出，保证明天到"), start=1):
        make.save(
            ChatLine(
                id=uuid.uuid4(),
                sitting_id=sitting.id,
                sequence=sequence,
                consumer="luo",
                kind=LineKind.TYPED,
                text=text,
                received_at=sitting.started_at + dt.timedelta(seconds=5 * sequence),
            )
        )
    if is_done:
        record = Record(script=SCRIPT, language="zh", terms=Terms(timed=False), lines=(), ended_at=60.0)
        attempt.result = (attempt.result or {}) | {"chats": {ITEM: record.score().to_json()}}
        make.save(attempt)
