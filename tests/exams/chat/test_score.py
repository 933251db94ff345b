"""Each part of the score by itself: its formula, what it quotes, and that needs never cost a point."""

from __future__ import annotations

import json

import pytest

from exams.chat.check import play_model, score_model
from exams.chat.loader import get_script, shipped_scripts
from exams.chat.meaning import Doubt
from exams.chat.play import Line, LineKind, Terms
from exams.chat.score import DELIVERY_SECONDS, ConsumerScore, Report, score_play
from exams.chat.script import TIMED_PARTS, End, Part, Script
from exams.chat.tone import find_blame, find_shouting

SALE = get_script("presales-sale-night")
PARCELS = get_script("aftersales-parcels")
FRAUD = get_script("aftersales-fraud")


def typed(at: float, consumer: str, text: str) -> Line:
    return Line(at=at, consumer=consumer, kind=LineKind.TYPED, text=text)


def score(
    log: list[Line], script: Script = SALE, terms: Terms | None = None, ended_at: float = 60.0
) -> Report:
    return score_play(script, log, ended_at=ended_at, terms=terms or Terms(), language="zh")


def of(report: Report, part: Part, consumer: str) -> ConsumerScore:
    return next(found for found in report.part(part).consumers if found.consumer == consumer)


class TestWhole:
    @pytest.mark.parametrize("script", shipped_scripts().values(), ids=lambda script: script.id)
    @pytest.mark.parametrize(
        "terms",
        [Terms(), Terms(pace=2), Terms(timed=False), Terms(at_once=1), Terms(pace=3, timed=False, at_once=2)],
        ids=repr,
    )
    def test_good_work_earns_the_same_under_all_terms(self, script: Script, terms: Terms) -> None:
        report = score_model(script, "zh", terms)

        assert report.share == pytest.approx(1.0)
        assert sum(part.weight for part in report.parts) == pytest.approx(100)

    def test_silence_earns_nothing(self) -> None:
        assert score([], ended_at=480).share == 0

    def test_time_left_out_gives_its_weight_to_the_others_in_proportion(self) -> None:
        parts = {part.part: part.weight for part in score([], terms=Terms(timed=False)).parts}

        assert not TIMED_PARTS & set(parts)
        assert parts == pytest.approx(
            {Part.RATIO: 12.5, Part.MUSTS: 50.0, Part.PROMISES: 25.0, Part.TONE: 12.5}
        )

    def test_a_slow_agent_without_timing_scores_no_lower_than_a_timed_one(self) -> None:
        log, ended_at = play_model(SALE, "zh")
        slow = [Line(at=line.at * 20, consumer=line.consumer, kind=line.kind, text=line.text) for line in log]
        timed = score_play(SALE, log, ended_at=ended_at, terms=Terms(), language="zh")
        calm = score_play(SALE, slow, ended_at=ended_at * 20, terms=Terms(timed=False), language="zh")

        for part in (Part.MUSTS, Part.PROMISES, Part.TONE):
            assert calm.part(part).share >= timed.part(part).share

    def test_who_never_came_because_it_was_ended_brings_nothing(self) -> None:
        report = score([typed(4, "lin", "您好，请问身高体重？")], ended_at=10)

        assert {name: of(report, Part.PROMISES, name).share for name in ("lin", "zhao", "chen")} == {
            "lin": 1.0,
            "zhao": 0.0,
            "chen": 0.0,
        }

    def test_a_report_fits_a_json_column(self) -> None:
        log, ended_at = play_model(SALE, "zh")
        stored = score_play(SALE, log, ended_at=ended_at, terms=Terms(), language="zh").to_json()

        assert json.loads(json.dumps(stored)) == stored
        assert stored["ends"] == {"lin": "content", "zhao": "content", "chen": "content"}


