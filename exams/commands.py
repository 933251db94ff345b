"""`zuoxi exams ...`: check the bank, print a form, analyse answers. Needs neither database nor server."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import click

from exams.analysis_command import analyse_responses
from exams.bank import Bank, BankError, load_bank
from exams.bank.cues import find_cues
from exams.bank.loader import SHIPPED
from exams.blueprints import BLUEPRINTS
from exams.chat.commands import check_chats, play_chat
from exams.formats.commands import export_bank, import_file
from exams.forms import BlueprintError, assemble_form, find_gaps, show_question
from exams.integrity.command import check_integrity
from exams.irt.ability_commands import score_responses, simulate_adaptive
from exams.irt.commands import calibrate_items
from exams.items import KIND_NAMES, TOPIC_NAMES, CandidateItem, Kind, Topic

BankFolder = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group("exams")
def exams_group() -> None:
    """The question bank, forms, item analysis and calibration."""


exams_group.add_command(analyse_responses)
exams_group.add_command(calibrate_items)
exams_group.add_command(score_responses)
exams_group.add_command(simulate_adaptive)
exams_group.add_command(check_integrity)

exams_group.add_command(check_chats)
exams_group.add_command(play_chat)
exams_group.add_command(import_file)
exams_group.add_command(export_bank)


@exams_group.command("check-bank")
@click.argument("folder", type=BankFolder, default=SHIPPED)
def check_bank(folder: Path) -> None:
    """Read every file of FOLDER (the shipped bank by default) and say what is in it and what to mend.

    Exits 1 when a file has a fault, an exam cannot be filled, or the keys can be guessed.
    """
    bank = _load(folder)
    scored = [item for item in bank.current if not item.practice]
    counts = Counter((item.topic, item.kind) for item in scored)
    click.echo(f"{len(scored)} questions, {len(bank.current) - len(scored)} for practice")
    for topic in Topic:
        kinds = [f"{counts[topic, kind]} {kind.value}" for kind in Kind if counts[topic, kind]]
        click.echo(f"  {TOPIC_NAMES[topic].en}: {', '.join(kinds) or 'none'}")
    faults = [
        f"{blueprint.id}: {gap.missing} more of {gap.quota} needed"
        for blueprint in BLUEPRINTS.values()
        for gap in find_gaps(bank, blueprint)
    ]
    faults += find_cues(scored)
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        sys.exit(1)
    click.echo(f"every exam can be filled: {', '.join(BLUEPRINTS)}")


@exams_group.command("form")
@click.option("--seed", type=int, required=True, help="The same seed gives the same form.")
@click.option("--exam", type=click.Choice(list(BLUEPRINTS)), default="base", show_default=True)
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option("--bank", "folder", type=BankFolder, default=SHIPPED, help="Another bank's folder.")
@click.option("--json", "as_json", is_flag=True, help="Print the form as it is stored with an attempt.")
def print_form(seed: int, exam: str, language: str, folder: Path, as_json: bool) -> None:
    """Print a form as a candidate would see it, without keys."""
    bank = _load(folder)
    blueprint = BLUEPRINTS[exam]
    try:
        form = assemble_form(bank, blueprint, seed)
    except BlueprintError as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        click.echo(json.dumps(form.to_json(), ensure_ascii=False, indent=2))
        return
    click.echo(f"{blueprint.title.in_language(language)} ({len(form.questions)}, {form.minutes} min)")
    for number, question in enumerate(form.questions, start=1):
        click.echo(_write_question(number, show_question(bank, question), language))


def _load(folder: Path) -> Bank:
    try:
        return load_bank(folder)
    except BankError as error:
        for fault in error.faults:
            click.echo(str(fault), err=True)
        raise click.ClickException(f"{len(error.faults)} faults in the bank.") from None


def _write_question(number: int, item: CandidateItem, language: str) -> str:
    lines = [f"\n{number}. [{KIND_NAMES[item.kind].in_language(language)}] {item.stem.in_language(language)}"]
    lines += [f"   - {prompt.text.in_language(language)} ____" for prompt in item.prompts]
    lines += [f"   {option.id}) {option.text.in_language(language)}" for option in item.options]
    if item.passage is not None:
        lines.append(f"   {item.passage.in_language(language)}")
    if item.unit is not None:
        lines.append(f"   ____ {item.unit.in_language(language)}")
    return "\n".join(lines)
