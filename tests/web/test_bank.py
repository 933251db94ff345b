"""Editors find, write, import and review items; what they type wrongly is said at its field."""

from __future__ import annotations

import dataclasses
import io
import re
import uuid
from collections.abc import Sequence
from html import unescape

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.models import BlueprintVersion, FlagState, ItemFigure, ItemFlag, ItemState, ItemVersion, Role
from app.permissions import Actor
from app.services import item_bank
from app.web.i18n import LANGUAGE_COOKIE
from exams.bank import read_body, shipped_bank
from exams.bank_figures import FlagKind
from exams.blueprint_check import read_blueprint
from exams.blueprints import BASE_EXAM
from exams.forms import Quota
from exams.items import ChoiceItem, Item, Kind, MatchingItem, OrderingItem
from tests.conftest import CountQueries, RoleClient
from tests.make import NOON, Make
from tests.services.test_item_bank import keep
from tests.web.pages.editors import DETAILS

SHIPPED = shipped_bank()
SIMPLE = [kind for kind in Kind if kind not in (Kind.TYPING, Kind.CHAT)]


def first(kind: Kind) -> Item:
    return next(item for item in SHIPPED.current if item.kind is kind and not item.practice)


def fields(page: str) -> dict[str, list[str]]:
    """Return what a browser would send of the form that posts."""
    found: dict[str, list[str]] = {}
    form = next(
        part for part in page.split("<main")[1].split("<form")[1:] if 'method="post"' in part.split(">")[0]
    )
    form = form.split("</form>")[0]
    for match in re.finditer(r"<textarea[^>]*name=\"([^\"]+)\"[^>]*>(.*?)</textarea>", form, re.DOTALL):
        found.setdefault(match[1], []).append(unescape(match[2]).removeprefix("\n"))
    for match in re.finditer(r"<input[^>]*>", form):
        tag = match[0]
        name, value = _attribute(tag, "name"), _attribute(tag, "value")
        if name and (_attribute(tag, "type") not in ("radio", "checkbox") or " checked" in tag):
            found.setdefault(name, []).append(value or "")
    for match in re.finditer(r"<select[^>]*name=\"([^\"]+)\"[^>]*>(.*?)</select>", form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', match[2])
        found.setdefault(match[1], []).append(chosen[1] if chosen else "")
    return found


def _attribute(tag: str, name: str) -> str | None:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return unescape(found[1]) if found else None


def written(session: Session, item_id: str) -> ItemVersion:
    return session.scalars(select(ItemVersion).where(ItemVersion.item_id == item_id)).one()


@pytest.mark.parametrize("kind", SIMPLE)
def test_an_item_of_each_kind_comes_through_its_form_unchanged(
    as_operations: RoleClient, session: Session, kind: Kind
) -> None:
    item = first(kind)
    address = f"/operations/bank/items/{item.id}/edit"

    response = as_operations.post(address, data=fields(as_operations.get(address).text))

    assert response.status_code == 302, response.text
    kept = read_body(written(session, item.id).body)
    assert kept.version == item.version + 1
    if isinstance(item, OrderingItem):
        # Lines stand in the order of their ids, which the key does not follow.
        item = dataclasses.replace(item, options=tuple(sorted(item.options, key=lambda one: one.id)))
    assert dataclasses.replace(kept, version=item.version) == item


@pytest.mark.parametrize("kind", SIMPLE)
def test_a_new_item_of_each_kind_is_written(as_operations: RoleClient, session: Session, kind: Kind) -> None:
    item = first(kind)
    data = fields(as_operations.get(f"/operations/bank/items/{item.id}/edit").text)
    data |= {"item_id": ["brand-new"], "ids": [""], "prompt_ids": [""]}

    response = as_operations.post(f"/operations/bank/new/{kind}", data=data)

    assert response.status_code == 302, response.text
    kept = read_body(written(session, "brand-new").body)
    assert (kept.version, kept.stem) == (1, item.stem)
    if isinstance(item, ChoiceItem):
        assert isinstance(kept, ChoiceItem)
        assert {one.text.zh for one in kept.options} == {one.text.zh for one in item.options}
    if isinstance(item, OrderingItem):
        assert isinstance(kept, OrderingItem)
        assert _words(kept) == _words(item)
        assert list(kept.key) != sorted(kept.key)
    if isinstance(item, MatchingItem):
        assert isinstance(kept, MatchingItem)
        assert len(kept.key) == len(item.prompts)


def _words(item: OrderingItem) -> Sequence[str]:
    by_id = {option.id: option.text.zh for option in item.options}
    return [by_id[option_id] for option_id in item.key]


@pytest.mark.parametrize(
    ("kind", "change", "field", "sentence"),
    [
        (Kind.SINGLE, {"stem_en": " "}, "stem_en", "英文还没有写：请写上。"),
        (Kind.SINGLE, {"stem_en": "中文"}, "stem_en", "英文里有汉字：请翻译。"),
        (Kind.SINGLE, {"option_2_en": ""}, "option_2_en", "英文还没有写：请写上。"),
        (Kind.SINGLE, {"points": "0"}, "points", "分值是 0：至少要 1 分。"),
        (Kind.SINGLE, {"points": "many"}, "points", ""),
        (Kind.MULTIPLE, {"right": ["1"]}, "right", "对的选项不到两个"),
        (Kind.SHORT_ANSWER, {"accepted": ""}, "accepted", "至少写一个"),
        (Kind.NUMERIC, {"number": "twelve"}, "number", "请写数字"),
        (Kind.NUMERIC, {"tolerance": "-1"}, "tolerance", "请写 0 或更大的数"),
        (Kind.MATCHING, {"target_1": ""}, "target_1", "请给每一行选一个"),
    ],
)
def test_a_fault_is_said_at_its_field(
    as_operations: RoleClient,
    session: Session,
    kind: Kind,
    change: dict[str, object],
    field: str,
    sentence: str,
) -> None:
    item = first(kind)
    address = f"/operations/bank/items/{item.id}/edit"
    data: dict[str, object] = {**fields(as_operations.get(address).text), **change}

    response = as_operations.post(address, data=data)

    assert response.status_code == 422
    told = re.search(rf'id="{field}(?:-\d)?-error"[^>]*>(.*?)</p>', response.text, re.DOTALL)
    assert told is not None, field
    assert sentence in told[1]
    assert session.scalars(select(ItemVersion)).all() == []


def test_an_id_that_is_taken_is_said_at_its_field(as_operations: RoleClient) -> None:
    data = fields(as_operations.get("/operations/bank/items/as-window-start/edit").text)

    taken = as_operations.post(
        "/operations/bank/new/single", data=data | {"item_id": ["as-damaged"], "ids": [""]}
    )
    bad = as_operations.post("/operations/bank/new/single", data=data | {"item_id": ["No Good"]})

    assert "这个编号已经有题了" in taken.text
    assert "请用小写字母、数字和单个连字符" in bad.text


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("words=七天从什么时候", "as-window-start"),
        ("words=SEVEN+days+counted+without+payment", "as-window-start"),
        ("words=as-window-start", "as-window-start"),
        ("words=as-window-start&kind=single&topic=after_sales&difficulty=easy", "as-window-start"),
        ("words=as-window-start&kind=multiple", None),
        ("words=as-window-start&state=retired", None),
        ("state=nonsense", None),
    ],
)
def test_the_bank_is_searched(as_operations: RoleClient, search: str, found: str | None) -> None:
    page = as_operations.get(f"/operations/bank?{search}").text

    assert re.findall(r'/operations/bank/items/([a-z0-9-]+)"', page) == ([found] if found else [])


