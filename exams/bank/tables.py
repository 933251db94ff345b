"""One item as plain values, as the bank's files and other stores hold it, and back again."""

from __future__ import annotations

import dataclasses
import difflib
import typing
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from exams.bank.fields import UnreadableError, read_choice, read_field
from exams.items import ITEM_TYPES, Item, ItemError, Kind, Option, Speed, Text, Topic


def read_item(table: Mapping[str, object], *, topic: Topic) -> Item:
    """Return the item of a table. Raises ItemError with every fault, each with its mend."""
    given_id = table.get("id")
    item_id = given_id if isinstance(given_id, str) else ""
    try:
        kind = read_choice(Kind, table.get("kind"))
    except UnreadableError as error:
        raise ItemError(item_id, [f"kind {error}"]) from None
    item_type = ITEM_TYPES[kind]
    hints = typing.get_type_hints(item_type)
    fields = {field.name: field for field in dataclasses.fields(item_type) if field.name != "topic"}
    messages = [_unknown_field(name, kind, fields) for name in table if name not in fields and name != "kind"]
    values: dict[str, Any] = {"topic": topic}
    for name, field in fields.items():
        if name not in table:
            if field.default is dataclasses.MISSING:
                messages.append(f"{name} is missing: a {kind} item needs it.")
            continue
        try:
            values[name] = read_field(hints[name], table[name])
        except UnreadableError as error:
            messages.append(f"{name} {error}")
    if messages:
        raise ItemError(item_id, messages)
    return item_type(**values)


def read_body(body: Mapping[str, object]) -> Item:
    """Return the item that `write_body` wrote. Raises ItemError."""
    try:
        topic = read_choice(Topic, body.get("topic"))
    except UnreadableError as error:
        raise ItemError(str(body.get("id", "")), [f"topic {error}"]) from None
    return read_item({name: value for name, value in body.items() if name != "topic"}, topic=topic)


def write_body(item: Item) -> dict[str, Any]:
    """Return the item as plain values for JSON, under the names of the bank's files, with its topic."""
    body: dict[str, Any] = {"topic": item.topic.value, "kind": item.kind.value}
    for field in dataclasses.fields(item):
        value = getattr(item, field.name)
        if field.name != "topic" and value != field.default:
            body[field.name] = _plain(value)
    return body


def _plain(value: Any) -> Any:
    if isinstance(value, Text | Speed):
        return {"zh": value.zh, "en": value.en}
    if isinstance(value, Option):
        return {"id": value.id, "zh": value.text.zh, "en": value.text.en}
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, tuple):
        if value and isinstance(value[0], tuple):
            return dict(value)
        return [_plain(entry) for entry in value]
    return value


def _unknown_field(name: str, kind: Kind, fields: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, fields, n=1)
    mend = f"did you mean {near[0]}?" if near else "remove it."
    return f"{name!r} is not a field of a {kind} item: {mend}"
