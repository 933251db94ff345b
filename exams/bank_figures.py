"""What submitted attempts say about each item of the bank, and which items a reviewer should look at.

People get forms of their own, so most cells of the table are empty. Classical figures take the points as
they are; curves and comparisons of groups take an item as right only with all its points, and leave out
kinds that measure a skill by degrees (typing, chats). An item gets the richest model that its own answers
carry: Rasch from 30, 2PL from 500, 3PL from 1,000 (exams.irt.calibrate); all have the same people's ability
as their unit.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exams.analysis import FEW_ANSWERS, ItemStatistics, analyse
from exams.bank import Bank
from exams.dif import compare_groups
from exams.distractors import ItemOptions, count_options
from exams.irt.calibrate import (
    LEAST_ITEMS,
    THREE_PL_FROM,
    TWO_PL_FROM,
    CalibratedItem,
    CalibrationError,
    calibrate,
)
from exams.irt.dif import compare_curves
from exams.irt.fit import find_fit
from exams.irt.models import Items, Model
from exams.irt.scoring import score_people
from exams.items import ASKED_BY_NAME, Item, SingleItem, TrueFalseItem
from exams.response_table import LEFT_OPEN
from exams.review import FEW_PEOPLE, STRATA, is_misfit, is_uneven

COARSE_LEVELS = 31
"""Levels of ability: 0.4 apart, finer than what a form of 40 questions can tell of one person."""

ANCHORS = 20
LEAST_JUDGED = 100
"""With fewer answers a discrimination below 0.2 is too often chance: its standard error is 0.1."""

LOW, NEGATIVE = 20.0, 0.0

Key = tuple[str, int]
Table = NDArray[np.float64]


class FlagKind(enum.StrEnum):
    """Why somebody should look at an item."""

    NEGATIVE = "negative"
    LOW = "low"
    DISTRACTOR = "distractor"
    MISFIT = "misfit"
    ACCOMMODATION = "accommodation"
    LANGUAGE = "language"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sitting:
    """One submitted attempt: the points of its items, what was chosen, and who sat it.

    `language` is that of the person's account, `accommodated` says whether they had any accommodation.
    `started` orders sittings in time, for the exposure.
    """

    exam: str
    started: float
    points: Mapping[Key, float]
    responses: Mapping[Key, object]
    accommodated: bool
    language: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class BankFlag:
    """One thing to look at, with the numbers that say why."""

    kind: FlagKind
    details: Mapping[str, Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class BankFigure:
    """The figures of one version of an item, None where the answers do not tell."""

    item_id: str
    version: int
    answers: int
    facility: float | None
    discrimination: float | None
    exposure: float
    model: str | None
    a: float | None
    b: float | None
    c: float | None
    se_a: float | None
    se_b: float | None
    se_c: float | None
    options: tuple[Mapping[str, Any], ...]
    flags: tuple[BankFlag, ...]


def compute_figures(sittings: Sequence[Sitting], bank: Bank) -> list[BankFigure]:
    """Return the figures of every item version that was answered, each from the exam that asked it most."""
    found: dict[Key, BankFigure] = {}
    for exam in sorted({sitting.exam for sitting in sittings}):
        mine = [sitting for sitting in sittings if sitting.exam == exam]
        for figure in _figures_of_exam(mine, bank):
            key = (figure.item_id, figure.version)
            if key not in found or found[key].answers < figure.answers:
                found[key] = figure
    return [found[key] for key in sorted(found)]


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Exam:
    """The sittings of one exam as a table; nan is an item that a sitting did not have."""

    items: tuple[Item, ...]
    points: Table
    right: Table

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(str(place) for place in range(len(self.items)))


def _figures_of_exam(sittings: Sequence[Sitting], bank: Bank) -> list[BankFigure]:
    keys = sorted({key for sitting in sittings for key in sitting.points if bank.holds(*key)})
    if not keys:
        return []
    exam = _table(sittings, keys, bank)
    statistics = analyse(
        exam.points, item_ids=exam.names, max_points=[item.points for item in exam.items]
    ).items
    curves = _calibrate_by_answers(exam)
    options = _options(sittings, keys, exam)
    flags = _flags(sittings, exam, statistics, options, curves)
    exposures = _exposures(sittings, keys)
    return [
        BankFigure(
            item_id=item.id,
            version=item.version,
            answers=told.answers,
            facility=None if told.facility_percent is None else told.facility_percent / 100,
            discrimination=None if told.discrimination_index is None else told.discrimination_index / 100,
            exposure=exposures[place],
            **_parameters(curves.get(place)),
            options=tuple(dataclasses.asdict(one) for one in options[place].options)
            if place in options
            else (),
            flags=tuple(flags[place]),
        )
        for place, (item, told) in enumerate(zip(exam.items, statistics, strict=True))
    ]


def _table(sittings: Sequence[Sitting], keys: Sequence[Key], bank: Bank) -> _Exam:
    place = {key: at for at, key in enumerate(keys)}
    points = np.full((len(sittings), len(keys)), np.nan)
    for row, sitting in enumerate(sittings):
        for key, value in sitting.points.items():
            if key in place:
                points[row, place[key]] = value
    items = tuple(bank.item(*key) for key in keys)
    limits = np.array([item.points for item in items], dtype=np.float64)
    # Points of a version never change, but a sum of thirds may end a digit above.
    points = np.clip(points, 0.0, limits)
    right = np.where(np.isnan(points), np.nan, (points >= limits - 1e-9).astype(np.float64))
    return _Exam(items=items, points=points, right=right)


def _calibrate_by_answers(exam: _Exam) -> dict[int, tuple[Model, CalibratedItem]]:
    """Return the parameters of each column by the richest model for which it has answers enough."""
    answers = (~np.isnan(exam.right)).sum(axis=0)
    known = np.array([item.kind not in ASKED_BY_NAME for item in exam.items])
    found: dict[int, tuple[Model, CalibratedItem]] = {}
    for model, fewest, enough in (
        (Model.RASCH, FEW_ANSWERS, TWO_PL_FROM),
        (Model.TWO_PL, TWO_PL_FROM, THREE_PL_FROM),
        (Model.THREE_PL, THREE_PL_FROM, np.inf),
    ):
        columns = np.flatnonzero(known & (answers >= fewest))
        # A simpler model is for those that have too few answers for the next one.
        if len(columns) < LEAST_ITEMS[model] or not (answers[columns] < enough).any():
            continue
        try:
            calibrated = calibrate(
                exam.right[:, columns],
                item_ids=[exam.names[at] for at in columns],
                model=model,
                conditional=False,
                levels=COARSE_LEVELS,
            )
        except CalibrationError:
            continue
        found |= {
            int(at): (model, item)
            for at, item in zip(columns, calibrated.items, strict=True)
            if item.a is not None and item.d is not None and calibrated.converged
        }
    return found


def _parameters(found: tuple[Model, CalibratedItem] | None) -> dict[str, Any]:
    if found is None:
        return dict.fromkeys(("model", "a", "b", "c", "se_a", "se_b", "se_c"))
    model, item = found
    return {"model": model.value} | {
        name: getattr(item, name) for name in ("a", "b", "c", "se_a", "se_b", "se_c")
    }


def _options(sittings: Sequence[Sitting], keys: Sequence[Key], exam: _Exam) -> dict[int, ItemOptions]:
    """Return the table of options of each item with one right answer among several."""
    chosen = [at for at, item in enumerate(exam.items) if isinstance(item, SingleItem | TrueFalseItem)]
    if not chosen:
        return {}
    words = [
        [_word(sitting.responses.get(keys[at])) if keys[at] in sitting.points else "" for at in chosen]
        for sitting in sittings
    ]
    told = count_options(
        words,
        exam.right[:, chosen],
        item_ids=[exam.names[at] for at in chosen],
        key={exam.names[at]: _word(exam.items[at].key) for at in chosen},  # type: ignore[attr-defined]
    )
    return dict(zip(chosen, told, strict=True))


def _word(response: object) -> str:
    if isinstance(response, bool):
        return "true" if response else "false"
    return response if isinstance(response, str) and response else LEFT_OPEN


def _exposures(sittings: Sequence[Sitting], keys: Sequence[Key]) -> list[float]:
    """Return the share of the sittings since its first one that had each item."""
    starts = np.sort(np.array([sitting.started for sitting in sittings]))
    counts: dict[Key, int] = {}
    first: dict[Key, float] = {}
    for sitting in sittings:
        for key in sitting.points:
            counts[key] = counts.get(key, 0) + 1
            first[key] = min(first.get(key, sitting.started), sitting.started)
    return [
        counts[key] / (len(starts) - int(np.searchsorted(starts, first[key], side="left"))) for key in keys
    ]


def _flags(
    sittings: Sequence[Sitting],
    exam: _Exam,
    statistics: Sequence[ItemStatistics],
    options: Mapping[int, ItemOptions],
    curves: Mapping[int, tuple[Model, CalibratedItem]],
) -> list[list[BankFlag]]:
    flags: list[list[BankFlag]] = [[] for _ in exam.items]
    for place, told in enumerate(statistics):
        index = told.discrimination_index
        if index is not None and index < NEGATIVE and told.answers >= FEW_ANSWERS:
            flags[place].append(_flag(FlagKind.NEGATIVE, index=index / 100, people=told.answers))
        elif index is not None and index < LOW and told.answers >= LEAST_JUDGED:
            flags[place].append(_flag(FlagKind.LOW, index=index / 100, people=told.answers))
    for place, table in options.items():
        key, *others = table.options
        # Of a hard item the strongest miss the key as well: only what draws them more than others counts.
        stronger = [
            one
            for one in others
            if one.groups[2] > key.groups[2] and one.option != LEFT_OPEN and (one.correlation or 0) > 0
        ]
        if stronger and statistics[place].answers >= LEAST_JUDGED:
            flags[place].append(
                _flag(
                    FlagKind.DISTRACTOR,
                    option=stronger[0].option,
                    chosen=stronger[0].groups[2],
                    key=key.groups[2],
                )
            )
    if len(curves) >= LEAST_ITEMS[Model.RASCH]:
        _flag_by_curves(sittings, exam, curves, flags)
    return flags


def _flag_by_curves(
    sittings: Sequence[Sitting],
    exam: _Exam,
    curves: Mapping[int, tuple[Model, CalibratedItem]],
    flags: list[list[BankFlag]],
) -> None:
    """Flag what fits badly, and what is harder for one of two groups, where both are large enough."""
    columns = sorted(curves)
    told = [curves[at][1] for at in columns]
    items = Items(
        ids=tuple(exam.names[at] for at in columns),
        a=np.array([item.a for item in told], dtype=np.float64),
        d=np.array([item.d for item in told], dtype=np.float64),
        c=np.array([item.c or 0.0 for item in told], dtype=np.float64),
        u=np.ones(len(told)),
    )
    answers = exam.right[:, columns]
    for fit in find_fit(items, answers, model=curves[columns[0]][0]):
        if is_misfit(fit):
            flag = _flag(FlagKind.MISFIT, infit=fit.infit, s_x2=fit.s_x2, df=fit.df, p=fit.p)
            flags[int(fit.item_id)].append(flag)
    theta = score_people(items, answers).theta
    edges = np.quantile(theta, np.linspace(0, 1, STRATA + 1)[1:-1])
    strata = np.searchsorted(edges, theta)
    for kind, group in (
        (FlagKind.ACCOMMODATION, np.array([sitting.accommodated for sitting in sittings])),
        (FlagKind.LANGUAGE, np.array([sitting.language == "en" for sitting in sittings])),
    ):
        if min(group.sum(), (~group).sum()) >= FEW_PEOPLE:
            for place, flag in _compare(kind, items.ids, answers, group, strata):
                flags[place].append(flag)


def _compare(
    kind: FlagKind,
    names: tuple[str, ...],
    answers: Table,
    group: NDArray[np.bool_],
    strata: NDArray[np.intp],
) -> list[tuple[int, BankFlag]]:
    """Compare a group with everybody else: Mantel-Haenszel for all items, curves for those it doubts.

    Curves are compared beside the items with the most answers that nobody doubts, which set the units.
    """
    matched = compare_groups(answers, group, item_ids=names, strata=strata)
    doubted = [at for at, item in enumerate(matched) if item.ets_class in ("B", "C")]
    if not doubted:
        return []
    mine = (~np.isnan(answers[group])).sum(axis=0)
    anchors = [int(at) for at in np.argsort(-mine, kind="stable") if at not in doubted][:ANCHORS]
    taken = sorted({*doubted, *anchors})
    compared = compare_curves(answers[:, taken], group, item_ids=tuple(names[at] for at in taken))
    curves = {} if compared is None else compared[1]
    found = []
    for at in doubted:
        item, curve = matched[at], curves.get(names[at])
        if is_uneven(item, curve):
            flag = _flag(
                kind,
                people=int(mine[at]),
                delta=item.delta,
                ets_class=item.ets_class,
                p=item.p,
                points=None if curve is None else curve.difference_percent,
                curve_p=None if curve is None else curve.p,
            )
            found.append((int(names[at]), flag))
    return found


def _flag(kind: FlagKind, **details: object) -> BankFlag:
    return BankFlag(
        kind=kind,
        details={
            name: round(value, 4) if isinstance(value, float) else value for name, value in details.items()
        },
    )
