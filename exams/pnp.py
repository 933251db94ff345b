"""Read and write accommodations as AfA PNP 3.0 (the QTI 3 profile), the format other exam systems exchange.

A profile names what a person needs; what it leaves out is left as it is. Of its some 50 members we understand
those that an exam here can honour; every other one is named with its line, never dropped in silence. Names
in camel case (additionalTestingTime), as the earlier drafts and APIP write them, are understood too.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias
from xml.sax.saxutils import escape, quoteattr

from exams.formats.questions import Finding, FormatError, refuse
from exams.formats.xml_tree import Node, parse

NAMESPACE = "http://www.imsglobal.org/xsd/qti/qtiv3p0/imsafa3p0pnp_v1p0"
SOURCE_SYSTEM = "zuoxi"
MOST_PEOPLE = 20_000
MOST_MULTIPLIER = 5.0
MOST_MINUTES = 600
LARGE_POINTS = 18.0
"""A font of at least so many points asks for large text."""

_RECORDS, _RECORD, _PROFILE = (
    "access-for-all-pnp-records",
    "access-for-all-pnp-record",
    "access-for-all-pnp",
)


_Found: TypeAlias = dict[str, object]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Wishes:
    """What a profile says; None where it says nothing.

    Of the time at most one is given: `multiplier` (above 1), `fixed_minutes` or `unlimited`. All three None
    or empty: no more time than others.
    """

    says_time: bool = False
    multiplier: float = 1.0
    fixed_minutes: int = 0
    unlimited: bool = False
    breaks: bool | None = None
    large_text: bool | None = None
    text_only: bool | None = None
    screen_reader: bool | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Profile:
    """One person's profile: who it is, by whose numbering, from which line on."""

    person: str
    source_system: str
    line: int
    wishes: Wishes
    unknown: tuple[Finding, ...] = ()


def read_pnp(content: bytes, *, person: str | None = None) -> list[Profile]:
    """Return the profiles of a file. `person` names whose a single profile without a record is.

    Raises FormatError, with every finding and its line, for a file that is no AfA PNP or has values that
    cannot be right.
    """
    root = parse(content)
    name = _name(root)
    if name == _PROFILE:
        if not person:
            raise refuse(
                root.line, "it has one profile and does not say whose: name the person with --person."
            )
        return [_read_profile(root, person=person, source_system="")]
    if name != _RECORDS:
        raise refuse(
            root.line,
            f"it begins with <{root.tag}>, not with <{_RECORDS}> or <{_PROFILE}>: export it as AfA PNP 3.0.",
            zh="这不是 AfA PNP 文件。请从原来的系统按 AfA PNP 3.0 重新导出。",
        )
    if len(root.children) > MOST_PEOPLE:
        raise refuse(
            root.line,
            f"it has more than {MOST_PEOPLE} records: split the file.",
            zh=f"文件里超过 {MOST_PEOPLE} 人。请分成几个文件。",
        )
    if not root.children:
        raise refuse(
            root.line, "it has no record: a file of nobody changes nothing.", zh="文件里一个人也没有。"
        )
    return _read_records(root.children)


