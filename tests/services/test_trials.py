"""The trial shift: after the assessment, with somebody we know, judged by criteria; a pass certifies."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import (
    IdentityUnknownError,
    NotFoundError,
    OverlapError,
    StaleStateError,
    StepSkippedError,
)
from app.models import (
    Agent,
    AgentStatus,
    ApplicationStatus,
    AssignmentStatus,
    Certificate,
    CertificateKind,
    ExamAttempt,
    Notice,
    NoticeKind,
    Project,
    ProjectApplication,
    Role,
    TrialShift,
    TrialStatus,
    User,
)
from app.queries.applications import get_application
from app.queries.ladder import Step, get_place
from app.services import certificates, trials
from app.trial_rules import Criterion, Mark
from tests.make import NOON, Make
from tests.services.test_attempts import sit

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
GOOD = dict.fromkeys(Criterion, Mark.GOOD)
LACKING = GOOD | {Criterion.FACTS: Mark.LACKING}


@pytest.fixture
def supervisor(make: Make) -> User:
    return make.user(role=Role.OPERATIONS, name="周敏")


@pytest.fixture
def project(make: Make) -> Project:
    return make.project()


@pytest.fixture
def agent(make: Make) -> Agent:
    """Somebody in the pool, whom we know."""
    agent = make.agent(status=AgentStatus.IN_POOL)
    make.certificate(agent)
    return agent


@pytest.fixture
def application(make: Make, agent: Agent, project: Project) -> ProjectApplication:
    return make.application(agent, project=project)


@pytest.fixture
def passed(session: Session, agent: Agent, application: ProjectApplication) -> ExamAttempt:
    """The assessment of that application, passed."""
    return sit(session, agent, right=8, project_id=application.project_id)


def schedule(
    session: Session,
    application: ProjectApplication,
    supervisor: User,
    *,
    starts_at: dt.datetime = NOON + DAY,
    hours: float = 2,
    now: dt.datetime = NOON,
) -> TrialShift:
    with transaction(session):
        return trials.schedule_trial(
            session,
            application_id=application.id,
            supervisor_id=supervisor.id,
            starts_at=starts_at,
            ends_at=starts_at + hours * HOUR,
            actor_user_id=supervisor.id,
            now=now,
            wall_now=NOON,
        )


def judge(
    session: Session,
    trial: TrialShift,
    supervisor: User,
    verdict: TrialStatus,
    *,
    marks: dict[Criterion, Mark] | None = None,
    now: dt.datetime = NOON + DAY + 2 * HOUR,
) -> None:
    if marks is None:
        marks = GOOD if verdict is TrialStatus.PASSED else LACKING
    with transaction(session):
        trials.judge_trial(
            session,
            trial.id,
            verdict=verdict,
            marks=marks,
            remarks="答得准，语气好",
            actor_user_id=supervisor.id,
            now=now,
            wall_now=NOON,
        )


def step_of(session: Session, application: ProjectApplication) -> Step:
    session.expire_all()
    return get_place(session, get_application(session, application.id)).step


def test_step_by_step_it_ends_in_a_certificate(
    session: Session,
    agent: Agent,
    project: Project,
    application: ProjectApplication,
    supervisor: User,
) -> None:
    steps = [step_of(session, application)]
    attempt = sit(session, agent, right=8, project_id=project.id)
    steps.append(step_of(session, application))
    trial = schedule(session, application, supervisor)
    steps.append(step_of(session, application))
    judge(session, trial, supervisor, TrialStatus.PASSED)
    steps.append(step_of(session, application))

    assert steps == [Step.TRAINING, Step.SCHEDULE, Step.TRIAL, Step.CERTIFIED]
    certificate = session.scalars(select(Certificate).where(Certificate.project_id == project.id)).one()
    assert (certificate.kind, certificate.attempt_id) == (CertificateKind.PROJECT, attempt.id)
    assert certificates.is_genuine(session, certificate)
    assert session.get_one(Agent, agent.id).status is AgentStatus.CERTIFIED
    told = session.scalars(select(Notice.kind).where(Notice.user_id == agent.user_id)).all()
    assert sorted(told) == [
        NoticeKind.APPLICATION_DECIDED,
        NoticeKind.APPLICATION_DECIDED,
        NoticeKind.CERTIFICATE_ISSUED,
    ]


class TestOrder:
    def test_no_trial_without_a_passed_assessment(
        self, session: Session, agent: Agent, application: ProjectApplication, supervisor: User
    ) -> None:
        sit(session, agent, right=0, project_id=application.project_id)

        with pytest.raises(StepSkippedError):
            schedule(session, application, supervisor)
        assert step_of(session, application) is Step.ASSESSMENT

    def test_an_assessment_for_another_project_does_not_count(
        self, session: Session, make: Make, agent: Agent, application: ProjectApplication, supervisor: User
    ) -> None:
        other = make.application(agent, project=make.project())
        sit(session, agent, right=8, project_id=other.project_id)

        with pytest.raises(StepSkippedError):
            schedule(session, application, supervisor)

    def test_no_trial_before_the_identity_is_confirmed(
        self,
        session: Session,
        agent: Agent,
        application: ProjectApplication,
        passed: ExamAttempt,
        supervisor: User,
    ) -> None:
        with transaction(session):
            session.get_one(Agent, agent.id).identity_confirmed_at = None

        with pytest.raises(IdentityUnknownError):
            schedule(session, application, supervisor)
        assert step_of(session, application) is Step.IDENTITY

    def test_no_verdict_before_it_has_begun(
        self, session: Session, application: ProjectApplication, passed: ExamAttempt, supervisor: User
    ) -> None:
        trial = schedule(session, application, supervisor)

        with pytest.raises(StepSkippedError):
            judge(
                session, trial, supervisor, TrialStatus.PASSED, now=trial.starts_at - dt.timedelta(minutes=1)
            )
        judge(session, trial, supervisor, TrialStatus.PASSED, now=trial.starts_at)

    def test_no_trial_after_a_decision(
        self, session: Session, make: Make, agent: Agent, supervisor: User
    ) -> None:
        decided = make.application(agent, status=ApplicationStatus.DECLINED)

        with pytest.raises(StaleStateError):
            schedule(session, decided, supervisor)


@pytest.mark.usefixtures("passed")
class TestSchedule:
    @pytest.mark.parametrize(
        ("minutes_before", "status", "taken"),
        [
            (239, AssignmentStatus.ACCEPTED, True),
            (240, AssignmentStatus.ACCEPTED, False),
            (0, AssignmentStatus.DECLINED, False),
        ],
    )
    def test_it_takes_no_time_that_is_given_away(
        self,
        session: Session,
        make: Make,
        agent: Agent,
        application: ProjectApplication,
        supervisor: User,
        minutes_before: int,
        status: AssignmentStatus,
        taken: bool,
    ) -> None:
        """Slots of `make` last four hours."""
        slot = make.slot(starts_at=NOON + DAY - dt.timedelta(minutes=minutes_before))
        make.assignment(agent=agent, slot=slot, status=status)

        if taken:
            with pytest.raises(OverlapError):
                schedule(session, application, supervisor)
        else:
            schedule(session, application, supervisor)

    def test_another_time_replaces_the_first(
        self, session: Session, application: ProjectApplication, supervisor: User
    ) -> None:
        first = schedule(session, application, supervisor)

        second = schedule(session, application, supervisor, starts_at=first.starts_at + HOUR)

        session.expire_all()
        assert session.get_one(TrialShift, first.id).status is TrialStatus.MOVED
        with pytest.raises(StaleStateError):
            judge(session, first, supervisor, TrialStatus.PASSED)
        assert second.status is TrialStatus.SCHEDULED

    def test_one_that_has_begun_is_judged_first(
        self, session: Session, application: ProjectApplication, supervisor: User
    ) -> None:
        first = schedule(session, application, supervisor)

        with pytest.raises(StaleStateError):
            schedule(
                session, application, supervisor, starts_at=first.ends_at + DAY, now=first.starts_at + HOUR
            )

    @pytest.mark.parametrize(("starts_at", "hours"), [(NOON, 2), (NOON + DAY, 0.5), (NOON + DAY, 9)])
    def test_it_lies_ahead_and_is_as_long_as_a_shift(
        self,
        session: Session,
        application: ProjectApplication,
        supervisor: User,
        starts_at: dt.datetime,
        hours: float,
    ) -> None:
        with pytest.raises(ValueError, match="lies ahead"):
            schedule(session, application, supervisor, starts_at=starts_at, hours=hours)

    def test_only_operations_supervise(
        self, session: Session, make: Make, application: ProjectApplication
    ) -> None:
        with pytest.raises(NotFoundError):
            schedule(session, application, make.user())


@pytest.mark.usefixtures("passed")
class TestJudge:
    def test_again_leaves_the_way_to_another_trial(
        self, session: Session, agent: Agent, application: ProjectApplication, supervisor: User
    ) -> None:
        judge(session, schedule(session, application, supervisor), supervisor, TrialStatus.AGAIN)

        assert step_of(session, application) is Step.SCHEDULE
        later = NOON + 3 * DAY
        second = schedule(session, application, supervisor, starts_at=later, now=NOON + 2 * DAY)
        judge(session, second, supervisor, TrialStatus.PASSED, now=later + HOUR)
        assert step_of(session, application) is Step.CERTIFIED

    def test_a_fail_ends_the_application_and_says_why(
        self, session: Session, application: ProjectApplication, supervisor: User
    ) -> None:
        judge(session, schedule(session, application, supervisor), supervisor, TrialStatus.FAILED)

        assert step_of(session, application) is Step.DECLINED
        assert session.get_one(ProjectApplication, application.id).verdict == "答得准，语气好"
        assert session.scalars(select(Certificate).where(Certificate.project_id.is_not(None))).all() == []

    @pytest.mark.parametrize(
        ("verdict", "marks"),
        [(TrialStatus.PASSED, LACKING), (TrialStatus.AGAIN, GOOD), (TrialStatus.FAILED, GOOD)],
    )
    def test_a_verdict_follows_from_its_marks(
        self,
        session: Session,
        application: ProjectApplication,
        supervisor: User,
        verdict: TrialStatus,
        marks: dict[Criterion, Mark],
    ) -> None:
        trial = schedule(session, application, supervisor)

        with pytest.raises(ValueError, match="against the verdict"):
            judge(session, trial, supervisor, verdict, marks=marks)

    def test_every_criterion_has_its_mark(
        self, session: Session, application: ProjectApplication, supervisor: User
    ) -> None:
        trial = schedule(session, application, supervisor)

        with pytest.raises(ValueError, match="each criterion"):
            judge(session, trial, supervisor, TrialStatus.PASSED, marks={Criterion.FACTS: Mark.GOOD})

    def test_once(self, session: Session, application: ProjectApplication, supervisor: User) -> None:
        trial = schedule(session, application, supervisor)
        judge(session, trial, supervisor, TrialStatus.PASSED)

        with pytest.raises(StaleStateError):
            judge(session, trial, supervisor, TrialStatus.PASSED)

    def test_an_unknown_trial_is_not_found(self, session: Session, supervisor: User) -> None:
        with pytest.raises(NotFoundError):
            judge(session, TrialShift(id=uuid.uuid4()), supervisor, TrialStatus.PASSED)
