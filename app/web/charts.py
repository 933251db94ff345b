"""Shapes of server-made charts, in a box of 100 x 100 that the page stretches. Words stay outside of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scale:
    """Turns values between `low` and `high` into heights, with the high ones on top."""

    low: float
    high: float

    def height(self, value: float) -> float:
        """Return the distance from the top, from 0 to 100; values beyond the scale stay at its edge."""
        share = (value - self.low) / (self.high - self.low)
        return round(100 - 100 * min(max(share, 0), 1), 2)

    def ticks(self, steps: int) -> list[float]:
        """Return the values of `steps` + 1 evenly spaced lines, the highest first."""
        return [self.high - (self.high - self.low) * step / steps for step in range(steps + 1)]


Point = tuple[float, float]


def line(points: Sequence[Point | None]) -> str:
    """Return an SVG path through the points; None breaks it. A point alone becomes a short dash."""
    parts: list[str] = []
    previous: Point | None = None
    for position, point in enumerate(points):
        if point is not None:
            x, y = point
            parts.append(f"{'M' if previous is None else 'L'}{x:.2f} {y:.2f}")
            following = points[position + 1] if position + 1 < len(points) else None
            if previous is None and following is None:
                parts.append("h.6")
        previous = point
    return " ".join(parts)


def area(points: Sequence[Point | None], base: float) -> str:
    """Return the path of the area between the points and a height, piece by piece where they break."""
    pieces: list[list[Point]] = [[]]
    for point in points:
        if point is None:
            pieces.append([])
        else:
            pieces[-1].append(point)
    return " ".join(
        f"M{piece[0][0]:.2f} {base:.2f} "
        + " ".join(f"L{x:.2f} {y:.2f}" for x, y in piece)
        + f" L{piece[-1][0]:.2f} {base:.2f}Z"
        for piece in pieces
        if piece
    )


def steps(points: Sequence[Point], end: float) -> str:
    """Return a stair: each height holds until the next point's x, the last one until `end`."""
    if not points:
        return ""
    parts = [f"M{points[0][0]:.2f} {points[0][1]:.2f}"]
    parts += [f"H{x:.2f} V{y:.2f}" for x, y in points[1:]]
    return " ".join([*parts, f"H{end:.2f}"])
