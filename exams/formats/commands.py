"""`zuoxi exams import` and `zuoxi exams export`: questions from and for other systems."""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from exams.bank import BankError, load_bank
from exams.bank.loader import SHIPPED
from exams.formats.bank_files import FolderError, write_bank
from exams.formats.exporting import export_items
from exams.formats.gift_writer import write_gift
from exams.formats.importing import Import, import_questions
from exams.formats.moodle_writer import write_moodle_xml
from exams.formats.qti_writer import write_qti_package
from exams.formats.questions import Category, Finding, FormatError, Question, Watch
from exams.formats.source import read_questions
from exams.items import Topic

_NOTHING = "nothing was written"
LEFT_OUT = 3
"""The exit code of an import that left questions out, as it was asked to."""


def _encoded(write: Callable[[Sequence[Question | Category]], str]) -> Callable[..., bytes]:
    return lambda entries: write(entries).encode()


_WRITERS: Mapping[str, Callable[..., bytes]] = {
    "gift": _encoded(write_gift),
    "moodle-xml": _encoded(write_moodle_xml),
    "qti": write_qti_package,
}


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Read and judge the file, write nothing.")
@click.option(
    "--skip",
    "--skip-unsupported",
    "skip",
    is_flag=True,
    help="Leave out questions that the bank cannot hold, and take the others.",
)
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path),
    help="A new folder for the bank's files; without it FILE's name with -bank behind it.",
)
@click.option(
    "--language", type=click.Choice(["zh", "en"]), help="Of the texts; without it their characters decide."
)
@click.option(
    "--topic",
    type=click.Choice([topic.value for topic in Topic]),
    help="For questions whose category names none of ours.",
)
def import_file(
    file: Path, dry_run: bool, skip: bool, folder: Path | None, language: str | None, topic: str | None
) -> None:
    """Make bank files of FILE, which holds questions in GIFT, Moodle XML or QTI 2 (an item, test or package).

    Every question that the bank cannot hold is named with its line, the reason and how to mend it. Exits 0
    when there is none; 1 when there is one, and nothing is written; 3 when --skip left some out and took the
    others. What a person should look at afterwards (texts to translate, feedback to write) is told as notes,
    which change nothing. With --dry-run the exit code is the same and nothing is written.
    """
    folder = folder or Path(f"{file.stem}-bank")
    try:
        name, entries = read_questions(file, _watch("Reading"))
    except FormatError as error:
        _tell(error.findings, file.name)
        raise click.ClickException(f"{file.name} cannot be read; {_NOTHING}.") from None
    found = import_questions(
        entries,
        file=file.name,
        language=language,
        topic=Topic(topic) if topic else None,
        watch=_watch("Checking"),
    )
    _tell(found.problems, file.name)
    _tell(found.notes, file.name, prefix="note: ")
    count = len(found.items) + len(found.problems)
    click.echo(_summary(name, count, found))
    if found.problems and not skip:
        raise click.ClickException(
            f"{len(found.problems)} of {count} questions cannot be held; {_NOTHING}. --skip leaves them out."
        )
    if not found.items:
        click.echo(f"there is no question to write; {_NOTHING}")
    elif dry_run:
        click.echo(f"dry run: {_NOTHING}")
    else:
        _write(found, folder)
    if found.problems:
        click.echo(f"left out: {len(found.problems)} of {count} questions", err=True)
        sys.exit(LEFT_OUT)


def _watch(label: str) -> Watch:
    """Show a bar where a person looks on; a file of thousands of questions takes a while."""

    def watched(things: Sequence[Any]) -> Iterator[Any]:
        hidden = not sys.stderr.isatty()
        with click.progressbar(things, label=label, file=sys.stderr, hidden=hidden) as bar:
            yield from bar

    return watched


def _write(found: Import, folder: Path) -> None:
    try:
        names = write_bank(found.items, folder)
    except (FolderError, BankError, OSError) as error:
        raise click.ClickException(f"{error}\n{_NOTHING}") from None
    click.echo(f"written to {folder}: {', '.join(names)}")


def _summary(name: str, count: int, found: Import) -> str:
    kinds = Counter(item.kind.value for item in found.items)
    held = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items())) or "none"
    return f"{name}, language {found.language}: {len(found.items)} of {count} questions can be held ({held})"


@click.command("export")
@click.argument("format_name", metavar="FORMAT", type=click.Choice(sorted(_WRITERS)))
@click.option(
    "--bank",
    "bank_folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=SHIPPED,
    help="The folder of the bank; without it the one we ship.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file; without it standard output.",
)
def export_bank(format_name: str, bank_folder: Path, output: Path | None) -> None:
    """Write the bank's questions as FORMAT (gift, moodle-xml or qti), in their newest versions.

    Both languages go along. A qti export is a zip package of QTI 2.2. Items that the format cannot hold are
    named and left out.
    """
    try:
        bank = load_bank(bank_folder)
    except BankError as error:
        raise click.ClickException(f"{error}\n{len(error.faults)} faults in the bank; {_NOTHING}.") from None
    entries, findings = export_items(bank.current)
    for finding in findings:
        click.echo(f"left out: {finding.message}", err=True)
    content = _WRITERS[format_name](entries)
    count = sum(isinstance(entry, Question) for entry in entries)
    if output is None:
        click.echo(content, nl=False)
    else:
        _replace(output, content)
    click.echo(f"{count} questions written, {len(findings)} left out", err=True)


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever reads half of it."""
    try:
        handle, beside = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from None
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(beside).chmod(0o644)
    os.replace(beside, path)


def _tell(findings: Sequence[Finding], file: str, *, prefix: str = "") -> None:
    for finding in findings:
        click.echo(f"{prefix}{finding.told(file)}", err=True)
