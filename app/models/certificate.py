"""The right to work: a base certificate, then one for each project; and what became of each."""

from __future__ import annotations

import datetime as dt
import enum
import uuid

from sqlalchemy import BigInteger, CheckConstraint, ColumnElement, ForeignKey, Index, func, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.agent import Agent
from app.models.base import Base, text_enum
from app.models.project import Project


class CertificateKind(enum.StrEnum):
    BASE = "base"
    PROJECT = "project"


class CertificateState(enum.StrEnum):
    """What a certificate is worth at a moment. REPLACED: a newer one of the same kind took its place."""

    VALID = "valid"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    REPLACED = "replaced"
    REVOKED = "revoked"


class Certificate(Base):
    """A certificate that anybody can check by its number. `digest` seals what it says (SHA-256).

    `revoked_at` ends it early; one that was renewed has `replaced_at` too, and one that had run out before is
    put away at its `expires_at`. A suspension lies from `suspended_at` to `suspended_until`: the last one is
    kept. `state_reason` says why operations suspended or revoked it; until `barred_until` its project (or,
    for the base certificate, the exam) takes no new start. `reminded_days` says how many
    days before its end the last reminder was for.
    """

    __tablename__ = "certificate"
    __table_args__ = (
        CheckConstraint("(kind = 'project') = (project_id IS NOT NULL)", name="project_named"),
        CheckConstraint(
            "(suspended_at IS NULL) = (suspended_until IS NULL) AND suspended_until >= suspended_at",
            name="suspension_ends",
        ),
        CheckConstraint("replaced_at IS NULL OR revoked_at IS NOT NULL", name="replaced_is_ended"),
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
        Index("ix_certificate_ends", "expires_at", postgresql_where=text("revoked_at IS NULL")),
        Index("uq_certificate_serial", "serial", unique=True),
        Index(
            "ix_certificate_holders",
            "project_id",
            "agent_id",
            postgresql_include=["issued_at", "suspended_until", "expires_at"],
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
    replaced_at: Mapped[dt.datetime | None]
    suspended_at: Mapped[dt.datetime | None]
    suspended_until: Mapped[dt.datetime | None]
    state_reason: Mapped[str | None]
    barred_until: Mapped[dt.datetime | None]
    reminded_days: Mapped[int | None]
    digest: Mapped[str]
    # Counts all certificates: where the status lists of their badges keep them.
    serial: Mapped[int] = mapped_column(BigInteger, server_default=text("nextval('certificate_serial_seq')"))

    agent: Mapped[Agent] = relationship(lazy="raise_on_sql")
    project: Mapped[Project | None] = relationship(lazy="raise_on_sql")

    @hybrid_property
    def works_from(self) -> dt.datetime:
        """From when on it gives the right to work: a suspension begins at once, what is left comes after."""
        return self.suspended_until or self.issued_at

    @works_from.inplace.expression
    @classmethod
    def _works_from(cls) -> ColumnElement[dt.datetime]:
        return func.coalesce(cls.suspended_until, cls.issued_at)

    def state_at(self, moment: dt.datetime) -> CertificateState:
        """Return what the certificate is worth at a moment not before its last change."""
        if self.revoked_at is not None and self.replaced_at is None and self.revoked_at < self.expires_at:
            return CertificateState.REVOKED
        if self.expires_at <= moment:
            return CertificateState.EXPIRED
        if self.revoked_at is not None:
            return CertificateState.REPLACED
        if self.suspended_until is not None and moment < self.suspended_until:
            return CertificateState.SUSPENDED
        return CertificateState.VALID
