"""Reads of imported files."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.models import ContactImport, ImportFault, Merchant, Project

PAGE_ROWS = 20


def list_imports(session: Session, *, page: int = 1) -> Sequence[tuple[ContactImport, str, str]]:
    """Return one page of imports, newest first, each with its project's and its merchant's name."""
    return [
        (row, project, merchant)
        for row, project, merchant in session.execute(
            select(ContactImport, Project.name, Merchant.name)
            .join(Project, Project.id == ContactImport.project_id)
            .join(Merchant, Merchant.id == Project.merchant_id)
            .order_by(ContactImport.created_at.desc(), ContactImport.id)
            .limit(PAGE_ROWS)
            .offset((page - 1) * PAGE_ROWS)
        )
    ]


def count_imports(session: Session) -> int:
    """Return how many files were ever uploaded."""
    return session.scalars(select(func.count()).select_from(ContactImport)).one()


def get_import(session: Session, import_id: uuid.UUID) -> tuple[ContactImport, str, str]:
    """Return an import, without the file's bytes, with its project's and its merchant's name."""
    found = session.execute(
        select(ContactImport, Project.name, Merchant.name)
        .join(Project, Project.id == ContactImport.project_id)
        .join(Merchant, Merchant.id == Project.merchant_id)
        .where(ContactImport.id == import_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFoundError(f"import {import_id}")
    row, project, merchant = found
    return row, project, merchant


def list_faults(session: Session, import_id: uuid.UUID) -> Sequence[ImportFault]:
    """Return the faults that were kept, in the order of the file's lines."""
    return session.scalars(
        select(ImportFault)
        .where(ImportFault.import_id == import_id)
        .order_by(ImportFault.line, ImportFault.column, ImportFault.id)
    ).all()


def list_projects(session: Session) -> Sequence[tuple[uuid.UUID, str]]:
    """Return every open project as (id, name), by merchant and name; the name says whose it is."""
    return [
        (project_id, project if project.startswith(merchant) else f"{merchant} · {project}")
        for project_id, merchant, project in session.execute(
            select(Project.id, Merchant.name, Project.name)
            .join(Merchant, Merchant.id == Project.merchant_id)
            .where(Project.is_open)
            .order_by(Merchant.name, Project.name, Project.id)
        )
    ]
