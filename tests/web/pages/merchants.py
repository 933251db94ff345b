"""Projects, the season grid and bookings."""

from __future__ import annotations

import uuid

from app.models import Booking, BookingStatus, MatchStatus, Project, SeatCell
from app.permissions import Permission
from tests.make import shanghai
from tests.web.pages import Page, World


def pages(world: World) -> list[Page]:
    # A shift after the season's last day: the season may have all of its own already.
    slot = world.make.slot(event=world.event, starts_at=shanghai(14, 0))
    cell = world.make.seat_cell(slot=slot)

    published = world.make.match_run(event_id=world.event.id, number=9, status=MatchStatus.PUBLISHED)
    world.make.seat_cover(run_id=published.id, project=world.project, slot=slot)

    def booking(project: Project, status: BookingStatus) -> Booking:
        return world.make.booking(project=project, cells={cell.id: 2}, event_id=world.event.id, status=status)

    held = {"booking_id": booking(world.project, BookingStatus.HELD).id}
    held_by_another = {"booking_id": booking(world.other_project, BookingStatus.HELD).id}
    confirmed = {"booking_id": booking(world.project, BookingStatus.CONFIRMED).id}
    confirmed_by_another = {"booking_id": booking(world.other_project, BookingStatus.CONFIRMED).id}
    basket = basket_of(world.project, cell)
    book, read, manage = Permission.BOOKING_CREATE, Permission.BOOKING_READ, Permission.PROJECT_MANAGE
    return [
        Page(endpoint="merchants.list_projects", access=manage),
        Page(endpoint="merchants.create_project", access=manage),
        Page(endpoint="merchants.create_project", access=manage, method="POST", allowed=422),
        Page(
            endpoint="merchants.show_project",
            access=manage,
            own={"project_id": world.project.id},
            other={"project_id": world.other_project.id},
        ),
        Page(
            endpoint="merchants.set_validity",
            access=manage,
            method="POST",
            own={"project_id": world.project.id},
            other={"project_id": world.other_project.id},
            allowed=422,
        ),
        Page(
            endpoint="merchants.show_season",
            access=book,
            own={"project": world.project.id},
            other={"project": world.other_project.id},
        ),
        Page(endpoint="merchants.pick_season", access=book, method="POST", data=basket),
        Page(endpoint="merchants.review_season", access=book, method="POST", data=basket),
        Page(endpoint="merchants.import_cells", access=book, method="POST", data=basket, allowed=422),
        Page(endpoint="merchants.create_booking", access=book, method="POST", data=basket, allowed=302),
        Page(endpoint="merchants.list_bookings", access=read),
        Page(endpoint="merchants.show_booking", access=read, own=held, other=held_by_another),
        Page(endpoint="merchants.show_booking", access=read, own=confirmed, other=confirmed_by_another),
        Page(
            endpoint="merchants.pay_booking",
            access=book,
            method="POST",
            own=held,
            other=held_by_another,
            data={"provider": "bank-transfer"},
            allowed=302,
        ),
        Page(endpoint="merchants.cancel_booking", access=book, own=confirmed, other=confirmed_by_another),
        Page(
            endpoint="merchants.cancel_booking",
            access=book,
            method="POST",
            own=confirmed,
            other=confirmed_by_another,
            allowed=422,
        ),
    ]


def basket_of(project: Project, cell: SeatCell) -> dict[str, str]:
    """Return the form of one seat in one cell."""
    cell_id: uuid.UUID = cell.id
    return {"project": str(project.id), "seats": "1", "cell": str(cell_id), f"seats-{cell_id}": "1"}
