"""Write items as files of our bank, in the form that `exams.bank` describes; all of them or none."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from exams.bank import load_bank
from exams.items import Item, Option, Speed, Text, Topic


class FolderError(ValueError):
    """A folder that nothing may be written to; the message says why and what to do."""


def write_bank(items: Sequence[Item], folder: Path) -> list[str]:
    """Write one file a topic into a new or empty folder and return their names.

    The files are written beside it and read back with `load_bank`; only then the folder appears, so nobody
    ever sees half of them. Raises FolderError, and BankError if the items do not fit together.
    """
    check_folder(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        names = []
        for topic in Topic:
            of_topic = [item for item in items if item.topic is topic]
            if of_topic:
                names.append(f"{topic.value}.toml")
                (beside / names[-1]).write_text(write_file(topic, of_topic), encoding="utf-8")
        load_bank(beside)
        beside.chmod(0o755)
        # Replaces an empty folder and refuses one that something was written to meanwhile.
        os.replace(beside, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return names


def check_folder(folder: Path) -> None:
    """Raise FolderError unless the folder is new or empty."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderError(f"{folder} is not empty: give a new folder with -o.")


def write_file(topic: Topic, items: Sequence[Item]) -> str:
    """Return the text of one file."""
    return (
        "\n".join([f"topic = {_value(topic.value)}", *(f"\n[[item]]\n{_write_item(item)}" for item in items)])
        + "\n"
    )


def _write_item(item: Item) -> str:
    lines = []
    for field in dataclasses.fields(item):
        value = getattr(item, field.name)
        if field.name == "topic" or value == field.default:
            continue
        if isinstance(value, Text):
            lines += [f"{field.name}.zh = {_value(value.zh)}", f"{field.name}.en = {_value(value.en)}"]
        else:
            lines.append(f"{field.name} = {_value(value)}")
        if field.name == "version":
            lines.append(f"kind = {_value(item.kind.value)}")
    return "\n".join(lines)


def _value(value: Any) -> str:
    """Return a value as TOML. Strings of JSON are strings of TOML but for the character DEL."""
    if isinstance(value, bool | int):
        return json.dumps(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Decimal):
        return f'"{value:f}"'
    if isinstance(value, Speed):
        return f"{{ zh = {value.zh}, en = {value.en} }}"
    if isinstance(value, Option):
        return f"{{ id = {_value(value.id)}, zh = {_value(value.text.zh)}, en = {_value(value.text.en)} }}"
    if value and isinstance(value[0], Option):
        return "[\n" + "".join(f"  {_value(option)},\n" for option in value) + "]"
    if value and isinstance(value[0], tuple):
        return "{ " + ", ".join(f"{left} = {_value(right)}" for left, right in value) + " }"
    return "[" + ", ".join(_value(entry) for entry in value) + "]"
