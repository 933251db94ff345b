"""The form of what helps a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from app.models import AgentNeeds
from app.services.needs import NOTHING_ASKED, Needs
from app.web.choices import choice

UNLIMITED = "unlimited"
EXTRA = "+"
EXTRA_MINUTES = (15, 30)
MULTIPLIERS = ("1.00", "1.25", "1.50", "2.00")
NO_BREAKS = "0-0"
EXAM_BREAKS = ((1, 5), (1, 10), (2, 5), (2, 10), (3, 10))
NO_EXTRA_TIME = "1.00"
HOURS_A_DAY = (2, 3, 4, 5, 6, 8, 10, 12)
STRETCH_HOURS = (1, 2, 3, 4, 6, 8, 12)
REST_HOURS = (8, 11, 12, 14, 16, 24, 36, 48)
WEEK_HOURS = (8, 12, 16, 20, 24, 30, 40)
DAYS_IN_A_ROW = tuple(range(1, 8))
DAYS_OFF = tuple(range(1, 5))
WEEKENDS = tuple(range(5))
ANY_WEEKENDS = ""
WORKDAYS_BETWEEN_WEEKENDS = 5
CONVERSATIONS = tuple(range(1, 9))
BREAK_MINUTES = (0, 5, 10, 15, 20)
ALLOWANCES = ("1.0", "1.5", "2.0", "3.0")
ABILITIES = ("text_only", "screen_reader", "one_hand")


class NeedsForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Everything has a default that asks for nothing; times are in minutes behind their words."""

    large_text = BooleanField(_l("页面用大字"))
    abilities = SelectMultipleField(
        _l("我这样工作"),
        choices=[
            choice("text_only", _l("只用文字，不接电话")),
            choice("screen_reader", _l("用读屏软件")),
            choice("one_hand", _l("用一只手打字")),
        ],
    )
    max_concurrent = SelectField(_l("同时最多接几位顾客"), coerce=int)
    response_allowance = SelectField(_l("回复时限放宽到"))
    max_day_minutes = SelectField(_l("一天最多工作"), coerce=int)
    max_stretch_minutes = SelectField(_l("连续最多工作"), coerce=int)
    break_minutes_an_hour = SelectField(_l("每小时歇"), coerce=int)
    min_rest_minutes = SelectField(_l("两班之间至少休息"), coerce=int)
    max_week_minutes = SelectField(_l("一周最多工作"), coerce=int)
    max_consecutive_days = SelectField(_l("最多连着上几天"), coerce=int)
    min_consecutive_days = SelectField(_l("上班至少连着上几天"), coerce=int)
    min_days_off = SelectField(_l("歇就至少连着歇几天"), coerce=int)
    max_weekends = SelectField(_l("一场大促最多上几个周末"))
    exam_time = RadioField(_l("考试要多少时间"))
    exam_breaks = SelectField(_l("考试中间休息（停表）"))
    consent = BooleanField(_l("我同意：排班和考试按这些需要办"))

    def __init__(self, *, row: AgentNeeds | None, large_text: bool) -> None:
        values = _as_form(row)
        super().__init__(data=values | {"large_text": large_text})
        self.max_concurrent.choices = _with(
            {count: _people(count) for count in CONVERSATIONS}, values["max_concurrent"], _people
        )
        self.response_allowance.choices = [choice(value, _times(value)) for value in ALLOWANCES]
        for field, hours in (
            (self.max_day_minutes, HOURS_A_DAY),
            (self.max_stretch_minutes, STRETCH_HOURS),
            (self.min_rest_minutes, REST_HOURS),
            (self.max_week_minutes, WEEK_HOURS),
        ):
            field.choices = _with(
                {60 * count: _hours(60 * count) for count in hours}, values[field.name], _hours
            )
        self.break_minutes_an_hour.choices = _with(
            {count: _minutes(count) for count in BREAK_MINUTES}, values["break_minutes_an_hour"], _minutes
        )
        self.max_consecutive_days.choices = _with(
            {count: _days(count) for count in DAYS_IN_A_ROW}, values["max_consecutive_days"], _days
        )
        self.min_consecutive_days.choices = _with(
            {count: _days(count) for count in DAYS_IN_A_ROW} | {1: _("一天也行")},
            values["min_consecutive_days"],
            _days,
        )
        self.min_days_off.choices = _with(
            {count: _days(count) for count in DAYS_OFF} | {1: _("一天也行")}, values["min_days_off"], _days
        )
        self.max_weekends.choices = [
            choice(ANY_WEEKENDS, _("几个都行")),
            *_with(
                {count: _weekends(count) for count in WEEKENDS}, int(values["max_weekends"] or 0), _weekends
            ),
        ]
        self.exam_time.choices = [
            choice(NO_EXTRA_TIME, _("一般时间就够")),
            choice("1.25", _("1.25 倍")),
            choice("1.50", _("1.5 倍")),
            choice("2.00", _("2 倍")),
            *(choice(f"{EXTRA}{count}", _("多 %(minutes)s 分钟", minutes=count)) for count in EXTRA_MINUTES),
            choice(UNLIMITED, _("不限时")),
        ]
        time = values["exam_time"]
        usual_times = (*MULTIPLIERS, *(f"{EXTRA}{count}" for count in EXTRA_MINUTES), UNLIMITED)
        if time not in usual_times:
            self.exam_time.choices.insert(-1, choice(time, _exam_time_words(time)))
        usual = [NO_BREAKS, *(f"{count}-{minutes}" for count, minutes in EXAM_BREAKS)]
        self.exam_breaks.choices = [
            choice(value, _("不需要") if value == NO_BREAKS else _breaks_words(value))
            for value in dict.fromkeys([*usual, values["exam_breaks"]])
        ]

    def validate_min_consecutive_days(self, field: SelectField) -> None:
        """Refuse what no days could keep."""
        least, most = field.data, self.max_consecutive_days.data
        if least is None or most is None:
            return
        if least > most:
            raise ValidationError(
                _(
                    "至少连着上 %(least)s 天，比最多连着上的 %(most)s 天还多。请改其中一个",
                    least=least,
                    most=most,
                )
            )
        if self.max_weekends.data == "0" and least > WORKDAYS_BETWEEN_WEEKENDS:
            raise ValidationError(_("周末都不上，最多只能连着上 5 天。请改少天数，或上几个周末"))

    def needs(self) -> Needs:
        """Return what was asked for."""
        time = self.exam_time.data
        multiplier = NO_EXTRA_TIME if time == UNLIMITED or time.startswith(EXTRA) else time
        breaks, break_minutes = map(int, self.exam_breaks.data.split("-"))
        chosen = self.abilities.data or []
        return Needs(
            **{name: name in chosen for name in ABILITIES},
            max_day_minutes=self.max_day_minutes.data,
            max_stretch_minutes=self.max_stretch_minutes.data,
            min_rest_minutes=self.min_rest_minutes.data,
            max_week_minutes=self.max_week_minutes.data,
            max_consecutive_days=self.max_consecutive_days.data,
            min_consecutive_days=self.min_consecutive_days.data,
            min_days_off=self.min_days_off.data,
            max_weekends=int(self.max_weekends.data) if self.max_weekends.data else None,
            max_concurrent=self.max_concurrent.data,
            break_minutes_an_hour=self.break_minutes_an_hour.data,
            response_allowance=Decimal(self.response_allowance.data),
            exam_time_multiplier=Decimal(multiplier),
            exam_time_unlimited=time == UNLIMITED,
            exam_extra_minutes=int(time.removeprefix(EXTRA)) if time.startswith(EXTRA) else 0,
            exam_breaks=breaks,
            exam_break_minutes=break_minutes,
        )


class NoteForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    note = TextAreaField(
        _l("想告诉我们的情况"),
        validators=[
            DataRequired(_l("请写下想告诉我们的情况，或者不保存")),
            Length(max=2000, message=_l("请写在 2000 个字以内")),
        ],
    )


def _as_form(row: AgentNeeds | None) -> dict[str, Any]:
    asked = row if row is not None else NOTHING_ASKED
    values = {
        name: getattr(asked, name)
        for name in (
            "max_concurrent",
            "max_day_minutes",
            "max_stretch_minutes",
            "break_minutes_an_hour",
            "min_rest_minutes",
            "max_week_minutes",
            "max_consecutive_days",
            "min_consecutive_days",
            "min_days_off",
        )
    }
    allowance = f"{asked.response_allowance:.1f}"
    return values | {
        "abilities": [name for name in ABILITIES if getattr(asked, name)],
        "max_weekends": ANY_WEEKENDS if asked.max_weekends is None else str(asked.max_weekends),
        "response_allowance": allowance if allowance in ALLOWANCES else ALLOWANCES[0],
        "exam_time": _exam_time(asked),
        "exam_breaks": f"{asked.exam_breaks}-{asked.exam_break_minutes}" if asked.exam_breaks else NO_BREAKS,
    }


def _exam_time(asked: AgentNeeds | Needs) -> str:
    if asked.exam_time_unlimited:
        return UNLIMITED
    if asked.exam_time_multiplier == 1 and asked.exam_extra_minutes:
        return f"{EXTRA}{asked.exam_extra_minutes}"
    return f"{asked.exam_time_multiplier:.2f}"


def _exam_time_words(value: str) -> str:
    """Name what is saved and none of the usual choices: it may have come from a file."""
    if value.startswith(EXTRA):
        return str(_("多 %(minutes)s 分钟", minutes=value.removeprefix(EXTRA)))
    return _times(value)


def _breaks_words(value: str) -> str:
    count, minutes = value.split("-")
    return str(_("%(count)s 次，每次最多 %(minutes)s 分钟", count=count, minutes=minutes))


def _with(usual: Mapping[int, str], value: int, words: Callable[[int], str]) -> list[Any]:
    """Offer what is saved too, where it is none of the usual values."""
    if value not in usual:
        usual = {**usual, value: words(value)}
    return [choice(str(count), words) for count, words in sorted(usual.items())]


def _hours(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if rest:
        return str(_("%(hours)s 小时", hours=f"{minutes / 60:g}"))
    return str(ngettext("%(num)s 小时", "%(num)s 小时", hours))


def _days(count: int) -> str:
    return str(ngettext("%(num)s 天", "%(num)s 天", count))


def _weekends(count: int) -> str:
    return str(ngettext("%(num)s 个", "%(num)s 个", count) if count else _("周末都不上"))


def _minutes(count: int) -> str:
    return str(_("不用另外歇") if count == 0 else _("%(minutes)s 分钟", minutes=count))


def _people(count: int) -> str:
    return str(_("%(count)s 位", count=count))


def _times(value: str) -> str:
    return str(_("一般时限") if value == ALLOWANCES[0] else _("%(factor)s 倍", factor=f"{float(value):g}"))
