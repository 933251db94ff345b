from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import passwords
from app.db import transaction
from app.errors import AlreadyRegisteredError, CodeRefusedError, SignInRefusedError
from app.models import (
    Agent,
    AgentStatus,
    AuditEntry,
    MemberRole,
    Membership,
    Merchant,
    Message,
    NoticeKind,
    NoticePreference,
    Role,
    User,
    UserSession,
    Verification,
    VerificationPurpose,
)
from app.queries.notices import list_declined_kinds
from app.services import accounts, sessions
from app.services.accounts import SignUpDetails
from tests.make import NOON, PASSWORD, Make

MOBILE = "13900001111"
LATER = NOON + dt.timedelta(days=3)
AGENT = SignUpDetails(role=Role.AGENT, name="林晓", region="寻乌县", locale="zh")
MERCHANT = SignUpDetails(role=Role.MERCHANT, name="陈敏", region="杭州", locale="en", shop="小鹿家居旗舰店")
NEW_PASSWORD = "four unrelated words here"


def confirmed(
    make: Make,
    *,
    contact: str = MOBILE,
    purpose: VerificationPurpose = VerificationPurpose.SIGN_UP,
    details: SignUpDetails | None = AGENT,
) -> Verification:
    """A code that was typed correctly."""
    return make.save(
        Verification(
            id=uuid.uuid4(),
            contact=contact,
            purpose=purpose,
            details=details.as_json() if details else {},
            code_hash="no code",
            tries_left=4,
            created_at=NOON,
            confirmed_at=NOON,
            expires_at=NOON + dt.timedelta(hours=1),
        )
    )


def sign_up(session: Session, verification: Verification) -> User:
    with transaction(session):
        return accounts.sign_up(
            session,
            verification_id=verification.id,
            password_hash=passwords.hash_password(PASSWORD),
            now=LATER,
            wall_now=NOON,
        )


def actions(session: Session) -> list[str]:
    return sorted(session.scalars(select(AuditEntry.action)))


class TestSignUp:
    def test_makes_the_account_and_the_agent(self, session: Session, make: Make) -> None:
        user = sign_up(session, confirmed(make))

        agent = session.scalars(select(Agent)).one()
        assert (user.name, user.role, user.mobile, user.email) == ("林晓", Role.AGENT, MOBILE, None)
        assert passwords.password_matches(user.password_hash, PASSWORD)
        assert (agent.user_id, agent.region, agent.status) == (user.id, "寻乌县", AgentStatus.NEW)
        assert agent.joined_at == LATER
        assert actions(session) == ["agent.created", "user.created"]

    def test_makes_the_merchant_with_its_owner(self, session: Session, make: Make) -> None:
        user = sign_up(session, confirmed(make, contact="chen@a.example", details=MERCHANT))

        merchant = session.scalars(select(Merchant)).one()
        membership = session.scalars(select(Membership)).one()
        assert (user.email, user.mobile, user.locale) == ("chen@a.example", None, "en")
        assert (merchant.name, merchant.region) == ("小鹿家居旗舰店", "杭州")
        assert (membership.user_id, membership.merchant_id) == (user.id, merchant.id)
        assert membership.role is MemberRole.OWNER
        assert actions(session) == ["merchant.created", "user.created"]

    def test_the_audit_says_who_what_and_which_consent_and_no_contact(
        self, session: Session, make: Make
    ) -> None:
        user = sign_up(session, confirmed(make))

        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "user.created")).one()
        assert (entry.actor_user_id, entry.subject_id) == (user.id, user.id)
        assert entry.details == {"role": "agent", "consent": accounts.CONSENT_VERSION}

    def test_keeps_nothing_of_the_form_in_the_codes_row(self, session: Session, make: Make) -> None:
        verification = confirmed(make)

        sign_up(session, verification)

        assert session.get_one(Verification, verification.id, populate_existing=True).details == {}

    def test_refuses_a_contact_that_got_an_account_meanwhile_and_saves_nothing(
        self, session: Session, make: Make
    ) -> None:
        verification = confirmed(make)
        make.user(mobile=MOBILE)

        with pytest.raises(AlreadyRegisteredError):
            sign_up(session, verification)

        assert session.scalars(select(Agent)).all() == []
        assert session.get_one(Verification, verification.id, populate_existing=True).used_at is None

    def test_happens_once(self, session: Session, make: Make) -> None:
        verification = confirmed(make)
        sign_up(session, verification)

        with pytest.raises(CodeRefusedError):
            sign_up(session, verification)

        assert len(session.scalars(select(User)).all()) == 1


