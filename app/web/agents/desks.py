"""A play as pages show it: the customers with their messages, and the report with its sentences."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from app.web.i18n import locale_code
from exams.chat.play import Conversation, Play, Terms
from exams.chat.script import END_NAMES, PART_NAMES, End, Part, Script


@dataclasses.dataclass(frozen=True, kw_only=True)
class Desk:
    """One candidate's three conversations at one moment. `sequence` is the next line's number."""

    script: Script
    play: Play
    terms: Terms
    language: str
    sequence: int
    is_over: bool = False

    def customers(self) -> list[dict[str, Any]]:
        """Return each customer as plain values: what the page shows and its script draws again."""
        return [self._customer(conversation) for conversation in self.play.conversations]

    def news(self) -> dict[str, object]:
        """Return what the page's script asks for every second."""
        return {"customers": self.customers(), "sequence": self.sequence, "all_done": self.play.is_over}

    def chosen(self, wanted: str) -> str:
        """Return the conversation to have in sight: the wanted one, or who has waited longest."""
        here = [found for found in self.play.conversations if found.opened_at is not None]
        if any(found.consumer == wanted for found in here):
            return wanted
        waiting = [found for found in here if found.waiting_since is not None]
        if not waiting:
            return here[0].consumer
        return min(waiting, key=lambda found: found.waiting_since or 0.0).consumer

    def _customer(self, conversation: Conversation) -> dict[str, Any]:
        consumer = self.script.consumer(conversation.consumer)
        is_here = conversation.opened_at is not None
        waiting = conversation.waiting_since
        return {
            "id": consumer.id,
            "name": consumer.name.in_language(self.language),
            "here": is_here,
            "facts": [fact.in_language(self.language) for fact in consumer.facts] if is_here else [],
            "end": END_NAMES[conversation.end].in_language(locale_code()) if conversation.end else None,
            "gone": conversation.end in (End.LEFT, End.CLOSED),
            "waiting": None if waiting is None else max(0, int(self.play.now - waiting)),
            "messages": [
                {
                    "mine": message.by_candidate,
                    "text": message.text,
                    "at": f"{int(message.at) // 60}:{int(message.at) % 60:02d}",
                }
                for message in conversation.messages
            ],
        }


def show_transcript(script: Script, play: Play) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return each customer's name with the whole conversation."""
    desk = Desk(script=script, play=play, terms=Terms(), language=locale_code(), sequence=1)
    return [(customer["name"], customer["messages"]) for customer in desk.customers()]


def show_report(script: Script, report: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored report (`exams.chat.score.Report.to_json`) in the reader's language.

    Customers come in the script's order: PostgreSQL keeps the keys of JSON in one of its own.
    """
    language = locale_code()
    names = {consumer.id: consumer.name.in_language(language) for consumer in script.consumers}
    words = "en" if language.startswith("en") else "zh"
    parts = []
    for part in report["parts"]:
        parts.append(
            {
                "name": PART_NAMES[Part(part["part"])].in_language(language),
                "weight": part["weight"],
                "points": part["weight"] * part["share"],
                "customers": [
                    {
                        "name": names[consumer],
                        "points": part["weight"] * scored["share"] / len(part["consumers"]),
                        "most": part["weight"] / len(part["consumers"]),
                        "notes": [
                            {"text": note[words], "good": note["good"], "sentences": note["sentences"]}
                            for note in scored["notes"]
                        ],
                    }
                    for consumer, scored in _in_order(script, part["consumers"])
                ],
            }
        )
    return {
        "percent": 100 * report["share"],
        "parts": parts,
        "ends": [
            (names[consumer], END_NAMES[End(end)].in_language(language) if end else _("没有聊完"))
            for consumer, end in _in_order(script, report["ends"])
        ],
        "untimed": len(report["parts"]) < len(Part),
        "flags": [
            {"name": names[flag["consumer"]], "text": flag[words], "sentence": flag["sentence"]}
            for flag in report["flags"]
        ],
    }


def _in_order(script: Script, by_consumer: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(one.id, by_consumer[one.id]) for one in script.consumers if one.id in by_consumer]
