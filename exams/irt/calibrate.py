"""Estimate item parameters from answers, and say how far they can be trusted.

Marginal maximum likelihood with abilities from a standard normal population. Rasch is the one-parameter
model of this kind: one common slope, estimated (the same as slopes of 1 and abilities with that standard
deviation); conditional difficulties stand beside it. 3PL has a weak normal prior of logit(c), since guessing
is hardly seen in the answers of those who know; it can be left out.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import expit

from exams.irt.cml import conditional_difficulties
from exams.irt.likelihood import Layout, Likelihood, Prior
from exams.irt.maximise import Summit, climb
from exams.irt.models import MODEL_NAMES, Array, Items, Mask, Model
from exams.irt.patterns import LEVELS, Patterns, collapse, normal_grid

RASCH_UNTIL = 200
TWO_PL_FROM = 500
THREE_PL_FROM = 1000
"""Answers an item: below 200 nothing but Rasch, 2PL from 500, 3PL with its prior from 1,000."""

LEAST_ITEMS = {Model.RASCH: 2, Model.TWO_PL: 3, Model.THREE_PL: 3}
NO_GUESSING = -8.0
"""Below this logit (0.0003) a guessing parameter is on its way to nought without end."""

STEEP = 20.0
"""Above this a slope is on its way to infinity: the answers part at one ability."""

NO_SLOPE = 0.1
"""Below this common slope the items measure nothing together: alpha of 40 such items is under 0.1."""

DEFAULT_PRIOR = Prior()


class CalibrationError(ValueError):
    """Answers from which nothing can be estimated; the message is a sentence that says why."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class CalibratedItem:
    """One item; None where the answers do not tell. `d` is the intercept, b = -d / a."""

    item_id: str
    answers: int
    right: int
    a: float | None
    b: float | None
    c: float | None
    d: float | None
    se_a: float | None
    se_b: float | None
    se_c: float | None
    se_d: float | None
    cml_b: float | None
    cml_se: float | None
    remarks: tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Calibration:
    """What was estimated.

    people: with an answer. log_likelihood: of the answers, without the prior. parameters: free ones.
    latent_sd: Rasch only, standard deviation of abilities when all slopes are 1. cml_log_likelihood: Rasch
    only, conditional. reason: why this model. warnings: sentences for whoever uses the figures.
    """

    model: Model
    reason: str
    people: int
    items: tuple[CalibratedItem, ...]
    log_likelihood: float
    parameters: int
    aic: float
    bic: float
    converged: bool
    latent_sd: float | None
    cml_log_likelihood: float | None
    prior: Prior | None
    warnings: tuple[str, ...]
    covariance: Array | None = dataclasses.field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        shallow = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name != "covariance"
        }
        return shallow | {
            "model": self.model.value,
            "items": [dataclasses.asdict(item) for item in self.items],
            "prior": None if self.prior is None else dataclasses.asdict(self.prior),
        }

    def estimated(self) -> Items:
        """Return the items that have parameters. `covariance` is (3, n, 3, n) over a, d, logit c of these."""
        kept = [item for item in self.items if item.a is not None]
        return Items(
            ids=tuple(item.item_id for item in kept),
            a=np.array([item.a for item in kept], dtype=np.float64),
            d=np.array([item.d for item in kept], dtype=np.float64),
            c=np.array([item.c for item in kept], dtype=np.float64),
            u=np.ones(len(kept)),
        )


