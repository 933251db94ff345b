"""Seats that a merchant has taken, line by line, and what was paid for them."""

from __future__ import annotations

import datetime as dt
import enum
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, fen, text_enum
from app.models.merchant import Merchant
from app.models.peak_event import PeakEvent, SeatCell
from app.models.project import Project


class BookingStatus(enum.StrEnum):
    """HELD seats are taken but not paid, until the hold runs out; EXPIRED and CANCELLED hold none."""

    HELD = "held"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Booking(Base):
    """One merchant's seats for one project in one season."""

    __tablename__ = "booking"
    __table_args__ = (
        CheckConstraint("deposit_fen >= 0", name="deposit_not_negative"),
        Index(None, "merchant_id", "created_at"),
        Index("ix_booking_held", "hold_expires_at", postgresql_where=text("status = 'held'")),
        Index(None, "event_id", "status"),
    )

    merchant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("merchant.id"))
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("project.id"), index=True)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("peak_event.id"))
    number: Mapped[str] = mapped_column(unique=True)
    status: Mapped[BookingStatus] = mapped_column(text_enum(BookingStatus, "status"))
    deposit_fen: Mapped[int] = fen()
    created_at: Mapped[dt.datetime]
    hold_expires_at: Mapped[dt.datetime]
    confirmed_at: Mapped[dt.datetime | None]

    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")
    project: Mapped[Project] = relationship(lazy="raise_on_sql")
    event: Mapped[PeakEvent] = relationship(lazy="raise_on_sql")
    lines: Mapped[list[BookingLine]] = relationship(lazy="raise_on_sql", back_populates="booking")
    payments: Mapped[list[Payment]] = relationship(lazy="raise_on_sql", back_populates="booking")


class BookingLine(Base):
    """Seats in one cell at the price of that moment. `seats` is what is still booked after cancellations."""

    __tablename__ = "booking_line"
    __table_args__ = (
        UniqueConstraint("booking_id", "seat_cell_id"),
        CheckConstraint("seats >= 0", name="seats_not_negative"),
        CheckConstraint("seats_at_first > 0", name="seats_at_first_positive"),
        CheckConstraint("seats <= seats_at_first", name="seats_only_shrink"),
    )

    booking_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("booking.id"))
    seat_cell_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("seat_cell.id"), index=True)
    seats: Mapped[int]
    seats_at_first: Mapped[int]
    price_fen: Mapped[int] = fen()

    booking: Mapped[Booking] = relationship(lazy="raise_on_sql", back_populates="lines")
    seat_cell: Mapped[SeatCell] = relationship(lazy="raise_on_sql")


class Cancellation(Base):
    """Seats given back from one line, with the fee that was shown before and what is paid back."""

    __tablename__ = "cancellation"
    __table_args__ = (CheckConstraint("seats > 0", name="seats_positive"),)

    booking_line_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("booking_line.id"), index=True)
    seats: Mapped[int]
    fee_fen: Mapped[int] = fen()
    refund_fen: Mapped[int] = fen()
    cancelled_at: Mapped[dt.datetime]
    cancelled_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"))


class PaymentProvider(enum.StrEnum):
    BANK_TRANSFER = "bank-transfer"
    SANDBOX = "sandbox"


class PaymentStatus(enum.StrEnum):
    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    REFUND_DUE = "refund-due"
    REFUNDED = "refunded"


class Payment(Base):
    """Money of one booking: a deposit on its way in, or a refund on its way out (negative)."""

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint("amount_fen <> 0", name="amount_not_zero"),
        Index(None, "status", "created_at"),
    )

    booking_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("booking.id"), index=True)
    provider: Mapped[PaymentProvider] = mapped_column(text_enum(PaymentProvider, "provider"))
    status: Mapped[PaymentStatus] = mapped_column(text_enum(PaymentStatus, "status"))
    amount_fen: Mapped[int] = fen()
    reference: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[dt.datetime]
    settled_at: Mapped[dt.datetime | None]

    booking: Mapped[Booking] = relationship(lazy="raise_on_sql", back_populates="payments")
