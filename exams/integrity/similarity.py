"""Two people whose answers agree more often than chance allows.

The number of items that two people answered alike, right or wrong, is a sum of events, one an item they
share. Two tails of it are reckoned exactly, by recursion over the items:

- given the two abilities, where the events are independent: the generalised binomial test (W. J. van der
  Linden and L. Sotaridona, 2006, Journal of Educational and Behavioral Statistics 31, 283-304);
- given how many of the shared items each had right. Under the Rasch model this leaves no ability in it
  (E. B. Andersen, 1973, Psychometrika 38, 123-140), so nothing estimated from the same few answers makes the
  test blunt. This is the p that counts; the first, which is larger, chooses the pairs worth the reckoning.

Control runs over all pairs. For a pair that is found, omega (J. A. Wollack, 1997, Applied Psychological
Measurement 21, 307-320) says how unlikely it is that either took over the other's answers. Wrong answers fall
as they do among people of the same third of ability who are wrong.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection

import numpy as np
from numba import njit
from numpy.typing import NDArray

from exams.integrity.control import false_discovery_limit
from exams.integrity.records import Array, Records
from exams.integrity.tails import independent_tail, tail_given_scores
from exams.irt.calibrate import CalibrationError, calibrate
from exams.irt.models import Model
from exams.irt.scoring import Method, score_people

LEAST_SHARED = 6
"""Items: pairs that share fewer can agree in all of them by chance."""

BANDS = 3
"""Thirds of ability, for the wrong answers that people choose."""

SCREEN = 0.02
"""Pairs whose first tail is above are counted and forgotten: among many pairs they are no finding."""

FARTHEST = 3.0
"""Abilities are cut here: all right or all wrong says no more."""

BLOCK = 256
"""People a block: after each the caller is told how far it is."""

Progress = Callable[[int, int], None]


@dataclasses.dataclass(frozen=True, kw_only=True)
class SharedAnswer:
    """One item that both had. `chance` is that of the two answering alike."""

    item: str
    first_answer: str
    second_answer: str
    first_right: bool
    second_right: bool
    chance: float

    @property
    def alike(self) -> bool:
        return self.first_answer == self.second_answer


@dataclasses.dataclass(frozen=True, kw_only=True)
class SimilarPair:
    """Two people, how many of the items they share they answered alike, and how many were to be expected.

    `p` is the chance of so many or more. `omega_first` says how unlikely it is that the first took over the
    second's answers by chance (a standard normal figure), `omega_second` the other way about.
    """

    first: str
    second: str
    shared: tuple[SharedAnswer, ...]
    alike: int
    alike_wrong: int
    expected: float
    p: float
    omega_first: float
    omega_second: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Similarity:
    """The pairs found, the least likely first; `pairs` shared items enough and were looked at."""

    found: tuple[SimilarPair, ...]
    pairs: int
    limit: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Chances:
    """`ease` of each item (odds to be right, of an average person); `right` (people, items).

    `wrong` (items, bands, answers): the share of a wrong answer in a band. `alike` (items, bands, bands): the
    chance that two wrong answers are the same.
    """

    ease: Array
    right: Array
    band: NDArray[np.intp]
    wrong: Array
    alike: Array


def find_similar_pairs(
    records: Records,
    *,
    rate: float = 0.05,
    apart: Collection[tuple[str, str]] = (),
    least_shared: int = LEAST_SHARED,
    progress: Progress | None = None,
) -> Similarity:
    """Return the pairs that stand among all pairs, with the share of false ones held at `rate`.

    apart: pairs that are not looked at, as two attempts of one person, in sorted order. Raises ValueError
    when the answers tell nothing (nobody differs).
    """
    codes = np.full((len(records.people), len(records.items)), -1, dtype=np.int32)
    codes[records.person, records.item] = records.answer
    chances = estimate_chances(records)
    right = np.zeros(codes.shape, dtype=np.bool_)
    right[records.person, records.item] = records.right
    first, second, pairs = _all_pairs(codes, chances, least_shared=least_shared, progress=progress)
    if apart:
        row = {person: place for place, person in enumerate(records.people)}
        left_out = {(row[one], row[other]) for one, other in apart if one in row and other in row}
        keep = np.array(
            [pair not in left_out for pair in zip(first.tolist(), second.tolist(), strict=True)], dtype=bool
        )
        first, second = first[keep], second[keep]
    p = np.array(
        [_given_scores(codes, right, chances, one, other) for one, other in zip(first, second, strict=True)]
    )
    limit = false_discovery_limit(p, tests=pairs, rate=rate)
    found = [
        _describe(records, codes, right, chances, int(first[place]), int(second[place]), float(p[place]))
        for place in np.flatnonzero(p <= limit)
    ]
    ordered = sorted(found, key=lambda pair: (pair.p, pair.first, pair.second))
    return Similarity(found=tuple(ordered), pairs=pairs, limit=limit)


def estimate_chances(records: Records) -> Chances:
    """Return everybody's chance to be right, and how wrong answers fall. Raises ValueError."""
    people, items = len(records.people), len(records.items)
    answers = np.full((people, items), np.nan)
    answers[records.person, records.item] = records.right
    try:
        curves = calibrate(
            answers, item_ids=records.items, model=Model.RASCH, conditional=False, levels=61
        ).estimated()
    except CalibrationError as error:
        raise ValueError(str(error)) from error
    where = {item: place for place, item in enumerate(records.items)}
    columns = [where[item] for item in curves.ids]
    theta = score_people(curves, answers[:, columns], method=Method.MAP).theta
    theta = np.clip(np.nan_to_num(theta), -FARTHEST, FARTHEST)
    share = np.clip(np.nanmean(answers, axis=0), 0.001, 0.999)
    right = np.tile(share, (people, 1))
    ease = share / (1 - share)
    ease[columns] = np.exp(curves.d)
    right[:, columns] = curves.probability(theta).T
    right = np.clip(right, 0.001, 0.999)
    band = np.searchsorted(np.quantile(theta, [1 / 3, 2 / 3]), theta).astype(np.intp)
    wrong = _wrong_shares(records, band)
    alike = np.einsum("iao,ibo->iab", wrong, wrong)
    return Chances(ease=ease, right=right, band=band, wrong=wrong, alike=alike)


