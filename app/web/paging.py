"""Long lists by the page: which one is asked for, and where the others are."""

from __future__ import annotations

import dataclasses

from flask import request, url_for

# Nobody turns so many pages; a number beyond them would only make the database count.
LAST_PAGE = 100_000


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pages:
    """Where the reader is in a long list; the addresses keep what else was asked for."""

    number: int
    count: int
    previous: str | None
    following: str | None


def page_number() -> int:
    """Return the page that the address asks for; anything that is no number means the first."""
    asked = request.args.get("page", "")
    return min(max(int(asked), 1), LAST_PAGE) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1


def pages_of(total: int, rows: int, number: int) -> Pages:
    """Return the pages of a list of `total` rows, `rows` on each, seen from page `number`."""
    count = max(-(-total // rows), 1)
    return Pages(
        number=number,
        count=count,
        previous=_address(number - 1) if number > 1 else None,
        following=_address(number + 1) if number < count else None,
    )


def _address(number: int) -> str:
    arguments = {**(request.view_args or {}), **request.args.to_dict(), "page": number}
    return url_for(request.endpoint or "", **arguments)
