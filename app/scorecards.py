"""One agent's measures from the sums of contacts: each with its uncertainty, and the others beside it.

Pure: sums in, a scorecard out. docs/measures.md has the definitions, scheduling.workforce the mathematics.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from app.queries.quality import DayTally, Replies, Stratum, Sums, Tally
from scheduling.workforce.measures import Measure, quantile_of_counts, ratio_of_sums, share
from scheduling.workforce.shrinkage import drawn_share, weight_of_mean

# A season is short and rare: half a year reaches back to the one before.
WINDOW = dt.timedelta(weeks=26)
# Agent messages for each customer message: the aim, and the side to look at.
RATIO_AIM = 1.2
RATIO_WARNING = 1.0
# Below so many contacts a figure leans on the project's mean, and the page says so.
FEW_CONTACTS = 30


@dataclasses.dataclass(frozen=True, kw_only=True)
class Share:
    """A share of contacts.

    `of` contacts could count and `count` did. `own` is what was seen, `fair` is that drawn towards `peers`,
    as far as `of` is small. `peers` is what others reach in the same projects at the same hours; None when
    there are no others.
    """

    count: int
    of: int
    own: Measure | None
    fair: Measure | None
    peers: float | None

    @property
    def leans_on_peers(self) -> bool:
        """Whether there are so few contacts that the fair value says more than the own one."""
        return self.of < FEW_CONTACTS and self.peers is not None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scorecard:
    """Every measure of one agent over one stretch of time."""

    contacts: int
    median_seconds: Measure | None
    p90_seconds: Measure | None
    peers_median_seconds: float | None
    quick: Share
    ratio: Measure | None
    ratio_satisfied: float | None
    peers_ratio: float | None
    satisfied: Share
    rated: int
    resolved: Share

    @property
    def response_rate(self) -> float | None:
        """Share of contacts that were rated at all."""
        return self.rated / self.contacts if self.contacts else None

    @property
    def ratio_is_low(self) -> bool:
        """Fewer messages from the agent than from customers."""
        return self.ratio is not None and self.ratio.value < RATIO_WARNING


# Of a tally: how many count, and how many could.
Counts = Callable[[Tally], tuple[int, int]]


def quick_of(tally: Tally) -> tuple[int, int]:
    return tally.quick, tally.decided


def satisfied_of(tally: Tally) -> tuple[int, int]:
    return tally.satisfied, tally.rated


def resolved_of(tally: Tally) -> tuple[int, int]:
    return tally.resolved, tally.judged


def messages_of(tally: Tally) -> tuple[int, int]:
    return tally.messages_out, tally.messages_in


class Field:
    """Everybody in some projects: what is reached by project and hours, and how much people differ."""

    def __init__(self, sums: Sums) -> None:
        self._mine: dict[uuid.UUID, list[Stratum]] = defaultdict(list)
        self._by_hours: dict[tuple[uuid.UUID, int], Tally] = defaultdict(Tally)
        self._by_project: dict[uuid.UUID, Tally] = defaultdict(Tally)
        for stratum in sums.strata:
            self._by_hours[stratum.project_id, stratum.slot] += stratum.tally
            self._by_project[stratum.project_id] += stratum.tally
            if stratum.agent_id is not None:
                self._mine[stratum.agent_id].append(stratum)
        self._peers = sums.peers
        self._weights: dict[Counts, float] = {}

    def make_scorecard(self, agent_id: uuid.UUID, replies: Replies | None = None) -> Scorecard:
        """Return an agent's scorecard. Without `replies` (a list of many people) the waits stay empty."""
        own = _sum(stratum.tally for stratum in self._mine[agent_id])
        others = _quantile(replies.others, 0.5) if replies else None
        return Scorecard(
            contacts=own.contacts,
            median_seconds=_quantile(replies.mine, 0.5) if replies else None,
            p90_seconds=_quantile(replies.mine, 0.9) if replies else None,
            peers_median_seconds=others.value if others else None,
            quick=self._share(agent_id, own, quick_of),
            ratio=_message_ratio(own),
            ratio_satisfied=own.satisfied_out / own.satisfied_in if own.satisfied_in else None,
            peers_ratio=self._expected(agent_id, messages_of),
            satisfied=self._share(agent_id, own, satisfied_of),
            rated=own.rated,
            resolved=self._share(agent_id, own, resolved_of),
        )

    def _share(self, agent_id: uuid.UUID, own: Tally, counts: Counts) -> Share:
        count, of = counts(own)
        expected = self._expected(agent_id, counts)
        seen = fair = share(count, of)
        if seen is not None and expected is not None:
            fair = drawn_share(count, of, mean=expected, weight=self._weight(counts))
        return Share(count=count, of=of, own=seen, fair=fair, peers=expected)

    def _weight(self, counts: Counts) -> float:
        if counts not in self._weights:
            pairs = [counts(tally) for tally in self._peers]
            self._weights[counts] = weight_of_mean([count for count, _ in pairs], [of for _, of in pairs])
        return self._weights[counts]

    def _expected(self, agent_id: uuid.UUID, counts: Counts) -> float | None:
        """Return what the others reach where and when this agent works, weighted by the agent's own mix.

        Hours in which nobody else works are compared with the whole project; projects with nobody else are
        left out. None when that leaves nothing.
        """
        mine = self._mine[agent_id]
        in_project: dict[uuid.UUID, Tally] = defaultdict(Tally)
        for stratum in mine:
            in_project[stratum.project_id] += stratum.tally
        reached = weights = 0.0
        for stratum in mine:
            weight = counts(stratum.tally)[1]
            count, of = counts(self._by_hours[stratum.project_id, stratum.slot] - stratum.tally)
            if not of:
                count, of = counts(self._by_project[stratum.project_id] - in_project[stratum.project_id])
            if of:
                reached += weight * count / of
                weights += weight
        return reached / weights if weights else None


