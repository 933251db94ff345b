"""Contacts and quality: imports, scorecards, the merchant's day, people."""

from __future__ import annotations

import uuid

from app.models import ContactImport, ImportFault, ImportStatus
from app.permissions import Permission
from tests.make import NOON
from tests.web.pages import Page, World


def pages(world: World) -> list[Page]:
    refused = _save_import(world, ImportStatus.REFUSED)
    waiting = _save_import(world, ImportStatus.WAITING)
    world.make.save(
        ImportFault(
            id=uuid.uuid4(),
            import_id=refused.id,
            line=3,
            column="satisfaction",
            code="out-of-scale",
            params={"value": "9", "lowest": 1, "highest": 5},
        )
    )
    for hours in range(3):
        world.make.contact(agent=world.agent, project=world.project, hours_ago=hours + 1)
        world.make.contact(agent=world.other_agent, project=world.project, hours_ago=hours + 1)
    imports, people, scores, live = (
        Permission.CONTACT_IMPORT,
        Permission.PEOPLE_READ,
        Permission.SCORECARD_READ,
        Permission.LIVE_READ,
    )
    person, needs = {"agent_id": world.agent.id}, Permission.ACCOMMODATION_MANAGE
    return [
        Page(endpoint="operations.list_imports", access=imports),
        Page(endpoint="operations.create_import", access=imports),
        Page(endpoint="operations.create_import", access=imports, method="POST", allowed=422),
        Page(endpoint="operations.show_import", access=imports, own={"import_id": refused.id}),
        Page(endpoint="operations.show_import", access=imports, own={"import_id": waiting.id}),
        Page(
            endpoint="operations.skip_faulty_rows",
            access=imports,
            method="POST",
            own={"import_id": refused.id},
            allowed=302,
        ),
        Page(endpoint="operations.show_people", access=people),
        Page(endpoint="operations.show_people", access=people, own={"cohort": "region", "left": "1"}),
        Page(endpoint="operations.show_agent", access=people, own=person),
        Page(endpoint="operations.list_agent_contacts", access=people, own=person),
        Page(endpoint="operations.show_accommodations", access=needs, own=person),
        Page(endpoint="operations.show_accommodations", access=needs, method="POST", own=person, allowed=422),
        Page(
            endpoint="operations.apply_accommodations", access=needs, method="POST", own=person, allowed=302
        ),
        Page(
            endpoint="operations.hand_out_accommodations",
            access=needs,
            method="POST",
            own=person,
            data={"reason": "本人要在县里考试"},
        ),
        Page(endpoint="agents.show_scorecard", access=scores),
        Page(endpoint="agents.list_contacts", access=scores, own={"behind": "slow"}),
        Page(endpoint="merchants.show_live", access=live),
        Page(
            endpoint="merchants.show_live",
            access=live,
            own={"project": str(world.project.id)},
            other={"project": str(world.other_project.id)},
        ),
    ]


def _save_import(world: World, status: ImportStatus) -> ContactImport:
    done = status is ImportStatus.REFUSED
    return world.make.save(
        ContactImport(
            id=uuid.uuid4(),
            project_id=world.project.id,
            uploaded_by=world.operations.id,
            file_name="contacts.csv",
            file_format="csv",
            content=b"external_id\n",
            status=status,
            rows_total=10,
            rows_read=10 if done else 4,
            faults_total=1 if done else 0,
            created_at=NOON,
            started_at=NOON if done else None,
            finished_at=NOON if done else None,
        )
    )
