"""Make a merchant's projects."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.models import Project, ServiceLine
from app.renewal_rules import MONTHS
from app.services import audit


def set_certificate_months(
    session: Session,
    *,
    project_id: uuid.UUID,
    merchant_id: uuid.UUID,
    months: int | None,
    actor_user_id: uuid.UUID,
    now: dt.datetime,
) -> None:
    """Say how long certificates of a project hold that are issued from now on; None: as usual.

    Raises NotFoundError for a project that is not the merchant's, ValueError for a length nobody may choose.
    """
    if months is not None and months not in MONTHS:
        raise ValueError(f"certificates hold {MONTHS} months")
    project = session.scalar(
        select(Project).where(Project.id == project_id, Project.merchant_id == merchant_id).with_for_update()
    )
    if project is None:
        raise NotFoundError(f"project {project_id}")
    project.certificate_months = months
    audit.record(
        session,
        "project.validity-set",
        project,
        actor_user_id=actor_user_id,
        now=now,
        months=months,
    )


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
