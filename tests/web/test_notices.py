from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Notice, NoticeKind
from app.queries.notices import count_unread, list_notices
from tests.conftest import CountQueries, RoleClient
from tests.make import NOON, Make

PARAMS = {"seats": 8, "filled": 6, "gap": "1%"}


def notice(
    make: Make, client: RoleClient, *, number: int, at: dt.datetime = NOON, read: bool = False
) -> Notice:
    assert client.user
    return make.save(
        Notice(
            user_id=client.user.id,
            kind=NoticeKind.MATCH_FINISHED,
            params={**PARAMS, "number": number},
            created_at=at,
            read_at=at if read else None,
        )
    )


def test_newest_first_with_a_link_to_where_it_can_be_done(as_operations: RoleClient, make: Make) -> None:
    notice(make, as_operations, number=1)
    notice(make, as_operations, number=2, at=NOON + dt.timedelta(minutes=1))

    page = as_operations.get("/notices").text

    assert page.index("第 2 次排班算完了") < page.index("第 1 次排班算完了")
    assert 'href="/operations/season"' in page


def test_speaks_the_readers_language(as_operations: RoleClient, make: Make) -> None:
    notice(make, as_operations, number=1)
    as_operations.set_cookie("zuoxi_language", "en")

    page = as_operations.get("/notices").text

    assert "Matcher run 1 has finished" in page


def test_everybody_sees_only_their_own(as_operations: RoleClient, session: Session, make: Make) -> None:
    other = make.user()
    make.save(
        Notice(
            user_id=other.id,
            kind=NoticeKind.MATCH_FINISHED,
            params={**PARAMS, "number": 7},
            created_at=NOON,
        )
    )

    assert "第 7 次" not in as_operations.get("/notices").text
    as_operations.post("/notices/read")
    assert session.scalars(select(Notice.read_at)).one() is None


def test_marking_as_seen_takes_the_count_away(
    as_operations: RoleClient, session: Session, make: Make
) -> None:
    notice(make, as_operations, number=1)
    notice(make, as_operations, number=2, read=True)
    assert "1 条没看过" in as_operations.get("/notices").text

    response = as_operations.post("/notices/read")

    assert response.location == "/notices"
    assert as_operations.user
    assert count_unread(session, user_id=as_operations.user.id) == 0
    assert "没看过" not in as_operations.get("/notices").text


def test_thirty_on_a_page_and_the_older_ones_behind_a_link(as_operations: RoleClient, make: Make) -> None:
    for number in range(31):
        notice(make, as_operations, number=number + 100, at=NOON + dt.timedelta(minutes=number))

    first, second = as_operations.get("/notices").text, as_operations.get("/notices?page=2").text

    assert "第 101 次" in first
    assert "第 100 次" not in first
    assert "更早的通知" in first
    assert "第 100 次" in second
    assert "更早的通知" not in second


def test_an_empty_list_says_so(as_operations: RoleClient) -> None:
    assert "还没有通知" in as_operations.get("/notices").text
    assert "没有更早的通知了" in as_operations.get("/notices?page=9").text
    assert as_operations.get("/notices?page=-1").status_code == 200


def test_a_visitor_has_no_count_and_costs_no_query(client: RoleClient, count_queries: CountQueries) -> None:
    with count_queries() as statements:
        client.get("/sign-in")

    assert not [statement for statement in statements if "notice" in statement]


def test_the_list_takes_one_query_however_long_it_is(
    as_operations: RoleClient, session: Session, make: Make, count_queries: CountQueries
) -> None:
    assert as_operations.user
    counts = []
    for size in (1, 5):
        for number in range(size):
            notice(make, as_operations, number=number)
        with count_queries() as statements:
            assert list_notices(session, user_id=as_operations.user.id, limit=30)
        counts.append(len(statements))

    assert counts == [1, 1]


def test_a_page_number_beyond_all_reason_is_the_first_page(as_operations: RoleClient) -> None:
    assert as_operations.get("/notices?page=" + "9" * 25).status_code == 200
