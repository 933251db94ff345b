"""The agent's working day, their calendar, and the operations' day board."""

from __future__ import annotations

from app.models import AssignmentStatus, MatchStatus
from app.permissions import Permission
from tests.make import NOON, shanghai
from tests.web.pages import Page, World


def publish_a_rota(world: World) -> None:
    """Publish a run of the world's season, with a seat that nobody got in a time that the agent offered.

    It is older than every run that other pages show.
    """
    make = world.make
    slot = make.slot(event=world.event, starts_at=shanghai(14, 16))
    cell = make.seat_cell(slot=slot)
    make.booking(project=world.project, cells={cell.id: 1}, event_id=world.event.id)
    make.availability(world.agent, starts_at=shanghai(14, 0), ends_at=shanghai(15, 0))
    make.match_run(event_id=world.event.id, number=0, status=MatchStatus.PUBLISHED, published_at=NOON)


def pages(world: World) -> list[Page]:
    make = world.make
    own = {"assignment_id": world.assignment.id}
    other = {"assignment_id": world.other_assignment.id}
    # One offer for each answer: the matrix sends every request in one and the same world.
    accepted = make.assignment(
        agent=world.agent,
        project=world.project,
        slot=make.slot(event=world.event, starts_at=shanghai(15, 4)),
        status=AssignmentStatus.ACCEPTED,
    )
    ill = make.assignment(
        agent=world.agent,
        project=world.project,
        slot=make.slot(event=world.event, starts_at=shanghai(15, 8)),
        status=AssignmentStatus.ACCEPTED,
    )
    publish_a_rota(world)
    # An offer answered, a shift given up or checked in to too early: all lead back, with a sentence.
    return [
        Page(endpoint="agents.show_today", access=Permission.WORK_READ),
        Page(endpoint="agents.show_pay", access=Permission.WORK_READ),
        Page(endpoint="agents.list_offers", access=Permission.ASSIGNMENT_READ),
        Page(endpoint="agents.list_reasons", access=Permission.ASSIGNMENT_READ),
        Page(endpoint="agents.show_shift", access=Permission.ASSIGNMENT_READ, own=own, other=other),
        Page(
            endpoint="agents.check_in",
            access=Permission.ASSIGNMENT_ANSWER,
            method="POST",
            own=own,
            other=other,
            allowed=302,
        ),
        Page(
            endpoint="agents.release_shift",
            access=Permission.ASSIGNMENT_ANSWER,
            own={"assignment_id": accepted.id},
            other=other,
        ),
        Page(
            endpoint="agents.release_shift",
            access=Permission.ASSIGNMENT_ANSWER,
            method="POST",
            own={"assignment_id": accepted.id},
            other=other,
            allowed=302,
        ),
        Page(
            endpoint="agents.call_in_sick",
            access=Permission.ASSIGNMENT_ANSWER,
            own={"assignment_id": ill.id},
            other=other,
        ),
        Page(
            endpoint="agents.call_in_sick",
            access=Permission.ASSIGNMENT_ANSWER,
            method="POST",
            own={"assignment_id": ill.id},
            other=other,
            allowed=302,
        ),
        Page(
            endpoint="agents.accept_offer",
            access=Permission.ASSIGNMENT_ANSWER,
            method="POST",
            own=own,
            other=other,
            allowed=302,
        ),
        Page(
            endpoint="agents.decline_offer",
            access=Permission.ASSIGNMENT_ANSWER,
            method="POST",
            own=own,
            other=other,
            allowed=302,
        ),
        Page(endpoint="agents.show_calendar", access=Permission.ASSIGNMENT_READ),
        Page(
            endpoint="public.show_calendar_feed",
            access=None,
            own={"token": world.other_agent.calendar_token},
            look=False,
        ),
        Page(
            endpoint="agents.change_calendar",
            access=Permission.ASSIGNMENT_ANSWER,
            method="POST",
            allowed=302,
        ),
        Page(endpoint="operations.show_day", access=Permission.DAY_MANAGE),
        Page(endpoint="operations.show_day", access=Permission.DAY_MANAGE, own={"slot": world.slot.id}),
        Page(
            endpoint="operations.refill_seat",
            access=Permission.DAY_MANAGE,
            method="POST",
            own=own,
            allowed=302,
        ),
    ]
