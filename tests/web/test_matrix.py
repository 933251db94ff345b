"""Every endpoint x role x own or other's object gives what its table says, and none is forgotten."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from flask import Flask, url_for
from werkzeug.routing import Rule

from app import clock
from app.models import Role
from app.permissions import Actor, may
from app.web.access import PUBLIC, declared_access
from tests.conftest import CountQueries, RoleClient
from tests.make import NOON, Make
from tests.web.all_pages import AREAS, pages_of
from tests.web.pages import AGENT, MERCHANT, OPERATIONS, ROLES, VISITOR, Page, World
from tests.web.world import make_world

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@pytest.fixture(autouse=True)
def _before_the_season(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: NOON)


@pytest.fixture
def world(make: Make) -> World:
    return make_world(make)


def become(client: RoleClient, role: str, world: World) -> Actor | None:
    """Sign the client in as the role's person of this world."""
    if role == VISITOR:
        client.user = client.actor = None
        return None
    if role == OPERATIONS:
        client.sign_in(world.operations, Actor(user_id=world.operations.id, role=Role.OPERATIONS))
    else:
        row = world.agent if role == AGENT else world.member
        client.sign_in(world.make.user_of(row), world.make.actor_of(row))
    return client.actor


def request(client: RoleClient, app: Flask, page: Page, arguments: dict[str, Any]) -> int:
    with app.test_request_context():
        address = url_for(page.endpoint, **arguments)
    return client.open(address, method=page.method, data=dict(page.data)).status_code


def rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def test_every_endpoint_declares_who_may_call_it(app: Flask) -> None:
    undeclared = [rule.endpoint for rule in rules(app) if declared_access(app, rule.endpoint) is None]

    assert undeclared == []


def test_every_endpoint_stands_in_a_table_with_its_access(app: Flask, world: World) -> None:
    listed = {
        (page.endpoint, page.method, page.access or PUBLIC)
        for area in AREAS
        for page in pages_of(area, world)
    }
    served = {
        (rule.endpoint, method, declared_access(app, rule.endpoint))
        for rule in rules(app)
        for method in METHODS
        if method in (rule.methods or ())
    }

    assert sorted(map(str, served - listed)) == []
    assert sorted(map(str, listed - served)) == []


def test_url_parameters_are_typed(app: Flask) -> None:
    untyped = [rule.rule for rule in rules(app) if re.search(r"<[^:>]+>", rule.rule)]

    assert untyped == []


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_what_the_table_says(
    app: Flask, client: RoleClient, world: World, area: str, role: str
) -> None:
    wrong = []
    for page in pages_of(area, world):
        actor = become(client, role, world)
        allowed = page.access is None or (actor is not None and may(actor, page.access))
        expected = page.allowed if allowed else 302 if actor is None else 403
        status = request(client, app, page, dict(page.own))
        if status != expected:
            wrong.append(f"{page.method} {page.endpoint} as {role}: {status}, not {expected}")

    assert wrong == []


@pytest.mark.parametrize("area", AREAS)
def test_looking_changes_nothing(
    app: Flask, client: RoleClient, world: World, area: str, count_queries: CountQueries
) -> None:
    wrong = []
    for page in pages_of(area, world):
        for role in ROLES if page.method == "GET" else ():
            actor = become(client, role, world)
            if page.access is not None and (actor is None or not may(actor, page.access)):
                continue
            with count_queries() as statements:
                request(client, app, page, dict(page.own))
            wrong += [
                f"{page.endpoint} as {role}: {statement[:80]}"
                for statement in statements
                if re.match(r"\s*(INSERT|UPDATE|DELETE|COPY)", statement)
            ]

    assert wrong == []


@pytest.mark.parametrize("area", AREAS)
def test_somebody_elses_object_is_not_found(app: Flask, client: RoleClient, world: World, area: str) -> None:
    wrong = []
    for page in pages_of(area, world):
        if page.other is None:
            continue
        for role in (AGENT, MERCHANT, OPERATIONS):
            actor = become(client, role, world)
            if page.access is None or actor is None or not may(actor, page.access):
                continue
            status = request(client, app, page, dict(page.other))
            if status != 404:
                wrong.append(f"{page.method} {page.endpoint} as {role}: {status}, not 404")

    assert wrong == []


@pytest.mark.parametrize("area", AREAS)
def test_an_object_that_does_not_exist_is_not_found(
    app: Flask, client: RoleClient, world: World, area: str
) -> None:
    wrong = []
    for page in pages_of(area, world):
        ids = {name: uuid.uuid4() for name, value in page.own.items() if isinstance(value, uuid.UUID)}
        if not ids:
            continue
        for role in ROLES:
            actor = become(client, role, world)
            if page.access is not None and (actor is None or not may(actor, page.access)):
                continue
            status = request(client, app, page, {**page.own, **ids})
            if status != 404:
                wrong.append(f"{page.method} {page.endpoint} as {role}: {status}, not 404")

    assert wrong == []
