"""Signs in exams: the reviewer's list and pages, and what the person is shown."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from app.models import ExamAttempt, IntegrityFlag, RetestOutcome, SignKind, SignState
from app.permissions import Permission
from exams.forms import Form
from tests.make import NOON
from tests.web.pages import Page, World
from tests.web.pages.growth import make_attempt


def pages(world: World) -> list[Page]:
    review, sit = Permission.INTEGRITY_REVIEW, Permission.EXAM_SIT
    mine = make_attempt(world, world.agent, is_done=True)
    theirs = make_attempt(world, world.other_agent, is_done=True)
    fast = {"flag_id": make_flag(world, mine).id}
    pair = {"flag_id": make_flag(world, mine, other=theirs).id}
    asked = make_attempt(world, world.agent, is_done=True)
    asked_flag = {"flag_id": make_flag(world, asked, state=SignState.RETEST).id}
    strange = {"flag_id": make_flag(world, theirs, state=SignState.RETEST).id}
    void = {
        "flag_id": make_flag(world, make_attempt(world, world.agent, is_done=True), state=SignState.VOID).id
    }
    back = make_flag(
        world,
        make_attempt(world, world.agent, is_done=True),
        state=SignState.RETEST,
        outcome=RetestOutcome.DIFFERS,
        retest={"first_right": 18, "first_items": 20, "second_right": 3, "second_items": 10, "p": 0.002},
    )
    return [
        Page(endpoint="operations.list_signs", access=review),
        Page(endpoint="operations.review_sign", access=review, own=fast),
        Page(endpoint="operations.review_sign", access=review, own=pair),
        Page(endpoint="operations.review_sign", access=review, own={"flag_id": back.id}),
        Page(endpoint="operations.review_sign", access=review, method="POST", own=fast, allowed=422),
        Page(endpoint="agents.show_confirmation", access=sit, own=asked_flag, other=strange),
        Page(endpoint="agents.show_confirmation", access=sit, own=void),
        Page(endpoint="agents.show_confirmation", access=sit, own={"flag_id": back.id}),
        Page(
            endpoint="agents.start_confirmation",
            access=sit,
            method="POST",
            own=asked_flag,
            other=strange,
            allowed=302,
        ),
    ]


def make_flag(
    world: World,
    attempt: ExamAttempt,
    *,
    other: ExamAttempt | None = None,
    state: SignState = SignState.OPEN,
    outcome: RetestOutcome | None = None,
    retest: dict[str, Any] | None = None,
) -> IntegrityFlag:
    """Save a sign about two questions of the attempt; one that is decided has a reason."""
    is_open = state is SignState.OPEN
    asked = Form.from_json(attempt.form).questions[:2]
    items = [f"{question.item_id}/{question.version}" for question in asked]
    answers: list[dict[str, Any]] = [
        {"item": item, "right": True, "seconds": 4.0, "expected": 30.0, "z": -3.1} for item in items
    ]
    evidence: dict[str, Any] = {"right": 12, "fast": 2, "answers": answers}
    if other is not None:
        answers = [{"item": item, "alike": True, "right": False, "other_right": False} for item in items]
        evidence = {
            "shared": 8,
            "alike": 8,
            "alike_wrong": 2,
            "expected": 3.9,
            "omega": 4.2,
            "answers": answers,
        }
    return world.make.save(
        IntegrityFlag(
            id=uuid.uuid4(),
            attempt_id=attempt.id,
            other_attempt_id=other.id if other else None,
            kind=SignKind.SIMILARITY if other else SignKind.SPEED,
            p=0.00002,
            evidence=evidence,
            state=state,
            raised_at=NOON,
            decided_at=None if is_open else NOON,
            decided_by=None if is_open else world.operations.id,
            reason=None if is_open else "Two answers came within four seconds.",
            retest_by=NOON + dt.timedelta(days=14) if state is SignState.RETEST else None,
            outcome=outcome,
            retest=retest,
        )
    )
