"""Make a merchant's projects."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from app.models import Project, ServiceLine
from app.services import audit


def create_project(
    session: Session,
    *,
    merchant_id: uuid.UUID,
    name: str,
    service_line: ServiceLine,
    concurrent_chats: int,
    knowledge: str,
    pay_fen_an_hour: int,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
) -> Project:
    """Add a project. On the phone one conversation at a time is all a person can hold."""
    project = Project(
        id=uuid.uuid4(),
        merchant_id=merchant_id,
        name=name,
        service_line=service_line,
        concurrent_chats=1 if service_line.is_voice else concurrent_chats,
        knowledge=knowledge,
        pay_fen_an_hour=pay_fen_an_hour,
        created_at=now,
    )
    session.add(project)
    audit.record(
        session,
        "project.created",
        project,
        actor_user_id=actor_user_id,
        now=now,
        service_line=str(service_line),
    )
    return project
