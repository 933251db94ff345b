"""Sit an exam: start, save answers, hand in, and close what was left behind.

The server's clock is the only one. Whoever starts or ends an attempt holds the agent's row, so two of an
agent's requests are decided one after the other. `now` is business time, `wall_now` the machine's.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import (
    AttemptClosedError,
    AttemptRunningError,
    NotFoundError,
    RetakeTooEarlyError,
)
from app.models import AttemptStatus, ExamAttempt, Project
from app.queries.attempts import list_answers, list_attempts
from app.queries.integrity import shares_of
from app.services import (
    adaptive_sittings,
    audit,
    breaks,
    certificates,
    chats,
    renewals,
    typed_answers,
)
from app.services.answers import upsert_answer
from app.services.attempt_rows import hold_agent, hold_attempt, open_attempt
from app.services.exam_blueprints import current_blueprints
from app.services.exam_order import check_not_passed, project_exam_of
from exams.bank import Bank
from exams.blueprints import BASE_EXAM
from exams.certificates import payload_digest
from exams.forms import Blueprint, Form, UnknownQuestionError, assemble_form, count_exposure, show_question
from exams.items import Kind
from exams.marking import mark_attempt
from exams.responses import parse_response
from exams.retakes import RETAKES, next_attempt_at
from exams.timing import Accommodation, SaveVerdict, closes_at, judge_save
from exams.typewriting import TypedResponse


@dataclasses.dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a person stands with one exam.

    `opens_at` is when the next attempt may start; None means that no attempt is left. `failed` counts the
    attempts since the last pass.
    """

    opens_at: dt.datetime | None
    failed: int
    attempts_in_all: int
    last: ExamAttempt | None


def standing_of(
    history: Sequence[ExamAttempt], *, exam: str, project_id: uuid.UUID | None, opens_at: dt.datetime
) -> Standing:
    """Return the person's standing with an exam, from all their attempts, newest first."""
    mine = [attempt for attempt in history if attempt.exam == exam and attempt.project_id == project_id]
    failed: list[dt.datetime] = []
    for attempt in mine:
        if attempt.passed:
            break
        if attempt.submitted_at is not None and attempt.waived_at is None:
            failed.append(attempt.submitted_at)
    policy = RETAKES[exam]
    return Standing(
        opens_at=next_attempt_at(exam_opens_at=opens_at, failed_at=failed, policy=policy),
        failed=len(failed),
        attempts_in_all=policy.attempts,
        last=next((attempt for attempt in mine if attempt.status is AttemptStatus.SUBMITTED), None),
    )


def start_attempt(
    session: Session,
    *,
    agent_id: uuid.UUID,
    project_id: uuid.UUID | None,
    bank: Bank,
    seed: int,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
) -> ExamAttempt:
    """Start the base exam or, with a project, its assessment; the form is frozen from the seed.

    Where the exam is held adaptively the form has its first question, and the rest comes with the answers.

    Raises NotFoundError for an unknown project, AttemptRunningError while any attempt runs, StepSkippedError
    for an assessment without base certificate and open application, LessonsUnreadError for one whose training
    is not read, BarredError for a time after a revocation, StaleStateError when the exam is passed
    already, and RetakeTooEarlyError before the wait after a failure is over.
    """
    if project_id is not None and session.get(Project, project_id) is None:
        raise NotFoundError(f"project {project_id}")
    agent = hold_agent(session, agent_id)
    history = list_attempts(session, agent_id)
    running = next((attempt for attempt in history if attempt.status is AttemptStatus.RUNNING), None)
    if running is not None:
        raise AttemptRunningError(attempt_id=running.id)
    shipped = BASE_EXAM if project_id is None else project_exam_of(session, agent_id, project_id, now=now)
    blueprint = current_blueprints(session)[shipped.id]
    check_not_passed(session, agent_id, project_id=project_id, now=now)
    standing = standing_of(history, exam=blueprint.id, project_id=project_id, opens_at=agent.joined_at)
    if standing.opens_at is None or now < standing.opens_at:
        raise RetakeTooEarlyError(opens_at=standing.opens_at)
    earlier = [Form.from_json(attempt.form) for attempt in history if attempt.exam == blueprint.id]
    drawn = adaptive_sittings.draw(session, blueprint, bank, seed=seed, earlier=earlier, now=now)
    form = drawn.form if drawn else _assemble(session, bank, blueprint, seed, earlier)
    attempt = open_attempt(session, agent, form, project_id=project_id, actor_user_id=actor_user_id, now=now)
    if drawn:
        session.add(drawn.sitting(attempt.id))
    return attempt