def write_pnp(people: Iterable[tuple[str, Wishes]]) -> str:
    """Return the document with one record a person, valid against the schema of the QTI 3 profile."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<{_RECORDS} xmlns="{NAMESPACE}">']
    for person, wishes in people:
        lines += [
            f"  <{_RECORD}>",
            f"    <person-sourced-id source-system={quoteattr(SOURCE_SYSTEM)}>{escape(person)}"
            "</person-sourced-id>",
            f"    <{_PROFILE}>",
            *(f"      {line}" for line in _members(wishes)),
            f"    </{_PROFILE}>",
            f"  </{_RECORD}>",
        ]
    return "\n".join([*lines, f"</{_RECORDS}>", ""])


def list_unknown(profiles: Sequence[Profile]) -> list[tuple[str, Finding]]:
    """Return what no exam here can do, with the person, in the order of the file."""
    return [(profile.person, finding) for profile in profiles for finding in profile.unknown]


def _members(wishes: Wishes) -> list[str]:
    """Return the profile's members in the order of the schema."""
    members = []
    if wishes.unlimited:
        members.append("<additional-testing-time><unlimited/></additional-testing-time>")
    elif wishes.multiplier > 1:
        time = f"<time-multiplier>{wishes.multiplier:g}</time-multiplier>"
        members.append(f"<additional-testing-time>{time}</additional-testing-time>")
    elif wishes.fixed_minutes:
        time = f"<fixed-minutes>{wishes.fixed_minutes}</fixed-minutes>"
        members.append(f"<additional-testing-time>{time}</additional-testing-time>")
    if wishes.large_text:
        members.append('<magnification><text zoom-amount="1.25"/></magnification>')
    if wishes.screen_reader:
        members.append(
            "<spoken><reading-type>screen-reader</reading-type><link-indication>none</link-indication>"
            "<typing-echo>none</typing-echo></spoken>"
        )
    if wishes.text_only:
        members.append("<captions><replace-access-mode-auditory/></captions>")
    if wishes.breaks:
        members.append("<environment><breaks>true</breaks></environment>")
    return members


def _read_records(records: Sequence[Node]) -> list[Profile]:
    profiles: dict[tuple[str, str], Profile] = {}
    findings: list[Finding] = []
    for record in records:
        try:
            profile = _read_record(record)
        except FormatError as error:
            findings.extend(error.findings)
            continue
        if profiles.setdefault((profile.source_system, profile.person), profile) is not profile:
            findings.append(
                _finding(
                    profile.line,
                    f"{profile.person} has two records: keep one.",
                    zh=f"{profile.person} 有两份，请只留一份。",
                )
            )
    if findings:
        raise FormatError(findings)
    return list(profiles.values())


def _read_record(record: Node) -> Profile:
    if _name(record) != _RECORD:
        raise refuse(
            record.line,
            f"<{record.tag}> is no record: only <{_RECORD}> may stand here.",
            zh=f"<{record.tag}> 不是一个人的记录，请去掉。",
        )
    persons = [child for child in record.children if _name(child) == "person-sourced-id"]
    profiles = [child for child in record.children if _name(child) == _PROFILE]
    if len(persons) != 1 or len(profiles) != 1 or not persons[0].text.strip():
        raise refuse(
            record.line,
            "a record needs one <person-sourced-id> and one <access-for-all-pnp>.",
            zh="一条记录要有一个 <person-sourced-id> 和一个 <access-for-all-pnp>。",
        )
    appointments = [child for child in record.children if _name(child) == "appointment-id"]
    if appointments:
        raise refuse(
            appointments[0].line,
            "it is for one appointment only, but needs belong to the person and apply to every exam here: "
            "take <appointment-id> out if they hold always.",
            zh="这份只管一场考试，而这里的需要每场考试都算。一直需要的话，请去掉 <appointment-id>。",
        )
    person, system = persons[0].text.strip(), persons[0].attributes.get("source-system", "").strip()
    return _read_profile(profiles[0], person=person, source_system=system)


def _read_profile(node: Node, *, person: str, source_system: str) -> Profile:
    found: _Found = {}
    unknown: list[Finding] = []
    for member in node.children:
        read = _READERS.get(_name(member))
        if read is None:
            unknown.append(_unknown(member))
        else:
            read(member, found, unknown)
    wishes = Wishes(**found)  # type: ignore[arg-type]
    return Profile(
        person=person, source_system=source_system, line=node.line, wishes=wishes, unknown=tuple(unknown)
    )


def _read_time(member: Node, found: _Found, _unknown_ones: list[Finding]) -> None:
    if "says_time" in found:
        raise refuse(
            member.line, "it asks for additional time twice: keep one.", zh="加时写了两次，请只留一次。"
        )
    found |= {"says_time": True} | _read_amount(member)


def _read_environment(member: Node, found: _Found, unknown: list[Finding]) -> None:
    for child in member.children:
        if _name(child) == "breaks":
            found["breaks"] = _read_flag(child)
        else:
            unknown.append(_unknown(child))


