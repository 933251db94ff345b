"""`zuoxi exams chat` and `zuoxi exams check-chats`: play and check chat scripts, for their authors."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import click

from exams.chat.check import find_faults
from exams.chat.loader import SHIPPED, ScriptError, load_scripts, shipped_scripts
from exams.chat.play import Line, LineError, LineKind, Play, Terms, check_line, clean, replay
from exams.chat.score import Report, score_play
from exams.chat.script import END_NAMES, PART_NAMES, Script
from exams.items import Text

HELP = (
    "1 text: answer the first customer.  1 q2: send quick phrase 2.  1 close.  Empty line: look.  end: score."
)

_HOW = Text(
    zh="请先写顾客的号码 1、2 或 3，空一格，再写内容。",
    en="Begin with the customer's number, 1 to 3, and a blank.",
)


@click.command("check-chats")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default=SHIPPED)
def check_chats(folder: Path) -> None:
    """Check every chat script of FOLDER (the shipped ones by default) and say what to mend.

    Each script is played as its author's model agent plays it, in both languages. Exits 1 with a fault.
    """
    try:
        scripts = load_scripts(folder)
    except ScriptError as error:
        for fault in error.faults:
            click.echo(fault, err=True)
        raise click.ClickException(f"{len(error.faults)} faults in the scripts.") from None
    found = 0
    for number, script in enumerate(scripts.values(), start=1):
        click.echo(f"{number} of {len(scripts)}: {script.id}, {script.title.en}")
        for fault in find_faults(script):
            click.echo(f"  {fault}", err=True)
            found += 1
    if found:
        raise click.ClickException(f"{found} faults in the scripts.")
    practice = sum(script.practice for script in scripts.values())
    click.echo(f"{len(scripts) - practice} scored scripts and {practice} for practice are sound")


@click.command("chat")
@click.argument("script_id", metavar="SCRIPT")
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option("--pace", type=click.FloatRange(1, 20), default=1.0, show_default=True, help="Times all waits.")
@click.option("--untimed", is_flag=True, help="Nobody loses patience and seconds are not scored.")
@click.option(
    "--at-once", type=click.IntRange(1, 3), default=3, show_default=True, help="Customers at a time."
)
def play_chat(script_id: str, language: str, pace: float, untimed: bool, at_once: int) -> None:
    """Play the chat SCRIPT here in the terminal and print what it is worth."""
    scripts = shipped_scripts()
    if script_id not in scripts:
        raise click.BadParameter(
            f"there is no script {script_id!r}: choose one of {', '.join(scripts)}.", param_hint="SCRIPT"
        )
    script = scripts[script_id]
    terms = Terms(pace=pace, timed=not untimed, at_once=at_once)
    started = time.monotonic()
    log, ended_at = play_in_terminal(
        script, terms=terms, language=language, clock=lambda: time.monotonic() - started
    )
    report = score_play(script, log, ended_at=ended_at, terms=terms, language=language)
    click.echo(write_report(script, report, language))


def play_in_terminal(
    script: Script, *, terms: Terms, language: str, clock: Callable[[], float]
) -> tuple[list[Line], float]:
    """Play until `end` or the end of the input; return the log and when it ended. `clock` gives seconds."""
    click.echo(f"{script.title.in_language(language)}\n{script.situation.in_language(language)}")
    for card in script.cards:
        click.echo(f"\n[{card.title.in_language(language)}]")
        for words in card.lines:
            click.echo(f"  {words.in_language(language)}")
    click.echo("")
    for number, phrase in enumerate(script.quick, start=1):
        click.echo(f"q{number}: {phrase.in_language(language)}")
    click.echo(f"\n{HELP}\n")
    log: list[Line] = []
    seen: set[tuple[str, float, str]] = set()
    while True:
        play = replay(script, log, now=clock(), terms=terms, language=language)
        _show_new(script, play, seen, language)
        if play.is_over:
            click.echo("-- everybody is served; write a last word, or end --")
        typed = sys.stdin.readline()
        if not typed or typed.strip() == "end":
            return log, clock()
        if typed.strip():
            try:
                log.append(_read_line(script, log, typed.strip(), terms, language, clock()))
            except LineError as error:
                click.echo(error.sentence.in_language(language))


def _read_line(script: Script, log: list[Line], typed: str, terms: Terms, language: str, now: float) -> Line:
    place, _, words = typed.partition(" ")
    if place not in ("1", "2", "3"):
        raise LineError(_HOW)
    consumer = script.consumers[int(place) - 1].id
    if words == "close":
        line = Line(at=now, consumer=consumer, kind=LineKind.CLOSE)
    elif words[:1] == "q" and words[1:].isdecimal() and 0 < int(words[1:]) <= len(script.quick):
        text = script.quick[int(words[1:]) - 1].in_language(language)
        line = Line(at=now, consumer=consumer, kind=LineKind.QUICK, text=text)
    else:
        line = Line(at=now, consumer=consumer, kind=LineKind.TYPED, text=clean(words))
    check_line(script, log, line, terms, language=language)
    return line


def _show_new(script: Script, play: Play, seen: set[tuple[str, float, str]], language: str) -> None:
    for number, consumer in enumerate(script.consumers, start=1):
        conversation = play.conversation(consumer.id)
        for message in conversation.messages:
            key = (consumer.id, message.at, message.text)
            if not message.by_candidate and key not in seen:
                seen.add(key)
                name = consumer.name.in_language(language)
                click.echo(f"{message.at:6.1f} s  {number} {name}: {message.text}")


def write_report(script: Script, report: Report, language: str) -> str:
    """Return the report as lines of text."""
    names = {consumer.id: consumer.name.in_language(language) for consumer in script.consumers}
    lines = [f"\n{100 * report.share:.1f} / 100"]
    for consumer, end in report.ends.items():
        lines.append(f"  {names[consumer]}: {END_NAMES[end].in_language(language) if end else '-'}")
    for part in report.parts:
        lines.append(f"{PART_NAMES[part.part].in_language(language)}: {part.points:.1f} / {part.weight:.1f}")
        for scored in part.consumers:
            lines.append(f"  {names[scored.consumer]} {scored.share:.2f}")
            for note in scored.notes:
                quoted = " | ".join(note.sentences)
                mark = "+" if note.is_good else "-"
                lines.append(f"    {mark} {note.text.in_language(language)}{': ' + quoted if quoted else ''}")
    for flag in report.flags:
        lines.append(
            f"? {names[flag.consumer]}, {flag.doubt}: {flag.text.in_language(language)}: {flag.sentence}"
        )
    return "\n".join(lines)
