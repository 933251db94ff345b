"""The rule by which marked-up texts become plain ones."""

from __future__ import annotations

import pytest

from exams.formats.plain import to_plain
from exams.formats.questions import Markup, Words


@pytest.mark.parametrize(
    ("markup", "text", "plain"),
    [
        (
            Markup.HTML,
            "<p>One\n  two</p><p><b>Three</b>&amp;&nbsp;&nbsp;four<br>five</p>",
            "One two\nThree&  four\nfive",
        ),
        (Markup.HTML, "<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        (
            Markup.HTML,
            "<table><tr><td>a</td><td>b | c</td></tr><tr><td></td><td>d</td></tr></table>",
            "a | b | c\nd",
        ),
        (Markup.HTML, "x<sup>2</sup> H<sub>2</sub>O", "x^2 H_2O"),
        (Markup.HTML, "<pre>if a:\n    b</pre>", "if a:\n    b"),
        (Markup.HTML, "<style>p {}</style>Seen <a href='x'>here</a><!-- not here -->", "Seen here"),
        (Markup.HTML, "1 < 2 & 3 > 2", "1 < 2 & 3 > 2"),
        (Markup.MOODLE, "a  <em>b</em>", "a b"),
        (Markup.MOODLE, "1 < 2 and AT&T", "1 < 2 and AT&T"),
        (Markup.PLAIN, "<b>as it is</b>", "<b>as it is</b>"),
        (Markup.MARKDOWN, "- a\n    - b  \n\nc\x07", "- a\n    - b\n\nc"),
    ],
)
def test_tags_go_and_what_they_say_stays(markup: Markup, text: str, plain: str) -> None:
    found = to_plain(Words(text, markup))

    assert (found.zh, found.en, found.multilingual, found.media) == (plain, plain, False, ())


@pytest.mark.parametrize(
    "text",
    [
        '<span lang="zh_cn" class="multilang">一</span><span lang="en" class="multilang">one</span>: 1',
        "{mlang zh_cn}一{mlang}{mlang en}one{mlang}: 1",
        '<span lang="en" class="multilang"><span>one</span></span><lang lang="zh">一</lang>: 1',
    ],
)
def test_each_language_gets_its_part_and_what_both_share(text: str) -> None:
    found = to_plain(Words(text, Markup.HTML))

    assert (found.zh, found.en, found.multilingual) == ("一: 1", "one: 1", True)


def test_of_other_languages_the_one_that_is_there_is_shown() -> None:
    found = to_plain(Words("{mlang en}one{mlang}{mlang fr}un{mlang}"))

    assert (found.zh, found.en, found.multilingual) == ("one", "one", False)


@pytest.mark.parametrize(
    ("markup", "text", "named"),
    [
        (Markup.HTML, '<p><img src="map.png" alt="a map"></p>', "<img> map.png"),
        (Markup.MOODLE, "Hear <audio src='a.mp3'></audio>", "<audio> a.mp3"),
        (Markup.HTML, "<math><mi>x</mi></math>", "<math>"),
        (Markup.MARKDOWN, "See ![map](map.png)", "![map](map.png)"),
        (Markup.HTML, '<a href="@@PLUGINFILE@@/a.mp3">hear</a>', "@@PLUGINFILE@@/a.mp3"),
    ],
)
def test_media_is_named(markup: Markup, text: str, named: str) -> None:
    assert to_plain(Words(text, markup)).media[0] == named
