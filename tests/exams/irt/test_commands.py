"""The commands of item response theory: figures for people and programs, and every fault named."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from exams.commands import exams_group
from exams.irt.models import Items
from tests.exams.irt.make import draw_answers

THREE = Items.from_difficulties(["one", "two", "three"], a=[1.2, 0.8, 1.5], b=[-0.5, 0.2, 1.0])


def run(*arguments: str) -> Result:
    return CliRunner().invoke(exams_group, list(arguments))


def write_table(path: Path, *, separator: str = ",", end: str = "\n", cell: str = "{}") -> Path:
    answers = draw_answers(THREE, 300, seed=5)
    lines = [separator.join(THREE.ids)]
    lines += [separator.join(cell.format(int(value)) for value in row) for row in answers]
    path.write_bytes(("\ufeff" + end.join(lines) + end).encode())
    return path


class TestCalibrate:
    def test_figures_for_people(self, tmp_path: Path) -> None:
        found = run("calibrate", str(write_table(tmp_path / "r.csv")))

        assert found.exit_code == 0, found.output
        assert "Rasch, 300 people. Rasch: the item with the fewest answers, one, has 300," in found.output
        assert "log likelihood -" in found.output
        assert "conditional maximum likelihood" in found.output

    @pytest.mark.parametrize(
        ("separator", "end", "cell"),
        [(";", "\r\n", "{}"), ("\t", "\n", '"{}"'), (",", "\r", " {} "), (",", "\n", "{}.0")],
    )
    def test_tables_as_programs_write_them_give_the_same_figures(
        self, tmp_path: Path, separator: str, end: str, cell: str
    ) -> None:
        plain = run("calibrate", str(write_table(tmp_path / "a.csv")), "--model", "2pl", "--json")
        other = write_table(tmp_path / "b.csv", separator=separator, end=end, cell=cell)

        found = run("calibrate", str(other), "--model", "2pl", "--json")

        assert found.exit_code == 0, found.output
        assert found.stdout == plain.stdout

    def test_json_holds_every_figure(self, tmp_path: Path) -> None:
        found = run("calibrate", str(write_table(tmp_path / "r.csv")), "--model", "2pl", "--json")

        told = json.loads(found.stdout)
        assert told["model"] == "2pl"
        assert {"log_likelihood", "aic", "bic", "people", "converged", "warnings"} <= set(told)
        assert set(told["items"][0]) >= {"item_id", "answers", "a", "b", "c", "se_a", "se_b", "se_c"}
        assert "Warning: one, two, three: fewer than 500 answers" in found.stderr

    def test_counts_other_columns_and_words_for_nothing_can_be_named(self, tmp_path: Path) -> None:
        path = tmp_path / "r.csv"
        rows = ["7,1,0,NA", "5,0,1,1", "4,1,1,0", "6,0,0,1", "3,1,0,1"]
        path.write_text("n,a,b,c\n" + "\n".join(rows), encoding="utf-8")
        options = ("--count", "n", "--missing", "NA", "--json")

        found = json.loads(run("calibrate", str(path), *options).stdout)

        assert found["people"] == 25
        assert [item["answers"] for item in found["items"]] == [25, 25, 18]
        fewer = json.loads(run("calibrate", str(path), *options, "--skip", "c").stdout)
        assert [item["item_id"] for item in fewer["items"]] == ["a", "b"]

    @pytest.mark.parametrize(
        ("words", "fault"),
        [
            ("", "line 1: there are no item names"),
            ("a,a\n1,0\n", "line 1: the item a stands there twice: rename or remove one."),
            ("a,,c\n1,0,1\n", "line 1, column 2: the item has no name: write one."),
            ("1,0,1\n1,0,1\n", "line 1: it holds answers, not names: write the names"),
            ("a,b\n", "there is no attempt below the first line."),
            ("a,b\n1,0\n1,2\n", "line 3, b: '2' is not 0, 1 or empty: write 1 for right"),
            ("a,b\n1,0\n0.5,1\n", "line 3, a: '0.5' is not 0, 1 or empty"),
            ("a,b\nNA,0\n", "line 2, a: 'NA' is not 0, 1 or empty"),
            ('a,b\n"x\ny",0\n1,x\n', "line 4, b: 'x' is not 0, 1 or empty"),
            ("a,b\n0_1,0\n", "line 2, a: '0_1' is not"),
            ("a,b\n1,0,1\n", "line 2: there are 3 cells for 2 columns"),
        ],
    )
    def test_each_fault_is_named_and_nothing_printed(self, tmp_path: Path, words: str, fault: str) -> None:
        path = tmp_path / "r.csv"
        path.write_text(words, encoding="utf-8")

        found = run("calibrate", str(path), "--json")

        assert found.exit_code == 1
        assert f"r.csv, {fault}" in found.stderr
        assert "in r.csv; nothing was estimated." in found.stderr
        assert found.stdout == ""

    def test_answers_that_tell_nothing_are_refused_in_a_sentence(self, tmp_path: Path) -> None:
        path = tmp_path / "r.csv"
        path.write_text("a\n1\n0\n", encoding="utf-8")

        found = run("calibrate", str(path))

        assert found.exit_code == 1
        assert "Error: r.csv: Rasch needs at least 2 items" in found.stderr

    @pytest.mark.parametrize("column", ["--count", "--skip"])
    def test_a_column_that_is_not_there_is_named(self, tmp_path: Path, column: str) -> None:
        found = run("calibrate", str(write_table(tmp_path / "r.csv")), column, "n")

        assert found.exit_code == 1
        assert "line 1: there is no column n." in found.stderr

    def test_a_count_that_is_none_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "r.csv"
        path.write_text("a,b,n\n1,0,3\n0,1,-2\n", encoding="utf-8")

        found = run("calibrate", str(path), "--count", "n")

        assert found.exit_code == 1
        assert "attempt 2, n: '-2' is no count: write a whole number." in found.stderr


def test_probabilities_and_information_by_hand() -> None:
    items = Items.from_difficulties(["x"], a=2.0, b=0.5, c=0.2, u=0.9)

    # z = 0 at the difficulty: P = 0.2 + 0.7 / 2, P' = 2 * 0.7 / 4.
    assert items.probability(0.5)[0, 0] == pytest.approx(0.55)
    assert items.information(0.5)[0, 0] == pytest.approx(0.35**2 / (0.55 * 0.45))
    assert np.isfinite(items.information([-500.0, 500.0])).all()
    with pytest.raises(ValueError, match="item x needs 0 <= c < upper limit <= 1"):
        Items.from_difficulties(["x"], a=1, b=0, c=0.5, u=0.4)


class TestScore:
    def test_a_calibration_scores_the_people_it_came_from(self, tmp_path: Path) -> None:
        answers = write_table(tmp_path / "r.csv")
        items = tmp_path / "items.json"
        items.write_text(run("calibrate", str(answers), "--model", "2pl", "--json").stdout, encoding="utf-8")

        table = run("score", str(answers), "--items", str(items))
        figures = json.loads(
            run("score", str(answers), "--items", str(items), "--json", "--method", "ml").stdout
        )

        assert table.exit_code == 0, table.output
        assert "300 people, eap, reliability 0." in table.output
        assert len(figures["theta"]) == 300
        # All right or all wrong: no most likely ability, and no NaN in JSON.
        assert None in figures["theta"]
        assert figures["information"][6]["theta"] == 0

    def test_items_without_parameters_are_named(self, tmp_path: Path) -> None:
        items = tmp_path / "items.csv"
        items.write_text("item,a,b\none,1,0\n", encoding="utf-8")

        found = run("score", str(write_table(tmp_path / "r.csv")), "--items", str(items))

        assert found.exit_code == 1
        assert "items.csv has no parameters of three, two: add them" in found.stderr

    @pytest.mark.parametrize(
        ("words", "fault"),
        [
            ("", "line 1: there is no column a."),
            ("a,b\n", "there is no item with parameters."),
            ("a,b,b\n1,2,3\n", "line 1: the column b stands there twice."),
            ("a,b\n1\n", "line 2: there are 1 cells for 2 columns."),
            ("a,b\n1,x\n", "line 2, b: 'x' is not a number."),
            ("a,b\n1,inf\n", "line 2, b: 'inf' is not a number."),
            ("a,b,c\n1,0,1\n", "line 2, c: '1' is not a number from 0 to 0.999."),
            ("a,b,c,d\n1,0,0.5,0.4\n", "item 1: c must be below the upper limit."),
            ("item,a,b\nx,1,0\nx,1,0\n", "line 3: the item x stands there twice"),
            ("{", "it is not a calibration: print it with `zuoxi exams calibrate --json`."),
        ],
    )
    def test_faulty_parameters_are_named(self, tmp_path: Path, words: str, fault: str) -> None:
        items = tmp_path / "items.csv"
        items.write_text(words, encoding="utf-8")

        found = run("simulate-adaptive", str(items))

        assert found.exit_code == 1
        assert f"items.csv, {fault}" in found.stderr
        assert found.stdout == ""


class TestSimulateAdaptive:
    def write_bank(self, path: Path) -> Path:
        rng = np.random.default_rng(3)
        rows = [f"{rng.uniform(1, 2):.3f},{rng.normal():.3f},0.2,1,{'xyz'[at % 3]}" for at in range(45)]
        path.write_text("a,b,c,d,Group\n" + "\n".join(rows), encoding="utf-8")
        return path

    def test_length_error_and_exposure_are_printed_and_the_seed_repeats_them(self, tmp_path: Path) -> None:
        bank = str(self.write_bank(tmp_path / "bank.csv"))
        options = ("--people", "200", "--seed", "4", "--exposure", "0.4", "--content")

        found = run("simulate-adaptive", bank, *options)
        told = json.loads(run("simulate-adaptive", bank, *options, "--json").stdout)

        # The same seed, the same figures.
        assert found.exit_code == 0, found.output
        assert f"200 people: {told['mean_items']:.2f} items on average" in found.output
        assert "RMSE 0." in found.output
        assert f"exposure: at most {told['exposure_max']:.3f}" in found.output
        assert "topics: x 3" in found.output

    def test_settings_that_make_no_exam_are_refused(self, tmp_path: Path) -> None:
        bank = str(self.write_bank(tmp_path / "bank.csv"))
        plain = tmp_path / "plain.csv"
        plain.write_text("a,b\n1,0\n", encoding="utf-8")

        assert "needs 0 < se < 1" in run("simulate-adaptive", bank, "--se", "2").stderr
        assert "a share above 0, up to 1" in run("simulate-adaptive", bank, "--exposure", "3").stderr
        assert "--content needs two topics" in run("simulate-adaptive", str(plain), "--content").stderr
