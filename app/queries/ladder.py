"""Where somebody stands in a project, step by step: derived from what each step leaves behind."""

from __future__ import annotations

import dataclasses
import enum
import uuid
from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.models import (
    Agent,
    ApplicationStatus,
    ExamAttempt,
    IdentityCheck,
    IdentityStatus,
    ProjectApplication,
    TrialShift,
    TrialStatus,
)
from app.queries.attempts import find_passed_attempt
from app.queries.identity_checks import find_last_check
from app.queries.training import Training, get_training
from app.queries.trials import list_trials


class Step(enum.StrEnum):
    """The step an application waits at; the last four end it or are past it."""

    TRAINING = "training"
    ASSESSMENT = "assessment"
    IDENTITY = "identity"
    SCHEDULE = "schedule"
    TRIAL = "trial"
    CERTIFIED = "certified"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Place:
    """An application with what each step left behind. Trials come newest first."""

    application: ProjectApplication
    training: Training
    assessment: ExamAttempt | None
    agent: Agent
    check: IdentityCheck | None
    trials: Sequence[TrialShift]

    @property
    def trial(self) -> TrialShift | None:
        """Return the trial that is set and not judged yet."""
        return next((trial for trial in self.trials if trial.status is TrialStatus.SCHEDULED), None)

    @property
    def is_identity_waiting(self) -> bool:
        return self.check is not None and self.check.status is IdentityStatus.WAITING

    @property
    def step(self) -> Step:
        """Return the first step that is not behind the person."""
        if self.application.status not in (ApplicationStatus.APPLIED, ApplicationStatus.TRIAL):
            return Step(self.application.status.value)
        if self.assessment is None:
            return Step.ASSESSMENT if self.training.is_done else Step.TRAINING
        if self.agent.identity_confirmed_at is None:
            return Step.IDENTITY
        return Step.SCHEDULE if self.trial is None else Step.TRIAL


def get_place(session: Session, application: ProjectApplication) -> Place:
    """Return where an application, loaded with its agent and project, stands. Four statements."""
    agent_id: uuid.UUID = application.agent_id
    return Place(
        application=application,
        training=get_training(session, agent_id, application.project),
        assessment=find_passed_attempt(session, agent_id, project_id=application.project_id),
        agent=application.agent,
        check=find_last_check(session, agent_id),
        trials=list_trials(session, [application.id]).get(application.id, ()),
    )