def calibrate(
    answers: Array,
    *,
    item_ids: Sequence[str],
    model: Model | None = None,
    prior: Prior | None = DEFAULT_PRIOR,
    counts: Array | None = None,
    conditional: bool = True,
    levels: int = LEVELS,
) -> Calibration:
    """Return parameters, standard errors and log likelihood of the items.

    answers: (people, items) with 1, 0, or nan where somebody did not have the item. model: None chooses by
    the number of answers. prior: of logit(c), used by 3PL only; None is plain maximum likelihood. counts: how
    many people each row stands for. conditional: Rasch's conditional estimates too. levels: of ability,
    between -6 and 6; 61 do for the third digit.

    Raises CalibrationError when nothing can be estimated, ValueError when `answers` does not fit.
    """
    _check(answers, item_ids)
    weights = np.ones(len(answers)) if counts is None else np.asarray(counts, dtype=np.float64)
    seen = ~np.isnan(answers)
    given = weights @ seen
    right = weights @ np.where(seen, answers, 0.0)
    varied = (right > 0) & (right < given)
    chosen, reason = _choose(model, item_ids, given, varied)
    _check_identified(chosen, int(varied.sum()))
    patterns = collapse(answers[:, varied], counts=weights)
    summit, likelihood = _fit(patterns, chosen, prior if chosen is Model.THREE_PL else None, levels)
    numbers = likelihood.layout.expand(summit.numbers)
    covariance = _full_covariance(likelihood, summit, numbers)
    sign = -1.0 if numbers[0].sum() < 0 else 1.0
    numbers[0] *= sign
    if covariance is not None:
        covariance[0] *= sign
        covariance[:, :, 0] *= sign
    cml = conditional_difficulties(patterns) if conditional and chosen is Model.RASCH else None
    log_likelihood = likelihood.expectation(summit.numbers)[1].log_likelihood
    converged = summit.converged and bool(np.abs(numbers[0]).max() <= STEEP)
    people = float(weights[seen.any(axis=1)].sum())
    free = len(summit.numbers)
    items = _describe(item_ids, given, right, varied, numbers, covariance, chosen)
    if cml is not None:
        places = iter(range(len(cml.b)))
        items = [
            item
            if item.a is None
            else dataclasses.replace(item, cml_b=float(cml.b[(at := next(places))]), cml_se=float(cml.se[at]))
            for item in items
        ]
    return Calibration(
        model=chosen,
        reason=reason,
        people=round(people),
        items=tuple(items),
        log_likelihood=log_likelihood,
        parameters=free,
        aic=2 * free - 2 * log_likelihood,
        bic=math.log(people) * free - 2 * log_likelihood,
        converged=converged,
        latent_sd=float(numbers[0][0]) if chosen is Model.RASCH else None,
        cml_log_likelihood=None if cml is None else cml.log_likelihood,
        prior=likelihood.prior,
        warnings=tuple(_warnings(chosen, items, converged=converged, prior=likelihood.prior)),
        covariance=covariance,
    )


def _check(answers: Array, item_ids: Sequence[str]) -> None:
    if answers.ndim != 2 or answers.shape[1] != len(item_ids):
        raise ValueError(f"the answers have the shape {answers.shape}, but there are {len(item_ids)} items")
    if len(set(item_ids)) < len(item_ids):
        raise ValueError("two items have the same name")
    strange = ~(np.isnan(answers) | (answers == 0) | (answers == 1))
    if strange.any():
        row, column = np.argwhere(strange)[0]
        raise ValueError(f"person {row + 1} has {answers[row, column]:g} in {item_ids[column]}, not 0 or 1")


def _choose(model: Model | None, item_ids: Sequence[str], given: Array, varied: Mask) -> tuple[Model, str]:
    if model is not None:
        return model, f"{MODEL_NAMES[model]} was asked for."
    if not varied.any():
        return Model.RASCH, "Rasch, since no item has both right and wrong answers."
    fewest = int(given[varied].min())
    rarest = item_ids[int(np.argmin(np.where(varied, given, np.inf)))]
    told = f"the item with the fewest answers, {rarest}, has {fewest:,}"
    if fewest >= THREE_PL_FROM:
        return Model.THREE_PL, f"3PL, since every item has at least {THREE_PL_FROM:,} answers: {told}."
    if fewest >= TWO_PL_FROM:
        return Model.TWO_PL, f"2PL: {told}, and 3PL needs {THREE_PL_FROM:,} an item."
    return Model.RASCH, f"Rasch: {told}, and 2PL needs {TWO_PL_FROM} an item."


