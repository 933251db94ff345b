"""Measures on small sets made by hand: every number can be checked on paper."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from app.models import Agent, Project
from app.queries import contacts, quality
from app.queries.quality import Behind, Tally
from app.scorecards import Field, Scorecard, make_trend
from tests.conftest import CountQueries
from tests.make import NOON, Make

SINCE, UNTIL = NOON - dt.timedelta(days=7), NOON


def scorecard(session: Session, agent: Agent) -> Scorecard:
    sums = quality.get_sums(session, agent_ids=[agent.id], since=SINCE, until=UNTIL)
    replies = quality.get_replies(session, agent_id=agent.id, since=SINCE, until=UNTIL)
    return Field(sums).make_scorecard(agent.id, replies)


@pytest.fixture
def project(make: Make) -> Project:
    return make.project()


class TestScorecard:
    def test_counts_what_the_definitions_say(self, session: Session, make: Make, project: Project) -> None:
        agent = make.agent()
        for seconds, into, out, satisfaction, resolved in [
            (2, 4, 6, 5, True),
            (5, 5, 5, 4, True),
            (6, 6, 3, 3, False),
            (40, 5, 6, None, None),
        ]:
            make.contact(
                agent=agent,
                project=project,
                first_manual_seconds=seconds,
                messages_in=into,
                messages_out=out,
                satisfaction=satisfaction,
                resolved=resolved,
            )

        card = scorecard(session, agent)

        assert card.contacts == 4
        assert card.median_seconds is not None
        assert card.p90_seconds is not None
        assert (card.median_seconds.value, card.p90_seconds.value) == (5, 40)
        assert (card.quick.count, card.quick.of) == (2, 4)
        assert card.ratio is not None
        assert card.ratio.value == 20 / 20
        assert card.ratio_satisfied == 11 / 9
        assert (card.satisfied.count, card.satisfied.of) == (2, 3)
        assert card.response_rate == 3 / 4
        assert (card.resolved.count, card.resolved.of) == (2, 3)

    def test_a_ratio_below_one_is_on_the_warning_side_and_one_is_not(
        self, session: Session, make: Make, project: Project
    ) -> None:
        level, low = make.agent(), make.agent()
        make.contact(agent=level, project=project, messages_in=5, messages_out=5)
        make.contact(agent=low, project=project, messages_in=6, messages_out=5)

        assert not scorecard(session, level).ratio_is_low
        assert scorecard(session, low).ratio_is_low

    def test_a_response_allowance_moves_the_limit_of_a_quick_reply(
        self, session: Session, make: Make, project: Project
    ) -> None:
        helped, other = make.agent(), make.agent()
        make.needs(helped, response_allowance=Decimal("2.0"))
        for agent in (helped, other):
            for seconds in (5, 6, 10, 11):
                make.contact(agent=agent, project=project, first_manual_seconds=seconds)

        assert scorecard(session, helped).quick.count == 3
        assert scorecard(session, other).quick.count == 1

    def test_not_answering_does_not_better_the_share_of_quick_replies(
        self, session: Session, make: Make, project: Project
    ) -> None:
        agent = make.agent()
        make.contact(agent=agent, project=project, first_manual_seconds=3)
        make.contact(agent=agent, project=project, first_manual_seconds=None)
        make.contact(agent=agent, project=project, first_manual_seconds=None, minutes=None)

        quick = scorecard(session, agent).quick

        assert (quick.count, quick.of) == (1, 2)

    def test_others_are_compared_in_the_same_project_and_hours(
        self, session: Session, make: Make, project: Project
    ) -> None:
        agent, peer = make.agent(), make.agent()
        night, day = NOON - dt.timedelta(hours=10), NOON - dt.timedelta(hours=1)
        make.contact(agent=agent, project=project, started_at=night, first_manual_seconds=9)
        for _ in range(2):
            make.contact(agent=peer, project=project, started_at=night, first_manual_seconds=9)
            make.contact(agent=peer, project=project, started_at=day, first_manual_seconds=1)
        make.contact(agent=peer, first_manual_seconds=1)

        assert scorecard(session, agent).quick.peers == 0.0

    def test_hours_without_others_are_compared_with_the_whole_project(
        self, session: Session, make: Make, project: Project
    ) -> None:
        agent, peer = make.agent(), make.agent()
        make.contact(agent=agent, project=project, hours_ago=10)
        make.contact(agent=peer, project=project, hours_ago=1, first_manual_seconds=1)
        make.contact(agent=peer, project=project, hours_ago=1, first_manual_seconds=9)

        assert scorecard(session, agent).quick.peers == 0.5

    def test_a_figure_of_few_contacts_leans_on_the_others_and_one_of_many_hardly(
        self, session: Session, make: Make, project: Project
    ) -> None:
        few, many = make.agent(), make.agent()
        for _ in range(2):
            make.contact(agent=few, project=project, first_manual_seconds=9)
        for _ in range(60):
            make.contact(agent=many, project=project, first_manual_seconds=9)
        for _ in range(3):
            peer = make.agent()
            for seconds in (1, 1, 1, 1, 9):
                make.contact(agent=peer, project=project, first_manual_seconds=seconds)

        moved = {}
        for name, agent in (("few", few), ("many", many)):
            quick = scorecard(session, agent).quick
            assert quick.own is not None
            assert quick.fair is not None
            assert quick.own.value == 0
            assert quick.fair.low < quick.fair.value < quick.fair.high
            moved[name] = quick.fair.value

        assert moved["few"] > 2 * moved["many"] > 0
        assert scorecard(session, few).quick.leans_on_peers
        assert not scorecard(session, many).quick.leans_on_peers

    def test_the_largest_counts_that_an_import_takes_can_be_added_up(
        self, session: Session, make: Make, project: Project
    ) -> None:
        agent = make.agent()
        for _ in range(3):
            make.contact(agent=agent, project=project, messages_in=1_000_000, messages_out=1_000_000)

        ratio = scorecard(session, agent).ratio

        assert ratio is not None
        assert (ratio.value, ratio.low, ratio.high) == (1, 1, 1)

    def test_nobody_else_leaves_the_own_value(self, session: Session, make: Make, project: Project) -> None:
        agent = make.agent()
        make.contact(agent=agent, project=project)

        quick = scorecard(session, agent).quick

        assert quick.peers is None
        assert quick.fair == quick.own

    def test_without_contacts_there_is_nothing_instead_of_zero(self, session: Session, make: Make) -> None:
        card = scorecard(session, make.agent())

        assert card.contacts == 0
        assert (card.quick.own, card.ratio, card.median_seconds, card.response_rate) == (None,) * 4

    def test_contacts_outside_the_window_do_not_count(
        self, session: Session, make: Make, project: Project
    ) -> None:
        agent = make.agent()
        for started_at in (SINCE - dt.timedelta(seconds=1), SINCE, UNTIL):
            make.contact(agent=agent, project=project, started_at=started_at)

        assert scorecard(session, agent).contacts == 1

    def test_reading_a_scorecard_takes_as_many_queries_for_many_contacts_as_for_few(
        self, session: Session, make: Make, project: Project, count_queries: CountQueries
    ) -> None:
        agent = make.agent()
        counts = []
        for _ in range(2):
            for _ in range(3):
                make.contact(agent=agent, project=project)
                make.contact(agent=make.agent(), project=project)
            with count_queries() as statements:
                scorecard(session, agent)
            counts.append(len(statements))

        assert counts == [2, 2]


class TestTrend:
    def test_days_are_local_and_limits_leave_a_clean_break_outside(
        self, session: Session, make: Make, project: Project
    ) -> None:
        agent = make.agent()
        for days in range(6):
            for _ in range(20):
                make.contact(
                    agent=agent,
                    project=project,
                    hours_ago=24 * days + 1,
                    first_manual_seconds=60 if days == 0 else 3,
                )

        trend = make_trend(quality.list_days(session, agent_id=agent.id, since=SINCE, until=UNTIL))

        assert trend is not None
        assert [point.of for point in trend.points] == [20] * 6
        assert trend.points[-1].day == dt.date(2026, 10, 20)
        assert [point.is_out for point in trend.points] == [False] * 5 + [True]

    def test_without_contacts_there_is_no_trend(self) -> None:
        assert make_trend([]) is None


class TestBehindAFigure:
    def test_every_contact_behind_a_figure_is_listed(
        self, session: Session, make: Make, project: Project
    ) -> None:
        agent = make.agent()
        late = make.contact(agent=agent, project=project, first_manual_seconds=6)
        unanswered = make.contact(agent=agent, project=project, first_manual_seconds=None)
        short = make.contact(agent=agent, project=project, messages_in=5, messages_out=4)
        unhappy = make.contact(agent=agent, project=project, satisfaction=3)
        unsolved = make.contact(agent=agent, project=project, resolved=False)
        make.contact(project=project, first_manual_seconds=60)

        behind = {
            value: {
                contact.id
                for contact, _ in quality.list_contacts(
                    session, agent_id=agent.id, behind=value, since=SINCE, until=UNTIL
                )
            }
            for value in Behind
        }

        assert behind[Behind.SLOW] == {late.id, unanswered.id}
        assert behind[Behind.BELOW_ONE] == {short.id}
        assert behind[Behind.DISSATISFIED] == {unhappy.id}
        assert behind[Behind.UNRESOLVED] == {unsolved.id}
        assert len(behind[Behind.ALL]) == 5
        for value, found in behind.items():
            total = quality.count_contacts(session, agent_id=agent.id, behind=value, since=SINCE, until=UNTIL)
            assert total == len(found)

    def test_long_lists_come_by_the_page(self, session: Session, make: Make, project: Project) -> None:
        agent = make.agent()
        for minutes in range(quality.PAGE_ROWS + 1):
            make.contact(agent=agent, project=project, hours_ago=1 + minutes / 60)

        pages = [
            quality.list_contacts(
                session, agent_id=agent.id, behind=Behind.ALL, since=SINCE, until=UNTIL, page=page
            )
            for page in (1, 2)
        ]

        assert [len(page) for page in pages] == [quality.PAGE_ROWS, 1]
        assert pages[0][-1][0].started_at > pages[1][0][0].started_at


class TestRatios:
    def test_the_ratio_is_of_the_totals_and_the_unrated_come_last(
        self, session: Session, make: Make, project: Project
    ) -> None:
        for into, out, satisfaction in [(10, 10, 5), (2, 8, 5), (3, 0, None), (0, 4, 1)]:
            make.contact(project=project, messages_in=into, messages_out=out, satisfaction=satisfaction)
        make.contact(satisfaction=2)

        lines = contacts.list_ratios(session, project_id=project.id)

        assert [(line.satisfaction, line.contacts, line.ratio) for line in lines] == [
            (1, 1, None),
            (5, 2, 1.5),
            (None, 1, 0.0),
        ]


def test_tallies_add_and_subtract() -> None:
    one, two = Tally(contacts=3, quick=2), Tally(contacts=1, quick=1, rated=4)

    assert one + two - two == one
