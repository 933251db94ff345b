"""The form of each simple kind of item: its fields, what they hold of an item, and the item they make."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, ValidationError

from app.web.choices import choice
from app.web.i18n import locale_code
from app.web.operations.item_words import DIFFICULTY_NAMES
from exams.items import (
    ITEM_TYPES,
    TOPIC_NAMES,
    Difficulty,
    Flaw,
    Item,
    ItemError,
    Kind,
    MatchingItem,
    MultipleItem,
    NumericItem,
    Option,
    OrderingItem,
    ShortAnswerItem,
    SingleItem,
    Text,
    Topic,
    TrueFalseItem,
)
from exams.items.arranged import MOST_LINES, MOST_PROMPTS, MOST_TARGETS

ROWS = {Kind.SINGLE: 6, Kind.MULTIPLE: 6, Kind.ORDERING: MOST_LINES, Kind.MATCHING: MOST_TARGETS}
LETTERS = "abcdefghijklmnopqrstuvwxyz"
LONGEST = 2000
_short = Length(max=300, message=_l("请写在 300 个字符以内"))
_long = Length(max=LONGEST, message=_l("请写在 2000 个字符以内"))


class ItemForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What every kind has. `form_for` adds the fields of a kind."""

    item_id = StringField(_l("编号"), validators=[Length(max=60, message=_l("请写在 60 个字符以内"))])
    topic = SelectField(_l("主题"), validators=[InputRequired(_l("请选一个主题"))])
    difficulty = SelectField(_l("难度（你的估计）"), validators=[InputRequired(_l("请选一个难度"))])
    points = IntegerField(_l("分值"), default=1, validators=[InputRequired(_l("请写整数，例如 1"))])
    practice = BooleanField(_l("只用于练习，不计分"))
    stem_zh = TextAreaField(_l("题目（中文）"), validators=[_long])
    stem_en = TextAreaField(_l("题目（英文）"), validators=[_long])
    rationale_zh = TextAreaField(_l("为什么这样算对（中文，给审题的人）"), validators=[_long])
    rationale_en = TextAreaField(_l("为什么这样算对（英文）"), validators=[_long])
    feedback_zh = TextAreaField(_l("讲解（中文，交卷后给考生）"), validators=[_long])
    feedback_en = TextAreaField(_l("讲解（英文）"), validators=[_long])
    ids = HiddenField()
    """The ids of the rows' options, in their order: they stay while the rows stay."""
    prompt_ids = HiddenField()

    kind: Kind
    rows: int
    prompts: int

    def row(self, noun: str, number: int, language: str) -> Any:
        return self[f"{noun}_{number}_{language}"]


def form_for(kind: Kind, item: Item | None = None) -> ItemForm:
    """Return the form of this kind, filled from the item until something is sent."""
    rows, prompts = ROWS.get(kind, 0), MOST_PROMPTS if kind is Kind.MATCHING else 0
    fields: dict[str, Any] = {"kind": kind, "rows": rows, "prompts": prompts}
    for noun, count in (("option", rows), ("prompt", prompts)):
        for number in range(1, count + 1):
            fields[f"{noun}_{number}_zh"] = StringField(_l("中文"), validators=[_short])
            fields[f"{noun}_{number}_en"] = StringField(_l("英文"), validators=[_short])
    fields |= _key_fields(kind, [choice(str(number), str(number)) for number in range(1, rows + 1)])
    form: ItemForm = type("KindForm", (ItemForm,), fields)(data=None if item is None else _values_of(item))
    form.topic.choices = [choice(one.value, TOPIC_NAMES[one].in_language(locale_code())) for one in Topic]
    form.difficulty.choices = [choice(one.value, DIFFICULTY_NAMES[one]) for one in Difficulty]
    return form


