"""The signed Open Badge of a certificate."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Badge(Base):
    """What a certificate's badge says, with its proof `eddsa-rdfc-2022`: written once, by a job.

    The token (VC-JWT) is not kept: it is signed from the same document whenever somebody fetches it.
    """

    __tablename__ = "badge"

    certificate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("certificate.id"), unique=True)
    document: Mapped[dict[str, Any]]
    proved_at: Mapped[dt.datetime]
