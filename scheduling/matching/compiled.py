"""How the matcher's inner functions are compiled.

numba counts the references to every array that is handed to a function, one by one and at every call. A rota
and a frame hold some eighty arrays, so half the time of a chain went into counting. Functions that only
work on arrays they are given need none of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numba

compiled = numba.njit(cache=True, nogil=True, _nrt=False)  # type: ignore[call-overload]
"""For functions that make no arrays. What they return of arrays may go only to other such functions: a
function that counts references would give back one that was never taken."""

allocating = numba.njit(cache=True, nogil=True, _nrt=True)  # type: ignore[call-overload]
"""For functions that make arrays of their own, or copy one into another."""


def forget_compiled(function: Any) -> None:
    """Throw away what earlier versions compiled of the functions in the folder of this one's file.

    The cache of a function is renewed when its own file changes, not when a function it calls does in another
    file.
    """
    stats = getattr(function, "stats", None)
    if stats is not None:
        for index in Path(stats.cache_path).glob("*.nbi"):
            index.unlink(missing_ok=True)
