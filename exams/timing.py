"""How long a person has, when time is up, and what counts when it arrives late.

The server's clock is the only one. Accommodations belong to the person and apply to every exam; because a
deadline is computed from the accommodation each time, one that is granted during an attempt counts at once.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import math

from exams.items import Text

MAX_MULTIPLIER = 20.0
"""Published accessibility guidelines ask for time that can be adjusted up to this much."""

GRACE = dt.timedelta(seconds=60)
"""How late an answer made in time may arrive."""

UNLIMITED_IDLE_LIMIT = dt.timedelta(hours=24)
"""An attempt without a limit closes after so long without a save; WCAG 2.2.1 sees no limit above 20 hours."""

ANNOUNCE_AT_SECONDS = (600, 300, 60)
"""Seconds left at which the page says so, and only then: a clock read out each second is a barrier."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Accommodation:
    """What a person needs in every exam.

    At most one of `multiplier` (above 1), `fixed_minutes` (added to the exam's time) and `unlimited`, the
    same choice that the AfA PNP 3.0 element additional-testing-time has. `breaks` may be taken, each of up to
    `breaks_minutes`; the clock stands still meanwhile, so they are not part of the time.
    `typing_untimed`: what is typed is judged by what it says, never by how fast it came.
    """

    multiplier: float = 1.0
    fixed_minutes: int = 0
    unlimited: bool = False
    breaks: int = 0
    breaks_minutes: int = 0
    large_text: bool = False
    text_only: bool = False
    typing_untimed: bool = False

    def __post_init__(self) -> None:
        if not 1.0 <= self.multiplier <= MAX_MULTIPLIER:
            raise ValueError(f"the multiplier {self.multiplier} is not between 1 and {MAX_MULTIPLIER:g}")
        if self.fixed_minutes < 0 or self.breaks < 0 or self.breaks_minutes < 0:
            raise ValueError("extra minutes, breaks and their minutes cannot be negative")
        if (self.multiplier > 1.0) + (self.fixed_minutes > 0) + self.unlimited > 1:
            raise ValueError("choose one of a multiplier, extra minutes and no limit")


NO_ACCOMMODATION = Accommodation()


class SaveVerdict(enum.StrEnum):
    """Whether an answer counts."""

    ON_TIME = "on_time"
    IN_GRACE = "in_grace"
    TOO_LATE = "too_late"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Announcement:
    """What the page says when `seconds_left` is reached."""

    seconds_left: int
    text: Text


def working_seconds(exam_minutes: int, accommodation: Accommodation) -> int | None:
    """Return the seconds to work in, without breaks; None when there is no limit."""
    if exam_minutes <= 0:
        raise ValueError(f"an exam of {exam_minutes} minutes cannot be sat")
    if accommodation.unlimited:
        return None
    # Rounded first: 1500 s x 1.1 is a hair above 1650 in floating point and must not become 1651.
    scaled = math.ceil(round(exam_minutes * 60 * accommodation.multiplier, 6))
    return scaled + accommodation.fixed_minutes * 60


def typing_time_factor(exam_minutes: int, accommodation: Accommodation) -> float | None:
    """Return how many times as long as others the person may type; None when speed is not judged.

    Minutes added to an exam count as their share of its time.
    """
    working = None if accommodation.typing_untimed else working_seconds(exam_minutes, accommodation)
    return None if working is None else working / (exam_minutes * 60)


def allowed_seconds(exam_minutes: int, accommodation: Accommodation) -> int | None:
    """Return the seconds from start to deadline where no break is taken; None when there is no limit."""
    return working_seconds(exam_minutes, accommodation)


def deadline(
    *, started_at: dt.datetime, exam_minutes: int, accommodation: Accommodation = NO_ACCOMMODATION
) -> dt.datetime | None:
    """Return the last moment at which an answer can be made; None when there is no limit."""
    seconds = allowed_seconds(exam_minutes, accommodation)
    return None if seconds is None else started_at + dt.timedelta(seconds=seconds)


def seconds_left(*, deadline_at: dt.datetime | None, now: dt.datetime) -> int | None:
    """Return whole seconds until the deadline, never below 0; None when there is no limit."""
    if deadline_at is None:
        return None
    return max(0, math.floor((deadline_at - now).total_seconds()))


def judge_save(
    *, deadline_at: dt.datetime | None, received_at: dt.datetime, made_at: dt.datetime | None = None
) -> SaveVerdict:
    """Say whether a save counts that the server received at `received_at`.

    `made_at` is when the answer was made as far as the server can prove it (a time it signed itself), or
    None without proof. A late arrival counts only when it was provably made in time and is within the grace
    period.
    """
    if deadline_at is None or received_at <= deadline_at:
        return SaveVerdict.ON_TIME
    proven = made_at is not None and made_at <= deadline_at
    if proven and received_at <= deadline_at + GRACE:
        return SaveVerdict.IN_GRACE
    return SaveVerdict.TOO_LATE


def closes_at(*, deadline_at: dt.datetime | None, last_saved_at: dt.datetime) -> dt.datetime:
    """Return when the server submits the attempt for a person who has gone.

    With a limit that is the end of the grace period; without one, a day after the last save (or the start).
    """
    if deadline_at is None:
        return last_saved_at + UNLIMITED_IDLE_LIMIT
    return deadline_at + GRACE


def announcements(seconds: int | None) -> tuple[Announcement, ...]:
    """Return what is announced in an attempt of so many seconds, in order; nothing without a limit."""
    if seconds is None:
        return ()
    return tuple(
        Announcement(
            seconds_left=left,
            text=Text(
                zh=f"还剩 {left // 60} 分钟。",
                en="1 minute left." if left == 60 else f"{left // 60} minutes left.",
            ),
        )
        for left in ANNOUNCE_AT_SECONDS
        if left < seconds
    )
