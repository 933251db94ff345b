"""The certificates I hold, and where anybody can check them."""

from __future__ import annotations

import uuid

from flask import current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.db import db
from app.permissions import Permission
from app.queries import certificates as certificate_queries
from app.renewal_rules import is_renewable, list_run_out, renewal_opens_at
from app.services.certificates import is_genuine
from app.web.access import requires
from app.web.agents import bp
from app.web.identity import the_agent_id
from app.web.public.certificates import draw_code, standing_of


@bp.get("/certificates")
@requires(Permission.CERTIFICATE_READ)
def list_certificates() -> ResponseReturnValue:
    now = clock.utc_now()
    certificates = certificate_queries.list_certificates(db.session, the_agent_id())
    return render_template(
        "agents/certificates.html",
        certificates=certificates,
        run_out=list_run_out(certificates, now),
        is_renewable=is_renewable,
        renewal_opens_at=renewal_opens_at,
        now=now,
    )


@bp.get("/certificates/<uuid:certificate_id>/print")
@requires(Permission.CERTIFICATE_READ)
def print_certificate(certificate_id: uuid.UUID) -> ResponseReturnValue:
    """Show one sheet of A4 with the holder's full name, which only the holder can open."""
    certificate = certificate_queries.get_certificate_of(db.session, certificate_id, agent_id=the_agent_id())
    path = url_for("public.show_certificate", number=certificate.number)
    address = f"{current_app.config['BASE_URL']}{path}"
    genuine = is_genuine(db.session, certificate)
    return render_template(
        "agents/print_certificate.html",
        certificate=certificate,
        standing=standing_of(certificate, genuine=genuine, now=clock.utc_now()),
        address=address,
        code=draw_code(address),
    )
