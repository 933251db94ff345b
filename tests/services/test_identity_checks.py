"""Nobody works before somebody knows who they are; and what they wrote is gone afterwards."""

from __future__ import annotations

import base64
import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.crypto import FieldCipher
from app.db import transaction
from app.errors import StaleStateError, UnderAgeError
from app.identity_rules import Identity, age_on, birth_date_in, is_document
from app.models import (
    Agent,
    AgentStatus,
    AssignmentStatus,
    AuditEntry,
    IdentityCheck,
    IdentitySource,
    IdentityStatus,
    Notice,
    NoticeKind,
)
from app.providers.identity import IdentityProvider, identity_provider
from app.services import identity_checks
from app.services.refills import find_substitutes, weigh
from tests.make import NOON, PEAK, Make
from tests.small_season import SmallSeason

CIPHER = FieldCipher(f"t1:{base64.b64encode(bytes(32)).decode()}")
# The example of GB 11643.
NUMBER = "11010519491231002X"
BORN = dt.date(1949, 12, 31)
REVIEW, SANDBOX = identity_provider(sandbox=False), identity_provider(sandbox=True)


def identity(*, born_on: dt.date = BORN, document: str = NUMBER) -> Identity:
    return Identity(name="苏晴", born_on=born_on, document=document)


def submit(
    session: Session,
    agent: Agent,
    who: Identity | None = None,
    *,
    provider: IdentityProvider = REVIEW,
) -> IdentityCheck:
    who = who or identity()
    with transaction(session):
        return identity_checks.submit_identity(
            session,
            agent_id=agent.id,
            identity=who,
            finding=provider.check(who),
            source=provider.source,
            cipher=CIPHER,
            actor_user_id=agent.user_id,
            now=NOON,
            wall_now=NOON,
        )


def decide(
    session: Session, check: IdentityCheck, operator: Agent, *, confirmed: bool, reason: str | None = None
) -> None:
    with transaction(session):
        identity_checks.decide_identity(
            session,
            check.id,
            confirmed=confirmed,
            reason=reason,
            cipher=CIPHER,
            actor_user_id=operator.user_id,
            now=NOON,
            wall_now=NOON,
        )


@pytest.fixture
def newcomer(make: Make) -> Agent:
    return make.agent(status=AgentStatus.NEW)


@pytest.fixture
def operator(make: Make) -> Agent:
    return make.agent()


def is_known(session: Session, agent: Agent) -> bool:
    session.expire_all()
    return session.get_one(Agent, agent.id).identity_confirmed_at is not None


class TestRules:
    @pytest.mark.parametrize(
        ("number", "is_one"),
        [
            (NUMBER, True),
            ("110105194912310021", False),
            ("E12345678", True),
            ("ABCDEF", False),
            ("E123", False),
        ],
    )
    def test_a_slip_in_a_number_is_seen(self, number: str, is_one: bool) -> None:
        assert is_document(number) is is_one

    def test_a_national_number_carries_the_birth_date(self) -> None:
        assert birth_date_in(NUMBER) == BORN
        assert birth_date_in("E12345678") is None

    @pytest.mark.parametrize(("day", "age"), [(dt.date(2026, 10, 19), 15), (dt.date(2026, 10, 20), 16)])
    def test_years_are_full_on_the_birthday(self, day: dt.date, age: int) -> None:
        assert age_on(day, born_on=dt.date(2010, 10, 20)) == age


