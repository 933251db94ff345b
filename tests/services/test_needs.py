from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.crypto import FieldCipher, make_key_setting
from app.db import transaction
from app.errors import ConsentMissingError, NotFoundError
from app.models import (
    Agent,
    AgentNeeds,
    AuditEntry,
    Consent,
    ConsentPurpose,
    DisabilityFact,
    ExamAttempt,
    Role,
    User,
)
from app.queries import needs as needs_queries
from app.services import needs
from app.services.needs import NOTHING_ASKED, Needs
from tests.make import NOON, Make
from tests.services.test_attempts import BASE_MINUTES, start

CIPHER = FieldCipher(make_key_setting())
FOUR_HOURS_BY_TEXT = Needs(text_only=True, max_day_minutes=240)
SECRET = "肌营养不良，坐不久"


def save(
    session: Session,
    agent: Agent,
    wanted: Needs = FOUR_HOURS_BY_TEXT,
    *,
    consent: bool = True,
    large_text: bool = False,
    now: dt.datetime = NOON,
) -> None:
    with transaction(session):
        needs.save_needs(
            session,
            agent_id=agent.id,
            needs=wanted,
            large_text=large_text,
            consent=consent,
            actor_user_id=agent.user_id,
            now=now,
        )
    session.expire_all()


def withdraw(session: Session, agent: Agent, *, now: dt.datetime = NOON) -> None:
    with transaction(session):
        needs.withdraw_consent(session, agent_id=agent.id, actor_user_id=agent.user_id, now=now)
    session.expire_all()


def save_note(session: Session, agent: Agent, note: str = SECRET) -> None:
    with transaction(session):
        needs.save_note(
            session, agent_id=agent.id, note=note, cipher=CIPHER, actor_user_id=agent.user_id, now=NOON
        )
    session.expire_all()


def read_needs(session: Session, agent: Agent) -> AgentNeeds:
    found = needs_queries.find_needs(session, agent.id)
    assert found is not None
    return found


class TestSaveNeeds:
    def test_keeps_what_was_asked_for_and_the_consent(self, session: Session, make: Make) -> None:
        agent = make.agent()

        save(session, agent, large_text=True)

        row = read_needs(session, agent)
        assert (row.text_only, row.max_day_minutes) == (True, 240)
        assert session.get_one(User, agent.user_id).large_text is True
        assert set(needs_queries.list_live_consents(session, agent.id)) == {ConsentPurpose.NEEDS_IN_MATCHING}

    def test_asks_for_consent_before_it_uses_anything(self, session: Session, make: Make) -> None:
        agent = make.agent()

        with pytest.raises(ConsentMissingError):
            save(session, agent, consent=False)

        assert needs_queries.find_needs(session, agent.id) is None

    def test_needs_no_consent_to_ask_for_nothing(self, session: Session, make: Make) -> None:
        agent = make.agent()

        save(session, agent, NOTHING_ASKED, consent=False, large_text=True)

        assert needs_queries.list_live_consents(session, agent.id) == {}

    def test_a_consent_once_given_lasts(self, session: Session, make: Make) -> None:
        agent = make.agent()
        save(session, agent)

        save(session, agent, Needs(one_hand=True), consent=False)

        assert read_needs(session, agent).one_hand is True
        assert len(session.scalars(select(Consent)).all()) == 1

    def test_the_audit_says_that_it_changed_and_not_what(self, session: Session, make: Make) -> None:
        save(session, make.agent())

        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "needs.changed")).one()
        assert entry.details == {}

    def test_defaults_are_those_of_the_table(self, session: Session, make: Make) -> None:
        row = make.needs(make.agent())

        assert all(getattr(row, name) == value for name, value in vars(NOTHING_ASKED).items())


class TestWithdrawConsent:
    def test_goes_back_to_the_defaults(self, session: Session, make: Make) -> None:
        agent = make.agent()
        save(session, agent)

        withdraw(session, agent)

        row = read_needs(session, agent)
        assert (row.text_only, row.max_day_minutes) == (False, 480)
        assert session.scalars(select(Consent.withdrawn_at)).one() == NOON

    def test_twice_is_recorded_once(self, session: Session, make: Make) -> None:
        agent = make.agent()
        save(session, agent)

        for _ in range(2):
            withdraw(session, agent)

        actions = session.scalars(select(AuditEntry.action)).all()
        assert actions.count("consent.withdrawn") == 1

    def test_after_it_a_new_consent_is_asked_for(self, session: Session, make: Make) -> None:
        agent = make.agent()
        save(session, agent)
        withdraw(session, agent)

        with pytest.raises(ConsentMissingError):
            save(session, agent, consent=False)


