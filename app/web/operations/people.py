"""People: how well they work, whether they come, and how long they stay. No needs, nothing about health."""

from __future__ import annotations

import dataclasses
import uuid
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.db import db
from app.permissions import Permission
from app.queries import attempts as attempt_queries
from app.queries import certificates as certificate_queries
from app.queries import people, quality
from app.queries.people import Cohort, Filter, Stay
from app.scorecards import WINDOW, Field, attendance
from app.web import charts
from app.web.access import requires
from app.web.operations import bp
from app.web.paging import page_number, pages_of
from app.web.scorecards import load_contacts, load_scorecard
from exams.blueprints import BLUEPRINTS
from scheduling.workforce.measures import share
from scheduling.workforce.retention import RetentionCurve, retention_curve

# Moments at which the table reads the curves, in days.
MILESTONES = (30, 90, 180, 365)
CHART_DAYS = 365
# Fewer people than this make a curve of steps that says nothing.
LEAST_PEOPLE = 5
ATTRITION_IN_THE_TRADE = 0.10


@dataclasses.dataclass(frozen=True, kw_only=True)
class GroupLine:
    """One group's stay. `reached` says, for each milestone, whether anybody was followed that long."""

    group: str
    name: str
    curve: RetentionCurve
    address: str
    is_chosen: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class RetentionChart:
    """The curve of all people with its band, and that of the chosen group."""

    everybody: str
    band: str
    chosen: str | None


@bp.get("/people")
@requires(Permission.PEOPLE_READ)
def show_people() -> ResponseReturnValue:
    now = clock.utc_now()
    chosen = _asked_filter()
    stays = people.list_stays(db.session, chosen.cohort, now=now)
    by_group: dict[str, list[Stay]] = defaultdict(list)
    for stay in stays:
        by_group[stay.group].append(stay)
    everybody = _curve(stays) if stays else None
    lines = [
        GroupLine(
            group=group,
            name=_group_name(chosen.cohort, group),
            curve=_curve(members),
            address=url_for("operations.show_people", cohort=chosen.cohort, group=group),
            is_chosen=group == chosen.group,
        )
        for group, members in sorted(by_group.items(), reverse=chosen.cohort is Cohort.MONTH)
    ]
    marked = next((line for line in lines if line.is_chosen), None)
    page = page_number()
    total = people.count_people(db.session, chosen)
    persons = people.list_people(db.session, chosen, page=page)
    since = now - WINDOW
    ids = [person.agent_id for person in persons]
    field = Field(quality.get_sums(db.session, agent_ids=ids, since=since, until=now))
    loss = people.get_monthly_loss(db.session, now=now)
    return render_template(
        "operations/people.html",
        people=[
            (person, field.make_scorecard(person.agent_id), attendance(person.worked, person.missed))
            for person in persons
        ],
        pages=pages_of(total, people.PAGE_ROWS, page),
        total=total,
        chosen=chosen,
        chosen_name=_group_name(chosen.cohort, chosen.group) if chosen.group else None,
        lines=lines,
        everybody=everybody,
        chart=_draw(everybody, marked.curve if marked else None) if everybody else None,
        milestones=MILESTONES,
        loss=share(loss.left_since, loss.here_then),
        trade=ATTRITION_IN_THE_TRADE,
        since=since,
    )


@bp.get("/people/<uuid:agent_id>")
@requires(Permission.PEOPLE_READ)
def show_agent(agent_id: uuid.UUID) -> ResponseReturnValue:
    now = clock.utc_now()
    person = people.get_person(db.session, agent_id)
    page = load_scorecard(db.session, agent_id, now=now)
    return render_template(
        "operations/agent.html",
        person=person,
        page=page,
        card=page.card,
        attendance=attendance(person.worked, person.missed),
        shifts=people.list_last_shifts(db.session, agent_id, until=now),
        certificates=certificate_queries.list_certificates(db.session, agent_id),
        attempts=attempt_queries.list_attempts(db.session, agent_id),
        exams=BLUEPRINTS,
        now=now,
        recruiter=_group_name(Cohort.RECRUITER, person.recruited_by),
    )


@bp.get("/people/<uuid:agent_id>/contacts")
@requires(Permission.PEOPLE_READ)
def list_agent_contacts(agent_id: uuid.UUID) -> ResponseReturnValue:
    person = people.get_person(db.session, agent_id)
    page = load_contacts(db.session, agent_id, now=clock.utc_now())
    return render_template("operations/agent_contacts.html", person=person, page=page)


def _asked_filter() -> Filter:
    asked = request.args.get("cohort", "")
    return Filter(
        cohort=Cohort(asked) if asked in set(Cohort) else Cohort.MONTH,
        group=request.args.get("group") or None,
        with_left="left" in request.args,
    )


def _group_name(cohort: Cohort, group: str) -> str:
    """Return a group's name in the reader's language; regions and months are names already."""
    if cohort is not Cohort.RECRUITER:
        return group
    names = {
        "self": _("自己报名"),
        "county": _("客服县项目"),
        "federation": _("残联"),
        "school": _("学校"),
    }
    return str(names.get(group, group))


def _curve(stays: Sequence[Stay]) -> RetentionCurve:
    """Fit the curve to added-up stays: first those who left, then those still here."""
    days = np.array([stay.days for stay in stays])
    left, here = np.array([stay.left for stay in stays]), np.array([stay.here for stay in stays])
    durations = np.concatenate([np.repeat(days, left), np.repeat(days, here)])
    return retention_curve(durations, np.arange(len(durations)) < left.sum())


def _draw(everybody: RetentionCurve, chosen: RetentionCurve | None) -> RetentionChart:
    return RetentionChart(
        everybody=_stair(everybody, "staying"),
        band=_band(everybody),
        chosen=_stair(chosen, "staying") if chosen else None,
    )


def _stair(curve: RetentionCurve, column: str) -> str:
    points, end = _points(curve, column)
    return charts.steps(points, end)


def _band(curve: RetentionCurve) -> str:
    """Return the area between the two ends of the interval, as a stair up and back."""
    (low, end), (high, _end) = _points(curve, "low"), _points(curve, "high")
    there = charts.steps(high, end)
    back = " ".join(f"V{y:.2f} H{x:.2f}" for x, y in reversed(low))
    return f"{there} {back}Z"


def _points(curve: RetentionCurve, column: str) -> tuple[list[charts.Point], float]:
    """Return the stair's corners within the chart's days, and where the last observation ends."""
    scale = charts.Scale(low=0, high=1)
    values = getattr(curve, column)
    shown = curve.times <= CHART_DAYS
    points = [
        (float(time) / CHART_DAYS * 100, scale.height(float(value)))
        for time, value in zip(curve.times[shown], values[shown], strict=True)
    ]
    return points, min(float(curve.times[-1]) / CHART_DAYS * 100, 100.0)
