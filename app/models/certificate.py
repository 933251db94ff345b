"""The right to work: a base certificate, then one for each project."""

from __future__ import annotations

import datetime as dt
import enum
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.agent import Agent
from app.models.base import Base, text_enum
from app.models.project import Project


class CertificateKind(enum.StrEnum):
    BASE = "base"
    PROJECT = "project"


class Certificate(Base):
    """A certificate that anybody can check by its number. `digest` seals what it says (SHA-256)."""

    __tablename__ = "certificate"
    __table_args__ = (
        CheckConstraint("(kind = 'project') = (project_id IS NOT NULL)", name="project_named"),
        Index(
            "uq_certificate_agent_project",
            "agent_id",
            "project_id",
            unique=True,
            postgresql_where=text("revoked_at IS NULL AND project_id IS NOT NULL"),
        ),
        Index(
            "uq_certificate_agent_base",
            "agent_id",
            unique=True,
            postgresql_where=text("revoked_at IS NULL AND project_id IS NULL"),
        ),
        Index(None, "project_id"),
        Index(
            "ix_certificate_holders",
            "project_id",
            "agent_id",
            postgresql_include=["issued_at", "expires_at"],
            postgresql_where=text("revoked_at IS NULL AND project_id IS NOT NULL"),
        ),
    )

    number: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[CertificateKind] = mapped_column(text_enum(CertificateKind, "kind"))
    agent_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agent.id"))
    project_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("project.id"))
    attempt_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("exam_attempt.id"))
    percent: Mapped[int | None]
    issued_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]
    digest: Mapped[str]

    agent: Mapped[Agent] = relationship(lazy="raise_on_sql")
    project: Mapped[Project | None] = relationship(lazy="raise_on_sql")