def _check_identified(model: Model, varied: int) -> None:
    if varied < LEAST_ITEMS[model]:
        raise CalibrationError(
            f"{MODEL_NAMES[model]} needs at least {LEAST_ITEMS[model]} items with both right and wrong "
            f"answers, and there {'is' if varied == 1 else 'are'} {varied}: add items or answers."
        )


def _start(patterns: Patterns) -> tuple[Array, Array]:
    """Return slopes of 1 with the sign of the item's correlation with the rest, and fitting intercepts."""
    counts, right, seen = patterns.counts, patterns.right, patterns.seen
    share = (counts @ right) / (counts @ seen)
    away = (right - share) * seen
    rest = away.sum(axis=1)[:, None] - away
    together = counts @ (away * rest)
    slope = np.where(together < 0, -1.0, 1.0)
    return slope, 1.2 * np.log(share / (1 - share))


def _fit(patterns: Patterns, model: Model, prior: Prior | None, levels: int) -> tuple[Summit, Likelihood]:
    items = patterns.right.shape[1]
    slope, intercept = _start(patterns)
    logit = np.full(items, -2.0 if prior is None else prior.mean)
    grid = normal_grid(levels)
    guessing = np.full(items, np.nan)
    while True:
        layout = Layout.of(model, items, guessing=guessing)
        likelihood = Likelihood(patterns=patterns, grid=grid, layout=layout, prior=prior)
        start = np.concatenate([slope[:1] * 0 + 1.0 if model is Model.RASCH else slope, intercept])
        if model is Model.THREE_PL:
            start = np.concatenate([start, logit[np.isnan(guessing)]])
        summit = climb(likelihood, start)
        slope, intercept, logit = layout.expand(summit.numbers)
        gone = np.isnan(guessing) & (logit < NO_GUESSING)
        if model is not Model.THREE_PL or not gone.any():
            return summit, likelihood
        # On its way to minus infinity: c = 0 is the estimate, and the rest is found again.
        guessing[gone] = 0.0


def _full_covariance(likelihood: Likelihood, summit: Summit, numbers: Array) -> Array | None:
    """Return the covariance of a, d and logit c, (3, items, 3, items); nan for what has no error.

    Where slopes run away, theirs and their intercepts' errors do not exist; the other items are given theirs
    as if the runaways were known.
    """
    items = numbers.shape[1]
    free = likelihood.layout.free
    if summit.covariance is not None:
        full = free @ summit.covariance @ free.T
    else:
        steep = np.tile(np.abs(numbers[0]) > STEEP, 3)
        kept = ~free[steep].any(axis=0)
        if kept.all() or not kept.any():
            return None
        information = likelihood.information(summit.numbers)[np.ix_(kept, kept)]
        if not np.isfinite(information).all() or np.linalg.eigvalsh(information)[0] <= 0:
            return None
        full = free[:, kept] @ np.linalg.inv(information) @ free[:, kept].T
        full[steep] = np.nan
    return np.asarray(full.reshape(3, items, 3, items))


def _describe(
    item_ids: Sequence[str],
    given: Array,
    right: Array,
    varied: Mask,
    numbers: Array,
    covariance: Array | None,
    model: Model,
) -> list[CalibratedItem]:
    found = []
    place = 0
    for column, item_id in enumerate(item_ids):
        told: dict[str, Any] = dict.fromkeys(
            ("a", "b", "c", "d", "se_a", "se_b", "se_c", "se_d", "cml_b", "cml_se")
        )
        if varied[column]:
            block = None if covariance is None else covariance[:, place, :, place]
            told |= _estimates(numbers[:, place], block, model)
            place += 1
        count, solved = round(float(given[column])), round(float(right[column]))
        remarks = tuple(_remarks(count, solved, told, model))
        found.append(CalibratedItem(item_id=item_id, answers=count, right=solved, remarks=remarks, **told))
    return found


