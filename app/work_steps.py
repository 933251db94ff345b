"""The steps before paid work that may be missing when somebody takes or begins a shift."""

from __future__ import annotations

import enum


class WorkStep(enum.StrEnum):
    """What is missing. EXPIRED: the certificate ends before the shift does. SUSPENDED: it is not back by the
    shift's start. MINOR_HOURS: the shift is at night, or too long a day, for somebody under 18.
    """

    IDENTITY = "identity"
    CERTIFICATE = "certificate"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    MINOR_HOURS = "minor-hours"
