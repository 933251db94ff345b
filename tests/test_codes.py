"""Codes that were sent: only their own row, under the installation's own secret, knows them again."""

from __future__ import annotations

import uuid

import pytest

from app import codes

ROW = uuid.UUID(int=7)


@pytest.fixture(autouse=True)
def keep_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "_key", b"before")


def test_every_process_of_an_installation_knows_a_code() -> None:
    codes.use_key("one secret")
    stored = codes.hash_code("012345", row_id=ROW)
    codes.use_key("one secret")

    assert codes.code_matches(stored, "012345", row_id=ROW)
    assert not codes.code_matches(stored, "012346", row_id=ROW)


def test_another_row_or_another_secret_does_not() -> None:
    codes.use_key("one secret")
    stored = codes.hash_code("012345", row_id=ROW)

    assert not codes.code_matches(stored, "012345", row_id=uuid.UUID(int=8))
    codes.use_key("another secret")
    assert not codes.code_matches(stored, "012345", row_id=ROW)
