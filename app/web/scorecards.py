"""A scorecard's figures and shapes for a page: the agent and operations see the very same."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence

from flask import request
from sqlalchemy.orm import Session

from app.models import Contact
from app.queries import quality
from app.queries.quality import QUICK_SECONDS, Behind
from app.scorecards import WINDOW, Field, Scorecard, Trend, make_trend
from app.web import charts
from app.web.paging import Pages, page_number, pages_of


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrendChart:
    """The trend's shapes in a box of 100 x 100."""

    line: str
    dots: Sequence[tuple[float, float, bool]]
    mean: float
    upper: str
    lower: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class ScorecardPage:
    """Everything that the page shows of one agent's measures. `quick_seconds` is the person's own limit."""

    card: Scorecard
    trend: Trend | None
    chart: TrendChart | None
    allowance: float
    quick_seconds: float
    since: dt.datetime
    until: dt.datetime


def load_scorecard(session: Session, agent_id: uuid.UUID, *, now: dt.datetime) -> ScorecardPage:
    """Read an agent's measures of the last half year."""
    since = now - WINDOW
    sums = quality.get_sums(session, agent_ids=[agent_id], since=since, until=now)
    replies = quality.get_replies(session, agent_id=agent_id, since=since, until=now)
    trend = make_trend(quality.list_days(session, agent_id=agent_id, since=since, until=now))
    allowance = quality.get_allowance(session, agent_id=agent_id)
    return ScorecardPage(
        card=Field(sums).make_scorecard(agent_id, replies),
        trend=trend,
        chart=_draw(trend) if trend and len(trend.points) > 1 else None,
        allowance=allowance,
        quick_seconds=QUICK_SECONDS * allowance,
        since=since,
        until=now,
    )


def _draw(trend: Trend) -> TrendChart:
    scale = charts.Scale(low=0, high=1)
    step = 100 / (len(trend.points) - 1)
    places = [number * step for number in range(len(trend.points))]

    def at(values: Sequence[float]) -> list[charts.Point]:
        return [(x, scale.height(value)) for x, value in zip(places, values, strict=True)]

    points = at([point.share for point in trend.points])
    return TrendChart(
        line=charts.line(points),
        dots=[(x, y, point.is_out) for (x, y), point in zip(points, trend.points, strict=True)],
        mean=scale.height(trend.mean),
        upper=charts.line(at([point.high for point in trend.points])),
        lower=charts.line(at([point.low for point in trend.points])),
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class ContactsPage:
    """One page of the contacts behind a figure."""

    contacts: Sequence[tuple[Contact, str]]
    behind: Behind
    total: int
    pages: Pages


def load_contacts(session: Session, agent_id: uuid.UUID, *, now: dt.datetime) -> ContactsPage:
    """Read the contacts that the address asks for; an unknown figure means all of them."""
    asked = request.args.get("behind", "")
    behind = Behind(asked) if asked in set(Behind) else Behind.ALL
    since, page = now - WINDOW, page_number()
    total = quality.count_contacts(session, agent_id=agent_id, behind=behind, since=since, until=now)
    return ContactsPage(
        contacts=quality.list_contacts(
            session, agent_id=agent_id, behind=behind, since=since, until=now, page=page
        ),
        behind=behind,
        total=total,
        pages=pages_of(total, quality.PAGE_ROWS, page),
    )
