"""Forms: what the blueprint asks for, fixed by the seed, as little alike as the bank allows."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest

from exams.bank import Bank, shipped_bank
from exams.blueprints import BASE_EXAM, BLUEPRINTS, PRACTICE_EXAM, PROJECT_EXAMS, ServiceLine
from exams.forms import (
    Blueprint,
    BlueprintError,
    Form,
    Gap,
    Question,
    Quota,
    UnknownQuestionError,
    assemble_form,
    assemble_parallel_forms,
    count_exposure,
    find_gaps,
    show_question,
)
from exams.items import Difficulty, Item, Kind, Text, Topic
from tests.exams import make


def blueprint(*quotas: Quota, pass_percent: int | None = 70) -> Blueprint:
    return Blueprint(
        id="test", title=Text(zh="测试", en="Test"), minutes=10, pass_percent=pass_percent, quotas=quotas
    )


def bank_of(count: int, *more: Item) -> Bank:
    return Bank((*(make.single(f"s-{number:02d}") for number in range(count)), *more))


class TestAssembling:
    def test_the_same_seed_gives_the_same_form_whatever_the_banks_order(self) -> None:
        items = list(shipped_bank().items)
        first = assemble_form(shipped_bank(), BASE_EXAM, 20261111)
        random.Random(7).shuffle(items)

        assert assemble_form(Bank(tuple(items)), BASE_EXAM, 20261111) == first

    def test_this_seed_gives_this_form_on_every_machine(self) -> None:
        form = assemble_form(bank_of(6), blueprint(Quota(count=3)), 1)

        assert [(question.item_id, "".join(question.option_ids)) for question in form.questions] == PINNED

    def test_seeds_differ_in_items_in_their_order_and_in_the_order_of_options(self) -> None:
        forms = [assemble_form(bank_of(6), blueprint(Quota(count=6)), seed) for seed in range(20)]

        assert len({tuple(question.item_id for question in form.questions) for form in forms}) > 10
        assert len({form.question("s-00").option_ids for form in forms}) > 5
        halves = [assemble_form(bank_of(6), blueprint(Quota(count=3)), seed) for seed in range(20)]
        assert len({frozenset(question.item_id for question in form.questions) for form in halves}) > 5

    def test_the_order_of_items_does_not_follow_the_order_of_quotas(self) -> None:
        hard = make.single("hard", difficulty=Difficulty.HARD)
        wanted = blueprint(
            Quota(count=1, difficulties=(Difficulty.EASY,)), Quota(count=1, difficulties=(Difficulty.HARD,))
        )
        firsts = [assemble_form(bank_of(1, hard), wanted, seed).questions[0].item_id for seed in range(20)]

        assert set(firsts) == {"hard", "s-00"}

    def test_options_whose_order_has_a_meaning_keep_it(self) -> None:
        bank = Bank((make.single("figures", shuffle=False),))

        for seed in range(10):
            [question] = assemble_form(bank, blueprint(Quota(count=1)), seed).questions
            assert question.option_ids == ("a", "b", "c", "d")

    def test_practice_and_scored_items_never_meet(self) -> None:
        bank = bank_of(2, make.single("p-1", practice=True), make.single("p-2", practice=True))

        scored = assemble_form(bank, blueprint(Quota(count=2)), 1)
        practice = assemble_form(bank, blueprint(Quota(count=2), pass_percent=None), 1)

        assert {question.item_id for question in scored.questions} == {"s-00", "s-01"}
        assert {question.item_id for question in practice.questions} == {"p-1", "p-2"}

    def test_only_the_newest_version_that_is_not_retired_is_asked(self) -> None:
        old, new = make.single("one"), make.single("one", version=2)
        gone = make.single("two", retired=True)

        form = assemble_form(Bank((old, new, gone)), blueprint(Quota(count=1)), 1)

        assert [(question.item_id, question.version) for question in form.questions] == [("one", 2)]

    def test_overlapping_quotas_are_filled_even_when_the_first_choice_was_wrong(self) -> None:
        """One easy and one hard item; the open quota must leave the hard one to the quota that needs it."""
        hard = make.single("hard", difficulty=Difficulty.HARD)
        wanted = blueprint(Quota(count=1), Quota(count=1, difficulties=(Difficulty.HARD,)))

        for seed in range(20):
            form = assemble_form(bank_of(1, hard), wanted, seed)
            assert {question.item_id for question in form.questions} == {"s-00", "hard"}

    def test_a_bank_that_is_too_small_is_refused_with_what_is_missing(self) -> None:
        needs_hard = Quota(count=3, topics=(Topic.MANNERS,), difficulties=(Difficulty.HARD,))
        bank = bank_of(5, make.single("hard", difficulty=Difficulty.HARD))

        with pytest.raises(BlueprintError, match="it needs 2 more of manners hard") as refusal:
            assemble_form(bank, blueprint(Quota(count=2), needs_hard), 1)

        assert refusal.value.gaps == (Gap(quota=needs_hard, missing=2),)
        assert find_gaps(bank, blueprint(Quota(count=2), needs_hard)) == refusal.value.gaps
        assert find_gaps(bank, blueprint(Quota(count=6))) == ()
        assert sum(gap.missing for gap in find_gaps(bank, blueprint(Quota(count=7)))) == 1

    @pytest.mark.parametrize(
        "make_faulty",
        [
            lambda: Quota(count=0),
            lambda: blueprint(),
            lambda: blueprint(Quota(count=1), pass_percent=0),
            lambda: blueprint(Quota(count=1), pass_percent=101),
            lambda: Blueprint(id="x", title=make.WORDS, minutes=0, pass_percent=70, quotas=(Quota(count=1),)),
            lambda: make.form_of(make.single("one"), make.single("one", version=2)),
        ],
    )
    def test_an_impossible_exam_cannot_be_written(self, make_faulty: object) -> None:
        assert callable(make_faulty)
        with pytest.raises(ValueError, match=r"none|no quota|passes at|minutes|twice"):
            make_faulty()


class TestExposure:
    def test_parallel_forms_share_nothing_while_the_bank_lasts(self) -> None:
        forms = assemble_parallel_forms(bank_of(9), blueprint(Quota(count=3)), 5, count=3)

        assert set(count_exposure(forms).values()) == {1}
        assert len(count_exposure(forms)) == 9

    def test_a_bank_that_is_too_small_is_used_evenly(self) -> None:
        forms = assemble_parallel_forms(bank_of(4), blueprint(Quota(count=3)), 5, count=4)

        assert set(count_exposure(forms).values()) == {3}

    def test_the_least_used_items_are_chosen_even_where_quotas_compete(self) -> None:
        """The open quota must not take the hard item that was used least: the least use in all is 5."""
        hard = [make.single(f"h-{number}", difficulty=Difficulty.HARD) for number in range(2)]
        wanted = blueprint(Quota(count=1), Quota(count=1, difficulties=(Difficulty.HARD,)))
        used = {"h-0": 0, "h-1": 9, "s-00": 5}

        form = assemble_form(bank_of(1, *hard), wanted, 3, exposure=used)

        assert sum(used[question.item_id] for question in form.questions) == 5

    def test_a_retake_avoids_what_the_person_has_seen(self) -> None:
        bank = shipped_bank()
        first = assemble_form(bank, BASE_EXAM, 1)

        second = assemble_form(bank, BASE_EXAM, 2, exposure=count_exposure([first]))

        assert set(count_exposure([first])) & set(count_exposure([second])) == set()

    def test_no_base_item_is_on_more_than_three_in_ten_forms(self) -> None:
        forms = [assemble_form(shipped_bank(), BASE_EXAM, seed) for seed in range(400)]

        assert max(count_exposure(forms).values()) <= 120

    def test_six_base_forms_share_no_item(self) -> None:
        forms = assemble_parallel_forms(shipped_bank(), BASE_EXAM, 1, count=6)

        assert max(count_exposure(forms).values()) == 1


class TestForm:
    def test_it_survives_a_json_column(self) -> None:
        form = assemble_form(shipped_bank(), BASE_EXAM, 42)

        assert Form.from_json(json.loads(json.dumps(form.to_json()))) == form

    def test_a_strange_item_is_not_on_it(self) -> None:
        form, _ = make.form_of(make.single("one"))

        assert form.question("one") == Question(item_id="one", version=1, option_ids=("a", "b", "c", "d"))
        with pytest.raises(UnknownQuestionError, match="item two is not on this form"):
            form.question("two")

    def test_a_question_is_shown_with_its_options_in_the_forms_order(self) -> None:
        bank = bank_of(1)
        [question] = assemble_form(bank, blueprint(Quota(count=1)), 9).questions

        shown = show_question(bank, question)

        assert tuple(option.id for option in shown.options) == question.option_ids

    def test_an_open_attempt_keeps_its_version_when_the_item_changes(self) -> None:
        old, new = make.single("one", key="a"), make.single("one", version=2, key="b")
        form = assemble_form(Bank((old,)), blueprint(Quota(count=1)), 1)

        assert show_question(Bank((old, new)), form.questions[0]).version == 1


class TestOurExams:
    def test_the_base_exam_is_as_announced(self) -> None:
        assert (BASE_EXAM.length, BASE_EXAM.minutes, BASE_EXAM.pass_percent) == (20, 25, 70)

    @pytest.mark.parametrize(
        ("line", "length", "minutes", "typing"),
        [("presales-chat", 10, 28, 1), ("aftersales-chat", 10, 28, 1), ("hotline", 8, 12, 0)],
    )
    def test_every_service_line_has_an_assessment_and_only_chats_a_text_to_type(
        self, line: str, length: int, minutes: int, typing: int
    ) -> None:
        assert set(PROJECT_EXAMS) == set(ServiceLine)
        exam = PROJECT_EXAMS[line]
        assert (exam.id, exam.length, exam.minutes) == (f"project-{line}", length, minutes)
        for seed in range(20):
            form = assemble_form(shipped_bank(), exam, seed)
            kinds = Counter(show_question(shipped_bank(), asked).kind for asked in form.questions)
            assert kinds[Kind.TYPING] == kinds[Kind.CHAT] == typing
            assert kinds[Kind.ORDERING] + kinds[Kind.MATCHING] >= 1

    def test_a_text_to_type_is_drawn_only_where_it_is_asked_for_by_name(self) -> None:
        bank = Bank((make.typing("t"), make.single("s")))

        [question] = assemble_form(bank, blueprint(Quota(count=1)), 1).questions
        assert question.item_id == "s"
        assert find_gaps(bank, blueprint(Quota(count=2)))
        assert not find_gaps(bank, blueprint(Quota(count=1), Quota(count=1, kinds=(Kind.TYPING,))))

    def test_practice_shows_each_kind_once_and_passes_nobody(self) -> None:
        form = assemble_form(shipped_bank(), PRACTICE_EXAM, 3)
        kinds = [show_question(shipped_bank(), question).kind for question in form.questions]

        assert sorted(kinds) == sorted(set(Kind) - {Kind.CHAT})
        assert form.pass_percent is None

    @pytest.mark.parametrize("exam", BLUEPRINTS.values(), ids=lambda exam: exam.id)
    def test_any_seed_gives_a_form_of_the_right_make(self, exam: Blueprint) -> None:
        for seed in range(50):
            form = assemble_form(shipped_bank(), exam, seed)
            items = [shipped_bank().item(asked.item_id, asked.version) for asked in form.questions]
            assert len(items) == exam.length
            found = Counter(item.topic for item in items)
            shared = sum(quota.count for quota in exam.quotas if len(quota.topics) != 1)
            assert (found - topics_of(exam)).total() == shared
            assert all(item.practice is exam.is_practice for item in items)


def topics_of(exam: Blueprint) -> Counter[Topic]:
    """Return how many items the exam takes from each topic, without places that topics share."""
    counts: Counter[Topic] = Counter()
    for quota in exam.quotas:
        if len(quota.topics) == 1:
            counts[quota.topics[0]] += quota.count
    return counts


# Worked out once; stored attempts and evidence rest on it.
PINNED = [("s-03", "dcab"), ("s-01", "dbca"), ("s-04", "cdab")]
