"""Forms of signing up, signing in and of an account."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    PasswordField,
    RadioField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length, Regexp

from app.contacts import normalise_contact
from app.passwords import MAX_LENGTH, MIN_LENGTH
from app.web.choices import choice

LONGEST_NAME = 60
# Blanks and full-width digits are fine: the service reads them.
CODE = r"^\s*(\d\s*){6}$"


def strip(text: str | None) -> str | None:
    """Take the blanks around what was typed away."""
    return text.strip() if text else text


def is_contact(form: FlaskForm, field: Field) -> None:  # noqa: ARG001 - WTForms passes the form
    if field.data and normalise_contact(field.data) is None:
        raise ValidationError(_l("请填 11 位手机号（例如 13912345678）或完整的邮箱（例如 lin@example.com）"))


def new_password_field(label: str) -> PasswordField:
    """Return a field for a new password: long enough, and nothing else is asked of it."""
    return PasswordField(
        label,
        validators=[
            InputRequired(_l("请填写新密码")),
            Length(min=MIN_LENGTH, max=MAX_LENGTH, message=_l("密码要 8 到 128 个字符")),
        ],
    )


class SignInForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    contact = StringField(
        _l("手机号或邮箱"), validators=[InputRequired(_l("请填写手机号或邮箱")), Length(max=200)]
    )
    password = PasswordField(_l("密码"), validators=[InputRequired(_l("请填写密码")), Length(max=MAX_LENGTH)])


class ContactForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    contact = StringField(
        _l("手机号或邮箱"),
        filters=[strip],
        validators=[
            DataRequired(_l("请填写手机号或邮箱")),
            Length(max=200, message=_l("手机号或邮箱太长，请检查")),
            is_contact,
        ],
    )


class AgentSignUpForm(ContactForm):
    name = StringField(
        _l("姓名"),
        filters=[strip],
        validators=[
            DataRequired(_l("请填写姓名")),
            Length(max=LONGEST_NAME, message=_l("姓名最多 60 个字")),
        ],
    )
    region = StringField(
        _l("你在哪个县或市"),
        filters=[strip],
        validators=[
            DataRequired(_l("请填写你在哪个县或市")),
            Length(max=LONGEST_NAME, message=_l("地区最多 60 个字")),
        ],
    )
    consent = BooleanField(
        _l("我同意坐席这样使用我填的内容"), validators=[InputRequired(_l("要开账号，请先勾选同意"))]
    )


class MerchantSignUpForm(ContactForm):
    shop = StringField(
        _l("店铺名称"),
        filters=[strip],
        validators=[
            DataRequired(_l("请填写店铺名称")),
            Length(max=LONGEST_NAME, message=_l("店铺名称最多 60 个字")),
        ],
    )
    name = StringField(
        _l("你的姓名"),
        filters=[strip],
        validators=[
            DataRequired(_l("请填写你的姓名")),
            Length(max=LONGEST_NAME, message=_l("姓名最多 60 个字")),
        ],
    )
    region = StringField(
        _l("店铺在哪个城市"),
        filters=[strip],
        validators=[
            DataRequired(_l("请填写店铺在哪个城市")),
            Length(max=LONGEST_NAME, message=_l("地区最多 60 个字")),
        ],
    )
    consent = BooleanField(
        _l("我同意坐席这样使用我填的内容"), validators=[InputRequired(_l("要开账号，请先勾选同意"))]
    )


class CodeForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    code = StringField(
        _l("验证码"),
        validators=[
            InputRequired(_l("请填写验证码")),
            Regexp(CODE, message=_l("验证码是 6 位数字，请对照短信或邮件再填")),
        ],
    )


class NewPasswordForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    password = new_password_field(_l("密码"))


class ProfileForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    name = StringField(
        _l("姓名"),
        filters=[strip],
        validators=[
            DataRequired(_l("请填写姓名")),
            Length(max=LONGEST_NAME, message=_l("姓名最多 60 个字")),
        ],
    )
    locale = RadioField(
        _l("语言"),
        choices=[choice("zh", "中文"), choice("en", "English")],
        validators=[InputRequired(_l("请选一种语言"))],
    )
    large_text = BooleanField(_l("所有页面用大字"))


class ChangePasswordForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    current = PasswordField(
        _l("现在的密码"), validators=[InputRequired(_l("请填写现在的密码")), Length(max=MAX_LENGTH)]
    )
    password = new_password_field(_l("新密码"))


class MailsForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Which kinds of notices also go out by mail; the choices are those of the reader's role."""

    kinds = SelectMultipleField(_l("这些事也发邮件给我"))
