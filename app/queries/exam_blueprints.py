"""Reads of the versions of blueprints."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.models import BlueprintState, BlueprintVersion

OPEN = (BlueprintState.DRAFT, BlueprintState.IN_REVIEW)


def list_blueprint_versions(session: Session, exam: str) -> Sequence[BlueprintVersion]:
    """Return the versions of an exam's blueprint, newest first."""
    return session.scalars(
        select(BlueprintVersion)
        .where(BlueprintVersion.exam == exam)
        .order_by(BlueprintVersion.version.desc(), BlueprintVersion.id)
    ).all()


def list_open_blueprints(session: Session) -> Sequence[BlueprintVersion]:
    """Return every draft and every version in review."""
    return session.scalars(
        select(BlueprintVersion)
        .where(BlueprintVersion.state.in_(OPEN))
        .order_by(BlueprintVersion.exam, BlueprintVersion.id)
    ).all()


def get_blueprint_version(session: Session, version_id: uuid.UUID, *, lock: bool = False) -> BlueprintVersion:
    """Return one version, or raise NotFoundError."""
    row = session.get(BlueprintVersion, version_id, with_for_update=lock or None, populate_existing=lock)
    if row is None:
        raise NotFoundError(f"blueprint version {version_id}")
    return row
