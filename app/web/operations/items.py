"""The question bank: find an item, see it as a candidate does, with its key, its figures and its versions."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Sequence
from typing import Any

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from app.db import db
from app.errors import NotFoundError
from app.models import ItemState, ItemVersion
from app.permissions import Permission
from app.queries import item_flags as flag_queries
from app.queries import items as item_queries
from app.services.exam_blueprints import current_blueprints
from app.services.item_bank import current_bank
from app.web.access import requires
from app.web.agents.questions import show_one
from app.web.i18n import LOCALES, locale_code
from app.web.identity import the_user
from app.web.operations import bp
from app.web.operations.item_decisions import DecideForm, RetireForm
from app.web.operations.item_lines import ItemFilter, find_differences, list_lines
from app.web.operations.item_words import (
    DIFFICULTY_NAMES,
    FLAG_NAMES,
    STATE_NAMES,
    flag_evidence,
    key_lines,
    quota_words,
)
from app.web.paging import page_number, pages_of
from exams.bank import Bank, read_body
from exams.forms import Question
from exams.items import KIND_NAMES, TOPIC_NAMES, ChoiceItem, Item, Kind
from exams.marking import mark
from exams.responses import ResponseError, parse_response

ROWS = 25
WRITABLE = tuple(kind for kind in Kind if kind not in (Kind.TYPING, Kind.CHAT))
"""Kinds that are written in a form; the others are written in the bank's files."""


@bp.get("/bank")
@requires(Permission.BANK_READ)
def list_items() -> ResponseReturnValue:
    wanted = ItemFilter(
        words=request.args.get("words", "").strip()[:100],
        **{name: request.args.get(name, "") for name in ("topic", "kind", "difficulty", "state")},
    )
    lines = list_lines(current_bank(db.session), item_queries.list_open_versions(db.session))
    found = [line for line in lines if wanted.admits(line)]
    number = page_number()
    shown = found[(number - 1) * ROWS : number * ROWS]
    figures = item_queries.list_figures(
        db.session, [(line.asked.id, line.asked.version) for line in shown if line.asked]
    )
    return render_template(
        "operations/items.html",
        lines=[
            (line, figures.get((line.asked.id, line.asked.version)) if line.asked else None) for line in shown
        ],
        total=len(found),
        all_items=len(lines),
        waiting=sum(line.open_state is ItemState.IN_REVIEW for line in lines),
        pages=pages_of(len(found), ROWS, number),
        wanted=wanted,
        writable=WRITABLE,
        **names(),
    )


@bp.get("/bank/items/<string(maxlength=80):item_id>")
@requires(Permission.BANK_READ)
def show_item(item_id: str) -> ResponseReturnValue:
    return render_item(item_id)


@bp.get("/bank/items/<string(maxlength=80):item_id>/versions/<int:version>/preview")
@requires(Permission.BANK_READ)
def preview_item(item_id: str, version: int) -> ResponseReturnValue:
    """Show a version by the templates that candidates see, in the language asked for; answers are tried."""
    found = find_history(item_id)
    item = next((one.item for one in found if one.item.version == version), None)
    if item is None:
        raise NotFoundError(f"item {item_id} version {version}")
    language = request.args.get("language", "")
    with force_locale(language if language in LOCALES else locale_code()):
        shown = item.shown()
        question = Question(
            item_id=item.id, version=item.version, option_ids=tuple(option.id for option in shown.options)
        )
        values, marked, refusal = request.args.getlist("answer"), None, None
        if "check" in request.args and item.kind not in (Kind.TYPING, Kind.CHAT):
            try:
                response = parse_response(
                    item.kind,
                    values,
                    option_ids=question.option_ids or None,
                    prompt_ids=[prompt.id for prompt in shown.prompts],
                )
                marked = mark(item, response)
            except ResponseError as error:
                refusal = error.sentence.in_language(locale_code())
        page = render_template(
            "operations/item_preview.html",
            question=show_one(question, Bank((item,)), number=1),
            values=values,
            marked=marked,
            refusal=refusal,
            feedback=marked.feedback.in_language(locale_code()) if marked else None,
            typing_untimed=False,
            language=locale_code(),
        )
    return page, 422 if refusal else 200


