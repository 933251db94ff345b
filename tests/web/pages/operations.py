"""The season board, runs, and the desk of operations."""

from __future__ import annotations

import uuid

from app.models import (
    AgentHours,
    MatchRun,
    MatchStatus,
    Message,
    MessageChannel,
    MessageStatus,
    OutboxMessage,
    PlannedSeat,
    SeatPin,
    Shortage,
    Topic,
)
from app.permissions import Permission
from tests.make import NOON, shanghai
from tests.web.pages import Page, World

REPORT = {
    "kept": 1,
    "offers": 1,
    "people": 1,
    "standbys": 1,
    "standbys_wanted": 1,
    "agents": 2,
    "frozen": 1,
    "known_to_merchant": 1,
    "wished_for": 1,
    "sweeps": 40,
    "chains": 900,
    "seconds": {"prepare": 0.1, "price": 4.9, "build": 0.1, "improve": 4.9},
    "total_seconds": 10.4,
    "stopped_early": False,
    "seats_by_cause": {"rest": 2},
}
REMEDIES = {
    "empty": 1,
    "trainable": 2,
    "askable": 1,
    "movable": 1,
    "raise_first": 40,
    "raise_all": 40,
    "most_raise": 844,
}
VIOLATION = {"rule": "day_is_not_too_long", "agent_id": "a", "shifts": ["s"], "detail": "540 of 480 minutes"}


def make_run(world: World, number: int, status: MatchStatus, **values: object) -> MatchRun:
    """Save a run whose curve has a few points."""
    history = [[1, None, 130, 0], [2, 90, 120, 2], [14, 100, 110, 4]]
    progress = {
        "phase": "improve",
        "share": 0.4,
        "gap": 0.1,
        "filled": 4,
        "seats": 6,
        "seconds": 14,
        "history": history,
    }
    return world.make.match_run(
        event_id=world.event.id,
        number=number,
        status=status,
        **{"progress": progress, "report": REPORT, **values},
    )


def make_plan(world: World) -> tuple[MatchRun, str]:
    """Save bookings and a finished run with a seat planned and others short; return it and the slot."""
    # A slot of its own: the world may live in a season that has all the usual ones.
    slot = world.make.slot(event=world.event, starts_at=shanghai(14, 8))
    cell = world.make.seat_cell(slot=slot)
    world.make.booking(project=world.project, cells={cell.id: 4}, event_id=world.event.id)
    done = {"value": 100, "bound": 110, "seats": 4, "filled": 2}
    step = {"kind": "train", "project_id": str(world.project.id), "people": 1, "fills": 1}
    advice = {"fills": 1, "steps": [{**step, "seats": {str(cell.slot_id): 1}}]}
    run = make_run(world, 3, MatchStatus.DONE, **done, report={**REPORT, "advice": advice})
    world.make.save(
        PlannedSeat(
            id=uuid.uuid4(),
            run_id=run.id,
            agent_id=world.agent.id,
            project_id=world.project.id,
            slot_id=cell.slot_id,
        )
    )
    other = world.other_project
    world.make.seat_cover(run_id=run.id, project=world.project, slot=slot, chance=0.5, helps=other)
    for cause, seats in (("rest", 1), ("nobody_certified", 1)):
        world.make.save(
            Shortage(
                id=uuid.uuid4(),
                run_id=run.id,
                project_id=world.project.id,
                slot_id=cell.slot_id,
                cause=cause,
                seats=seats,
                details={"certified": 2, "available": 1, "booked": 4, "remedies": REMEDIES},
            )
        )
    return run, str(cell.slot_id)


def make_hours(world: World, run: MatchRun) -> None:
    """Save hours of six people, enough for a group."""
    people = [world.agent, world.other_agent, *(world.make.agent() for _ in range(4))]
    for place, agent in enumerate(people):
        world.make.save(
            AgentHours(
                id=uuid.uuid4(),
                run_id=run.id,
                agent_id=agent.id,
                wished_minutes=960,
                workable_minutes=480,
                given_minutes=240 * (place % 3),
                expected_minutes=200,
            )
        )


def make_pin(world: World) -> SeatPin:
    """Save a pin on a shift still to come."""
    slot = world.make.slot(event=world.event, starts_at=shanghai(14, 12))
    return world.make.save(
        SeatPin(
            id=uuid.uuid4(),
            event_id=world.event.id,
            agent_id=world.agent.id,
            project_id=world.project.id,
            slot_id=slot.id,
            pinned_by=world.operations.id,
            pinned_at=NOON,
        )
    )