def _wrong_shares(records: Records, band: NDArray[np.intp]) -> Array:
    """Return how wrong answers fall in each band; a band with few of them leans on the whole item."""
    most = max(len(words) for words in records.answers)
    counts = np.zeros((len(records.items), BANDS, most))
    wrong = ~records.right
    np.add.at(counts, (records.item[wrong], band[records.person[wrong]], records.answer[wrong]), 1.0)
    whole = counts.sum(axis=1, keepdims=True)
    used = whole > 0
    overall = (whole + 0.5 * used) / np.maximum((whole + 0.5 * used).sum(axis=2, keepdims=True), 1e-12)
    mixed = counts + 5.0 * overall
    return np.asarray(mixed / np.maximum(mixed.sum(axis=2, keepdims=True), 1e-12))


def _all_pairs(
    codes: NDArray[np.int32], chances: Chances, *, least_shared: int, progress: Progress | None
) -> tuple[NDArray[np.intp], NDArray[np.intp], int]:
    people = len(codes)
    own, held = _items_of(codes)
    parts: list[tuple[NDArray[np.intp], NDArray[np.intp]]] = []
    pairs = 0
    for begin in range(0, people, BLOCK):
        end = min(begin + BLOCK, people)
        room = 4096
        while True:
            first, second, kept, looked = _pairs_of_block(
                codes, own, held, chances.right, chances.band, chances.alike, begin, end, least_shared, room
            )
            if kept <= room:
                break
            room = kept
        parts.append((first[:kept], second[:kept]))
        pairs += looked
        if progress is not None:
            progress(end, people)
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts]), pairs


def _shared_items(codes: NDArray[np.int32], one: int, other: int) -> NDArray[np.intp]:
    return np.flatnonzero((codes[one] >= 0) & (codes[other] >= 0))


