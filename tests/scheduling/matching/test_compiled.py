"""The compiled functions keep no array they were handed, and give back none they never took."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduling.matching import crew, layout, ledger, proximal
from scheduling.matching.problem import Problem
from scheduling.matching.solver import solve
from tests.scheduling.matching.hostile import problems
from tests.scheduling.matching.interpreted import LIMITS


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(problem=problems(), chosen=st.fixed_dictionaries(LIMITS))
def test_no_array_is_held_after_solving_nor_given_back_twice(
    monkeypatch: pytest.MonkeyPatch, problem: Problem, chosen: dict[str, int]
) -> None:
    made: list[np.ndarray[Any, Any]] = []
    with monkeypatch.context() as patch:
        for name, size in chosen.items():
            patch.setattr(proximal if hasattr(proximal, name) else layout, name, size)
        for module, maker in ((crew, "make_frame"), (crew, "make_scratch"), (ledger, "make_rota")):
            patch.setattr(module, maker, _recorded(getattr(module, maker), made))
        solve(problem, effort=1)
    gc.collect()

    # Held by this list, by the loop's name and by the question itself.
    assert made
    for array in made:
        assert sys.getrefcount(array) == 3


def _recorded(make: Callable[..., Any], made: list[np.ndarray[Any, Any]]) -> Callable[..., Any]:
    """Return the maker, noting in `made` what arrays it makes, each once."""

    def make_and_note(*args: Any, **options: Any) -> Any:
        thing = make(*args, **options)
        for array in thing:
            if isinstance(array, np.ndarray) and not any(array is other for other in made):
                made.append(array)
        return thing

    return make_and_note
