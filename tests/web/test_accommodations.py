"""Needs in exams from and for other systems: looked at first, taken with a yes, never read unseen."""

from __future__ import annotations

import html
import io
import re

import pytest
from sqlalchemy.orm import Session

from app import clock
from app.models import Agent
from app.queries.needs import find_needs, list_disclosures
from app.web.operations import accommodations
from exams.pnp import read_pnp
from tests.conftest import RoleClient
from tests.make import NOON, Make

TIME = "<additional-testing-time><time-multiplier>1.5</time-multiplier></additional-testing-time>"
BRAILLE = "<braille><delivery-mode>embossed</delivery-mode></braille>"


@pytest.fixture
def agent(make: Make, monkeypatch: pytest.MonkeyPatch) -> Agent:
    monkeypatch.setattr(clock, "utc_now", lambda: NOON)
    return make.agent(user=make.user(email="lin@zuoxi.example"))


@pytest.fixture
def address(agent: Agent) -> str:
    return f"/operations/people/{agent.id}/accommodations"


def record(members: str, *, person: str) -> str:
    return (
        f'<access-for-all-pnp-record><person-sourced-id source-system="county">{person}</person-sourced-id>\n'
        f"<access-for-all-pnp>\n{members}\n</access-for-all-pnp></access-for-all-pnp-record>"
    )


def file_of(*records: str) -> str:
    return f"<access-for-all-pnp-records>\n{''.join(records)}</access-for-all-pnp-records>"


def upload(client: RoleClient, address: str, content: str) -> tuple[int, str]:
    response = client.post(address, data={"file": (io.BytesIO(content.encode()), "lin.xml")})
    return response.status_code, html.unescape(response.text)


def document_on(page: str) -> str:
    found = re.search(r'name="document" value="([^"]+)"', page)
    assert found
    return found[1]


def test_a_file_is_looked_at_first_and_applied_with_the_person_s_yes(
    as_operations: RoleClient, session: Session, agent: Agent, address: str
) -> None:
    others = record("<captions/>", person="nobody@zuoxi.example")
    content = file_of(others, record(f"{TIME}\n{BRAILLE}", person=" LIN@zuoxi.example"))

    status, page = upload(as_operations, address, content)

    assert status == 200
    assert "1.5 倍" in page
    assert "第 8 行：<braille>：这里的考试还做不到。" in page
    assert "只用文字" not in page.split("文件里没写的")[0].split("文件里读懂了")[1]
    assert find_needs(session, agent.id) is None

    refused = as_operations.post(f"{address}/apply", data={"document": document_on(page)})
    assert refused.status_code == 422
    assert "本人还没有同意" in refused.text
    assert find_needs(session, agent.id) is None

    applied = as_operations.post(
        f"{address}/apply", data={"document": document_on(refused.text), "consented": "y"}
    )
    assert applied.status_code == 302
    needs = find_needs(session, agent.id)
    assert needs is not None
    assert (float(needs.exam_time_multiplier), needs.text_only) == (1.5, False)


def test_a_profile_that_names_nobody_is_the_person_s(
    as_operations: RoleClient, session: Session, agent: Agent, address: str
) -> None:
    status, page = upload(
        as_operations, address, f"<access-for-all-pnp>{TIME}<captions/></access-for-all-pnp>"
    )
    as_operations.post(f"{address}/apply", data={"document": document_on(page), "consented": "y"})

    assert status == 200
    needs = find_needs(session, agent.id)
    assert needs is not None
    assert needs.text_only


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "请选一个文件"),
        ("no XML", "第 1 行：这不是完整、能读的 XML 文件"),
        ("<quiz/>", "第 1 行：这不是 AfA PNP 文件"),
        (file_of(), "文件里一个人也没有"),
        (file_of(record(TIME, person="else@zuoxi.example")), "文件里没有这个人"),
        (
            file_of(record(TIME.replace("1.5", "90"), person="lin@zuoxi.example")),
            "时间倍数“90”不是 1 到 5 的数",
        ),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "第 1 行：这不是完整、能读的 XML 文件"),
        ("x" * 2001, "文件超过 1 MB"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(
    as_operations: RoleClient,
    session: Session,
    agent: Agent,
    address: str,
    monkeypatch: pytest.MonkeyPatch,
    content: str,
    words: str,
) -> None:
    monkeypatch.setattr(accommodations, "MOST_BYTES", 2000)
    data = {"file": (io.BytesIO(content.encode()), "lin.xml")} if content else {}
    response = as_operations.post(address, data=data)

    assert response.status_code == 422
    assert words in html.unescape(response.text)
    assert find_needs(session, agent.id) is None


@pytest.mark.parametrize("document", ["", "forged"])
def test_only_the_file_that_was_looked_at_is_applied(
    as_operations: RoleClient, session: Session, make: Make, agent: Agent, address: str, document: str
) -> None:
    other = make.agent()
    _, page = upload(as_operations, address, f"<access-for-all-pnp>{TIME}</access-for-all-pnp>")

    as_operations.post(f"{address}/apply", data={"document": document, "consented": "y"})
    as_operations.post(
        f"/operations/people/{other.id}/accommodations/apply",
        data={"document": document_on(page), "consented": "y"},
    )

    assert find_needs(session, agent.id) is None
    assert find_needs(session, other.id) is None


def test_what_is_handed_out_is_read_again_and_the_person_sees_who_took_it(
    as_operations: RoleClient, session: Session, make: Make, agent: Agent, address: str
) -> None:
    make.needs(agent, exam_time_multiplier=2, text_only=True)

    refused = as_operations.post(f"{address}/file", data={"reason": " "})
    given = as_operations.post(f"{address}/file", data={"reason": "县考试院"})

    assert refused.status_code == 422
    assert (given.status_code, given.mimetype) == (200, "application/xml")
    assert given.headers["Cache-Control"] == "no-store"
    (profile,) = read_pnp(given.data)
    assert (profile.person, profile.wishes.multiplier, profile.wishes.text_only) == (str(agent.id), 2.0, True)
    (entry,) = list_disclosures(session, agent.id)
    assert as_operations.user is not None
    assert (entry.reader_name, entry.reason, entry.at) == (as_operations.user.name, "县考试院", NOON)
