"""The texts of a QTI item as HTML for `exams.formats.plain`, and what in them our bank cannot show.

Where an element holds nothing but parts in Chinese and in English (xml:lang), these are the same words in
both languages; every other xml:lang only says how a word is pronounced.
"""

from __future__ import annotations

import html
from collections.abc import Collection, Sequence

from exams.formats.questions import Markup, Words, refuse
from exams.formats.xml_tree import Node

MEDIA = {
    "img": "a picture",
    "picture": "a picture",
    "svg": "a picture",
    "object": "an object",
    "embed": "an object",
    "audio": "sound",
    "video": "a film",
    "math": "a drawn formula",
    "include": "a part from another file",
    "printedVariable": "a value that is made anew each time",
    "templateBlock": "a text that depends on chance",
    "templateInline": "a text that depends on chance",
}
FEEDBACK = ("feedbackInline", "feedbackBlock")
UNIT_CLASS = "zuoxi-unit"
INTERACTION = "Interaction"
INLINE = ("textEntryInteraction", "inlineChoiceInteraction")
_HTML = frozenset(
    {"a", "abbr", "acronym", "b", "bdi", "bdo", "big", "br", "cite", "code", "dfn", "em", "hr", "i", "kbd"}
    | {"q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "tt", "u", "var"}
    | {"address", "article", "aside", "blockquote", "details", "div", "figure", "figcaption", "footer"}
    | {"h1", "h2", "h3", "h4", "h5", "h6", "header", "label", "main", "nav", "p", "pre", "section", "summary"}
    | {"caption", "col", "colgroup", "table", "tbody", "td", "tfoot", "th", "thead", "tr"}
    | {"dd", "dl", "dt", "li", "ol", "ul"}
)
_OWN = frozenset({"itemBody", "prompt", "rubricBlock", "modalFeedback", "simpleChoice", "inlineChoice"}) | {
    "simpleAssociableChoice",
    "simpleMatchSet",
    *FEEDBACK,
}


def check_media(root: Node) -> None:
    """Raise FormatError, with its line, for what words cannot say."""
    for node in root.walk():
        if node.name in MEDIA:
            source = node.get("src") or node.get("data") or node.get("href") or node.get("identifier")
            raise refuse(
                node.line,
                f"there is {MEDIA[node.name]} ({f'<{node.name}> {source[:80]}'.strip()}), and the bank holds "
                "words only: say it in words.",
            )


def find_unknown(root: Node) -> list[str]:
    """Return sentences on elements that are no known text markup; their words are kept."""
    names = {
        node.name: node.line
        for node in root.walk()
        if node.name not in _HTML and node.name not in _OWN and not node.name.endswith(INTERACTION)
    }
    return [
        f"<{name[:40]}> of line {line} is not known, only its words are kept." for name, line in names.items()
    ]


def words_of(nodes: Sequence[Node], *, without: Collection[str] = ()) -> Words | None:
    """Return what stands in the nodes, one below the other; None for nothing. `without`: elements to omit."""
    said = "".join(f"<div>{render(node, without=without)}</div>" for node in nodes)
    return Words(said, Markup.HTML) if any(part.strip() for part in _texts(nodes, without)) else None


def _texts(nodes: Sequence[Node], without: Collection[str]) -> list[str]:
    found: list[str] = []
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        found.append(node.text)
        waiting += [child for child in node.children if child.name not in without]
    return found


def render(node: Node, *, without: Collection[str] = (), place: str = "") -> str:
    """Return the content of a node as HTML. `place` stands for the interaction itself."""
    both = _in_both_languages(node)
    parts = []
    for part in node.content:
        if isinstance(part, str):
            parts.append(html.escape(part, quote=False))
        elif part.name.endswith(INTERACTION):
            prompts = "".join(f"<div>{render(one, without=without)}</div>" for one in part.each("prompt"))
            parts.append(place if part.name in INLINE and _stands_among_words(node) else prompts)
        elif part.name in without or UNIT_CLASS in part.get("class").split():
            continue
        else:
            tag = part.name if part.name in _HTML else "div" if part.name in _OWN else "span"
            inner = render(part, without=without, place=place)
            said = f"<{tag}>" if tag in ("br", "hr") else f"<{tag}>{inner}</{tag}>"
            language = language_of(part)
            if both and language:
                said = f'<span lang="{language}" class="multilang">{said}</span>'
            parts.append(said)
    return "".join(parts)


def _stands_among_words(node: Node) -> bool:
    return bool(node.text.strip()) or any(
        "".join(_texts([child], ())).strip()
        for child in node.children
        if not child.name.endswith(INTERACTION) and UNIT_CLASS not in child.get("class").split()
    )


def language_of(node: Node) -> str:
    """Return zh or en where the node says so, else nothing."""
    said = (node.get("xml:lang") or node.get("lang")).lower().replace("_", "-").partition("-")[0]
    return said if said in ("zh", "en") else ""


def _in_both_languages(node: Node) -> bool:
    return {"zh", "en"} <= {language_of(child) for child in node.children} and not node.text.strip()
