"""The exam writes its radios, checkboxes and inputs out itself; they are those of govuk-frontend."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from flask import Flask, render_template_string

REFUSALS = [None, "选一个 <答案>"]
OWN = '{% import "components/exam_fields.html" as fields with context %}'
PAIRS = [("a", "A <b>"), ("b", "乙")]
LEGEND = {"legend": {"text": "题目 <i>", "classes": "govuk-fieldset__legend--m", "isPageHeading": True}}
LABEL = {"text": "题目 <i>", "classes": "govuk-label--m", "isPageHeading": True}


class Parts(HTMLParser):
    """Tags with their attributes, and words; nothing of the blanks between them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.parts: list[object] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append((tag, {name: (value or "").split() for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(tag)

    def handle_data(self, data: str) -> None:
        self.parts += data.split()


def parts_of(app: Flask, source: str, **values: object) -> list[object]:
    with app.test_request_context():
        return Parts(render_template_string(source, **values)).parts


def macro_call(component: str) -> str:
    where = f"govuk_frontend_jinja/components/{component.lower()}/macro.html"
    return f'{{% from "{where}" import govuk{component} %}}{{{{ govuk{component}(params) }}}}'


def error(refusal: str | None) -> dict[str, str] | None:
    return {"text": refusal, "visuallyHiddenText": "错误"} if refusal else None


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("hint", [None, "选出所有对的"])
@pytest.mark.parametrize(("kind", "component"), [("radio", "Radios"), ("checkbox", "Checkboxes")])
def test_options(app: Flask, kind: str, component: str, hint: str | None, refusal: str | None) -> None:
    own = parts_of(
        app,
        OWN + '{{ fields.options(kind, "answer-3", stem, pairs, ["b"], hint=hint, refusal=refusal) }}',
        kind=kind,
        stem="题目 <i>",
        pairs=PAIRS,
        hint=hint,
        refusal=refusal,
    )
    theirs = parts_of(
        app,
        macro_call(component),
        params={
            "idPrefix": "answer-3",
            "name": "answer",
            "fieldset": LEGEND,
            "items": [{"value": value, "text": text, "checked": value == "b"} for value, text in PAIRS],
            "errorMessage": error(refusal),
            **({"hint": {"text": hint}} if hint else {}),
        },
    )

    assert own == theirs


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize(("is_number", "suffix"), [(True, "元"), (True, ""), (False, "")])
def test_line(app: Flask, is_number: bool, suffix: str, refusal: str | None) -> None:
    own = parts_of(
        app,
        OWN + '{{ fields.line("answer-3", stem, \'5"\', "只写数字", suffix, is_number, refusal) }}',
        stem="题目 <i>",
        suffix=suffix,
        is_number=is_number,
        refusal=refusal,
    )
    theirs = parts_of(
        app,
        macro_call("Input"),
        params={
            "id": "answer-3",
            "name": "answer",
            "value": '5"',
            "errorMessage": error(refusal),
            "label": LABEL,
            "hint": {"text": "只写数字"},
            "inputmode": "decimal" if is_number else None,
            "autocomplete": "off",
            "spellcheck": False,
            "suffix": {"text": suffix} if suffix else None,
            "classes": "govuk-input--width-10" if is_number else "",
            "attributes": {"maxlength": "200"},
        },
    )

    assert own == theirs
