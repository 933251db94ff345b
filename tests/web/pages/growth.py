"""The agent's way in: needs, practice, exams, growth, projects, certificates, availability; decisions."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import uuid

from app.crypto import FieldCipher
from app.models import (
    Agent,
    ApplicationStatus,
    AttemptStatus,
    ExamAttempt,
    IdentityCheck,
    IdentitySource,
    IdentityStatus,
    TrialShift,
    TrialStatus,
)
from app.permissions import Permission
from app.trial_rules import Criterion
from exams.bank import shipped_bank
from exams.blueprints import BASE_EXAM, PRACTICE_EXAM
from exams.forms import Form, assemble_form, show_question
from exams.items import Kind
from exams.lessons import lessons_for
from exams.marking import mark_attempt
from exams.timing import NO_ACCOMMODATION
from tests.conftest import settings_for
from tests.make import NOON
from tests.web import chat_pages
from tests.web.pages import Page, World

BASE = assemble_form(shipped_bank(), BASE_EXAM, 1)
FORM = dataclasses.replace(BASE, questions=(*BASE.questions, *chat_pages.QUESTIONS))
PRACTICE = assemble_form(shipped_bank(), PRACTICE_EXAM, 0)


def pages(world: World) -> list[Page]:
    return [
        *_needs(),
        *_exams(world),
        *_projects(world),
        *_decisions(world),
        *_certificates(world),
        *_identities(world),
        *_attempts(world),
    ]


def _needs() -> list[Page]:
    needs, availability = Permission.NEEDS_MANAGE, Permission.AVAILABILITY_MANAGE
    return [
        Page(endpoint="agents.edit_needs", access=needs),
        # Nothing typed asks for nothing: that can be saved.
        Page(endpoint="agents.edit_needs", access=needs, method="POST", allowed=302),
        Page(endpoint="agents.save_note", access=needs, method="POST", allowed=422),
        Page(endpoint="agents.delete_note", access=needs, method="POST", allowed=302),
        Page(endpoint="agents.withdraw_needs", access=needs, method="POST", allowed=302),
        Page(endpoint="agents.edit_availability", access=availability),
        Page(endpoint="agents.edit_availability", access=availability, method="POST", allowed=302),
    ]


def _exams(world: World) -> list[Page]:
    sit = Permission.EXAM_SIT
    running: chat_pages.Address = {"attempt_id": make_attempt(world, world.agent).id}
    strange: chat_pages.Address = {"attempt_id": make_attempt(world, world.other_agent).id}
    done: chat_pages.Address = {"attempt_id": make_attempt(world, world.agent, is_done=True).id}
    strange_done: chat_pages.Address = {"attempt_id": make_attempt(world, world.other_agent, is_done=True).id}
    return [
        *chat_pages.chat_pages(running, strange, done, strange_done),
        Page(endpoint="agents.show_practice", access=sit),
        *(
            Page(endpoint="agents.show_practice", access=sit, own={"question": str(number), "start": "1"})
            for number in _places(PRACTICE, Kind.ORDERING, Kind.MATCHING, Kind.TYPING)
        ),
        Page(endpoint="agents.list_exams", access=sit),
        # Both lead to the exam that is running.
        Page(endpoint="agents.start_base_exam", access=sit, method="POST", allowed=302),
        Page(
            endpoint="agents.start_project_exam",
            access=sit,
            method="POST",
            own={"project_id": world.project.id},
            allowed=302,
        ),
        Page(endpoint="agents.show_attempt", access=sit, own=running, other=strange),
        *(
            Page(endpoint=endpoint, access=sit, method="POST", own=running, other=strange, allowed=302)
            for endpoint in ("agents.start_break", "agents.end_break", "agents.open_question")
        ),
        Page(endpoint="agents.show_state", access=sit, own=running, other=strange, look=False),
        Page(
            endpoint="agents.save_answer",
            access=sit,
            method="POST",
            own=running,
            other=strange,
            data={"item_id": FORM.questions[0].item_id, "go": "2"},
            allowed=302,
        ),
        Page(endpoint="agents.show_result", access=sit, own=done, other=strange_done),
        Page(endpoint="agents.submit_attempt", access=sit, own=running, other=strange),
        Page(
            endpoint="agents.submit_attempt",
            access=sit,
            method="POST",
            own=running,
            other=strange,
            allowed=302,
        ),
    ]


def _projects(world: World) -> list[Page]:
    apply = Permission.APPLICATION_CREATE
    mine = world.make.application(world.agent, project=world.make.project())
    theirs = world.make.application(world.other_agent, project=world.make.project())
    lesson: dict[str, uuid.UUID | str] = {
        "project_id": mine.project_id,
        "lesson_id": lessons_for("presales-chat")[0].id,
    }
    read = Permission.TRAINING_READ
    # One to renew and one that ran out: the pages say what to do about each.
    world.make.certificate(
        world.agent, project=world.make.project(name="灯灯灯具·售前"), expires_at=NOON + dt.timedelta(days=20)
    )
    world.make.certificate(
        world.agent,
        project=world.make.project(name="山野户外·售前"),
        issued_at=NOON - dt.timedelta(days=190),
        expires_at=NOON - dt.timedelta(days=10),
    )
    on_trial = make_trial(world, starts_at=NOON - dt.timedelta(days=2), status=TrialStatus.AGAIN)
    return [
        Page(endpoint="agents.show_growth", access=Permission.WORK_READ),
        Page(endpoint="agents.list_certificates", access=Permission.CERTIFICATE_READ),
        Page(
            endpoint="agents.show_name",
            access=Permission.CERTIFICATE_SHOW_NAME,
            method="POST",
            data={"shown": "yes"},
            allowed=302,
        ),
        Page(
            endpoint="agents.print_certificate",
            access=Permission.CERTIFICATE_READ,
            own={"certificate_id": world.make.certificate(world.agent, project=world.make.project()).id},
            other={
                "certificate_id": world.make.certificate(world.other_agent, project=world.make.project()).id
            },
        ),
        Page(endpoint="agents.list_projects", access=Permission.PROJECT_READ),
        Page(
            endpoint="agents.show_application",
            access=Permission.PROJECT_READ,
            own={"application_id": on_trial.application_id},
            other={"application_id": theirs.id},
        ),
        Page(endpoint="agents.show_training", access=read, own={"project_id": mine.project_id}),
        Page(endpoint="agents.show_lesson", access=read, own=lesson),
        Page(endpoint="agents.finish_lesson", access=read, method="POST", own=lesson, allowed=302),
        Page(
            endpoint="agents.apply_for_project",
            access=apply,
            method="POST",
            own={"project_id": world.other_project.id},
            allowed=302,
        ),
        Page(
            endpoint="agents.withdraw_application",
            access=apply,
            method="POST",
            own={"application_id": mine.id},
            other={"application_id": theirs.id},
            allowed=302,
        ),
    ]


def _decisions(world: World) -> list[Page]:
    decide = Permission.APPLICATION_DECIDE
    own = {"application_id": world.make.application(world.agent, project=world.make.project()).id}
    trial = {"trial_id": make_trial(world, starts_at=NOON - dt.timedelta(hours=1)).id}
    judged = make_trial(world, starts_at=NOON - dt.timedelta(days=1), status=TrialStatus.AGAIN)
    return [
        Page(endpoint="operations.schedule_trial", access=decide, own=own),
        Page(endpoint="operations.schedule_trial", access=decide, method="POST", own=own, allowed=422),
        Page(endpoint="operations.judge_trial", access=decide, own=trial),
        Page(endpoint="operations.judge_trial", access=decide, method="POST", own=trial, allowed=422),
        Page(endpoint="operations.judge_trial", access=decide, own={"trial_id": judged.id}),
        Page(
            endpoint="operations.decide_application",
            access=decide,
            own={"application_id": judged.application_id},
        ),
        Page(endpoint="operations.list_applications", access=decide),
        Page(endpoint="operations.decide_application", access=decide, own=own),
        Page(endpoint="operations.decide_application", access=decide, method="POST", own=own, allowed=422),
    ]


def make_trial(
    world: World, *, starts_at: dt.datetime, status: TrialStatus = TrialStatus.SCHEDULED
) -> TrialShift:
    """Save a trial of two hours, of an application of its own; one that is judged lacked something."""
    application = world.make.application(
        world.agent, project=world.make.project(), status=ApplicationStatus.TRIAL
    )
    is_judged = status is not TrialStatus.SCHEDULED
    return world.make.save(
        TrialShift(
            id=uuid.uuid4(),
            application_id=application.id,
            supervisor_id=world.operations.id,
            status=status,
            starts_at=starts_at,
            ends_at=starts_at + dt.timedelta(hours=2),
            scores=dict.fromkeys(Criterion, "good") | {"facts": "lacking"} if is_judged else None,
            remarks="Look up the dates before you answer." if is_judged else None,
            decided_at=NOON if is_judged else None,
        )
    )


def _attempts(world: World) -> list[Page]:
    waive = Permission.ATTEMPT_WAIVE
    own = {"attempt_id": make_attempt(world, world.make.agent(), is_done=True).id}
    return [
        Page(endpoint="operations.review_attempt", access=waive, own=own),
        Page(endpoint="operations.review_attempt", access=waive, method="POST", own=own, allowed=422),
    ]


def _identities(world: World) -> list[Page]:
    submit, decide = Permission.IDENTITY_SUBMIT, Permission.IDENTITY_DECIDE
    cipher = FieldCipher(settings_for("").encryption_key)
    check_id = uuid.uuid4()
    written = json.dumps({"name": "Mei Lan", "born_on": "1998-05-20", "document": "E12345678"})
    world.make.save(
        IdentityCheck(
            id=check_id,
            agent_id=world.make.agent(user=world.make.user(name="Mei Lan")).id,
            status=IdentityStatus.WAITING,
            source=IdentitySource.REVIEW,
            key_id=cipher.current_key_id,
            ciphertext=cipher.encrypt(written, row_id=check_id),
            submitted_at=NOON,
        )
    )
    own = {"check_id": check_id}
    return [
        Page(endpoint="agents.show_identity", access=submit),
        Page(endpoint="agents.show_identity", access=submit, method="POST", allowed=422),
        Page(endpoint="operations.list_identities", access=decide),
        Page(endpoint="operations.decide_identity", access=decide, own=own),
        Page(endpoint="operations.decide_identity", access=decide, method="POST", own=own, allowed=422),
    ]


def _certificates(world: World) -> list[Page]:
    manage = Permission.CERTIFICATE_MANAGE
    own = {"certificate_id": world.make.certificate(world.agent, project=world.make.project()).id}
    return [
        Page(endpoint="operations.manage_certificate", access=manage, own=own),
        Page(endpoint="operations.manage_certificate", access=manage, method="POST", own=own, allowed=422),
    ]


def _places(form: Form, *kinds: Kind) -> list[int]:
    """Return the numbers of the form's questions of these kinds."""
    return [
        number
        for number, asked in enumerate(form.questions, start=1)
        if show_question(shipped_bank(), asked).kind in kinds
    ]


def make_attempt(world: World, agent: Agent, *, is_done: bool = False) -> ExamAttempt:
    """Save an attempt at the base exam: one that runs without a limit, or one that was handed in empty."""
    result = mark_attempt(FORM, shipped_bank(), {})
    attempt = world.make.save(
        ExamAttempt(
            id=uuid.uuid4(),
            agent_id=agent.id,
            exam=BASE_EXAM.id,
            form=FORM.to_json(),
            accommodation=dataclasses.asdict(NO_ACCOMMODATION),
            status=AttemptStatus.SUBMITTED if is_done else AttemptStatus.RUNNING,
            started_at=NOON - dt.timedelta(minutes=5),
            submitted_at=NOON if is_done else None,
            percent=result.whole_percent if is_done else None,
            passed=result.passed if is_done else None,
            result=result.to_json() if is_done else None,
        )
    )
    chat_pages.start_chat(world.make, attempt)
    return attempt