@dataclasses.dataclass(frozen=True, kw_only=True)
class Written:
    """One version of an item with its row, if it has one: shipped versions have none."""

    item: Item
    row: ItemVersion | None

    @property
    def state(self) -> ItemState:
        if self.row is not None:
            return self.row.state
        return ItemState.RETIRED if self.item.retired else ItemState.APPROVED


def find_history(item_id: str) -> list[Written]:
    """Return every version of an item, newest first. Raises NotFoundError for an item there is none of."""
    rows = {row.version: row for row in item_queries.list_versions(db.session, item_id)}
    found = {
        item.version: Written(item=item, row=rows.get(item.version))
        for item in current_bank(db.session).items
        if item.id == item_id
    }
    for version, row in rows.items():
        if row.state in item_queries.OPEN:
            found[version] = Written(item=read_body(row.body), row=row)
    if not found:
        raise NotFoundError(f"item {item_id}")
    return [found[version] for version in sorted(found, reverse=True)]


def render_item(item_id: str, *, status: int = 200, **forms: Any) -> ResponseReturnValue:
    """Render an item's page, with forms that were refused where there are some."""
    history = find_history(item_id)
    asked = request.args.get("version", type=int)
    shown = next((one for one in history if one.item.version == asked), None)
    if asked is not None and shown is None:
        abort(404)
    shown = shown or history[0]
    bank = current_bank(db.session)
    figures = item_queries.list_figures(db.session, [(item_id, one.item.version) for one in history])
    people = {row.author_id for one in history if (row := one.row)} | {
        row.reviewer_id for one in history if (row := one.row)
    }
    is_asked = any(one.id == item_id for one in bank.current)
    page = render_template(
        "operations/item.html",
        written=shown,
        item=shown.item,
        history=history,
        differences={
            newer.item.version: find_differences(older.item, newer.item)
            for newer, older in itertools.pairwise(history)
        },
        figure=figures.get((item_id, shown.item.version)),
        flags=[
            (flag, FLAG_NAMES[flag.kind], flag_evidence(flag, shown.item, locale_code()))
            for flag in flag_queries.list_flags_of(db.session, item_id, version=shown.item.version)
        ],
        people=item_queries.name_users(db.session, {one for one in people if one is not None}),
        mine=shown.row is not None and shown.row.author_id == the_user().id,
        uses=uses_of(shown.item, bank),
        keys={language: key_lines(shown.item, language) for language in LOCALES},
        is_asked=is_asked,
        option_words=_option_words(shown.item),
        can_write=shown.item.kind in WRITABLE,
        decide_form=forms.get("decide_form") or DecideForm(formdata=None),
        retire_form=forms.get("retire_form") or RetireForm(formdata=None),
        refusal=forms.get("refusal"),
        **names(),
    )
    return page, status


def _option_words(item: Item) -> Callable[[str], str]:
    """Return what turns an option's id into its words."""
    options = item.options if isinstance(item, ChoiceItem) else ()
    words = {option.id: option.text.in_language(locale_code()) for option in options}
    return lambda option_id: words.get(option_id, option_id)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Use:
    """A place of an exam that the item can take, one of so many that can."""

    exam: str
    quota: str
    count: int
    rivals: int


def uses_of(item: Item, bank: Bank) -> Sequence[Use]:
    """Return where exams can draw the item."""
    language = locale_code()
    return [
        Use(
            exam=blueprint.title.in_language(language),
            quota=quota_words(quota, language),
            count=quota.count,
            rivals=sum(quota.admits(one) for one in bank.current if one.practice == blueprint.is_practice),
        )
        for blueprint in current_blueprints(db.session).values()
        for quota in blueprint.quotas
        if item.practice == blueprint.is_practice and quota.admits(item)
    ]


def names() -> dict[str, Any]:
    """Return what the bank's words are called in the reader's language."""
    language = locale_code()
    return {
        "topic_names": {topic: words.in_language(language) for topic, words in TOPIC_NAMES.items()},
        "kind_names": {kind: words.in_language(language) for kind, words in KIND_NAMES.items()},
        "difficulty_names": DIFFICULTY_NAMES,
        "state_names": STATE_NAMES,
    }
