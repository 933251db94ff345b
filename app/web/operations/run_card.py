"""The card of a run: how far it is, its curve as a picture, what can be done with it."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange

from app.models import MatchRun, MatchStatus
from scheduling.matching.solution import gap_between

ACTIVE = (MatchStatus.WAITING, MatchStatus.RUNNING, MatchStatus.PUBLISHING)
SECONDS = (5, 10, 30, 60, 120, 300, 600)
LARGEST_SEED = 2**31 - 1
# Points of the curve further below the bound than this part of it would flatten everything else.
DEEPEST = 0.1


class RunForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    seconds = SelectField(
        _l("算多久"),
        coerce=int,
        choices=[
            (seconds, _l("%(seconds)s 秒", seconds=seconds))
            if seconds < 60
            else (seconds, _l("%(minutes)s 分钟", minutes=seconds // 60))
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
    first_gap: float
    last_gap: float


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


def _gained(history: list[list[float]]) -> int | None:
    """Return by how many seats the plan grew in the last ten seconds."""
    if len(history) < 2 or len(history[-1]) < 4:
        return None
    before = [point for point in history if point[0] <= history[-1][0] - 10]
    return int(history[-1][3] - before[-1][3]) if before else None


def draw_curve(history: list[list[float]], *, seconds: int) -> Curve | None:
    """Draw a run's history; None while there is no line to draw. 100 on the axis is the bound now."""
    if len(history) < 2:
        return None
    times = [point[0] for point in history]
    values, bounds = [point[1] for point in history], [point[2] for point in history]
    unit = max(bounds[-1], 1)
    low = max(min(values), unit * (1 - DEEPEST))
    high = min(max(bounds), unit * (1 + DEEPEST))
    if high - low < unit * 0.001:
        low, high = low - unit * 0.001, high + unit * 0.001
    width = max(seconds, times[-1], 1)
    xs = [time / width * 100 for time in times]

    def path(points: list[float]) -> list[str]:
        ys = [min(100.0, max(0.0, (high - point) / (high - low) * 100)) for point in points]
        return [f"{x:.2f} {y:.2f}" for x, y in zip(xs, ys, strict=True)]

    value, bound = path(values), path(bounds)
    steps = 4
    return Curve(
        value="M" + " L".join(value),
        bound="M" + " L".join(bound),
        area="M" + " L".join([*bound, *reversed(value)]) + "Z",
        now=round(xs[-1], 2),
        top=f"{high / unit * 100:.1f}",
        middle=f"{(high + low) / 2 / unit * 100:.1f}",
        bottom=f"{low / unit * 100:.1f}",
        seconds=tuple(f"{width * step / steps:.0f}" for step in range(steps + 1)),
        first_gap=gap_between(int(values[0]), int(bounds[0])),
        last_gap=gap_between(int(values[-1]), int(bounds[-1])),
    )