class TestResetPassword:
    def reset(self, session: Session, make: Make) -> User:
        row = confirmed(make, purpose=VerificationPurpose.RESET_PASSWORD, details=None)
        with transaction(session):
            return accounts.reset_password(
                session,
                verification_id=row.id,
                password_hash=passwords.hash_password(NEW_PASSWORD),
                now=LATER,
                wall_now=NOON,
            )

    def test_sets_the_password_and_ends_every_sign_in(self, session: Session, make: Make) -> None:
        user = make.user(mobile=MOBILE, password=PASSWORD)
        with transaction(session):
            sessions.start_session(session, user_id=user.id, device="phone", now=NOON)

        self.reset(session, make)

        saved = session.get_one(User, user.id, populate_existing=True)
        assert passwords.password_matches(saved.password_hash, NEW_PASSWORD)
        assert not passwords.password_matches(saved.password_hash, PASSWORD)
        assert session.scalars(select(UserSession.ended_at)).one() == NOON
        assert actions(session) == ["user.password-reset"]

    def test_tells_the_owner(self, session: Session, make: Make) -> None:
        make.user(mobile=MOBILE, password=PASSWORD)

        self.reset(session, make)

        assert "密码刚刚改了" in session.scalars(select(Message.body)).one()

    def test_refuses_a_contact_without_account(self, session: Session, make: Make) -> None:
        with pytest.raises(CodeRefusedError):
            self.reset(session, make)

    def test_refuses_a_closed_account(self, session: Session, make: Make) -> None:
        user = make.user(mobile=MOBILE)
        user.is_active = False
        make.save(user)

        with pytest.raises(CodeRefusedError):
            self.reset(session, make)


class TestChangePassword:
    def change(self, session: Session, user: User, *, current: str, keep: uuid.UUID) -> None:
        with transaction(session):
            accounts.change_password(
                session,
                user_id=user.id,
                current=current,
                new=NEW_PASSWORD,
                session_id=keep,
                now=LATER,
                wall_now=NOON,
            )

    def test_ends_the_other_sign_ins_and_keeps_this_one(self, session: Session, make: Make) -> None:
        user = make.user(mobile=MOBILE, password=PASSWORD)
        with transaction(session):
            for device in ("this", "other"):
                sessions.start_session(session, user_id=user.id, device=device, now=NOON)
        this = session.scalars(select(UserSession).where(UserSession.device == "this")).one()

        self.change(session, user, current=PASSWORD, keep=this.id)

        ended = {row.device: row.ended_at for row in session.scalars(select(UserSession))}
        assert ended == {"this": None, "other": NOON}
        assert actions(session) == ["user.password-changed"]

    def test_leaves_strangers_signed_in(self, session: Session, make: Make) -> None:
        user, stranger = make.user(mobile=MOBILE, password=PASSWORD), make.user()
        with transaction(session):
            sessions.start_session(session, user_id=stranger.id, device="strange", now=NOON)

        self.change(session, user, current=PASSWORD, keep=uuid.uuid4())

        assert session.scalars(select(UserSession.ended_at)).one() is None

    def test_refuses_a_wrong_current_password_and_changes_nothing(self, session: Session, make: Make) -> None:
        user = make.user(mobile=MOBILE, password=PASSWORD)

        with pytest.raises(SignInRefusedError):
            self.change(session, user, current="wrong", keep=uuid.uuid4())

        saved = session.get_one(User, user.id, populate_existing=True)
        assert passwords.password_matches(saved.password_hash, PASSWORD)
        assert actions(session) == []


class TestPreferences:
    def test_a_profile_is_saved_and_the_audit_names_what_changed(self, session: Session, make: Make) -> None:
        user = make.user(name="林晓")

        with transaction(session):
            accounts.save_profile(
                session, user_id=user.id, name="林小晓", locale="zh", large_text=True, now=LATER
            )

        saved = session.get_one(User, user.id, populate_existing=True)
        entry = session.scalars(select(AuditEntry)).one()
        assert (saved.name, saved.large_text) == ("林小晓", True)
        assert entry.details == {"fields": ["large_text", "name"]}

    def test_saving_the_same_profile_again_is_no_change(self, session: Session, make: Make) -> None:
        user = make.user(name="林晓")

        with transaction(session):
            accounts.save_profile(
                session, user_id=user.id, name="林晓", locale="zh", large_text=False, now=LATER
            )

        assert actions(session) == []

    def test_mails_are_declined_and_taken_back(self, session: Session, make: Make) -> None:
        user = make.user(email="lin@a.example")
        kinds = [NoticeKind.OFFER_MADE, NoticeKind.OFFER_LAPSED]
        declined = []
        for wanted in ([NoticeKind.OFFER_MADE], kinds):
            with transaction(session):
                accounts.choose_mails(session, user_id=user.id, kinds=kinds, wanted=wanted, now=LATER)
            declined.append(list(list_declined_kinds(session, user_id=user.id)))

        assert declined == [[NoticeKind.OFFER_LAPSED], []]
        assert len(session.scalars(select(NoticePreference)).all()) == 2
