"""Say how a phrase was meant: stated, denied, or not to be told from the words alone."""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import Iterable, Iterator, Sequence

from exams.chat.reading import HAN, Reading, Token, cut, fold, last_break, next_break, stem

NEAR_TOKENS = 8
"""So far a negation reaches."""

DOUBLE_TOKENS = 3
"""So near two negations undo each other."""


class Grade(enum.StrEnum):
    """How a phrase was meant."""

    STATED = "stated"
    DENIED = "denied"
    UNSURE = "unsure"


class Doubt(enum.StrEnum):
    """Why a finding is unsure."""

    NONE = ""
    NEGATION = "negation"
    QUESTION = "question"
    REPORTED = "reported"
    CONDITION = "condition"
    SPELLING = "spelling"
    WEAK = "weak"


NEGATORS_ZH = frozenset("不没无别未勿难甭莫")
_SEEMING_ZH = (
    "不好意思 不客气 不错 不用担心 不要担心 不必担心 不用着急 不要着急 不用急 不用怕 不过 不仅 不但 "
    "不止 不光 差不多 没问题 没关系 没事 没错 不管 不论 无论 别担心 别着急 别急 别怕 分别 级别 个别 "
    "特别 区别 别的 别人 未来 难免 难怪 不久 不足 不同 能不能 可不可以 是不是 会不会 要不要 有没有 "
    "行不行 好不好 对不对 对不起 不妨 不如 不等 毫无疑问 不一会 不日 不少 难过 难受 不愉快 不便 不满 "
    "没收到 没有收到 没到 还没到 不见 不能及时 不用您 不需要您 不用等 不开心 不容易 不舒服 别生气 不要生气 "
    "没发货 没发 不清楚 不明白 不合适 不方便 不喜欢 不满意 无忧 无条件 无理由 没拆 未拆"
)  # fmt: skip
_SEEMING_EN = (
    "no problem|no worries|not only|do not worry|not to worry|no doubt|why not|no matter|no need to worry|"
    "do not be afraid|has not arrived|have not arrived|did not arrive|not received|no later than|"
    "can not wait|no reason|no trouble|not yet arrived|do not panic"
)
NEGATORS_EN = frozenset(
    ("not", "never", "no", "without", "unable", "nobody", "none", "neither", "nor", "hardly", "refuse",
     "impossible")
)  # fmt: skip
_TURNS = frozenset(("but", "however", "though", "但", "却"))
_SUBJECTS = frozenset(("i", "we", "they", "he", "she", "so", "then"))
_RESTARTS = _SUBJECTS | {"it", "you"}
_COMMITTING = frozenset(
    ("promise", "guarantee", "say", "sure", "know", "confirm", "tell", "certain", "assure", "commit", "swear")
)
_OF_ONE_THING = frozenset(stem(word) for word in ("without", "no", "none"))
_LEFT_OPEN = frozenset("能会敢可以行得做到法办")
_CONDITIONS = ("如果", "要是", "假如", "万一", "是否", "if", "unless", "whether")
_REPORTS = (
    "您说", "您问", "您希望", "您想", "您要", "您要求",
    "你说", "你问", "你希望", "你想", "你要", "他说", "他们说",
    "you want", "you ask", "you asked", "you said", "you say", "you hope", "you need", "you would like",
    "you mentioned", "they said", "he said", "she said", "asking",
)  # fmt: skip
_A_NOT_A = ("能不能", "可不可以", "是不是", "会不会", "要不要", "有没有", "行不行")
_TAGS_ZH = frozenset("吗么呢嘛")

_NO_MORE_ZH = re.compile(
    r"^(?:元|块钱|块|的话|的|了|这种话|这件事|这话)?[\s,。.;!、]*(?:但是|但|可是|不过|只是)?(?:这个|这点|这一点|这|那|具体时间|具体)?"
    r"(?:我们|我|咱们|店里|小店)?(?:也|都|还|可|真的|确实|暂时)?(?:不能|不敢|没法|没办法|无法|不好|难以|很难|没有办法|做不到|没有权限|没权限|没有这个权限|办不到)"
    r"(?:向您|给您|跟您|为您|替您)?(?:说|做)?(?:保证|承诺|确定|肯定|答应|打包票|说死|做到)?"
)
_CAN_NOT_ZH = re.compile(r"^(?:不了|不到|不起)")
_NO_MORE_EN = re.compile(
    r"^[\s,.;!-]*(?:but |though |however |and )?(?:(?:that|this|it|which) )?(?:is |s )?"
    r"(?:something |a promise |one )?(?:that )?(?:i |we )?(?:really )?"
    r"(?:can ?not|can['’]?t|could not|couldn['’]?t|won['’]?t|will not|"
    r"am not able to|are not able to|not) (?:something )?(?:i |we )?(?:be )?(?:can )?"
    r"(?:promise|guarantee|certain|sure|confirm|say)"
)


def _sequences(phrases: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(token.word for token in cut(fold(phrase))) for phrase in phrases)