class TestTimeInARunningExam:
    def test_extra_time_counts_at_once(self, session: Session, make: Make) -> None:
        agent = make.agent()
        attempt = start(session, agent)

        save(session, agent, Needs(exam_time_multiplier=Decimal("1.50")))

        assert session.get_one(ExamAttempt, attempt.id).deadline_at == NOON + 1.5 * BASE_MINUTES

    def test_no_limit_takes_the_deadline_away(self, session: Session, make: Make) -> None:
        agent = make.agent()
        attempt = start(session, agent)

        save(session, agent, Needs(exam_time_unlimited=True))

        assert session.get_one(ExamAttempt, attempt.id).deadline_at is None

    @pytest.mark.parametrize("multiplier", ["1.00", "1.25"])
    def test_nobody_loses_time_in_the_middle_of_an_exam(
        self, session: Session, make: Make, multiplier: str
    ) -> None:
        agent = make.agent()
        make.needs(agent, exam_time_multiplier=Decimal("2.00"))
        attempt = start(session, agent)

        save(session, agent, Needs(exam_time_multiplier=Decimal(multiplier)))

        assert session.get_one(ExamAttempt, attempt.id).deadline_at == NOON + 2 * BASE_MINUTES


class TestNote:
    def test_is_nowhere_in_the_database_in_plain_words(self, session: Session, make: Make) -> None:
        agent = make.agent()

        save_note(session, agent)

        fact = session.scalars(select(DisabilityFact)).one()
        assert SECRET.encode() not in fact.ciphertext
        assert all(SECRET not in str(entry.details) for entry in session.scalars(select(AuditEntry)))
        assert needs.read_own_note(session, agent_id=agent.id, cipher=CIPHER) == SECRET

    def test_cannot_be_moved_to_another_row(self, session: Session, make: Make) -> None:
        first, second = make.agent(), make.agent()
        save_note(session, first)
        save_note(session, second, "别的")
        facts = {fact.agent_id: fact for fact in session.scalars(select(DisabilityFact))}

        facts[second.id].ciphertext = facts[first.id].ciphertext
        session.flush()

        with pytest.raises(InvalidTag):
            needs.read_own_note(session, agent_id=second.id, cipher=CIPHER)

    def test_a_new_one_replaces_the_old_one(self, session: Session, make: Make) -> None:
        agent = make.agent()
        save_note(session, agent)

        save_note(session, agent, "新的")

        assert needs.read_own_note(session, agent_id=agent.id, cipher=CIPHER) == "新的"
        assert len(session.scalars(select(DisabilityFact)).all()) == 1

    def test_deleting_it_withdraws_the_consent(self, session: Session, make: Make) -> None:
        agent = make.agent()
        save_note(session, agent)

        with transaction(session):
            needs.delete_note(session, agent_id=agent.id, actor_user_id=agent.user_id, now=NOON)

        assert session.scalars(select(DisabilityFact)).all() == []
        assert needs_queries.list_live_consents(session, agent.id) == {}


class TestDiscloseNote:
    def disclose(self, session: Session, agent: Agent, reader: User, *, reason: str = "约定设备") -> str:
        with transaction(session):
            return needs.disclose_note(
                session,
                agent_id=agent.id,
                reader_user_id=reader.id,
                reason=reason,
                cipher=CIPHER,
                now=NOON,
            )

    def test_the_owner_sees_who_read_it_and_why(self, session: Session, make: Make) -> None:
        agent, reader = make.agent(), make.user(role=Role.OPERATIONS, name="运营阿敏")
        save_note(session, agent)

        assert self.disclose(session, agent, reader) == SECRET

        (entry,) = needs_queries.list_disclosures(session, agent.id)
        assert (entry.reader_name, entry.reason, entry.at) == ("运营阿敏", "约定设备", NOON)

    def test_is_refused_without_a_reason(self, session: Session, make: Make) -> None:
        agent, reader = make.agent(), make.user(role=Role.OPERATIONS)
        save_note(session, agent)

        with pytest.raises(ValueError, match="reason"):
            self.disclose(session, agent, reader, reason=" ")

    def test_is_refused_when_the_consent_is_withdrawn(self, session: Session, make: Make) -> None:
        agent, reader = make.agent(), make.user(role=Role.OPERATIONS)
        save_note(session, agent)
        consent = session.scalars(select(Consent)).one()
        consent.withdrawn_at = NOON
        session.flush()

        with pytest.raises(NotFoundError):
            self.disclose(session, agent, reader)
        assert needs_queries.list_disclosures(session, agent.id) == []
