"""A season small enough to read: one slot of one project, with the seats and people a test asks for."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from app.models import Agent, BookingStatus, PeakEvent, Project, ShiftSlot
from app.services.match_problem import LoadedProblem, load_problem
from scheduling.matching.solver import solve
from tests.make import NOON, Make, shanghai


class SmallSeason:
    """One slot of one project, with as many seats as a test asks for."""

    def __init__(self, session: Session, make: Make) -> None:
        self.session, self.make = session, make
        self.event: PeakEvent = make.event()
        self.slot: ShiftSlot = make.slot(event=self.event)
        self.project: Project = make.project()

    def book(
        self,
        seats: int = 1,
        *,
        project: Project | None = None,
        slot: ShiftSlot | None = None,
        status: BookingStatus = BookingStatus.CONFIRMED,
    ) -> None:
        project = project or self.project
        slot = slot or self.slot
        cells = {self.make.seat_cell(slot=slot, service_line=project.service_line).id: seats}
        self.make.booking(project=project, cells=cells, event_id=self.event.id, status=status)

    def certified_agent(self, *, project: Project | None = None, standing: int = 60) -> Agent:
        agent = self.make.agent(standing=standing)
        self.make.certificate(agent, project=project or self.project)
        self.make.availability(agent, starts_at=shanghai(10, 0), ends_at=shanghai(13, 0), preference=0)
        return agent

    def load(self, now: dt.datetime = NOON) -> LoadedProblem:
        return load_problem(self.session, self.event, now=now)

    def staffed_by(self, now: dt.datetime = NOON) -> list[uuid.UUID]:
        """Solve, and return who got a seat."""
        loaded = self.load(now)
        solution = solve(loaded.problem, effort=4)
        pairs = solution.pairs(loaded.problem)
        return [uuid.UUID(agent) for agent, row in pairs if not row.startswith("held/")]
