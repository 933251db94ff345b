"""The certificates I hold, and where anybody can check them."""

from __future__ import annotations

import uuid

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.db import db, transaction
from app.models import ConsentPurpose
from app.permissions import Permission
from app.queries import certificates as certificate_queries
from app.queries.needs import list_live_consents
from app.renewal_rules import is_renewable, list_run_out, renewal_opens_at
from app.services import needs
from app.services.certificates import is_genuine
from app.web.access import requires
from app.web.agents import bp
from app.web.identity import the_agent_id, the_user
from app.web.public.certificates import draw_code, mask_name, standing_of


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
        name=the_user().name,
        masked=mask_name(the_user().name),
        is_shown=ConsentPurpose.NAME_ON_CERTIFICATES in list_live_consents(db.session, the_agent_id()),
    )


@bp.post("/certificates/name")
@requires(Permission.CERTIFICATE_SHOW_NAME)
def show_name() -> ResponseReturnValue:
    """Show the full name on the public pages, or take that back; it holds from the next look on."""
    shown = request.form.get("shown") == "yes"
    with transaction(db.session):
        needs.show_name(
            db.session,
            agent_id=the_agent_id(),
            shown=shown,
            actor_user_id=the_user().id,
            now=clock.utc_now(),
        )
    flash(_("查验页上现在写全名。") if shown else _("查验页上现在只写姓氏。"))
    return redirect(url_for("agents.list_certificates"))


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