class TestFirstResponse:
    @pytest.mark.parametrize(
        ("waited", "share"), [(0, 1.0), (5, 1.0), (10, 0.8), (17.5, 0.5), (30, 0.0), (44, 0.0)]
    )
    def test_it_falls_in_a_line_after_five_seconds(self, waited: float, share: float) -> None:
        report = score([typed(waited + DELIVERY_SECONDS, "lin", "您好，请问身高体重？")])

        assert of(report, Part.FIRST_RESPONSE, "lin").share == pytest.approx(share)

    def test_the_pace_moves_the_aim(self) -> None:
        log = [typed(10 + DELIVERY_SECONDS, "lin", "您好，请问身高体重？")]

        assert of(score(log, terms=Terms(pace=2)), Part.FIRST_RESPONSE, "lin").share == 1

    @pytest.mark.parametrize("kind", [LineKind.QUICK, LineKind.TYPED], ids=str)
    def test_a_quick_phrase_does_not_count_not_even_typed_out(self, kind: LineKind) -> None:
        quick = SALE.quick[0].zh + "！"
        log = [Line(at=2, consumer="lin", kind=kind, text=quick)]

        assert of(score(log), Part.FIRST_RESPONSE, "lin").share == 0
        log.append(typed(5 + DELIVERY_SECONDS, "lin", "请问您身高体重？"))
        assert of(score(log), Part.FIRST_RESPONSE, "lin").share == 1


class TestRatio:
    @pytest.mark.parametrize(("messages", "share"), [(1, 0.0), (2, 0.8), (3, 1.0)])
    def test_the_aim_is_one_point_two(self, messages: int, share: float) -> None:
        # Two questions of the consumer: the opening, and the one after it was understood.
        texts = ["请问您身高体重？", "好的，收到", "我看一下尺码表"]
        log = [typed(4 + 4 * n, "lin", texts[n]) for n in range(messages)]

        assert of(score(log, ended_at=12), Part.RATIO, "lin").share == pytest.approx(share)

    def test_saying_the_same_again_is_not_more(self) -> None:
        log = [typed(4 + n, "lin", "请问您身高体重？" + "！" * n) for n in range(3)]

        assert of(score(log, ended_at=12), Part.RATIO, "lin").share == pytest.approx(0.0)


class TestMusts:
    def test_each_brings_its_points_and_quotes_its_sentence(self) -> None:
        scored = of(score([typed(4, "lin", "您好。请问您的身高和体重？")]), Part.MUSTS, "lin")

        assert scored.share == pytest.approx(2 / 5)
        assert [(note.is_good, note.sentences) for note in scored.notes] == [
            (True, ("请问您的身高和体重？",)),
            (False, ()),
            (False, ()),
        ]

    def test_what_is_denied_was_not_said(self) -> None:
        log = [typed(30, "ye", "抱歉，不需要照片")]
        notes = of(score(log, PARCELS), Part.MUSTS, "ye").notes

        assert [note.is_good for note in notes] == [True, False, False, False]

    def test_weaker_words_count_and_are_flagged(self) -> None:
        log = [typed(30, "ye", "真的委屈您了")]
        report = score(log, PARCELS)

        assert of(report, Part.MUSTS, "ye").notes[0].is_good
        assert [(flag.consumer, flag.doubt) for flag in report.flags] == [("ye", Doubt.WEAK)]

    def test_a_mistyped_word_counts_and_is_flagged(self) -> None:
        report = score([typed(4, "luo", "I will contct the courier now, sorry")], PARCELS)

        assert of(report, Part.MUSTS, "luo").notes[1].is_good
        assert [(flag.part, flag.doubt) for flag in report.flags] == [(Part.MUSTS, Doubt.SPELLING)]


