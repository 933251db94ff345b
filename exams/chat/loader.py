"""Read the scripts' TOML files; name every fault with its file, its place and its mend."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from exams.bank.fields import UnreadableError, read_choice
from exams.chat.script import (
    DEFAULT_WEIGHTS,
    TURN_ENDS,
    Card,
    Consumer,
    Forbidden,
    Intent,
    Must,
    MustKind,
    Part,
    Rule,
    Script,
    Turn,
    Wanted,
)
from exams.chat.wording import Phrase
from exams.items import Text, Topic

SHIPPED = Path(__file__).parent / "scripts"
COMMON = Path(__file__).parent / "common.toml"

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class ScriptError(ValueError):
    """Scripts that cannot be used; `faults` holds all that was found, one sentence each."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class UnknownScriptError(KeyError):
    """No such script, or no such version of it."""

    def __str__(self) -> str:
        return str(self.args[0])


@functools.cache
def shipped_scripts() -> Mapping[str, Script]:
    """Return the scripts that come with this package by id, in order of id; read once."""
    return load_scripts(SHIPPED)


def get_script(script_id: str) -> Script:
    """Return a shipped script. Raises UnknownScriptError."""
    try:
        return shipped_scripts()[script_id]
    except KeyError:
        raise UnknownScriptError(f"there is no chat script {script_id!r}") from None


def load_scripts(folder: Path) -> Mapping[str, Script]:
    """Read every `*.toml` of a folder, in order of name. Raises ScriptError with all faults."""
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise ScriptError([f"{folder}: there is no .toml file here."])
    scripts: dict[str, Script] = {}
    faults: list[str] = []
    for path in paths:
        try:
            script = load_script(path)
        except ScriptError as error:
            faults.extend(error.faults)
            continue
        if script.id in scripts:
            faults.append(f"{path.name}: the id {script.id!r} is taken by another file: choose another.")
        scripts[script.id] = script
    if faults:
        raise ScriptError(faults)
    return dict(sorted(scripts.items()))


