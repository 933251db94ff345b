"""The table of every endpoint: who may call it, with what, and what each role gets.

Each area of the site has a module here with `pages(world)`. tests/web/test_endpoints.py fails on an endpoint
that is in no table; tests/web/test_matrix.py requests every page as every role, for the role's own object and
for somebody else's; the accessibility tests open every GET page that is marked `look`.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping

from app.models import Agent, Assignment, Membership, PeakEvent, Project, ShiftSlot, User
from app.permissions import Permission
from tests.make import Make

VISITOR = "visitor"
AGENT = "agent"
MERCHANT = "merchant"
OPERATIONS = "operations"
ROLES = (VISITOR, AGENT, MERCHANT, OPERATIONS)


@dataclasses.dataclass(frozen=True, kw_only=True)
class World:
    """Two agents, two merchants and one season: what belongs to the first is strange to the second.

    The requests of the matrix are sent by `agent`, by `member` and by `operations`.
    """

    make: Make
    agent: Agent
    other_agent: Agent
    member: Membership
    other_member: Membership
    operations: User
    event: PeakEvent
    slot: ShiftSlot
    project: Project
    other_project: Project
    assignment: Assignment
    other_assignment: Assignment


@dataclasses.dataclass(frozen=True, kw_only=True)
class Page:
    """One endpoint and method.

    `access` is the permission it declares, or None for public. `own` are URL arguments that name an object of
    the sender; `other` ones that name somebody else's and must give 404. `allowed` is the status that a role
    with the permission gets; everybody else gets 302 to the sign-in page (visitors) or 403.
    """

    endpoint: str
    access: Permission | None
    method: str = "GET"
    own: Mapping[str, uuid.UUID | str] = dataclasses.field(default_factory=dict)
    other: Mapping[str, uuid.UUID | str] | None = None
    data: Mapping[str, str] = dataclasses.field(default_factory=dict)
    allowed: int = 200
    look: bool = True