def _key_fields(kind: Kind, numbers: Sequence[Any]) -> dict[str, Any]:
    """Return the fields that say what is right; `numbers` are the rows of options."""
    fixed = BooleanField(_l("选项按写的顺序出，不打乱"))
    number = [_short, _is_number]
    if kind is Kind.SINGLE:
        chosen = [InputRequired(_l("请选哪个是对的"))]
        return {"right": RadioField(_l("哪个是对的"), choices=numbers, validators=chosen), "fixed": fixed}
    if kind is Kind.MULTIPLE:
        return {"right": SelectMultipleField(_l("哪些是对的"), choices=numbers), "fixed": fixed}
    if kind is Kind.TRUE_FALSE:
        sides = [choice("true", _l("正确")), choice("false", _l("不正确"))]
        chosen = [InputRequired(_l("请选正确或不正确"))]
        return {"truth": RadioField(_l("这句话"), choices=sides, validators=chosen)}
    if kind is Kind.SHORT_ANSWER:
        return {"accepted": TextAreaField(_l("算对的答案，一行一个，中文英文都写"), validators=[_long])}
    if kind is Kind.NUMERIC:
        return {
            "number": StringField(_l("答案"), validators=number),
            "tolerance": StringField(_l("差多少以内也算对"), default="0", validators=number),
            "unit_zh": StringField(_l("单位（中文）"), validators=[_short]),
            "unit_en": StringField(_l("单位（英文）"), validators=[_short]),
        }
    if kind is Kind.MATCHING:
        targets = [choice("", "–"), *numbers]
        return {
            f"target_{place}": SelectField(_l("配第几个答案"), choices=targets)
            for place in range(1, MOST_PROMPTS + 1)
        }
    return {}


def read_form(form: ItemForm, *, item_id: str) -> Item | None:
    """Return the item that was written, or None with a sentence at each field that is wrong."""
    options, prompts = _options(form, "option", form.rows), _options(form, "prompt", form.prompts)
    values: dict[str, Any] = {
        "id": item_id,
        "version": 1,
        "topic": Topic(form.topic.data),
        "difficulty": Difficulty(form.difficulty.data),
        "points": form.points.data,
        "practice": form.practice.data,
        **{name: _text(form, name) for name in ("stem", "rationale", "feedback")},
    }
    if form.kind is Kind.ORDERING:
        options = _hide_order(options, kept=[one for one in (form.ids.data or "").split(",") if one])
        values["key"] = tuple(option.id for option in options.values())
        values["options"] = tuple(sorted(options.values(), key=lambda option: option.id))
    elif form.rows:
        values["options"] = tuple(options.values())
    if form.kind in (Kind.SINGLE, Kind.MULTIPLE):
        values["shuffle"] = not form.fixed.data
        chosen = [form.right.data] if form.kind is Kind.SINGLE else form.right.data or []
        keys = [options[int(number)].id for number in chosen if int(number) in options]
        values["key"] = (keys[0] if keys else "") if form.kind is Kind.SINGLE else tuple(keys)
    elif form.kind is Kind.TRUE_FALSE:
        values["key"] = form.truth.data == "true"
    elif form.kind is Kind.SHORT_ANSWER:
        lines = (line.strip() for line in (form.accepted.data or "").splitlines())
        values["key"] = tuple(dict.fromkeys(line for line in lines if line))
    elif form.kind is Kind.NUMERIC:
        values["key"] = Decimal(form.number.data.strip())
        values["tolerance"] = Decimal(form.tolerance.data.strip())
        values["unit"] = _text(form, "unit")
    elif form.kind is Kind.MATCHING:
        values["prompts"] = tuple(prompts.values())
        values["key"] = tuple(
            (prompt.id, options[int(target)].id)
            for number, prompt in prompts.items()
            if (target := form[f"target_{number}"].data) and int(target) in options
        )
    try:
        return ITEM_TYPES[form.kind](**values)
    except ItemError as error:
        _tell(form, error.faults, options, prompts)
        return None


def _is_number(_form: FlaskForm, field: StringField) -> None:
    try:
        is_one = Decimal((field.data or "").strip()).is_finite()
    except InvalidOperation:
        is_one = False
    if not is_one:
        raise ValidationError(_("请写数字，例如 129.50"))


def _text(form: ItemForm, name: str) -> Text:
    return Text(zh=_clean(form[f"{name}_zh"].data), en=_clean(form[f"{name}_en"].data))


def _clean(words: str | None) -> str:
    return (words or "").replace("\r\n", "\n").strip()


