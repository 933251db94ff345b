"""Certificates as Open Badges: their files, the keys that sign them, and the lists of what is withdrawn."""

from __future__ import annotations

import io
import json

import segno
from flask import Response, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.badge_issuer import BadgeIssuer
from app.db import db, transaction
from app.errors import NotFoundError
from app.models import Certificate
from app.queries import badges as badge_queries
from app.queries import certificates as certificate_queries
from app.services import badges
from app.services.certificates import promise_proof
from app.web.access import public
from app.web.limits import limiter
from app.web.public import bp
from app.web.public.certificates import CHECKS
from exams.badges.baking import bake_png, bake_svg
from exams.badges.keys import describe_issuer, describe_keys
from exams.badges.status import Purpose
from exams.certificates import CertificateNumberError, parse_certificate_number

# How long others may keep what they fetched, in seconds: a revocation is seen within a minute.
LIST_SECONDS = 60
KEYS_SECONDS = 300


@bp.get("/certificates/<string:number>/badge.jwt")
@public
@limiter.limit(CHECKS)
def download_token(number: str) -> ResponseReturnValue:
    certificate = _get_certificate(number)
    return _hand_out(_sign(certificate), certificate, "jwt", "application/vc+jwt")


@bp.get("/certificates/<string:number>/badge.svg")
@public
@limiter.limit(CHECKS)
def download_picture(number: str) -> ResponseReturnValue:
    certificate = _get_certificate(number)
    project = certificate.project
    picture = bake_svg(
        title=project.merchant.name if project else _("客服基础认证"),
        subtitle="坐席 Zuoxi",
        number=certificate.number,
        token=_sign(certificate),
    )
    return _hand_out(picture, certificate, "svg", "image/svg+xml")


@bp.get("/certificates/<string:number>/badge.png")
@public
@limiter.limit(CHECKS)
def download_code(number: str) -> ResponseReturnValue:
    """Hand out the QR code of the certificate's page as a picture that carries the badge."""
    certificate = _get_certificate(number)
    path = url_for("public.show_certificate", number=certificate.number)
    drawn = io.BytesIO()
    code = segno.make(f"{current_app.config['BASE_URL']}{path}", error="m")
    code.save(drawn, kind="png", scale=10, border=4, dark="#0b5d57", light="#ffffff")
    return _hand_out(bake_png(drawn.getvalue(), _sign(certificate)), certificate, "png", "image/png")


@bp.get("/certificates/<string:number>/badge.json")
@public
@limiter.limit(CHECKS)
def download_document(number: str) -> ResponseReturnValue:
    """Hand out the credential with its Data Integrity proof; before the proof is made there is none."""
    certificate = _get_certificate(number)
    badges.check_genuine(db.session, certificate)
    badge = badge_queries.find_badge(db.session, certificate.id)
    if badge is None:
        raise NotFoundError(f"badge of {number}")
    text = json.dumps(badge.document, ensure_ascii=False, indent=2) + "\n"
    return _hand_out(text, certificate, "json", "application/vc")


@bp.post("/certificates/<string:number>/badge")
@public
@limiter.limit(CHECKS)
def request_document(number: str) -> ResponseReturnValue:
    """Have the proof made for a certificate that is older than proofs are."""
    certificate = _get_certificate(number)
    with transaction(db.session):
        badges.check_genuine(db.session, certificate)
        promise_proof(db.session, certificate.id, wall_now=clock.wall_now())
    flash(_("正在签名，几秒钟就好。请刷新这一页，再下载签名文件。"))
    return redirect(url_for("public.show_certificate", number=certificate.number, _anchor="files"))


@bp.get("/badges/status/<string:purpose>/<int:list_number>")
@public
def show_status_list(purpose: str, list_number: int) -> ResponseReturnValue:
    """Serve a Bitstring Status List as a signed token, always as the certificates stand now."""
    if purpose not in list(Purpose) or list_number >= badge_queries.count_status_lists(db.session):
        raise NotFoundError(f"status list {purpose} {list_number}")
    token = badges.sign_status_list(db.session, Purpose(purpose), list_number, _issuer(), now=clock.utc_now())
    return _publish(token, "application/vc+jwt", seconds=LIST_SECONDS)


@bp.get("/.well-known/did.json")
@public
def show_issuer() -> ResponseReturnValue:
    """Serve the DID document of did:web, by which readers find the keys."""
    issuer = _issuer()
    document = describe_issuer(issuer.profile.did, issuer.keys.public)
    return _publish(json.dumps(document, indent=2) + "\n", "application/did+json", seconds=KEYS_SECONDS)


@bp.get("/.well-known/jwks.json")
@public
def show_keys() -> ResponseReturnValue:
    issuer = _issuer()
    document = describe_keys(issuer.profile.did, issuer.keys.public)
    return _publish(json.dumps(document, indent=2) + "\n", "application/jwk-set+json", seconds=KEYS_SECONDS)


def _get_certificate(number: str) -> Certificate:
    try:
        written = parse_certificate_number(number)
    except CertificateNumberError:
        raise NotFoundError(f"certificate {number}") from None
    certificate = certificate_queries.find_certificate(db.session, written)
    if certificate is None:
        raise NotFoundError(f"certificate {number}")
    return certificate


def _issuer() -> BadgeIssuer:
    issuer: BadgeIssuer = current_app.config["BADGES"]
    return issuer


def _sign(certificate: Certificate) -> str:
    badge = badge_queries.find_badge(db.session, certificate.id)
    return badges.sign_badge(db.session, certificate, badge, _issuer())


def _hand_out(content: str | bytes, certificate: Certificate, ending: str, content_type: str) -> Response:
    return Response(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{certificate.number}.{ending}"',
            # Whoever has the number may read it; nobody shall find it by searching.
            "X-Robots-Tag": "noindex, nofollow",
        },
    )


def _publish(text: str, content_type: str, *, seconds: int) -> Response:
    """Return what programs of anybody read, also those that run in a browser on another site."""
    response = Response(text, content_type=content_type)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.cache_control.public = True
    response.cache_control.max_age = seconds
    response.add_etag()
    response.make_conditional(request)
    return response
