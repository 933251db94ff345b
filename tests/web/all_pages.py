"""Every area's table of pages, found by looking into the package."""

from __future__ import annotations

import importlib
import pkgutil

from tests.web import pages as package
from tests.web.pages import Page, World

AREAS = sorted(module.name for module in pkgutil.iter_modules(package.__path__))


def pages_of(area: str, world: World) -> list[Page]:
    """Return one area's pages; the module makes what they need in the world."""
    found: list[Page] = importlib.import_module(f"tests.web.pages.{area}").pages(world)
    return found