def pages(world: World) -> list[Page]:
    read, run_it = Permission.SEASON_READ, Permission.MATCH_RUN
    failed = make_run(
        world,
        1,
        MatchStatus.FAILED,
        failure="1 rules broken",
        report={"failure": "rules-broken", "violations": [VIOLATION]},
    )
    running = make_run(world, 2, MatchStatus.RUNNING)
    plan, slot = make_plan(world)
    make_hours(world, plan)
    pin = make_pin(world)
    project = str(world.project.id)
    job = world.make.save(
        OutboxMessage(
            id=uuid.uuid4(),
            topic=Topic.DELIVER_MESSAGE,
            payload={"message_id": str(uuid.uuid4())},
            created_at=NOON,
            available_at=NOON,
            dispatches=1,
            attempt=8,
            dead_at=NOON,
            failure="ConnectionRefusedError: no server",
        )
    )
    world.make.save(
        Message(
            id=uuid.uuid4(),
            channel=MessageChannel.SMS,
            recipient="13900000000",
            subject="Your code",
            body="Your code is 123456",
            status=MessageStatus.SENT,
            created_at=NOON,
        )
    )
    return [
        Page(endpoint="operations.show_season", access=read),
        Page(endpoint="operations.show_season", access=read, own={"slot": slot, "line": "presales-chat"}),
        Page(endpoint="operations.show_season", access=read, own={"only": "short"}),
        Page(endpoint="operations.show_run_card", access=read, own={"run_id": running.id}, look=False),
        Page(endpoint="operations.show_run_news", access=read, own={"run_id": running.id}, look=False),
        Page(
            endpoint="operations.retry_run",
            access=run_it,
            method="POST",
            own={"run_id": failed.id},
            allowed=302,
        ),
        Page(endpoint="operations.export_shortages", access=read, look=False),
        Page(endpoint="operations.show_run", access=read, own={"run_id": plan.id}),
        Page(
            endpoint="operations.show_run",
            access=read,
            own={"run_id": plan.id, "project": project, "slot": slot},
        ),
        Page(endpoint="operations.show_run", access=read, own={"run_id": failed.id}),
        Page(endpoint="operations.show_run", access=read, own={"run_id": running.id}),
        Page(
            endpoint="operations.create_run",
            access=run_it,
            method="POST",
            data={"seconds": "10", "seed": "0"},
            allowed=302,
        ),
        Page(
            endpoint="operations.create_run",
            access=run_it,
            method="POST",
            data={"seconds": "7", "seed": "x"},
            allowed=422,
        ),
        Page(
            endpoint="operations.stop_run",
            access=run_it,
            method="POST",
            own={"run_id": running.id},
            allowed=302,
        ),
        Page(
            endpoint="operations.publish_run",
            access=Permission.ROTA_PUBLISH,
            method="POST",
            own={"run_id": plan.id},
            allowed=302,
        ),
        Page(endpoint="operations.show_changes", access=read, own={"run_id": plan.id}),
        Page(
            endpoint="operations.show_changes",
            access=read,
            own={"run_id": plan.id, "by": "day", "change": "added", "project": project},
        ),
        Page(endpoint="operations.show_changes", access=read, own={"run_id": failed.id}),
        Page(endpoint="operations.show_fairness", access=Permission.PEOPLE_READ, own={"run_id": plan.id}),
        Page(
            endpoint="operations.show_fairness",
            access=Permission.PEOPLE_READ,
            own={"run_id": plan.id, "by": "region", "order": "name"},
        ),
        Page(endpoint="operations.show_fairness", access=Permission.PEOPLE_READ, own={"run_id": running.id}),
        Page(
            endpoint="operations.export_fairness",
            access=Permission.PEOPLE_READ,
            own={"run_id": plan.id},
            look=False,
        ),
        Page(endpoint="operations.list_pins", access=run_it),
        Page(
            endpoint="operations.list_pins",
            access=run_it,
            own={"who": str(world.agent.id), "project": project, "slot": slot},
        ),
        Page(
            endpoint="operations.list_pins",
            access=run_it,
            method="POST",
            data={"who": "nobody", "project": project, "slot": slot},
            allowed=422,
        ),
        Page(
            endpoint="operations.remove_pin",
            access=run_it,
            method="POST",
            own={"pin_id": pin.id},
            allowed=302,
        ),
        Page(endpoint="operations.show_desk", access=read),
        Page(endpoint="operations.list_audit", access=Permission.AUDIT_READ),
        Page(
            endpoint="operations.list_audit",
            access=Permission.AUDIT_READ,
            own={"action": "job.revived", "actor": "nobody"},
        ),
        Page(endpoint="operations.list_messages", access=Permission.MESSAGE_READ),
        Page(endpoint="operations.list_messages", access=Permission.MESSAGE_READ, own={"channel": "mail"}),
        Page(endpoint="operations.list_jobs", access=Permission.AUDIT_READ),
        Page(endpoint="operations.list_jobs", access=Permission.AUDIT_READ, own={"state": "waiting"}),
        Page(
            endpoint="operations.revive_job",
            access=Permission.JOB_MANAGE,
            method="POST",
            own={"message_id": job.id},
            allowed=302,
        ),
        # Only a demo has a clock to set.
        Page(endpoint="operations.set_clock", access=Permission.CLOCK_SET, method="POST", allowed=404),
    ]
