"""An item as plain values comes back the same, and what cannot be one is named."""

from __future__ import annotations

import json

import pytest

from exams.bank import read_body, shipped_bank, write_body
from exams.items import Item, ItemError


@pytest.mark.parametrize("item", shipped_bank().items, ids=lambda item: item.id)
def test_every_shipped_item_survives_json(item: Item) -> None:
    assert read_body(json.loads(json.dumps(write_body(item)))) == item


def test_a_body_with_faults_names_them_all() -> None:
    body = write_body(shipped_bank().item("as-window-start", 1)) | {"points": "1", "colour": "red"}
    del body["key"]

    with pytest.raises(ItemError) as refused:
        read_body(body)

    assert [fault.split()[0] for fault in refused.value.faults] == ["'colour'", "points", "key"]


def test_a_body_without_topic_or_kind_is_refused() -> None:
    with pytest.raises(ItemError, match="topic is missing"):
        read_body({"id": "x", "kind": "single"})
    with pytest.raises(ItemError, match="kind is 'riddle'"):
        read_body({"id": "x", "topic": "tools", "kind": "riddle"})
