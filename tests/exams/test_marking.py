"""What answers are worth, and how sure one can be."""

from __future__ import annotations

import itertools
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.bank import Bank, UnknownItemError, shipped_bank
from exams.blueprints import BASE_EXAM
from exams.forms import Blueprint, Form, Quota, UnknownQuestionError, assemble_form, show_question
from exams.items import (
    Item,
    MatchingItem,
    MultipleItem,
    NumericItem,
    OrderingItem,
    ShortAnswerItem,
    SingleItem,
    Text,
    Topic,
    TrueFalseItem,
)
from exams.marking import NOT_ANSWERED, likely_percent, mark, mark_attempt, standard_error
from exams.responses import ResponseError
from tests.exams import make


def one_question() -> Blueprint:
    title = Text(zh="测试", en="Test")
    return Blueprint(id="test", title=title, minutes=10, pass_percent=70, quotas=(Quota(count=1),))


def right_response(item: Item) -> object:
    """What a person who knows the key would send."""
    if isinstance(item, MultipleItem):
        return sorted(item.key)
    if isinstance(item, ShortAnswerItem):
        return item.key[0]
    if isinstance(item, NumericItem):
        return str(item.key)
    if isinstance(item, OrderingItem):
        return {option_id: place for place, option_id in enumerate(item.key, start=1)}
    if isinstance(item, MatchingItem):
        return dict(item.key)
    assert isinstance(item, SingleItem | TrueFalseItem)
    return item.key


@pytest.mark.parametrize(
    ("item", "response", "points"),
    [
        (make.single(key="b"), "b", 1),
        (make.single(key="b"), "a", 0),
        (make.single(key="b", points=3), "b", 3),
        (make.true_false(key=True), True, 1),
        (make.true_false(key=True), False, 0),
        (make.true_false(key=False), False, 1),
        (make.short_answer(key=("七天", "seven days")), "Seven  Days.", 1),
        (make.short_answer(key=("七天",)), "八天", 0),
        (make.short_answer(key=("七天",)), "七天八天", 0),
        (make.numeric(key="320.45", tolerance="0.05"), "320.50", 1),
        (make.numeric(key="320.45", tolerance="0.05"), "320.51", 0),
        (make.numeric(key="320.45", tolerance="0.05"), "320.40", 1),
        (make.numeric(key="320.45", tolerance="0.05"), "320.39", 0),
        (make.numeric(key="30"), "30.00", 1),
        (make.numeric(key="30"), "30.01", 0),
    ],
)
def test_all_or_nothing(item: Item, response: object, points: float) -> None:
    found = mark(item, response)

    assert (found.points, found.correct) == (points, points > 0)
    assert found.max_points == item.points
    assert found.feedback == item.feedback


@pytest.mark.parametrize(
    ("ticked", "share"),
    [
        ("ab", 1.0),
        ("a", 1 / 2),
        ("abc", 1 - 1 / 3),
        ("ac", 1 / 2 - 1 / 3),
        ("acd", 0.0),
        ("cde", 0.0),
        ("abcde", 0.0),
    ],
)
def test_partial_credit_is_the_share_of_right_less_the_share_of_wrong(ticked: str, share: float) -> None:
    """Two of five are right."""
    found = mark(make.multiple(key="ab", ids="abcde"), list(ticked))

    assert found.points == pytest.approx(share)
    assert found.correct is (share == 1.0)


@given(
    ticked=st.sets(st.sampled_from("abcdef")), key=st.sets(st.sampled_from("abcdef"), min_size=2, max_size=5)
)
def test_one_more_right_tick_never_costs_and_one_more_wrong_tick_never_pays(
    ticked: set[str], key: set[str]
) -> None:
    item = make.multiple(key="".join(sorted(key)), ids="abcdef")
    points = mark(item, sorted(ticked)).points
    assert 0 <= points <= 1
    for option in sorted(set("abcdef") - ticked):
        more = mark(item, sorted(ticked | {option})).points
        if option in key:
            assert more >= points
        else:
            assert more <= points


def places(order: str) -> dict[str, int]:
    return {option_id: place for place, option_id in enumerate(order, start=1)}


@pytest.mark.parametrize(
    ("order", "share"),
    [
        ("dbac", 1.0),
        # One exchange of neighbours turns one of six pairs round.
        ("bdac", 4 / 6),
        ("dbca", 4 / 6),
        ("bdca", 2 / 6),
        ("abdc", 0.0),
        ("cabd", 0.0),
    ],
)
def test_an_ordering_earns_its_rank_correlation_with_the_key(order: str, share: float) -> None:
    found = mark(make.ordering(key="dbac"), places(order))

    assert found.points == pytest.approx(share)
    assert found.correct is (share == 1.0)


@pytest.mark.parametrize(
    ("response", "share"),
    [
        ({"d": 1, "b": 2}, 1 / 6),
        ({"d": 1}, 0.0),
        # Only the pairs of different numbers count: a is after both of the others here.
        ({"d": 1, "b": 1, "a": 2}, 2 / 6),
    ],
)
def test_lines_without_a_number_of_their_own_earn_nothing(response: dict[str, int], share: float) -> None:
    assert mark(make.ordering(key="dbac"), response).points == pytest.approx(share)