def _assemble(session: Session, bank: Bank, blueprint: Blueprint, seed: int, earlier: Sequence[Form]) -> Form:
    shares = shares_of(session, blueprint.id)
    return assemble_form(bank, blueprint, seed, exposure=count_exposure(earlier), shares=shares)


def start_typing(
    session: Session,
    *,
    attempt_id: uuid.UUID,
    agent_id: uuid.UUID,
    item_id: str,
    language: str,
    bank: Bank,
    now: dt.datetime,
) -> TypedResponse:
    """Begin the clock of a typing question, or find it running, and return what is kept of the answer.

    The first start counts. Raises AttemptClosedError and UnknownQuestionError as `save_answer` does, the
    latter also for a question of another kind.
    """
    attempt = hold_attempt(session, attempt_id, agent_id=agent_id, share=True)
    _judge_arrival(attempt, now=now, made_at=None)
    breaks.check_open(attempt, item_id, now=now)
    if show_question(bank, Form.from_json(attempt.form).question(item_id)).kind is not Kind.TYPING:
        raise UnknownQuestionError(f"item {item_id} has no start")
    return typed_answers.start(session, attempt, item_id, language=language, now=now)


def save_answer(
    session: Session,
    *,
    attempt_id: uuid.UUID,
    agent_id: uuid.UUID,
    item_id: str,
    values: Sequence[str],
    sequence: int,
    bank: Bank,
    now: dt.datetime,
    made_at: dt.datetime | None = None,
    typed_at: dt.datetime | None = None,
) -> bool:
    """Hold the attempt and save what was answered to one item, as `save_held` does."""
    return save_held(
        session,
        hold_attempt(session, attempt_id, agent_id=agent_id, share=True),
        item_id=item_id,
        values=values,
        sequence=sequence,
        bank=bank,
        now=now,
        made_at=made_at,
        typed_at=typed_at,
    )


def save_held(
    session: Session,
    attempt: ExamAttempt,
    *,
    item_id: str,
    values: Sequence[str],
    sequence: int,
    bank: Bank,
    now: dt.datetime,
    made_at: dt.datetime | None = None,
    typed_at: dt.datetime | None = None,
) -> bool:
    """Save what was answered to one item of a held attempt; return whether it was newer than what was there.

    A save with the same or an older sequence number changes nothing. `made_at` is when the answer was made,
    as far as that can be shown; it matters only in the grace period after the deadline. `typed_at` is the
    same for what was typed against the clock, None when the page could not say. Raises AttemptClosedError
    afterwards, UnknownQuestionError for an item that is not on the form, AnswerConfirmedError for one that an
    adaptive exam has gone on from, and ResponseError for values that answer nothing.
    """
    verdict = _judge_arrival(attempt, now=now, made_at=made_at)
    form = Form.from_json(attempt.form)
    question = form.question(item_id)
    if form.most is not None:
        adaptive_sittings.check_open(session, attempt, item_id)
    breaks.check_open(attempt, item_id, now=now)
    shown = show_question(bank, question)
    if shown.kind is Kind.CHAT and not values:
        # Its answer is the play; walking past the question must not wipe it out.
        return False
    response = parse_response(
        shown.kind, values, option_ids=question.option_ids, prompt_ids=[prompt.id for prompt in shown.prompts]
    )
    if shown.kind is Kind.TYPING:
        text = response if isinstance(response, str) else ""
        response = typed_answers.go_on(session, attempt, item_id, text=text, now=now, typed_at=typed_at)
        if response is None:
            return False
    if verdict is SaveVerdict.IN_GRACE:
        audit.record(session, "attempt.grace-used", attempt, actor_user_id=None, now=now, item_id=item_id)
    return upsert_answer(session, attempt.id, item_id, response, sequence=sequence, now=now)


