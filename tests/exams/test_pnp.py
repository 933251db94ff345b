"""AfA PNP files: what is understood, what is named, what is refused, and the way back."""

from __future__ import annotations

import pytest

from exams.formats.questions import FormatError
from exams.pnp import NAMESPACE, Wishes, list_unknown, read_pnp, write_pnp

NOTHING = Wishes()


def record(members: str, *, person: str = "13900000001", more: str = "") -> str:
    return (
        f'<access-for-all-pnp-record><person-sourced-id source-system="county">{person}</person-sourced-id>'
        f"{more}<access-for-all-pnp>{members}</access-for-all-pnp></access-for-all-pnp-record>"
    )


def file_of(*records: str) -> bytes:
    body = "\n".join(records)
    return f'<access-for-all-pnp-records xmlns="{NAMESPACE}">\n{body}\n</access-for-all-pnp-records>'.encode()


def wishes_of(members: str) -> Wishes:
    [profile] = read_pnp(file_of(record(members)))
    assert profile.unknown == ()
    return profile.wishes


@pytest.mark.parametrize(
    ("members", "wishes"),
    [
        ("", NOTHING),
        (
            "<additional-testing-time><time-multiplier>1.5</time-multiplier></additional-testing-time>",
            Wishes(says_time=True, multiplier=1.5),
        ),
        (
            "<additional-testing-time><replace-access-mode-visual/><fixed-minutes>15</fixed-minutes>"
            "</additional-testing-time>",
            Wishes(says_time=True, fixed_minutes=15),
        ),
        (
            "<additional-testing-time><unlimited/></additional-testing-time>",
            Wishes(says_time=True, unlimited=True),
        ),
        ("<environment><breaks>true</breaks></environment>", Wishes(breaks=True)),
        ("<environment><breaks>0</breaks></environment>", Wishes(breaks=False)),
        ('<magnification><text zoom-amount="2"/></magnification>', Wishes(large_text=True)),
        ("<text-appearance><font-size>24</font-size></text-appearance>", Wishes(large_text=True)),
        ("<text-appearance><font-size>12</font-size></text-appearance>", NOTHING),
        ("<spoken><reading-type>screen-reader</reading-type></spoken>", Wishes(screen_reader=True)),
        ("<captions/>", Wishes(text_only=True)),
        (
            "<additionalTestingTime><timeMultiplier>2</timeMultiplier></additionalTestingTime>",
            Wishes(says_time=True, multiplier=2.0),
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_what_an_exam_can_do_is_understood(members: str, wishes: Wishes) -> None:
    assert wishes_of(members) == wishes


def test_prefixes_make_no_difference() -> None:
    content = file_of(record("<environment><breaks>true</breaks></environment>")).decode()
    prefixed = (
        content.replace("</", "\0").replace("<", "<p:").replace("\0", "</p:").replace("xmlns=", "xmlns:p=")
    )

    assert read_pnp(prefixed.encode()) == read_pnp(content.encode())


def test_every_other_member_is_named_with_its_line() -> None:
    members = "\n<braille/>\n<environment><medical>oxygen</medical></environment>\n<sign-language/>"

    found = list_unknown(read_pnp(file_of(record(members))))

    assert [(who, finding.line) for who, finding in found] == [("13900000001", line) for line in (3, 4, 5)]
    assert "<braille>" in found[0][1].message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not whole XML"),
        (b"<html/>", "export it as AfA PNP 3.0"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a/>', "document type"),
        (file_of(), "no record"),
        (b"<access-for-all-pnp/>", "--person"),
        (file_of("<person/>"), "is no record"),
        (file_of(record("", person=" ")), "needs one <person-sourced-id>"),
        (file_of(record(""), record("")), "two records"),
        (file_of(record("", more="<appointment-id>7</appointment-id>")), "one appointment only"),
        *(
            (
                file_of(record(f"<additional-testing-time>{time}</additional-testing-time>")),
                words,
            )
            for time, words in [
                ("", "keep one of them"),
                ("<unlimited/><fixed-minutes>5</fixed-minutes>", "keep one of them"),
                ("<time-multiplier>much</time-multiplier>", "from 1 to 5"),
                ("<time-multiplier>NaN</time-multiplier>", "from 1 to 5"),
                ("<time-multiplier>0.5</time-multiplier>", "from 1 to 5"),
                ("<time-multiplier>9</time-multiplier>", "use <unlimited/>"),
                ("<fixed-minutes>-1</fixed-minutes>", "whole number"),
                ("<fixed-minutes>1.5</fixed-minutes>", "whole number"),
                ("<fixed-minutes>99999999</fixed-minutes>", "whole number"),
                ("<rounds>2</rounds>", "no kind of additional time"),
            ]
        ),
        (file_of(record("<environment><breaks>yes</breaks></environment>")), "true or false"),
        (file_of(record("<text-appearance><font-size>big</font-size></text-appearance>")), "font size"),
    ],
)
def test_what_cannot_be_right_is_refused_with_a_sentence(content: bytes, words: str) -> None:
    with pytest.raises(FormatError, match=words) as refusal:
        read_pnp(content)

    assert all(finding.line >= 1 for finding in refusal.value.findings)


def test_all_faults_are_named_at_once() -> None:
    broken = record("<environment><breaks>yes</breaks></environment>", person="a")

    with pytest.raises(FormatError) as refusal:
        read_pnp(file_of(broken, record("", person="b"), broken))

    assert [finding.line for finding in refusal.value.findings] == [2, 4]


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(says_time=True, multiplier=1.25, breaks=True, large_text=True, text_only=True),
        Wishes(says_time=True, fixed_minutes=30, screen_reader=True),
        Wishes(says_time=True, unlimited=True, large_text=True),
    ],
)
def test_what_is_written_is_read_again(wishes: Wishes) -> None:
    [profile] = read_pnp(write_pnp([('<&"', wishes)]).encode())

    assert (profile.person, profile.source_system) == ('<&"', "zuoxi")
    assert profile.wishes == wishes


def test_a_profile_without_a_record_is_the_person_s_who_was_named() -> None:
    content = b"<access-for-all-pnp><captions/></access-for-all-pnp>"

    [profile] = read_pnp(content, person="lin@zuoxi.example")

    assert (profile.person, profile.wishes.text_only) == ("lin@zuoxi.example", True)