class TestSubmit:
    def test_it_waits_encrypted_for_somebody_to_look(self, session: Session, newcomer: Agent) -> None:
        check = submit(session, newcomer)

        assert check.status is IdentityStatus.WAITING
        assert check.ciphertext is not None
        assert NUMBER.encode() not in check.ciphertext
        assert identity_checks.read_identity(check, cipher=CIPHER) == identity()
        assert not is_known(session, newcomer)

    @pytest.mark.parametrize(("day", "young"), [(21, True), (20, False)])
    def test_nothing_is_kept_of_somebody_too_young(
        self, session: Session, newcomer: Agent, day: int, young: bool
    ) -> None:
        """NOON is 20 October 2026."""
        who = identity(born_on=dt.date(2010, 10, day), document="E12345678")
        if young:
            with pytest.raises(UnderAgeError):
                submit(session, newcomer, who)
            assert session.scalars(select(IdentityCheck)).all() == []
        else:
            submit(session, newcomer, who)

    def test_one_check_waits_at_a_time(self, session: Session, newcomer: Agent) -> None:
        submit(session, newcomer)

        with pytest.raises(StaleStateError):
            submit(session, newcomer)

    def test_the_audit_holds_no_personal_fact(self, session: Session, newcomer: Agent) -> None:
        submit(session, newcomer)

        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "identity.submitted")).one()
        assert entry.details == {}

    @pytest.mark.parametrize(("document", "known"), [("E12345678", True), ("E123450000", False)])
    def test_the_sandbox_decides_at_once_and_keeps_nothing(
        self, session: Session, newcomer: Agent, document: str, known: bool
    ) -> None:
        check = submit(session, newcomer, identity(document=document), provider=SANDBOX)

        assert (check.source, check.ciphertext) == (IdentitySource.SANDBOX, None)
        assert is_known(session, newcomer) is known


class TestDecide:
    def test_a_yes_makes_the_person_known_and_deletes_what_they_wrote(
        self, session: Session, newcomer: Agent, operator: Agent
    ) -> None:
        check = submit(session, newcomer)

        decide(session, check, operator, confirmed=True)

        assert is_known(session, newcomer)
        kept = session.get_one(IdentityCheck, check.id)
        assert (kept.ciphertext, kept.key_id, kept.decided_by) == (None, None, operator.user_id)
        assert identity_checks.read_identity(kept, cipher=CIPHER) is None

    def test_a_no_deletes_it_too_says_why_and_lets_one_try_again(
        self, session: Session, newcomer: Agent, operator: Agent
    ) -> None:
        check = submit(session, newcomer)

        decide(session, check, operator, confirmed=False, reason="姓名和证件不一样")

        session.expire_all()
        assert session.get_one(IdentityCheck, check.id).ciphertext is None
        notice = session.scalars(select(Notice).where(Notice.kind == NoticeKind.IDENTITY_DECIDED)).one()
        assert "姓名和证件不一样" in notice.params["verdict"]
        assert submit(session, newcomer).status is IdentityStatus.WAITING

    def test_a_no_without_a_reason_is_none(self, session: Session, newcomer: Agent, operator: Agent) -> None:
        with pytest.raises(ValueError, match="a reason"):
            decide(session, submit(session, newcomer), operator, confirmed=False, reason=" ")

    def test_a_decision_is_made_once(self, session: Session, newcomer: Agent, operator: Agent) -> None:
        check = submit(session, newcomer)
        decide(session, check, operator, confirmed=True)

        with pytest.raises(StaleStateError):
            decide(session, check, operator, confirmed=False, reason="再看一遍")


class TestShifts:
    """Whatever certificate somebody holds: unknown, they are given nothing."""

    @pytest.mark.parametrize("confirmed_at", [None, NOON])
    def test_the_matcher_and_refills_see_only_people_we_know(
        self, session: Session, make: Make, confirmed_at: dt.datetime | None
    ) -> None:
        season = SmallSeason(session, make)
        season.book()
        agent = make.agent(identity_confirmed_at=confirmed_at)
        make.certificate(agent, project=season.project)
        make.availability(agent, starts_at=PEAK - dt.timedelta(days=1), ends_at=PEAK + dt.timedelta(days=1))
        fallen = make.assignment(project=season.project, slot=season.slot, status=AssignmentStatus.DECLINED)

        expected = [agent.id] if confirmed_at else []
        assert season.staffed_by() == expected
        assert [one.agent_id for one in find_substitutes(session, fallen, weigh(session))] == expected