def load_script(path: Path) -> Script:
    """Read one file. Raises ScriptError with all its faults."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ScriptError(
            [f"{path.name}: it is not readable TOML in UTF-8 ({error}): correct it there."]
        ) from None
    reader = _Reader(path.name)
    script = reader.read_script(content)
    if reader.faults or script is None:
        raise ScriptError(reader.faults)
    return script


@functools.cache
def common_intents() -> Mapping[str, Intent]:
    """Return the intents that every script has: greeting, hold, closing and the like."""
    reader = _Reader(COMMON.name)
    intents = reader.read_intents(tomllib.loads(COMMON.read_text(encoding="utf-8")).get("intents"))
    if reader.faults:
        raise ScriptError(reader.faults)
    return intents


class _Reader:
    """Collects faults while it reads, so that an author sees all of them at once."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[str] = []
        self.known: Mapping[str, Intent] = {}

    def fault(self, place: str, message: str) -> None:
        self.faults.append(f"{self.file}, {place}: {message}")

    def read_script(self, content: Mapping[str, Any]) -> Script | None:
        fields = self.table("the file", content, _SCRIPT_FIELDS)
        self.known = {**common_intents(), **self.read_intents(fields.get("intents", {}))}
        topic = self.choice("topic", Topic, fields.get("topic"))
        weights = self.read_weights(fields.get("weights"))
        tables = fields.get("consumer")
        if not isinstance(tables, list) or len(tables) != 3:
            self.fault("the file", "it needs exactly three [[consumer]].")
            tables = []
        consumers = tuple(self.read_consumer(table) for table in tables)
        if len({consumer.id for consumer in consumers}) < len(consumers):
            self.fault("the file", "two consumers have the same id: give each its own.")
        opening = [consumer.opens for consumer in consumers]
        if opening != sorted(opening):
            self.fault("the file", "the consumers do not stand in the order in which they open: sort them.")
        values: dict[str, Any] = {
            "id": self.name("the file", fields.get("id")),
            "version": self.number("version", fields.get("version"), 1),
            "practice": fields.get("practice", False) is True,
            "title": self.text("title", fields.get("title")),
            "situation": self.text("situation", fields.get("situation")),
            "minutes": self.number("minutes", fields.get("minutes"), 1),
            "cards": tuple(self.read_card(number, card) for number, card in self.entries(fields, "card")),
            "quick": self.texts("quick", fields.get("quick", [])),
            "hints": self.texts("hints", fields.get("hints", [])),
        }
        if topic is None or self.faults:
            return None
        return Script(topic=topic, weights=weights, intents=self.known, consumers=consumers, **values)

    def read_intents(self, value: object) -> dict[str, Intent]:
        intents = {}
        for name, given in (value if isinstance(value, Mapping) else {}).items():
            place = f"intent {name}"
            fields = self.table(place, given, _INTENT_FIELDS)
            for language in ("zh", "en"):
                if not fields.get(language):
                    self.fault(place, f"{language} has no phrase: list what people write.")
            intents[name] = Intent(
                id=name,
                phrases=self.phrases(place, fields, "zh", "en"),
                maybe=self.phrases(place, fields, "maybe_zh", "maybe_en"),
            )
        return intents

    def phrases(self, place: str, fields: Mapping[str, Any], *names: str) -> tuple[Phrase, ...]:
        found = []
        for name in names:
            given = fields.get(name, [])
            if not isinstance(given, list) or not all(isinstance(entry, str) for entry in given):
                self.fault(place, f'{name} is not a list of phrases: write ["...", "..."].')
                continue
            for entry in given:
                try:
                    found.append(Phrase(entry))
                except ValueError as error:
                    self.fault(place, str(error))
        return tuple(found)

    def read_weights(self, value: object) -> Mapping[Part, int]:
        if value is None:
            return DEFAULT_WEIGHTS
        weights = self.table("weights", value, frozenset(Part))
        if set(weights) != set(Part) or not all(isinstance(n, int) and n >= 0 for n in weights.values()):
            self.fault("weights", f"give a whole number of 0 or more for each of {', '.join(Part)}.")
            return DEFAULT_WEIGHTS
        if weights[Part.MUSTS] + weights[Part.PROMISES] + weights[Part.TONE] + weights[Part.RATIO] == 0:
            self.fault("weights", "nothing is left where time is not scored: weigh another part.")
        return {part: weights[part] for part in Part}

    def read_card(self, number: int, value: object) -> Card:
        place = f"card {number}"
        fields = self.table(place, value, frozenset(("title", "lines")))
        return Card(
            title=self.text(f"{place}, title", fields.get("title")),
            lines=self.texts(f"{place}, lines", fields.get("lines")),
        )

    def read_consumer(self, value: object) -> Consumer:
        fields = self.table("a consumer", value, _CONSUMER_FIELDS)
        name = self.name("a consumer", fields.get("id"))
        place = f"consumer {name}"
        turn_ids = tuple(turn.get("id", "") for _, turn in self.entries(fields, "turn"))
        goals = (*turn_ids, *TURN_ENDS)
        turns = tuple(self.read_turn(place, turn, goals) for _, turn in self.entries(fields, "turn"))
        if not turns:
            self.fault(place, "it has no turn: begin each with [[consumer.turn]].")
        if len(set(turn_ids)) < len(turn_ids):
            self.fault(place, "two turns have the same id: give each its own.")
        return Consumer(
            id=name,
            name=self.text(f"{place}, name", fields.get("name")),
            opens=self.number(f"{place}, opens", fields.get("opens"), 0),
            patience=self.number(f"{place}, patience", fields.get("patience", 45), 10),
            facts=self.texts(f"{place}, facts", fields.get("facts")),
            opening=self.texts(f"{place}, opening", fields.get("opening")),
            nudges=self.texts(f"{place}, nudges", fields.get("nudges")),
            leaving=self.texts(f"{place}, leaving", fields.get("leaving")),
            farewell=self.text(f"{place}, farewell", fields.get("farewell")),
            turns=turns,
            musts=tuple(self.read_must(place, must) for _, must in self.entries(fields, "must")),
            forbidden=tuple(
                self.read_forbidden(place, entry, goals) for _, entry in self.entries(fields, "forbidden")
            ),
        )

    def read_turn(self, owner: str, value: object, goals: Sequence[str]) -> Turn:
        fields = self.table(owner, value, _TURN_FIELDS)
        place = f"{owner}, turn {fields.get('id')}"
        rules = []
        for number, entry in self.entries(fields, "rules"):
            at = f"{place}, rule {number}"
            rule = self.table(at, entry, frozenset(("when", "say", "go")))
            rules.append(
                Rule(
                    when=self.wanted(at, rule.get("when")),
                    say=self.texts(f"{at}, say", rule.get("say")),
                    go=self.goal(at, rule.get("go"), goals),
                )
            )
        if not rules:
            self.fault(place, "it has no rules, so nothing the candidate writes leads on: add one.")
        return Turn(
            id=self.name(place, fields.get("id")),
            rules=tuple(rules),
            otherwise=self.texts(f"{place}, otherwise", fields.get("otherwise")),
            then=self.goal(f"{place}, then", fields.get("then"), goals),
            then_say=self.texts(f"{place}, then_say", fields.get("then_say")),
            model=self.texts(f"{place}, model", fields.get("model")),
        )

    def read_must(self, owner: str, value: object) -> Must:
        fields = self.table(owner, value, frozenset(("id", "kind", "when", "text", "points")))
        place = f"{owner}, must {fields.get('id')}"
        return Must(
            id=self.name(place, fields.get("id")),
            kind=self.choice(f"{place}, kind", MustKind, fields.get("kind")) or MustKind.SAY,
            when=self.wanted(place, fields.get("when")),
            text=self.text(f"{place}, text", fields.get("text")),
            points=self.number(f"{place}, points", fields.get("points", 1), 1),
        )

    def read_forbidden(self, owner: str, value: object, goals: Sequence[str]) -> Forbidden:
        fields = self.table(owner, value, _FORBIDDEN_FIELDS)
        place = f"{owner}, forbidden {fields.get('id')}"
        return Forbidden(
            id=self.name(place, fields.get("id")),
            when=self.wanted(place, fields.get("when")),
            text=self.text(f"{place}, text", fields.get("text")),
            grave=fields.get("grave", False) is True,
            say=self.texts(f"{place}, say", fields.get("say", [])),
            go=self.goal(place, fields["go"], goals) if "go" in fields else None,
            example=self.text(f"{place}, example", fields.get("example")),
            counter=self.text(f"{place}, counter", fields.get("counter")),
        )

    def wanted(self, place: str, value: object) -> Wanted:
        """Read ["one", "two+three"]: one, or both two and three."""
        if not isinstance(value, list) or not value or not all(isinstance(entry, str) for entry in value):
            self.fault(place, 'when is not a list of intents: write ["one", "two+three"].')
            return Wanted(alternatives=())
        alternatives = tuple(tuple(entry.split("+")) for entry in value)
        for name in {name for names in alternatives for name in names} - set(self.known):
            self.fault(place, f"there is no intent {name!r}: write it under [intents.{name}].")
        return Wanted(alternatives=alternatives)

    def goal(self, place: str, value: object, goals: Sequence[str]) -> str:
        if value not in goals:
            self.fault(place, f"{value!r} is neither a turn nor an end: choose one of {', '.join(goals)}.")
            return TURN_ENDS[0]
        return str(value)

    def table(self, place: str, value: object, names: frozenset[str]) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            self.fault(place, "it is not a table.")
            return {}
        for name in sorted(set(value) - set(names)):
            self.fault(place, f"{name!r} is not known here: it holds {', '.join(sorted(names))}.")
        return value

    def entries(self, fields: Mapping[str, Any], name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
        value = fields.get(name, [])
        if not isinstance(value, list) or not all(isinstance(entry, Mapping) for entry in value):
            self.fault(name, "it is not a list of tables.")
            return iter(())
        return enumerate(value, start=1)

    def text(self, place: str, value: object) -> Text:
        if (
            not isinstance(value, Mapping)
            or set(value) != {"zh", "en"}
            or not all(isinstance(words, str) for words in value.values())
        ):
            self.fault(place, 'it needs exactly zh and en: write { zh = "...", en = "..." }.')
            return Text(zh="", en="")
        text = Text(zh=value["zh"], en=value["en"])
        for message in text.faults(place):
            self.faults.append(f"{self.file}, {message}")
        return text

    def texts(self, place: str, value: object) -> tuple[Text, ...]:
        entries = value if isinstance(value, list) else [value]
        return tuple(self.text(place, entry) for entry in entries)

    def name(self, place: str, value: object) -> str:
        if not isinstance(value, str) or not _ID.fullmatch(value):
            self.fault(place, f"the id {value!r} is not usable: write small letters, digits and hyphens.")
            return ""
        return value

    def number(self, place: str, value: object, least: int) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            self.fault(place, f"it is {value!r}: write a whole number of {least} or more.")
            return least
        return value

    def choice(self, place: str, choices: Any, value: object) -> Any:
        try:
            return read_choice(choices, value)
        except UnreadableError as error:
            self.fault(place, f"it {error}")
            return None


_SCRIPT_FIELDS = frozenset(
    (
        "id", "version", "topic", "practice", "title", "situation", "minutes", "weights", "card", "quick",
        "hints", "intents", "consumer",
    )
)  # fmt: skip
_INTENT_FIELDS = frozenset(("zh", "en", "maybe_zh", "maybe_en"))
_CONSUMER_FIELDS = frozenset(
    (
        "id", "name", "opens", "patience", "facts", "opening", "nudges", "leaving", "farewell", "turn",
        "must", "forbidden",
    )
)  # fmt: skip
_TURN_FIELDS = frozenset(("id", "rules", "otherwise", "then", "then_say", "model"))
_FORBIDDEN_FIELDS = frozenset(("id", "when", "text", "grave", "say", "go", "example", "counter"))
