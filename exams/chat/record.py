"""A play as it is stored with an exam's answers: enough to play and score it again, anywhere."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from exams.chat.loader import get_script
from exams.chat.play import Line, LineKind, Terms
from exams.chat.score import Report, score_play


@dataclasses.dataclass(frozen=True, kw_only=True)
class Record:
    """Which script was played, in which language, on which terms, what the candidate did, when it ended.

    `ended_at` is in seconds since the start, like the times of the lines.
    """

    script: str
    language: str
    terms: Terms
    lines: tuple[Line, ...]
    ended_at: float

    def score(self) -> Report:
        """Return what the play is worth. Raises UnknownScriptError for a script that is no longer shipped."""
        return score_play(
            get_script(self.script),
            self.lines,
            ended_at=self.ended_at,
            terms=self.terms,
            language=self.language,
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a JSON column; `from_json` gives the same record back.

        All numbers are whole, so that the exam's evidence has one way to write them: times in milliseconds,
        the pace in hundredths.
        """
        return {
            "script": self.script,
            "language": self.language,
            "pace_percent": round(100 * self.terms.pace),
            "timed": self.terms.timed,
            "at_once": self.terms.at_once,
            "lines": [
                {
                    "at_ms": round(1000 * line.at),
                    "consumer": line.consumer,
                    "kind": line.kind.value,
                    "text": line.text,
                }
                for line in self.lines
            ],
            "ended_at_ms": round(1000 * self.ended_at),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Record:
        """Return the record that `to_json` wrote. KeyError, TypeError, ValueError: it did not."""
        return cls(
            script=value["script"],
            language=value["language"],
            terms=Terms(pace=value["pace_percent"] / 100, timed=value["timed"], at_once=value["at_once"]),
            lines=tuple(
                Line(
                    at=line["at_ms"] / 1000,
                    consumer=line["consumer"],
                    kind=LineKind(line["kind"]),
                    text=line["text"],
                )
                for line in value["lines"]
            ),
            ended_at=value["ended_at_ms"] / 1000,
        )
