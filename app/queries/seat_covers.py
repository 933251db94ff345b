"""How likely seats are to be worked, as it was reckoned last: for operations' board and for merchants."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import uuid
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from app.models import MatchRun, MatchStatus, Project, SeatCover, ServiceLine, ShiftSlot
from app.queries.columns import Rows

Key = TypeVar("Key", bound=Hashable)


@dataclasses.dataclass(frozen=True, kw_only=True)
class CoverSum:
    """The cover of several projects: `below` of them do not reach the target, the least sure has `lowest`.

    `alone` is how many standbys they would need if they did not share them.
    """

    projects: int
    below: int
    lowest: float
    standbys: int
    alone: int
    cost_fen: int
    target: float
    reckoned_at: dt.datetime

    @property
    def sure(self) -> int:
        return self.projects - self.below

    @property
    def saved(self) -> int:
        """How many standbys sharing spares."""
        return max(0, self.alone - self.standbys)


@dataclasses.dataclass(frozen=True, kw_only=True)
class ProjectCover:
    """The cover of one project in one slot; `helps` names the project its standbys help next."""

    chance: float
    target: float
    standbys: int
    cost_fen: int
    helps: str | None

    @property
    def is_sure(self) -> bool:
        return self.chance >= self.target


def sum_by_slot(
    session: Session, run_id: uuid.UUID, *, now: dt.datetime, line: ServiceLine | None = None
) -> Mapping[uuid.UUID, CoverSum]:
    """Return the cover of each slot to come. One statement."""
    statement = _sums(run_id, now=now).add_columns(SeatCover.slot_id).group_by(SeatCover.slot_id)
    if line is not None:
        statement = statement.join(Project, Project.id == SeatCover.project_id).where(
            Project.service_line == line
        )
    return {
        row.slot_id: CoverSum(
            projects=row.projects,
            below=row.below,
            lowest=row.lowest,
            standbys=int(row.standbys),
            alone=int(row.alone),
            cost_fen=int(row.cost_fen),
            target=row.target,
            reckoned_at=row.reckoned_at,
        )
        for row in session.execute(statement)
    }


def add_up(sums: Sequence[CoverSum]) -> CoverSum | None:
    """Return the cover of several slots together; None for none."""
    if not sums:
        return None
    return CoverSum(
        projects=sum(one.projects for one in sums),
        below=sum(one.below for one in sums),
        lowest=min(one.lowest for one in sums),
        standbys=sum(one.standbys for one in sums),
        alone=sum(one.alone for one in sums),
        cost_fen=sum(one.cost_fen for one in sums),
        target=max(one.target for one in sums),
        reckoned_at=min(one.reckoned_at for one in sums),
    )


def list_by_project(
    session: Session, run_id: uuid.UUID, *, slot_id: uuid.UUID, now: dt.datetime
) -> Mapping[uuid.UUID, ProjectCover]:
    """Return the cover of each project of a slot; none for a slot that has begun. One statement."""
    helped = aliased(Project)
    rows = session.execute(
        select(
            SeatCover.project_id,
            SeatCover.chance,
            SeatCover.target,
            SeatCover.standbys,
            SeatCover.cost_fen,
            helped.name.label("helps"),
        )
        .join(ShiftSlot, ShiftSlot.id == SeatCover.slot_id)
        .outerjoin(helped, helped.id == SeatCover.helps_id)
        .where(SeatCover.run_id == run_id, SeatCover.slot_id == slot_id, ShiftSlot.starts_at > now)
    )
    return {
        row.project_id: ProjectCover(
            chance=row.chance,
            target=row.target,
            standbys=row.standbys,
            cost_fen=row.cost_fen,
            helps=row.helps,
        )
        for row in rows
    }


@dataclasses.dataclass(frozen=True, kw_only=True)
class OwnCover:
    """What a merchant sees of a slot: the chance that all their seats are worked, and when it was reckoned.

    With several projects it is the product of theirs, which is never too much: people who come help them all.
    """

    chance: float
    reckoned_at: dt.datetime


def list_own(
    session: Session, *, project_ids: Sequence[uuid.UUID], event_id: uuid.UUID, now: dt.datetime
) -> Mapping[uuid.UUID, OwnCover]:
    """Return by slot to come how likely all booked seats of these projects are to be worked.

    Only what a published rota says: a plan that nobody was told of promises nothing. One statement.
    """
    rows = session.execute(_own(project_ids, now=now).where(MatchRun.event_id == event_id))
    return _together((row.slot_id, row.chance, row.reckoned_at) for row in rows)


def list_own_by_start(
    session: Session, *, project_ids: Sequence[uuid.UUID], day_starts_at: dt.datetime, now: dt.datetime
) -> Mapping[dt.datetime, OwnCover]:
    """Return the same for one day's slots to come, of whatever season, by their start. One statement."""
    rows = session.execute(
        _own(project_ids, now=now).where(
            ShiftSlot.starts_at >= day_starts_at, ShiftSlot.starts_at < day_starts_at + dt.timedelta(days=1)
        )
    )
    return _together((row.starts_at, row.chance, row.reckoned_at) for row in rows)


def _own(project_ids: Sequence[uuid.UUID], *, now: dt.datetime) -> Rows:
    return (
        select(SeatCover.slot_id, ShiftSlot.starts_at, SeatCover.chance, SeatCover.reckoned_at)
        .join(MatchRun, MatchRun.id == SeatCover.run_id)
        .join(ShiftSlot, ShiftSlot.id == SeatCover.slot_id)
        .where(
            MatchRun.status == MatchStatus.PUBLISHED,
            SeatCover.project_id.in_(project_ids),
            ShiftSlot.starts_at > now,
        )
    )


def _together(rows: Iterable[tuple[Key, float, dt.datetime]]) -> dict[Key, OwnCover]:
    found: dict[Key, OwnCover] = {}
    for key, chance, reckoned_at in rows:
        before = found.get(key)
        found[key] = OwnCover(
            chance=chance * (before.chance if before else 1.0),
            reckoned_at=min(reckoned_at, before.reckoned_at) if before else reckoned_at,
        )
    return found


def whole_percent(chance: float) -> int:
    """Return a chance in percent, rounded down: 99.9 % is no promise of 100, and 97.9 % is not 98."""
    return math.floor(chance * 100 + 1e-9)


def _sums(run_id: uuid.UUID, *, now: dt.datetime) -> Rows:
    return (
        select(
            func.count().label("projects"),
            func.count().filter(SeatCover.chance < SeatCover.target).label("below"),
            func.min(SeatCover.chance).label("lowest"),
            func.sum(SeatCover.standbys).label("standbys"),
            func.sum(SeatCover.standbys_alone).label("alone"),
            func.sum(SeatCover.cost_fen).label("cost_fen"),
            func.max(SeatCover.target).label("target"),
            func.min(SeatCover.reckoned_at).label("reckoned_at"),
        )
        .join(ShiftSlot, ShiftSlot.id == SeatCover.slot_id)
        .where(SeatCover.run_id == run_id, ShiftSlot.starts_at > now)
    )
