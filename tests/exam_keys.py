"""Right and wrong answers to exam forms, read from the bank's keys: what a browser would send."""

from __future__ import annotations

from exams.bank import Bank
from exams.forms import Form
from exams.items import (
    Item,
    Kind,
    MatchingItem,
    MultipleItem,
    NumericItem,
    OrderingItem,
    ShortAnswerItem,
    SingleItem,
    TrueFalseItem,
    TypingItem,
)


def right_values(item: Item) -> list[str]:
    """Return what a form sends when the question is answered rightly."""
    match item:
        case SingleItem():
            return [item.key]
        case MultipleItem():
            return list(item.key)
        case TrueFalseItem():
            return ["true" if item.key else "false"]
        case ShortAnswerItem():
            return [item.key[0]]
        case NumericItem():
            return [str(item.key)]
        case OrderingItem():
            return [f"{line}={place}" for place, line in enumerate(item.key, start=1)]
        case MatchingItem():
            return [f"{prompt}={option}" for prompt, option in item.key]
        case TypingItem():
            return [item.passage.zh]
        case _:
            raise TypeError(f"{type(item).__name__} has no known key")


def wrong_values(item: Item) -> list[str]:
    """Return what a form sends when the question is answered wrongly."""
    match item:
        case SingleItem():
            return [next(option for option in item.option_ids if option != item.key)]
        case MultipleItem():
            return [next(option for option in item.option_ids if option not in item.key)]
        case TrueFalseItem():
            return ["false" if item.key else "true"]
        case ShortAnswerItem():
            return ["nothing of the kind"]
        case NumericItem():
            return [str(item.key + item.tolerance + 1)]
        case OrderingItem():
            return [f"{line}={place}" for place, line in enumerate(reversed(item.key), start=1)]
        case MatchingItem():
            wrong = {prompt: next(o for o in item.option_ids if o != option) for prompt, option in item.key}
            return [f"{prompt}={option}" for prompt, option in wrong.items()]
        case TypingItem():
            return ["nothing of the kind"]
        case _:
            raise TypeError(f"{type(item).__name__} has no known key")


def answers_for(form: Form, bank: Bank, *, right: int) -> dict[str, list[str]]:
    """Return values by item id: the first `right` questions rightly, the others wrongly.

    Conversations are left out: no form answers them.
    """
    items = [bank.item(question.item_id, question.version) for question in form.questions]
    answered = [item for item in items if item.kind is not Kind.CHAT]
    return {
        item.id: (right_values if place < right else wrong_values)(item)
        for place, item in enumerate(answered)
    }
