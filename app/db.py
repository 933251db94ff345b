"""The database session, and the one way to commit it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from flask_sqlalchemy_lite import SQLAlchemy
from psycopg import DataError, IntegrityError
from sqlalchemy import ExceptionContext, event
from sqlalchemy.orm import Session

from app.settings import Settings

# Objects stay readable after commit, so a template can show what was just saved without new reads.
db = SQLAlchemy(session_options={"expire_on_commit": False})


def init_db(app: Flask, settings: Settings) -> None:
    """Give the app its engine. Connecting waits until the first query, so a fork shares no connection."""
    app.config["SQLALCHEMY_ENGINES"] = {
        "default": {
            "url": settings.database_url,
            "pool_size": settings.database_pool_size,
            "max_overflow": 0,
            "pool_timeout": 5,
            # The words of an error go into logs and onto operations' pages: what people wrote stays out.
            "hide_parameters": True,
        }
    }
    db.init_app(app)
    with app.app_context():
        event.listen(db.engine, "handle_error", drop_details)
    # The library also registers an async teardown that starts an event loop at every request, though no async
    # session exists here: it costs more than the request's own work.
    app.teardown_appcontext_funcs[:] = [
        function for function in app.teardown_appcontext_funcs if function.__name__ != "_close_async_sessions"
    ]


def drop_details(context: ExceptionContext) -> None:
    """Keep only the first sentence of a refused row's error: PostgreSQL's details quote the row."""
    refused = context.original_exception
    if not isinstance(refused, IntegrityError | DataError):
        return
    sentence = refused.diag.message_primary or type(refused).__name__
    refused.args = (sentence,)
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.args = (f"({type(refused).__name__}) {sentence}",)


@contextmanager
def transaction(session: Session) -> Iterator[None]:
    """Commit what the block did, or undo all of it.

    Only entry points open one: a view, a job, a command. Code below them adds to the session and
    leaves the decision to its caller.
    """
    if session.info.get("in_transaction"):
        raise RuntimeError("transactions do not nest: only the entry point opens one")
    session.info["in_transaction"] = True
    try:
        yield
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["in_transaction"] = False