def test_the_list_costs_the_same_however_long(
    as_operations: RoleClient, session: Session, count_queries: CountQueries
) -> None:
    as_operations.get("/operations/bank")
    with count_queries() as short:
        as_operations.get("/operations/bank?page=2")
    for item in list(SHIPPED.current)[:30]:
        keep(session, dataclasses.replace(item, version=5), ItemState.DRAFT)
    as_operations.get("/operations/bank")
    with count_queries() as long:
        as_operations.get("/operations/bank?page=2")

    assert len(long) == len(short)


def test_an_item_that_is_none_is_not_found(as_operations: RoleClient) -> None:
    for address in (
        "/operations/bank/items/nothing",
        "/operations/bank/items/as-damaged?version=9",
        "/operations/bank/items/as-damaged/versions/9/preview",
        "/operations/bank/items/nothing/edit",
        "/operations/bank/new/chat",
        "/operations/bank/new/riddle",
    ):
        assert as_operations.get(address).status_code == 404, address


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_preview_shows_the_item_and_no_key(as_operations: RoleClient, kind: Kind, language: str) -> None:
    item = first(kind)

    response = as_operations.get(
        f"/operations/bank/items/{item.id}/versions/{item.version}/preview?language={language}"
    )

    page = unescape(response.text)
    assert item.stem.in_language(language) in page
    assert item.rationale.in_language(language) not in page
    assert item.feedback.in_language(language) not in page
    assert "frame-ancestors 'self'" in response.headers["Content-Security-Policy"]
    other = as_operations.get("/operations/bank")
    assert "frame-ancestors 'none'" in other.headers["Content-Security-Policy"]


