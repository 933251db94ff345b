"""Count what items are shown and look for signs in what was handed in. Nothing happens to anybody by it.

`now` is business time. The looking itself is exams.integrity, and is done with no transaction open.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import ExamAnswer, ExamAttempt, ExamWatch, IntegrityFlag, SignKind, SignState
from app.queries.integrity import find_watch, list_answers_of, list_finished_attempts, list_recent_forms
from exams.bank import Bank
from exams.breaks import Breaks
from exams.forms import EXPOSURE_CAP, Form, count_exposure
from exams.integrity.records import AnswerRecord, collect, spent_seconds
from exams.integrity.similarity import SimilarPair, find_similar_pairs
from exams.integrity.speed import SpeedFinding, find_fast_answers
from exams.items import Kind

RECENT_FORMS = 1000
LOOK_BACK = dt.timedelta(days=180)
MOST_ATTEMPTS = 8000
LOOK_EVERY = dt.timedelta(hours=1)

# Measured otherwise: what is typed or said is nobody's choice, and takes as long as it takes.
NOT_COMPARED = (Kind.TYPING, Kind.CHAT)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Material:
    """What is looked at: the answers, who sat which attempt, and the end of the latest one."""

    records: Sequence[AnswerRecord]
    agents: Mapping[str, uuid.UUID]
    until: dt.datetime


@dataclasses.dataclass(frozen=True, kw_only=True)
class Findings:
    """What was found, by attempt id."""

    fast: Sequence[SpeedFinding]
    pairs: Sequence[SimilarPair]


def count_shares(session: Session, exam: str, *, now: dt.datetime) -> None:
    """Keep on what part of the recent forms each item stood; what is far from the cap needs no row."""
    forms = [Form.from_json(form) for form in list_recent_forms(session, exam, limit=RECENT_FORMS)]
    shares = {
        item: round(count / len(forms), 4)
        for item, count in sorted(count_exposure(forms).items())
        if count / len(forms) > EXPOSURE_CAP / 2
    }
    row = insert(ExamWatch).values(id=uuid.uuid4(), exam=exam, shares=shares, counted_at=now)
    session.execute(
        row.on_conflict_do_update(index_elements=[ExamWatch.exam], set_={"shares": shares, "counted_at": now})
    )


def gather(session: Session, exam: str, *, bank: Bank, now: dt.datetime) -> Material | None:
    """Return what is to be looked at, None when nothing new was handed in or the last look is too fresh."""
    watch = find_watch(session, exam)
    if watch is not None and watch.looked_at is not None and now - watch.looked_at < LOOK_EVERY:
        return None
    attempts = list_finished_attempts(session, exam, since=now - LOOK_BACK, limit=MOST_ATTEMPTS)
    until = max((attempt.submitted_at for attempt in attempts if attempt.submitted_at), default=None)
    if until is None or (
        watch is not None and watch.looked_until is not None and until <= watch.looked_until
    ):
        return None
    answers: dict[uuid.UUID, list[ExamAnswer]] = defaultdict(list)
    for answer in list_answers_of(session, [attempt.id for attempt in attempts]):
        answers[answer.attempt_id].append(answer)
    records = [record for attempt in attempts for record in _records(attempt, answers[attempt.id], bank)]
    return Material(
        records=records, agents={str(attempt.id): attempt.agent_id for attempt in attempts}, until=until
    )


def look(material: Material) -> Findings:
    """Look for signs. Takes seconds with thousands of attempts: no transaction is open meanwhile."""
    records = collect(material.records)
    sat: dict[uuid.UUID, list[str]] = defaultdict(list)
    for attempt, agent in material.agents.items():
        sat[agent].append(attempt)
    apart = {pair for mine in sat.values() for pair in combinations(sorted(mine), 2)}
    fast: list[SpeedFinding] = []
    pairs: Sequence[SimilarPair] = ()
    # Too few answers to say anything is no fault: the next look has more.
    try:
        fast = [finding for finding in find_fast_answers(records) if finding.flagged]
    except ValueError:
        fast = []
    try:
        pairs = find_similar_pairs(records, apart=apart).found
    except ValueError:
        pairs = ()
    return Findings(fast=fast, pairs=pairs)


def raise_flags(
    session: Session, exam: str, material: Material, findings: Findings, *, now: dt.datetime
) -> int:
    """Save the signs that are new, remember how far was looked, and return how many are new."""
    rows = [_speed_row(finding, now=now) for finding in findings.fast]
    for pair in findings.pairs:
        rows += [_pair_row(pair, now=now), _pair_row(pair, now=now, turned=True)]
    new = 0
    for row in rows:
        saved = session.scalar(
            insert(IntegrityFlag).values(row).on_conflict_do_nothing().returning(IntegrityFlag.id)
        )
        new += saved is not None
    watch = session.scalar(select(ExamWatch).where(ExamWatch.exam == exam).with_for_update())
    if watch is not None:
        watch.looked_at, watch.looked_until = now, material.until
    return new


def _records(attempt: ExamAttempt, answers: Sequence[ExamAnswer], bank: Bank) -> list[AnswerRecord]:
    form = Form.from_json(attempt.form)
    marks = (attempt.result or {}).get("marks", {})
    spent = _spent(attempt, answers)
    found = []
    for answer in answers:
        asked = form.question(answer.item_id)
        value = answer.response["value"]
        if value is None or value in ("", [], {}) or answer.item_id not in marks:
            continue
        if bank.item(asked.item_id, asked.version).kind in NOT_COMPARED:
            continue
        seconds = spent.get(answer.item_id)
        found.append(
            AnswerRecord(
                person=str(attempt.id),
                # Another version is another question.
                item=f"{asked.item_id}/{asked.version}",
                answer=_spell(value),
                right=bool(marks[answer.item_id]["correct"]),
                seconds=seconds,
            )
        )
    return found


def _spent(attempt: ExamAttempt, answers: Sequence[ExamAnswer]) -> Mapping[str, float]:
    """Return how long each item took; nothing where the first answers were not noted down yet."""
    if any(answer.first_sequence is None for answer in answers):
        return {}
    start = attempt.started_at
    pauses = [
        (_milliseconds(one.starts_at - start), _milliseconds(one.ends_at - start))
        for one in Breaks.from_json(attempt.breaks).taken
    ]
    changes = {answer.item_id: [answer.first_sequence or 0, answer.sequence] for answer in answers}
    return spent_seconds(changes, pauses=pauses)


def _milliseconds(length: dt.timedelta) -> int:
    return int(length / dt.timedelta(milliseconds=1))


def _spell(value: object) -> str:
    """Return an answer in one spelling: the order of ticks is no difference."""
    if isinstance(value, list):
        return json.dumps(sorted(value), ensure_ascii=False)
    if isinstance(value, str):
        return value.strip().casefold()
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _speed_row(finding: SpeedFinding, *, now: dt.datetime) -> dict[str, Any]:
    return _row(
        SignKind.SPEED,
        finding.person,
        None,
        p=finding.p,
        now=now,
        evidence={
            "right": finding.right,
            "fast": finding.fast,
            "answers": [
                {
                    "item": answer.item,
                    "right": answer.right,
                    "seconds": round(answer.seconds, 1),
                    "expected": round(answer.expected_seconds, 1),
                    "z": round(answer.z, 2),
                }
                for answer in finding.answers
            ],
        },
    )


def _pair_row(pair: SimilarPair, *, now: dt.datetime, turned: bool = False) -> dict[str, Any]:
    mine, theirs = (pair.second, pair.first) if turned else (pair.first, pair.second)
    return _row(
        SignKind.SIMILARITY,
        mine,
        theirs,
        p=pair.p,
        now=now,
        evidence={
            "shared": len(pair.shared),
            "alike": pair.alike,
            "alike_wrong": pair.alike_wrong,
            "expected": round(pair.expected, 1),
            "omega": round(pair.omega_second if turned else pair.omega_first, 2),
            "answers": [
                {
                    "item": answer.item,
                    "alike": answer.alike,
                    "right": answer.second_right if turned else answer.first_right,
                    "other_right": answer.first_right if turned else answer.second_right,
                }
                for answer in pair.shared
            ],
        },
    )


def _row(
    kind: SignKind,
    attempt: str,
    other: str | None,
    *,
    p: float,
    evidence: dict[str, Any],
    now: dt.datetime,
) -> dict[str, Any]:
    return {
        "id": uuid.uuid4(),
        "kind": kind,
        "attempt_id": uuid.UUID(attempt),
        "other_attempt_id": uuid.UUID(other) if other else None,
        "p": p,
        "evidence": evidence,
        "state": SignState.OPEN,
        "raised_at": now,
    }
