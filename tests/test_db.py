"""What the database's errors say, and what they keep to themselves."""

from __future__ import annotations

import traceback

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from app.db import db
from app.models import User
from tests.make import Make

SECRET = "lin.secret@example.com"


def told(error: DBAPIError) -> str:
    """Everything that a log, or a job's failure, would hold of it."""
    return f"{error} {error.orig} {''.join(traceback.format_exception(error))}"


def test_an_error_names_no_parameter(app: Flask) -> None:
    with app.app_context(), pytest.raises(DBAPIError) as caught:
        db.session.execute(text("SELECT 1 FROM no_such_table WHERE email = :email"), {"email": SECRET})

    assert "no_such_table" in told(caught.value)
    assert SECRET not in told(caught.value)


def test_a_refused_row_is_not_quoted(session: Session, make: Make) -> None:
    make.user(email=SECRET)
    other = make.user(email="other@example.com")

    with pytest.raises(IntegrityError) as caught, session.begin_nested():
        session.get_one(User, other.id).email = SECRET
        session.flush()

    assert "duplicate key value violates unique constraint" in told(caught.value)
    assert SECRET not in told(caught.value)
