"""The question bank: its list, an item in each state, its form for each kind, and review."""

from __future__ import annotations

import dataclasses
import uuid

from app.models import (
    BlueprintState,
    BlueprintVersion,
    FlagState,
    ItemFigure,
    ItemFlag,
    ItemState,
    ItemVersion,
    Role,
)
from app.permissions import Permission
from exams.bank import shipped_bank, write_body
from exams.blueprint_check import write_blueprint
from exams.blueprints import BLUEPRINTS
from exams.items import Item, Text
from tests.make import NOON
from tests.web.pages import Page, World

READ, EDIT, REVIEW = Permission.BANK_READ, Permission.BANK_EDIT, Permission.BANK_REVIEW
ITEM = "as-window-start"
KINDS = ("single", "multiple", "true_false", "short_answer", "numeric", "ordering", "matching")


def pages(world: World) -> list[Page]:
    author = world.make.user(role=Role.OPERATIONS, name="He Lan").id
    draft = make_version(world, "draft-item", ItemState.DRAFT, author=author, note="Two are right.")
    review = make_version(world, "review-item", ItemState.IN_REVIEW, author=author)
    make_version(world, ITEM, ItemState.DRAFT, author=author, version=2)
    make_figure(world)
    flag, _ = (make_flag(world, kind) for kind in ("accommodation", "distractor"))
    return [
        Page(endpoint="operations.list_items", access=READ),
        *(
            Page(endpoint="operations.show_item", access=READ, own={"item_id": item_id}, look=look)
            for item_id, look in ((ITEM, True), ("draft-item", False), ("review-item", True))
        ),
        Page(
            endpoint="operations.preview_item",
            access=READ,
            own={"item_id": ITEM, "version": "1", "language": "en"},
        ),
        *(
            Page(endpoint="operations.create_item", access=EDIT, own={"kind": kind}, look=look)
            for kind, look in ((kind, kind in ("single", "matching")) for kind in KINDS)
        ),
        Page(
            endpoint="operations.create_item",
            access=EDIT,
            method="POST",
            own={"kind": "single"},
            allowed=422,
        ),
        Page(endpoint="operations.edit_item", access=EDIT, own={"item_id": "draft-item"}),
        Page(
            endpoint="operations.edit_item",
            access=EDIT,
            method="POST",
            own={"item_id": "draft-item"},
            allowed=422,
        ),
        *_blueprints(world, author),
        Page(endpoint="operations.list_flags", access=READ),
        Page(endpoint="operations.decide_flag", access=REVIEW, own={"flag_id": flag}),
        Page(
            endpoint="operations.decide_flag",
            access=REVIEW,
            method="POST",
            own={"flag_id": flag},
            data={"decision": "kept", "reason": "The work asks for it."},
            allowed=302,
        ),
        Page(endpoint="operations.compute_figures", access=REVIEW, method="POST", allowed=302),
        Page(endpoint="operations.import_items", access=EDIT),
        Page(endpoint="operations.import_items", access=EDIT, method="POST", allowed=422),
        Page(
            endpoint="operations.decide_item",
            access=REVIEW,
            method="POST",
            own={"version_id": review},
            data={"decision": "send-back", "reason": "Say which day."},
            allowed=302,
        ),
        Page(
            endpoint="operations.submit_item",
            access=EDIT,
            method="POST",
            own={"version_id": draft},
            allowed=302,
        ),
        Page(
            endpoint="operations.discard_item",
            access=EDIT,
            method="POST",
            own={"version_id": make_version(world, "thrown-away", ItemState.DRAFT, author=author)},
            allowed=302,
        ),
        Page(
            endpoint="operations.retire_item",
            access=REVIEW,
            method="POST",
            own={"item_id": "as-damaged"},
            data={"why": "The rule has changed."},
            allowed=302,
        ),
    ]