@pytest.mark.parametrize(("lines", "expected"), [("badc", 0.194), ("badce", 0.163), ("badcef", 0.145)])
def test_orders_drawn_by_lot_earn_what_the_rules_say(lines: str, expected: float) -> None:
    item = make.ordering(key=lines, ids="".join(sorted(lines)))
    shares = [mark(item, places("".join(order))).points for order in itertools.permutations(lines)]

    assert sum(shares) / len(shares) == pytest.approx(expected, abs=0.0005)


@pytest.mark.parametrize("lines", ["badc", "badce", "badcef", "badcefgh"])
def test_the_order_that_is_shown_earns_nothing_and_turned_round_no_more_than_one_pair(lines: str) -> None:
    item = make.ordering(key=lines, ids="".join(sorted(lines)))
    form_seeds = range(50)
    for seed in form_seeds:
        form = assemble_form(Bank((item,)), one_question(), seed)
        shown = form.questions[0].option_ids

        assert mark(item, places("".join(shown))).points == 0
        assert mark(item, places("".join(reversed(shown)))).points <= 1 / item.pairs + 1e-9


@pytest.mark.parametrize("seed", range(20))
def test_options_are_never_shown_in_the_order_of_the_prompts_they_belong_to(seed: int) -> None:
    item = make.matching(ids="abc")
    shown = assemble_form(Bank((item,)), one_question(), seed).questions[0].option_ids

    assert shown != tuple(option_id for _, option_id in item.key)


@pytest.mark.parametrize(
    ("response", "share"),
    [
        ({"k": "c", "l": "a", "m": "b"}, 1.0),
        ({"k": "c", "l": "a"}, 2 / 3),
        ({"k": "c", "l": "b", "m": "b"}, 2 / 3),
        ({"k": "d", "l": "d", "m": "d"}, 0.0),
    ],
)
def test_a_matching_earns_its_share_of_right_pairs(response: dict[str, str], share: float) -> None:
    found = mark(make.matching(), response)

    assert found.points == pytest.approx(share)
    assert found.correct is (share == 1.0)


@pytest.mark.parametrize(
    "item",
    [
        make.single(),
        make.multiple(),
        make.true_false(),
        make.short_answer(),
        make.numeric(),
        make.ordering(),
        make.matching(),
        make.typing(),
    ],
)
@pytest.mark.parametrize("response", [None, "", [], {}])
def test_no_answer_earns_nothing_and_is_told_so(item: Item, response: object) -> None:
    found = mark(item, response)

    assert (found.points, found.correct, found.feedback) == (0, False, NOT_ANSWERED)


@pytest.mark.parametrize(
    ("item", "response"),
    [
        (make.single(), 1),
        (make.single(), "x"),
        (make.single(), ["a"]),
        (make.multiple(), "a"),
        (make.multiple(), ["a", "x"]),
        (make.multiple(), [["a"]]),
        (make.true_false(), 1),
        (make.true_false(), "true"),
        (make.short_answer(), 7),
        (make.numeric(), 30),
        (make.numeric(), "thirty"),
        (make.numeric(), {"value": "30"}),
        (make.ordering(), ["d", "b", "a", "c"]),
        (make.ordering(), {"x": 1}),
        (make.ordering(), {"a": "1"}),
        (make.matching(), {"k": "x"}),
        (make.matching(), {"x": "a"}),
    ],
)
def test_what_is_no_response_to_the_kind_is_refused(item: Item, response: object) -> None:
    with pytest.raises(ResponseError):
        mark(item, response)


