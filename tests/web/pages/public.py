"""What anybody may read."""

from __future__ import annotations

import secrets

from app.models import Certificate, CertificateKind
from app.services.certificates import VALID_FOR, seal
from exams.certificates import SPACE, make_certificate_number
from tests.make import NOON
from tests.web.pages import Page, World


def pages(world: World) -> list[Page]:
    holder = world.make.agent(user=world.make.user(name="Gao Yan", email=f"{secrets.token_hex(4)}@a.example"))
    certificate = Certificate(
        number=make_certificate_number(year=2026, entropy=secrets.randbelow(SPACE)),
        kind=CertificateKind.PROJECT,
        agent_id=holder.id,
        project_id=world.project.id,
        percent=86,
        issued_at=NOON,
        expires_at=NOON + VALID_FOR[CertificateKind.PROJECT],
    )
    certificate.digest = seal(certificate, None)
    number = world.make.save(certificate).number
    return [
        Page(endpoint="public.show_front", access=None),
        Page(endpoint="public.set_language", access=None, method="POST", allowed=302),
        Page(endpoint="public.check_certificate", access=None),
        Page(endpoint="public.show_certificate", access=None, own={"number": number}),
        Page(endpoint="public.show_accessibility", access=None),
        Page(endpoint="public.show_privacy", access=None),
        Page(endpoint="public.show_fees", access=None),
    ]
