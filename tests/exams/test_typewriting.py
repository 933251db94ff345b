"""Copying a text: measured by the server's clock and by what is right, the same for every way of typing."""

from __future__ import annotations

import functools
import random

import pytest

from exams.items import Text
from exams.marking import NOT_ANSWERED, mark, mark_attempt
from exams.responses import ResponseError
from exams.timing import Accommodation, typing_time_factor
from exams.typewriting import TypedResponse, begin, edit_distance, go_on, measure, read_typed
from tests.exams import make

ITEM = make.typing()
"""100 Chinese or 200 English characters; full marks at 40 and 150 characters a minute with 97 % right."""
ZH, EN = ITEM.passage.zh, ITEM.passage.en


def typed(text: str, *, seconds: float, language: str = "zh") -> TypedResponse:
    return go_on(begin(language=language, at=5_000), text=text, at=5_000 + round(1000 * seconds))


def plain_distance(left: str, right: str) -> int:
    """The definition, as one would write it on paper."""

    @functools.cache
    def distance(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        swap = distance(i - 1, j - 1) + (left[i - 1] != right[j - 1])
        return min(swap, distance(i - 1, j) + 1, distance(i, j - 1) + 1)

    return distance(len(left), len(right))


class TestDistance:
    @pytest.mark.parametrize(
        ("left", "right", "edits"),
        [
            ("", "", 0),
            ("", "包裹", 2),
            ("包裹", "", 2),
            ("kitten", "sitting", 3),
            ("您好在吗", "你好在么", 2),
        ],
    )
    def test_it_counts_the_edits(self, left: str, right: str, edits: int) -> None:
        assert edit_distance(left, right) == edits

    @pytest.mark.parametrize("seed", range(60))
    def test_it_agrees_with_the_definition(self, seed: int) -> None:
        lot = random.Random(seed)
        left, right = ("".join(lot.choices("ab好c", k=lot.randint(0, 70))) for _ in range(2))

        assert edit_distance(left, right) == plain_distance(left, right), (left, right)

    def test_a_long_text_takes_no_longer_than_a_word_of_the_machine(self) -> None:
        assert edit_distance("x" * 300, "x" * 299 + "y") == 1


class TestMeasuring:
    def test_speed_is_characters_a_minute(self) -> None:
        found = measure(ZH, typed(ZH, seconds=150))

        assert (found.characters_per_minute, found.accuracy, found.is_improbable) == (40, 1, False)

    def test_words_are_five_characters(self) -> None:
        assert measure(EN, typed(EN, seconds=60, language="en")).words_per_minute == 40

    @pytest.mark.parametrize("copy", [ZH[:-3], ZH + "不不不", ZH[:50] + ZH[53:], "不不不" + ZH[3:]])
    def test_leaving_out_adding_and_changing_cost_the_same(self, copy: str) -> None:
        assert measure(ZH, typed(copy, seconds=150)).accuracy == pytest.approx(0.97, abs=0.001)

    def test_what_is_typed_beyond_the_text_is_no_speed(self) -> None:
        assert measure(ZH, typed(ZH * 3, seconds=60)).characters_per_minute == 100

    @pytest.mark.parametrize(
        "copy", ["他说,“好”－是的(A)", '他说, "好" - 是的 (Ａ)', "他说，\n“好”—是的（A）"]
    )
    def test_width_quotation_marks_dashes_and_line_breaks_make_no_difference(self, copy: str) -> None:
        assert measure("他说，“好”—是的（A）", typed(copy, seconds=9)).accuracy == 1

    def test_blanks_count_in_english(self) -> None:
        assert measure("a b", typed("ab", seconds=9, language="en")).accuracy == pytest.approx(2 / 3)
        assert measure("a b", typed(" a \n b", seconds=9, language="en")).accuracy == 1

    def test_capitals_do(self) -> None:
        assert measure("Ab", typed("ab", seconds=9, language="en")).accuracy == 0.5

    @pytest.mark.parametrize(
        ("text", "seconds", "language", "is_improbable"),
        [
            (ZH, 24.0, "zh", False),
            (ZH, 23.9, "zh", True),
            (EN, 16.0, "en", False),
            (EN, 15.9, "en", True),
            (ZH[:20], 1.0, "zh", False),
        ],
    )
    def test_a_speed_that_hardly_anybody_reaches_is_told(
        self, text: str, seconds: float, language: str, is_improbable: bool
    ) -> None:
        passage = ITEM.passage.in_language(language)

        assert (
            measure(passage, typed(text, seconds=seconds, language=language)).is_improbable is is_improbable
        )

    def test_no_time_at_all_is_one_second(self) -> None:
        assert measure(ZH, typed(ZH, seconds=0)).characters_per_minute == 6000


class TestKeeping:
    def test_the_clock_moves_with_the_text_only(self) -> None:
        kept = typed("您好", seconds=10)

        assert go_on(kept, text="您好", at=90_000) == kept
        assert go_on(kept, text="您好，", at=90_000)["ended"] == 90_000

    def test_nothing_ends_before_it_began(self) -> None:
        assert go_on(begin(language="zh", at=5_000), text="您", at=3_000)["ended"] == 5_000

    @pytest.mark.parametrize(
        "value",
        [
            {},
            {"k": "a"},
            {"language": "zh", "started": 1, "ended": 2},
            {"language": "zh", "started": 1, "ended": True, "text": "a"},
            {"language": "zh", "started": 1, "ended": 2, "text": "a", "more": 1},
        ],
    )
    def test_another_shape_is_no_typing(self, value: dict[str, object]) -> None:
        assert read_typed(value) is None
        if value:
            with pytest.raises(ResponseError):
                mark(ITEM, value)


class TestMarking:
    @pytest.mark.parametrize(
        ("seconds", "errors", "share"),
        [
            (150, 0, 1.0),
            (150, 3, 1.0),
            # Half the full speed is half the points.
            (300, 0, 0.5),
            (300, 3, 0.5),
            # Between 80 and 97 % right the points grow evenly.
            (150, 20, 0.0),
            (150, 10, 10 / 17),
            (75, 10, 10 / 17),
            (300, 10, 5 / 17),
        ],
    )
    def test_points_are_speed_times_accuracy(self, seconds: float, errors: int, share: float) -> None:
        copy = "错" * errors + ZH[errors:]

        found = mark(ITEM, dict(typed(copy, seconds=seconds)))

        assert found.points == pytest.approx(share)
        assert found.correct is (share == 1.0)

    def test_each_language_has_its_own_text_and_speed(self) -> None:
        assert mark(ITEM, dict(typed(EN, seconds=80, language="en"))).points == 1
        assert mark(ITEM, dict(typed(EN, seconds=160, language="en"))).points == pytest.approx(0.5)
        assert mark(ITEM, dict(typed(EN, seconds=80))).points == 0

    def test_half_a_copy_is_worth_nothing(self) -> None:
        assert mark(ITEM, dict(typed(ZH[:50], seconds=10))).points == 0

    def test_started_and_left_open_is_not_answered(self) -> None:
        assert mark(ITEM, dict(begin(language="zh", at=1))).feedback == NOT_ANSWERED

    @pytest.mark.parametrize(
        ("accommodation", "share"),
        [
            (Accommodation(), 0.5),
            (Accommodation(multiplier=1.5), 0.75),
            (Accommodation(multiplier=2.0), 1.0),
            # Ten minutes more in an exam of ten are twice the time.
            (Accommodation(fixed_minutes=10), 1.0),
            (Accommodation(breaks_minutes=10), 0.5),
            (Accommodation(unlimited=True), 1.0),
            (Accommodation(typing_untimed=True), 1.0),
        ],
    )
    def test_the_full_speed_goes_by_the_persons_time(
        self, accommodation: Accommodation, share: float
    ) -> None:
        """300 s for 100 characters is half of the full speed."""
        form, bank = make.form_of(ITEM)

        result = mark_attempt(
            form, bank, {ITEM.id: dict(typed(ZH, seconds=300))}, accommodation=accommodation
        )

        assert result.score == pytest.approx(share)
        counted = typing_time_factor(form.minutes, accommodation) is not None
        assert result.marks[ITEM.id].evidence["speed_counted"] is counted

    def test_without_a_clock_accuracy_still_counts(self) -> None:
        copy = "错" * 10 + ZH[10:]

        assert mark(ITEM, dict(typed(copy, seconds=900)), time_factor=None).points == pytest.approx(10 / 17)

    def test_the_stored_result_says_what_was_measured_and_fails_nobody_for_speed(self) -> None:
        form, bank = make.form_of(ITEM, make.single("one"))

        result = mark_attempt(form, bank, {ITEM.id: dict(typed(ZH, seconds=2)), "one": "a"})

        stored = result.to_json()["marks"]
        assert stored[ITEM.id]["evidence"] == {
            "language": "zh",
            "seconds": 2.0,
            "characters_per_minute": 3000.0,
            "words_per_minute": 600.0,
            "accuracy_percent": 100.0,
            "speed_counted": True,
            "improbable_speed": True,
        }
        assert result.passed
        assert "evidence" not in stored["one"]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"passage": Text(zh="太短", en=EN)}, "passage.zh has 2 characters: give 40 to 600."),
        ({"passage": Text(zh=ZH, en="x" * 601)}, "passage.en has 601 characters: give 40 to 600."),
        ({"passage": Text(zh=f"{ZH}\n{ZH}", en=EN)}, "passage.zh has several lines: write it as one."),
        ({"full_speed": {"zh": 0, "en": 150}}, "full_speed.zh is below 1"),
        ({"least_accuracy": 97}, "least_accuracy 97 and full_accuracy 97 do not fit"),
        ({"full_accuracy": 101}, "least_accuracy 80 and full_accuracy 101 do not fit"),
    ],
)
def test_an_unusable_text_cannot_be_made(changes: dict[str, object], fault: str) -> None:
    with pytest.raises(ValueError, match=fault.replace("(", r"\(")):
        make.typing(**changes)  # type: ignore[arg-type]
