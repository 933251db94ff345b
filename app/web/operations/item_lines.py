"""The bank's list: one line an item, from the bank in memory and the versions that are open."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Iterable, Sequence

from app.models import ItemState, ItemVersion
from exams.bank import Bank, read_body, write_body
from exams.items import Item


@dataclasses.dataclass(frozen=True, kw_only=True)
class ItemLine:
    """One item: its newest version in the bank, if any, and the version that is written or reviewed."""

    item: Item
    asked: Item | None
    open_state: ItemState | None

    @property
    def states(self) -> tuple[ItemState, ...]:
        """The states the line stands for, the one in the bank first."""
        found = []
        if self.asked is not None:
            found.append(ItemState.RETIRED if self.asked.retired else ItemState.APPROVED)
        if self.open_state is not None:
            found.append(self.open_state)
        return tuple(found)


@dataclasses.dataclass(frozen=True, kw_only=True)
class ItemFilter:
    """What the list is asked for; an empty word asks for nothing."""

    words: str = ""
    topic: str = ""
    kind: str = ""
    difficulty: str = ""
    state: str = ""

    def admits(self, line: ItemLine) -> bool:
        item = line.item
        return (
            (not self.topic or item.topic == self.topic)
            and (not self.kind or item.kind == self.kind)
            and (not self.difficulty or item.difficulty == self.difficulty)
            and (not self.state or self.state in line.states)
            and all(word in words_of(item) for word in self.words.casefold().split())
        )


def list_lines(bank: Bank, open_versions: Iterable[ItemVersion]) -> list[ItemLine]:
    """Return every item by id."""
    newest: dict[str, Item] = {}
    for item in bank.items:
        if item.id not in newest or newest[item.id].version < item.version:
            newest[item.id] = item
    written = {row.item_id: row for row in open_versions}
    lines = []
    for item_id in sorted({*newest, *written}):
        row, asked = written.get(item_id), newest.get(item_id)
        shown = read_body(row.body) if row is not None else newest[item_id]
        lines.append(ItemLine(item=shown, asked=asked, open_state=row.state if row is not None else None))
    return lines


@functools.lru_cache(maxsize=8192)
def words_of(item: Item) -> str:
    """Return everything an item says, in both languages, to search in."""
    return json.dumps(write_body(item), ensure_ascii=False).casefold()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Difference:
    """One field that two versions do not share; None where a version lacks it."""

    field: str
    before: str | None
    after: str | None


def find_differences(before: Item, after: Item) -> Sequence[Difference]:
    """Return what the later version changed, by field."""
    old, new = _flatten(write_body(before)), _flatten(write_body(after))
    return [
        Difference(field=field, before=old.get(field), after=new.get(field))
        for field in dict.fromkeys((*old, *new))
        if field not in ("version", "retired") and old.get(field) != new.get(field)
    ]


def _flatten(value: object, name: str = "") -> dict[str, str]:
    """Return the leaves of plain values by their path; options by their id."""
    if isinstance(value, dict):
        found: dict[str, str] = {}
        for key, part in value.items():
            found |= _flatten(part, f"{name}.{key}" if name else str(key))
        return found
    if isinstance(value, list) and value and isinstance(value[0], dict):
        found = {}
        for option in value:
            rest = {key: part for key, part in option.items() if key != "id"}
            found |= _flatten(rest, f"{name} {option['id']}")
        return found
    if isinstance(value, list):
        return {name: ", ".join(str(part) for part in value)}
    return {name: str(value)}
