"""Badges of certificates: what they say, their signatures, and the lists that say which are withdrawn.

`now` is business time.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.badge_issuer import BadgeIssuer
from app.errors import ChangedCertificateError
from app.models import Badge, Certificate, Project, ServiceLine
from app.queries import badges as badge_queries
from app.services.certificates import is_genuine
from exams.badges.documents import (
    Achievement,
    Award,
    Document,
    describe_award,
    describe_status_list,
    place_of,
)
from exams.badges.integrity import add_proof
from exams.badges.status import Purpose, encode_list
from exams.badges.tokens import sign_token

STATUS_PATH = "/badges/status"
# A reader may keep a list for so long; a copy that is older says nothing any more.
LIST_GOOD_FOR = dt.timedelta(hours=24)

# A badge is read by machines and by people of any tongue: Chinese first, then English.
LINES = {
    ServiceLine.PRESALES_CHAT: "售前文字客服 / Pre-sales chat",
    ServiceLine.AFTERSALES_CHAT: "售后文字客服 / After-sales chat",
    ServiceLine.HOTLINE: "热线客服 / Hotline",
}
BASE_NAME = "客服基础认证 / Customer service, base certificate"
BASE_DESCRIPTION = "可以进人才池，申请项目。 / Opens the talent pool: the holder may apply for projects."
BASE_CRITERIA = (
    "通过基础考试：服务礼仪、售前与售后规则、大促活动与价格计算、隐私与防诈骗、升级处理和工具使用。 / "
    "Passed the base exam: service manners, pre-sales and after-sales rules, promotions and prices, "
    "privacy and fraud, escalation, and tools."
)
PROJECT_DESCRIPTION = "可以在这个项目正式上班。 / The holder may work formal shifts in this project."
PROJECT_CRITERIA = (
    "持有基础认证，通过项目考核和有人带班的试岗。 / "
    "Holds the base certificate, and passed the project's assessment and a supervised trial shift."
)


def check_genuine(session: Session, certificate: Certificate) -> None:
    """Raise ChangedCertificateError when a certificate was changed since its issue."""
    if not is_genuine(session, certificate):
        raise ChangedCertificateError


def describe_badge(certificate: Certificate, issuer: BadgeIssuer) -> Document:
    """Return the unsigned credential of a certificate whose project and merchant are loaded.

    It names no person. The holder is another URI in each badge, so that two badges of one person cannot be
    brought together by it.
    """
    site = issuer.profile.url
    return describe_award(
        Award(
            id=f"{site}/certificates/{certificate.number}",
            subject=f"urn:uuid:{uuid.uuid5(certificate.id, str(certificate.agent_id))}",
            achievement=_describe_achievement(certificate.project, site),
            percent=certificate.percent,
            valid_from=certificate.issued_at,
            valid_until=certificate.expires_at,
            serial=certificate.serial,
            status_url=f"{site}{STATUS_PATH}",
        ),
        issuer.profile,
    )


def sign_badge(session: Session, certificate: Certificate, badge: Badge | None, issuer: BadgeIssuer) -> str:
    """Return the badge as a token. It needs no job: a token takes less than a thousandth of a second.

    Where the proof is made already, the token says the very same. Raises ChangedCertificateError for a
    certificate that was changed since its issue: a signature would make the change look true.
    """
    check_genuine(session, certificate)
    if badge is None:
        return sign_token(describe_badge(certificate, issuer), issuer.keys)
    credential = {name: value for name, value in badge.document.items() if name != "proof"}
    return sign_token(credential, issuer.keys)


def prove_badge(certificate: Certificate, issuer: BadgeIssuer, *, now: dt.datetime) -> Document:
    """Return the credential with its Data Integrity proof; saves nothing."""
    return add_proof(describe_badge(certificate, issuer), issuer.keys, now=now)


def keep_badge(session: Session, certificate_id: uuid.UUID, document: Document, *, now: dt.datetime) -> None:
    """Save a proved badge, unless one is saved: the first stays."""
    session.execute(
        insert(Badge)
        .values(id=uuid.uuid4(), certificate_id=certificate_id, document=document, proved_at=now)
        .on_conflict_do_nothing(index_elements=[Badge.certificate_id])
    )


def list_address(issuer: BadgeIssuer, purpose: Purpose, list_number: int) -> str:
    """Return where a status list is served, which is its name as well."""
    return f"{issuer.profile.url}{STATUS_PATH}/{purpose}/{list_number}"


def sign_status_list(
    session: Session, purpose: Purpose, list_number: int, issuer: BadgeIssuer, *, now: dt.datetime
) -> str:
    """Return the signed list of what is withdrawn, worked out from the certificates as they stand.

    The same minute and the same certificates give the same list, byte for byte.
    """
    serials = badge_queries.list_withdrawn(session, purpose, list_number=list_number, now=now)
    document = describe_status_list(
        address=list_address(issuer, purpose, list_number),
        purpose=purpose,
        encoded=encode_list(place_of(serial)[1] for serial in serials),
        issuer_did=issuer.profile.did,
        now=now.replace(second=0, microsecond=0),
        good_for=LIST_GOOD_FOR,
    )
    return sign_token(document, issuer.keys)


def _describe_achievement(project: Project | None, site: str) -> Achievement:
    if project is None:
        return Achievement(
            id=f"{site}/certificates#base",
            name=BASE_NAME,
            description=BASE_DESCRIPTION,
            criteria=BASE_CRITERIA,
        )
    return Achievement(
        id=f"{site}/certificates#project-{project.id}",
        name=f"{project.merchant.name}·{LINES[project.service_line]}",
        description=PROJECT_DESCRIPTION,
        criteria=PROJECT_CRITERIA,
    )
