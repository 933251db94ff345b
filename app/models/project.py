"""A merchant's service lines, and who may not or would like to work in them."""

from __future__ import annotations

import datetime as dt
import enum
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.agent import Agent
from app.models.base import Base, text_enum
from app.models.merchant import Merchant


class ServiceLine(enum.StrEnum):
    PRESALES_CHAT = "presales-chat"
    AFTERSALES_CHAT = "aftersales-chat"
    HOTLINE = "hotline"

    @property
    def is_voice(self) -> bool:
        return self is ServiceLine.HOTLINE


class Project(Base):
    """One shop's service line with its rules: what an agent is certified for.

    `certificate_months` is how long its certificates hold; empty: as usual (app/renewal_rules.py).
    """

    __tablename__ = "project"
    __table_args__ = (
        CheckConstraint("concurrent_chats BETWEEN 1 AND 8", name="concurrent_chats_in_range"),
        CheckConstraint("certificate_months BETWEEN 3 AND 36", name="certificate_months_in_range"),
    )

    merchant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("merchant.id"), index=True)
    name: Mapped[str]
    service_line: Mapped[ServiceLine] = mapped_column(text_enum(ServiceLine, "service_line"))
    concurrent_chats: Mapped[int] = mapped_column(default=3)
    knowledge: Mapped[str] = mapped_column(default="")
    pay_fen_an_hour: Mapped[int] = mapped_column(default=2600)
    is_open: Mapped[bool] = mapped_column(default=True)
    certificate_months: Mapped[int | None]
    created_at: Mapped[dt.datetime]

    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")


class ApplicationStatus(enum.StrEnum):
    """The ladder inside a project: asked, assessed by exam, on trial, then certified or not."""

    APPLIED = "applied"
    TRIAL = "trial"
    CERTIFIED = "certified"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class ProjectApplication(Base):
    """An agent's wish to work in a project, on its way to a certificate."""

    __tablename__ = "project_application"
    __table_args__ = (
        Index(
            "uq_project_application_open",
            "agent_id",
            "project_id",
            unique=True,
            postgresql_where=text("status IN ('applied', 'trial')"),
        ),
        Index(None, "status", "applied_at"),
    )

    agent_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agent.id"))
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("project.id"), index=True)
    status: Mapped[ApplicationStatus] = mapped_column(text_enum(ApplicationStatus, "status"))
    applied_at: Mapped[dt.datetime]
    decided_at: Mapped[dt.datetime | None]
    verdict: Mapped[str | None]

    agent: Mapped[Agent] = relationship(lazy="raise_on_sql")
    project: Mapped[Project] = relationship(lazy="raise_on_sql")


class AgentBlock(Base):
    """An agent and a merchant who are not to be matched, whoever asked for it."""

    __tablename__ = "agent_block"
    __table_args__ = (UniqueConstraint("agent_id", "merchant_id"),)

    agent_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agent.id"))
    merchant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("merchant.id"), index=True)
    asked_by: Mapped[str]
    created_at: Mapped[dt.datetime]