def test_a_try_in_the_preview_is_marked_and_kept_nowhere(as_operations: RoleClient) -> None:
    address = "/operations/bank/items/as-window-start/versions/1/preview?language=zh&check=1"

    assert "对了。" in as_operations.get(f"{address}&answer=c").text
    assert "还不对。" in as_operations.get(f"{address}&answer=a").text
    assert as_operations.get(f"{address}&answer=zebra").status_code == 422


def test_a_draft_goes_through_review_to_the_bank(
    as_operations: RoleClient, session: Session, make: Make
) -> None:
    author = as_operations.actor
    assert author is not None
    address = "/operations/bank/items/as-window-start"
    data = fields(as_operations.get(f"{address}/edit").text)
    as_operations.post(f"{address}/edit", data=data | {"stem_en": ["From which day do they count?"]})
    row = written(session, "as-window-start")
    as_operations.post(f"/operations/bank/versions/{row.id}/submit")

    own = as_operations.post(f"/operations/bank/versions/{row.id}/decide", data={"decision": "approve"})
    assert own.status_code == 409
    assert "这是你写的" in as_operations.get(address).text
    colleague = make.user(role=Role.OPERATIONS)
    as_operations.sign_in(colleague, Actor(user_id=colleague.id, role=Role.OPERATIONS))
    without = as_operations.post(f"/operations/bank/versions/{row.id}/decide", data={"decision": "send-back"})
    assert without.status_code == 422
    assert "请写哪里要改" in without.text
    done = as_operations.post(f"/operations/bank/versions/{row.id}/decide", data={"decision": "approve"})

    assert done.status_code == 302
    with transaction(session):
        asked = {one.id: one for one in item_bank.current_bank(session).current}["as-window-start"]
    assert asked.stem.en == "From which day do they count?"
    page = as_operations.get(address).text
    assert "和前一版有 1 处不同" in page
    assert "<ins>From which day do they count?</ins>" in page


GIFT = """::one:: Which is right? {=yes ~no ~maybe}

::two:: Write an essay. {}
"""


def upload(client: RoleClient, text: str, **data: str) -> tuple[int, str]:
    response = client.post(
        "/operations/bank/import",
        data={"file": (io.BytesIO(text.encode()), "quiz.gift"), "topic": "tools", **data},
        content_type="multipart/form-data",
    )
    return response.status_code, unescape(response.text)


def test_an_import_says_what_it_cannot_hold_and_takes_nothing(
    as_operations: RoleClient, session: Session
) -> None:
    status, page = upload(as_operations, GIFT, do="save")

    assert status == 422
    assert "GIFT：读到 2 道，能收 1 道，收不下 1 道。" in page
    assert "第 3 行" in page
    assert session.scalars(select(ItemVersion)).all() == []


def test_an_import_saves_drafts_that_are_asked_of_nobody(as_operations: RoleClient, session: Session) -> None:
    assert upload(as_operations, GIFT, skip="y", do="check")[0] == 200
    assert session.scalars(select(ItemVersion)).all() == []

    status, _ = upload(as_operations, GIFT, skip="y", do="save")

    assert status == 302
    row = session.scalars(select(ItemVersion)).one()
    assert (row.item_id, row.state, row.topic) == ("one", ItemState.DRAFT, "tools")


def test_a_file_that_is_none_is_refused_with_a_sentence(as_operations: RoleClient) -> None:
    status, page = upload(as_operations, "%PDF-1.7", do="save")

    assert status == 422
    assert "这个文件读不懂" in page
    assert "PDF" in page


@pytest.mark.parametrize("kind", list(FlagKind))
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_flag_is_explained_and_decided(
    as_operations: RoleClient, session: Session, kind: FlagKind, language: str
) -> None:
    flag = make_flag(session, kind)
    as_operations.set_cookie(LANGUAGE_COOKIE, language)

    page = as_operations.get("/operations/bank/flags").text
    assert f"/operations/bank/flags/{flag.id}" in page
    assert (
        f"/operations/bank/flags/{flag.id}" not in as_operations.get("/operations/bank/flags?state=kept").text
    )
    assert as_operations.get(f"/operations/bank/flags/{flag.id}").status_code == 200
    without = as_operations.post(f"/operations/bank/flags/{flag.id}", data={"decision": "kept"})
    assert without.status_code == 422
    done = as_operations.post(
        f"/operations/bank/flags/{flag.id}", data={"decision": "kept", "reason": "The work asks for it."}
    )

    assert done.status_code == 302
    assert "The work asks for it." in as_operations.get("/operations/bank/flags?state=kept").text


