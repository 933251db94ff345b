from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import CodeRefusedError, TooManyCodesError
from app.models import Message, MessageChannel, OutboxMessage, Topic, Verification, VerificationPurpose
from app.services import verifications
from tests.make import NOON, Make

SIGN_UP, RESET = VerificationPurpose.SIGN_UP, VerificationPurpose.RESET_PASSWORD
MOBILE = "13900001111"
MINUTE = dt.timedelta(minutes=1)


def send(
    session: Session,
    *,
    contact: str = MOBILE,
    purpose: VerificationPurpose = SIGN_UP,
    locale: str = "zh",
    now: dt.datetime = NOON,
) -> Verification:
    with transaction(session):
        return verifications.send_code(
            session, contact=contact, purpose=purpose, details={"name": "林晓"}, locale=locale, now=now
        )


def last_message(session: Session, contact: str = MOBILE) -> Message:
    return session.scalars(
        select(Message).where(Message.recipient == contact).order_by(Message.created_at.desc())
    ).first() or pytest.fail(f"nothing was sent to {contact}")


def code_in(message: Message) -> str:
    found = re.search(r"\b\d{6}\b", message.body)
    assert found, message.body
    return found[0]


def try_code(session: Session, row: Verification, code: str, now: dt.datetime = NOON) -> tuple[bool, int]:
    with transaction(session):
        check = verifications.try_code(session, row.id, code=code, now=now)
    return check.right, check.tries_left


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


class TestSendCode:
    def test_goes_by_sms_to_a_mobile_number_and_by_mail_to_an_address(self, session: Session) -> None:
        send(session)
        send(session, contact="lin@a.example")

        assert last_message(session).channel is MessageChannel.SMS
        assert last_message(session, "lin@a.example").channel is MessageChannel.MAIL

    def test_is_promised_in_the_same_transaction(self, session: Session) -> None:
        with pytest.raises(RuntimeError, match="undone"), transaction(session):
            verifications.send_code(
                session, contact=MOBILE, purpose=SIGN_UP, details={}, locale="zh", now=NOON
            )
            raise RuntimeError("undone")

        topics = session.scalars(select(OutboxMessage.topic)).all()
        assert Topic.DELIVER_MESSAGE not in topics

    def test_stores_no_code(self, session: Session) -> None:
        row = send(session)

        assert code_in(last_message(session)) not in row.code_hash

    def test_speaks_the_readers_language(self, session: Session) -> None:
        send(session, locale="en")

        assert last_message(session).body.startswith("Your Zuoxi sign-up code is")

    def test_a_known_contact_is_told_in_the_message_and_no_code_fits(
        self, session: Session, make: Make
    ) -> None:
        make.user(mobile=MOBILE)

        row = send(session)

        body = last_message(session).body
        assert "已有账号" in body
        assert not re.search(r"\d{6}", body)
        assert try_code(session, row, "123456") == (False, 4)

    def test_a_reset_for_an_unknown_contact_is_told_in_the_message(self, session: Session) -> None:
        send(session, purpose=RESET)

        assert "没有账号" in last_message(session).body

    def test_a_reset_for_a_closed_account_reads_like_an_unknown_one(
        self, session: Session, make: Make
    ) -> None:
        user = make.user(mobile=MOBILE)
        user.is_active = False
        make.save(user)

        send(session, purpose=RESET)

        assert "没有账号" in last_message(session).body

    def test_refuses_a_second_code_within_a_minute(self, session: Session) -> None:
        send(session)

        with pytest.raises(TooManyCodesError) as refusal:
            send(session, now=NOON + MINUTE - dt.timedelta(seconds=1))

        assert refusal.value.again_at == NOON + MINUTE
        send(session, now=NOON + MINUTE)

    def test_refuses_a_sixth_code_within_an_hour(self, session: Session) -> None:
        for number in range(5):
            send(session, now=NOON + number * 2 * MINUTE)

        with pytest.raises(TooManyCodesError) as refusal:
            send(session, now=NOON + 59 * MINUTE)

        assert refusal.value.again_at == NOON + 60 * MINUTE
        send(session, now=NOON + 60 * MINUTE)

    def test_counts_known_and_unknown_contacts_alike(self, session: Session, make: Make) -> None:
        make.user(mobile=MOBILE)
        send(session)

        with pytest.raises(TooManyCodesError):
            send(session)

    def test_codes_of_one_contact_do_not_hold_up_another(self, session: Session) -> None:
        send(session)

        send(session, contact="13900002222")

    def test_forgets_what_was_typed_a_day_ago(self, session: Session) -> None:
        old = send(session, contact="old@a.example")
        kept = send(session, contact="kept@a.example", now=NOON + 11 * MINUTE)

        send(session, now=NOON + dt.timedelta(days=1) + 11 * MINUTE)

        ids = session.scalars(select(Verification.id)).all()
        assert old.id not in ids
        assert kept.id in ids


