"""Forms of merchants."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DecimalField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length, NumberRange

from app.models import ServiceLine
from app.renewal_rules import MONTHS
from app.web.choices import choice

SERVICE_LINES = {
    ServiceLine.PRESALES_CHAT: _l("售前文字"),
    ServiceLine.AFTERSALES_CHAT: _l("售后文字"),
    ServiceLine.HOTLINE: _l("热线"),
}
# Yuan an hour: below the lowest minimum wage in China nobody may be paid, above is a slip of the keyboard.
LEAST_PAY, MOST_PAY = Decimal(15), Decimal(500)
# The choice that leaves a project's certificates as long as they usually hold.
AS_USUAL = 0


class PlainDecimalField(DecimalField):
    """A decimal whose validators speak when the text is no number, instead of the library."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None


class PlainIntegerField(IntegerField):
    """An integer whose validators speak when the text is no number, instead of the library."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None


class ValidityForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    months = SelectField(
        _l("认证管多久"),
        choices=[
            choice(str(AS_USUAL), _l("照常：180 天")),
            *(choice(str(months), _l("%(months)s 个月", months=months)) for months in MONTHS),
        ],
        validate_choice=False,
        validators=[AnyOf([str(AS_USUAL), *map(str, MONTHS)], message=_l("请选一个有效期"))],
    )


class ProjectForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    name = StringField(
        _l("项目名称"),
        filters=[lambda text: text.strip() if text else text],
        validators=[DataRequired(_l("请写项目名称")), Length(max=60, message=_l("项目名称最多 60 个字"))],
    )
    service_line = RadioField(
        _l("服务线"),
        choices=[choice(str(line), word) for line, word in SERVICE_LINES.items()],
        validate_choice=False,
        validators=[AnyOf([str(line) for line in SERVICE_LINES], message=_l("请选一条服务线"))],
    )
    concurrent_chats = PlainIntegerField(
        _l("一个人同时接几位顾客"),
        default=3,
        validators=[
            InputRequired(_l("请填 1 到 8 的整数")),
            NumberRange(min=1, max=8, message=_l("请填 1 到 8 的整数")),
        ],
    )
    pay_an_hour = PlainDecimalField(
        _l("客服的时薪（元）"),
        default=Decimal(26),
        places=2,
        validators=[
            InputRequired(_l("请填每小时多少元，例如 26")),
            NumberRange(min=LEAST_PAY, max=MOST_PAY, message=_l("时薪请填 15 到 500 元")),
        ],
    )
    knowledge = TextAreaField(
        _l("客服要知道的"),
        validators=[Length(max=20000, message=_l("最多 20,000 个字"))],
    )
