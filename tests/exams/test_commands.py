"""The command line of the exams, without database or server."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from exams.bank import shipped_bank
from exams.bank.loader import SHIPPED
from exams.commands import exams_group
from exams.items import Kind
from tests.exams.test_dif import NAMES, draw_groups


def run(*arguments: str) -> Result:
    return CliRunner().invoke(exams_group, list(arguments))


def test_the_shipped_bank_passes_its_check() -> None:
    found = run("check-bank")

    assert found.exit_code == 0, found.output
    items = shipped_bank().current
    scored = [item for item in items if not item.practice]
    assert f"{len(scored)} questions, {len(items) - len(scored)} for practice" in found.output
    assert "every exam can be filled: practice, base, project-presales-chat" in found.output


def test_a_faulty_bank_is_refused_with_file_line_item_and_mend(tmp_path: Path) -> None:
    for path in SHIPPED.glob("*.toml"):
        words = path.read_text(encoding="utf-8").replace('kind = "numeric"', 'kind = "number"')
        (tmp_path / path.name).write_text(words, encoding="utf-8")

    found = run("check-bank", str(tmp_path))

    assert found.exit_code == 1
    assert "after_sales.toml, line" in found.output
    assert "item as-num-price-guarantee: kind is 'number': choose one of single," in found.output
    numeric = [item for item in shipped_bank().items if item.kind is Kind.NUMERIC]
    assert f"{len(numeric)} faults in the bank." in found.output


def test_a_bank_whose_keys_can_be_guessed_fails_its_check(tmp_path: Path) -> None:
    for path in SHIPPED.glob("*.toml"):
        words = path.read_text(encoding="utf-8").replace("key = true", "key = false")
        (tmp_path / path.name).write_text(words, encoding="utf-8")

    found = run("check-bank", str(tmp_path))

    assert found.exit_code == 1
    statements = [
        item for item in shipped_bank().current if item.kind is Kind.TRUE_FALSE and not item.practice
    ]
    assert f"0 of {len(statements)} statements are true: balance true and false." in found.output


def test_a_bank_that_cannot_fill_the_exams_fails_its_check_and_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "manners.toml").write_text(
        (SHIPPED / "manners.toml").read_text(encoding="utf-8"), encoding="utf-8"
    )

    checked = run("check-bank", str(tmp_path))
    drawn = run("form", "--seed", "1", "--bank", str(tmp_path))

    assert checked.exit_code == 1
    assert "base: 1 more of pre_sales single needed" in checked.output
    assert drawn.exit_code == 1
    assert "the bank cannot fill base: it needs 1 more of pre_sales single;" in drawn.output


@pytest.mark.parametrize(
    ("language", "title"), [("zh", "基础认证考试 (20, 25 min)"), ("en", "Base exam (20, 25 min)")]
)
def test_a_form_is_printed_in_either_language_without_what_explains_it(language: str, title: str) -> None:
    found = run("form", "--seed", "5", "--language", language)

    assert found.exit_code == 0
    assert title in found.output
    assert "\n20. [" in found.output
    for item in shipped_bank().items:
        assert item.feedback.in_language(language) not in found.output


def test_a_form_as_json_is_what_an_attempt_stores() -> None:
    found = json.loads(run("form", "--seed", "5", "--exam", "project-hotline", "--json").output)

    assert (found["exam_id"], found["seed"], len(found["questions"])) == ("project-hotline", 5, 8)
    assert found == json.loads(run("form", "--seed", "5", "--exam", "project-hotline", "--json").output)


class TestAnalyse:
    def test_figures_as_a_table_and_as_json(self, tmp_path: Path) -> None:
        path = tmp_path / "marks.csv"
        path.write_text("first,second,third\n1,1,4\n1,1,0\n1,0,0\n0,0,0\n", encoding="utf-8")

        table = run("analyse", str(path), "--points", "third=4")
        figures = json.loads(run("analyse", str(path), "--points", "third=4", "--json").stdout)

        assert table.exit_code == 0
        assert "4 attempts, mean 37.5 %" in table.output
        assert "fewer than 30 answers" in table.output
        assert figures["items"][2]["facility_percent"] == 25
        assert figures["attempts"] == 4

    def test_faults_are_named_and_nothing_is_analysed(self, tmp_path: Path) -> None:
        path = tmp_path / "marks.csv"
        path.write_text("a,b\n1,9\n1\n", encoding="utf-8")

        found = run("analyse", str(path))

        assert found.exit_code == 1
        assert "marks.csv, line 2, b: '9' is not 0 to 1 or empty." in found.output
        assert "2 faults in marks.csv; nothing was analysed." in found.output

    def test_a_table_without_answers_is_said_to_have_none(self, tmp_path: Path) -> None:
        path = tmp_path / "marks.csv"
        path.write_text("a,b\n,\n", encoding="utf-8")

        found = run("analyse", str(path))

        assert found.exit_code == 1
        assert "there is no answer to analyse" in found.output

    @pytest.mark.parametrize("points", ["a", "a=", "=3", "a=0", "a=x", "a=inf", "a=nan"])
    def test_points_that_are_none_are_refused(self, tmp_path: Path, points: str) -> None:
        path = tmp_path / "marks.csv"
        path.write_text("a,b\n1,1\n", encoding="utf-8")

        found = run("analyse", str(path), "--points", points)

        assert found.exit_code == 2
        assert "is not ITEM=POINTS" in found.output

    def test_options_are_counted_with_a_key(self, tmp_path: Path) -> None:
        rng = np.random.default_rng(1)
        rows = [",".join(rng.choice(["A", "B", "C"], 3, p=[0.6, 0.3, 0.1])) for _ in range(120)]
        path, key = tmp_path / "choices.csv", tmp_path / "key.csv"
        path.write_text("q1,q2,q3\nA,-,\n" + "\n".join(rows), encoding="utf-8")
        key.write_text("item,key\nq1,A\nq2,A\nq3,A\n", encoding="utf-8")

        table = run("analyse", str(path), "--key", str(key))
        figures = json.loads(run("analyse", str(path), "--key", str(key), "--json").stdout)

        assert table.exit_code == 0, table.output
        assert "A (key)" in table.output
        assert "weakest third" in table.output
        assert [item["answers"] for item in figures["items"]] == [121, 121, 120]
        assert figures["distractors"][1]["options"][-1] == figures["distractors"][1]["options"][-1] | {
            "option": "-",
            "count": 1,
        }

    def test_groups_are_compared_and_flagged(self, tmp_path: Path) -> None:
        right, group = draw_groups(1500, 0.4, harder=1.2, seed=3)
        path = tmp_path / "marks.csv"
        lines = [
            ",".join(["extra" if mine else "none", *(f"{cell:.0f}" for cell in row)])
            for mine, row in zip(group, right, strict=True)
        ]
        path.write_text(",".join(["needs", *NAMES]) + "\n" + "\n".join(lines), encoding="utf-8")

        table = run("analyse", str(path), "--group", "needs")
        figures = json.loads(run("analyse", str(path), "--group", "needs", "--json").stdout)

        assert table.exit_code == 0, table.output
        assert "extra (" in table.output
        assert "Item i00: people of group extra are right" in table.output
        assert figures["review"]["groups"][0]["mantel_haenszel"][0]["ets_class"] == "C"
        assert len(figures["review"]["information"]) == 13
        assert figures["alpha"] > 0.5

    @pytest.mark.parametrize(
        ("words", "fault"),
        [
            ("item,answer\nq1,A\n", "key.csv, line 1: the columns of a key are item and key"),
            ("item,key\nq1,\n", "key.csv, line 2: write an item and its right option."),
            ("item,key\nq1,A\nq1,B\n", "key.csv, line 3: the item q1 stands there twice"),
            ("item,key\nq2,A\n", "marks.csv, line 1: the key has no item q1: add it."),
        ],
    )
    def test_a_faulty_key_is_named(self, tmp_path: Path, words: str, fault: str) -> None:
        path, key = tmp_path / "marks.csv", tmp_path / "key.csv"
        path.write_text("q1\nA\n", encoding="utf-8")
        key.write_text(words, encoding="utf-8")

        found = run("analyse", str(path), "--key", str(key))

        assert found.exit_code == 1
        assert fault in found.stderr
        assert found.stdout == ""
        assert run("analyse", str(path), "--key", str(key), "--points", "q1=2").exit_code == 2
