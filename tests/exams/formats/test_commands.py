"""`zuoxi exams import` and `export`: there and back, all or nothing, and refusals."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from exams.bank import load_bank, shipped_bank
from exams.bank.loader import SHIPPED
from exams.commands import exams_group
from exams.items import ChoiceItem, Item, Kind, MatchingItem

NAMES = ("gift", "moodle-xml", "qti")
NOT_HELD = {Kind.TYPING, Kind.CHAT}


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(exams_group, [str(argument) for argument in arguments])


def meaning(item: Item) -> dict[str, Any]:
    """Return all that an item says, its options by their words instead of ids and places."""
    said = {field.name: getattr(item, field.name) for field in dataclasses.fields(item)} | {"kind": item.kind}
    if isinstance(item, ChoiceItem):
        words = {option.id: option.text for option in item.options}
        said["options"] = {(text.zh, text.en) for text in words.values()}
        if item.kind in (Kind.SINGLE, Kind.MULTIPLE):
            said["options"] = [option.text for option in item.options]
        if isinstance(item, MatchingItem):
            said["prompts"] = [prompt.text for prompt in item.prompts]
            right = dict(item.key)
            said["key"] = [words[right[prompt.id]] for prompt in item.prompts]
        else:
            key = [said["key"]] if isinstance(said["key"], str) else said["key"]
            said["key"] = [words[option_id] for option_id in key]
            said["key"] = said["key"] if item.kind is Kind.ORDERING else sorted(said["key"], key=str)
    return said


@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_bank_comes_back_with_the_same_meaning(name: str, tmp_path: Path) -> None:
    file, folder = tmp_path / f"bank.{name}", tmp_path / "bank"

    exported = run("export", name, "-o", file)
    imported = run("import", file, "-o", folder)

    assert exported.exit_code == 0, exported.output
    assert imported.exit_code == 0, imported.output
    assert "note:" not in imported.output
    held = {item.id: item for item in shipped_bank().current if item.kind not in NOT_HELD}
    assert {item.kind for item in held.values()} == set(Kind) - NOT_HELD
    back = {item.id: item for item in load_bank(folder).items}
    assert back.keys() == held.keys()
    for item_id, item in held.items():
        assert meaning(back[item_id]) == meaning(item)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_format_cannot_hold_is_named(name: str) -> None:
    exported = run("export", name)

    lost = [item for item in shipped_bank().current if item.kind in NOT_HELD]
    assert exported.exit_code == 0
    for item in lost:
        assert f"left out: {item.id} is a {item.kind} item, which the format has not." in exported.stderr
        assert item.id.encode() not in exported.stdout_bytes
    assert f"questions written, {len(lost)} left out" in exported.stderr


@pytest.mark.parametrize("name", NAMES)
def test_words_full_of_signs_come_back_as_they_were(name: str, tmp_path: Path) -> None:
    bank, file, folder = tmp_path / "from", tmp_path / "file", tmp_path / "to"
    bank.mkdir()
    stem = r"a: {b} = ~c #d -> \n <e> & &amp; -->  f \\ [html] ::g:: // *h* 1 < 2"
    literal = stem.replace("\\", "\\\\")
    (bank / "tools.toml").write_text(
        'topic = "tools"\n[[item]]\nid = "signs"\nversion = 3\nkind = "short_answer"\ndifficulty = "hard"\n'
        f'stem = {{ zh = "{literal}\\n下一行", en = "{literal}" }}\n'
        'key = ["<b>*</b>", "a=b: {c} #\\\\ ~"]\n'
        f'points = 2\npractice = true\nrationale = {{ zh = "{literal}", en = "{literal}" }}\n'
        f'feedback = {{ zh = "{literal}", en = "// {literal}" }}\n',
        encoding="utf-8",
    )

    assert run("export", name, "--bank", bank, "-o", file).exit_code == 0
    imported = run("import", file, "-o", folder)

    assert imported.exit_code == 0, imported.output
    assert load_bank(folder).items == load_bank(bank).items


def test_a_question_that_cannot_be_held_refuses_the_file_unless_it_is_to_be_skipped(tmp_path: Path) -> None:
    file, folder = tmp_path / "fees.gift", tmp_path / "bank"
    file.write_text("Fine?{T}\n\n::Long::Write.{}\n", encoding="utf-8")

    refused = run("import", file, "-o", folder)
    dry = run("import", file, "--skip", "--dry-run", "-o", folder)

    assert refused.exit_code == 1
    assert 'fees.gift, line 3, "Long": it is an essay' in refused.output
    assert "1 of 2 questions cannot be held; nothing was written. --skip leaves them out." in refused.output
    assert dry.exit_code == 3
    assert 'fees.gift, line 3, "Long": it is an essay' in dry.output
    assert "dry run: nothing was written" in dry.output
    assert not folder.exists()

    skipped = run("import", file, "--skip", "-o", folder)

    assert skipped.exit_code == 3
    assert "left out: 1 of 2 questions" in skipped.stderr
    assert 'fees.gift, line 3, "Long": it is an essay' in skipped.output
    assert [item.id for item in load_bank(folder).items] == ["fees-1"]
    assert sorted(tmp_path.iterdir()) == [folder, file]


def test_a_folder_that_holds_something_is_left_as_it_is(tmp_path: Path) -> None:
    file, folder = tmp_path / "fees.gift", tmp_path / "bank"
    file.write_text("Fine?{T}", encoding="utf-8")
    folder.mkdir()
    (folder / "mine.toml").write_text("mine", encoding="utf-8")

    refused = run("import", file, "-o", folder)

    assert refused.exit_code == 1
    assert "is not empty: give a new folder with -o." in refused.output
    assert [path.name for path in folder.iterdir()] == ["mine.toml"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bank", "fees.gift"]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfFine?{\r\n=a\r\n=b\r\n}\r\n",
        b"Fine?{\r=a\r=b\r}",
        "Fine?{\n=a\n=b\n}".encode("utf-16"),
    ],
)
def test_marks_and_line_ends_of_other_systems_make_no_difference(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "fees.gift"
    file.write_bytes(content)

    found = run("import", file, "--dry-run")

    assert found.exit_code == 0, found.output
    assert "GIFT, language en: 1 of 1 questions can be held (1 short_answer)" in found.output


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "line 1: the file is empty"),
        (
            "Fine?{T}\n\n运费".encode("gb18030"),
            "line 3: there are bytes that are not UTF-8 (the first is 0xd4)",
        ),
        (b"Fine?{T}\n\0", "line 2: there is a NUL byte"),
        (b"PK\x03\x04rest", "line 1: it is a damaged zip file (File is not a zip file)"),
        (b"<?xml version='1.0'?>\n<quiz>\n<question type='essay'>", "line 3: it is not whole XML"),
        (b"<?xml version='1.0'?>\n<!DOCTYPE quiz><quiz/>", "line 2: the file declares a document type"),
    ],
)
def test_a_bad_file_is_refused_with_a_sentence_and_nothing_is_written(
    content: bytes, sentence: str, tmp_path: Path
) -> None:
    file, folder = tmp_path / "bad.file", tmp_path / "bank"
    file.write_bytes(content)

    refused = run("import", file, "--skip", "-o", folder)

    assert refused.exit_code == 1
    assert f"bad.file, {sentence}" in refused.output
    assert "bad.file cannot be read; nothing was written." in refused.output
    assert list(tmp_path.iterdir()) == [file]


def test_what_has_no_clear_end_costs_its_own_question_only(tmp_path: Path) -> None:
    file = tmp_path / "fees.gift"
    file.write_text(f"Open?{{~a =b\n\nFine?{{T}}\n\n{'x' * 10_000_000}\n\nLast?{{F\n", encoding="utf-8")

    refused = run("import", file, "--dry-run")
    skipped = run("import", file, "--dry-run", "--skip")

    assert (refused.exit_code, skipped.exit_code) == (1, 3)
    for sentence in (
        "fees.gift, line 1: the brace { opened here is not closed before the next question on line 3",
        "fees.gift, line 5: the line has 10,000,000 characters",
        "fees.gift, line 7: the brace { opened here is never closed",
    ):
        assert sentence in refused.output
        assert sentence in skipped.output
    assert "1 of 4 questions can be held (1 true_false)" in skipped.output


def test_a_faulty_bank_is_not_exported(tmp_path: Path) -> None:
    bank, file = tmp_path / "bank", tmp_path / "file"
    bank.mkdir()
    words = (SHIPPED / "manners.toml").read_text(encoding="utf-8").replace('"single"', '"simple"', 1)
    (bank / "manners.toml").write_text(words, encoding="utf-8")

    refused = run("export", "gift", "--bank", bank, "-o", file)

    assert refused.exit_code == 1
    assert "kind is 'simple': choose one of" in refused.output
    assert not file.exists()