_SEEMING = _sequences((*_SEEMING_ZH.split(), *_SEEMING_EN.split("|")))
_CONDITION_WORDS = _sequences(_CONDITIONS)
_REPORT_WORDS = _sequences(_REPORTS)
_A_NOT_A_WORDS = _sequences(_A_NOT_A)
_NEGATION_STEMS = frozenset(stem(word) for word in NEGATORS_EN) | NEGATORS_ZH
_COMMITTING_STEMS = frozenset(stem(word) for word in _COMMITTING)


@functools.lru_cache(maxsize=4096)
def _negators(reading: Reading) -> frozenset[int]:
    """Return where the message denies something; "no problem" and the like deny nothing."""
    tokens = reading.tokens
    if reading.words.isdisjoint(_NEGATION_STEMS):
        return frozenset()
    harmless: set[int] = set()
    for sequence in _SEEMING:
        if sequence[0] in reading.words and sequence[-1] in reading.words:
            for start in _starts(tokens, sequence, 0, len(tokens)):
                harmless.update(range(start, start + len(sequence)))
    return frozenset(
        index for index, token in enumerate(tokens) if token.word in _NEGATION_STEMS and index not in harmless
    )


def _starts(tokens: Sequence[Token], sequence: tuple[str, ...], begin: int, end: int) -> Iterator[int]:
    for start in range(begin, end - len(sequence) + 1):
        if tokens[start].word == sequence[0] and all(
            tokens[start + offset].word == word for offset, word in enumerate(sequence)
        ):
            yield start


def _holds(tokens: Sequence[Token], sequences: Iterable[tuple[str, ...]], begin: int, end: int) -> bool:
    return any(True for sequence in sequences for _ in _starts(tokens, sequence, begin, end))


def judge(reading: Reading, first: int, last: int, inside: tuple[int, ...]) -> tuple[Grade, Doubt]:
    """Say how a phrase between two tokens was meant."""
    tokens, negators = reading.tokens, _negators(reading)
    if any(index in negators for index in inside):
        return Grade.DENIED, Doubt.NONE
    begin = last_break(tokens, first, ".?") + 1
    # "but" opens a new thought: what was denied before it is no longer.
    begin = max([begin, *(i + 1 for i in range(begin, first) if tokens[i].word in _TURNS)])
    clause = max(begin, last_break(tokens, first, ",") + 1)
    here = [index for index in range(clause, first) if index in negators]
    if len(here) > 1 and here[-1] - here[-2] <= DOUBLE_TOKENS:
        return Grade.UNSURE, Doubt.NEGATION
    if here:
        return _judge_negation(tokens, here[-1], first)
    before = [
        index
        for index in range(begin, max(begin, clause - 1))
        if index in negators and tokens[index].word not in _OF_ONE_THING
    ]
    if before and first - before[-1] <= NEAR_TOKENS:
        between = [tokens[index].word for index in range(before[-1] + 1, first)]
        # "I cannot, and I will not, ..." ends its clause with the negation; "it did not ship, ..." does not.
        if all(word in _LEFT_OPEN for word in between[: clause - 2 - before[-1]]):
            return Grade.DENIED, Doubt.NONE
        goes_on = _COMMITTING_STEMS.intersection(between) or not _RESTARTS.intersection(between)
        if goes_on and not HAN.match(tokens[before[-1]].word):
            return Grade.UNSURE, Doubt.NEGATION
    rest = reading.folded[tokens[last].end :].lstrip()
    if _CAN_NOT_ZH.match(rest) or _NO_MORE_ZH.match(rest) or _NO_MORE_EN.match(rest):
        return Grade.DENIED, Doubt.NONE
    return _judge_mood(tokens, begin, clause, first, last)


def _judge_negation(tokens: Sequence[Token], negator: int, first: int) -> tuple[Grade, Doubt]:
    between = [tokens[index].word for index in range(negator + 1, first)]
    if len(between) > NEAR_TOKENS:
        return Grade.UNSURE, Doubt.NEGATION
    if _SUBJECTS.intersection(between) and not _COMMITTING_STEMS.intersection(between):
        return Grade.UNSURE, Doubt.NEGATION
    return Grade.DENIED, Doubt.NONE


def _judge_mood(
    tokens: Sequence[Token], begin: int, clause: int, first: int, last: int
) -> tuple[Grade, Doubt]:
    stop = next_break(tokens, last, ".?,")
    asks = stop < len(tokens) and tokens[stop].word == "?"
    asks = asks or (stop > last + 1 and tokens[stop - 1].word in _TAGS_ZH)
    if asks or _holds(tokens, _A_NOT_A_WORDS, clause, last + 1):
        return Grade.UNSURE, Doubt.QUESTION
    if _holds(tokens, _REPORT_WORDS, clause, first):
        return Grade.UNSURE, Doubt.REPORTED
    if _holds(tokens, _CONDITION_WORDS, begin, first):
        return Grade.UNSURE, Doubt.CONDITION
    return Grade.STATED, Doubt.NONE
