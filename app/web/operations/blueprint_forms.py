"""The form of a blueprint: its minutes, its pass mark, and a row for each quota."""

from __future__ import annotations

import dataclasses
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectMultipleField
from wtforms.validators import InputRequired, NumberRange, Optional

from app.web.choices import choice
from app.web.i18n import locale_code
from app.web.operations.item_words import DIFFICULTY_NAMES
from exams.forms import Blueprint, Quota
from exams.items import KIND_NAMES, TOPIC_NAMES, Difficulty, Kind, Topic

SPARE_ROWS = 3
MOST_ROWS = 40
MOST_OF_ONE = 40
MOST_MINUTES = 240


class BlueprintForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What every blueprint has. `blueprint_form` adds the rows of its quotas."""

    minutes = IntegerField(
        _l("时间（分钟）"),
        validators=[
            InputRequired(_l("请写整数，例如 25")),
            NumberRange(1, MOST_MINUTES, message=_l("请写 1 到 240 分钟")),
        ],
    )
    pass_percent = IntegerField(
        _l("通过线（百分之几）"),
        validators=[
            InputRequired(_l("请写整数，例如 70")),
            NumberRange(1, 100, message=_l("请写 1 到 100")),
        ],
    )
    rows: int


def blueprint_form(blueprint: Blueprint) -> BlueprintForm:
    """Return the form, filled from the blueprint until something is sent, with a few rows to spare."""
    rows = min(len(blueprint.quotas) + SPARE_ROWS, MOST_ROWS)
    language = locale_code()
    topics = [choice(one.value, TOPIC_NAMES[one].in_language(language)) for one in Topic]
    kinds = [choice(one.value, KIND_NAMES[one].in_language(language)) for one in Kind]
    difficulties = [choice(one.value, DIFFICULTY_NAMES[one]) for one in Difficulty]
    values: dict[str, Any] = {"minutes": blueprint.minutes, "pass_percent": blueprint.pass_percent}
    fields: dict[str, Any] = {"rows": rows}
    for number in range(1, rows + 1):
        fields[f"count_{number}"] = IntegerField(
            _l("抽几道"),
            validators=[
                Optional(),
                NumberRange(0, MOST_OF_ONE, message=_l("请写 0 到 40，0 是不要这一行")),
            ],
        )
        fields[f"topics_{number}"] = SelectMultipleField(_l("主题"), choices=topics)
        fields[f"kinds_{number}"] = SelectMultipleField(_l("题型"), choices=kinds)
        fields[f"difficulties_{number}"] = SelectMultipleField(_l("难度"), choices=difficulties)
    for number, quota in enumerate(blueprint.quotas, start=1):
        values |= {
            f"count_{number}": quota.count,
            f"topics_{number}": [one.value for one in quota.topics],
            f"kinds_{number}": [one.value for one in quota.kinds],
            f"difficulties_{number}": [one.value for one in quota.difficulties],
        }
    form: BlueprintForm = type("FilledForm", (BlueprintForm,), fields)(data=values)
    return form


def read_blueprint_form(form: BlueprintForm, blueprint: Blueprint) -> Blueprint | None:
    """Return the blueprint with what was written, or None with a sentence at the field that is wrong."""
    quotas = []
    for number in range(1, form.rows + 1):
        count = form[f"count_{number}"].data
        words = {name: form[f"{name}_{number}"].data or [] for name in ("topics", "kinds", "difficulties")}
        if count:
            quotas.append(
                Quota(
                    count=count,
                    topics=tuple(Topic(one) for one in words["topics"]),
                    kinds=tuple(Kind(one) for one in words["kinds"]),
                    difficulties=tuple(Difficulty(one) for one in words["difficulties"]),
                )
            )
        elif count is None and any(words.values()):
            form[f"count_{number}"].errors = [_("这一行选了内容，没写抽几道。请写数，或写 0 去掉。")]
    if not quotas and not form.errors:
        form["count_1"].errors = [_("一道题也没有。请至少写一行。")]
    minutes = form.minutes.data
    if minutes is None or any(field.errors for field in form):
        return None
    return dataclasses.replace(
        blueprint, minutes=minutes, pass_percent=form.pass_percent.data, quotas=tuple(quotas)
    )
