"""From what a form sent to a response, and the ways of writing that make no difference.

Bad shape is answered with a sentence for the candidate, in both languages. What cannot be stored (control
characters, half characters) is dropped, what is too long is refused; markup is only text here and the page
escapes it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

from exams.items import Kind, Text
from exams.typewriting import MAX_TYPED_CHARACTERS, TypedResponse

Response: TypeAlias = str | bool | list[str] | dict[str, int] | dict[str, str] | TypedResponse
"""A value that fits a JSON column; `exams.marking` says which shape each kind has."""

MAX_SHORT_ANSWER_CHARACTERS = 200
MAX_NUMBER_CHARACTERS = 30
MAX_OPTIONS = 50

_DIGITS = r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|[+-]?\.\d+"
_BEFORE = "¥|rmb|cny|人民币"
_AFTER = (
    "%|元人民币|元|块钱|块|分钟|秒钟|小时|秒|天|日|件|个|条|通|位|米|"
    "rmb|cny|yuan|minutes?|min|seconds?|s|hours?|h|days?|items?|messages?|calls?|customers?|wh|m"
)
_NUMBER = re.compile(rf"(?:{_BEFORE})?({_DIGITS})(?:{_AFTER})?[。.]?", re.ASCII)
_PLACE = re.compile(r"[1-9]\d?", re.ASCII)
_OPTION_ID = re.compile(r"[a-z0-9-]{1,40}")

_NOT_A_NUMBER = Text(zh="请只写一个数字，例如 129.5。", en="Write one number only, for example 129.5.")
_ONLY_ONE = Text(zh="这道题只能选一个答案，请只选一项。", en="This question has one answer. Choose only one.")
_NOT_AN_OPTION = Text(
    zh="您选的答案不在这道题里，请刷新页面后重新选择。",
    en="The answer you chose is not part of this question. Reload the page and choose again.",
)
_SAME_PLACE = Text(
    zh="有两行写了同一个序号，请给每一行写不同的序号。",
    en="Two lines have the same number. Give each line a number of its own.",
)
_NOT_HERE = Text(
    zh="这道题在对话页里作答，请打开对话。", en="This question is answered in its conversations. Open them."
)
_NOT_TRUE_OR_FALSE = Text(zh="请选“正确”或“错误”。", en="Choose true or false.")
_TOO_MUCH_TYPED = Text(
    zh=f"打的字太多，请只照着打那一段，最多 {MAX_TYPED_CHARACTERS} 个字。",
    en=f"That is too much text. Copy only the passage, at most {MAX_TYPED_CHARACTERS} characters.",
)
_TOO_LONG = Text(
    zh=f"答案太长，请写在 {MAX_SHORT_ANSWER_CHARACTERS} 个字以内。",
    en=f"The answer is too long. Write at most {MAX_SHORT_ANSWER_CHARACTERS} characters.",
)


class ResponseError(ValueError):
    """A response of the wrong shape; `sentence` tells the candidate how to mend it."""

    def __init__(self, sentence: Text) -> None:
        super().__init__(sentence.en)
        self.sentence = sentence


def parse_response(
    kind: Kind,
    form_values: Sequence[str],
    *,
    option_ids: Collection[str] | None = None,
    prompt_ids: Collection[str] | None = None,
) -> Response | None:
    """Return the response that a form's values mean, or None when the question was left open.

    Give the `option_ids` and, for matching, the `prompt_ids` of the question to have strange ones refused
    here. An ordering's values are written "line=number", a matching's "prompt=option"; what was left open is
    left out, so a half-done answer can be saved. For typing the text alone is returned: it belongs into what
    `exams.typewriting` keeps. Raises ResponseError.
    """
    values = [value for value in form_values if value.strip()]
    if not values:
        return None
    if kind is Kind.MATCHING:
        return _parse_matching(values, option_ids, prompt_ids)
    return _PARSERS[kind](values, option_ids)


def normalise(words: str) -> str:
    """Return the words without what makes no difference: width, case, spaces, punctuation.

    Punctuation between two digits stays (3.5 is not 35, 7-10 is not 710), and so does a percent sign.
    """
    folded = unicodedata.normalize("NFKC", words).casefold()
    kept = []
    for position, character in enumerate(folded):
        category = unicodedata.category(character)
        if category[0] in "ZC" or category == "Sc":
            continue
        if category[0] == "P" and character != "%" and not _between_digits(folded, position):
            continue
        kept.append(character)
    return "".join(kept)


def read_number(words: str) -> Decimal:
    """Return the number that was written: full or half width, with thousands commas, with ¥ or a unit.

    Raises ResponseError for anything else.
    """
    if len(words) > MAX_NUMBER_CHARACTERS:
        raise ResponseError(_NOT_A_NUMBER)
    bare = "".join(unicodedata.normalize("NFKC", words).casefold().split()).replace("\N{MINUS SIGN}", "-")
    found = _NUMBER.fullmatch(bare)
    if found is None:
        raise ResponseError(_NOT_A_NUMBER)
    return Decimal(found[1].replace(",", ""))


def _between_digits(words: str, position: int) -> bool:
    around = words[max(0, position - 1) : position] + words[position + 1 : position + 2]
    return len(around) == 2 and around.isdigit()


def _parse_single(values: Sequence[str], option_ids: Collection[str] | None) -> Response:
    if len(values) > 1:
        raise ResponseError(_ONLY_ONE)
    return _option(values[0], option_ids)


def _parse_multiple(values: Sequence[str], option_ids: Collection[str] | None) -> Response:
    if len(values) > MAX_OPTIONS:
        raise ResponseError(_NOT_AN_OPTION)
    return sorted({_option(value, option_ids) for value in values})


def _parse_true_false(values: Sequence[str], _option_ids: Collection[str] | None) -> Response:
    if len(values) > 1 or values[0] not in ("true", "false"):
        raise ResponseError(_NOT_TRUE_OR_FALSE)
    return values[0] == "true"


def _parse_short_answer(values: Sequence[str], _option_ids: Collection[str] | None) -> Response | None:
    if sum(len(value) for value in values) > MAX_SHORT_ANSWER_CHARACTERS:
        raise ResponseError(_TOO_LONG)
    return _storable(values)


def _parse_typing(values: Sequence[str], _option_ids: Collection[str] | None) -> Response | None:
    if sum(len(value) for value in values) > MAX_TYPED_CHARACTERS:
        raise ResponseError(_TOO_MUCH_TYPED)
    return _storable(values)


def _parse_numeric(values: Sequence[str], _option_ids: Collection[str] | None) -> Response:
    if len(values) > 1:
        raise ResponseError(_NOT_A_NUMBER)
    return format(read_number(values[0]), "f")


def _parse_ordering(values: Sequence[str], option_ids: Collection[str] | None) -> Response:
    last = MAX_OPTIONS if option_ids is None else len(option_ids)
    places: dict[str, int] = {}
    for line, place in _read_pairs(values):
        if not _PLACE.fullmatch(place) or int(place) > last:
            raise ResponseError(_NOT_AN_OPTION)
        places[_option(line, option_ids)] = int(place)
    if len(set(places.values())) < len(places):
        raise ResponseError(_SAME_PLACE)
    return places


def _parse_matching(
    values: Sequence[str], option_ids: Collection[str] | None, prompt_ids: Collection[str] | None
) -> Response:
    return {_option(prompt, prompt_ids): _option(given, option_ids) for prompt, given in _read_pairs(values)}


def _read_pairs(values: Sequence[str]) -> list[tuple[str, str]]:
    """Split "left=right"; no left may come twice, nor more pairs than any question has."""
    pairs = [tuple(value.split("=")) for value in values[: MAX_OPTIONS + 1]]
    if len(pairs) > MAX_OPTIONS or any(len(pair) != 2 for pair in pairs):
        raise ResponseError(_NOT_AN_OPTION)
    if len({left for left, _ in pairs}) < len(pairs):
        raise ResponseError(_NOT_AN_OPTION)
    return [(left, right) for left, right in pairs]


def _parse_chat(_values: Sequence[str], _option_ids: Collection[str] | None) -> Response:
    raise ResponseError(_NOT_HERE)


def _option(value: str, option_ids: Collection[str] | None) -> str:
    if not _OPTION_ID.fullmatch(value) or (option_ids is not None and value not in option_ids):
        raise ResponseError(_NOT_AN_OPTION)
    return value


def _storable(values: Sequence[str]) -> str | None:
    """Return the words without what cannot be stored (NUL, lone surrogates); line breaks become blanks."""
    words = " ".join(values)
    storable = "".join(
        " " if character.isspace() else character for character in words if _is_storable(character)
    )
    return storable.strip() or None


def _is_storable(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) not in ("Cc", "Cs")


_PARSERS: Mapping[Kind, Callable[[Sequence[str], Collection[str] | None], Response | None]] = {
    Kind.SINGLE: _parse_single,
    Kind.MULTIPLE: _parse_multiple,
    Kind.TRUE_FALSE: _parse_true_false,
    Kind.SHORT_ANSWER: _parse_short_answer,
    Kind.NUMERIC: _parse_numeric,
    Kind.ORDERING: _parse_ordering,
    Kind.TYPING: _parse_typing,
    Kind.CHAT: _parse_chat,
}
