"""Offers on seats that nobody books any more."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Assignment, AssignmentStatus, AuditEntry, Notice, NoticeKind
from app.queries.chances import histories
from app.queries.columns import read_columns
from app.services.rota_withdrawals import withdraw_unbooked_offers
from tests.make import NOON, Make
from tests.small_season import SmallSeason


@pytest.fixture
def season(session: Session, make: Make) -> SmallSeason:
    return SmallSeason(session, make)


@pytest.mark.parametrize(("locale", "words"), [("zh", "邀约收回"), ("en", "taken back")])
def test_an_unanswered_offer_is_taken_back_and_its_person_told(
    session: Session, make: Make, season: SmallSeason, locale: str, words: str
) -> None:
    user = make.user(locale=locale)
    offer = make.assignment(agent=make.agent(user=user), project=season.project, slot=season.slot)

    assert withdraw_unbooked_offers(session, season.event.id, now=NOON) == 1

    session.flush()
    assert session.get_one(Assignment, offer.id).status is AssignmentStatus.LAPSED
    notice = session.scalars(select(Notice).where(Notice.user_id == user.id)).one()
    assert notice.kind is NoticeKind.SHIFT_CHANGED
    assert words in notice.params["change"]
    assert session.scalars(select(AuditEntry.action)).all() == ["assignment.withdrawn"]


def test_accepted_shifts_and_booked_offers_stay(session: Session, make: Make, season: SmallSeason) -> None:
    season.book(2)
    kept = [
        make.assignment(project=season.project, slot=season.slot, status=status)
        for status in (AssignmentStatus.ACCEPTED, AssignmentStatus.OFFERED)
    ]
    unbooked = make.assignment(project=make.project(), slot=season.slot, status=AssignmentStatus.ACCEPTED)

    assert withdraw_unbooked_offers(session, season.event.id, now=NOON) == 0

    statuses = [session.get_one(Assignment, one.id).status for one in (*kept, unbooked)]
    assert statuses == [AssignmentStatus.ACCEPTED, AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED]


def test_an_offer_taken_back_hours_before_its_start_does_not_count_against_anybody(
    session: Session, make: Make, season: SmallSeason
) -> None:
    offer = make.assignment(project=season.project, slot=season.slot)
    shortly_before = offer.starts_at - dt.timedelta(hours=2)

    assert withdraw_unbooked_offers(session, season.event.id, now=shortly_before) == 1

    session.flush()
    missed = read_columns(session, histories(now=shortly_before + dt.timedelta(hours=1)))["missed"]
    assert missed.tolist() == [0]
