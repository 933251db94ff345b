"""Options are counted by how strong those were who chose them, and odd ones are remarked upon."""

from __future__ import annotations

import numpy as np
import pytest

from exams.distractors import ItemOptions, count_options
from exams.irt.models import Array


def table(columns: dict[str, str], key: dict[str, str]) -> tuple[ItemOptions, ...]:
    rows = list(zip(*columns.values(), strict=True))
    names = list(columns)
    points: Array = np.array(
        [
            [
                np.nan if cell == " " else float(cell == key[name])
                for name, cell in zip(names, row, strict=True)
            ]
            for row in rows
        ]
    )
    return count_options([[c.strip() for c in row] for row in rows], points, item_ids=names, key=key)


def test_options_by_thirds_of_the_rest_by_hand() -> None:
    # Rests of item x: 0 for three, 1/2 for three, 1 for three.
    found = table({"x": "BBAABACAA", "y": "bbbaaaaaa", "z": "bbbbbbaaa"}, {"x": "A", "y": "a", "z": "a"})[0]

    assert [(option.option, option.count, option.groups) for option in found.options] == [
        ("A", 5, (1, 2, 2)),
        ("B", 3, (2, 1, 0)),
        ("C", 1, (0, 0, 1)),
    ]
    assert [option.is_key for option in found.options] == [True, False, False]
    assert found.options[1].percent == pytest.approx(100 / 3)
    rest = np.repeat([0, 0.5, 1], 3)
    chose = np.array([1.0, 1, 0, 0, 1, 0, 0, 0, 0])
    assert found.options[1].correlation == pytest.approx(100 * np.corrcoef(chose, rest)[0, 1])
    assert found.remarks == ()


def test_people_without_the_item_are_not_counted_and_left_open_is_an_option() -> None:
    found = table({"x": "A -B", "y": "aaab"}, {"x": "A", "y": "a"})[0]

    assert sum(option.count for option in found.options) == 3
    assert [option.option for option in found.options] == ["A", "-", "B"]


def test_a_wrong_key_and_idle_options_are_remarked_upon() -> None:
    strong, weak = 60, 60
    found = table(
        {
            "x": "B" * strong + "A" * weak,
            "y": "A" * strong + "B" * (weak - 1) + "C",
            "z": "a" * strong + "b" * weak,
        },
        {"x": "A", "y": "A", "z": "a"},
    )

    assert found[0].remarks == ("the strongest choose B more often than the key: check the key",)
    assert found[1].remarks == ("hardly anybody chooses C: write another",)
    assert found[2].remarks == ()


def test_a_key_nobody_chose_stands_in_the_table() -> None:
    found = table({"x": "BB", "y": "ab"}, {"x": "A", "y": "a"})[0]

    assert (found.options[0].option, found.options[0].count) == ("A", 0)
