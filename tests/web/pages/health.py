"""What machines ask."""

from __future__ import annotations

from tests.web.pages import Page, World


def pages(world: World) -> list[Page]:
    return [Page(endpoint="public.show_health", access=None, look=False)]
