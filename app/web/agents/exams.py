"""Sit an exam: the list with its rules, one question at a time, handing in, and the result."""

from __future__ import annotations

import datetime as dt
import math
import secrets
import uuid

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.db import db, transaction
from app.errors import AttemptRunningError
from app.models import AttemptStatus, CertificateState, ExamAttempt
from app.permissions import Permission
from app.queries import agents as agent_queries
from app.queries import applications as application_queries
from app.queries import attempts as attempt_queries
from app.queries import certificates as certificate_queries
from app.queries import integrity as integrity_queries
from app.queries import needs as needs_queries
from app.queries.training import list_readings, training_of
from app.renewal_rules import days_left, list_renewable, renewal_opens_at
from app.services import attempts
from app.services.accommodations import accommodation_of
from app.services.adaptive_sittings import find_plan
from app.services.exam_blueprints import current_blueprints
from app.services.item_bank import bank_for, current_bank
from app.web.access import requires
from app.web.agents import bp
from app.web.agents.exam_time import (
    is_text_only,
    make_stamp,
    milliseconds_left,
    milliseconds_since_start,
    page_version,
)
from app.web.agents.questions import ShownQuestion, show_form, show_solution
from app.web.i18n import locale_code
from app.web.identity import the_agent_id, the_user
from exams.blueprints import BASE_EXAM, BLUEPRINTS, PROJECT_EXAMS
from exams.breaks import Breaks
from exams.forms import Form
from exams.items import TOPIC_NAMES, Topic
from exams.marking import mark_attempt
from exams.retakes import RETAKES
from exams.timing import Accommodation, allowed_seconds, announcements, seconds_left, typing_time_factor

MOST_ECHOED = 2000
"""Characters of a refused answer that its page shows again."""


@bp.get("/exams")
@requires(Permission.EXAM_SIT)
def list_exams() -> ResponseReturnValue:
    agent = agent_queries.get_agent(db.session, the_agent_id())
    history = attempt_queries.list_attempts(db.session, agent.id)
    accommodation = accommodation_of(
        needs_queries.find_needs(db.session, agent.id), large_text=agent.user.large_text
    )
    applications = [
        application
        for application in application_queries.list_applications_of(db.session, agent.id)
        if application.status in application_queries.OPEN
    ]
    readings = list_readings(db.session, agent.id)
    blueprints = current_blueprints(db.session)
    base = blueprints[BASE_EXAM.id]
    adaptive = find_plan(db.session, base, current_bank(db.session))
    now = clock.utc_now()
    certificates = certificate_queries.list_certificates(db.session, agent.id)
    renewable = list_renewable(certificates, now)
    return render_template(
        "agents/exams.html",
        text_only=accommodation.text_only,
        base=base,
        base_standing=attempts.standing_of(
            history, exam=BASE_EXAM.id, project_id=None, opens_at=agent.joined_at
        ),
        policies=RETAKES,
        certificate=next(
            (
                certificate
                for certificate in certificates
                if certificate.project is None and certificate.state_at(now) is CertificateState.VALID
            ),
            None,
        ),
        earned={certificate.attempt_id for certificate in certificates},
        renewable=renewable,
        days_left=days_left,
        renewals=[
            (
                certificate,
                blueprints[PROJECT_EXAMS[certificate.project.service_line].id],
                attempts.standing_of(
                    history,
                    exam=PROJECT_EXAMS[certificate.project.service_line].id,
                    project_id=certificate.project_id,
                    opens_at=renewal_opens_at(certificate),
                ),
                training_of(certificate.project, readings),
            )
            for certificate in renewable
            if certificate.project is not None
        ],
        assessments=[
            (
                application,
                blueprints[PROJECT_EXAMS[application.project.service_line].id],
                attempts.standing_of(
                    history,
                    exam=PROJECT_EXAMS[application.project.service_line].id,
                    project_id=application.project_id,
                    opens_at=application.applied_at,
                ),
                training_of(application.project, readings),
            )
            for application in applications
        ],
        running=next((attempt for attempt in history if attempt.status is AttemptStatus.RUNNING), None),
        past=[attempt for attempt in history if attempt.status is AttemptStatus.SUBMITTED],
        blueprints=BLUEPRINTS,
        questioned=integrity_queries.list_flags_of(db.session, agent.id),
        adaptive=None if adaptive is None else adaptive[1],
        minutes_for=lambda minutes: _minutes_for(minutes, accommodation),
        now=now,
    )


