"""Cover shared between projects: a standby who is not needed at home helps the one project linked to it.

The demands of one time form a forest: each may be linked to one other, `helps`, in whose project some of its
standbys are certified too. A standby is either its own (`OWN`) or shared (`SHARED`): certified for its home
and for the demand linked to it. Everybody comes or does not, independently, with a chance of their own, so
that the absent of a demand are Poisson-binomial, and what is left over is passed along the links from the
leaves to the roots: first the standbys that came as help and the demand's own are used, then its shared ones;
what of these is left helps on. All of it is exact convolution of distributions (see `cover`).

For the links given this loses nothing: no other use of the same people works more demands. Certificates
beyond the two projects are not counted, so for people who have more the chance that all seats are worked is a
lower bound. It is a bound on every single demand too, as long as a home's standbys serve it first.

One more person in a seat would cost a whole shift's pay and help one demand; a standby costs a part of that
and may help two. So cover never puts more people than booked seats into a demand: it consists of standbys.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Iterator
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NOBODY = -1
"""A demand that is linked to no other."""


class Place(enum.IntEnum):
    """What somebody is to a demand: in a seat, standing by for it alone, or for the linked one as well."""

    SEAT = 0
    OWN = 1
    SHARED = 2


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class People:
    """People at demands: the demand of each, the chance that they come, and their place."""

    demand: Ints
    chance: Floats
    place: Ints

    @classmethod
    def of(cls, demand: ArrayLike, chance: ArrayLike, place: ArrayLike) -> Self:
        """Put columns together. Raises ValueError for a chance outside 0 to 1."""
        chances = np.asarray(chance, dtype=np.float64)
        if not ((chances >= 0) & (chances <= 1)).all():
            raise ValueError("a chance must lie between 0 and 1")
        where = np.asarray(demand, dtype=np.int64)
        return cls(
            demand=where,
            chance=chances,
            place=np.broadcast_to(np.asarray(place, dtype=np.int64), where.shape),
        )

    def and_also(self, others: People) -> People:
        return People(
            demand=np.concatenate([self.demand, others.demand]),
            chance=np.concatenate([self.chance, others.chance]),
            place=np.concatenate([self.place, others.place]),
        )


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class CoverChances:
    """For each demand the chance that all its seats are worked (`chance`), and the chance that all seats of
    it and of the demands that help it, directly or not, are worked (`together`).

    `helps` tells which demands are roots: the product of `together` over the roots of one time is the chance
    that every seat of that time is worked.
    """

    chance: Floats
    together: Floats
    helps: Ints

    def everything(self, time: ArrayLike, *, times: int) -> Floats:
        """Return for each time, by number from 0, the chance that every seat is worked."""
        roots = self.helps == NOBODY
        result = np.ones(times)
        np.multiply.at(result, np.asarray(time, dtype=np.int64)[roots], self.together[roots])
        return result


def assess_cover(needed: ArrayLike, helps: ArrayLike, people: People) -> CoverChances:
    """Return how likely the people make it that all `needed` seats of each demand are worked.

    `helps` is the demand each one's shared standbys help, or NOBODY. Raises ValueError for links in a circle.
    """
    return _walk(needed, helps, people, target=0.0, more=lambda _: iter(()))


def size_cover(
    needed: ArrayLike,
    helps: ArrayLike,
    people: People,
    *,
    typical: ArrayLike,
    target: float,
    most: ArrayLike,
) -> Ints:
    """Return the smallest number of further standbys of each demand with which all reach the target.

    Each of them comes with the demand's `typical` chance and is shared where there is a link; no demand gets
    more than its `most`. Going from the leaves to the roots takes the fewest in all: what a leaf lacks nobody
    else can give, and one standby more at a leaf helps its root no better than one at the root itself.
    """
    usual = np.asarray(typical, dtype=np.float64).tolist()
    limit = np.broadcast_to(np.asarray(most, dtype=np.int64), len(usual)).tolist()
    links = np.asarray(helps, dtype=np.int64).tolist()
    wanted = np.zeros(len(links), dtype=np.int64)

    def more(demand: int) -> Iterator[tuple[float, int]]:
        place = Place.OWN if links[demand] == NOBODY else Place.SHARED
        while wanted[demand] < limit[demand] and usual[demand] > 0:
            wanted[demand] += 1
            yield usual[demand], place

    _walk(needed, helps, people, target=target, more=more)
    return wanted


def choose_standbys(
    needed: ArrayLike, helps: ArrayLike, people: People, candidates: People, *, target: float
) -> tuple[Bools, CoverChances]:
    """Take as few of the candidates as reach the target at each demand, shared ones and the surest first.

    Returns who was taken, and the chances with them. Where all candidates do not suffice, all are taken.
    """
    order = np.lexsort((-candidates.chance, -candidates.place, candidates.demand))
    first = np.searchsorted(candidates.demand[order], np.arange(len(np.asarray(helps)) + 1))
    taken = np.zeros(len(order), dtype=bool)

    def more(demand: int) -> Iterator[tuple[float, int]]:
        for index in order[first[demand] : first[demand + 1]].tolist():
            taken[index] = True
            yield float(candidates.chance[index]), int(candidates.place[index])

    chances = _walk(needed, helps, people, target=target, more=more)
    return taken, chances


def _walk(
    needed: ArrayLike,
    helps: ArrayLike,
    people: People,
    *,
    target: float,
    more: Callable[[int], Iterator[tuple[float, int]]],
) -> CoverChances:
    """Go over the demands, helpers before those they help, and add people until each reaches the target."""
    if not 0 <= target <= 1:
        raise ValueError(f"target is {target}; it must lie between 0 and 1")
    seats = np.asarray(needed, dtype=np.int64).tolist()
    links = np.asarray(helps, dtype=np.int64)
    order = np.lexsort((people.place, people.demand))
    chance_of = people.chance[order]
    # People of a demand lie together, those in seats first, then its own standbys, then the shared ones.
    keys = people.demand[order] * len(Place) + people.place[order]
    bounds = np.searchsorted(keys, np.arange(len(seats) * len(Place) + 1))
    first, places = bounds.tolist(), len(Place)
    shows = _distributions(chance_of, bounds[:-1:places], bounds[1::places])
    chance, together = np.zeros(len(seats)), np.zeros(len(seats))
    help_for: dict[int, tuple[Floats, Floats]] = {}
    for demand in _leaves_first(links):
        own, shared, end = first[demand * places + 1 : demand * places + 4]
        state = _Demand(seats[demand], shows[demand], *help_for.pop(demand, (ONE, ONE)))
        for one in chance_of[own:shared].tolist():
            state.add(one, Place.OWN)
        for one in chance_of[shared:end].tolist():
            state.add(one, Place.SHARED)
        worked, all_worked = state.measure()
        for one, place in more(demand) if worked < target else ():
            state.add(one, place)
            worked, all_worked = state.measure()
            if worked >= target:
                break
        chance[demand], together[demand] = min(1.0, worked), min(1.0, all_worked)
        link = int(links[demand])
        if link != NOBODY:
            before = help_for.get(link, (ONE, ONE))
            help_for[link] = (
                _added(before[0], state.spare[0], seats[link]),
                _added(before[1], state.spare[1], seats[link]),
            )
    return CoverChances(chance=chance, together=together, helps=links)


ONE: Floats = np.ones(1)


class _Demand:
    """One demand's people as distributions.

    `lacking` is how many seats are still empty after those in seats, the help that came and the demand's own
    standbys; `shared` how many shared standbys come. Each is kept twice: over everything that may happen,
    and over what leaves no seat of the helpers empty.
    """

    def __init__(self, seats: int, shows: Floats, helpers: Floats, helpers_all: Floats) -> None:
        short = np.zeros(seats + 1)
        counted = min(len(shows), seats)
        short[seats - counted + 1 :] = shows[:counted][::-1]
        short[0] += np.add.reduce(shows[seats:])
        self._lacking = [_less(short, helpers)]
        if helpers_all is not ONE:
            self._lacking.append(_less(short, helpers_all))
        self._shared = ONE
        self.spare: tuple[Floats, Floats] = (ONE, ONE)

    def add(self, chance: float, place: int) -> None:
        if place == Place.SHARED:
            longer = np.zeros(len(self._shared) + 1)
            longer[:-1] = self._shared * (1 - chance)
            longer[1:] += self._shared * chance
            self._shared = longer
            return
        for lacking in self._lacking:
            fewer = lacking[1:] * chance
            lacking[1:] *= 1 - chance
            lacking[:-1] += fewer

    def measure(self) -> tuple[float, float]:
        """Return the chance that no seat stays empty, alone and with all helpers; note who is to spare."""
        even = len(self._lacking[0]) - 1
        # At index `even` as many shared standbys come as seats are lacking.
        every = np.correlate(self._shared, self._lacking[0], "full")
        good = np.correlate(self._shared, self._lacking[-1], "full") if len(self._lacking) > 1 else every
        spare, spare_if_good = every[even:].copy(), good[even:]
        worked, all_worked = np.add.reduce(spare), np.add.reduce(spare_if_good)
        spare[0] += np.add.reduce(every[:even])
        self.spare = (spare, spare_if_good)
        return float(worked), float(all_worked)


def distribution(chances: Floats) -> Floats:
    """Return the probability that exactly 0, 1, ... of these people come, by direct convolution.

    `chances` may have several rows: one group of people each. They are not looked at: `People.of` refuses
    those outside 0 to 1.
    """
    people = chances.shape[-1]
    exactly = np.zeros((*chances.shape[:-1], people + 1))
    exactly[..., 0] = 1.0
    for count in range(1, people + 1):
        chance = chances[..., count - 1, None]
        moved = exactly[..., :count] * chance
        exactly[..., :count] *= 1 - chance
        exactly[..., 1 : count + 1] += moved
    return exactly


def _distributions(chance_of: Floats, first: Ints, last: Ints) -> list[Floats]:
    """Return the distribution of the people from first to last of each demand, those of one size at once."""
    size = last - first
    result: list[Floats] = [ONE] * len(size)
    for people in np.unique(size).tolist():
        demands = np.flatnonzero(size == people)
        every = distribution(chance_of[first[demands, None] + np.arange(people)])
        for demand, exactly in zip(demands.tolist(), every, strict=True):
            result[demand] = exactly
    return result


def _less(short: Floats, help_came: Floats) -> Floats:
    """Return the distribution of how many stay short after independent help, never below 0."""
    zero = len(help_came) - 1
    difference: Floats = np.correlate(short, help_came, "full") if zero else short * help_came[0]
    rest: Floats = difference[zero:].copy()
    rest[0] += np.add.reduce(difference[:zero])
    return rest


def _added(first: Floats, second: Floats, most: int) -> Floats:
    """Return the distribution of the sum, with everything above `most` counted as `most`."""
    total = np.convolve(first, second) if len(first) > 1 else second * first[0]
    if len(total) <= most + 1:
        return total
    kept = total[: most + 1].copy()
    kept[most] += np.add.reduce(total[most + 1 :])
    return kept


def _leaves_first(links: Ints) -> list[int]:
    """Return the demands in an order in which each comes after all that help it."""
    waiting = np.bincount(links[links != NOBODY], minlength=len(links)).tolist()
    order = [demand for demand, helpers in enumerate(waiting) if helpers == 0]
    for demand in order:
        link = int(links[demand])
        if link == NOBODY:
            continue
        waiting[link] -= 1
        if waiting[link] == 0:
            order.append(link)
    if len(order) < len(links):
        raise ValueError("demands help each other in a circle")
    return order