class TestPromises:
    def test_a_promise_costs_half_and_is_quoted(self) -> None:
        scored = of(score([typed(4, "luo", "您好！明天一定到。")], PARCELS), Part.PROMISES, "luo")

        assert (scored.share, scored.notes[0].sentences) == (0.5, ("明天一定到。",))

    def test_a_grave_one_costs_all(self) -> None:
        log = [typed(4, "asker", "您好，地址是杭州市拱墅区")]

        assert of(score(log, FRAUD), Part.PROMISES, "asker").share == 0

    @pytest.mark.parametrize("text", ["我不能保证明天到", "I can't promise it arrives tomorrow"])
    def test_a_refusal_costs_nothing_and_is_not_flagged(self, text: str) -> None:
        report = score([typed(4, "luo", text)], PARCELS)

        assert of(report, Part.PROMISES, "luo").share == 1
        assert report.flags == ()

    @pytest.mark.parametrize(
        ("text", "doubt"),
        [
            ("您是要我保证明天到吗？", Doubt.QUESTION),
            ("如果今天发出，保证明天到", Doubt.CONDITION),
            ("不是不能保证明天到", Doubt.NEGATION),
            ("您希望保证明天到", Doubt.REPORTED),
            ("我保正明天到", Doubt.SPELLING),
        ],
    )
    def test_a_doubtful_one_costs_nothing_and_is_flagged(self, text: str, doubt: Doubt) -> None:
        report = score([typed(4, "luo", text)], PARCELS)

        assert of(report, Part.PROMISES, "luo").share == 1
        assert [(flag.consumer, flag.doubt, flag.sentence) for flag in report.flags] == [("luo", doubt, text)]


class TestTone:
    def test_a_quarter_each(self) -> None:
        def share(*texts: str) -> float:
            log = [typed(4 + n, "lin", text) for n, text in enumerate(texts)]
            return of(score(log), Part.TONE, "lin").share

        assert share("您好，请问身高体重？", "建议L码", "谢谢，再见") == 1
        assert share("请问身高体重？", "建议L码", "谢谢，再见") == 0.75
        assert share("您好，请问身高体重？", "建议L码") == 0.75
        assert share("您好，请问身高体重？！！！", "建议L码", "谢谢，再见") == 0.75
        assert share("您好，您自己没看尺码表", "建议L码", "谢谢，再见") == 0.75

    @pytest.mark.parametrize(
        ("text", "shouts"),
        [
            ("PLEASE READ THE PAGE", True),
            ("请看清楚！！！", True),
            ("您说呢？！？！", True),
            ("Thank you!", False),
            ("谢谢！！", False),
            ("Your parcel SF1234 is in XL", False),
            ("The USB-C cable is OK", False),
            ("ＰＬＥＡＳＥ ＷＡＩＴ", True),
        ],
    )
    def test_shouting(self, text: str, shouts: bool) -> None:
        assert find_shouting(text) is shouts

    @pytest.mark.parametrize(
        "text",
        ["这是您自己的问题", "You should have read the page", "不关我的事", "you're wrong", "谁叫您不看"],
    )
    def test_blame(self, text: str) -> None:
        assert find_blame(text) is not None

    @pytest.mark.parametrize(
        "text",
        [
            "这不是您的错",
            "It is not your fault",
            "请您看一下详情页",
            "很抱歉给您添麻烦",
            "Good morning",
            "是我们的问题",
        ],
    )
    def test_no_blame(self, text: str) -> None:
        assert find_blame(text) is None


class TestLeftAlone:
    def test_the_longest_wait_counts_beyond_the_consumer_s_patience(self) -> None:
        def share(at: float) -> float:
            return of(
                score([typed(at, "lin", "您好，请问身高体重？")], ended_at=at + 1), Part.LEFT_ALONE, "lin"
            ).share

        assert share(45) == 1
        assert share(67.5) == pytest.approx(0.5)
        assert share(90) == 0

    def test_who_left_was_left_alone(self) -> None:
        log = [typed(4, "lin", "您好，请问身高体重？")]
        report = score(log, ended_at=480)

        assert report.ends["lin"] is End.LEFT
        assert of(report, Part.LEFT_ALONE, "lin").share == 0
