"""The card of a run: how far it is, its curve as a picture, what can be done with it."""

from __future__ import annotations

import dataclasses
import math
import uuid
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField
from wtforms.validators import AnyOf, InputRequired, NumberRange

from app.models import MatchRun, MatchStatus
from app.web.choices import choice
from scheduling.matching.solution import Phase, gap_between

ACTIVE = (MatchStatus.WAITING, MatchStatus.RUNNING, MatchStatus.PUBLISHING)
SECONDS = (5, 10, 30, 60, 120, 300, 600)
LARGEST_SEED = 2**31 - 1
# Points of the curve further below the bound than this part of it would flatten everything else.
DEEPEST = 0.1
STEPS = 4
POINTS_SHOWN = 12
# Phases in which the seconds that a run was given are used up.
SOLVING = tuple(phase.value for phase in Phase)

NEWS: Mapping[MatchStatus, object] = {
    MatchStatus.WAITING: _l("排队中"),
    MatchStatus.PUBLISHING: _l("正在发布"),
    MatchStatus.DONE: _l("算完了"),
}

# Points of [second, value or None, bound, seats filled].
History = list[list[float | None]]


def _seconds_of(text: object) -> int:
    """Return the seconds that a form names; 0, which is no choice, for what is no number."""
    return int(str(text)) if str(text).isascii() and str(text).isdigit() else 0


class RunForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    seconds = SelectField(
        _l("算多久"),
        coerce=_seconds_of,
        validate_choice=False,
        validators=[AnyOf(SECONDS, message=_l("请从列表里选一个时间，最长 10 分钟"))],
        choices=[
            choice(
                str(seconds),
                _l("%(seconds)s 秒", seconds=seconds)
                if seconds < 60
                else _l("%(minutes)s 分钟", minutes=seconds // 60),
            )
            for seconds in SECONDS
        ],
    )
    seed = IntegerField(
        _l("随机种子"),
        default=0,
        validators=[
            InputRequired(_l("请填一个整数，例如 0")),
            NumberRange(min=0, max=LARGEST_SEED, message=_l("请填 0 到 2147483647 之间的整数")),
        ],
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Point:
    """One moment of a run, for the table beside the picture; no value or gap while there is no plan."""

    second: float
    value: int | None
    bound: int
    gap: float | None
    filled: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Curve:
    """Value and bound over time, as SVG paths in a box of 100 by 100, with the words of its axes."""

    value: str
    bound: str
    area: str
    now: float
    top: str
    middle: str
    bottom: str
    seconds: tuple[str, ...]
    last_gap: float | None
    points: tuple[Point, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunCard:
    """What the card shows of a run, ready for the template."""

    id: uuid.UUID
    number: int
    status: MatchStatus
    is_active: bool
    can_stop: bool
    stop_asked: bool
    seconds: int
    elapsed: float
    left: int | None
    share: float
    phase: str | None
    gap: float | None
    filled: int
    seats: int
    gained: int | None
    curve: Curve | None
    report: dict[str, Any]
    failure: str | None


def make_card(run: MatchRun) -> RunCard:
    """Read a run's own figures, or while it computes those of its progress."""
    progress = run.progress or {}
    gap = progress.get("gap")
    if run.value is not None and run.bound is not None:
        gap = gap_between(run.value, run.bound)
    history = progress.get("history", [])
    is_done = run.filled is not None
    return RunCard(
        id=run.id,
        number=run.number,
        status=run.status,
        is_active=run.status in ACTIVE,
        can_stop=run.status in (MatchStatus.WAITING, MatchStatus.RUNNING),
        stop_asked=run.stop_asked,
        seconds=run.seconds,
        elapsed=min(float(progress.get("seconds", 0)), run.seconds),
        left=_seconds_left(run, progress),
        share=float(progress.get("share", 0)),
        phase=progress.get("phase"),
        gap=gap,
        filled=run.filled or 0 if is_done else int(progress.get("filled", 0)),
        seats=run.seats or 0 if is_done else int(progress.get("seats", 0)),
        gained=_gained(history),
        curve=draw_curve(history, seconds=run.seconds),
        report=run.report or {},
        failure=run.failure,
    )


def _seconds_left(run: MatchRun, progress: Mapping[str, Any]) -> int | None:
    """Return how long the solving may still take at most; None when it is not solving."""
    if run.status is not MatchStatus.RUNNING or progress.get("phase") not in SOLVING:
        return None
    return max(0, math.ceil(run.seconds - float(progress["seconds"])))


def news_of(card: RunCard, phases: Mapping[str, object]) -> str:
    """Return a run's state as one sentence, for those who hear the page: figures of a moment, no picture."""
    if card.status is not MatchStatus.RUNNING:
        return str(NEWS.get(card.status, NEWS[MatchStatus.DONE]))
    figures = {"phase": phases.get(card.phase or "read", ""), "second": f"{card.elapsed:.0f}"}
    if card.gap is None:
        return str(_("%(phase)s，第 %(second)s 秒", **figures))
    figures |= {"filled": f"{card.filled:,}", "gap": f"{card.gap:.2%}"}
    return str(_("%(phase)s，第 %(second)s 秒，排上 %(filled)s 席，差距 %(gap)s", **figures))


def _gained(history: History) -> int | None:
    """Return by how many seats the plan grew in the last ten seconds."""
    planned = [point for point in history if point[1] is not None]
    if not planned:
        return None
    last = planned[-1]
    before = [point for point in planned if (point[0] or 0) <= (last[0] or 0) - 10]
    return int((last[3] or 0) - (before[-1][3] or 0)) if before else None


def draw_curve(history: History, *, seconds: int) -> Curve | None:
    """Draw a run's history; None while there is no line to draw. 100 on the axis is the bound now.

    Prices, and with them the bound, come first; the plan joins half-way.
    """
    if len(history) < 2:
        return None
    bounds = [(point[0] or 0.0, point[2] or 0.0) for point in history]
    values = [(point[0] or 0.0, point[1]) for point in history if point[1] is not None]
    unit = max(bounds[-1][1], 1.0)
    points = [amount for _, amount in bounds + values]
    low = max(min(points), unit * (1 - DEEPEST))
    high = min(max(points), unit * (1 + DEEPEST))
    margin = max((high - low) * 0.05, unit * 0.0005)
    low, high = low - margin, high + margin
    width = max(seconds, bounds[-1][0], 1.0)

    def path(line: list[tuple[float, float]]) -> list[str]:
        return [
            f"{time / width * 100:.2f} {min(100.0, max(0.0, (high - amount) / (high - low) * 100)):.2f}"
            for time, amount in line
        ]

    bound, value = path(bounds), path(values)
    area = path([point for point in bounds if values and point[0] >= values[0][0]])
    last_gap = gap_between(int(values[-1][1]), int(unit)) if values else None
    return Curve(
        value="M" + " L".join(value) if value else "",
        bound="M" + " L".join(bound),
        area="M" + " L".join([*area, *reversed(value)]) + "Z" if value else "",
        now=round(bounds[-1][0] / width * 100, 2),
        top=f"{high / unit * 100:.1f}",
        middle=f"{(high + low) / 2 / unit * 100:.1f}",
        bottom=f"{low / unit * 100:.1f}",
        seconds=tuple(f"{round(width * step / STEPS, 1):g}" for step in range(STEPS + 1)),
        last_gap=last_gap,
        points=_points(history),
    )


def _points(history: History) -> tuple[Point, ...]:
    """Return moments spread evenly over the history, the newest first, the first and the last among them."""
    rows = len(history)
    places = sorted({round(step * (rows - 1) / (POINTS_SHOWN - 1)) for step in range(POINTS_SHOWN)})
    return tuple(
        Point(
            second=second or 0.0,
            value=None if value is None else int(value),
            bound=int(bound or 0),
            gap=None if value is None else gap_between(int(value), int(bound or 0)),
            filled=int(filled or 0),
        )
        for second, value, bound, filled in (history[place] for place in reversed(places))
    )
