"""How long certificates hold, when they may be renewed, and when people are reminded of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from app.models import Certificate, CertificateKind, CertificateState, Project

VALID_FOR = {CertificateKind.BASE: dt.timedelta(days=365), CertificateKind.PROJECT: dt.timedelta(days=180)}
# Renewal opens so long before the end: whoever fails at first has the time for every wait after a failure.
OPENS_DAYS = 60
# Days before the end on which a reminder goes out, the last one first.
REMINDERS = (7, 30, 60)
# What a merchant may choose for a project, in months; without a choice it is VALID_FOR.
MONTHS = (3, 6, 12, 24)


def valid_until(project: Project | None, *, since: dt.datetime) -> dt.datetime:
    """Return the end of a certificate, for a project or the base one, that holds from a moment on."""
    if project is None:
        return since + VALID_FOR[CertificateKind.BASE]
    if project.certificate_months is None:
        return since + VALID_FOR[CertificateKind.PROJECT]
    return add_months(since, project.certificate_months)


def add_months(moment: dt.datetime, months: int) -> dt.datetime:
    """Return the same day so many months later, or the last day of a month that is shorter."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    last = (dt.date(year + month // 11, (month + 1) % 12 + 1, 1) - dt.timedelta(days=1)).day
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


def renewal_opens_at(certificate: Certificate) -> dt.datetime:
    """Return from when on a certificate may be renewed."""
    return certificate.expires_at - dt.timedelta(days=OPENS_DAYS)


def is_renewable(certificate: Certificate, now: dt.datetime) -> bool:
    """Say whether a certificate may be renewed now: it is valid, and near enough to its end."""
    return certificate.state_at(now) is CertificateState.VALID and renewal_opens_at(certificate) <= now


def days_left(certificate: Certificate, now: dt.datetime) -> int:
    """Return the days to a certificate's end, a begun one counted as a whole."""
    return -((now - certificate.expires_at) // dt.timedelta(days=1))


def list_renewable(certificates: Iterable[Certificate], now: dt.datetime) -> list[Certificate]:
    """Return which of somebody's certificates may be renewed now, the first to end first."""
    found = [certificate for certificate in certificates if is_renewable(certificate, now)]
    return sorted(found, key=lambda certificate: (certificate.expires_at, certificate.number))


def list_run_out(certificates: Iterable[Certificate], now: dt.datetime) -> list[Certificate]:
    """Return somebody's certificates that ran out and were followed by no other, the last to end first."""
    newest: dict[object, Certificate] = {}
    for certificate in certificates:
        known = newest.get(certificate.project_id)
        if known is None or known.issued_at < certificate.issued_at:
            newest[certificate.project_id] = certificate
    ended = [row for row in newest.values() if row.state_at(now) is CertificateState.EXPIRED]
    return sorted(ended, key=lambda certificate: (certificate.expires_at, certificate.number), reverse=True)
