"""Bring texts of foreign files to the plain text of our bank.

The rule for HTML: tags go, what they surround stays. Paragraphs, line breaks, rows and headings end a line,
list entries begin with "- ", cells of a table are parted by " | ", raised and lowered figures are written ^2
and _2, entities become characters, blanks outside <pre> become one. The address of a link goes, its words
stay. Pictures, sound, film, scripts and formulas drawn by tags or TeX cannot be said in plain text: they are
named, never dropped. Markdown stays as it was typed. Of Moodle's <span lang="en" class="multilang"> and
{mlang en} each language gets its own part.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import unicodedata
from html.parser import HTMLParser

from exams.formats.questions import Markup, Words

_MEDIA = frozenset(
    {
        "img",
        "audio",
        "video",
        "object",
        "embed",
        "iframe",
        "svg",
        "math",
        "canvas",
        "picture",
        "applet",
        "form",
        "script",
    }
)
_BLOCKS = frozenset(
    {"p", "div", "br", "li", "ul", "ol", "dl", "dt", "dd", "tr", "table", "pre", "blockquote", "hr"}
    | {"h1", "h2", "h3", "h4", "h5", "h6", "section", "article"}
)
_UNSEEN = frozenset({"script", "style", "head", "title"})
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--|&(?:#\d+|#[xX][0-9a-fA-F]+|[a-zA-Z]+\d*);")
_MLANG = re.compile(r"\{mlang\s+([\w, -]+)\}(.*?)\{mlang\s*\}", re.DOTALL | re.IGNORECASE)
_MARKDOWN_PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
# As Moodle's filters for TeX find them.
_FORMULA = re.compile(r"\$\$.+?\$\$|\\\(.+?\\\)|\\\[.+?\\\]", re.DOTALL)
_HELD = "\N{NO-BREAK SPACE}"
_FILE = "@@PLUGINFILE@@"
_CELL = "\x1f"


@dataclasses.dataclass(frozen=True)
class Plain:
    """A plain text. `zh` and `en` are equal unless `multilingual`; `media` names what could not be said."""

    zh: str
    en: str
    multilingual: bool
    media: tuple[str, ...]


@functools.lru_cache(maxsize=1000)
def to_plain(words: Words) -> Plain:
    """Return the words without their markup. Every text is asked for several times in a row."""
    text = _MLANG.sub(_span, words.text)
    tagged = words.markup is Markup.HTML or (words.markup is Markup.MOODLE and _TAG.search(text) is not None)
    if not tagged and text == words.text:
        media = _MARKDOWN_PICTURE.findall(text) if words.markup is Markup.MARKDOWN else []
        media += _FORMULA.findall(text) if words.markup is not Markup.PLAIN else []
        plain = "\n".join(line.rstrip() for line in usable(text).split("\n")).strip()
        return Plain(plain, plain, False, tuple(media))
    reader = _Reader()
    reader.feed(text)
    reader.close()
    named = (*reader.media, *_FORMULA.findall(text))
    return Plain(reader.in_language("zh"), reader.in_language("en"), reader.multilingual, named)


def _span(found: re.Match[str]) -> str:
    language = found[1].strip().lower()
    # "other" is what all languages without a part of their own are shown.
    if language.startswith("other"):
        return found[2]
    return f'<span lang="{language}" class="multilang">{found[2]}</span>'


class _Reader(HTMLParser):
    """Collects the text by language; None stands for what all languages share."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[tuple[str | None, str]] = []
        self.media: list[str] = []
        self.languages: list[str | None] = [None]
        self.preformatted = 0
        self.unseen = 0

    @property
    def multilingual(self) -> bool:
        return {"zh", "en"} <= {language for language, _ in self.parts}

    def in_language(self, language: str) -> str:
        known = {part for part, _ in self.parts if part is not None}
        if known and language not in known:
            language = sorted(known, key=lambda one: (one not in ("zh", "en"), one))[0]
        return _tidy("".join(text for part, text in self.parts if part in (None, language)))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _MEDIA:
            self.media.append(
                f"<{tag}> {given.get('src') or given.get('data') or given.get('alt') or ''}".strip()
            )
        elif _FILE in given.get("href", ""):
            self.media.append(given["href"])
        if tag in _BLOCKS:
            self._add("\n")
        if tag == "li":
            self._add("- ")
        if tag in ("td", "th"):
            self._add(_CELL)
        if tag in ("sup", "sub"):
            self._add("^" if tag == "sup" else "_")
        self.preformatted += tag == "pre"
        self.unseen += tag in _UNSEEN
        if tag in ("span", "lang"):
            own = "multilang" in given.get("class", "").split() or tag == "lang"
            code = given.get("lang", "").lower()[:2] if own else ""
            self.languages.append(code or self.languages[-1])

    def handle_endtag(self, tag: str) -> None:
        if tag in ("span", "lang") and len(self.languages) > 1:
            self.languages.pop()
        if tag in _BLOCKS and tag != "br":
            self._add("\n")
        if tag == "pre":
            self.preformatted = max(0, self.preformatted - 1)
        if tag in _UNSEEN:
            self.unseen = max(0, self.unseen - 1)

    def handle_data(self, data: str) -> None:
        if self.unseen:
            return
        data = usable(data)
        self._add(data.replace(" ", _HELD) if self.preformatted else re.sub(r"[ \t\r\n\f]+", " ", data))

    def _add(self, text: str) -> None:
        self.parts.append((self.languages[-1], text))


def usable(text: str) -> str:
    """Return the text without characters that nobody sees and no file of the bank can hold."""
    if text.isprintable():
        return text
    return "".join(
        character
        for character in text
        if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cs")
    )


def _tidy(text: str) -> str:
    """Return the lines without needless blanks, empty lines and the edges of tables."""
    lines = []
    for line in text.split("\n"):
        cells = [re.sub(r"[ \t]+", " ", cell).strip(" \t") for cell in line.split(_CELL)]
        lines.append(" | ".join(cell for cell in cells if cell).replace(_HELD, " ").rstrip())
    return "\n".join(line for line in lines if line.strip()).strip()
