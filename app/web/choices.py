"""Options of select, radio and checkbox fields."""

from __future__ import annotations

from typing import Any

from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than WTForms' types


def choice(value: str, label: object) -> Any:
    """Return one option; WTForms warns that a plain tuple will not work for long."""
    return SelectChoice(value, label)
