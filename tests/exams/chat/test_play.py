"""The consumers react to what is written, and only to that: the same log gives the same conversations."""

from __future__ import annotations

import random

import pytest

from exams.chat.check import play_model
from exams.chat.loader import get_script, shipped_scripts
from exams.chat.play import (
    CLOSED_ALREADY,
    EMPTY_LINE,
    GONE,
    MAX_LINES,
    MAX_TEXT,
    NOT_HERE_YET,
    TOO_LONG,
    TOO_MANY,
    Line,
    LineError,
    LineKind,
    Terms,
    advance,
    check_line,
    clean,
    replay,
    time_limit,
)
from exams.chat.script import End, Script, UnknownConsumerError

SALE = get_script("presales-sale-night")
TIMED = Terms()
CALM = Terms(timed=False)


def typed(at: float, consumer: str, text: str) -> Line:
    return Line(at=at, consumer=consumer, kind=LineKind.TYPED, text=text)


def opened(log: list[Line], now: float, terms: Terms = TIMED) -> list[float | None]:
    """Return when each consumer came, None for those who have not yet."""
    play = replay(SALE, log, now=now, terms=terms, language="zh")
    return [conversation.opened_at for conversation in play.conversations]


def said(consumer: str, log: list[Line], now: float, terms: Terms = TIMED, language: str = "zh") -> list[str]:
    """Return what the consumer has said by then."""
    play = replay(SALE, log, now=now, terms=terms, language=language)
    return [message.text for message in play.conversation(consumer).messages if not message.by_candidate]


class TestConsumers:
    def test_they_come_one_after_the_other_at_their_times(self) -> None:
        assert [opened([], now) for now in (0, 12, 30)] == [[0, None, None], [0, 12, None], [0, 12, 25]]

    def test_an_understood_answer_leads_on_three_seconds_later(self) -> None:
        log = [typed(5, "lin", "您好，请问身高体重是多少？")]

        assert said("lin", log, 7.9) == said("lin", [], 5)
        assert said("lin", log, 8) == ["轻羽短款我穿多大码合适呀？", "165，58 公斤，平时喜欢穿宽松点。"]

    def test_they_write_in_the_language_of_the_play_and_understand_both(self) -> None:
        log = [typed(5, "lin", "May I ask your height and weight?")]

        assert said("lin", log, 8, language="en")[-1] == "165 cm, 58 kg, and I like it a bit loose."
        assert said("lin", log, 8, language="zh")[-1] == "165，58 公斤，平时喜欢穿宽松点。"

    def test_a_greeting_alone_leads_nowhere_and_puzzles_nobody(self) -> None:
        assert len(said("lin", [typed(3, "lin", "您好，在的")], 40)) == 1

    def test_who_is_not_understood_is_asked_again_and_then_the_turn_goes_on(self) -> None:
        log = [typed(4, "lin", "今天天气真好呀"), typed(20, "lin", "我最喜欢吃苹果和香蕉")]

        assert said("lin", log, 13)[-1] == "我就想知道我该买几码。"
        assert said("lin", log, 29)[-1] == "我 165，58 公斤，你看穿几码？"

    def test_pieces_of_an_answer_add_up_until_the_consumer_speaks(self) -> None:
        log = [typed(30, "chen", "有现货的"), typed(31, "chen", "48小时内发货")]

        assert said("chen", log, 33.5)[-1] == "那周五前能到吗？给个准话。"

    def test_a_denial_is_no_answer(self) -> None:
        log = [typed(30, "chen", "没有现货")]

        assert len(said("chen", log, 34)) == 1

    def test_a_promise_is_taken_up_once(self) -> None:
        log = [typed(5, "lin", "L码肯定合身"), typed(20, "lin", "L码肯定合身，放心")]
        words = said("lin", log, 40)

        assert words.count("你说一定合身的，不合身我可找你。") == 1

    def test_a_promise_may_end_the_conversation(self) -> None:
        log = [typed(15, "zhao", "好的，我私下给您返20元")]
        found = replay(SALE, log, now=30, terms=TIMED, language="zh").conversation("zhao")

        assert (found.end, found.messages[-1].text) == (End.CONTENT, "哈哈爽快！截图了，记得返我。")

    def test_fragments_come_one_after_the_other(self) -> None:
        script = get_script("presales-gift-for-parents")
        counts = [
            len(replay(script, [], now=now, terms=TIMED, language="zh").conversation("kai").messages)
            for now in (14, 16, 18, 20)
        ]

        assert counts == [1, 2, 3, 4]


