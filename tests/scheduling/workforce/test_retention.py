"""The retention curve against lifelines and against a case worked by hand."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter

from scheduling.workforce.retention import retention_by_group, retention_curve

PEOPLE = st.lists(
    st.tuples(st.integers(0, 30).map(lambda half: half / 2), st.booleans()), min_size=1, max_size=60
)


def by_lifelines(durations: list[float], left: list[bool]) -> KaplanMeierFitter:
    with warnings.catch_warnings():
        # lifelines takes logarithms of 0 and 1 on its way.
        warnings.simplefilter("ignore")
        return KaplanMeierFitter(alpha=0.05).fit(durations, left)


@given(people=PEOPLE)
def test_agrees_with_lifelines(people: list[tuple[float, bool]]) -> None:
    durations, left = [one for one, _ in people], [gone for _, gone in people]

    curve = retention_curve(durations, left)
    fitted = by_lifelines(durations, left)

    assert np.allclose(curve.times, fitted.survival_function_.index.to_numpy())
    assert np.allclose(curve.staying, fitted.survival_function_.iloc[:, 0].to_numpy(), atol=1e-12)
    inside = (curve.staying > 1e-12) & (curve.staying < 1 - 1e-12)
    bounds = fitted.confidence_interval_survival_function_.to_numpy()
    assert np.allclose(curve.low[inside], bounds[inside, 0], atol=1e-9)
    assert np.allclose(curve.high[inside], bounds[inside, 1], atol=1e-9)
    median = curve.median()
    # Where exactly half stay, lifelines' product may come out a hair above a half.
    exactly_half = np.isclose(curve.staying, 0.5).any()
    assert exactly_half or (math.inf if median is None else median) == fitted.median_survival_time_


def test_a_case_by_hand() -> None:
    """Five people: one leaves at 1, one is there since 2, one leaves at 3, two are there since 4."""
    curve = retention_curve([1, 2, 3, 4, 4], [1, 0, 1, 0, 0])

    assert curve.times.tolist() == [0, 1, 2, 3, 4]
    assert curve.at_risk.tolist() == [5, 5, 4, 3, 2]
    assert curve.left.tolist() == [0, 1, 0, 1, 0]
    assert curve.staying == pytest.approx([1, 0.8, 0.8, 0.8 * 2 / 3, 0.8 * 2 / 3])
    assert (curve.people, curve.leavers, curve.median()) == (5, 2, None)
    # Greenwood at 3: 1/(5*4) + 1/(3*2); the interval is S^exp(+-1.96 sqrt(.) / |log S|).
    spread = 1.959964 * math.sqrt(1 / 20 + 1 / 6) / abs(math.log(0.8 * 2 / 3))
    assert curve.interval_at(3.5) == pytest.approx(
        ((0.8 * 2 / 3) ** math.exp(spread), (0.8 * 2 / 3) ** math.exp(-spread)), rel=1e-5
    )


def test_looks_up_between_the_steps() -> None:
    curve = retention_curve([2.0, 4.0], [True, True])

    assert [curve.staying_at(time) for time in (0, 1.9, 2, 3.9, 4, 99)] == [1, 1, 0.5, 0.5, 0, 0]
    assert curve.median() == 2
    assert curve.median_interval()[0] == 2
    with pytest.raises(ValueError, match="before 0"):
        curve.staying_at(-1)


def test_groups_are_apart_and_in_order() -> None:
    curves = retention_by_group([1, 2, 3], [1, 1, 0], ["south", "north", "south"])

    assert list(curves) == ["north", "south"]
    assert curves["south"].people == 2
    assert curves["north"].staying_at(2) == 0


@pytest.mark.parametrize(
    ("durations", "left", "message"),
    [
        ([], [], "one duration"),
        ([1], [1, 0], "one duration"),
        ([-1], [1], "0 or more"),
        ([math.nan], [1], "0 or more"),
    ],
)
def test_refuses_what_is_no_history(durations: list[float], left: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        retention_curve(durations, left)


def test_refuses_a_confidence_of_one() -> None:
    with pytest.raises(ValueError, match="confidence is 1"):
        retention_curve([1], [1], confidence=1)


def test_refuses_groups_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="one group a person"):
        retention_by_group([1, 2], [1, 1], ["north"])
