"""Made-up people of known ability sit the adaptive base exam through the services that the pages call.

The slow one is the measurement that docs/benchmarks.md reports: run it with `-s` to see its figures.
"""

from __future__ import annotations

import datetime as dt
import random
import secrets
import statistics
import time
import uuid
from collections import Counter

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.models import AdaptiveSitting, ExamAttempt, ItemExposure
from app.services import exam_settings
from app.services.confirmations import Then, confirm_answer
from exams.adaptive_exam import MOST, Plan
from exams.bank import shipped_bank
from exams.blueprints import BASE_EXAM
from exams.irt.adaptive import find_standing
from tests.adaptive import Simulee, calibration_row, figures
from tests.exam_keys import right_values, wrong_values
from tests.make import NOON, Make
from tests.services.test_attempts import start

BANK = shipped_bank()
ITEMS = {item.id: item for item in BANK.current}


@pytest.mark.parametrize("people", [12, pytest.param(200, marks=pytest.mark.slow)])
def test_ability_is_found_and_no_item_is_seen_by_too_many(session: Session, make: Make, people: int) -> None:
    seed = secrets.randbits(32)
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails
    rng = random.Random(seed)
    calibration = make.save(calibration_row(figures()))
    judged = exam_settings.judge_calibration(session, calibration.id, blueprint=BASE_EXAM, bank=BANK)
    with transaction(session):
        exam_settings.hold_adaptive(session, judged, decided_by_id=None, now=NOON)
    away, lengths, seconds = [], [], []
    given: Counter[str] = Counter()
    for number in range(people):
        theta = rng.gauss(0, 1)
        agent = make.agent()
        now = NOON + dt.timedelta(minutes=2 * number)
        attempt = start(session, agent, seed=rng.getrandbits(60), now=now)
        sitting = session.scalars(
            select(AdaptiveSitting).where(AdaptiveSitting.attempt_id == attempt.id)
        ).one()
        simulee = Simulee(Plan.from_json(sitting.plan).pool.items, theta, rng)
        seconds += sit(session, attempt, simulee, user_id=agent.user_id, now=now)
        assert attempt.result is not None
        away.append(attempt.result["adaptive"]["theta"] - theta)
        lengths.append(attempt.result["adaptive"]["answered"])
        given.update(question["item_id"] for question in attempt.form["questions"])
    rmse = statistics.fmean(one * one for one in away) ** 0.5
    most_seen = max(given.values()) / people
    print(  # noqa: T201 - what the slow one is for
        f"{people} people: {statistics.fmean(lengths):.1f} questions, RMSE {rmse:.3f},"
        f" most seen {most_seen:.3f},"
        f" processor time of a confirmation {1000 * statistics.median(seconds):.1f} ms in the median,"
        f" {1000 * statistics.quantiles(seconds, n=20)[-1]:.1f} ms at the 95th percentile"
    )
    print(f"next item alone: {next_item_milliseconds(session):.2f} ms")  # noqa: T201 - as above
    assert max(lengths) <= MOST
    # Chance moves both; these are three standard errors away from what a calibration is held to.
    assert rmse < 0.45 + 3 * 0.45 / (2 * people) ** 0.5
    assert most_seen < 0.3 + 3 * (0.3 * 0.7 / people) ** 0.5
    counted = session.scalars(select(ItemExposure.real_attempts)).one()
    assert counted == people - 1


def sit(
    session: Session, attempt: ExamAttempt, simulee: Simulee, *, user_id: uuid.UUID, now: dt.datetime
) -> list[float]:
    """Answer to the end; return the seconds of this process's time that each confirmation took."""
    seconds = []
    is_over = False
    while not is_over:
        item_id = attempt.form["questions"][-1]["item_id"]
        values = (right_values if simulee.knows(item_id) else wrong_values)(ITEMS[item_id])
        begun = time.thread_time()
        with transaction(session):
            is_over = confirm_answer(
                session,
                attempt_id=attempt.id,
                agent_id=attempt.agent_id,
                item_id=item_id,
                values=values,
                sequence=1,
                then=Then.CONFIRM,
                bank=BANK,
                actor_user_id=user_id,
                now=now,
                wall_now=now,
            ).is_over
        seconds.append(time.thread_time() - begun)
    return seconds


def next_item_milliseconds(session: Session) -> float:
    """Return the median time from the stored plan to the next item, after ten answers."""
    sitting = session.scalars(select(AdaptiveSitting).limit(1)).one()
    answers = [(name, bool(right)) for name, right in sitting.answers[:10]]
    seconds = []
    for _ in range(100):
        begun = time.thread_time()
        plan = Plan.from_json(sitting.plan)
        find_standing(plan.attempt(seed=1, usable=sitting.usable, answers=answers))
        seconds.append(time.thread_time() - begun)
    return 1000 * statistics.median(seconds)