class TestAttempt:
    def test_the_score_is_added_up_by_topic(self) -> None:
        form, bank = make.form_of(
            make.single("one"),
            make.single("two", topic=Topic.TOOLS),
            make.multiple("three", topic=Topic.TOOLS),
        )

        result = mark_attempt(form, bank, {"one": "a", "two": "b", "three": ["a"]})

        assert (result.score, result.max_score, result.percent) == (1.5, 3, 50)
        assert [(part.topic, part.score, part.max_score, part.percent) for part in result.by_topic] == [
            (Topic.MANNERS, 1, 1, 100),
            (Topic.TOOLS, 0.5, 2, 25),
        ]
        assert [mark.correct for mark in result.marks.values()] == [True, False, False]

    @pytest.mark.parametrize(("right", "passed"), [(13, False), (14, True)])
    def test_the_base_exam_is_passed_from_seventy_percent_on(self, right: int, passed: bool) -> None:
        bank = shipped_bank()
        form = assemble_form(bank, BASE_EXAM, 11)
        known = form.questions[:right]
        responses = {
            asked.item_id: right_response(bank.item(asked.item_id, asked.version)) for asked in known
        }

        result = mark_attempt(form, bank, responses)

        assert (result.score, result.passed) == (right, passed)

    def test_fractions_that_add_up_to_the_pass_mark_pass(self) -> None:
        """2/3 - 1/2 is a hair below 1/6 in binary; six of them must still be one point of ten."""
        items = [make.multiple(f"m-{number}", key="abc", ids="abcde") for number in range(10)]
        form, bank = make.form_of(*items, pass_percent=10)

        result = mark_attempt(form, bank, {item.id: ["a", "b", "d"] for item in items[:6]})

        assert result.score < 1
        assert (result.passed, result.whole_percent) == (True, 10)

    def test_a_failed_percentage_never_prints_as_the_pass_mark(self) -> None:
        items = [make.multiple(f"m-{number}", key="abc", ids="abcdef") for number in range(100)]
        form, bank = make.form_of(*items)
        # 69 whole and two thirds of one: 69.67 %.
        responses: dict[str, object] = {item.id: ["a", "b", "c"] for item in items[:69]}
        responses["m-69"] = ["a", "b"]

        result = mark_attempt(form, bank, responses)

        assert (result.passed, result.whole_percent) == (False, 69)

    def test_practice_is_neither_passed_nor_failed(self) -> None:
        form, bank = make.form_of(make.single("one"), pass_percent=None)

        assert mark_attempt(form, bank, {"one": "a"}).passed is None

    def test_an_answer_to_an_item_not_on_the_form_is_refused(self) -> None:
        form, bank = make.form_of(make.single("one"))

        with pytest.raises(UnknownQuestionError):
            mark_attempt(form, bank, {"two": "a"})

    def test_a_bank_without_the_version_on_the_form_is_refused(self) -> None:
        form, _ = make.form_of(make.single("one"))
        _, other_bank = make.form_of(make.single("one", version=2))

        with pytest.raises(UnknownItemError):
            mark_attempt(form, other_bank, {})

    def test_the_result_fits_a_json_column_and_holds_no_key(self) -> None:
        form, bank = make.form_of(make.single("one"), make.short_answer("two", key=("secret",)))

        stored = json.dumps(mark_attempt(form, bank, {"one": "a"}).to_json())

        assert json.loads(stored)["marks"]["one"] == {"points": 1.0, "max_points": 1, "correct": True}
        assert "secret" not in stored

    @pytest.mark.parametrize("seed", range(5))
    def test_every_shipped_item_gives_full_marks_for_its_key(self, seed: int) -> None:
        bank = shipped_bank()
        form = assemble_form(bank, BASE_EXAM, seed)
        responses = {
            asked.item_id: right_response(bank.item(asked.item_id, asked.version)) for asked in form.questions
        }

        assert mark_attempt(form, bank, responses).percent == 100


def test_an_attempt_stored_before_the_newer_kinds_still_loads_and_marks() -> None:
    """As it lies in the database: a form of single, multiple and numeric questions, and what was answered."""
    stored = {
        "exam_id": "project-aftersales-chat",
        "seed": 77,
        "minutes": 12,
        "pass_percent": 70,
        "questions": [
            {"item_id": "as-window-start", "version": 1, "option_ids": ["c", "a", "d", "b"]},
            {"item_id": "es-must", "version": 1, "option_ids": ["b", "e", "a", "c", "d"]},
            {"item_id": "pr-num-cross-shop", "version": 1, "option_ids": []},
        ],
    }
    bank = shipped_bank()
    form = Form.from_json(stored)
    responses = {
        asked.item_id: right_response(bank.item(asked.item_id, asked.version)) for asked in form.questions
    }

    assert form.to_json() == stored
    for question in form.questions:
        shown = show_question(bank, question)
        assert tuple(option.id for option in shown.options) == question.option_ids
    assert mark_attempt(form, bank, responses).percent == 100


class TestUncertainty:
    def test_it_is_lords_formula_for_right_and_wrong(self) -> None:
        marks = [mark(make.single(key="a"), "a" if number < 14 else "b") for number in range(20)]

        assert standard_error(marks) == pytest.approx(math.sqrt(14 * 6 / 19))

    def test_the_likely_range_is_wilsons(self) -> None:
        """Wilson's 95 % interval for 14 of 20 is 48.1 to 85.5 %."""
        marks = [mark(make.single(key="a"), "a" if number < 14 else "b") for number in range(20)]

        assert likely_percent(marks) == pytest.approx((48.10, 85.45), abs=0.05)

    def test_a_perfect_score_is_still_not_certain(self) -> None:
        marks = [mark(make.single(key="a"), "a") for _ in range(20)]

        assert standard_error(marks) == 0
        low, high = likely_percent(marks)
        assert low == pytest.approx(83.9, abs=0.1)
        assert high == 100

    def test_one_question_has_no_standard_error(self) -> None:
        assert standard_error([mark(make.single(), "a")]) is None

    def test_points_weigh(self) -> None:
        right, wrong = mark(make.single(key="a", points=4), "a"), mark(make.single(key="a"), "b")

        # Shares 1, 0: variance 1/2; squared points 16 + 1.
        assert standard_error([right, wrong]) == pytest.approx(math.sqrt(17 / 2))
