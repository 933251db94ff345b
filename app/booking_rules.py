"""What seats cost, what is paid when, and what cancelling costs: the rules of a booking, as plain functions.

Money is whole fen. Shares are rounded half up to the fen, line by line, so that a page and a payment always
agree with the sum of their lines.

How long seats are kept. A hold lasts 30 minutes. When the merchant chooses a bank transfer in that time, the
seats are kept until three days after they were taken, but never past the start of the booking's first shift;
once for each booking, so that nobody keeps seats without end by choosing a transfer again.
Seats that run out go back on sale. Money that arrives after that takes the same seats again if all of them
are still free; if not, it is paid back in full.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence

HOLD_TIME = dt.timedelta(minutes=30)
TRANSFER_TIME = dt.timedelta(days=3)
DEPOSIT_PERCENT = 30
# More seats of one shift than any shop needs: a larger number is a slip of the keyboard.
MOST_SEATS = 9999


@dataclasses.dataclass(frozen=True, kw_only=True)
class FeeStep:
    """From `days` before the shift on (and until the next step), cancelling costs `percent` of the price."""

    days: int
    percent: int


# The longest notice first. The last step holds until the shift starts; after that nothing can be cancelled.
FEE_LADDER = (
    FeeStep(days=30, percent=0),
    FeeStep(days=14, percent=10),
    FeeStep(days=7, percent=30),
    FeeStep(days=3, percent=50),
    FeeStep(days=0, percent=80),
)


def share_of(amount_fen: int, percent: int) -> int:
    """Return a percentage of an amount that is not negative, rounded half up to the fen."""
    return (amount_fen * percent + 50) // 100


def deposit_of(total_fen: int) -> int:
    """Return the deposit that confirms a booking of this price."""
    return share_of(total_fen, DEPOSIT_PERCENT)


def hold_deadline(now: dt.datetime) -> dt.datetime:
    """Return until when seats taken now are kept without payment."""
    return now + HOLD_TIME


def transfer_deadline(*, held_at: dt.datetime, first_start: dt.datetime) -> dt.datetime:
    """Return until when seats taken at `held_at` are kept for a bank transfer."""
    return min(held_at + TRANSFER_TIME, first_start)


def fee_percent(*, starts_at: dt.datetime, now: dt.datetime) -> int:
    """Return what cancelling a shift now costs, in percent of its price.

    Exactly 30 days before still counts as 30 days. Raises ValueError from the shift's start on.
    """
    notice = starts_at - now
    for step in FEE_LADDER:
        if notice >= dt.timedelta(days=step.days) and notice > dt.timedelta(0):
            return step.percent
    raise ValueError(f"the shift started at {starts_at}: it cannot be cancelled at {now}")


@dataclasses.dataclass(frozen=True, kw_only=True)
class PricedSeats:
    """So many seats of one shift at the price of one."""

    seats: int
    price_fen: int
    starts_at: dt.datetime

    @property
    def amount_fen(self) -> int:
        return self.seats * self.price_fen


@dataclasses.dataclass(frozen=True, kw_only=True)
class LadderLine:
    """What cancelling everything would cost while `step` is in force for every shift."""

    step: FeeStep
    until_days: int | None
    fee_fen: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Quote:
    """The price of a basket, its deposit, and what cancelling it would cost."""

    seats: int
    total_fen: int
    deposit_fen: int
    fee_now_fen: int
    ladder: tuple[LadderLine, ...]

    @property
    def balance_fen(self) -> int:
        return self.total_fen - self.deposit_fen


def quote_basket(lines: Sequence[PricedSeats], *, now: dt.datetime) -> Quote:
    """Return what a basket costs, and its ladder of cancellation fees in fen.

    A shift that has started counts with the last step's fee: it cannot be booked anyway.
    """
    total = sum(line.amount_fen for line in lines)
    ladder = tuple(
        LadderLine(
            step=step,
            until_days=FEE_LADDER[index - 1].days if index else None,
            fee_fen=sum(share_of(line.amount_fen, step.percent) for line in lines),
        )
        for index, step in enumerate(FEE_LADDER)
    )
    fee_now = sum(
        share_of(
            line.amount_fen,
            fee_percent(starts_at=line.starts_at, now=now)
            if line.starts_at > now
            else FEE_LADDER[-1].percent,
        )
        for line in lines
    )
    return Quote(
        seats=sum(line.seats for line in lines),
        total_fen=total,
        deposit_fen=deposit_of(total),
        fee_now_fen=fee_now,
        ladder=ladder,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class SeatsToCancel:
    """Seats that a merchant wants to give back from one line of a booking."""

    line_id: uuid.UUID
    seats: int
    price_fen: int
    starts_at: dt.datetime


@dataclasses.dataclass(frozen=True, kw_only=True)
class CancelledSeats:
    """What giving back one line's seats means in money.

    The fee comes out of the money that is free with these seats: what is left of it is paid back
    (`refund_fen`), what it does not cover is added to the balance (`owed_fen`).
    """

    line_id: uuid.UUID
    seats: int
    amount_fen: int
    percent: int
    fee_fen: int
    refund_fen: int
    owed_fen: int


def quote_cancellation(
    lines: Sequence[SeatsToCancel],
    *,
    live_total_fen: int,
    held_fen: int,
    is_paid: bool,
    now: dt.datetime,
) -> tuple[CancelledSeats, ...]:
    """Return fee, refund and what is owed of each line, in the order given.

    `live_total_fen` is the price of all seats still booked; `held_fen` is the money that came, less what was
    paid back and less the fees of earlier cancellations (negative when those cost more than came). Of it the
    deposit on what remains stays here, the fees are taken, and all the rest is paid back: so after every
    cancellation of a paid booking, and whatever was cancelled before,

        paid + owed = fees + refunds + deposit on the seats still booked

    where `owed` is the part of the fees that no money covers yet and the balance carries. Nothing is owed
    for a hold that was not paid. Raises ValueError for a shift that has started.
    """
    amounts = [line.seats * line.price_fen for line in lines]
    percents = [fee_percent(starts_at=line.starts_at, now=now) if is_paid else 0 for line in lines]
    fees = [share_of(amount, percent) for amount, percent in zip(amounts, percents, strict=True)]
    free = max(0, held_fen - deposit_of(live_total_fen - sum(amounts)))
    covered = []
    for fee in fees:
        covered.append(min(fee, free))
        free -= covered[-1]
    # Each line shows the deposit on its own seats less its fee; money beyond that goes with the last line.
    refunds = []
    remaining = live_total_fen
    for amount, fee in zip(amounts, fees, strict=True):
        share = deposit_of(remaining) - deposit_of(remaining - amount)
        remaining -= amount
        refunds.append(min(free, max(0, share - fee)))
        free -= refunds[-1]
    refunds[-1] += free
    return tuple(
        CancelledSeats(
            line_id=line.line_id,
            seats=line.seats,
            amount_fen=amount,
            percent=percent,
            fee_fen=fee,
            refund_fen=refund,
            owed_fen=fee - paid,
        )
        for line, amount, percent, fee, refund, paid in zip(
            lines, amounts, percents, fees, refunds, covered, strict=True
        )
    )
