"""The main navigation of each role: at most five places, so that it fits under a thumb."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from flask_babel import lazy_gettext as _l

from app.models.user import Role
from app.permissions import Actor


@dataclasses.dataclass(frozen=True, kw_only=True)
class Place:
    """One link: its endpoint, its icon (components/icons.html) and its word.

    `prefixes` are endpoint names that make it the current place.
    """

    endpoint: str
    icon: str
    word: object
    prefixes: tuple[str, ...] = ()


PLACES: dict[Role, tuple[Place, ...]] = {
    Role.AGENT: (
        Place(endpoint="agents.show_today", icon="home", word=_l("今天")),
        Place(
            endpoint="agents.list_offers",
            icon="calendar",
            word=_l("接班"),
            prefixes=(
                "agents.edit_availability",
                "agents.list_reasons",
                "agents.show_shift",
                "agents.release_shift",
                "agents.call_in_sick",
            ),
        ),
        Place(
            endpoint="agents.show_growth",
            icon="ladder",
            word=_l("成长"),
            prefixes=(
                "agents.list_exams",
                "agents.show_practice",
                "agents.show_attempt",
                "agents.show_result",
                "agents.list_projects",
                "agents.show_application",
                "agents.show_identity",
                "agents.show_training",
                "agents.show_lesson",
                "agents.list_certificates",
                "agents.show_confirmation",
                "agents.list_appeals",
                "agents.make_appeal",
            ),
        ),
        Place(endpoint="agents.show_scorecard", icon="pulse", word=_l("成绩")),
        Place(endpoint="agents.edit_needs", icon="heart", word=_l("需要")),
    ),
    Role.MERCHANT: (
        Place(endpoint="merchants.show_season", icon="grid", word=_l("订坐席")),
        Place(
            endpoint="merchants.list_bookings",
            icon="yuan",
            word=_l("预订"),
            prefixes=("merchants.show_booking", "merchants.cancel_booking"),
        ),
        Place(endpoint="merchants.show_live", icon="pulse", word=_l("实时")),
        Place(
            endpoint="merchants.list_projects",
            icon="shop",
            word=_l("项目"),
            prefixes=("merchants.create_project", "merchants.show_project"),
        ),
    ),
    Role.OPERATIONS: (
        Place(
            endpoint="operations.show_season",
            icon="grid",
            word=_l("大促"),
            prefixes=(
                "operations.show_run",
                "operations.show_changes",
                "operations.show_fairness",
                "operations.list_pins",
            ),
        ),
        Place(endpoint="operations.show_day", icon="pulse", word=_l("当天")),
        Place(
            endpoint="operations.show_people",
            icon="people",
            word=_l("人员"),
            prefixes=("operations.show_agent", "operations.manage_certificate", "operations.review_attempt"),
        ),
        Place(
            endpoint="operations.list_imports",
            icon="book",
            word=_l("会话"),
            prefixes=("operations.show_import", "operations.create_import"),
        ),
        Place(
            endpoint="operations.show_desk",
            icon="gear",
            word=_l("事务"),
            prefixes=(
                "operations.show_base_exam",
                "operations.show_calibration",
                "operations.list_payments",
                "operations.list_applications",
                "operations.list_signs",
                "operations.review_sign",
                "operations.list_appeals",
                "operations.decide_appeal",
                "operations.list_identities",
                "operations.decide_identity",
                "operations.decide_application",
                "operations.schedule_trial",
                "operations.judge_trial",
                "operations.list_messages",
                "operations.list_audit",
                "operations.list_jobs",
                "operations.list_items",
                "operations.show_item",
                "operations.create_item",
                "operations.edit_item",
                "operations.import_items",
                "operations.list_flags",
                "operations.list_blueprints",
                "operations.show_blueprint",
                "operations.edit_blueprint",
                "operations.decide_flag",
            ),
        ),
    ),
}


def navigation_for(actor: Actor | None) -> Sequence[Place]:
    """Return the places of the actor's role; a visitor has none."""
    return PLACES[actor.role] if actor else ()
