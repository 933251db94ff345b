"""Solve hostile seasons with nothing compiled, where every index is checked: `python -m ... SEED COUNT`.

Compiled code checks none, and an index beyond its array breaks something else, later. NUMBA_DISABLE_JIT=1 has
to be set before numba is imported, so this runs in a process of its own.
"""

from __future__ import annotations

import os
import sys

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from scheduling.matching import layout, proximal
from scheduling.matching.problem import Problem
from scheduling.matching.solver import solve
from tests.scheduling.matching.hostile import problems

LIMITS = {
    "LARGEST_TABLE": st.sampled_from((4, 60, 200, layout.LARGEST_TABLE)),
    "LARGEST_STRETCHES": st.sampled_from((6, 12, 30, layout.LARGEST_STRETCHES)),
    "LARGEST_STRIPS": st.sampled_from((20, 100, layout.LARGEST_STRIPS)),
    "FEWEST_EXCHANGING": st.sampled_from((1, layout.FEWEST_EXCHANGING)),
    "FEWEST_ROWS": st.sampled_from((1, 2, layout.FEWEST_ROWS)),
    "MOST_KEPT": st.sampled_from((1, 2, proximal.MOST_KEPT)),
    "FEWEST_SWEEPS": st.sampled_from((1, proximal.FEWEST_SWEEPS)),
    "FEWEST_KEPT": st.sampled_from((1, proximal.FEWEST_KEPT)),
}
"""The sizes at which the solver changes its way, from those of tiny seasons to its own."""


def main(first_seed: int, count: int) -> None:
    """Solve `count` seasons drawn with each of four seeds."""
    assert os.environ["NUMBA_DISABLE_JIT"] == "1"
    for number in range(first_seed, first_seed + 4):

        @seed(number)
        @settings(
            max_examples=count,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(problem=problems(), chosen=st.fixed_dictionaries(LIMITS))
        def solve_hostile(problem: Problem, chosen: dict[str, int]) -> None:
            for name, size in chosen.items():
                setattr(proximal if hasattr(proximal, name) else layout, name, size)
            try:
                solve(problem, effort=1)
            except IndexError as error:
                error.add_note(f"with {chosen}")
                raise

        solve_hostile()
        sys.stdout.write(f"seed {number}: {count} seasons\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
