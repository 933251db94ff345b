"""A run keeps what its explanations need, under the same fence as its plan."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.db import db, transaction
from app.jobs import matching as matching_job
from app.jobs import runner
from app.models import MatchPrice, MatchRun, Shortage
from app.services import match_reasons, outbox
from app.services.match_problem import LoadedProblem
from scheduling.matching.report import Report
from scheduling.matching.solution import Solution
from tests.jobs.test_matching import ask_for_run, deliver, the_message
from tests.make import NOON, Make, shanghai
from tests.small_season import SmallSeason


@pytest.fixture(autouse=True)
def _worker(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_app", app)
    monkeypatch.setitem(app.config, "LEASE_SECONDS", 3600)
    monkeypatch.setattr(clock, "utc_now", lambda: NOON)
    monkeypatch.setattr(matching_job, "LEAST_STANDBY_SECONDS", 0.3)


@pytest.fixture
def season(session: Session, make: Make) -> SmallSeason:
    season = SmallSeason(session, make)
    season.book(2)
    season.certified_agent()
    return season


def test_prices_remedies_and_advice_are_saved_with_the_plan(session: Session, season: SmallSeason) -> None:
    learner = season.make.agent()
    season.make.availability(learner, starts_at=shanghai(10, 0), ends_at=shanghai(13, 0))
    run_id = ask_for_run(session, season)

    deliver(session)

    session.expire_all()
    prices = session.scalars(select(MatchPrice)).all()
    assert [(one.run_id, one.project_id, one.slot_id) for one in prices] == [
        (run_id, season.project.id, season.slot.id)
    ]
    remedies = session.scalars(select(Shortage)).one().details["remedies"]
    assert (remedies["empty"], remedies["trainable"], remedies["askable"]) == (1, 1, 0)
    report = session.get_one(MatchRun, run_id).report
    assert report is not None
    assert report["advice"]["fills"] == 1
    assert [(step["kind"], step["people"]) for step in report["advice"]["steps"]] == [("train", 1)]


def test_a_worker_that_lost_its_claim_saves_no_prices(
    session: Session, season: SmallSeason, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_for_run(session, season)
    message_id = the_message(session).id

    def lose_then_report(loaded: LoadedProblem, solution: Solution) -> Report:
        with transaction(db.session):
            later = clock.wall_now() + dt.timedelta(hours=2)
            assert outbox.claim_message(db.session, message_id, lease=dt.timedelta(seconds=30), now=later)
        return match_reasons.report_on(loaded, solution)

    monkeypatch.setattr(matching_job, "report_on", lose_then_report)

    deliver(session)

    assert the_message(session).done_at is None
    assert session.scalars(select(MatchPrice)).all() == []
