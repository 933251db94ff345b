"""The forms of a reviewer: approve or send back, and retire."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from app.web.choices import choice

APPROVE, SEND_BACK = "approve", "send-back"


class DecideForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    decision = RadioField(
        _l("你看过以后"),
        choices=[choice(APPROVE, _l("可以用：从现在起会考到")), choice(SEND_BACK, _l("退回去改"))],
        validators=[InputRequired(_l("请选一项"))],
    )
    reason = TextAreaField(_l("哪里要改"), validators=[Length(max=500, message=_l("请写在 500 个字以内"))])

    def validate_reason(self, field: TextAreaField) -> None:
        """Whoever wrote it must know what to mend."""
        if self.decision.data == SEND_BACK and not (field.data or "").strip():
            raise ValidationError(_("请写哪里要改，作者会读到"))


class RetireForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    why = TextAreaField(
        _l("为什么停用"),
        validators=[
            InputRequired(_l("请写原因，以后的人会读到")),
            Length(max=500, message=_l("请写在 500 个字以内")),
        ],
    )
