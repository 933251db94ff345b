"""Badges say what their certificates say, and the lists say what became of them."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.badge_issuer import BadgeIssuer
from app.errors import ChangedCertificateError
from app.models import Certificate, OutboxMessage, Topic
from app.queries.badges import find_badge, list_withdrawn
from app.queries.certificates import get_certificate
from app.services import badges
from app.services.certificates import promise_proof, seal
from exams.badges.documents import place_of
from exams.badges.status import LIST_BITS, Purpose, is_set
from exams.badges.tokens import read_token
from exams.badges.verification import read_status_list
from tests.make import NOON, Make

SECOND = dt.timedelta(seconds=1)
DAY = dt.timedelta(days=1)


@pytest.fixture
def issuer(app: Flask) -> BadgeIssuer:
    issuer: BadgeIssuer = app.config["BADGES"]
    return issuer


def sealed(make: Make, session: Session, *, project: bool = True) -> Certificate:
    made = make.certificate(make.agent(), project=make.project() if project else None)
    made.digest = seal(made, None)
    make.save(made)
    return get_certificate(session, made.id)


class TestWhatABadgeSays:
    def test_the_projects_achievement_its_score_and_its_time(
        self, session: Session, make: Make, issuer: BadgeIssuer
    ) -> None:
        certificate = sealed(make, session)

        badge = badges.describe_badge(certificate, issuer)

        assert certificate.project is not None
        assert certificate.project.merchant.name in badge["name"]
        assert badge["id"] == f"http://127.0.0.1:8000/certificates/{certificate.number}"
        assert badge["credentialSubject"]["result"][0]["value"] == "85"
        assert (badge["validFrom"], badge["validUntil"]) == ("2026-10-20T04:00:00Z", "2027-10-20T04:00:00Z")

    def test_nobodys_name_and_nothing_that_joins_two_badges_of_one_person(
        self, session: Session, make: Make, issuer: BadgeIssuer
    ) -> None:
        agent = make.agent(user=make.user(name="林晓"))
        pair = [make.certificate(agent, project=make.project()) for _ in range(2)]

        said = [badges.describe_badge(get_certificate(session, row.id), issuer) for row in pair]

        assert "林" not in str(said)
        assert str(agent.id) not in str(said)
        assert len({badge["credentialSubject"]["id"] for badge in said}) == 2

    def test_all_base_certificates_are_one_achievement(
        self, session: Session, make: Make, issuer: BadgeIssuer
    ) -> None:
        said = [badges.describe_badge(sealed(make, session, project=False), issuer) for _ in range(2)]

        assert len({badge["credentialSubject"]["achievement"]["id"] for badge in said}) == 1


class TestSigning:
    def test_the_token_says_the_same_before_and_after_the_proof(
        self, session: Session, make: Make, issuer: BadgeIssuer
    ) -> None:
        certificate = sealed(make, session)
        before = badges.sign_badge(session, certificate, None, issuer)
        badges.keep_badge(
            session, certificate.id, badges.prove_badge(certificate, issuer, now=NOON), now=NOON
        )

        after = badges.sign_badge(session, certificate, find_badge(session, certificate.id), issuer)

        assert before == after
        assert read_token(after, issuer.public)["id"].endswith(certificate.number)

    def test_a_name_changed_later_changes_no_proved_badge(
        self, session: Session, make: Make, issuer: BadgeIssuer
    ) -> None:
        certificate = sealed(make, session)
        before = badges.sign_badge(session, certificate, None, issuer)
        badges.keep_badge(
            session, certificate.id, badges.prove_badge(certificate, issuer, now=NOON), now=NOON
        )
        assert certificate.project is not None
        certificate.project.merchant.name = "另一家店"

        assert badges.sign_badge(session, certificate, find_badge(session, certificate.id), issuer) == before

    def test_the_first_proof_stays(self, session: Session, make: Make, issuer: BadgeIssuer) -> None:
        certificate = sealed(make, session)

        for document in ({"first": True}, {"first": False}):
            badges.keep_badge(session, certificate.id, document, now=NOON)

        badge = find_badge(session, certificate.id)
        assert badge is not None
        assert badge.document == {"first": True}

    def test_what_was_changed_is_not_signed(self, session: Session, make: Make, issuer: BadgeIssuer) -> None:
        certificate = sealed(make, session)
        certificate.percent = 100

        with pytest.raises(ChangedCertificateError):
            badges.sign_badge(session, certificate, None, issuer)

    def test_a_proof_is_promised_once(self, session: Session, make: Make) -> None:
        certificate = make.certificate(make.agent())

        for _ in range(2):
            promise_proof(session, certificate.id, wall_now=NOON)

        promised = session.scalars(
            select(OutboxMessage).where(OutboxMessage.topic == Topic.PROVE_BADGE)
        ).all()
        assert [message.payload for message in promised] == [{"certificate_id": str(certificate.id)}]


class TestStatusLists:
    def bit(
        self, session: Session, row: Certificate, purpose: Purpose, issuer: BadgeIssuer, now: dt.datetime
    ) -> bool:
        list_number, index = place_of(row.serial)
        token = badges.sign_status_list(session, purpose, list_number, issuer, now=now)
        read = read_status_list(token.encode(), keys=issuer.public, now=now)
        assert read.address == badges.list_address(issuer, purpose, list_number)
        return is_set(read.encoded, index)

    def test_a_revoked_certificates_bit_is_set_from_that_second_on(
        self, session: Session, make: Make, issuer: BadgeIssuer
    ) -> None:
        row = make.certificate(make.agent(), revoked_at=NOON)

        assert not self.bit(session, row, Purpose.REVOCATION, issuer, NOON - SECOND)
        assert self.bit(session, row, Purpose.REVOCATION, issuer, NOON)
        assert not self.bit(session, row, Purpose.SUSPENSION, issuer, NOON)

    def test_one_that_ran_out_and_was_renewed_is_not_revoked(
        self, session: Session, make: Make, issuer: BadgeIssuer
    ) -> None:
        row = make.certificate(make.agent(), expires_at=NOON, revoked_at=NOON)

        assert not self.bit(session, row, Purpose.REVOCATION, issuer, NOON + DAY)

    def test_one_that_was_renewed_early_is_not_revoked(
        self, session: Session, make: Make, issuer: BadgeIssuer
    ) -> None:
        row = make.certificate(make.agent(), revoked_at=NOON)
        row.replaced_at = NOON
        make.save(row)

        assert not self.bit(session, row, Purpose.REVOCATION, issuer, NOON)

    def test_a_suspended_ones_bit_is_set_from_its_beginning_to_its_end(
        self, session: Session, make: Make, issuer: BadgeIssuer
    ) -> None:
        row = make.certificate(make.agent())
        row.suspended_at, row.suspended_until = NOON, NOON + DAY
        make.save(row)

        moments = (NOON - SECOND, NOON, NOON + DAY - SECOND, NOON + DAY)
        bits = [self.bit(session, row, Purpose.SUSPENSION, issuer, moment) for moment in moments]

        assert bits == [False, True, True, False]
        assert not self.bit(session, row, Purpose.REVOCATION, issuer, NOON)

    def test_one_that_is_revoked_is_not_suspended_as_well(
        self, session: Session, make: Make, issuer: BadgeIssuer
    ) -> None:
        row = make.certificate(make.agent(), revoked_at=NOON)
        row.suspended_at, row.suspended_until = NOON - DAY, NOON + DAY
        make.save(row)

        assert not self.bit(session, row, Purpose.SUSPENSION, issuer, NOON)

    def test_others_bits_are_not_set(self, session: Session, make: Make, issuer: BadgeIssuer) -> None:
        make.certificate(make.agent(), revoked_at=NOON)
        row = make.certificate(make.agent())

        assert not self.bit(session, row, Purpose.REVOCATION, issuer, NOON)

    def test_each_certificate_stands_in_one_list(self, session: Session, make: Make) -> None:
        serials = {make.certificate(make.agent(), revoked_at=NOON).serial for _ in range(2)}
        last = make.certificate(make.agent(), revoked_at=NOON)
        last.serial = LIST_BITS
        make.save(last)

        first_list = list_withdrawn(session, Purpose.REVOCATION, list_number=0, now=NOON)
        second_list = list_withdrawn(session, Purpose.REVOCATION, list_number=1, now=NOON)

        assert serials <= set(first_list)
        assert LIST_BITS not in first_list
        assert list(second_list) == [LIST_BITS]

    def test_within_a_minute_the_list_stays_the_same(
        self, session: Session, make: Make, issuer: BadgeIssuer
    ) -> None:
        make.certificate(make.agent(), revoked_at=NOON)

        lists = {
            badges.sign_status_list(
                session, Purpose.REVOCATION, 0, issuer, now=NOON + dt.timedelta(seconds=later)
            )
            for later in (0, 1, 59)
        }

        assert len(lists) == 1


def test_serial_numbers_are_the_databases(session: Session, make: Make) -> None:
    first, second = (make.certificate(make.agent()).serial for _ in range(2))

    assert second > first
