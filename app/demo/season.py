"""Make the demo season: shops with bookings, agents who may and can work, and a history."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import passwords
from app.demo import history, workforce
from app.demo.calendar import DEMO_NOW, price_fen, season_slots
from app.demo.copying import copy_rows
from app.demo.names import CITIES, person_name, shop_names
from app.demo.people import make_people
from app.demo.plans import ProjectPlan, new_id
from app.models import (
    Booking,
    BookingLine,
    MemberRole,
    Membership,
    Merchant,
    Payment,
    PeakEvent,
    Project,
    Role,
    SeatCell,
    ServiceLine,
    ShiftSlot,
    User,
)
from app.services.seasons import DOUBLE_11_PHASES, set_phases

PASSWORD = "zuoxi-demo"
OPERATIONS_EMAIL = "ops@demo.zuoxi.example"
MERCHANT_EMAIL = "shop@demo.zuoxi.example"
AGENT_EMAIL = "agent@demo.zuoxi.example"

EVENT_NAME = ("双 11", "Double 11")
STARTS_ON, ENDS_ON = dt.date(2026, 10, 27), dt.date(2026, 11, 13)
LAST_EVENT_NAME = ("618", "618")
LAST_STARTS_ON, LAST_ENDS_ON = dt.date(2026, 6, 10), dt.date(2026, 6, 20)

AGENTS_AT_SCALE_1 = 1800
PEAK_SEATS_AT_SCALE_1 = 200
SHOPS_AT_SCALE_1 = 34
LARGEST_SHARE = 0.15
LINE_SHARES = {ServiceLine.PRESALES_CHAT: 0.5, ServiceLine.AFTERSALES_CHAT: 0.3, ServiceLine.HOTLINE: 0.2}

Progress = Callable[[str, int, int], None]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Made:
    """What was made, for the report."""

    event_id: uuid.UUID
    agents: int
    merchants: int
    projects: int
    seats: int
    peak_seats: int


def find_demo_event(session: Session) -> PeakEvent | None:
    """Return the demo season when it was made before."""
    return session.scalar(select(PeakEvent).where(PeakEvent.starts_on == STARTS_ON))


def make_season(session: Session, *, scale: float, seed: int, progress: Progress) -> Made:
    """Fill an empty database with the season, in the caller's transaction.

    `scale` 1 is 1,800 agents and 200 seats at the peak; 10 is the real size. `progress` is told what is being
    made, how much is done and of how much.
    """
    rng = np.random.default_rng(seed)
    steps = 7
    progress("accounts", 0, steps)
    password_hash = passwords.hash_password(PASSWORD)
    _make_operations(session, password_hash)
    progress("shops", 1, steps)
    plans, merchant_count = _make_shops(session, rng, scale=scale, password_hash=password_hash)
    event = _make_event(session, EVENT_NAME, STARTS_ON, ENDS_ON)
    set_phases(session, event, DOUBLE_11_PHASES)
    last_event = _make_event(session, LAST_EVENT_NAME, LAST_STARTS_ON, LAST_ENDS_ON)
    progress("bookings", 2, steps)
    seats, peak = _make_bookings(session, rng, event, plans)
    progress("agents", 3, steps)
    people = make_people(
        session,
        rng,
        count=round(AGENTS_AT_SCALE_1 * scale),
        password_hash=password_hash,
        first_email=AGENT_EMAIL,
    )
    progress("certificates and availability", 4, steps)
    workforce.make_certificates(session, rng, people, plans)
    workforce.make_needs(session, rng, people)
    workforce.make_availability(session, rng, people, STARTS_ON, ENDS_ON)
    progress("last season", 5, steps)
    history.make_history(session, rng, last_event, people)
    progress("done", steps, steps)
    return Made(
        event_id=event.id,
        agents=sum(person.left_at is None for person in people),
        merchants=merchant_count,
        projects=len(plans),
        seats=seats,
        peak_seats=peak,
    )


def _make_operations(session: Session, password_hash: str) -> None:
    session.add(
        User(
            id=uuid.uuid4(),
            name="周敏",
            role=Role.OPERATIONS,
            email=OPERATIONS_EMAIL,
            password_hash=password_hash,
            created_at=DEMO_NOW,
        )
    )


def _peak_sizes(rng: Generator, *, shops: int, peak_seats: int) -> np.ndarray:
    """Return seats at the peak by shop: Pareto, from two to LARGEST_SHARE of all, about peak_seats in sum."""
    raw = np.sort(rng.pareto(1.1, shops) + 0.3)[::-1]
    sizes = np.maximum(2, np.round(raw / raw.sum() * peak_seats).astype(int))
    largest = max(2, round(peak_seats * LARGEST_SHARE))
    for _ in range(100):
        sizes = np.clip(sizes, 2, largest)
        missing = peak_seats - int(sizes.sum())
        if missing == 0:
            break
        room = np.flatnonzero(sizes < largest) if missing > 0 else np.flatnonzero(sizes > 2)
        if len(room) == 0:
            break
        step = max(1, abs(missing) // len(room))
        chosen = room[: max(1, abs(missing) // step)]
        sizes[chosen] += step if missing > 0 else -step
    return np.asarray(np.clip(sizes, 2, largest))


def _make_shops(
    session: Session, rng: Generator, *, scale: float, password_hash: str
) -> tuple[list[ProjectPlan], int]:
    shops = max(6, round(SHOPS_AT_SCALE_1 * scale**0.95))
    sizes = _peak_sizes(rng, shops=shops, peak_seats=round(PEAK_SEATS_AT_SCALE_1 * scale))
    plans: list[ProjectPlan] = []
    merchants, users, members, projects = [], [], [], []
    # The shop that visitors sign in to comes first: the largest, and with every service line at any scale.
    largest = int(sizes.argmax())
    sizes[[0, largest]] = sizes[[largest, 0]]
    sizes[0] = max(len(LINE_SHARES), sizes[0])
    for index, (name, size) in enumerate(zip(shop_names(rng, shops), sizes, strict=True)):
        merchant_id, user_id = new_id(rng), new_id(rng)
        merchants.append((merchant_id, name, CITIES[int(rng.integers(len(CITIES)))], DEMO_NOW))
        email = MERCHANT_EMAIL if index == 0 else f"shop{index}@demo.zuoxi.example"
        users.append(
            (
                user_id,
                person_name(rng),
                Role.MERCHANT.value,
                email,
                password_hash,
                "zh",
                False,
                True,
                DEMO_NOW,
            )
        )
        members.append((new_id(rng), merchant_id, user_id, MemberRole.OWNER.value))
        for line, seats in _split_by_line(rng, int(size), every_line=index == 0).items():
            plan = ProjectPlan(id=new_id(rng), merchant_id=merchant_id, service_line=line, peak_seats=seats)
            chats = 1 if line.is_voice else int(rng.integers(2, 5))
            plans.append(plan)
            label = {"presales-chat": "售前文字", "aftersales-chat": "售后文字", "hotline": "热线"}[
                line.value
            ]
            pay = int(rng.integers(22, 33)) * 100
            projects.append(
                (plan.id, merchant_id, f"{name}·{label}", line.value, chats, "", pay, True, DEMO_NOW)
            )
    copy_rows(session, Merchant, ("id", "name", "region", "created_at"), merchants)
    session.flush()
    copy_rows(
        session,
        User,
        ("id", "name", "role", "email", "password_hash", "locale", "large_text", "is_active", "created_at"),
        users,
    )
    copy_rows(session, Membership, ("id", "merchant_id", "user_id", "role"), members)
    copy_rows(
        session,
        Project,
        (
            *("id", "merchant_id", "name", "service_line", "concurrent_chats", "knowledge"),
            *("pay_fen_an_hour", "is_open", "created_at"),
        ),
        projects,
    )
    return plans, shops


def _split_by_line(rng: Generator, seats: int, *, every_line: bool) -> dict[ServiceLine, int]:
    """Small shops have one service line, large ones all three; `every_line` asks for three seats or more."""
    if seats < 8 and not every_line:
        lines = list(LINE_SHARES)
        return {lines[int(rng.choice(3, p=list(LINE_SHARES.values())))]: seats}
    split = {line: max(1, round(seats * share)) for line, share in LINE_SHARES.items()}
    split[ServiceLine.PRESALES_CHAT] += seats - sum(split.values())
    return split


def _make_event(session: Session, name: tuple[str, str], starts_on: dt.date, ends_on: dt.date) -> PeakEvent:
    midnight = dt.datetime.combine(starts_on, dt.time(0), tzinfo=DEMO_NOW.tzinfo)
    event = PeakEvent(
        id=uuid.uuid4(),
        name_zh=name[0],
        name_en=name[1],
        starts_on=starts_on,
        ends_on=ends_on,
        booking_opens_at=midnight - dt.timedelta(days=62),
        booking_closes_at=midnight - dt.timedelta(days=1),
    )
    session.add(event)
    session.flush()
    session.add_all(
        ShiftSlot(id=uuid.uuid4(), event_id=event.id, starts_at=slot.starts_at, ends_at=slot.ends_at)
        for slot in season_slots(starts_on, ends_on)
    )
    session.flush()
    return event


def _make_bookings(
    session: Session, rng: Generator, event: PeakEvent, plans: list[ProjectPlan]
) -> tuple[int, int]:
    """Book every project's seats and put a little more on sale; return seats in all and at the peak."""
    slot_ids = session.scalars(
        select(ShiftSlot.id).where(ShiftSlot.event_id == event.id).order_by(ShiftSlot.starts_at)
    ).all()
    slots = season_slots(event.starts_on, event.ends_on)
    lines = list(ServiceLine)
    cell_ids = {(slot_id, line): new_id(rng) for slot_id in slot_ids for line in lines}
    taken = dict.fromkeys(cell_ids, 0)
    bookings, booking_lines, payments = [], [], []
    for number, plan in enumerate(plans, start=1):
        chosen = []
        for slot_id, slot in zip(slot_ids, slots, strict=True):
            seats = _seats_at(rng, plan, slot.load)
            if seats:
                chosen.append((slot_id, seats, price_fen(plan.service_line, slot)))
        total = sum(seats * price for _, seats, price in chosen)
        booking_id = new_id(rng)
        booked_at = DEMO_NOW - dt.timedelta(days=int(rng.integers(5, 50)))
        bookings.append(
            (
                *(booking_id, plan.merchant_id, plan.id, event.id, f"B26-{number:05d}", "confirmed"),
                *(total * 3 // 10, booked_at, booked_at + dt.timedelta(minutes=30), booked_at),
            )
        )
        if total:
            payments.append(
                (
                    *(
                        uuid.uuid5(booking_id, "deposit"),
                        booking_id,
                        "bank-transfer",
                        "paid",
                        total * 3 // 10,
                    ),
                    *(f"B26-{number:05d}-1", booked_at, booked_at),
                )
            )
        for slot_id, seats, price in chosen:
            key = (slot_id, plan.service_line)
            taken[key] += seats
            booking_lines.append((new_id(rng), booking_id, cell_ids[key], seats, seats, price))
    cells = []
    for slot_id, slot in zip(slot_ids, slots, strict=True):
        for line in lines:
            sold = taken[slot_id, line]
            # One cell in twelve is sold out; the others have some left.
            spare = (
                0
                if sold and rng.random() < 1 / 12
                else int(sold * rng.uniform(0.05, 0.4)) + int(rng.integers(2, 9))
            )
            cells.append(
                (
                    cell_ids[slot_id, line],
                    event.id,
                    slot_id,
                    line.value,
                    sold + spare,
                    sold,
                    price_fen(line, slot),
                )
            )
    copy_rows(
        session,
        SeatCell,
        ("id", "event_id", "slot_id", "service_line", "capacity", "taken", "price_fen"),
        cells,
    )
    copy_rows(
        session,
        Booking,
        (
            *("id", "merchant_id", "project_id", "event_id", "number", "status"),
            *("deposit_fen", "created_at", "hold_expires_at", "confirmed_at"),
        ),
        bookings,
    )
    copy_rows(
        session,
        BookingLine,
        ("id", "booking_id", "seat_cell_id", "seats", "seats_at_first", "price_fen"),
        booking_lines,
    )
    copy_rows(
        session,
        Payment,
        ("id", "booking_id", "provider", "status", "amount_fen", "reference", "created_at", "settled_at"),
        payments,
    )
    by_slot: dict[uuid.UUID, int] = {}
    for (slot_id, _line), seats in taken.items():
        by_slot[slot_id] = by_slot.get(slot_id, 0) + seats
    return sum(by_slot.values()), max(by_slot.values())


def _seats_at(rng: Generator, plan: ProjectPlan, load: float) -> int:
    """Seats a project books in a slot: in proportion, and none where a small shop would rather sleep."""
    wanted = plan.peak_seats * load * rng.uniform(0.85, 1.1) if load < 1 else plan.peak_seats
    if wanted < 0.5:
        return int(rng.random() < wanted * 0.4)
    return round(wanted)