def _options(form: ItemForm, noun: str, rows: int) -> dict[int, Option]:
    """Return the rows that say something, by their number; new ones get the first free letters."""
    ids = ((form.ids if noun == "option" else form.prompt_ids).data or "").split(",")
    free = iter(letter for letter in LETTERS if letter not in ids)
    found = {}
    for number in range(1, rows + 1):
        words = Text(
            zh=_clean(form.row(noun, number, "zh").data), en=_clean(form.row(noun, number, "en").data)
        )
        kept = ids[number - 1] if number <= len(ids) else ""
        if words.zh or words.en:
            found[number] = Option(id=kept or next(free), text=words)
    return found


def _hide_order(options: Mapping[int, Option], *, kept: Sequence[str]) -> dict[int, Option]:
    """Give lines written in the right order ids that do not tell it: the page's source shows the ids."""
    if [option.id for option in options.values()] == list(kept) or len(options) < 2:
        return dict(options)
    ids = sorted(LETTERS[: len(options)])
    while ids == sorted(ids):
        secrets.SystemRandom().shuffle(ids)
    return {
        number: Option(id=item_id, text=option.text)
        for (number, option), item_id in zip(options.items(), ids, strict=True)
    }


def _tell(
    form: ItemForm, faults: Sequence[str], options: Mapping[int, Option], prompts: Mapping[int, Option]
) -> None:
    """Put each fault at its field; what has none goes to the form."""
    places = {
        f"option {option.id}.{language}": f"option_{number}_{language}"
        for number, option in options.items()
        for language in ("zh", "en")
    }
    places |= {
        f"prompt {option.id}.{language}": f"prompt_{number}_{language}"
        for number, option in prompts.items()
        for language in ("zh", "en")
    }
    places |= {
        "id": "item_id",
        "options": "option_1_zh",
        "prompts": "prompt_1_zh",
        "key": {Kind.SHORT_ANSWER: "accepted", Kind.NUMERIC: "number", Kind.MATCHING: "target_1"}.get(
            form.kind, "right"
        ),
    }
    for fault in faults:
        words = fault.in_language(locale_code()) if isinstance(fault, Flaw) else fault
        field = fault.field if isinstance(fault, Flaw) else ""
        name = places.get(field, field.replace(".", "_"))
        if name in form:
            form[name].errors = [*form[name].errors, words]
        else:
            form.form_errors.append(words)


def _values_of(item: Item) -> dict[str, Any]:
    """Return what the form's fields show of an item."""
    values: dict[str, Any] = {
        "item_id": item.id,
        "topic": item.topic.value,
        "difficulty": item.difficulty.value,
        "points": item.points,
        "practice": item.practice,
    }
    for name in ("stem", "rationale", "feedback", "unit"):
        text = getattr(item, name, None)
        if isinstance(text, Text):
            values |= {f"{name}_zh": text.zh, f"{name}_en": text.en}
    if isinstance(item, SingleItem | MultipleItem):
        keys = (item.key,) if isinstance(item, SingleItem) else item.key
        numbers = [str(number) for number, one in enumerate(item.option_ids, start=1) if one in keys]
        values |= {
            "right": numbers[0] if isinstance(item, SingleItem) else numbers,
            "fixed": not item.shuffle,
        }
        values |= _rows_of("option", item.options)
    elif isinstance(item, OrderingItem):
        by_id = {option.id: option for option in item.options}
        values |= _rows_of("option", [by_id[option_id] for option_id in item.key])
    elif isinstance(item, MatchingItem):
        values |= _rows_of("option", item.options) | _rows_of("prompt", item.prompts)
        right = dict(item.key)
        for number, prompt in enumerate(item.prompts, start=1):
            values[f"target_{number}"] = str(item.option_ids.index(right[prompt.id]) + 1)
    elif isinstance(item, TrueFalseItem):
        values["truth"] = "true" if item.key else "false"
    elif isinstance(item, ShortAnswerItem):
        values["accepted"] = "\n".join(item.key)
    elif isinstance(item, NumericItem):
        values |= {"number": f"{item.key:f}", "tolerance": f"{item.tolerance:f}"}
    return values


def _rows_of(noun: str, options: Sequence[Option]) -> dict[str, str]:
    values = {"ids" if noun == "option" else "prompt_ids": ",".join(option.id for option in options)}
    for number, option in enumerate(options, start=1):
        values |= {f"{noun}_{number}_zh": option.text.zh, f"{noun}_{number}_en": option.text.en}
    return values
