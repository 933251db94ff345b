"""Read the bank's TOML files into items; name every fault with its file, line, item and mend."""

from __future__ import annotations

import dataclasses
import functools
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from exams.bank.fields import UnreadableError, read_choice
from exams.bank.tables import read_item
from exams.items import Item, ItemError, Topic

SHIPPED = Path(__file__).parent


@dataclasses.dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing to mend in a bank file. `line` is where the item begins, 1 for the file as a whole."""

    file: str
    line: int
    item_id: str | None
    message: str

    def __str__(self) -> str:
        item = f", item {self.item_id}" if self.item_id else ""
        return f"{self.file}, line {self.line}{item}: {self.message}"


class BankError(ValueError):
    """A bank that cannot be used; `faults` holds all that was found, not only the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


class UnknownItemError(KeyError):
    """No such item, or no such version of it, in this bank."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclasses.dataclass(frozen=True)
class Bank:
    """Items by id and version, in the order they were given."""

    items: tuple[Item, ...]

    def __post_init__(self) -> None:
        if len(self._by_version) < len(self.items):
            raise ValueError("the bank holds an item twice in the same version")

    @functools.cached_property
    def _by_version(self) -> Mapping[tuple[str, int], Item]:
        return {(item.id, item.version): item for item in self.items}

    @functools.cached_property
    def current(self) -> tuple[Item, ...]:
        """The newest version of each item, ordered by id, without those whose newest version is retired."""
        newest: dict[str, Item] = {}
        for item in self.items:
            if item.id not in newest or newest[item.id].version < item.version:
                newest[item.id] = item
        return tuple(newest[item_id] for item_id in sorted(newest) if not newest[item_id].retired)

    def holds(self, item_id: str, version: int) -> bool:
        return (item_id, version) in self._by_version

    def item(self, item_id: str, version: int) -> Item:
        """Return that version of the item, retired or not. Raises UnknownItemError."""
        try:
            return self._by_version[item_id, version]
        except KeyError:
            raise UnknownItemError(f"item {item_id} version {version} is not in the bank") from None


@functools.cache
def shipped_bank() -> Bank:
    """Return the bank that comes with this package, read once."""
    return load_bank(SHIPPED)


def load_bank(folder: Path) -> Bank:
    """Read every `*.toml` of a folder, in order of name. Raises BankError with all faults."""
    items: list[Item] = []
    faults: list[Fault] = []
    seen: dict[tuple[str, int], str] = {}
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise BankError(
            [Fault(file=str(folder), line=1, item_id=None, message="there is no .toml file here.")]
        )
    for path in paths:
        for line, result in _read_file(path):
            if isinstance(result, Fault):
                faults.append(result)
                continue
            where = f"{path.name}, line {line}"
            first = seen.setdefault((result.id, result.version), where)
            if first is not where:
                message = (
                    f"version {result.version} is already at {first}: raise the version or change the id."
                )
                faults.append(Fault(file=path.name, line=line, item_id=result.id, message=message))
            else:
                items.append(result)
    if faults:
        raise BankError(faults)
    return Bank(tuple(items))


def _read_file(path: Path) -> Iterator[tuple[int, Item | Fault]]:
    def fault(message: str, *, line: int = 1) -> tuple[int, Fault]:
        return line, Fault(file=path.name, line=line, item_id=None, message=message)

    try:
        words = path.read_text(encoding="utf-8")
        content = tomllib.loads(words)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        yield fault(f"it is not readable TOML in UTF-8 ({error}): correct it there.")
        return
    try:
        topic = read_choice(Topic, content.get("topic"))
    except UnreadableError as error:
        yield fault(f"topic {error}")
        return
    for name in sorted(set(content) - {"topic", "item"}):
        yield fault(f"{name!r} is not known here: a file holds topic and [[item]].")
    tables = content.get("item", [])
    if not isinstance(tables, list) or not tables:
        yield fault("there is no item: begin each with [[item]].")
        return
    lines = [number for number, line in enumerate(words.splitlines(), start=1) if line.strip() == "[[item]]"]
    # Inline arrays of items have no headers of their own: their faults are placed at the file's first line.
    lines = lines if len(lines) == len(tables) else [1] * len(tables)
    for line, table in zip(lines, tables, strict=True):
        given_id = table.get("id")
        try:
            yield line, read_item(table, topic=topic)
        except ItemError as error:
            for message in error.faults:
                yield (
                    line,
                    Fault(
                        file=path.name,
                        line=line,
                        item_id=given_id if isinstance(given_id, str) else None,
                        message=message,
                    ),
                )
