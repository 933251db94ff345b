"""Lengths of time in minutes, and the one kind of array that the matcher computes with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

MINUTES_PER_DAY = 1440
MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY
NO_DAY_LIMIT = MINUTES_PER_WEEK
"""Stands for "no limit a day" in `max_day_minutes`."""
FIRST_WEEKEND_DAY = 5
"""Saturday, of the days of a week from 0."""
NO_WEEKEND_LIMIT = 530
"""Stands for "any number of weekends" in `max_weekends`: more than ten years have."""
