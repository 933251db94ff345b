"""The only place that reads the clock.

Two times: the business's (`utc_now`: seasons, shifts, deadlines, holds) and the machine's (`wall_now`:
sign-ins, codes, leases). They are the same unless a demo or a test shifts the business's clock by a file
that holds a number of seconds; every process of an installation reads the same file.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")
# The business's own days. Others are typing errors, and arithmetic on the first or last day there is fails.
YEARS = range(2020, 2100)

_shift_file: Path | None = None


def use_shift_file(path: Path | None) -> None:
    """Shift the business's clock by the seconds written in this file; None stops shifting."""
    global _shift_file
    _shift_file = path


def wall_now() -> dt.datetime:
    """Return the machine's time, aware, in UTC."""
    return dt.datetime.now(dt.UTC)


def utc_now() -> dt.datetime:
    """Return the business's time, aware, in UTC."""
    now = wall_now()
    if _shift_file is None:
        return now
    try:
        return now + dt.timedelta(seconds=float(_shift_file.read_text()))
    except (FileNotFoundError, ValueError):
        # The file is being replaced or was never written: an unshifted clock is the honest answer.
        return now


def set_business_time(moment: dt.datetime, shift_file: Path) -> None:
    """Make the business's clock show `moment` from now on, in every process that uses this file."""
    shift = (moment - wall_now()).total_seconds()
    fresh = shift_file.with_suffix(".new")
    fresh.write_text(f"{shift:.3f}")
    fresh.replace(shift_file)