@bp.post("/exams/base")
@requires(Permission.EXAM_SIT)
def start_base_exam() -> ResponseReturnValue:
    return _start(project_id=None)


@bp.post("/projects/<uuid:project_id>/exam")
@requires(Permission.EXAM_SIT)
def start_project_exam(project_id: uuid.UUID) -> ResponseReturnValue:
    return _start(project_id=project_id)


@bp.get("/attempts/<uuid:attempt_id>")
@requires(Permission.EXAM_SIT)
def show_attempt(attempt_id: uuid.UUID) -> ResponseReturnValue:
    attempt = attempt_queries.get_attempt(db.session, attempt_id, agent_id=the_agent_id())
    if attempt.status is AttemptStatus.SUBMITTED:
        return redirect(url_for("agents.show_result", attempt_id=attempt_id))
    asked = request.args.get("question", type=int)
    return show_question_page(attempt, number=_first_unfrozen(attempt) if asked is None else asked)


@bp.route("/attempts/<uuid:attempt_id>/submit", methods=["GET", "POST"])
@requires(Permission.EXAM_SIT)
def submit_attempt(attempt_id: uuid.UUID) -> ResponseReturnValue:
    attempt = attempt_queries.get_attempt(db.session, attempt_id, agent_id=the_agent_id())
    if request.method == "POST":
        with transaction(db.session):
            attempts.submit_attempt(
                db.session,
                attempt_id=attempt_id,
                agent_id=the_agent_id(),
                bank=bank_for(db.session, attempt),
                actor_user_id=the_user().id,
                now=clock.utc_now(),
                wall_now=clock.wall_now(),
            )
        return redirect(url_for("agents.show_result", attempt_id=attempt_id))
    if attempt.status is AttemptStatus.SUBMITTED:
        return redirect(url_for("agents.show_result", attempt_id=attempt_id))
    questions = questions_of(attempt)
    return render_template(
        "agents/submit_attempt.html",
        text_only=is_text_only(attempt),
        attempt=attempt,
        exam=BLUEPRINTS[attempt.exam],
        questions=questions,
        most=attempt.form.get("most"),
        unanswered=[question for question in questions if not question.is_answered],
        seconds_left=seconds_left(deadline_at=attempt.deadline_at, now=clock.utc_now()),
    )


@bp.get("/attempts/<uuid:attempt_id>/result")
@requires(Permission.EXAM_SIT)
def show_result(attempt_id: uuid.UUID) -> ResponseReturnValue:
    attempt = attempt_queries.get_attempt(db.session, attempt_id, agent_id=the_agent_id())
    if attempt.status is AttemptStatus.RUNNING or attempt.result is None:
        return redirect(url_for("agents.show_attempt", attempt_id=attempt_id))
    if attempt.exam not in RETAKES:
        # A confirmation passes nobody: what it says stands beside what it confirms.
        flag = integrity_queries.find_flag_of_confirmation(db.session, attempt_id)
        return redirect(
            url_for("agents.show_confirmation", flag_id=flag.id) if flag else url_for("agents.list_exams")
        )
    form = Form.from_json(attempt.form)
    answers = attempt_queries.list_answers(db.session, attempt_id)
    bank = bank_for(db.session, attempt)
    marked = mark_attempt(
        form,
        bank,
        {item_id: answer.response["value"] for item_id, answer in answers.items()},
        accommodation=Accommodation(**attempt.accommodation),
        granted=attempt.result.get("granted", ()),
    )
    agent = agent_queries.get_agent(db.session, the_agent_id())
    return render_template(
        "agents/result.html",
        text_only=is_text_only(attempt),
        attempt=attempt,
        exam=BLUEPRINTS[attempt.exam],
        result=attempt.result,
        topics=[
            (TOPIC_NAMES[Topic(part["topic"])].in_language(locale_code()), part)
            for part in attempt.result["by_topic"]
        ],
        questions=show_form(form, bank, answers),
        adaptive=attempt.result.get("adaptive"),
        adaptive_topics=[
            (TOPIC_NAMES[Topic(part["topic"])].in_language(locale_code()), part)
            for part in attempt.result.get("adaptive", {}).get("topics", ())
        ],
        solutions={
            asked.item_id: show_solution(bank.item(asked.item_id, asked.version)) for asked in form.questions
        },
        marks=marked.marks,
        certificate=certificate_queries.find_certificate_of_attempt(db.session, attempt_id),
        standing=attempts.standing_of(
            attempt_queries.list_attempts(db.session, agent.id),
            exam=attempt.exam,
            project_id=attempt.project_id,
            opens_at=agent.joined_at,
        ),
        now=clock.utc_now(),
    )


