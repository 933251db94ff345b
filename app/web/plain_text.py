"""Refuse NUL wherever text comes in: PostgreSQL cannot store it, and no keyboard types it."""

from __future__ import annotations

from collections.abc import Iterator

from flask import abort, request

NUL = "\0"


def refuse_nul() -> None:
    """Answer 400 when the path, the query or the form holds a NUL byte."""
    if any(NUL in text for text in _incoming_texts()):
        abort(400)


def _incoming_texts() -> Iterator[str]:
    yield request.path
    for fields in (request.args, request.form):
        for name, value in fields.items(multi=True):
            yield name
            yield value
    for name, file in request.files.items(multi=True):
        yield name
        yield file.filename or ""
