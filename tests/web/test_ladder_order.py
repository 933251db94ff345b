"""No step of the ladder is skipped: each action is posted in each state, and only the next ones act."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import clock
from app.clock import BUSINESS_ZONE
from app.db import transaction
from app.models import (
    Agent,
    AgentStatus,
    Assignment,
    AssignmentStatus,
    Certificate,
    ExamAttempt,
    LessonReading,
    ProjectApplication,
    Role,
    TrialShift,
    TrialStatus,
)
from app.permissions import Actor
from app.queries.training import lessons_of
from app.services import certificate_states
from app.trial_rules import Criterion
from tests.conftest import RoleClient
from tests.make import NOON, Make
from tests.services.test_attempts import read_lessons, sit
from tests.services.test_trials import judge, schedule

DAY = dt.timedelta(days=1)
TRIAL = NOON + DAY

STEPS = (
    "signed up",
    "in the pool",
    "applied",
    "trained",
    "assessed",
    "known",
    "trial set",
    "trial begun",
    "certified",
)
ENDS = ("suspended", "revoked", "to be renewed", "run out")
ALLOWED: Mapping[str, set[str]] = {
    "signed up": {"start base exam"},
    "in the pool": {"apply"},
    "applied": {"read"},
    "trained": {"read", "start assessment"},
    "assessed": {"read"},
    "known": {"read", "set trial"},
    "trial set": {"read", "set trial"},
    "trial begun": {"read", "judge"},
    "certified": {"read", "accept", "check in"},
    "suspended": {"read"},
    "revoked": set(),
    "to be renewed": {"read", "accept", "check in", "start assessment"},
    "run out": {"apply"},
}


class Climber:
    """One person on the way up, and the posts that they and operations may try."""

    def __init__(self, client: FlaskClient, session: Session, make: Make, patch: pytest.MonkeyPatch) -> None:
        self.client, self.session, self.make, self.patch = client, session, make, patch
        self.project = make.project()
        self.agent = make.agent(status=AgentStatus.NEW)
        self.operator = make.user(role=Role.OPERATIONS, name="周敏")
        self.now = NOON
        self.application = ProjectApplication(id=uuid.uuid4())
        self.trial = TrialShift(id=uuid.uuid4())

    def climb(self, state: str) -> None:
        """Take every step up to a state by the services that the pages use."""
        steps: Mapping[str, Callable[[], object]] = {
            "signed up": lambda: None,
            "in the pool": lambda: sit(self.session, self.agent, right=20),
            "applied": self._apply,
            "trained": lambda: read_lessons(self.session, self.agent, self.project.id),
            "assessed": lambda: sit(self.session, self.agent, right=8, project_id=self.project.id),
            "known": self._make_known,
            "trial set": self._set_trial,
            "trial begun": lambda: self._at(TRIAL + dt.timedelta(hours=1)),
            "certified": self._pass,
        }
        ends: Mapping[str, Callable[[], object]] = {
            "suspended": self._suspend,
            "revoked": self._revoke,
            "to be renewed": lambda: self._at(NOON + 150 * DAY),
            "run out": lambda: self._at(NOON + 200 * DAY),
        }
        for step in STEPS[: STEPS.index(state) + 1 if state in STEPS else None]:
            steps[step]()
        if state in ends:
            ends[state]()
        self._at(self.now)
        self._put_shifts()
        self.session.expunge_all()

    def seen(self) -> list[str]:
        """Return everything that a step leaves behind."""
        self.session.expire_all()
        return sorted(
            [
                *(f"{row.id} {row.status}" for row in self.session.scalars(select(ExamAttempt))),
                *(f"{row.id} {row.status}" for row in self.session.scalars(select(ProjectApplication))),
                *(
                    f"{row.id} {row.status} {row.starts_at}"
                    for row in self.session.scalars(select(TrialShift))
                ),
                *(f"{row.id} {row.state_at(self.now)}" for row in self.session.scalars(select(Certificate))),
                *(f"{row.id} {row.status}" for row in self.session.scalars(select(Assignment))),
                *(row.lesson_id for row in self.session.scalars(select(LessonReading))),
            ]
        )

    def post(self, action: str) -> TestResponse:
        project, application, trial = self.project.id, self.application.id, self.trial.id
        lesson = lessons_of(self.project)[0].id
        begin = (self.now + 2 * DAY).astimezone(BUSINESS_ZONE)
        asked = {
            "supervisor": str(self.operator.id),
            "starts_at": f"{begin:%Y-%m-%dT%H:%M}",
            "hours": "2",
        }
        verdict = dict.fromkeys(Criterion, "good") | {"verdict": "passed", "remarks": "答得准"}
        path, data = {
            "start base exam": ("/agent/exams/base", {}),
            "apply": (f"/agent/projects/{project}/apply", {}),
            "read": (f"/agent/projects/{project}/training/{lesson}", {}),
            "start assessment": (f"/agent/projects/{project}/exam", {}),
            "set trial": (f"/operations/applications/{application}/trial", asked),
            "judge": (f"/operations/trials/{trial}", verdict),
            "accept": (f"/agent/offers/{self.offer.id}/accept", {}),
            "check in": (f"/agent/shifts/{self.shift.id}/check-in", {}),
        }[action]
        if path.startswith("/operations"):
            who, actor = self.operator, Actor(user_id=self.operator.id, role=Role.OPERATIONS)
        else:
            who, actor = self.make.user_of(self.agent), self.make.actor_of(self.agent)
        assert isinstance(self.client, RoleClient)
        self.client.sign_in(who, actor)
        return self.client.post(path, data=data)

    def _at(self, now: dt.datetime) -> None:
        self.now = now
        self.patch.setattr(clock, "utc_now", lambda: now)

    def _apply(self) -> None:
        self.application = self.make.application(self.agent, project=self.project)

    def _make_known(self) -> None:
        with transaction(self.session):
            self.session.get_one(Agent, self.agent.id).identity_confirmed_at = NOON

    def _set_trial(self) -> None:
        self.trial = schedule(self.session, self.application, self.operator, starts_at=TRIAL)

    def _pass(self) -> None:
        judge(self.session, self.trial, self.operator, TrialStatus.PASSED, now=self.now)

    def _certificate(self) -> uuid.UUID:
        held = select(Certificate.id).where(Certificate.project_id == self.project.id)
        return self.session.scalars(held).one()

    def _suspend(self) -> None:
        with transaction(self.session):
            certificate_states.suspend_certificate(
                self.session,
                self._certificate(),
                until=self.now + 30 * DAY,
                reason="三次答错退换规则",
                actor_user_id=self.operator.id,
                now=self.now,
                wall_now=self.now,
            )

    def _revoke(self) -> None:
        with transaction(self.session):
            certificate_states.revoke_certificate(
                self.session,
                self._certificate(),
                barred_until=self.now + 30 * DAY,
                reason="把顾客的电话记在了别处",
                actor_user_id=self.operator.id,
                now=self.now,
                wall_now=self.now,
            )

    def _put_shifts(self) -> None:
        """Lay an offer and an accepted shift before them, as if something had gone wrong before."""
        soon = self.make.slot(starts_at=self.now)
        later = self.make.slot(starts_at=self.now + 5 * DAY)
        self.shift = self.make.assignment(
            agent=self.agent, project=self.project, slot=soon, status=AssignmentStatus.ACCEPTED
        )
        self.offer = self.make.assignment(
            agent=self.agent, project=self.project, slot=later, respond_by=self.now + DAY
        )


ACTIONS = sorted(set().union(*ALLOWED.values()))


@pytest.mark.parametrize("state", [*STEPS, *ENDS])
def test_only_the_next_step_can_be_taken(
    client: RoleClient, session: Session, make: Make, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    climber = Climber(client, session, make, monkeypatch)
    climber.climb(state)
    for action in [action for action in ACTIONS if action not in ALLOWED[state]]:
        before = climber.seen()
        status = climber.post(action).status_code
        assert climber.seen() == before, f"{action} did something"
        assert status in {302, 404, 409, 422}, f"{action}: {status}"
    for action in sorted(ALLOWED[state]):
        before = climber.seen()
        assert climber.post(action).status_code == 302, f"{action} was refused"
        if action != "read":
            assert climber.seen() != before, f"{action} did nothing"


@pytest.mark.parametrize(
    ("state", "sentence", "place"),
    [
        ("signed up", "身份还没有确认", "/agent/identity"),
        ("known", "还没有这个项目的认证", "/agent/growth"),
        ("suspended", "正停用", "/agent/certificates"),
        ("revoked", "被撤销了", "/agent/certificates"),
        ("run out", "结束前就过期", "/agent/certificates"),
    ],
)
@pytest.mark.parametrize("action", ["accept", "check in"])
def test_a_refusal_names_the_step_and_where_it_is_mended(
    client: RoleClient,
    session: Session,
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
    state: str,
    action: str,
    sentence: str,
    place: str,
) -> None:
    climber = Climber(client, session, make, monkeypatch)
    climber.climb(state)

    page = climber.post(action).text

    assert sentence in page
    assert f'href="{place}"' in page