class TestTryCode:
    @pytest.mark.parametrize("spelling", ["{0}", " {0} ", "{1} {2}"])
    def test_the_right_code_confirms_the_contact(self, session: Session, spelling: str) -> None:
        row = send(session)
        code = code_in(last_message(session))

        right, _ = try_code(session, row, spelling.format(code, code[:3], code[3:]))

        assert right
        session.refresh(row)
        assert row.confirmed_at == NOON

    def test_full_width_digits_are_digits(self, session: Session) -> None:
        row = send(session)
        code = code_in(last_message(session))

        assert try_code(session, row, "".join(chr(ord(digit) + 0xFEE0) for digit in code))[0]

    def test_after_five_wrong_codes_the_right_one_is_refused(self, session: Session) -> None:
        row = send(session)
        code = code_in(last_message(session))

        tries = [try_code(session, row, wrong(code)) for _ in range(5)]

        assert tries == [(False, 4), (False, 3), (False, 2), (False, 1), (False, 0)]
        assert try_code(session, row, code) == (False, 0)

    def test_the_fifth_try_may_be_right(self, session: Session) -> None:
        row = send(session)
        code = code_in(last_message(session))
        for _ in range(4):
            try_code(session, row, wrong(code))

        assert try_code(session, row, code) == (True, 0)

    def test_holds_for_ten_minutes(self, session: Session) -> None:
        row, late = send(session), send(session, contact="late@a.example")
        code, late_code = (
            code_in(last_message(session)),
            code_in(last_message(session, "late@a.example")),
        )

        assert try_code(session, late, late_code, NOON + 10 * MINUTE) == (False, 0)
        assert try_code(session, row, code, NOON + 10 * MINUTE - dt.timedelta(seconds=1))[0]

    def test_a_code_fits_only_its_own_row(self, session: Session) -> None:
        send(session)
        code = code_in(last_message(session))
        other = send(session, contact="other@a.example")
        other_code = code_in(last_message(session, "other@a.example"))

        assert (code == other_code) or not try_code(session, other, code)[0]


class TestTakeConfirmed:
    def take(
        self,
        session: Session,
        row: Verification,
        now: dt.datetime,
        purpose: VerificationPurpose = SIGN_UP,
    ) -> None:
        with transaction(session):
            verifications.take_confirmed(session, row.id, purpose=purpose, now=now)

    def confirmed(self, session: Session) -> Verification:
        row = send(session)
        assert try_code(session, row, code_in(last_message(session)))[0]
        return row

    def test_works_once(self, session: Session) -> None:
        row = self.confirmed(session)

        self.take(session, row, NOON)

        with pytest.raises(CodeRefusedError):
            self.take(session, row, NOON)

    def test_refuses_a_contact_that_was_not_confirmed(self, session: Session) -> None:
        row = send(session)

        with pytest.raises(CodeRefusedError):
            self.take(session, row, NOON)

    def test_leaves_an_hour_to_choose_a_password(self, session: Session) -> None:
        row = self.confirmed(session)

        with pytest.raises(CodeRefusedError):
            self.take(session, row, NOON + 60 * MINUTE)
        self.take(session, row, NOON + 60 * MINUTE - dt.timedelta(seconds=1))

    def test_a_code_for_signing_up_resets_no_password(self, session: Session) -> None:
        row = self.confirmed(session)

        with pytest.raises(CodeRefusedError):
            self.take(session, row, NOON, RESET)