def _given_scores(
    codes: NDArray[np.int32], right: NDArray[np.bool_], chances: Chances, one: int, other: int
) -> float:
    items = _shared_items(codes, one, other)
    return tail_given_scores(
        ease=chances.ease[items],
        alike=chances.alike[items, chances.band[one], chances.band[other]],
        scores=(int(right[one, items].sum()), int(right[other, items].sum())),
        least=int((codes[one, items] == codes[other, items]).sum()),
    )


def _items_of(codes: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the items of each person, packed to the left, and how many they are."""
    had = codes >= 0
    held = had.sum(axis=1).astype(np.int32)
    order = np.argsort(~had, axis=1, kind="stable").astype(np.int32)
    return np.ascontiguousarray(order[:, : max(int(held.max()), 1)]), held


@njit(cache=True)
def _pairs_of_block(
    codes: NDArray[np.int32],
    own: NDArray[np.int32],
    held: NDArray[np.int32],
    right: Array,
    band: NDArray[np.intp],
    alike: Array,
    begin: int,
    end: int,
    least_shared: int,
    room: int,
) -> tuple[NDArray[np.intp], NDArray[np.intp], int, int]:
    people = codes.shape[0]
    chance = np.empty(own.shape[1])
    first = np.empty(room, np.intp)
    second = np.empty(room, np.intp)
    kept = 0
    looked = 0
    for one in range(begin, end):
        for other in range(one + 1, people):
            shared = 0
            same = 0
            expected = 0.0
            for place in range(held[one]):
                item = own[one, place]
                if codes[other, item] < 0:
                    continue
                both = right[one, item] * right[other, item]
                neither = (1 - right[one, item]) * (1 - right[other, item])
                chance[shared] = both + neither * alike[item, band[one], band[other]]
                expected += chance[shared]
                shared += 1
                if codes[one, item] == codes[other, item]:
                    same += 1
            if shared < least_shared:
                continue
            looked += 1
            # The median of such a sum is within one of its mean: below it the tail is over a half.
            if same <= expected:
                continue
            if independent_tail(chance, shared, same) <= SCREEN:
                if kept < room:
                    first[kept] = one
                    second[kept] = other
                kept += 1
    return first, second, kept, looked


def _describe(
    records: Records,
    codes: NDArray[np.int32],
    right: NDArray[np.bool_],
    chances: Chances,
    one: int,
    other: int,
    p: float,
) -> SimilarPair:
    items = _shared_items(codes, one, other)
    shared = []
    for item in items:
        both = chances.right[one, item] * chances.right[other, item]
        neither = (1 - chances.right[one, item]) * (1 - chances.right[other, item])
        shared.append(
            SharedAnswer(
                item=records.items[item],
                first_answer=records.answers[item][codes[one, item]],
                second_answer=records.answers[item][codes[other, item]],
                first_right=bool(right[one, item]),
                second_right=bool(right[other, item]),
                chance=float(both + neither * chances.alike[item, chances.band[one], chances.band[other]]),
            )
        )
    return SimilarPair(
        first=records.people[one],
        second=records.people[other],
        shared=tuple(shared),
        alike=sum(answer.alike for answer in shared),
        alike_wrong=sum(answer.alike and not answer.first_right for answer in shared),
        expected=sum(answer.chance for answer in shared),
        p=p,
        omega_first=_omega(codes, right, chances, items, copier=one, source=other),
        omega_second=_omega(codes, right, chances, items, copier=other, source=one),
    )


def _omega(
    codes: NDArray[np.int32],
    right: NDArray[np.bool_],
    chances: Chances,
    items: NDArray[np.intp],
    *,
    copier: int,
    source: int,
) -> float:
    """Return Wollack's omega (1997, eq. 5): matches beyond those expected given the source's answers."""
    know = chances.right[copier, items]
    wrong = chances.wrong[items, chances.band[copier], codes[source, items]]
    chance = np.where(right[source, items], know, (1 - know) * wrong)
    same = int((codes[copier, items] == codes[source, items]).sum())
    deviation = float(np.sqrt((chance * (1 - chance)).sum()))
    return float((same - chance.sum()) / deviation) if deviation > 0 else 0.0
