"""One made-up conversation: how fast and how well somebody of a standing answers."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.random import Generator

from app.demo.plans import new_id
from app.models import ServiceLine

# First replies are log-normal: median four seconds for a standing of 70, slower for a lower one.
MEDIAN_FIRST_REPLY = 4.0
SATISFACTION_ASKED = 0.55
CONTACT_COLUMNS = (
    *("id", "merchant_id", "project_id", "agent_id", "external_id", "channel", "started_at"),
    *("ended_at", "first_manual_seconds", "messages_in", "messages_out", "handoffs"),
    *("satisfaction", "resolved", "ordered"),
)


def contact_row(
    rng: Generator,
    *,
    agent_id: uuid.UUID,
    standing: int,
    merchant_id: uuid.UUID,
    project_id: uuid.UUID,
    service_line: ServiceLine,
    external_id: str,
    started_at: dt.datetime,
) -> Sequence[Any]:
    """Return a row of CONTACT_COLUMNS; it lasts two to fifteen minutes."""
    skill = max(standing, 1) / 70
    first = int(np.clip(rng.lognormal(np.log(MEDIAN_FIRST_REPLY / skill), 0.7), 1, 240))
    asked = int(rng.integers(3, 16))
    answered = max(1, round(asked * rng.normal(1.05 + 0.12 * skill, 0.18)))
    happy = float(np.clip(rng.normal(3.4 + skill - first / 60, 0.8), 1, 5))
    return (
        *(new_id(rng), merchant_id, project_id, agent_id, external_id),
        *("call" if service_line.is_voice else "chat", started_at),
        started_at + dt.timedelta(seconds=float(rng.uniform(120, 900))),
        *(first, asked, answered, int(rng.random() < 0.05)),
        round(happy) if rng.random() < SATISFACTION_ASKED else None,
        *(bool(rng.random() < 0.7 + 0.2 * min(skill, 1)), bool(rng.random() < 0.3 * skill)),
    )
