"""What would fill empty seats, in plain words for operations."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from app.models import MatchRun, Project, Shortage
from app.queries import run_plans
from scheduling.matching.advice import RemedyKind

REMEDIES_SHOWN = 12
RAISES_SHOWN = 6


@dataclasses.dataclass(frozen=True, kw_only=True)
class AdviceStep:
    """One remedy of a run: what to do in which project, and how many seats in how many slots it fills.

    `slot_id` is the slot where it fills most.
    """

    kind: RemedyKind
    project: Project
    people: int
    fills: int
    slots: int
    slot_id: uuid.UUID

    @property
    def words(self) -> str:
        if self.kind is RemedyKind.TRAIN:
            return str(ngettext("再让 %(num)s 人考下认证", "再让 %(num)s 人考下认证", self.people))
        return str(
            ngettext("请 %(num)s 位有认证的人加开时间", "请 %(num)s 位有认证的人加开时间", self.people)
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Advice:
    """A run's remedies, best first; `fills` is what all of them together fill, shown or not."""

    fills: int
    steps: Sequence[AdviceStep]
    raises: Sequence[Shortage]


def read_advice(session: Session, run: MatchRun, shortages: Iterable[Shortage]) -> Advice | None:
    """Return a run's remedies with their projects, and the shortages that only a raise would end; None for a
    run that kept no remedies. One statement.
    """
    kept: Mapping[str, Any] | None = (run.report or {}).get("advice")
    if kept is None:
        return None
    steps = kept["steps"][:REMEDIES_SHOWN]
    projects = run_plans.list_projects(session, {uuid.UUID(step["project_id"]) for step in steps})
    return Advice(
        fills=kept["fills"],
        steps=[_step(step, projects[uuid.UUID(step["project_id"])]) for step in steps],
        raises=[shortage for shortage in shortages if _needs_a_raise(shortage)][:RAISES_SHOWN],
    )


def _step(step: Mapping[str, Any], project: Project) -> AdviceStep:
    seats: Mapping[str, int] = step["seats"]
    return AdviceStep(
        kind=RemedyKind(step["kind"]),
        project=project,
        people=step["people"],
        fills=step["fills"],
        slots=len(seats),
        slot_id=uuid.UUID(max(seats, key=lambda slot_id: (seats[slot_id], slot_id))),
    )


def _needs_a_raise(shortage: Shortage) -> bool:
    """Say whether nobody can be trained or asked for a shortage, but somebody could be moved."""
    found = shortage.details.get("remedies")
    return (
        found is not None
        and not found["trainable"]
        and not found["askable"]
        and found["raise_first"] is not None
    )


def remedy_lines(shortage: Shortage) -> list[str]:
    """Return what would fill a shortage's seats, a sentence each; none for a run that kept no remedies."""
    found = shortage.details.get("remedies")
    if found is None:
        return []
    lines = []
    if found["askable"]:
        lines.append(
            ngettext(
                "请人加开时间：%(num)s 位有认证的人排得下，只是没报这个时间。",
                "请人加开时间：%(num)s 位有认证的人排得下，只是没报这个时间。",
                found["askable"],
            )
        )
    if found["trainable"]:
        lines.append(
            ngettext(
                "让人考认证：%(num)s 人这时有空也排得下，考过就能来。",
                "让人考认证：%(num)s 人这时有空也排得下，考过就能来。",
                found["trainable"],
            )
        )
    if found["raise_first"] is not None:
        lines.append(raise_words(found))
    return lines or [_("没有人能再挪出来：要有新的人报这个时间，也有这个项目的认证。")]


def raise_words(found: Mapping[str, Any]) -> str:
    """Return what a raise of the seat's price would do; a yuan is a point as far as prices count."""
    points, most = found["raise_first"], found["most_raise"]
    if not points:
        return str(_("提价：这里和别处的坐席一样值，价再高一点，就会从别处调来人，那边就会缺人。"))
    if points >= most:
        return str(
            _(
                "提价换不来人：要比别处多值 %(points)s 分，价格最多还能算 %(most)s 分。",
                points=points,
                most=most,
            )
        )
    return str(
        _(
            "提价：一席提价超过 %(yuan)s 元，才会从别的坐席调来人，那边就会缺人。",
            yuan=points,
        )
    )
