"""What a reviewer should look at: items that do not fit, and items that are harder for a group."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exams.analysis import Matrix
from exams.dif import MantelHaenszel, compare_groups
from exams.irt.calibrate import Calibration, CalibrationError, calibrate
from exams.irt.dif import CurveDifference, compare_curves
from exams.irt.fit import ItemFit, find_fit
from exams.irt.models import Items, Model
from exams.irt.patterns import FEW_LEVELS
from exams.irt.scoring import marginal_reliability, score_people, total_information

LEVELS = np.linspace(-3.0, 3.0, 13)
SURE = 0.01
"""A smaller p is worth a reviewer's time, if the difference is large enough to matter."""

MISFIT = 0.03
"""RMSEA from which misfit of S-X2 matters."""

NOISY = 1.2
"""Infit from which answers are more random than ability explains."""

UNEVEN_PERCENT = 5.0
"""Points between a group and others of the same ability from which a difference matters."""

LEAST_PEOPLE = 5
"""Groups smaller than this show no figures: they would be figures about persons."""

FEW_PEOPLE = 50
STRATA = 20


@dataclasses.dataclass(frozen=True, kw_only=True)
class Flag:
    """One thing to look at. `kind` is fit or group."""

    item_id: str
    kind: str
    sentence: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class GroupComparison:
    """A group beside the most frequent one: Mantel-Haenszel, and Lord's comparison where there is one."""

    group: str
    people: int
    reference: str
    reference_people: int
    mantel_haenszel: tuple[MantelHaenszel, ...]
    model: Model | None
    curves: tuple[CurveDifference, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Review:
    """Figures of item response theory about an exam, and what follows from them.

    information: of the whole test at abilities from -3 to 3. Everything is empty where nothing could be
    estimated; `warnings` say why.
    """

    model: Model | None
    log_likelihood: float | None
    reliability: float | None
    information: tuple[tuple[float, float], ...]
    fits: tuple[ItemFit, ...]
    groups: tuple[GroupComparison, ...]
    flags: tuple[Flag, ...]
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return dataclasses.asdict(self)


def review(points: Matrix, *, item_ids: Sequence[str], groups: Sequence[str] | None = None) -> Review:
    """Return fit, test information and, with `groups` (one name an attempt, empty: unknown), comparisons.

    Only items with nothing but 0 and 1 take part.
    """
    binary = [at for at in range(points.shape[1]) if _is_binary(points[:, at])]
    warnings = []
    if len(binary) < points.shape[1]:
        rest = [name for at, name in enumerate(item_ids) if at not in binary]
        warnings.append(f"{', '.join(rest)}: not only 0 and 1, so left out of curves, fit and comparisons.")
    answers, names = points[:, binary], tuple(item_ids[at] for at in binary)
    found = _calibrate(answers, names, warnings)
    fits: tuple[ItemFit, ...] = ()
    items: Items | None = None
    if found is not None:
        items = found.estimated()
        columns = [names.index(name) for name in items.ids]
        fits = find_fit(items, answers[:, columns], model=found.model)
    compared: list[GroupComparison] = []
    if groups is not None and names:
        compared = _compare_all(answers, names, groups, items, warnings)
    flags = [flag for fit in fits if (flag := _flag_fit(fit)) is not None]
    flags += [flag for comparison in compared for flag in _flag_group(comparison)]
    return Review(
        model=None if found is None else found.model,
        log_likelihood=None if found is None else found.log_likelihood,
        reliability=None if items is None else marginal_reliability(items),
        information=()
        if items is None
        else tuple(zip(LEVELS.tolist(), total_information(items, LEVELS).tolist(), strict=True)),
        fits=fits,
        groups=tuple(compared),
        flags=tuple(flags),
        warnings=tuple(warnings),
    )


def _is_binary(column: Matrix) -> bool:
    known = column[~np.isnan(column)]
    return bool(len(known)) and bool(((known == 0) | (known == 1)).all())


def _calibrate(answers: Matrix, names: tuple[str, ...], warnings: list[str]) -> Calibration | None:
    try:
        found = calibrate(answers, item_ids=names, conditional=False, levels=FEW_LEVELS)
    except CalibrationError as error:
        warnings.append(f"No item curves: {error}")
        return None
    warnings += found.warnings
    return found


def _compare_all(
    answers: Matrix,
    names: tuple[str, ...],
    groups: Sequence[str],
    items: Items | None,
    warnings: list[str],
) -> list[GroupComparison]:
    counts = Counter(name for name in groups if name)
    if len(counts) < 2:
        warnings.append("There are no two groups to compare.")
        return []
    reference, *others = sorted(counts, key=lambda name: (-counts[name], name))
    labels = np.array(groups)
    found = []
    for name in others:
        if counts[name] < LEAST_PEOPLE:
            warnings.append(f"{name}: fewer than {LEAST_PEOPLE} people, so no figures.")
            continue
        if counts[name] < FEW_PEOPLE:
            warnings.append(
                f"{name}: only {counts[name]} people. Only large differences can be seen; that none is "
                "flagged proves nothing."
            )
        mine = (labels == name) | (labels == reference)
        part, group = answers[mine], (labels == name)[mine]
        compared = _match(part, group, names, items, warnings)
        curves = compare_curves(part, group, item_ids=names)
        found.append(
            GroupComparison(
                group=name,
                people=counts[name],
                reference=reference,
                reference_people=counts[reference],
                mantel_haenszel=compared,
                model=None if curves is None else curves[0],
                curves=() if curves is None else tuple(curves[1].values()),
            )
        )
    return found


def _match(
    answers: Matrix,
    group: NDArray[np.bool_],
    names: tuple[str, ...],
    items: Items | None,
    warnings: list[str],
) -> tuple[MantelHaenszel, ...]:
    if not np.isnan(answers).any():
        return compare_groups(answers, group, item_ids=names)
    if items is None:
        warnings.append("People had different items and no curves: they cannot be matched.")
        return ()
    # People with different items are matched by their estimated ability, in equal parts.
    theta = score_people(items, answers[:, [names.index(name) for name in items.ids]]).theta
    edges = np.quantile(theta, np.linspace(0, 1, STRATA + 1)[1:-1])
    return compare_groups(answers, group, item_ids=names, strata=np.searchsorted(edges, theta))


def _flag_fit(fit: ItemFit) -> Flag | None:
    if _misfits_scores(fit) and fit.p is not None:
        return Flag(
            item_id=fit.item_id,
            kind="fit",
            sentence=f"Item {fit.item_id} does not answer as one ability explains (S-X2 {fit.s_x2:.1f} with "
            f"{fit.df} degrees of freedom, {_chance(fit.p)}): look for a second idea in the question, an "
            "answer that can be found without knowing, or a key that is right only for some.",
        )
    if fit.infit > NOISY:
        return Flag(
            item_id=fit.item_id,
            kind="fit",
            sentence=f"Answers to item {fit.item_id} are more random than ability explains (infit "
            f"{fit.infit:.2f}): look for an unclear wording or a wrong key.",
        )
    return None


def _flag_group(found: GroupComparison) -> list[Flag]:
    curves = {curve.item_id: curve for curve in found.curves}
    flags = []
    for item in found.mantel_haenszel:
        curve = curves.get(item.item_id)
        if not is_uneven(item, curve):
            continue
        evidence = []
        if item.delta is not None and item.p is not None:
            evidence.append(
                f"Mantel-Haenszel delta {item.delta:+.2f}, class {item.ets_class}, {_chance(item.p)}"
            )
        harder = item.delta is not None and item.delta < 0
        how = ("less" if harder else "more") + " often"
        if curve is not None:
            evidence.append(f"comparison of curves {_chance(curve.p)}")
            harder = curve.difference_percent < 0
            how = f"{abs(curve.difference_percent):.0f} points {'less' if harder else 'more'} often"
        advice = (
            "Check whether it asks for something that the work does not need."
            if harder
            else f"Check what makes it easier than for {found.reference}."
        )
        flags.append(
            Flag(
                item_id=item.item_id,
                kind="group",
                sentence=f"Item {item.item_id}: people of group {found.group} are right {how} than those of "
                f"group {found.reference} with the same ability ({'; '.join(evidence)}; {found.people} "
                f"people). {advice}",
            )
        )
    return flags


def is_misfit(fit: ItemFit) -> bool:
    """Whether a reviewer should look at how an item fits its curve."""
    return _misfits_scores(fit) or fit.infit > NOISY


def _misfits_scores(fit: ItemFit) -> bool:
    return fit.p is not None and fit.rmsea is not None and fit.p < SURE and fit.rmsea >= MISFIT


def is_uneven(item: MantelHaenszel, curve: CurveDifference | None) -> bool:
    """Whether a reviewer should look at how an item treats a group."""
    differs = curve is not None and curve.p < SURE
    if item.ets_class == "C" or (item.ets_class == "B" and differs):
        return True
    return differs and curve is not None and abs(curve.difference_percent) >= UNEVEN_PERCENT


def _chance(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