def _read_spoken(member: Node, found: _Found, unknown: list[Finding]) -> None:
    kinds = [child.text.strip() for child in member.children if _name(child) == "reading-type"]
    if kinds == ["screen-reader"]:
        found["screen_reader"] = True
    else:
        unknown.append(_unknown(member))


def _read_large(_member: Node, found: _Found, _unknown_ones: list[Finding]) -> None:
    found["large_text"] = True


def _read_text(_member: Node, found: _Found, _unknown_ones: list[Finding]) -> None:
    found["text_only"] = True


def _read_amount(member: Node) -> _Found:
    choices = [child for child in member.children if not _name(child).startswith("replace-access-mode")]
    if len(choices) != 1:
        raise refuse(
            member.line,
            "additional time is one of <time-multiplier>, <fixed-minutes> and <unlimited>: keep one of them.",
            zh="加时只能是 <time-multiplier>、<fixed-minutes>、<unlimited> 里的一种，请只留一种。",
        )
    [choice] = choices
    words = choice.text.strip()
    if _name(choice) == "unlimited":
        return {"unlimited": True}
    if _name(choice) == "time-multiplier":
        try:
            multiplier = float(words)
        except ValueError:
            multiplier = math.nan
        if not 1 <= multiplier <= MOST_MULTIPLIER:
            raise refuse(
                choice.line,
                f"the time multiplier {words[:20]!r} is no number from 1 to {MOST_MULTIPLIER:g}: "
                "correct it, or use <unlimited/>.",
                zh=f"时间倍数“{words[:20]}”不是 1 到 {MOST_MULTIPLIER:g} 的数。不限时就写 <unlimited/>。",
            )
        return {"multiplier": round(multiplier, 2)}
    if _name(choice) == "fixed-minutes":
        if not re.fullmatch(r"[0-9]{1,4}", words) or int(words) > MOST_MINUTES:
            raise refuse(
                choice.line,
                f"{words[:20]!r} is no whole number of minutes from 0 to {MOST_MINUTES}: correct it, "
                "or use <unlimited/>.",
                zh=f"“{words[:20]}”不是 0 到 {MOST_MINUTES} 的整数分钟。请改正；不限时就写 <unlimited/>。",
            )
        return {"fixed_minutes": int(words)}
    raise refuse(
        choice.line,
        f"<{choice.tag}> is no kind of additional time: see AfA PNP 3.0.",
        zh=f"<{choice.tag}> 不是一种加时，请看 AfA PNP 3.0。",
    )


def _read_appearance(member: Node, found: _Found, unknown: list[Finding]) -> None:
    for child in member.children:
        if _name(child) != "font-size":
            unknown.append(_unknown(child))
            continue
        try:
            points = float(child.text)
        except ValueError:
            points = math.nan
        if not points > 0:
            raise refuse(
                child.line,
                f"{child.text.strip()[:20]!r} is no font size: give points.",
                zh=f"“{child.text.strip()[:20]}”不是字号，请写磅数。",
            )
        if points >= LARGE_POINTS:
            found["large_text"] = True


def _read_flag(node: Node) -> bool:
    words = node.text.strip()
    if words not in {"true", "false", "1", "0"}:
        raise refuse(
            node.line,
            f"<{node.tag}> is {words[:20]!r}: write true or false.",
            zh=f"<{node.tag}> 写的是“{words[:20]}”，请写 true 或 false。",
        )
    return words in {"true", "1"}


def _unknown(node: Node) -> Finding:
    return _finding(
        node.line,
        f"<{node.tag}> is nothing that an exam here can do.",
        zh=f"<{node.tag}>：这里的考试还做不到。",
    )


def _finding(line: int, message: str, *, zh: str) -> Finding:
    return Finding(line=line, title=None, message=message, zh=zh)


def _name(node: Node) -> str:
    """Return the element's name without its prefix, in lower case with hyphens."""
    bare = node.tag.rpartition(":")[2]
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", bare).lower()


_READERS: Mapping[str, Callable[[Node, _Found, list[Finding]], None]] = {
    "additional-testing-time": _read_time,
    "environment": _read_environment,
    "magnification": _read_large,
    "text-appearance": _read_appearance,
    "spoken": _read_spoken,
    "captions": _read_text,
    "transcript": _read_text,
}