class TestPatience:
    def test_the_silent_agent_is_nudged_twice_and_then_left(self) -> None:
        silent = replay(SALE, [], now=500, terms=TIMED, language="zh")
        times = [message.at for message in silent.conversation("lin").messages]

        assert times == [0, 45, 90, 135]
        assert [conversation.end for conversation in silent.conversations] == [End.LEFT] * 3

    def test_the_pace_stretches_every_wait(self) -> None:
        play = replay(SALE, [], now=1000, terms=Terms(pace=2), language="zh")

        assert [message.at for message in play.conversation("lin").messages] == [0, 90, 180, 270]
        assert [conversation.opened_at for conversation in play.conversations] == [0, 24, 50]

    def test_a_word_that_one_is_looking_doubles_it(self) -> None:
        def nudged_at(words: str) -> float:
            log = [typed(10, "lin", words)]
            messages = replay(SALE, log, now=500, terms=TIMED, language="zh").conversation("lin").messages
            return next(message.at for message in messages if message.text.startswith("在吗"))

        assert nudged_at("您好") == 10 + 45
        assert nudged_at("稍等，我查一下") == 10 + 90

    def test_without_time_nobody_nudges_or_leaves(self) -> None:
        play = replay(SALE, [], now=100_000, terms=CALM, language="zh")

        assert [len(conversation.messages) for conversation in play.conversations] == [1, 1, 1]
        assert not play.is_over


class TestOneAfterTheOther:
    def test_the_next_comes_when_the_first_is_done(self) -> None:
        terms = Terms(at_once=1)
        log = [Line(at=20, consumer="lin", kind=LineKind.CLOSE)]

        assert opened(log, 60, terms) == [0, 24, None]

    def test_two_at_once(self) -> None:
        log = [Line(at=40, consumer="zhao", kind=LineKind.CLOSE)]

        assert opened(log, 60, Terms(at_once=2)) == [0, 12, 44]

    def test_it_may_last_as_much_longer(self) -> None:
        assert [time_limit(SALE, Terms(at_once=n)) for n in (3, 2, 1)] == [480, 960, 1440]
        assert time_limit(SALE, Terms(pace=1.5)) == 720
        assert time_limit(SALE, CALM) is None


class TestReplay:
    @pytest.mark.parametrize("script", shipped_scripts().values(), ids=lambda script: script.id)
    def test_any_moment_gives_the_beginning_of_the_next(self, script: Script) -> None:
        log, ended_at = play_model(script, "zh")
        whole = replay(script, log, now=ended_at, terms=TIMED, language="zh")

        for now in range(0, int(ended_at), 7):
            part = replay(script, log, now=now, terms=TIMED, language="zh")
            for conversation in part.conversations:
                until = [m for m in whole.conversation(conversation.consumer).messages if m.at <= now]
                assert list(conversation.messages) == until

    def test_the_steps_of_advance_add_up_to_the_whole(self) -> None:
        log, ended_at = play_model(SALE, "en")
        steps = [
            message
            for second in range(-1, int(ended_at))
            for message in advance(SALE, log, since=second, now=second + 1, terms=TIMED, language="en")
        ]
        whole = advance(SALE, log, since=-1, now=int(ended_at), terms=TIMED, language="en")

        assert steps == list(whole)
        assert len(whole) > 8

    def test_the_order_in_which_lines_are_read_makes_no_difference(self) -> None:
        log, ended_at = play_model(SALE, "zh")
        shuffled = list(log)
        random.Random(7).shuffle(shuffled)

        plays = [replay(SALE, lines, now=ended_at, terms=TIMED, language="zh") for lines in (log, shuffled)]
        assert plays[0] == plays[1]

    def test_a_thousand_messages_are_played(self) -> None:
        log = [typed(1 + n / 100, "lin", f"在吗{n}" * 4) for n in range(1000)]

        assert len(replay(SALE, log, now=60, terms=TIMED, language="zh").conversation("lin").messages) > 1000


