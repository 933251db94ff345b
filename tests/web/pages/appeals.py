"""Appeals: the person's list and form, and the answers of operations."""

from __future__ import annotations

import datetime as dt
import uuid

from app.models import Agent, Appeal, AppealKind, AppealState
from app.permissions import Permission
from tests.make import NOON
from tests.web.pages import Page, World
from tests.web.pages.growth import make_attempt


def pages(world: World) -> list[Page]:
    submit, decide = Permission.APPEAL_SUBMIT, Permission.APPEAL_DECIDE
    failed = make_attempt(world, world.agent, is_done=True)
    theirs = make_attempt(world, world.other_agent, is_done=True)
    own: dict[str, uuid.UUID | str] = {"kind": "exam-result", "subject_id": failed.id}
    other: dict[str, uuid.UUID | str] = {"kind": "exam-result", "subject_id": theirs.id}
    waiting = {"appeal_id": make_appeal(world, world.agent).id}
    answered = {"appeal_id": make_appeal(world, world.agent, state=AppealState.REFUSED).id}
    return [
        Page(endpoint="agents.list_appeals", access=submit),
        Page(endpoint="agents.make_appeal", access=submit, own=own, other=other),
        Page(endpoint="agents.make_appeal", access=submit, method="POST", own=own, other=other, allowed=422),
        Page(endpoint="operations.list_appeals", access=decide),
        Page(endpoint="operations.decide_appeal", access=decide, own=waiting),
        Page(endpoint="operations.decide_appeal", access=decide, method="POST", own=waiting, allowed=422),
        Page(endpoint="operations.decide_appeal", access=decide, own=answered),
    ]


def make_appeal(world: World, agent: Agent, *, state: AppealState = AppealState.OPEN) -> Appeal:
    """Save an appeal of a failed exam of its own; one that is answered was refused by operations."""
    failed = make_attempt(world, agent, is_done=True)
    is_open = state is AppealState.OPEN
    return world.make.save(
        Appeal(
            id=uuid.uuid4(),
            agent_id=agent.id,
            kind=AppealKind.EXAM_RESULT,
            subject_id=failed.id,
            subject_decided_at=NOON,
            reason="Question 4 has two right answers.",
            state=state,
            submitted_at=NOON - dt.timedelta(hours=1),
            answer=None if is_open else "The shop's notes rule the other one out.",
            decided_at=None if is_open else NOON,
            decided_by=None if is_open else world.operations.id,
        )
    )
