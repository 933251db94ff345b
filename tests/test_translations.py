"""Chinese is the source; English is complete: nothing missing, nothing fuzzy, the same placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from jinja2 import Environment

APP = Path(__file__).resolve().parents[1] / "app"
CATALOGS = sorted((APP / "translations").glob("*/en/LC_MESSAGES/messages.po"))
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
KEYWORDS = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
HAN = re.compile(r"[\u4e00-\u9fff]")


def translated() -> Iterator[tuple[Path, Message]]:
    for path in CATALOGS:
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                if message.id:
                    yield path, message


def first(value: object) -> str:
    return str(value[0]) if isinstance(value, (tuple, list)) else str(value)


def test_every_text_has_english() -> None:
    known = {first(message.id) for _, message in translated() if message.string and not message.fuzzy}
    used = {first(text) for _, _, text, _, _ in extract_from_dir(str(APP), METHODS, keywords=KEYWORDS)}

    assert used
    assert sorted(used - known) == []


def test_nothing_is_fuzzy_or_half_translated() -> None:
    faults = []
    for path, message in translated():
        strings = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        if message.fuzzy or not all(strings):
            faults.append(f"{path.parts[-4]}: {first(message.id)}")

    assert faults == []


def test_translations_keep_their_placeholders() -> None:
    faults = []
    for path, message in translated():
        ids = message.id if isinstance(message.id, (tuple, list)) else (message.id,)
        strings = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        wanted = {name for text in ids for name in PLACEHOLDER.findall(text)}
        for string in strings:
            extra = set(PLACEHOLDER.findall(str(string))) - wanted
            # A singular may leave its number out ("one seat"); nothing may be invented or lost otherwise.
            lost = wanted - set(PLACEHOLDER.findall(str(string))) if len(strings) == 1 else set()
            if extra or lost:
                faults.append(f"{path.parts[-4]}: {first(message.id)} -> {string}")

    assert faults == []


def test_english_is_english() -> None:
    faults = []
    for path, message in translated():
        strings = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        faults += [f"{path.parts[-4]}: {string}" for string in strings if HAN.search(str(string))]

    assert faults == []


def test_one_text_has_one_translation() -> None:
    """Rooms share one domain: two translations of a text would make the loading order decide."""
    seen: dict[str, str] = {}
    faults = []
    for _, message in translated():
        string = first(message.string)
        if seen.setdefault(first(message.id), string) != string:
            faults.append(f"{first(message.id)}: {seen[first(message.id)]!r} and {string!r}")

    assert faults == []


@pytest.mark.parametrize("path", sorted((APP / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_templates_have_no_chinese_outside_gettext(path: Path) -> None:
    written = [text for _, kind, text in Environment().lex(path.read_text()) if kind == "data"]
    # The brand is written in Chinese in every language.
    left = [text.strip() for text in written if HAN.search(text.replace("坐席", ""))]

    assert left == []
