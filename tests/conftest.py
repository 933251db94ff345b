"""One throwaway PostgreSQL and Valkey for the run; each worker clones the migrated database."""

from __future__ import annotations

import base64
import os
import shutil
import tempfile
import urllib.parse
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from hypothesis import settings
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import create_app, passwords
from app.db import db
from app.embedded import EmbeddedPostgres, EmbeddedValkey
from app.models import Role, User
from app.permissions import Actor
from app.queries.sessions import SignedIn
from app.settings import Settings
from app.web import identity
from app.web.limits import limiter
from tests.make import Make

# What lands is not decided by luck: drawn examples are the same in every run of `make test`, and new ones in
# `make test-slow`. A busy machine must not fail a test, and a failure must say how to see it again.
settings.register_profile("same examples", deadline=None, print_blob=True, derandomize=True, database=None)
settings.register_profile("new examples", deadline=None, print_blob=True)
settings.load_profile("new examples" if os.environ.get("ZUOXI_NEW_EXAMPLES") else "same examples")

TEMPLATE = "zuoxi_template"
_running = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers in the process that hands out the tests; its workers read where they are."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    state = Path(tempfile.mkdtemp(prefix="zuoxi-test-"))
    _running.callback(shutil.rmtree, state, ignore_errors=True)
    if not os.environ.get("TEST_DATABASE_URL"):
        postgres = EmbeddedPostgres(state / "postgres", durable=False)
        _running.enter_context(postgres)
        os.environ["TEST_DATABASE_URL"] = postgres.url
        _running.callback(os.environ.pop, "TEST_DATABASE_URL")
    if not os.environ.get("TEST_REDIS_URL"):
        valkey = EmbeddedValkey(state / "valkey", durable=False)
        _running.enter_context(valkey)
        os.environ["TEST_REDIS_URL"] = valkey.url
        _running.callback(os.environ.pop, "TEST_REDIS_URL")
    _make_template()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        _running.close()


def named_database(name: str) -> str:
    """Return the test server's URL with another database."""
    parts = urllib.parse.urlsplit(os.environ["TEST_DATABASE_URL"])
    return urllib.parse.urlunsplit(parts._replace(path=f"/{name}"))


def run_sql(statement: str) -> None:
    """Run one statement on the test server, outside any transaction."""
    plain = os.environ["TEST_DATABASE_URL"].replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(statement.encode())


def _make_template() -> None:
    from alembic import command

    from app.cli.database import alembic_config

    run_sql(f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")
    run_sql(f"CREATE DATABASE {TEMPLATE}")
    command.upgrade(alembic_config(named_database(TEMPLATE)), "head")


@contextmanager
def fresh_database() -> Iterator[str]:
    """Clone the migrated template; yield the clone's URL and drop it afterwards."""
    name = f"zuoxi_{uuid.uuid4().hex[:12]}"
    run_sql(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    try:
        yield named_database(name)
    finally:
        run_sql(f"DROP DATABASE {name} WITH (FORCE)")


def settings_for(database_url: str, **changes: Any) -> Settings:
    """Return settings of a test installation on this database."""
    values: dict[str, Any] = {
        "database_url": database_url,
        "redis_url": os.environ["TEST_REDIS_URL"],
        "secret_key": "for tests",
        "encryption_key": f"t1:{base64.b64encode(bytes(32)).decode()}",
        "badge_keys": f"t1:{base64.b64encode(bytes(32)).decode()}",
        "secure_cookies": False,
    }
    return Settings(**values | changes)


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    with fresh_database() as url:
        yield url


@pytest.fixture(scope="session")
def app(database_url: str) -> Iterator[Flask]:
    passwords.use_cheap_hashing()
    app = create_app(settings_for(database_url))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    # The limiter read its configuration when the app was made; all tests come from one address.
    limiter.enabled = False
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def connection(app: Flask) -> Iterator[Connection]:
    """One connection whose outer transaction is rolled back: a commit in the app ends a savepoint."""
    with app.app_context():
        engine, sessionmaker = db.engine, db.sessionmaker
    as_configured = dict(sessionmaker.kw)
    with engine.connect() as connection:
        outer = connection.begin()
        sessionmaker.configure(bind=connection, join_transaction_mode="create_savepoint")
        try:
            yield connection
        finally:
            sessionmaker.kw = as_configured
            outer.rollback()


@pytest.fixture
def session(connection: Connection) -> Iterator[Session]:
    with Session(
        bind=connection, join_transaction_mode="create_savepoint", expire_on_commit=False
    ) as session:
        yield session


@pytest.fixture
def make(session: Session) -> Make:
    return Make(session)


class RoleClient(FlaskClient):
    """Sends every request as `actor` (None: a visitor), and fails one that wrote without committing."""

    actor: Actor | None = None
    user: User | None = None

    def sign_in(self, user: User, actor: Actor) -> None:
        """Send later requests as this person."""
        self.user, self.actor = user, actor

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        with self.application.app_context():
            g.test_signed_in = (
                SignedIn(user=self.user, session_id=uuid.UUID(int=0), actor=self.actor)
                if self.user and self.actor
                else None
            )
            response = super().open(*args, **kwargs)
            if db.session.info.get("unsaved") or db.session.new or db.session.dirty:
                pytest.fail(f"{response.request.path} left changes uncommitted")
        return response


@pytest.fixture
def client(app: Flask, connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[RoleClient]:
    """A client whose requests share the test's transaction. Call sign_in(user, actor) to be somebody."""

    def mark(unsaved: bool) -> Callable[..., None]:
        return lambda session, *_: session.info.update(unsaved=unsaved)

    def load(incoming: Any) -> identity.Visitor | None:
        signed_in = g.get("test_signed_in")
        return identity.Visitor(signed_in) if signed_in else None

    monkeypatch.setattr(identity.login_manager, "_request_callback", load)
    listeners = [
        ("after_flush", mark(True)),
        ("after_commit", mark(False)),
        ("after_rollback", mark(False)),
    ]
    for name, listener in listeners:
        event.listen(Session, name, listener)
    yield RoleClient(app, app.response_class)
    for name, listener in listeners:
        event.remove(Session, name, listener)


@pytest.fixture
def as_agent(client: RoleClient, make: Make) -> RoleClient:
    """The client, signed in as a certified agent: client.actor.agent_id names them."""
    agent = make.agent()
    client.sign_in(make.user_of(agent), make.actor_of(agent))
    return client


@pytest.fixture
def as_merchant(client: RoleClient, make: Make) -> RoleClient:
    """The client, signed in as the owner of a merchant: client.actor.merchant_id names it."""
    membership = make.membership()
    client.sign_in(make.user_of(membership), make.actor_of(membership))
    return client


@pytest.fixture
def as_operations(client: RoleClient, make: Make) -> RoleClient:
    """The client, signed in as somebody in operations."""
    user = make.user(role=Role.OPERATIONS)
    client.sign_in(user, Actor(user_id=user.id, role=Role.OPERATIONS))
    return client


CountQueries = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def count_queries() -> CountQueries:
    """Collect the statements that run inside a with-block."""

    @contextmanager
    def counter() -> Iterator[list[str]]:
        statements: list[str] = []

        def record(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
                statements.append(statement)

        event.listen(Engine, "before_cursor_execute", record)
        try:
            yield statements
        finally:
            event.remove(Engine, "before_cursor_execute", record)

    return counter
