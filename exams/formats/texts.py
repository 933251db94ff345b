"""Texts in both languages from words that are in one, or in both."""

from __future__ import annotations

import re

from exams.formats.plain import to_plain
from exams.formats.questions import Words
from exams.items import Text

_HAN = re.compile("[\u3400-\u9fff]")
_LETTER = re.compile(r"[^\W\d_]")

NAMES = {
    "stem": Text(zh="题目", en="question"),
    "option": Text(zh="选项", en="option"),
    "prompt": Text(zh="左边", en="prompt"),
    "feedback": Text(zh="解析", en="feedback"),
    "rationale": Text(zh="理由", en="rationale"),
    "unit": Text(zh="单位", en="unit"),
}
NO_UNIT = Text(zh="（数值）", en="(number)")
NO_FEEDBACK = Text(zh="导入的题目没有解析。", en="This question was imported without feedback.")


class NotHeldError(ValueError):
    """Something our bank cannot hold; the message says what and how to mend it."""


class Translator:
    """Gives the words of one question in both languages and keeps notes of what a person has to do."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.notes: list[str] = []
        self._untranslated = False

    def text(self, words: Words, name: str, *, number: int = 0, longest_zh: int | None = None) -> Text:
        """Return the words as a text; raises NotHeldError for none, or what plain words cannot say."""
        plain = to_plain(words)
        if plain.media:
            raise NotHeldError(
                f"its {name} holds {plain.media[0][:120]}, and the bank holds no pictures, sound, film or "
                "drawn formulas: say it in words."
            )
        label = NAMES[name]
        if not plain.zh or not plain.en:
            raise NotHeldError(f"its {name} is empty: write it.")
        if plain.multilingual:
            return Text(zh=plain.zh, en=plain.en)
        said = plain.zh
        if _LETTER.search(said):
            self._note_once()
        mark = f" {number}" if number else ""
        zh = en = said
        if _HAN.search(said):
            en = f"[to be translated: {label.en}{mark}]"
        if longest_zh is not None and len(said) > longest_zh and self.language == "en":
            zh = f"［待翻译：{label.zh}{mark}］"
        return Text(zh=zh, en=en)

    def note(self, message: str) -> None:
        """Keep a sentence about the question for the person who imports."""
        self.notes.append(message)

    def _note_once(self) -> None:
        if not self._untranslated:
            self._untranslated = True
            other = "English" if self.language == "zh" else "Chinese"
            self.note(f"its texts are in one language: write the {other} ones before anybody sits it.")
