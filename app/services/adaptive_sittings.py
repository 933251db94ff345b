"""Adaptive attempts: drawn at their start, moved on by each answer, and worth an ability at the end.

What comes next follows from what was frozen at the start and the answers so far, so whoever asks twice is
told the same. Callers hold the attempt's row.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import cast, func, select, true, update
from sqlalchemy.dialects.postgresql import JSONPATH
from sqlalchemy.orm import Session

from app.errors import AnswerConfirmedError
from app.models import AdaptiveSitting, ExamAttempt, ExamSetting, ItemExposure
from app.queries.exam_settings import find_exposure, find_setting_id, get_sitting
from exams.adaptive_exam import ItemFigures, Plan, make_plan
from exams.adaptive_result import Outcome, judge
from exams.bank import Bank
from exams.forms import Blueprint, Form, make_question
from exams.irt.adaptive import NO_EXPOSURE, Attempt, Exposure, Standing, find_standing
from exams.irt.adaptive import start_attempt as draw_items
from exams.marking import Mark

COUNT_EVERY = dt.timedelta(minutes=1)
"""How old the exposure counts may be before a start brings them up to date."""

MOST_COUNTED = 1000
"""How many attempts one start counts at most; the next goes on."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class InForce:
    """An adaptive exam as it is held now."""

    setting_id: uuid.UUID
    bank: Bank
    blueprint: Blueprint
    plan: Plan | None


# The plan last asked for: settings never change, so only a new one, or another bank, makes it anew.
_kept: list[InForce] = []


@dataclasses.dataclass(frozen=True, kw_only=True)
class Drawn:
    """A form with its first question, and what the attempt needs to go on."""

    form: Form
    setting_id: uuid.UUID
    plan: Plan
    usable: tuple[str, ...]

    def sitting(self, attempt_id: uuid.UUID) -> AdaptiveSitting:
        """Return the row that goes with the attempt."""
        return AdaptiveSitting(
            id=uuid.uuid4(),
            attempt_id=attempt_id,
            setting_id=self.setting_id,
            plan=self.plan.to_json(),
            usable=list(self.usable),
            answers=[],
            ended_at=None,
            counted=False,
        )


def find_plan(session: Session, blueprint: Blueprint, bank: Bank) -> tuple[uuid.UUID, Plan] | None:
    """Return the setting and plan by which the exam is adaptive now, None where it is a fixed form.

    Items that were changed or retired since the decision are left out; where too few are left, or the
    blueprint asks for more, the exam is a fixed form again until operations decide anew.
    """
    setting_id = find_setting_id(session, blueprint.id)
    if setting_id is None:
        return None
    kept = _kept[0] if _kept else None
    if kept is None or kept.setting_id != setting_id or kept.bank is not bank or kept.blueprint != blueprint:
        stored = session.scalars(select(ExamSetting.plan).where(ExamSetting.id == setting_id)).one()
        assert stored is not None
        plan = make_plan(bank, blueprint, _figures(Plan.from_json(stored)))[1]
        kept = InForce(setting_id=setting_id, bank=bank, blueprint=blueprint, plan=plan)
        _kept[:] = [kept]
    return None if kept.plan is None else (setting_id, kept.plan)


def _figures(plan: Plan) -> list[ItemFigures]:
    items = plan.pool.items
    return [
        ItemFigures(item_id=name, version=version, a=float(a), b=float(b), c=float(c))
        for name, version, a, b, c in zip(items.ids, plan.versions, items.a, items.b, items.c, strict=True)
    ]


def draw(
    session: Session,
    blueprint: Blueprint,
    bank: Bank,
    *,
    seed: int,
    earlier: Sequence[Form],
    now: dt.datetime,
) -> Drawn | None:
    """Draw an adaptive form where the exam is held so now; None where it is a fixed form.

    What the person had on an earlier form is left out, as far as enough of each topic is left.
    """
    found = find_plan(session, blueprint, bank)
    if found is None:
        return None
    setting_id, plan = found
    exposure = _exposure(session, setting_id, now=now)
    drawn = draw_items(plan.pool, plan.settings, seed=seed, exposure=exposure).usable
    seen = {question.item_id for form in earlier for question in form.questions}
    usable = _without(plan, drawn, seen)
    first = find_standing(plan.attempt(seed=seed, usable=usable)).next_item
    if first is None:
        return None
    form = Form(
        exam_id=blueprint.id,
        seed=seed,
        minutes=plan.minutes,
        pass_percent=plan.pass_percent,
        questions=(make_question(bank.item(first, plan.version_of(first)), seed),),
        most=plan.settings.most,
    )
    return Drawn(form=form, setting_id=setting_id, plan=plan, usable=usable)


def _without(plan: Plan, drawn: Sequence[str], seen: set[str]) -> tuple[str, ...]:
    """Return the drawn items without the seen ones, topic by topic, where a whole exam is left."""
    topics = dict(zip(plan.pool.items.ids, plan.pool.topics, strict=True))
    shares = plan.settings.shares or {}
    usable: set[str] = set()
    for topic, share in shares.items():
        mine = [name for name in drawn if topics[name] == topic]
        fresh = [name for name in mine if name not in seen]
        enough = math.ceil(plan.settings.most * share / sum(shares.values()))
        usable.update(fresh if len(fresh) >= enough else mine)
    return tuple(name for name in drawn if name in usable)