def test_what_a_flag_says_in_numbers(as_operations: RoleClient, session: Session) -> None:
    flag = make_flag(session, FlagKind.ACCOMMODATION)

    page = unescape(as_operations.get(f"/operations/bank/flags/{flag.id}").text)

    assert (
        "能力一样时，这道题对有考试需要的人更难（其中 80 人答过；Mantel-Haenszel 差 -2.10，C 级）。" in page
    )
    assert "按曲线算，答对的比例差 14 个百分点（p = 0.002）。" in page
    assert (
        "有考试需要的人和别人答得不一样" in as_operations.get("/operations/bank/items/as-window-start").text
    )


def make_flag(session: Session, kind: FlagKind) -> ItemFlag:
    flag = ItemFlag(
        id=uuid.uuid4(),
        item_id="as-window-start",
        version=1,
        kind=kind.value,
        details=DETAILS[kind],
        state=FlagState.OPEN,
        found_at=NOON,
    )
    with transaction(session):
        session.add(flag)
        session.add(
            ItemFigure(
                id=uuid.uuid4(),
                item_id="as-window-start",
                version=1,
                answers=300,
                options=[],
                flags=[kind.value],
                computed_at=NOON,
            )
        )
    return flag


BASE = "/operations/bank/blueprints/base"


def change(client: RoleClient, do: str, **changes: object) -> tuple[int, str]:
    data: dict[str, object] = {**checked(client.get(f"{BASE}/edit").text), **changes, "do": do}
    response = client.post(f"{BASE}/edit", data=data)
    return response.status_code, unescape(response.text)


def checked(page: str) -> dict[str, list[str]]:
    return {name: values for name, values in fields(page).items() if name != "do"}


def test_a_blueprint_comes_through_its_form_unchanged(as_operations: RoleClient, session: Session) -> None:
    status, page = change(as_operations, "save")

    assert status == 302, page
    kept = read_blueprint(session.scalars(select(BlueprintVersion)).one().body)
    assert (kept.minutes, kept.pass_percent) == (BASE_EXAM.minutes, BASE_EXAM.pass_percent)
    assert [_asked(quota) for quota in kept.quotas] == [_asked(quota) for quota in BASE_EXAM.quotas]


def _asked(quota: Quota) -> tuple[object, ...]:
    """Return what a quota asks for; the order of its words means nothing."""
    return quota.count, set(quota.topics), set(quota.kinds), set(quota.difficulties)


def test_the_form_says_what_the_bank_lacks_and_saves_nothing(
    as_operations: RoleClient, session: Session
) -> None:
    tools = sum(
        item.topic == "tools" and item.kind == "short_answer" and not item.practice
        for item in SHIPPED.current
    )

    status, page = change(as_operations, "check", count_20="40")

    assert status == 200
    assert "不够，凑不齐一份卷子。" in page
    assert f"还缺 {40 - tools} 道" in page
    assert "题库够不够" in page
    assert "没有一道相同的卷子" in change(as_operations, "check", minutes="40")[1]
    assert session.scalars(select(BlueprintVersion)).all() == []


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"minutes": "0"}, "minutes", "请写 1 到 240 分钟"),
        ({"pass_percent": "101"}, "pass_percent", "请写 1 到 100"),
        ({"count_1": "99"}, "count_1", "请写 0 到 40"),
        ({"topics_21": ["tools"]}, "count_21", "没写抽几道"),
        ({f"count_{number}": "0" for number in range(1, 21)}, "count_1", "一道题也没有"),
    ],
)
def test_a_fault_of_a_blueprint_is_said_at_its_field(
    as_operations: RoleClient, session: Session, changes: dict[str, object], field: str, sentence: str
) -> None:
    status, page = change(as_operations, "save", **changes)

    assert status == 422
    told = re.search(rf'id="{field}-error"[^>]*>(.*?)</p>', page, re.DOTALL)
    assert told is not None
    assert sentence in told[1]
    assert session.scalars(select(BlueprintVersion)).all() == []


def test_a_blueprint_is_reviewed_by_somebody_else(
    as_operations: RoleClient, session: Session, make: Make
) -> None:
    change(as_operations, "save", minutes="31")
    row = session.scalars(select(BlueprintVersion)).one()
    as_operations.post(f"/operations/bank/blueprints/versions/{row.id}/submit")
    own = as_operations.post(
        f"/operations/bank/blueprints/versions/{row.id}/decide", data={"decision": "approve"}
    )
    assert own.status_code == 409
    colleague = make.user(role=Role.OPERATIONS)
    as_operations.sign_in(colleague, Actor(user_id=colleague.id, role=Role.OPERATIONS))

    done = as_operations.post(
        f"/operations/bank/blueprints/versions/{row.id}/decide", data={"decision": "approve"}
    )

    assert done.status_code == 302
    assert "31 分钟" in as_operations.get(BASE).text
    for address in ("/operations/bank/blueprints/practice", "/operations/bank/blueprints/none/edit"):
        assert as_operations.get(address).status_code == 404
