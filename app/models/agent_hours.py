"""Who got how many hours in a run."""

from __future__ import annotations

import uuid

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class AgentHours(Base):
    """One person's minutes in a run: offered, workable at best under their own limits, and given.

    Given are the run's seats and the live shifts it kept. Expected is what people get whose certificates open
    as many seats; None in runs that did not reckon it.
    """

    __tablename__ = "agent_hours"
    __table_args__ = (UniqueConstraint("run_id", "agent_id"),)

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("match_run.id"))
    agent_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agent.id"))
    wished_minutes: Mapped[int]
    workable_minutes: Mapped[int]
    given_minutes: Mapped[int]
    expected_minutes: Mapped[int | None]
