"""The world of the matrix: two of everything. Names are Latin, so that Han on an English page is a gap."""

from __future__ import annotations

import datetime as dt

from app.models import AssignmentStatus, PeakEvent, Role, ShiftSlot
from tests.make import NOON, Make, shanghai
from tests.web.pages import World


def make_world(make: Make, slot: ShiftSlot | None = None) -> World:
    """Save two agents, two merchants with a project each, and a slot with an assignment for each.

    With a slot, the world lives in that slot's season instead of one of its own.
    """
    agent = make.agent(user=make.user(name="Lin Xiao", email="lin@zuoxi.example"), region="Xunwu")
    other_agent = make.agent(user=make.user(name="Bo Yun", email="bo@zuoxi.example"), region="Lankao")
    merchant, other_merchant = make.merchant(name="Little Deer"), make.merchant(name="Wild Hill Tea")
    member = make.membership(
        merchant=merchant, user=make.user(role=Role.MERCHANT, name="Chen Min", email="chen@zuoxi.example")
    )
    other_member = make.membership(
        merchant=other_merchant,
        user=make.user(role=Role.MERCHANT, name="Zhao Lei", email="zhao@zuoxi.example"),
    )
    project = make.project(merchant=merchant, name="Little Deer chat")
    other_project = make.project(merchant=other_merchant, name="Wild Hill chat")
    if slot is None:
        event = make.event()
        slot = make.slot(event=event, starts_at=shanghai(11, 20))
        for line_slot in (slot, make.slot(event=event, starts_at=shanghai(11, 16))):
            make.seat_cell(slot=line_slot)
    else:
        event = make.find(PeakEvent, slot.event_id)
    for person in (agent, other_agent):
        make.certificate(person)
        make.certificate(person, project=project)
    return World(
        make=make,
        agent=agent,
        other_agent=other_agent,
        member=member,
        other_member=other_member,
        operations=make.user(role=Role.OPERATIONS, name="Zhou Min", email="zhou@zuoxi.example"),
        event=event,
        slot=slot,
        project=project,
        other_project=other_project,
        assignment=make.assignment(
            agent=agent,
            project=project,
            slot=slot,
            status=AssignmentStatus.OFFERED,
            respond_by=NOON + dt.timedelta(days=5),
        ),
        other_assignment=make.assignment(agent=other_agent, project=other_project, slot=slot),
    )
