"""Seats that operations give to somebody before a run."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class SeatPin(Base):
    """Operations' word that a person sits in a seat: every run keeps it, as long as it breaks no rule.

    Nobody is told before the rota is published; the offer that then goes out ends the pin.
    """

    __tablename__ = "seat_pin"
    __table_args__ = (UniqueConstraint("agent_id", "slot_id"), Index(None, "event_id"))

    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("peak_event.id"))
    agent_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agent.id"))
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("project.id"))
    slot_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("shift_slot.id"))
    pinned_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"))
    pinned_at: Mapped[dt.datetime]
