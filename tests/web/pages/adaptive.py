"""The adaptive base exam: its result and confirmations, and how operations decide about it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

from app.models import AdaptiveSitting, Agent, AttemptStatus, ExamAttempt, ExamSetting
from app.permissions import Permission
from exams.adaptive_exam import Plan
from exams.adaptive_result import judge
from exams.bank import shipped_bank
from exams.blueprints import BASE_EXAM
from exams.forms import Form, make_question
from exams.irt.adaptive import find_standing
from exams.marking import mark_attempt
from exams.timing import NO_ACCOMMODATION
from tests.adaptive import calibration_row, figures, setting_rows
from tests.make import NOON
from tests.web.pages import Page, World

SEED = 5


def pages(world: World) -> list[Page]:
    calibration, setting, counts = setting_rows()
    for row in (calibration, setting, counts):
        world.make.save(row)
    few = world.make.save(calibration_row(figures()[:20], number=2))
    mine, strange = (make_finished(world, agent, setting) for agent in (world.agent, world.other_agent))
    own, other = {"attempt_id": mine.id}, {"attempt_id": strange.id}
    last = {"item_id": Form.from_json(mine.form).questions[-1].item_id}
    change = Permission.EXAM_SET
    return [
        Page(endpoint="agents.show_result", access=Permission.EXAM_SIT, own=own, other=other),
        Page(
            endpoint="agents.confirm_question",
            access=Permission.EXAM_SIT,
            method="POST",
            own=own,
            other=other,
            # The same press again, after the end: it leads to the result.
            data=last | {"empty": "1"},
            allowed=302,
        ),
        Page(endpoint="operations.show_base_exam", access=change),
        Page(endpoint="operations.show_calibration", access=change, own={"calibration_id": calibration.id}),
        Page(
            endpoint="operations.import_calibration",
            access=change,
            method="POST",
            allowed=422,
        ),
        Page(endpoint="operations.take_own_figures", access=change, method="POST", allowed=302),
        Page(endpoint="operations.hold_fixed", access=change, method="POST", allowed=302),
        Page(
            endpoint="operations.show_calibration",
            access=change,
            method="POST",
            own={"calibration_id": few.id},
            allowed=422,
        ),
    ]


def make_finished(world: World, agent: Agent, setting: ExamSetting) -> ExamAttempt:
    """Save an adaptive attempt that ended after a few answers."""
    assert setting.plan is not None
    plan, bank = Plan.from_json(setting.plan), shipped_bank()
    attempt = plan.attempt(seed=SEED, usable=plan.pool.items.ids)
    form = Form(
        exam_id=BASE_EXAM.id,
        seed=SEED,
        minutes=plan.minutes,
        pass_percent=plan.pass_percent,
        questions=(),
        most=plan.settings.most,
    )
    for number in range(6):
        item_id = find_standing(attempt).next_item
        assert item_id is not None
        form = form.with_question(make_question(bank.item(item_id, plan.version_of(item_id)), SEED))
        attempt = dataclasses.replace(attempt, answers=(*attempt.answers, (item_id, number % 3 > 0)))
    outcome = judge(plan, attempt)
    row = world.make.save(
        ExamAttempt(
            id=uuid.uuid4(),
            agent_id=agent.id,
            exam=BASE_EXAM.id,
            form=form.to_json(),
            accommodation=dataclasses.asdict(NO_ACCOMMODATION),
            status=AttemptStatus.SUBMITTED,
            started_at=NOON - dt.timedelta(minutes=5),
            submitted_at=NOON,
            percent=outcome.whole_percent,
            passed=outcome.passed,
            result=mark_attempt(form, bank, {}).to_json() | outcome.as_result(),
        )
    )
    world.make.save(
        AdaptiveSitting(
            id=uuid.uuid4(),
            attempt_id=row.id,
            setting_id=setting.id,
            plan=setting.plan,
            usable=list(plan.pool.items.ids),
            answers=[[name, int(right)] for name, right in attempt.answers],
            ended_at=NOON,
            counted=False,
        )
    )
    return row