class TestLines:
    @pytest.mark.parametrize("text", ["", "  ", "\x00\x07", "？！", "\u200b", "👍"], ids=ascii)
    def test_a_line_without_a_word_is_refused(self, text: str) -> None:
        with pytest.raises(LineError) as refused:
            clean(text)
        assert refused.value.sentence == EMPTY_LINE

    @pytest.mark.parametrize("text", ["好" * (MAX_TEXT + 1), "好" * 1_000_000], ids=["one-more", "1-mb"])
    def test_a_long_line_is_refused(self, text: str) -> None:
        with pytest.raises(LineError) as refused:
            clean(text)
        assert refused.value.sentence == TOO_LONG

    def test_what_cannot_be_stored_is_dropped_and_markup_stays_text(self) -> None:
        assert clean(" <b>您\x00好\ud800</b>\n\u202e ") == "<b>您好</b>"

    def test_who_is_not_here_yet_cannot_be_answered(self) -> None:
        self._refused([], typed(11, "zhao", "您好"), NOT_HERE_YET.en)
        check_line(SALE, [], typed(12, "zhao", "您好"), TIMED, language="zh")

    def test_who_has_left_cannot_be_answered(self) -> None:
        self._refused([], typed(140, "lin", "您好"), GONE.en)

    def test_a_closed_conversation_takes_nothing_more(self) -> None:
        log = [Line(at=3, consumer="lin", kind=LineKind.CLOSE)]

        self._refused(log, typed(5, "lin", "您好"), CLOSED_ALREADY.en)

    def test_whoever_ended_content_still_hears_a_farewell(self) -> None:
        log = [typed(15, "zhao", "好的，我私下给您返20元")]

        check_line(SALE, log, typed(30, "zhao", "谢谢，再见"), TIMED, language="zh")

    def test_there_is_a_last_line(self) -> None:
        log = [typed(1, "lin", "您好")] * MAX_LINES

        self._refused(log, typed(5, "lin", "您好"), TOO_MANY.en)

    def test_a_consumer_of_another_script_is_unknown(self) -> None:
        with pytest.raises(UnknownConsumerError, match="no consumer 'bao'"):
            check_line(SALE, [], typed(5, "bao", "您好"), TIMED, language="zh")

    def _refused(self, log: list[Line], line: Line, sentence: str) -> None:
        with pytest.raises(LineError) as refused:
            check_line(SALE, log, line, TIMED, language="zh")
        assert refused.value.sentence.en == sentence


class TestTerms:
    def test_the_larger_multiplier_is_the_pace(self) -> None:
        assert Terms.for_person(time_multiplier=1.5, response_allowance=2.0).pace == 2.0
        assert Terms.for_person(time_multiplier=1.5).pace == 1.5

    @pytest.mark.parametrize("need", ["unlimited", "slow_input"])
    def test_time_is_left_out_where_it_says_nothing(self, need: str) -> None:
        assert not Terms.for_person(**{need: True}).timed

    def test_nobody_gets_more_at_once_than_they_can_take(self) -> None:
        assert [Terms.for_person(max_concurrent=n).at_once for n in (1, 2, 3, 4, 8)] == [1, 2, 3, 3, 3]