def _blueprints(world: World, author: uuid.UUID) -> list[Page]:
    draft = make_blueprint(world, "base", BlueprintState.DRAFT, author)
    review = make_blueprint(world, "project-hotline", BlueprintState.IN_REVIEW, author)
    return [
        Page(endpoint="operations.list_blueprints", access=READ),
        Page(endpoint="operations.show_blueprint", access=READ, own={"exam": "project-hotline"}),
        Page(endpoint="operations.edit_blueprint", access=EDIT, own={"exam": "base"}),
        Page(
            endpoint="operations.edit_blueprint",
            access=EDIT,
            method="POST",
            own={"exam": "base"},
            allowed=422,
        ),
        Page(
            endpoint="operations.submit_blueprint",
            access=EDIT,
            method="POST",
            own={"version_id": draft},
            allowed=302,
        ),
        Page(
            endpoint="operations.decide_blueprint",
            access=REVIEW,
            method="POST",
            own={"version_id": review},
            data={"decision": "send-back", "reason": "Too long."},
            allowed=302,
        ),
    ]


def make_blueprint(world: World, exam: str, state: BlueprintState, author: uuid.UUID) -> uuid.UUID:
    return world.make.save(
        BlueprintVersion(
            id=uuid.uuid4(),
            exam=exam,
            version=2,
            body=write_blueprint(dataclasses.replace(BLUEPRINTS[exam], minutes=33)),
            state=state,
            author_id=author,
            changed_at=NOON,
        )
    ).id


def make_version(
    world: World,
    item_id: str,
    state: ItemState,
    *,
    author: uuid.UUID,
    version: int = 1,
    note: str | None = None,
) -> uuid.UUID:
    """Save a version with the words of a shipped item, told apart by its stem."""
    item: Item = shipped_bank().item(ITEM, 1)
    stem = Text(zh=f"{item.stem.zh}（改）", en=f"{item.stem.en} (changed)")
    item = dataclasses.replace(item, id=item_id, version=version, stem=stem)
    return world.make.save(
        ItemVersion(
            id=uuid.uuid4(),
            item_id=item_id,
            version=version,
            body=write_body(item),
            topic=item.topic,
            kind=item.kind,
            difficulty=item.difficulty,
            state=state,
            author_id=author,
            note=note,
            created_at=NOON,
            changed_at=NOON,
        )
    ).id


def make_figure(world: World) -> None:
    world.make.save(
        ItemFigure(
            id=uuid.uuid4(),
            item_id=ITEM,
            version=1,
            model="rasch",
            a=1.0,
            b=-0.4,
            c=0.0,
            se_a=0.05,
            se_b=0.2,
            se_c=None,
            answers=140,
            facility=0.64,
            discrimination=0.12,
            exposure=0.2,
            options=[
                {"option": "c", "is_key": True, "count": 90, "percent": 64.3, "groups": [20, 30, 40]},
                {"option": "a", "is_key": False, "count": 50, "percent": 35.7, "groups": [25, 15, 10]},
            ],
            flags=[],
            computed_at=NOON,
        )
    )


DETAILS: dict[str, dict[str, object]] = {
    "accommodation": {
        "people": 80,
        "delta": -2.1,
        "ets_class": "C",
        "p": 0.001,
        "points": -14,
        "curve_p": 0.002,
    },
    "distractor": {"option": "a", "chosen": 20, "key": 12},
    "negative": {"index": -0.21, "people": 140},
    "low": {"index": 0.12, "people": 140},
    "misfit": {"infit": 1.31, "s_x2": 40.2, "df": 18, "p": 0.002},
    "language": {"people": 80, "delta": 1.8, "ets_class": "C", "points": None, "curve_p": None},
}


def make_flag(world: World, kind: str) -> uuid.UUID:
    return world.make.save(
        ItemFlag(
            id=uuid.uuid4(),
            item_id=ITEM,
            version=1,
            kind=kind,
            details=DETAILS[kind],
            state=FlagState.OPEN,
            found_at=NOON,
        )
    ).id
