"""An adaptive exam goes on from every confirmed answer, whatever is killed in between."""

from __future__ import annotations

import dataclasses
import http.client
import json
import random
import time
import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.db import db, transaction
from app.models import AdaptiveSitting, AgentStatus, AttemptStatus, ExamAnswer, ExamAttempt
from app.services import attempts, exam_settings
from app.services.sessions import start_session
from app.web.identity import COOKIE
from exams.adaptive_exam import Plan
from exams.bank import shipped_bank
from exams.blueprints import BASE_EXAM
from exams.forms import Form
from exams.irt.adaptive import find_standing
from exams.marking import mark
from tests.adaptive import hold_adaptive
from tests.exam_keys import right_values, wrong_values
from tests.faults.exam_load import Candidate
from tests.faults.hall import PARTS, Hall
from tests.make import Make

pytestmark = pytest.mark.xdist_group("exam-saves")

BANK = shipped_bank()
ITEMS = {item.id: item for item in BANK.current}
CANDIDATES = 3


@dataclasses.dataclass(eq=False)
class Sitter(Candidate):
    """Somebody who confirms one answer after the other, and presses again where nothing came back."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.confirmed: list[tuple[str, bool]] = []

    def run(self) -> None:
        while not self.finish.is_set():
            try:
                status, page = self._ask("GET", f"/agent/attempts/{self.attempt_id}")
            except (OSError, http.client.HTTPException):
                status = 0
            if status == 302:
                return
            if status == 200 and 'name="item_id" value="' in page:
                self._csrf = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
                self._confirm(page.split('name="item_id" value="', 1)[1].split('"', 1)[0])
            time.sleep(self.rng.uniform(0.05, 0.2))

    def _confirm(self, item: str) -> None:
        right = self.rng.random() < 0.6
        values = (right_values if right else wrong_values)(ITEMS[item])
        body: dict[str, object] = {
            "item_id": item,
            "go": "confirm",
            "answer": values,
            "sequence": int((time.time() - self.started) * 1000),
            "csrf_token": self._csrf,
        }
        for _ in range(200):
            self.requests += 1
            try:
                status, reply = self._ask("POST", f"/agent/attempts/{self.attempt_id}/confirm", body)
            except (OSError, http.client.HTTPException):
                self.failures += 1
                status, reply = 0, ""
            if status == 200 and "next" in json.loads(reply):
                self.confirmed.append((item, right))
                return
            if 0 < status < 500:
                self.surprises.append(f"{status}: {reply[:200]!r}")
                return
            time.sleep(self.rng.uniform(0.01, 0.2))


@pytest.fixture
def _adaptive(hall: Hall) -> Iterator[None]:
    """Hold the base exam adaptively for this test: the others share the hall."""
    with hall.app.app_context(), Session(db.engine) as session, transaction(session):
        hold_adaptive(session)
    yield
    with hall.app.app_context(), Session(db.engine) as session, transaction(session):
        exam_settings.hold_fixed(session, BASE_EXAM.id, decided_by_id=None, now=clock.utc_now())


def start_sitting(hall: Hall) -> tuple[uuid.UUID, str, float]:
    with hall.app.app_context(), Session(db.engine, expire_on_commit=False) as session:
        make = Make(session)
        agent = make.agent(status=AgentStatus.NEW, joined_at=clock.utc_now())
        with transaction(session):
            attempt = attempts.start_attempt(
                session,
                agent_id=agent.id,
                project_id=None,
                bank=BANK,
                seed=random.getrandbits(60),
                actor_user_id=agent.user_id,
                now=clock.utc_now(),
            )
            token = start_session(session, user_id=agent.user_id, device="test", now=clock.wall_now())
    return attempt.id, token, attempt.started_at.timestamp()


@pytest.mark.usefixtures("_adaptive")
def test_every_confirmed_answer_is_kept_once_and_leads_on_as_it_would_have(
    hall: Hall,
    rng: random.Random,
) -> None:
    sitters = []
    for attempt_id, token, started in [start_sitting(hall) for _ in range(CANDIDATES)]:
        sitters.append(
            Sitter(
                port=hall.wire.port,
                attempt_id=str(attempt_id),
                token=token,
                cookie=COOKIE,
                items=[],
                rng=random.Random(rng.getrandbits(32)),
                started=started,
            )
        )
    for sitter in sitters:
        sitter.start()
    # Every part once, and the quick ones some more; then the slowest machine may finish in peace.
    plan = rng.sample(PARTS, len(PARTS)) + rng.choices(["worker", "wire"], k=8)
    patience = time.monotonic() + 300
    while any(sitter.is_alive() for sitter in sitters):
        assert time.monotonic() < patience
        time.sleep(rng.uniform(0.2, 0.6))
        if plan:
            hall.break_something(rng, plan.pop(0))
    hall.server.wait()

    failures = sum(sitter.failures for sitter in sitters)
    print(f"{sum(len(s.confirmed) for s in sitters)} confirmed, {failures} cut off")  # noqa: T201 - as above
    assert failures > 0
    for sitter in sitters:
        assert sitter.surprises == []
        check_sitting(hall, sitter)


def check_sitting(hall: Hall, sitter: Sitter) -> None:
    with hall.app.app_context(), Session(db.engine) as session:
        attempt = session.get_one(ExamAttempt, uuid.UUID(sitter.attempt_id))
        sitting = session.scalars(
            select(AdaptiveSitting).where(AdaptiveSitting.attempt_id == attempt.id)
        ).one()
        rows = session.scalars(select(ExamAnswer).where(ExamAnswer.attempt_id == attempt.id))
        kept = {row.item_id: row.response["value"] for row in rows}
    assert attempt.status is AttemptStatus.SUBMITTED
    # Each was answered once, in the order in which it was confirmed, and as it was.
    answers = [(name, bool(right)) for name, right in sitting.answers]
    assert answers == sitter.confirmed
    assert {name: mark(ITEMS[name], kept[name]).correct for name, _ in answers} == dict(answers)
    # Every question is the one that follows from those before it.
    frozen = Plan.from_json(sitting.plan)
    form = Form.from_json(attempt.form)
    for number, question in enumerate(form.questions):
        before = frozen.attempt(seed=form.seed, usable=sitting.usable, answers=answers[:number])
        assert find_standing(before).next_item == question.item_id
