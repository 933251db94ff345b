"""Anybody may check a certificate by the number on it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import io

import segno
from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app import clock
from app.db import db
from app.models import Certificate, CertificateState, ConsentPurpose, ExamAttempt
from app.queries import badges as badge_queries
from app.queries import certificates as certificate_queries
from app.queries.needs import list_live_consents
from app.services.certificates import is_genuine
from app.web.access import public
from app.web.i18n import locale_code
from app.web.limits import limiter
from app.web.public import bp
from exams.badges.documents import place_of
from exams.certificates import CertificateNumberError, parse_certificate_number

CHECKS = "60 per minute"


class Standing(enum.StrEnum):
    VALID = "valid"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    REVOKED = "revoked"
    CHANGED = "changed"


STANDINGS = {
    CertificateState.VALID: Standing.VALID,
    CertificateState.SUSPENDED: Standing.SUSPENDED,
    CertificateState.EXPIRED: Standing.EXPIRED,
    CertificateState.REPLACED: Standing.EXPIRED,
    CertificateState.REVOKED: Standing.REVOKED,
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Score:
    """What the exam gave, and between which percentages the person's true one lies in 95 of 100 cases."""

    percent: int
    likely: tuple[int, int] | None


@bp.get("/certificates")
@public
@limiter.limit(CHECKS)
def check_certificate() -> ResponseReturnValue:
    """Show the form; a number typed into it leads to its page, a typing error is told beside the field."""
    typed = request.args.get("number")
    if typed is None:
        return render_template("public/check_certificate.html", typed="", error=None)
    try:
        number = parse_certificate_number(typed)
    except CertificateNumberError as error:
        return _say_typing_error(typed, error), 422
    return redirect(url_for("public.show_certificate", number=number))


@bp.get("/certificates/<string:number>")
@public
@limiter.limit(CHECKS)
def show_certificate(number: str) -> ResponseReturnValue:
    try:
        written = parse_certificate_number(number)
    except CertificateNumberError as error:
        return _say_typing_error(number, error), 404
    if written != number:
        return redirect(url_for("public.show_certificate", number=written))
    now = clock.utc_now()
    certificate = certificate_queries.find_certificate(db.session, written)
    if certificate is None:
        return render_template("public/unknown_certificate.html", number=written, now=now), 404
    attempt = certificate_queries.find_attempt_of(db.session, certificate)
    address = f"{current_app.config['BASE_URL']}{url_for('public.show_certificate', number=written)}"
    name = certificate.agent.user.name
    is_named = ConsentPurpose.NAME_ON_CERTIFICATES in list_live_consents(db.session, certificate.agent_id)
    return render_template(
        "public/certificate.html",
        certificate=certificate,
        holder=name if is_named else mask_name(name),
        is_named=is_named,
        standing=standing_of(certificate, genuine=is_genuine(db.session, certificate), now=now),
        score=score_of(certificate, attempt),
        evidence=certificate_queries.get_evidence(db.session, certificate) if certificate.project else None,
        now=now,
        address=address,
        code=draw_code(address),
        badge=badge_queries.find_badge(db.session, certificate.id),
        issuer=current_app.config["BADGES"].profile.did,
        list_number=place_of(certificate.serial)[0],
    )


def standing_of(certificate: Certificate, *, genuine: bool, now: dt.datetime) -> Standing:
    """Say what a certificate is worth now. One that was renewed counts as run out, not as revoked."""
    if not genuine:
        return Standing.CHANGED
    return STANDINGS[certificate.state_at(now)]


def score_of(certificate: Certificate, attempt: ExamAttempt | None) -> Score | None:
    """Return the score with its uncertainty where the attempt keeps one."""
    if certificate.percent is None:
        return None
    likely = (attempt.result or {}).get("likely_percent") if attempt else None
    return Score(
        percent=certificate.percent,
        likely=(round(likely[0]), round(likely[1])) if likely else None,
    )


def mask_name(name: str) -> str:
    """Return a name of which strangers see no more than the family name: 林*, or * Smith."""
    words = name.split()
    if not name.isascii() or len(words) < 2:
        return f"{name[:1]}{'*' * max(1, len(name.replace(' ', '')) - 1)}"
    return f"* {words[-1]}"


def draw_code(address: str) -> Markup:
    """Return a QR code as SVG with a class and no size: the page gives it one."""
    drawn = io.BytesIO()
    segno.make(address, error="m").save(
        drawn, kind="svg", border=2, xmldecl=False, svgns=False, omitsize=True, nl=False, svgclass="zx-qr"
    )
    # Safe as it is: nothing in it was typed by anybody but the address, which segno turned into squares.
    return Markup(drawn.getvalue().decode())


def _say_typing_error(typed: str, error: CertificateNumberError) -> str:
    sentence = error.sentence.en if locale_code() == "en" else error.sentence.zh
    return render_template("public/check_certificate.html", typed=typed, error=sentence)