def _estimates(numbers: Array, block: Array | None, model: Model) -> dict[str, float | None]:
    a, d, logit = (float(number) for number in numbers)
    c = float(expit(logit))
    told: dict[str, float | None] = {"a": a, "d": d, "c": c, "b": -d / a if abs(a) > 1e-8 else None}
    if block is None or np.isnan(block).any():
        return told
    told["se_a"], told["se_d"] = math.sqrt(block[0, 0]), math.sqrt(block[1, 1])
    if told["b"] is not None:
        # The delta method: b = -d / a.
        slope = np.array([d / a**2, -1 / a])
        told["se_b"] = math.sqrt(max(0.0, float(slope @ block[:2, :2] @ slope)))
    if model is Model.THREE_PL and block[2, 2] > 0:
        told["se_c"] = c * (1 - c) * math.sqrt(block[2, 2])
    return told


def _remarks(answers: int, right: int, told: dict[str, Any], model: Model) -> list[str]:
    if answers == 0:
        return ["no answers"]
    if right in (0, answers):
        who = "nobody" if right == 0 else "everybody"
        return [f"{who} is right: no difficulty can be estimated"]
    remarks = []
    if told["a"] < 0 and model is not Model.RASCH:
        remarks.append("negative slope: the weaker do better on it, check the key")
    if abs(told["a"]) > STEEP:
        remarks.append("the slope grows without limit: the answers part at one ability, treat it as unknown")
    elif told["se_b"] is not None and told["se_b"] > 1 and told["se_b"] > 0.25 * abs(told["b"]):
        remarks.append("the difficulty is uncertain by more than 1")
    if model is Model.THREE_PL and told["c"] == 0:
        remarks.append("no sign of guessing: c is 0")
    return remarks


def _warnings(
    model: Model, items: Sequence[CalibratedItem], *, converged: bool, prior: Prior | None
) -> list[str]:
    warnings = []
    left_out = [item.item_id for item in items if item.a is None]
    if left_out:
        warnings.append(
            f"{_list(left_out)}: all answers alike or none at all; left out, without parameters. "
            "Remove the column or collect more answers."
        )
    needed = {Model.RASCH: 30, Model.TWO_PL: TWO_PL_FROM, Model.THREE_PL: THREE_PL_FROM}[model]
    few = [item for item in items if item.a is not None and item.answers < needed]
    if few:
        fewest = min(item.answers for item in few)
        advice = "collect more answers before you use the figures"
        if model is not Model.RASCH:
            simpler = "Rasch" if model is Model.TWO_PL or fewest < TWO_PL_FROM else "2PL"
            advice = f"{simpler} is safer"
            if fewest < RASCH_UNTIL:
                advice = f"below {RASCH_UNTIL} only Rasch can be trusted: use --model rasch"
        warnings.append(
            f"{_list([item.item_id for item in few])}: fewer than {needed:,} answers (the fewest: "
            f"{fewest:,}), too few for {MODEL_NAMES[model]}; {advice}."
        )
    if model is Model.THREE_PL and prior is None:
        warnings.append("3PL without a prior: guessing parameters of easy items are hardly determined.")
    slopes = [abs(item.a) for item in items if item.a is not None]
    if model is Model.RASCH and slopes and slopes[0] < NO_SLOPE:
        warnings.append(
            "The items hang together no better than chance: no common ability can be seen, and difficulties "
            "in its units mean nothing. Check the columns and the keys."
        )
    if not converged:
        warnings.append(
            "The estimation did not settle on one highest point: the likelihood is flat in some direction, "
            "and standard errors are missing or too small. Use a simpler model or more answers."
        )
    return warnings


def _list(names: list[str]) -> str:
    shown = ", ".join(names[:10])
    return shown if len(names) <= 10 else f"{shown} and {len(names) - 10} more"
