"""Dated sales events, their shift slots and the seats on sale in them."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, fen, text_enum
from app.models.project import ServiceLine


class PeakEvent(Base):
    """A sales event with its season of days, for instance Double 11. Dates are days in Asia/Shanghai."""

    __tablename__ = "peak_event"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="ends_after_start"),)

    name_zh: Mapped[str]
    name_en: Mapped[str]
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    booking_opens_at: Mapped[dt.datetime]
    booking_closes_at: Mapped[dt.datetime]

    phases: Mapped[list[SeasonPhase]] = relationship(
        lazy="raise_on_sql", order_by="SeasonPhase.starts_on", viewonly=True
    )


class SeasonPhase(Base):
    """Days of a season that are alike, and how many contacts they bring in percent of an ordinary day."""

    __tablename__ = "season_phase"
    __table_args__ = (
        UniqueConstraint("event_id", "starts_on"),
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        CheckConstraint("lowest_demand_percent BETWEEN 1 AND highest_demand_percent", name="demand_in_order"),
    )

    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("peak_event.id"))
    name_zh: Mapped[str]
    name_en: Mapped[str]
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    lowest_demand_percent: Mapped[int]
    highest_demand_percent: Mapped[int]


class ShiftSlot(Base):
    """A stretch of a day that is sold and worked as one."""

    __tablename__ = "shift_slot"
    __table_args__ = (
        UniqueConstraint("event_id", "starts_at"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    )

    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("peak_event.id"))
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]

    event: Mapped[PeakEvent] = relationship(lazy="raise_on_sql")


class SeatCell(Base):
    """The seats of one service line in one slot: how many may be sold, and how many are taken.

    `taken` counts held and confirmed seats. The check is the last line behind the one statement that takes
    them (app/services/bookings.py).
    """

    __tablename__ = "seat_cell"
    __table_args__ = (
        UniqueConstraint("slot_id", "service_line"),
        CheckConstraint("capacity >= 0", name="capacity_not_negative"),
        CheckConstraint("taken BETWEEN 0 AND capacity", name="never_oversold"),
        CheckConstraint("price_fen > 0", name="price_positive"),
        Index(None, "event_id", "service_line"),
    )

    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("peak_event.id"))
    slot_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("shift_slot.id"))
    service_line: Mapped[ServiceLine] = mapped_column(text_enum(ServiceLine, "service_line"))
    capacity: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)
    price_fen: Mapped[int] = fen()

    slot: Mapped[ShiftSlot] = relationship(lazy="raise_on_sql")
