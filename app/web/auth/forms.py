"""Forms of signing in."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from app.passwords import MAX_LENGTH


class SignInForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    contact = StringField(
        _l("手机号或邮箱"), validators=[InputRequired(_l("请填写手机号或邮箱")), Length(max=200)]
    )
    password = PasswordField(_l("密码"), validators=[InputRequired(_l("请填写密码")), Length(max=MAX_LENGTH)])
