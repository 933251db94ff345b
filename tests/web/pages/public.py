"""What anybody may read."""

from __future__ import annotations

import secrets

from app.models import Certificate, CertificateKind
from app.renewal_rules import VALID_FOR
from app.services.certificates import seal
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
        *badge_pages(number),
        Page(endpoint="public.show_accessibility", access=None),
        Page(endpoint="public.show_privacy", access=None),
        Page(endpoint="public.show_fees", access=None),
    ]


def badge_pages(number: str) -> list[Page]:
    """Return the files of a certificate's badge and what proves them; nobody looks at those."""
    own = {"number": number}
    status_list = {"purpose": "revocation", "list_number": "0"}
    return [
        Page(endpoint="public.download_token", access=None, own=own, look=False),
        Page(endpoint="public.download_picture", access=None, own=own, look=False),
        Page(endpoint="public.download_code", access=None, own=own, look=False),
        # Its proof is not made yet.
        Page(endpoint="public.download_document", access=None, own=own, allowed=404, look=False),
        Page(endpoint="public.request_document", access=None, method="POST", own=own, allowed=302),
        Page(endpoint="public.show_status_list", access=None, own=status_list, look=False),
        Page(endpoint="public.show_issuer", access=None, look=False),
        Page(endpoint="public.show_keys", access=None, look=False),
    ]
