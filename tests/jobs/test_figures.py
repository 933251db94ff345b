"""The nightly reckoning: due once a night, the same when run twice, and never over a decision."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock
from app.db import transaction
from app.errors import NotFoundError, StaleStateError
from app.jobs import runner
from app.models import AttemptStatus, ExamAttempt, FlagState, ItemFigure, ItemFlag, OutboxMessage, Role, Topic
from app.services import item_figures, outbox
from app.services.item_bank import current_bank
from exams.bank import shipped_bank
from exams.bank_figures import BankFigure, BankFlag, FlagKind
from exams.blueprints import BASE_EXAM
from exams.forms import assemble_form
from exams.marking import mark_attempt
from exams.timing import NO_ACCOMMODATION
from tests.make import NOON, Make

BANK = shipped_bank()
WALL = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
"""Ten in the morning in Shanghai."""


def make_attempt(make: Make, seed: int, **values: Any) -> ExamAttempt:
    form = assemble_form(BANK, BASE_EXAM, seed)
    result = mark_attempt(form, BANK, {})
    return make.save(
        ExamAttempt(
            **{
                "id": uuid.uuid4(),
                "agent_id": make.agent().id,
                "exam": BASE_EXAM.id,
                "form": form.to_json(),
                "accommodation": dataclasses.asdict(NO_ACCOMMODATION),
                "status": AttemptStatus.SUBMITTED,
                "started_at": NOON,
                "submitted_at": NOON,
                "percent": 0,
                "passed": False,
                "result": result.to_json(),
                **values,
            }
        )
    )


@pytest.fixture(autouse=True)
def _worker(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_app", app)
    # The renewing thread would need a second connection; the tests below are shorter than any lease.
    monkeypatch.setitem(app.config, "LEASE_SECONDS", 3600)


def run(session: Session, *, asked: bool) -> None:
    with transaction(session):
        if asked:
            item_figures.ask_for_figures(session, wall_now=clock.wall_now())
        else:
            outbox.promise(session, Topic.COMPUTE_FIGURES, now=clock.wall_now())
    message_id = session.scalars(select(OutboxMessage.id).where(OutboxMessage.done_at.is_(None))).one()
    runner.handle(message_id=str(message_id))
    session.expire_all()
    assert session.get_one(OutboxMessage, message_id).done_at is not None


def figures(session: Session) -> dict[tuple[str, int], ItemFigure]:
    session.expire_all()
    return {(row.item_id, row.version): row for row in session.scalars(select(ItemFigure))}


def test_the_job_reads_submitted_attempts_and_saves_each_item(session: Session, make: Make) -> None:
    attempts = [make_attempt(make, seed) for seed in range(3)]
    make_attempt(make, 9, status=AttemptStatus.RUNNING, result=None, passed=None, percent=None)
    make_attempt(make, 10, waived_at=NOON, waiver={"reason": "server down"})

    run(session, asked=True)

    asked = [one["item_id"] for attempt in attempts for one in attempt.form["questions"]]
    found = figures(session)
    assert {item_id for item_id, _ in found} == set(asked)
    assert all(row.answers == asked.count(item_id) for (item_id, _), row in found.items())
    assert {row.facility for row in found.values()} == {0.0}
    assert all(row.model is None for row in found.values())


def test_a_second_run_changes_nothing(session: Session, make: Make) -> None:
    make_attempt(make, 1)
    run(session, asked=True)
    before = {key: (row.id, row.answers, row.options) for key, row in figures(session).items()}

    run(session, asked=True)

    assert {key: (row.id, row.answers, row.options) for key, row in figures(session).items()} == before


def test_the_timer_does_nothing_until_the_night_is_over(
    session: Session, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "wall_now", lambda: WALL)
    make_attempt(make, 1)
    run(session, asked=False)
    first = {row.computed_at for row in figures(session).values()}
    monkeypatch.setattr(clock, "wall_now", lambda: WALL + dt.timedelta(hours=16))

    run(session, asked=False)
    assert {row.computed_at for row in figures(session).values()} == first == {WALL}

    monkeypatch.setattr(clock, "wall_now", lambda: WALL + dt.timedelta(hours=18))
    run(session, asked=False)
    assert {row.computed_at for row in figures(session).values()} == {WALL + dt.timedelta(hours=18)}


def figure(*kinds: FlagKind, item_id: str = "as-window-start") -> BankFigure:
    return BankFigure(
        item_id=item_id,
        version=1,
        answers=300,
        facility=0.5,
        discrimination=0.1,
        exposure=0.2,
        **dict.fromkeys(("model", "a", "b", "c", "se_a", "se_b", "se_c")),
        options=(),
        flags=tuple(BankFlag(kind=kind, details={"index": 0.1, "people": 300}) for kind in kinds),
    )


def save(session: Session, *kinds: FlagKind) -> list[ItemFlag]:
    with transaction(session):
        item_figures.save_figures(session, [figure(*kinds)], wall_now=WALL)
    return list(session.scalars(select(ItemFlag).order_by(ItemFlag.kind)))


def decide(session: Session, make: Make, flag: ItemFlag, state: FlagState, reason: str = "Looked.") -> None:
    with transaction(session):
        item_figures.decide_flag(
            session,
            flag.id,
            state=state,
            reason=reason,
            actor_user_id=make.user(role=Role.OPERATIONS).id,
            now=NOON,
        )


def test_an_open_flag_goes_with_its_numbers_and_a_decision_stays(session: Session, make: Make) -> None:
    low, misfit = save(session, FlagKind.LOW, FlagKind.MISFIT)
    decide(session, make, low, FlagState.KEPT)

    [left] = save(session)

    assert (left.id, left.state, left.reason) == (low.id, FlagState.KEPT, "Looked.")
    [left, again] = save(session, FlagKind.LOW, FlagKind.MISFIT)
    assert (left.state, again.state) == (FlagState.KEPT, FlagState.OPEN)
    assert again.id != misfit.id


def test_a_flag_is_decided_once_and_with_a_reason(session: Session, make: Make) -> None:
    [flag] = save(session, FlagKind.LOW)
    with pytest.raises(ValueError, match="reason"):
        decide(session, make, flag, FlagState.KEPT, reason=" ")
    decide(session, make, flag, FlagState.SEEN)
    decide(session, make, flag, FlagState.KEPT)

    with pytest.raises(StaleStateError):
        decide(session, make, flag, FlagState.SEEN)
    with pytest.raises(NotFoundError), transaction(session):
        item_figures.decide_flag(
            session,
            uuid.uuid4(),
            state=FlagState.SEEN,
            reason="x",
            actor_user_id=make.user().id,
            now=NOON,
        )


def test_retiring_a_flagged_item_takes_it_out_of_the_exams(session: Session, make: Make) -> None:
    [flag] = save(session, FlagKind.LOW)

    decide(session, make, flag, FlagState.RETIRED, reason="Nobody can know this.")

    assert "as-window-start" not in {item.id for item in current_bank(session).current}
    assert session.scalars(select(func.count()).select_from(ItemFlag)).one() == 1