def move_on(
    session: Session, attempt: ExamAttempt, bank: Bank, *, answered: tuple[str, bool] | None, show_next: bool
) -> Standing:
    """Take in the answer to the question the attempt is at, and put the next one on the form.

    `answered` is None where that question counts neither way, or was taken in before. `show_next` False
    leaves the next question for later. Returns where the attempt stands.
    """
    sitting = get_sitting(session, attempt.id)
    if answered is not None:
        sitting.answers = [*sitting.answers, [answered[0], int(answered[1])]]
    form = Form.from_json(attempt.form)
    plan = Plan.from_json(sitting.plan)
    standing = find_standing(_attempt(plan, sitting, form.seed, withdrawn=_open_items(form, sitting)))
    if standing.next_item is not None and show_next:
        item = bank.item(standing.next_item, plan.version_of(standing.next_item))
        attempt.form = form.with_question(make_question(item, form.seed)).to_json()
    session.flush()
    return standing


def check_open(session: Session, attempt: ExamAttempt, item_id: str) -> None:
    """Raise AnswerConfirmedError for an item that the attempt has gone on from."""
    last = attempt.form["questions"][-1]["item_id"]
    if item_id != last or was_answered(session, attempt.id, item_id):
        raise AnswerConfirmedError


def was_answered(session: Session, attempt_id: uuid.UUID, item_id: str) -> bool:
    """Whether the answer to an item of the attempt is taken in for good."""
    # Read alone: the plan beside it is large, and every save asks.
    answers = session.scalars(
        select(AdaptiveSitting.answers).where(AdaptiveSitting.attempt_id == attempt_id)
    ).one()
    return any(name == item_id for name, _ in answers)


def close(
    session: Session,
    attempt: ExamAttempt,
    *,
    responses: Mapping[str, object],
    marks: Mapping[str, Mark],
    now: dt.datetime,
) -> Outcome:
    """End the sitting and return what it is worth. An answer that was saved and not confirmed counts."""
    sitting = get_sitting(session, attempt.id)
    form = Form.from_json(attempt.form)
    last = form.questions[-1].item_id
    if responses.get(last) is not None and all(name != last for name, _ in sitting.answers):
        sitting.answers = [*sitting.answers, [last, int(marks[last].correct)]]
    sitting.ended_at = now
    plan = Plan.from_json(sitting.plan)
    session.flush()
    # The question in sight is the first of those that were still to come.
    return judge(plan, _attempt(plan, sitting, form.seed, withdrawn=_open_items(form, sitting) - {last}))


def _open_items(form: Form, sitting: AdaptiveSitting) -> set[str]:
    """Return the items that were shown and not answered: nobody is asked them again."""
    answered = {name for name, _ in sitting.answers}
    return {question.item_id for question in form.questions} - answered


def _attempt(plan: Plan, sitting: AdaptiveSitting, seed: int, *, withdrawn: set[str]) -> Attempt:
    usable = [name for name in sitting.usable if name not in withdrawn]
    return plan.attempt(
        seed=seed, usable=usable, answers=[(name, bool(right)) for name, right in sitting.answers]
    )


def _exposure(session: Session, setting_id: uuid.UUID, *, now: dt.datetime) -> Exposure:
    """Return the counts of a setting, brought up to date by whoever comes first after a while."""
    row = find_exposure(session, setting_id)
    if row is None:
        return NO_EXPOSURE
    if abs(now - row.counted_at) >= COUNT_EVERY:
        count_exposure(session, setting_id, now=now)
    return Exposure(**row.counts)


def count_exposure(session: Session, setting_id: uuid.UUID, *, now: dt.datetime) -> int:
    """Add the attempts that ended since the last count and return how many; 0 while another counts."""
    row = session.scalar(
        select(ItemExposure)
        .where(ItemExposure.setting_id == setting_id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if row is None:
        return 0
    waiting = (
        select(AdaptiveSitting.id)
        .where(
            AdaptiveSitting.setting_id == setting_id,
            AdaptiveSitting.ended_at.is_not(None),
            AdaptiveSitting.counted.is_(False),
        )
        .limit(MOST_COUNTED)
    )
    ids = session.scalars(
        update(AdaptiveSitting)
        .where(AdaptiveSitting.id.in_(waiting.scalar_subquery()))
        .values(counted=True)
        .returning(AdaptiveSitting.id)
        .execution_options(synchronize_session=False)
    ).all()
    row.counts = {
        "attempts": row.counts["attempts"] + len(ids),
        "eligible": _add(row.counts["eligible"], _count_items(session, ids, AdaptiveSitting.usable)),
        "given": _add(row.counts["given"], _count_asked(session, ids)),
    }
    row.real_attempts += len(ids)
    row.counted_at = now
    session.flush()
    return len(ids)


def _add(counts: Mapping[str, float], more: Mapping[str, int]) -> dict[str, float]:
    return {name: counts.get(name, 0) + more.get(name, 0) for name in counts.keys() | more.keys()}


def _count_items(session: Session, ids: Sequence[uuid.UUID], column: Any) -> dict[str, int]:
    names = func.jsonb_array_elements_text(column).table_valued("name").render_derived()
    rows = session.execute(
        select(names.c.name, func.count())
        .select_from(AdaptiveSitting)
        .join(names, true())
        .where(AdaptiveSitting.id.in_(ids))
        .group_by(names.c.name)
    )
    return {row[0]: row[1] for row in rows}


def _count_asked(session: Session, ids: Sequence[uuid.UUID]) -> dict[str, int]:
    """Count what was shown, answered or not: seen is seen."""
    asked = func.jsonb_path_query_array(ExamAttempt.form, cast("$.questions[*].item_id", JSONPATH))
    names = func.jsonb_array_elements_text(asked).table_valued("name").render_derived()
    rows = session.execute(
        select(names.c.name, func.count())
        .select_from(AdaptiveSitting)
        .join(ExamAttempt, ExamAttempt.id == AdaptiveSitting.attempt_id)
        .join(names, true())
        .where(AdaptiveSitting.id.in_(ids))
        .group_by(names.c.name)
    )
    return {row[0]: row[1] for row in rows}