def submit_attempt(
    session: Session,
    *,
    attempt_id: uuid.UUID,
    agent_id: uuid.UUID,
    bank: Bank,
    actor_user_id: uuid.UUID | None,
    now: dt.datetime,
    wall_now: dt.datetime,
) -> ExamAttempt:
    """Hand in and mark an attempt; a passed base exam issues the base certificate at once,
    and a passed assessment renews the certificate for which it was sat.

    An attempt that was handed in already is returned as it is. `actor_user_id` is None when its time was
    over and the system hands it in.
    """
    agent = hold_agent(session, agent_id)
    attempt = hold_attempt(session, attempt_id, agent_id=agent_id)
    if attempt.status is AttemptStatus.SUBMITTED:
        return attempt
    form = Form.from_json(attempt.form)
    chats.settle_chats(session, attempt, now=now)
    responses = {
        item_id: answer.response["value"] for item_id, answer in list_answers(session, attempt_id).items()
    }
    result = mark_attempt(form, bank, responses, accommodation=Accommodation(**attempt.accommodation))
    # Whoever hands in late, or never, had no more time than everybody else: waits count from the deadline.
    attempt.submitted_at = now if attempt.deadline_at is None else min(now, attempt.deadline_at)
    attempt.status = AttemptStatus.SUBMITTED
    attempt.percent, attempt.passed, told = result.whole_percent, result.passed, result.to_json()
    if form.most is not None:
        outcome = adaptive_sittings.close(session, attempt, responses=responses, marks=result.marks, now=now)
        attempt.percent, attempt.passed = outcome.whole_percent, outcome.passed
        told |= outcome.as_result()
    reports = chats.reports_of(session, attempt)
    attempt.result = told | {
        "digest": _evidence(attempt, responses),
        "chats": {item_id: report.to_json() for item_id, report in reports.items()},
    }
    session.flush()
    for item_id, report in reports.items():
        if report.flags:
            # Doubtful sentences cost nothing; somebody looks at them all the same.
            audit.record(
                session,
                "attempt.chat-flagged",
                attempt,
                actor_user_id=None,
                now=now,
                item_id=item_id,
                flags=len(report.flags),
            )
    audit.record(
        session,
        "attempt.submitted",
        attempt,
        actor_user_id=actor_user_id,
        now=now,
        percent=attempt.percent,
        passed=bool(attempt.passed),
    )
    if attempt.passed and attempt.exam == BASE_EXAM.id:
        certificates.issue_certificate(
            session,
            agent=agent,
            attempt=attempt,
            project=None,
            actor_user_id=actor_user_id,
            now=now,
            wall_now=wall_now,
        )
    elif attempt.passed:
        renewals.renew_certificate(
            session, agent=agent, attempt=attempt, actor_user_id=actor_user_id, now=now, wall_now=wall_now
        )
    return attempt


def submit_overdue(
    session: Session, *, attempt_id: uuid.UUID, bank: Bank, now: dt.datetime, wall_now: dt.datetime
) -> bool:
    """Hand in an attempt whose time is over and return whether that was still to do.

    The answers of the last moment count: time is looked at again under the lock.
    """
    agent_id = session.scalars(select(ExamAttempt.agent_id).where(ExamAttempt.id == attempt_id)).one()
    hold_agent(session, agent_id)
    attempt = hold_attempt(session, attempt_id, agent_id=agent_id)
    saved = [answer.saved_at for answer in list_answers(session, attempt_id).values()]
    ends_at = closes_at(deadline_at=attempt.deadline_at, last_saved_at=max(saved, default=attempt.started_at))
    if attempt.status is not AttemptStatus.RUNNING or now < ends_at:
        return False
    submit_attempt(
        session,
        attempt_id=attempt_id,
        agent_id=agent_id,
        bank=bank,
        actor_user_id=None,
        now=now,
        wall_now=wall_now,
    )
    return True


def _judge_arrival(attempt: ExamAttempt, *, now: dt.datetime, made_at: dt.datetime | None) -> SaveVerdict:
    """Say whether what arrives now is in time, or refuse it."""
    verdict = judge_save(deadline_at=attempt.deadline_at, received_at=now, made_at=made_at)
    if attempt.status is not AttemptStatus.RUNNING or verdict is SaveVerdict.TOO_LATE:
        raise AttemptClosedError
    return verdict


def _evidence(attempt: ExamAttempt, responses: Mapping[str, object]) -> str:
    """Return the digest of what was asked, answered and earned: the link that a certificate builds on."""
    assert attempt.submitted_at is not None
    return payload_digest(
        {
            "attempt_id": str(attempt.id),
            "form": attempt.form,
            "responses": dict(responses),
            "percent": attempt.percent,
            "passed": attempt.passed,
            "submitted_at": attempt.submitted_at.astimezone(dt.UTC).isoformat(),
        }
    )
