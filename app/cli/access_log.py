"""Gunicorn's access log without what opens a person's calendar."""

from __future__ import annotations

import re
from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

# All that follows, so that an address with a typing error shows no part of its secret either.
CALENDAR = re.compile(r"(?<!/agent)(/calendar/)[^\s?#]+")


class AccessLogger(Logger):  # type: ignore[misc]  # gunicorn ships no types
    """Writes the secret of a calendar's address as ***."""

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> dict[str, Any]:
        """Return what a line of the log may name."""
        atoms: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        return {
            name: CALENDAR.sub(r"\1***", value) if isinstance(value, str) else value
            for name, value in atoms.items()
        }
