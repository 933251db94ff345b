"""The agent's working day, their calendar, and the operations' day board."""

from __future__ import annotations

from app.models import AssignmentStatus
from app.permissions import Permission
from tests.make import shanghai
from tests.web.pages import Page, World


def pages(world: World) -> list[Page]:
    make = world.make
    own = {"assignment_id": world.assignment.id}
    other = {"assignment_id": world.other_assignment.id}
    # One offer for each answer: the matrix sends every request in one and the same world.
    accepted = make.assignment(
        agent=world.agent,
        project=world.project,
        slot=make.slot(event=make.event(), starts_at=shanghai(12, 8)),
        status=AssignmentStatus.ACCEPTED,
    )
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
            own={"assignment_id": accepted.id},
            other=other,
        ),
        Page(
            endpoint="agents.call_in_sick",
            access=Permission.ASSIGNMENT_ANSWER,
            method="POST",
            own={"assignment_id": accepted.id},
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
