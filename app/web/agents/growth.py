"""The ladder: where I stand, what proves it, and what comes next."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from flask import render_template
from flask.typing import ResponseReturnValue

from app import clock
from app.db import db
from app.models import (
    Agent,
    ApplicationStatus,
    AttemptStatus,
    Certificate,
    CertificateKind,
    ExamAttempt,
    ProjectApplication,
)
from app.permissions import Permission
from app.queries import agents as agent_queries
from app.queries import applications as application_queries
from app.queries import attempts as attempt_queries
from app.queries import certificates as certificate_queries
from app.renewal_rules import days_left, list_renewable, list_run_out
from app.web.access import requires
from app.web.agents import bp
from app.web.identity import the_agent_id
from exams.blueprints import BASE_EXAM


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ladder:
    """What proves each step; None where it is not taken yet."""

    agent: Agent
    base_attempt: ExamAttempt | None
    base: Certificate | None
    application: ProjectApplication | None
    assessment: ExamAttempt | None
    projects: Sequence[Certificate]
    renewable: Sequence[Certificate]
    run_out: Sequence[Certificate]

    @property
    def on_trial(self) -> bool:
        return self.application is not None and self.application.status is ApplicationStatus.TRIAL

    @property
    def place(self) -> str:
        """Name the step to take next."""
        if self.base is None:
            return "base"
        if self.projects:
            return "shifts"
        if self.application is None:
            return "project"
        if self.on_trial:
            return "trial"
        return "assessment" if self.assessment is None else "waiting"


@bp.get("/growth")
@requires(Permission.WORK_READ)
def show_growth() -> ResponseReturnValue:
    now = clock.utc_now()
    agent = agent_queries.get_agent(db.session, the_agent_id())
    history = attempt_queries.list_attempts(db.session, agent.id)
    running = next((attempt for attempt in history if attempt.status is AttemptStatus.RUNNING), None)
    return render_template(
        "agents/growth.html",
        ladder=_ladder(agent, history, now=now),
        running=running,
        days_left=days_left,
        now=now,
    )


def _ladder(agent: Agent, history: Sequence[ExamAttempt], *, now: dt.datetime) -> Ladder:
    every = certificate_queries.list_certificates(db.session, agent.id)
    held = [
        certificate
        for certificate in every
        if certificate.revoked_at is None and certificate.expires_at > now
    ]
    used = {certificate.attempt_id for certificate in every}
    application = next(
        (
            application
            for application in application_queries.list_applications_of(db.session, agent.id)
            if application.status in application_queries.OPEN
        ),
        None,
    )
    passed = [attempt for attempt in history if attempt.passed]
    return Ladder(
        agent=agent,
        base_attempt=next((attempt for attempt in passed if attempt.exam == BASE_EXAM.id), None),
        base=next((certificate for certificate in held if certificate.kind is CertificateKind.BASE), None),
        application=application,
        assessment=next(
            (
                attempt
                for attempt in passed
                if application
                and attempt.project_id == application.project_id
                # A pass that earned a certificate before is no step to the next one.
                and attempt.id not in used
            ),
            None,
        ),
        projects=[certificate for certificate in held if certificate.kind is CertificateKind.PROJECT],
        renewable=list_renewable(every, now),
        run_out=list_run_out(every, now),
    )
