"""The shipped scripts are sound, and what is wrong with a script is named with its mend."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from exams.chat.check import find_faults
from exams.chat.commands import check_chats, play_chat
from exams.chat.loader import (
    SHIPPED,
    ScriptError,
    UnknownScriptError,
    get_script,
    load_script,
    shipped_scripts,
)
from exams.chat.script import Script
from exams.items import Topic

PRACTICE = (SHIPPED / "practice-first-three.toml").read_text(encoding="utf-8")
IDLE = '[intents.idle]\nzh = ["闲"]\nen = ["idle"]\n\n[intents.litres]'


def changed(folder: Path, old: str, new: str) -> Path:
    """Write the practice script with something changed; `old` has to be there."""
    assert old in PRACTICE
    path = folder / "changed.toml"
    path.write_text(PRACTICE.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize("script", shipped_scripts().values(), ids=lambda script: script.id)
def test_a_shipped_script_is_sound(script: Script) -> None:
    assert list(find_faults(script)) == []


def test_there_are_three_scored_scripts_a_line_and_one_for_practice() -> None:
    kinds = Counter((script.topic, script.practice) for script in shipped_scripts().values())

    assert kinds == {(Topic.PRE_SALES, False): 3, (Topic.AFTER_SALES, False): 3, (Topic.PRE_SALES, True): 1}


def test_practice_has_hints() -> None:
    assert get_script("practice-first-three").hints


def test_an_unknown_script_is_named() -> None:
    with pytest.raises(UnknownScriptError, match="there is no chat script 'nope'"):
        get_script("nope")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('topic = "pre_sales"', 'topic = "cooking"', "topic: it is 'cooking': choose one of"),
        ("minutes = 6", "minutes = 0", "minutes: it is 0: write a whole number of 1 or more."),
        ("minutes = 6", "minuets = 6", "'minuets' is not known here"),
        ('when = ["litres"]', 'when = ["liters"]', "no intent 'liters': write it under [intents.liters]."),
        ('when = ["litres"]', 'when = "litres"', "when is not a list of intents"),
        ('go = "ship"', 'go = "shop"', "'shop' is neither a turn nor an end: choose one of size"),
        ('kind = "say"', 'kind = "sing"', "kind: it is 'sing': choose one of say, ask."),
        ('zh = ["1.7(升|l|L)", "一点七升", "1.7"]', "zh = []", "intent litres: zh has no phrase"),
        ('"一点七升"', '"。！"', "the phrase '。！' holds no word"),
        (', en = "Mei" }', " }", 'consumer mei, name: it needs exactly zh and en'),
        ('en = "Mei"', 'en = "小梅"', "consumer mei, name.en holds Chinese characters"),
        ("opens = 15", "opens = 40", "the consumers do not stand in the order in which they open"),
        ('id = "wu"', 'id = "mei"', "two consumers have the same id"),
        ('id = "wu"', 'id = "Old Wu"', "the id 'Old Wu' is not usable"),
        ('id = "practice-first-three"', "id = 'x", "it is not readable TOML in UTF-8"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_mend(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(ScriptError) as refused:
        load_script(changed(tmp_path, old, new))
    assert any(message in fault and fault.startswith("changed.toml") for fault in refused.value.faults)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('go = "postage"', 'go = "content"', "turn postage: nothing leads to it"),
        ('when = ["who-pays"]\ntext', 'when = ["hold"]\ntext', "model: jing, musts: 'Say that the customer"),
        ("您现在拍，明天一定到。", "您现在拍，谢谢。", "forbidden arrival: its zh example is not found"),
        ("我不能保证明天到，请您理解。", "我保证明天到。", "its zh counter-example is taken for a promise"),
        ("谢谢您的咨询，有问题随时找我，祝您生活愉快。", "嗯。", "mei, tone: 'Thanks or a farewell"),
        ("[intents.litres]", IDLE, "intent idle: nothing asks for it"),
        ("我不能保证明天到。", "能保证明天到吗？", "would be flagged (promises, question)"),
    ],
)  # fmt: skip
def test_what_no_play_can_reach_is_found(tmp_path: Path, old: str, new: str, message: str) -> None:
    faults = list(find_faults(load_script(changed(tmp_path, old, new))))

    assert any(message in fault for fault in faults), faults


class TestCommands:
    def test_check_chats_exits_1_and_names_the_fault(self, tmp_path: Path) -> None:
        changed(tmp_path, "谢谢您的咨询，有问题随时找我，祝您生活愉快。", "嗯。")
        found = CliRunner().invoke(check_chats, [str(tmp_path)])

        assert found.exit_code == 1
        assert "1 of 1: practice-first-three" in found.output
        assert "Thanks or a farewell at the end" in found.stderr

    def test_a_script_is_played_in_the_terminal(self) -> None:
        typed = (
            "hello\n1\n2 hello\n1 Hello, it holds 1.7 litres and is in stock.\n1 q1\n1 close\n1 more\nend\n"
        )
        found = CliRunner().invoke(
            play_chat, ["practice-first-three", "--language", "en", "--untimed"], input=typed
        )

        assert found.exit_code == 0, found.output
        assert "Mei: Hi, how much does the K1 kettle hold?" in found.output
        assert "Begin with the customer's number" in found.output
        assert "There is nothing to send yet" in found.output
        assert "This customer is not here yet" in found.output
        assert "You have closed the conversation" in found.output
        assert "+ Say that it holds 1.7 litres: Hello, it holds 1.7 litres and is in stock." in found.output
        assert "First manual response" not in found.output

    def test_an_unknown_script_is_refused_with_the_names(self) -> None:
        found = CliRunner().invoke(play_chat, ["nope"])

        assert found.exit_code == 2
        assert "choose one of aftersales-angry-morning" in found.stderr