def _start(*, project_id: uuid.UUID | None) -> ResponseReturnValue:
    try:
        with transaction(db.session):
            attempt = attempts.start_attempt(
                db.session,
                agent_id=the_agent_id(),
                project_id=project_id,
                bank=current_bank(db.session),
                seed=secrets.randbits(63),
                actor_user_id=the_user().id,
                now=clock.utc_now(),
            )
    except AttemptRunningError as error:
        flash(_("你有一场考试正在进行，这里就是它。"))
        return redirect(url_for("agents.show_attempt", attempt_id=error.attempt_id))
    return redirect(url_for("agents.show_attempt", attempt_id=attempt.id))


def _first_unfrozen(attempt: ExamAttempt) -> int:
    frozen = Breaks.from_json(attempt.breaks).frozen
    items = [question.item_id for question in Form.from_json(attempt.form).questions]
    return next((number for number, item_id in enumerate(items, start=1) if item_id not in frozen), 1)


def show_question_page(
    attempt: ExamAttempt, *, number: int, refusal: str | None = None
) -> ResponseReturnValue:
    """Show the whole form with one question in sight, so that a lost connection takes none of it away.

    Of an adaptive form only the question that it is at; there is no way back to the others.
    """
    now = clock.utc_now()
    form = Form.from_json(attempt.form)
    questions = questions_of(attempt) if form.most is None else questions_of(attempt)[-1:]
    breaks = Breaks.from_json(attempt.breaks)
    current_break = breaks.current(now)
    current = min(max(questions[0].number, number), questions[-1].number)
    minutes = form.minutes
    accommodation = Accommodation(**attempt.accommodation)
    page = render_template(
        "agents/attempt.html",
        attempt=attempt,
        exam=BLUEPRINTS[attempt.exam],
        questions=questions,
        current=current,
        most=form.most,
        frozen=breaks.frozen,
        is_open={question.number: breaks.is_open(question.item_id) for question in questions},
        current_break=current_break,
        breaks_left=breaks.left(accommodation),
        break_minutes=accommodation.breaks_minutes,
        text_only=accommodation.text_only,
        refusal=refusal,
        # What is too long for an answer is too long to send back as well.
        typed=[value[:MOST_ECHOED] for value in request.form.getlist("answer")[:50]] if refusal else None,
        is_over=attempt.deadline_at is not None and now >= attempt.deadline_at,
        seconds_left=seconds_left(
            deadline_at=attempt.deadline_at, now=current_break.ends_at if current_break else now
        ),
        milliseconds_left=milliseconds_left(attempt, now=now),
        milliseconds_since_start=milliseconds_since_start(attempt, now=now),
        stamp=make_stamp(attempt.id, now=now),
        page_version=page_version(attempt, now=now),
        typing_untimed=typing_time_factor(minutes, accommodation) is None,
        announcements=[
            {"left": notice.seconds_left, "text": notice.text.in_language(locale_code())}
            for notice in announcements(allowed_seconds(minutes, accommodation))
        ],
    )
    return page, 422 if refusal else 200


def questions_of(attempt: ExamAttempt, *, since: dt.datetime | None = None) -> list[ShownQuestion]:
    """Return the form's questions with their answers; with `since`, those answered from then on."""
    answers = attempt_queries.list_answers(db.session, attempt.id)
    shown = show_form(Form.from_json(attempt.form), bank_for(db.session, attempt), answers)
    if since is None:
        return shown
    return [one for one in shown if one.item_id in answers and answers[one.item_id].saved_at >= since]


def _minutes_for(minutes: int, accommodation: Accommodation) -> int | None:
    seconds = allowed_seconds(minutes, accommodation)
    return None if seconds is None else math.ceil(seconds / 60)
