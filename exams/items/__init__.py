"""What a question is, and the part of it a candidate may see.

Each kind is one class below `Item` with its own key; `exams.marking` holds one marker a kind. A new kind is
one such class, its row in `ITEM_TYPES`, and its marker; the bank's loader reads the fields from the class.

`CandidateItem` is a separate value without key, rationale and feedback: pages are given that one, so a key
cannot reach a page by mistake.
"""

from __future__ import annotations

from collections.abc import Mapping

from exams.items.answered import MultipleItem, NumericItem, ShortAnswerItem, SingleItem, TrueFalseItem
from exams.items.arranged import MatchingItem, OrderingItem
from exams.items.base import CandidateItem, ChoiceItem, Item, ItemError, Option
from exams.items.chats import ChatItem
from exams.items.typed import Speed, TypingItem
from exams.items.vocabulary import (
    ASKED_BY_NAME,
    KIND_NAMES,
    TOPIC_NAMES,
    Difficulty,
    Flaw,
    Kind,
    Text,
    Topic,
)

ITEM_TYPES: Mapping[Kind, type[Item]] = {
    item_type.kind: item_type
    for item_type in (
        SingleItem,
        MultipleItem,
        TrueFalseItem,
        ShortAnswerItem,
        NumericItem,
        OrderingItem,
        MatchingItem,
        TypingItem,
        ChatItem,
    )
}

__all__ = [
    "ASKED_BY_NAME",
    "ITEM_TYPES",
    "KIND_NAMES",
    "TOPIC_NAMES",
    "CandidateItem",
    "ChatItem",
    "ChoiceItem",
    "Difficulty",
    "Flaw",
    "Item",
    "ItemError",
    "Kind",
    "MatchingItem",
    "MultipleItem",
    "NumericItem",
    "Option",
    "OrderingItem",
    "ShortAnswerItem",
    "SingleItem",
    "Speed",
    "Text",
    "Topic",
    "TrueFalseItem",
    "TypingItem",
]