def _sum(tallies: Iterable[Tally]) -> Tally:
    return sum(tallies, Tally())


def _message_ratio(own: Tally) -> Measure | None:
    return ratio_of_sums(
        contacts=own.contacts,
        agent=own.messages_out,
        customer=own.messages_in,
        agent_squared=own.out_squared,
        customer_squared=own.in_squared,
        product=own.in_times_out,
    )


def _quantile(replies: Sequence[tuple[int, int]], part: float) -> Measure | None:
    return quantile_of_counts([seconds for seconds, _ in replies], [count for _, count in replies], part)


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrendPoint:
    """One day of work: the share of quick replies, and the limits that chance alone seldom leaves."""

    day: dt.date
    share: float
    of: int
    low: float
    high: float

    @property
    def is_out(self) -> bool:
        """Whether something other than chance is at work."""
        return not self.low <= self.share <= self.high


@dataclasses.dataclass(frozen=True, kw_only=True)
class Trend:
    """The days of an agent around their own mean."""

    mean: float
    points: Sequence[TrendPoint]


def make_trend(days: Sequence[DayTally], *, last: int = 30) -> Trend | None:
    """Return the last days of work around their own mean; None without any day.

    The limits are three standard errors of a day with so many contacts (a p chart; Shewhart, "Economic
    Control of Quality of Manufactured Product", 1931): chance leaves them on about three days in a thousand.
    """
    shown = days[-last:]
    of = sum(day.decided for day in shown)
    if not of:
        return None
    mean = sum(day.quick for day in shown) / of
    points = []
    for day in shown:
        half = 3 * math.sqrt(mean * (1 - mean) / day.decided)
        points.append(
            TrendPoint(
                day=day.day,
                share=day.quick / day.decided,
                of=day.decided,
                low=max(mean - half, 0.0),
                high=min(mean + half, 1.0),
            )
        )
    return Trend(mean=mean, points=points)


def attendance(worked: int, missed: int) -> Measure | None:
    """Return the share of shifts that were worked; None without any shift."""
    return share(worked, worked + missed)
